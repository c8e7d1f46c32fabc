//! LinkedIn: the exact requests per content type, its refusals, how a lost answer is resolved, and connecting.

mod connecting;
mod finding;
mod publishing;
mod refusals;

use crate::driver::{answer, job, ok, with_header};
use postrider_core::post::ContentType;
use postrider_provider::{Account, Answer, Job};
use serde_json::{Value, json};

const PERSON: &str = "urn:li:person:Ab3dEf9hIj";
const PAGE: &str = "urn:li:organization:5551";
const SHARE: &str = "urn:li:share:7295000000000000001";

fn account(variant: &str, external_id: &str, kind: &str) -> Account {
    Account {
        external_id: external_id.into(),
        handle: String::new(),
        kind: kind.into(),
        variant: variant.into(),
        meta: json!({}),
    }
}

fn on_page(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account("pages", PAGE, "page"))
    }
}

fn on_profile(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account("member", PERSON, "profile"))
    }
}

fn opened(kind: &str, n: u8) -> Answer {
    let mut value = json!({"uploadUrlExpiresAt": 1, "uploadUrl": format!("https://www.linkedin.com/dms-uploads/{n}")});
    value[kind] = format!("urn:li:{kind}:C{n}").into();
    ok(json!({"value": value}))
}

fn put() -> Answer {
    with_header(answer(201, Value::Null), "etag", "\"e\"")
}

fn available() -> Answer {
    ok(json!({"status": "AVAILABLE"}))
}

fn created() -> Answer {
    with_header(answer(201, Value::Null), "x-restli-id", SHARE)
}

fn refused(status: u16, code: &str, service: i64, message: &str) -> Answer {
    answer(
        status,
        json!({"status": status, "serviceErrorCode": service, "code": code, "message": message}),
    )
}

fn duplicate(of: &str) -> Answer {
    answer(
        422,
        json!({
            "status": 422,
            "message": format!("com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {of}"),
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST", "description": "Duplicate post is detected", "input": {}}]}
        }),
    )
}
