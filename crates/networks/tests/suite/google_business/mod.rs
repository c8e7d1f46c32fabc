//! Google Business Profile: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::{ContentType, SettingValue};
use postrider_provider::{Account, Answer, Job, Receipt, Step};
use serde_json::{Value, json};

const PARENT: &str = "accounts/222/locations/987";
const MAPS: &str = "https://maps.google.com/maps?cid=1";
const ADDRESS: &str = "https://local.google.com/place?id=1&use=posts&lpsid=555";

fn account() -> Account {
    Account {
        external_id: "987".into(),
        handle: String::new(),
        kind: "location".into(),
        variant: "google".into(),
        meta: json!({"parent": PARENT, "maps_uri": MAPS, "language": "es"}),
    }
}

fn store(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account())
    }
}

fn choose(post: &mut Job, chosen: &[(&str, &str)]) {
    for (key, value) in chosen {
        post.settings.insert((*key).into(), SettingValue::Text((*value).into()));
    }
}

const EVENT: &[(&str, &str)] = &[
    ("topic_type", "EVENT"),
    ("event_title", "Open day"),
    ("event_start", "2026-11-23T09:00"),
    ("event_end", "2026-11-30T23:59"),
];

/// A post as Google tells it, in this state.
fn resource(state: &str, summary: &str) -> Value {
    let mut said = json!({
        "name": format!("{PARENT}/localPosts/555"), "languageCode": "es", "summary": summary, "topicType": "STANDARD", "state": state,
        "createTime": "2026-11-22T00:01:00Z", "updateTime": "2026-11-22T00:01:00Z",
    });
    if state == "LIVE" {
        said["searchUrl"] = ADDRESS.into();
    }
    said
}

fn told(state: &str) -> Answer {
    ok(resource(state, "Fresh bread"))
}

fn refused(status: u16, name: &str, details: Value) -> Answer {
    let mut error = json!({"code": status, "message": "In Google's words", "status": name});
    if !details.is_null() {
        error["details"] = json!([details]);
    }
    answer(status, json!({"error": error}))
}

fn because(status: u16, reason: &str) -> Answer {
    let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"});
    refused(status, "PERMISSION_DENIED", info)
}

fn receipt(played: &crate::driver::Played) -> &Receipt {
    match &played.last {
        Some(Step::Done(receipt)) => receipt,
        _ => panic!("not done:\n{}", played.script),
    }
}
