//! A value against a schema of an OpenAPI or a discovery document, all the way down. A field that the schema does not know is a fault.

use serde_json::{Map, Value};

/// A document, and what was found wrong by it.
pub struct Checker<'a> {
    /// The document.
    pub spec: &'a Value,
    /// Fields that are newer than the document, with the reason beside where they are named.
    pub newer: &'a [&'a str],
    /// What is wrong.
    pub faults: Vec<String>,
}

impl<'a> Checker<'a> {
    /// Nothing is wrong yet.
    pub fn new(spec: &'a Value, newer: &'a [&'a str]) -> Self {
        Checker {
            spec,
            newer,
            faults: Vec::new(),
        }
    }

    /// Notes what is wrong.
    pub fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at} {what}"));
    }

    /// What a reference leads to; any other schema is itself.
    pub fn resolved(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        while let Some(name) = schema["$ref"].as_str() {
            schema = match name.strip_prefix('#') {
                Some(pointer) => self.spec.pointer(pointer).unwrap_or(&Value::Null),
                None => &self.spec["schemas"][name],
            };
        }
        schema
    }

    /// The properties and required names of an object, those of its `allOf` included.
    fn members(&self, schema: &'a Value) -> (Map<String, Value>, Vec<&'a str>) {
        let schema = self.resolved(schema);
        let mut properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let names = schema["required"].as_array().into_iter().flatten();
        let mut required: Vec<&str> = names.filter_map(Value::as_str).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (more, needed) = self.members(part);
            properties.extend(more);
            required.extend(needed);
        }
        (properties, required)
    }

    /// The one of several shapes that a value has: the one it names, or the one of whose required fields it has the most.
    fn shape(&self, schema: &'a Value, value: &Value) -> Option<&'a Value> {
        let schema = self.resolved(schema);
        if let Some(field) = schema["discriminator"]["propertyName"].as_str()
            && let Some(mapping) = schema["discriminator"]["mapping"].as_object()
        {
            let named = mapping.get(value[field].as_str()?)?.as_str()?;
            return self.spec.pointer(named.trim_start_matches('#'));
        }
        let Some(shapes) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) else {
            return Some(schema);
        };
        let has = |shape: &&Value| self.members(shape).1.iter().all(|name| !value[*name].is_null());
        let shape = shapes
            .iter()
            .filter(has)
            .max_by_key(|shape| self.members(shape).0.keys().filter(|name| !value[name.as_str()].is_null()).count())?;
        Some(self.resolved(shape))
    }

    /// Holds a value against a schema.
    pub fn value(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let Some(schema) = self.shape(schema, value) else {
            return self.fault(at, format_args!("has none of the shapes it may have: {value}"));
        };
        if schema.is_null() {
            return self.fault(at, "has no schema");
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.contains(value)
        {
            return self.fault(at, format_args!("is {value}, not one of {}", schema["enum"]));
        }
        match value {
            Value::Object(object) => self.object(schema, object, at),
            Value::Array(items) => {
                self.kind(schema, &["array"], value, at);
                self.count(schema, "Items", items.len(), at);
                for item in items {
                    self.value(&schema["items"], item, at);
                }
            }
            Value::String(text) => {
                if schema["type"].is_null()
                    && let Some(first) = schema["allOf"].as_array().and_then(|all| all.first())
                {
                    return self.value(first, value, at);
                }
                self.kind(schema, &["string"], value, at);
                self.count(schema, "Length", text.chars().count(), at);
                let digits = [r"^\d+$", "^[0-9]{1,19}$"].iter().any(|digits| schema["pattern"] == *digits);
                if digits && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit())) {
                    self.fault(at, format_args!("is no number: {text}"));
                }
            }
            Value::Bool(_) => self.kind(schema, &["boolean"], value, at),
            Value::Number(number) => {
                self.kind(schema, &["integer", "number"], value, at);
                self.figure(schema, number.as_f64(), at);
            }
            Value::Null => self.fault(at, "is null"),
        }
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>, at: &str) {
        let (properties, required) = self.members(schema);
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            self.fault(at, format_args!("lacks `{name}`"));
        }
        for (name, field) in object {
            let at = format!("{at}.{name}");
            if self.newer.contains(&name.as_str()) {
                continue;
            }
            // The properties were put together: what they refer to is looked up where it stands.
            match self.property(schema, name) {
                Some(known) => self.value(known, field, &at),
                None if properties.is_empty() && schema["additionalProperties"].is_object() => {
                    self.value(&schema["additionalProperties"], field, &at);
                }
                None => self.fault(&at, "is not known"),
            }
        }
    }

    /// The types of an object's properties.
    pub fn kinds(&self, schema: &'a Value, value: &Value) -> Vec<(String, &'a str)> {
        let Some(schema) = self.shape(schema, value) else {
            return Vec::new();
        };
        let names = self.members(schema).0;
        let kind = |name: String| {
            let known = self.resolved(self.property(schema, &name)?);
            Some((name, known["type"].as_str()?))
        };
        names.into_iter().filter_map(|(name, _)| kind(name)).collect()
    }

    fn property(&self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let schema = self.resolved(schema);
        schema["properties"].get(name).or_else(|| {
            let parts = schema["allOf"].as_array()?;
            parts.iter().find_map(|part| self.property(part, name))
        })
    }

    /// A text of a query or a form against the schema of what it stands for.
    pub fn text(&mut self, schema: &'a Value, text: &str, at: &str) {
        let schema = self.resolved(schema);
        match schema["type"].as_str() {
            Some("array") => {
                for item in text.split(',') {
                    self.text(&schema["items"], item, at);
                }
            }
            Some("integer" | "number") => match text.parse::<f64>() {
                Ok(figure) => self.figure(schema, Some(figure), at),
                Err(_) => self.fault(at, format_args!("is no number: {text}")),
            },
            Some("boolean") if matches!(text, "true" | "false") => {}
            Some("boolean") => self.fault(at, format_args!("is neither true nor false: {text}")),
            _ => self.value(schema, &text.into(), at),
        }
    }

    fn kind(&mut self, schema: &Value, kinds: &[&str], value: &Value, at: &str) {
        if !schema["type"].as_str().is_some_and(|kind| kinds.contains(&kind)) {
            self.fault(at, format_args!("is {value}, not {}", schema["type"]));
        }
    }

    fn count(&mut self, schema: &Value, of: &str, count: usize, at: &str) {
        let bound = |which: &str| schema[format!("{which}{of}")].as_u64();
        let count = count as u64;
        if bound("max").is_some_and(|most| count > most) || bound("min").is_some_and(|least| count < least) {
            self.fault(at, format_args!("has {count} of {:?} to {:?}", bound("min"), bound("max")));
        }
    }

    /// A discovery document writes bounds as texts.
    fn figure(&mut self, schema: &Value, figure: Option<f64>, at: &str) {
        let bound = |name: &str| schema[name].as_f64().or_else(|| schema[name].as_str()?.parse().ok());
        let Some(figure) = figure else { return };
        if bound("maximum").is_some_and(|most| figure > most) || bound("minimum").is_some_and(|least| figure < least) {
            self.fault(at, format_args!("is {figure}, out of bounds"));
        }
    }
}

/// Whether a path is of a template: a placeholder stands for one segment, and a template without one goes before.
pub fn fits(template: &str, path: &str) -> bool {
    let (ours, theirs) = (path.split('/'), template.split('/'));
    ours.clone().count() == theirs.clone().count()
        && ours
            .zip(theirs)
            .all(|(one, other)| one == other || (other.starts_with('{') && !one.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, value: &Value) -> Vec<String> {
        let mut checker = Checker::new(schema, &[]);
        checker.value(schema, value, "it");
        checker.faults
    }

    #[test]
    fn what_is_unknown_missing_or_of_another_type_is_found_at_any_depth() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {"b": {"type": "string", "enum": ["x", "y"]}}}},
            "n": {"type": "integer", "maximum": "50"}}});
        assert_eq!(faults(&schema, &json!({"a": [{"b": "x"}], "n": 50})), Vec::<String>::new());
        for (value, fault) in [
            (json!({"a": [], "c": 1}), "it.c is not known"),
            (json!({"n": 1}), "it lacks `a`"),
            (json!({"a": [{"b": "z"}]}), "it.a.b is \"z\", not one of [\"x\",\"y\"]"),
            (json!({"a": [{"d": "z"}]}), "it.a.d is not known"),
            (json!({"a": [{}, {}, {}]}), "it.a has 3 of None to Some(2)"),
            (json!({"a": "x"}), "it.a is \"x\", not \"array\""),
            (json!({"a": [], "n": 51}), "it.n is 51, out of bounds"),
            (json!({"a": [], "n": null}), "it.n is null"),
        ] {
            assert_eq!(faults(&schema, &value), [fault], "{value}");
        }
    }

    #[test]
    fn a_template_takes_any_segment_for_a_placeholder_only() {
        assert!(fits("/2/tweets/{id}", "/2/tweets/1"));
        assert!(!fits("/2/tweets/{id}", "/2/tweets"));
        assert!(!fits("/2/tweets/{id}", "/2/users/1"));
        assert!(!fits("/2/tweets/{id}", "/2/tweets/"));
    }
}
