//! TikTok: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use bytes::Bytes;
use postrider_core::post::{ContentType, SettingValue};
use postrider_provider::{Account, Answer, Job};
use serde_json::{Value, json};

const OPEN_ID: &str = "-000abc";
const POST: &str = "7300000000000000001";
const UPLOAD: &str = "https://open-upload.tiktokapis.com/video/?upload_id=67890&upload_token=Xza123";

fn account() -> Account {
    Account {
        external_id: OPEN_ID.into(),
        handle: "acme.bakery".into(),
        kind: "account".into(),
        variant: "account".into(),
        meta: Value::Null,
    }
}

/// A post that everybody is to see.
fn public(content_type: ContentType, text: &str) -> Job {
    let mut post = Job {
        text: text.into(),
        ..job(content_type, account())
    };
    choose(&mut post, "privacy_level", "PUBLIC_TO_EVERYONE");
    post
}

fn choose(post: &mut Job, key: &str, value: &str) {
    post.settings.insert(key.into(), SettingValue::Text(value.into()));
}

fn switch_on(post: &mut Job, key: &str) {
    post.settings.insert(key.into(), SettingValue::Switch(true));
}

fn enveloped(data: Value) -> Answer {
    ok(json!({"data": data, "error": {"code": "ok", "message": "", "log_id": "L"}}))
}

fn refused(status: u16, code: &str) -> Answer {
    answer(
        status,
        json!({"data": {}, "error": {"code": code, "message": "In TikTok's words", "log_id": "L"}}),
    )
}

fn creator() -> Value {
    json!({
        "creator_avatar_url": "https://p16.tiktokcdn.com/a.jpeg", "creator_username": "acme.bakery", "creator_nickname": "Acme",
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": false, "duet_disabled": false, "stitch_disabled": false, "max_video_post_duration_sec": 300,
    })
}

fn allowed() -> Answer {
    enveloped(creator())
}

fn opened() -> Answer {
    enveloped(json!({"publish_id": "v_pub_file~v2-1.123456789", "upload_url": UPLOAD}))
}

/// A bare answer of the upload's host.
fn host(status: u16) -> Answer {
    let mut answer = answer(status, Value::Null);
    answer.body = Bytes::new();
    answer
}

fn status(status: &str) -> Answer {
    enveloped(json!({"status": status}))
}

fn uploaded(bytes: u64) -> Answer {
    enveloped(json!({"status": "PROCESSING_UPLOAD", "uploaded_bytes": bytes}))
}

/// A number of 64 bits, as TikTok sends it.
fn complete() -> Answer {
    enveloped(json!({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [POST.parse::<u64>().unwrap()]}))
}

fn failed(reason: &str) -> Answer {
    enveloped(json!({"status": "FAILED", "fail_reason": reason}))
}
