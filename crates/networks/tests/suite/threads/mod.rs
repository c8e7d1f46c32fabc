//! Threads: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, image, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job, JobPart};
use serde_json::json;

const PROFILE: &str = "25000000000000001";

fn profile() -> Account {
    Account {
        external_id: PROFILE.into(),
        handle: "blue.cafe".into(),
        kind: "profile".into(),
        variant: "threads_login".into(),
        meta: json!({}),
    }
}

fn on(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, profile())
    }
}

/// Three parts, the second with a picture.
fn thread() -> Job {
    let part = |text: &str, media| JobPart { text: text.into(), media };
    Job {
        parts: vec![part("One", vec![]), part("Two", vec![image(1)]), part("Three", vec![])],
        ..on(ContentType::Thread, "")
    }
}

fn room() -> Answer {
    ok(json!({"data": [{"quota_usage": 4, "config": {"quota_total": 250, "quota_duration": 86_400}}]}))
}

fn made(id: &str) -> Answer {
    ok(json!({"id": id}))
}

fn at(status: &str) -> Answer {
    ok(json!({"status": status, "id": "c"}))
}

fn failed(message: &str) -> Answer {
    ok(json!({"status": "ERROR", "error_message": message, "id": "c"}))
}

fn address() -> Answer {
    ok(json!({"permalink": "https://www.threads.com/@blue.cafe/post/abc", "shortcode": "abc", "id": "m"}))
}

fn refused(code: i64, sub: i64) -> Answer {
    saying(code, sub, "no")
}

fn saying(code: i64, sub: i64, message: &str) -> Answer {
    answer(
        400,
        json!({"error": {"message": message, "type": "THApiException", "code": code, "error_subcode": sub}}),
    )
}
