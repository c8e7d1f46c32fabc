//! Pinterest: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::{Value, json};

const BOARD: &str = "549755885175";
const PIN: &str = "813744226420795884";

fn board() -> Account {
    Account {
        external_id: BOARD.into(),
        handle: "acme".into(),
        kind: "board".into(),
        variant: "account".into(),
        meta: json!({"owner": "acme", "privacy": "PUBLIC"}),
    }
}

fn on_board(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, board())
    }
}

fn registered() -> Answer {
    answer(
        201,
        json!({
            "media_id": "12345",
            "media_type": "video",
            "upload_url": "https://pinterest-media-upload.s3-accelerate.amazonaws.com/",
            "upload_parameters": {
                "x-amz-date": "20261122T000000Z",
                "x-amz-signature": "sig",
                "x-amz-security-token": "session",
                "x-amz-algorithm": "AWS4-HMAC-SHA256",
                "key": "uploads/aa/bb/3:video:1:2",
                "policy": "cG9saWN5",
                "x-amz-credential": "ASIA/20261122/us-east-1/s3/aws4_request",
                "Content-Type": "multipart/form-data",
            },
        }),
    )
}

fn stored() -> Answer {
    answer(204, Value::Null)
}

fn media(status: &str) -> Answer {
    ok(json!({"media_id": "12345", "media_type": "video", "status": status}))
}

fn created() -> Answer {
    answer(201, json!({"id": PIN, "created_at": "2026-11-22T00:01:00", "board_id": BOARD}))
}

fn refused(status: u16, code: i64, message: &str) -> Answer {
    answer(status, json!({"code": code, "message": message}))
}
