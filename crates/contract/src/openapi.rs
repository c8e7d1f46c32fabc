//! Against an OpenAPI document: path, verb, parameters, headers, bodies.

use serde_json::{Map, Value};

use crate::body::Body;
use crate::call::Call;
use crate::needs::{self, Needed};
use crate::schema::{Checker, fits};

/// Headers that belong to HTTP and not to an operation.
const OF_HTTP: &[&str] = &[
    "host",
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "user-agent",
    "x-commit-call",
];

/// How a document is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// What stands before its paths.
    pub prefix: &'static str,
    /// Fields that are newer than it.
    pub newer: &'static [&'static str],
    /// Whether it names the headers that operations take.
    pub names_headers: bool,
    /// What it calls access that a person gave.
    pub scheme: &'static str,
    /// How many of the permissions that it names with it are needed.
    pub needed: Needed,
}

/// What is wrong with a call; the operation's template first. `None` for the template if there is no such operation.
pub fn check(spec: &Value, reading: Reading, call: &Call) -> (Option<String>, Vec<String>) {
    let path = call.path.strip_prefix(reading.prefix).unwrap_or(&call.path);
    let verb = call.method.to_ascii_lowercase();
    let paths = spec["paths"].as_object();
    let known = paths
        .into_iter()
        .flatten()
        .filter(|(template, methods)| fits(template, path) && methods[&verb].is_object())
        .min_by_key(|(template, _)| template.matches('{').count());
    let Some((template, methods)) = known else {
        return (None, vec![format!("{} {path} is no operation", call.method)]);
    };
    let operation = &methods[&verb];
    let mut checker = Checker::new(spec, reading.newer);
    parameters(&mut checker, reading, methods, operation, call);
    let ways = operation["security"].as_array().into_iter().flatten();
    for scopes in ways.filter_map(|way| way.get(reading.scheme)) {
        needs::check(&mut checker, reading.needed, scopes, call);
    }
    match Body::of(call) {
        Ok(body) => self::body(&mut checker, operation, &body),
        Err(error) => checker.fault("body", error),
    }
    (Some(format!("{} {template}", call.method)), checker.faults)
}

fn parameters<'a>(checker: &mut Checker<'a>, reading: Reading, path: &'a Value, operation: &'a Value, call: &Call) {
    let all = [&operation["parameters"], &path["parameters"]];
    let all: Vec<&Value> = all.into_iter().filter_map(Value::as_array).flatten().collect();
    let all: Vec<&Value> = all.into_iter().map(|parameter| checker.resolved(parameter)).collect();
    let stands = |place: &str| {
        all.iter()
            .copied()
            .filter(move |parameter| parameter["in"] == *place)
            .collect::<Vec<_>>()
    };
    let given = call.parameters();
    let queries = stands("query");
    for (name, text) in &given {
        // A list may be written item by item.
        let bare = name.trim_end_matches("[]");
        match queries
            .iter()
            .find(|parameter| parameter["name"] == *name || parameter["name"] == bare)
        {
            Some(parameter) => checker.text(&parameter["schema"], text, &format!("query.{name}")),
            None => checker.fault(&format!("query.{name}"), "is not known"),
        }
    }
    for parameter in queries.iter().filter(|parameter| parameter["required"] == true) {
        if !given.iter().any(|(name, _)| parameter["name"] == name.as_str()) {
            checker.fault("query", format_args!("lacks {}", parameter["name"]));
        }
    }
    if reading.names_headers {
        let known = stands("header");
        for name in call.headers.iter().filter(|name| !OF_HTTP.contains(&name.as_str())) {
            let fits = |parameter: &&&Value| parameter["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
            if !known.iter().any(|parameter| fits(&parameter)) {
                checker.fault(&format!("header.{name}"), "is not known");
            }
        }
    }
}

fn body<'a>(checker: &mut Checker<'a>, operation: &'a Value, body: &Body) {
    let wanted = checker.resolved(&operation["requestBody"]);
    let content = &wanted["content"];
    let json = &content["application/json"]["schema"];
    match body {
        Body::Empty if wanted["required"] == true => checker.fault("body", "is missing"),
        Body::Empty => {}
        Body::Json(value) if json.is_object() => checker.value(json, value, "body"),
        Body::Form(_) | Body::Multipart { .. } => {
            let kind = if matches!(body, Body::Form(_)) {
                "application/x-www-form-urlencoded"
            } else {
                "multipart/form-data"
            };
            // Some documents write forms down as JSON.
            let schema = [kind, "multipart/form-data", "application/json"]
                .into_iter()
                .map(|kind| &content[kind]["schema"])
                .find(|schema| schema.is_object());
            match schema {
                Some(schema) => form(checker, schema, &body.fields()),
                None => checker.fault("body", "is a form"),
            }
        }
        Body::Json(_) => checker.fault("body", "is JSON"),
        Body::Bytes => {
            if content.as_object().is_none_or(Map::is_empty) {
                checker.fault("body", "is a file");
            }
        }
    }
}

/// A form's fields are texts: each is held against the type that it stands for.
fn form<'a>(checker: &mut Checker<'a>, schema: &'a Value, fields: &Map<String, Value>) {
    let typed: Map<String, Value> = fields
        .iter()
        .map(|(name, value)| (name.trim_end_matches("[]").to_owned(), value.clone()))
        .collect();
    let whole = Value::Object(typed);
    let kinds = checker.kinds(schema, &whole);
    let typed = whole.as_object().into_iter().flatten().map(|(name, value)| {
        let kind = kinds.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        (name.clone(), as_kind(kind, value))
    });
    let typed = Value::Object(typed.collect());
    checker.value(schema, &typed, "form");
}

fn as_kind(kind: Option<&str>, value: &Value) -> Value {
    match (kind, value) {
        (Some("array"), Value::String(text)) => {
            // A list is written as JSON, item by item, or its only item as it is.
            serde_json::from_str(text)
                .ok()
                .filter(Value::is_array)
                .unwrap_or_else(|| Value::Array(vec![value.clone()]))
        }
        (Some("integer" | "number" | "boolean" | "object"), Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}
