//! Mastodon: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting on one of many servers.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::{Value, json};

const SERVER: &str = "https://social.example";
const POST: &str = "114532001";

fn account() -> Account {
    Account {
        external_id: "1093@social.example".into(),
        handle: "acme@social.example".into(),
        kind: "account".into(),
        variant: "server".into(),
        meta: json!({"server": SERVER, "id": "1093", "text_max": 500}),
    }
}

fn on(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account())
    }
}

fn url(id: &str) -> String {
    format!("{SERVER}/@acme/{id}")
}

/// A post as the server answers it.
fn status(id: &str, visibility: &str) -> Value {
    json!({
        "id": id, "created_at": "2026-11-22T00:01:01.000Z", "url": url(id), "visibility": visibility, "in_reply_to_id": null,
        "content": "<p>Hi</p>", "media_attachments": [],
    })
}

fn posted(id: &str) -> Answer {
    ok(status(id, "public"))
}

fn uploaded(id: &str) -> Answer {
    ok(json!({"id": id, "type": "image", "url": "https://files.social.example/1.jpg"}))
}

fn accepted(id: &str) -> Answer {
    answer(202, json!({"id": id, "type": "video", "url": null}))
}

fn working(id: &str) -> Answer {
    answer(206, json!({"id": id, "type": "video", "url": null}))
}

fn refused(status: u16, error: &str) -> Answer {
    answer(status, json!({"error": error}))
}
