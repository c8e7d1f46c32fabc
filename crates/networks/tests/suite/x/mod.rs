//! X: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job, JobPart, MediaRef};
use serde_json::{Value, json};

const ACCOUNT: &str = "1700000000000000001";
const POST: &str = "1900000000000000123";

fn profile() -> Account {
    Account {
        external_id: ACCOUNT.into(),
        handle: "acme".into(),
        kind: "profile".into(),
        variant: "account".into(),
        meta: json!({"protected": false}),
    }
}

fn on_profile(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, profile())
    }
}

/// A thread of three, the second with a picture.
fn thread(picture: MediaRef) -> Job {
    let part = |text: &str, media: Vec<MediaRef>| JobPart { text: text.into(), media };
    let mut post = on_profile(ContentType::Thread, "");
    post.parts = vec![part("First", vec![]), part("Second", vec![picture]), part("Third", vec![])];
    post
}

fn opened(id: &str) -> Answer {
    ok(json!({"data": {"id": id, "media_key": format!("3_{id}"), "expires_after_secs": 86_399}}))
}

fn appended() -> Answer {
    ok(json!({"data": {"expires_at": 1_795_392_000}}))
}

/// A closed upload on which there is nothing to work.
fn closed(id: &str) -> Answer {
    ok(json!({"data": {"id": id, "media_key": format!("3_{id}"), "size": 1_001, "expires_after_secs": 86_399}}))
}

fn work(id: &str, info: Value) -> Answer {
    ok(json!({"data": {"id": id, "media_key": format!("7_{id}"), "processing_info": info}}))
}

fn described() -> Answer {
    ok(json!({"data": {"id": "1", "associated_metadata": {}}}))
}

/// A picture that is there and says what it shows.
fn uploaded(id: &str) -> Vec<Answer> {
    vec![opened(id), appended(), closed(id), described()]
}

fn created(id: &str) -> Answer {
    answer(201, json!({"data": {"id": id, "text": "x", "edit_history_tweet_ids": [id]}}))
}

fn refused(status: u16, detail: &str) -> Answer {
    let kind = "about:blank";
    answer(
        status,
        json!({"title": "Refused", "detail": detail, "type": kind, "status": status}),
    )
}
