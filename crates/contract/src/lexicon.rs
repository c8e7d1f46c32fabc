//! Against atproto's lexicons: parameters, inputs, and the records in them.

use std::path::Path;

use serde_json::Value;

use crate::body::Body;
use crate::call::Call;

/// Reads lexicons, and notes what is wrong.
struct Checker<'a> {
    folder: &'a Path,
    faults: Vec<String>,
}

/// What is wrong with a call; its lexicon's name first.
pub fn check(folder: &Path, call: &Call) -> (Option<String>, Vec<String>) {
    let id = call.path.trim_start_matches("/xrpc/");
    let mut checker = Checker {
        folder,
        faults: Vec::new(),
    };
    let main = checker.lexicon(id)["defs"]["main"].clone();
    let verb = match main["type"].as_str() {
        Some("query") => "GET",
        Some("procedure") => "POST",
        _ => return (None, vec![format!("{} is no lexicon that is known", call.path)]),
    };
    if call.method != verb {
        return (None, vec![format!("{} {id} is no {}", call.method, main["type"])]);
    }
    checker.parameters(id, &main["parameters"], call);
    let input = &main["input"];
    match Body::of(call) {
        Ok(Body::Json(value)) if input["encoding"] == "application/json" => checker.value(id, &input["schema"], &value, "body"),
        Ok(Body::Bytes) if input["encoding"].as_str().is_some_and(|kind| kind != "application/json") => {}
        Ok(Body::Empty) if input.is_null() => {}
        Ok(_) => checker.fault("body", "is of another kind"),
        Err(error) => checker.fault("body", error),
    }
    (Some(id.to_owned()), checker.faults)
}

impl Checker<'_> {
    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at} {what}"));
    }

    /// A lexicon; nothing if there is none of that name.
    fn lexicon(&self, id: &str) -> Value {
        let file = self.folder.join(format!("{}.json", id.replace('.', "/")));
        std::fs::read(file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    fn parameters(&mut self, id: &str, known: &Value, call: &Call) {
        let given = call.parameters();
        for (name, text) in &given {
            let at = format!("query.{name}");
            let schema = &known["properties"][name];
            let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
            if !schema.is_object() {
                self.fault(&at, "is not known");
                continue;
            }
            let value = match schema["type"].as_str() {
                Some("integer" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
                _ => Value::from(text.as_str()),
            };
            self.value(id, schema, &value, &at);
        }
        for required in known["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !given.iter().any(|(name, _)| name == required) {
                self.fault("query", format_args!("lacks `{required}`"));
            }
        }
    }

    fn value(&mut self, lexicon: &str, schema: &Value, value: &Value, at: &str) {
        match schema["type"].as_str().unwrap_or_default() {
            "object" => self.object(lexicon, schema, value, at),
            "array" => {
                let Some(items) = value.as_array() else {
                    return self.fault(at, "is no list");
                };
                if schema["maxLength"].as_u64().is_some_and(|most| items.len() as u64 > most) {
                    self.fault(at, format_args!("has {} items of {}", items.len(), schema["maxLength"]));
                }
                for item in items {
                    self.value(lexicon, &schema["items"], item, at);
                }
            }
            "ref" => self.follow(lexicon, schema["ref"].as_str().unwrap_or_default(), value, at),
            "union" => {
                let kind = value["$type"].as_str().unwrap_or_default().trim_end_matches("#main").to_owned();
                let refs = schema["refs"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let full = |name: &str| {
                    if name.starts_with('#') {
                        format!("{lexicon}{name}")
                    } else {
                        name.to_owned()
                    }
                };
                if refs.map(full).any(|name| name == kind) {
                    self.follow(lexicon, &kind, value, at);
                } else {
                    self.fault(at, format_args!("is a `{kind}`, which it may not be"));
                }
            }
            "string" => self.text(schema, value, at),
            "integer" => {
                let fits = value.as_i64().is_some_and(|figure| {
                    schema["maximum"].as_i64().is_none_or(|most| figure <= most)
                        && schema["minimum"].as_i64().is_none_or(|least| figure >= least)
                });
                if !fits {
                    self.fault(at, format_args!("is {value}"));
                }
            }
            "boolean" if value.is_boolean() => {}
            "blob" => self.blob(schema, value, at),
            // What a repository takes as a record names its own lexicon.
            "unknown" => {
                let kind = value["$type"].as_str().unwrap_or_default().to_owned();
                let record = self.lexicon(&kind)["defs"]["main"]["record"].clone();
                if record.is_null() {
                    self.fault(at, format_args!("is a `{kind}`, which no lexicon describes"));
                } else {
                    self.value(&kind, &record, value, at);
                }
            }
            kind => self.fault(at, format_args!("is {value}, not {kind}")),
        }
    }

    fn object(&mut self, lexicon: &str, schema: &Value, value: &Value, at: &str) {
        let Some(object) = value.as_object() else {
            return self.fault(at, "is no object");
        };
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(required) {
                self.fault(at, format_args!("lacks `{required}`"));
            }
        }
        for (name, field) in object.iter().filter(|(name, _)| *name != "$type") {
            let at = format!("{at}.{name}");
            let known = &schema["properties"][name];
            let nullable = schema["nullable"]
                .as_array()
                .is_some_and(|names| names.iter().any(|nullable| nullable == name));
            if field.is_null() && nullable {
                continue;
            }
            if known.is_object() {
                self.value(lexicon, known, field, &at);
            } else {
                self.fault(&at, format_args!("is not known to {lexicon}"));
            }
        }
    }

    fn blob(&mut self, schema: &Value, value: &Value, at: &str) {
        let kind = value["mimeType"].as_str().unwrap_or_default();
        let takes = |pattern: &str| pattern == "*/*" || pattern.strip_suffix('*').map_or(pattern == kind, |start| kind.starts_with(start));
        let mut accepted = schema["accept"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if value["$type"] != "blob" || !value["ref"]["$link"].is_string() || (!schema["accept"].is_null() && !accepted.any(takes)) {
            self.fault(at, format_args!("is no blob that it may be: {value}"));
        }
        match value["size"].as_u64() {
            Some(size) if schema["maxSize"].as_u64().is_none_or(|most| size <= most) => {}
            _ => self.fault(at, format_args!("is {} bytes long", value["size"])),
        }
    }

    fn follow(&mut self, lexicon: &str, name: &str, value: &Value, at: &str) {
        let (id, definition) = name.split_once('#').unwrap_or((name, "main"));
        let id = if id.is_empty() { lexicon } else { id };
        let schema = self.lexicon(id)["defs"][definition].clone();
        self.value(id, &schema, value, at);
    }

    fn text(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(text) = value.as_str() else {
            return self.fault(at, format_args!("is {value}, no text"));
        };
        if schema["maxLength"].as_u64().is_some_and(|most| text.len() as u64 > most) {
            self.fault(at, format_args!("has {} bytes of {}", text.len(), schema["maxLength"]));
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            self.fault(at, format_args!("is {value}, not one of {}", schema["enum"]));
        }
        let fits = match schema["format"].as_str() {
            Some("datetime") => text.parse::<jiff::Timestamp>().is_ok(),
            Some("did") => text.starts_with("did:"),
            Some("at-identifier") => text.starts_with("did:") || text.contains('.'),
            Some("at-uri") => text.starts_with("at://"),
            Some("uri") => url::Url::parse(text).is_ok(),
            Some("handle") => text.contains('.') && !text.contains(' '),
            Some("nsid") => text.split('.').count() > 2,
            Some("record-key") => !text.is_empty() && text.len() <= 512 && !text.contains('/'),
            _ => true,
        };
        if !fits {
            self.fault(at, format_args!("is no {}: {text}", schema["format"]));
        }
    }
}
