//! Instagram: the exact requests per content type and login, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::json;

const ACCOUNT: &str = "17841400000000001";

fn on(variant: &str, content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(
            content_type,
            Account {
                external_id: ACCOUNT.into(),
                handle: "blue.cafe".into(),
                kind: "professional".into(),
                variant: variant.into(),
                meta: json!({}),
            },
        )
    }
}

fn by_instagram(content_type: ContentType, text: &str) -> Job {
    on("instagram_login", content_type, text)
}

fn room() -> Answer {
    ok(json!({"data": [{"quota_usage": 2, "config": {"quota_total": 50, "quota_duration": 86_400}}]}))
}

fn made(id: &str) -> Answer {
    ok(json!({"id": id}))
}

fn at(status_code: &str) -> Answer {
    ok(json!({"status_code": status_code, "status": status_code, "id": "c"}))
}

fn address() -> Answer {
    ok(json!({"permalink": "https://www.instagram.com/p/abc/", "shortcode": "abc", "id": "m"}))
}

fn refused(code: i64, sub: i64) -> Answer {
    answer(
        400,
        json!({"error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": sub}}),
    )
}
