//! Facebook Pages: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::json;

const PAGE: &str = "1122334455";
const POST: &str = "1122334455_900100200";

fn on_page(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(
            content_type,
            Account {
                external_id: PAGE.into(),
                handle: "bluecafe".into(),
                kind: "page".into(),
                variant: "facebook_login".into(),
                meta: json!({}),
            },
        )
    }
}

fn made(id: &str) -> Answer {
    ok(json!({"id": id}))
}

fn success() -> Answer {
    ok(json!({"success": true}))
}

fn address() -> Answer {
    ok(json!({"is_published": true, "permalink_url": "https://www.facebook.com/bluecafe/posts/1", "id": POST}))
}

fn refused(code: i64, sub: i64) -> Answer {
    answer(
        400,
        json!({"error": {"message": "(#x) no", "type": "OAuthException", "code": code, "error_subcode": sub}}),
    )
}

fn status(video_status: &str, publish_status: &str) -> Answer {
    ok(json!({
        "status": {
            "video_status": video_status,
            "uploading_phase": {"status": "complete"},
            "processing_phase": {"status": if video_status == "ready" { "complete" } else { "in_progress" }},
            "publishing_phase": {"status": if publish_status == "published" { "complete" } else { "not_started" }, "publish_status": publish_status}
        },
        "published": publish_status == "published",
        "permalink_url": "/reel/777/",
        "id": "777"
    }))
}
