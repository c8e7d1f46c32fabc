//! Against the description of Telegram's Bot API: methods, fields all the way down, and their types.

use serde_json::{Map, Value};

use crate::body::Body;
use crate::call::Call;

/// What is wrong with a call; its method first.
pub fn check(spec: &Value, call: &Call) -> (Option<String>, Vec<String>) {
    let method = call.path.rsplit('/').next().unwrap_or_default();
    let known = &spec["methods"][method];
    if !known.is_object() {
        return (None, vec![format!("{method} is no method")]);
    }
    let body = match Body::of(call) {
        Ok(body) => body,
        Err(error) => return (Some(method.to_owned()), vec![error]),
    };
    let mut said: Map<String, Value> = call.parameters().into_iter().map(|(name, value)| (name, value.into())).collect();
    match body {
        Body::Json(Value::Object(fields)) => said.extend(fields),
        Body::Json(_) | Body::Bytes => return (Some(method.to_owned()), vec!["the body is no object".to_owned()]),
        form => {
            let fields = form.fields();
            let attached = fields.get("media").map(Value::to_string).unwrap_or_default();
            // A file is a field of the method, or one that an album's item names.
            said.extend(
                fields
                    .into_iter()
                    .filter(|(name, value)| value != "file" || !attached.contains(&format!("attach://{name}"))),
            );
        }
    }
    let fields: Vec<&Value> = known["fields"].as_array().into_iter().flatten().collect();
    let mut faults: Vec<String> = said
        .keys()
        .filter(|name| !fields.iter().any(|field| field["name"] == name.as_str()))
        .map(|name| format!("{name} is not known"))
        .collect();
    for field in fields {
        let value = said.get(field["name"].as_str().unwrap_or_default());
        faults.extend(one(spec, field, value, "").err());
    }
    (Some(method.to_owned()), faults)
}

/// One field: there where it must be, and of one of its types.
fn one(spec: &Value, field: &Value, value: Option<&Value>, at: &str) -> Result<(), String> {
    let at = format!("{at}.{}", field["name"].as_str().unwrap_or_default());
    let Some(value) = value else {
        return if field["required"] == true {
            Err(format!("{at} is missing"))
        } else {
            Ok(())
        };
    };
    let kinds: Vec<&str> = field["types"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // What is written in a list of several types: each item is of the one that it names.
    let lists: Option<Vec<&str>> = kinds.iter().map(|kind| kind.strip_prefix("Array of ")).collect();
    if let Some(inner) = lists.filter(|lists| lists.len() > 1) {
        let items = value
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| value.clone());
        let items = items.as_array().ok_or_else(|| format!("{at} is no list"))?;
        return items.iter().try_for_each(|item| any_of(spec, &of_kind(&inner, item), item, &at));
    }
    any_of(spec, &kinds, value, &at)
}

/// An item of an album says which of the types it is.
fn of_kind<'a>(kinds: &[&'a str], item: &Value) -> Vec<&'a str> {
    let kind = item["type"].as_str().unwrap_or("none");
    kinds
        .iter()
        .filter(|known| known.to_ascii_lowercase().ends_with(kind))
        .copied()
        .collect()
}

fn any_of(spec: &Value, kinds: &[&str], value: &Value, at: &str) -> Result<(), String> {
    let refused: Vec<String> = kinds.iter().filter_map(|kind| fits(spec, kind, value, at).err()).collect();
    match refused.len() {
        0 if kinds.is_empty() => Err(format!("{at} is of no kind that may stand there")),
        count if count < kinds.len() => Ok(()),
        _ => Err(refused.join("; ")),
    }
}

/// Whether a value, or a form's writing of it, is of a type.
fn fits(spec: &Value, kind: &str, value: &Value, at: &str) -> Result<(), String> {
    let misfit = || format!("{at} is {value}, not {kind}");
    let written = value.as_str();
    let plain = match kind {
        "String" => Some(value.is_string()),
        "Integer" => Some(value.is_i64() || value.is_u64() || written.is_some_and(|text| text.parse::<i64>().is_ok())),
        "Float" => Some(value.is_number() || written.is_some_and(|text| text.parse::<f64>().is_ok())),
        "Boolean" => Some(value.is_boolean() || written.is_some_and(|text| matches!(text, "true" | "false"))),
        // Files stand beside the fields.
        "InputFile" => Some(value == "file"),
        _ => None,
    };
    if let Some(fits) = plain {
        return if fits { Ok(()) } else { Err(misfit()) };
    }
    // In a form an object is written as JSON.
    let tree = match written {
        Some(text) => serde_json::from_str(text).map_err(|_| misfit())?,
        None => value.clone(),
    };
    if let Some(inner) = kind.strip_prefix("Array of ") {
        let items = tree.as_array().ok_or_else(misfit)?;
        return items.iter().try_for_each(|item| fits(spec, inner, item, at));
    }
    let object = tree.as_object().ok_or_else(misfit)?;
    let fields = spec["types"][kind]["fields"].as_array().ok_or_else(|| format!("no type {kind}"))?;
    if let Some(name) = object
        .keys()
        .find(|name| !fields.iter().any(|field| field["name"] == name.as_str()))
    {
        return Err(format!("{at} has `{name}`, which {kind} does not know"));
    }
    fields
        .iter()
        .try_for_each(|field| one(spec, field, object.get(field["name"].as_str().unwrap_or_default()), at))
}
