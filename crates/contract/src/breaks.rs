//! Calls that are broken on purpose: whoever checks must find each of them wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::body::Body;
use crate::call::Call;
use crate::described::By;

/// Ways in which a call is wrong, and the call that is.
pub fn of(call: &Call, by: By) -> Vec<(String, Call)> {
    let mut broken = Vec::new();
    // A bot's methods are asked for by any verb.
    if !matches!(by, By::BotApi(_)) {
        let method = "TRACE".to_owned();
        broken.push(("another verb".to_owned(), Call { method, ..call.clone() }));
    }
    let path = format!("{}/breakfast/rolls", call.path);
    broken.push(("another path".to_owned(), Call { path, ..call.clone() }));
    let query = format!("{}&breakfast=1", call.query);
    broken.push(("a parameter that nobody knows".to_owned(), Call { query, ..call.clone() }));
    match Body::of(call) {
        Ok(Body::Json(value)) => {
            let mut unknown = value.clone();
            unknown["breakfast"] = json!("rolls");
            broken.push((
                "a field that nobody knows".to_owned(),
                with_body(call, unknown.to_string().as_bytes()),
            ));
            let mut leaves = Vec::new();
            pointers(&value, String::new(), &mut leaves);
            for leaf in leaves {
                let mut other = value.clone();
                if let Some(place) = other.pointer_mut(&leaf) {
                    *place = json!({"breakfast": ["rolls"]});
                }
                broken.push((format!("another type at {leaf}"), with_body(call, other.to_string().as_bytes())));
            }
        }
        Ok(Body::Form(mut fields)) => {
            fields.push(("breakfast".to_owned(), "rolls".to_owned()));
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            broken.push(("a field that nobody knows".to_owned(), with_body(call, body.as_bytes())));
        }
        _ => {}
    }
    broken
}

fn with_body(call: &Call, body: &[u8]) -> Call {
    Call {
        body: STANDARD.encode(body),
        body_bytes: body.len(),
        ..call.clone()
    }
}

/// Where texts, figures and switches stand.
fn pointers(value: &Value, at: String, leaves: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                pointers(field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), leaves);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{index}"), leaves);
            }
        }
        _ => leaves.push(at),
    }
}
