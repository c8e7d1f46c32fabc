//! Against a Google discovery document: path, verb, parameters, fields.

use serde_json::Value;

use crate::body::Body;
use crate::call::Call;
use crate::needs::{self, Needed};
use crate::schema::Checker;

/// What uploads are told beside the parameters of their method.
const OF_UPLOADS: &[&str] = &["uploadType"];

/// Every method of the document, whatever resource it is of.
fn methods<'a>(resources: &'a Value, found: &mut Vec<&'a Value>) {
    for resource in resources.as_object().into_iter().flat_map(|all| all.values()) {
        found.extend(resource["methods"].as_object().into_iter().flat_map(|all| all.values()));
        methods(&resource["resources"], found);
    }
}

/// Whether a path is of a method's: `{+name}` stands for several segments, those that the parameter's pattern says.
fn fits(method: &Value, path: &str) -> bool {
    let template = method["flatPath"].as_str().or(method["path"].as_str()).unwrap_or_default();
    let (ours, theirs) = (path.split('/'), template.split('/'));
    ours.clone().count() == theirs.clone().count()
        && ours.zip(theirs).all(|(one, other)| match other.split_once('{') {
            Some((before, rest)) => {
                let after = rest.split_once('}').map_or("", |(_, after)| after);
                one.len() > before.len() + after.len() && one.starts_with(before) && one.ends_with(after)
            }
            None => one == other,
        })
}

/// What is wrong with a call; the method's id first.
pub fn check(spec: &Value, call: &Call) -> (Option<String>, Vec<String>) {
    let service = spec["servicePath"].as_str().unwrap_or_default();
    let path = call.path.trim_start_matches('/');
    let (upload, path) = match path.strip_prefix("upload/") {
        Some(path) => (true, path),
        None => (false, path),
    };
    let path = path.strip_prefix(service).unwrap_or(path);
    let mut all = Vec::new();
    methods(&spec["resources"], &mut all);
    let method = all
        .into_iter()
        .filter(|method| method["httpMethod"] == call.method.as_str() && fits(method, path))
        .min_by_key(|method| method["path"].as_str().unwrap_or_default().matches('{').count());
    let Some(method) = method else {
        return (None, vec![format!("{} {path} is no method", call.method)]);
    };
    let mut checker = Checker::new(spec, &[]);
    if upload && method["mediaUpload"].is_null() {
        checker.fault(path, "takes no bytes");
    }
    parameters(&mut checker, method, call);
    needs::check(&mut checker, Needed::One, &method["scopes"], call);
    match Body::of(call) {
        Ok(Body::Json(value)) if method["request"].is_object() => {
            checker.value(&method["request"], &value, "body");
            in_parts(&mut checker, method, call, &value);
        }
        Ok(Body::Empty) if method["request"].is_null() || !method["request"].is_object() => {}
        Ok(Body::Bytes) if !method["mediaUpload"].is_null() => {}
        Ok(Body::Empty) => checker.fault("body", "is missing"),
        Ok(_) => checker.fault("body", "is of another kind"),
        Err(error) => checker.fault("body", error),
    }
    (method["id"].as_str().map(str::to_owned), checker.faults)
}

fn parameters<'a>(checker: &mut Checker<'a>, method: &'a Value, call: &Call) {
    let given = call.parameters();
    for (name, text) in given.iter().filter(|(name, _)| !OF_UPLOADS.contains(&name.as_str())) {
        let known = [&method["parameters"][name], &checker.spec["parameters"][name]]
            .into_iter()
            .find(|known| known.is_object());
        match known {
            Some(known) => checker.text(known, text, &format!("query.{name}")),
            None => checker.fault(&format!("query.{name}"), "is not known"),
        }
    }
    for (name, known) in method["parameters"].as_object().into_iter().flatten() {
        let wanted = known["required"] == true && known["location"] == "query";
        if wanted && !given.iter().any(|(given, _)| given == name) {
            checker.fault("query", format_args!("lacks `{name}`"));
        }
    }
}

/// Where a method is told the parts that it is given, what stands in no part is passed over in silence.
fn in_parts(checker: &mut Checker<'_>, method: &Value, call: &Call, body: &Value) {
    if !method["parameters"]["part"].is_object() {
        return;
    }
    let parts: Vec<String> = call
        .parameters()
        .into_iter()
        .filter(|(name, _)| name == "part")
        .map(|(_, parts)| parts)
        .collect();
    let named: Vec<&str> = parts.iter().flat_map(|parts| parts.split(',')).collect();
    for name in body.as_object().into_iter().flat_map(|object| object.keys()) {
        if name != "id" && !named.contains(&name.as_str()) {
            checker.fault(&format!("body.{name}"), format_args!("is in none of the parts {named:?}"));
        }
    }
}
