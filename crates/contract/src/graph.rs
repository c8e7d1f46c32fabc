//! Against Meta's description of Graph's nodes: edges, parameters, and the fields that are read.
//!
//! A path names a node by a number, not its kind: the call must be one that some kind of node takes, whole.

use std::path::Path;

use serde_json::Value;

use crate::body::Body;
use crate::call::Call;

/// The kinds of nodes that calls go to.
const NODES: &[&str] = &[
    "Page",
    "PagePost",
    "Post",
    "Photo",
    "AdVideo",
    "Album",
    "Comment",
    "User",
    "IGUser",
    "IGMedia",
    "IGComment",
    "IGUserForIGOnlyAPI",
    "IGMediaForIGOnlyAPI",
];
/// Nodes that are read only.
const READ: &[&str] = &["ShadowIGMediaBuilder", "VideoStatus", "Stories"];
/// What Meta's documents name and its description leaves out: an edge, and a field of what it returns.
const DOCUMENTED: &[(&str, &str)] = &[
    // https://developers.facebook.com/docs/pages-api/manage-pages: what the person may do on each Page.
    ("accounts", "tasks"),
];
/// What every call may say, and the file of a photo or a video: parameters are described, the parts beside them are not.
const OF_EVERY_CALL: &[&str] = &[
    "access_token",
    "appsecret_proof",
    "fields",
    "limit",
    "after",
    "before",
    "source",
    "pretty",
];

/// One writes `mediapublish` for what all documents call `media_publish`.
fn bare(edge: &str) -> String {
    edge.replace(['_', '/'], "")
}

/// What is wrong with a call; the kind of node and the edge first.
pub fn check(folder: &Path, call: &Call) -> (Option<String>, Vec<String>) {
    let mut path: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    if path.first().is_some_and(|first| first.starts_with('v') && first.contains('.')) {
        path.remove(0);
    }
    let edge = match path.as_slice() {
        [_] => None,
        [_, edge] => Some(bare(edge)),
        _ => return (None, vec![format!("{} is neither a node nor an edge", call.path)]),
    };
    let body = match Body::of(call) {
        Ok(Body::Json(Value::Object(fields))) => fields,
        Ok(body) => body.fields(),
        Err(error) => return (None, vec![error]),
    };
    let mut given: Vec<(String, String)> = call.parameters();
    given.extend(
        body.into_iter()
            .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))),
    );
    let mut best: Option<(String, Vec<String>)> = None;
    if edge.is_none() && call.method == "GET" {
        let itself = serde_json::json!({"method": "GET", "params": []});
        for node in NODES.iter().chain(READ) {
            let Some(spec) = read(folder, node) else { continue };
            let faults = faults(folder, &spec, &itself, &given);
            if best.as_ref().is_none_or(|(_, fewest)| faults.len() < fewest.len()) {
                best = Some((format!("GET {node} itself"), faults));
            }
        }
    }
    for node in NODES {
        let Some(spec) = read(folder, node) else { continue };
        let calls = spec["apis"].as_array().into_iter().flatten();
        let fits = |api: &&Value| api["method"] == call.method.as_str() && api["endpoint"].as_str().map(bare) == edge;
        for api in calls.filter(fits) {
            let faults = faults(folder, &spec, api, &given);
            if best.as_ref().is_none_or(|(_, fewest)| faults.len() < fewest.len()) {
                best = Some((format!("{} {node} {}", call.method, edge.as_deref().unwrap_or("itself")), faults));
            }
        }
    }
    match best {
        Some((operation, faults)) => (Some(operation), faults),
        None => (None, vec![format!("{} {} is taken by no kind of node", call.method, call.path)]),
    }
}

fn read(folder: &Path, file: &str) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(folder.join(format!("{file}.json"))).ok()?).ok()
}

fn faults(folder: &Path, spec: &Value, api: &Value, given: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    let params: Vec<&Value> = api["params"].as_array().into_iter().flatten().collect();
    for (name, text) in given {
        let Some(param) = params.iter().find(|param| param["name"] == name.as_str()) else {
            if !OF_EVERY_CALL.contains(&name.as_str()) {
                faults.push(format!("{name} is not known"));
            }
            continue;
        };
        if let Some(fault) = misfit(folder, param["type"].as_str().unwrap_or_default(), text) {
            faults.push(format!("{name} {fault}"));
        }
    }
    for param in params.iter().filter(|param| param["required"] == true) {
        if !given.iter().any(|(name, _)| param["name"] == name.as_str()) {
            faults.push(format!("{} is missing", param["name"]));
        }
    }
    if api["method"] == "GET"
        && let Some((_, fields)) = given.iter().find(|(name, _)| name == "fields")
    {
        faults.extend(unknown_fields(folder, spec, api, fields));
    }
    faults
}

/// Fields that are asked for and that what is returned does not have.
fn unknown_fields(folder: &Path, spec: &Value, api: &Value, fields: &str) -> Vec<String> {
    let returned = api["return"].as_str().and_then(|kind| read(folder, kind));
    // What returns an object of no described kind, as an edge of counts does, cannot be looked into.
    let known = match (&returned, api["endpoint"].as_str()) {
        (Some(returned), _) => returned,
        (None, None | Some("" | "/")) => spec,
        (None, Some(_)) => return Vec::new(),
    };
    let mut names: Vec<&str> = known["fields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|field| field["name"].as_str())
        .collect();
    // An edge of what is read can be read along with it.
    let edges = known["apis"].as_array().into_iter().flatten().filter(|api| api["method"] == "GET");
    names.extend(edges.filter_map(|api| api["endpoint"].as_str()).map(|edge| edge.trim_matches('/')));
    let edge = api["endpoint"].as_str().unwrap_or_default().trim_matches('/');
    let documented = |name: &str| DOCUMENTED.contains(&(edge, name));
    outermost(fields)
        .into_iter()
        .filter(|name| !names.contains(&name.as_str()) && !documented(name))
        .map(|name| format!("fields: {name} is not known"))
        .collect()
}

/// The names of a list of fields, without what is asked of theirs.
fn outermost(fields: &str) -> Vec<String> {
    let (mut names, mut name, mut depth) = (Vec::new(), String::new(), 0_u32);
    for letter in fields.chars() {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            _ if depth == 0 => name.push(letter),
            _ => {}
        }
    }
    names.push(name);
    // `.limit(1)` says how many.
    names
        .into_iter()
        .map(|name| name.split('.').next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Why a text is not of a type, if it is not.
fn misfit(folder: &Path, kind: &str, text: &str) -> Option<String> {
    let number = text.parse::<i64>().is_ok();
    let json = || serde_json::from_str::<Value>(text).ok();
    let fits = match kind {
        "int" | "unsigned int" => number,
        "float" => text.parse::<f64>().is_ok(),
        "bool" => matches!(text, "true" | "false" | "1" | "0"),
        "datetime" => number || text.contains('-'),
        _ if kind.starts_with("list<") => json().is_none_or(|value| value.is_array()),
        _ if kind.starts_with("map") => json().is_some_and(|value| value.is_object()),
        _ => match values(folder, kind) {
            // Written in capitals there, in small letters in every document.
            Some(values) => values
                .iter()
                .filter_map(Value::as_str)
                .any(|value| value.eq_ignore_ascii_case(text)),
            None => true,
        },
    };
    (!fits).then(|| format!("is {text:?}, not {kind}"))
}

fn values(folder: &Path, kind: &str) -> Option<Vec<Value>> {
    let all = read(folder, "enum_types")?;
    let known = all.as_array()?.iter().find(|known| known["name"] == kind)?;
    known["values"].as_array().cloned()
}

#[cfg(test)]
mod tests {
    use super::outermost;

    #[test]
    fn fields_of_fields_are_not_fields() {
        assert_eq!(
            outermost("id,from{name,id},comments.limit(1){id},x"),
            ["id", "from", "comments", "x"]
        );
    }
}
