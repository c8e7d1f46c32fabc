//! YouTube: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;
mod uploading;

use crate::driver::{answer, job, ok, video, with_header};
use bytes::Bytes;
use postrider_core::post::{ContentType, Mode, SettingValue};
use postrider_provider::{Account, Answer, Job, Receipt, Step};
use serde_json::{Value, json};

const CHANNEL: &str = "UCx1";
const VIDEO: &str = "dQw4w9WgXcQ";
const SESSION: &str = "https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable&upload_id=AAA";
const BYTES: u64 = 3_145_728;

fn account() -> Account {
    Account {
        external_id: CHANNEL.into(),
        handle: "acme".into(),
        kind: "channel".into(),
        variant: "channel".into(),
        meta: json!({"uploads": "UUx1"}),
    }
}

/// A video that everybody is to see.
fn film(content_type: ContentType) -> Job {
    let mut post = Job {
        text: "Fresh bread  every morning\n\n#baking".into(),
        ..job(content_type, account())
    };
    post.content.title = " Bread ".into();
    post.media = vec![video(1, BYTES)];
    choose(&mut post, "made_for_kids", "false");
    post
}

/// A video that only the channel is to see.
fn draft() -> Job {
    Job {
        mode: Mode::Draft,
        ..film(ContentType::Video)
    }
}

fn choose(post: &mut Job, key: &str, value: &str) {
    post.settings.insert(key.into(), SettingValue::Text(value.into()));
}

fn bare(status: u16) -> Answer {
    let mut answer = answer(status, Value::Null);
    answer.body = Bytes::new();
    answer
}

fn opened() -> Answer {
    with_header(bare(200), "location", SESSION)
}

fn goes_on(last: Option<u64>) -> Answer {
    match last {
        Some(last) => with_header(bare(308), "range", &format!("bytes=0-{last}")),
        None => bare(308),
    }
}

fn item(privacy: &str, upload_status: &str) -> Value {
    json!({"kind": "youtube#video", "id": VIDEO, "status": {"uploadStatus": upload_status, "privacyStatus": privacy}})
}

/// The end of an upload.
fn arrived() -> Answer {
    answer(201, item("private", "uploaded"))
}

/// The answer of the call that shows it.
fn shown(privacy: &str) -> Answer {
    ok(item(privacy, "uploaded"))
}

fn looked(privacy: &str, upload_status: &str) -> Answer {
    ok(json!({"kind": "youtube#videoListResponse", "items": [item(privacy, upload_status)]}))
}

fn processed() -> Answer {
    looked("public", "processed")
}

fn refused(status: u16, reason: &str) -> Answer {
    answer(
        status,
        json!({"error": {"code": status, "message": "In YouTube's words", "errors": [{"message": "x", "domain": "youtube", "reason": reason}]}}),
    )
}

fn receipt(played: &crate::driver::Played) -> &Receipt {
    match &played.last {
        Some(Step::Done(receipt)) => receipt,
        _ => panic!("not done:\n{}", played.script),
    }
}
