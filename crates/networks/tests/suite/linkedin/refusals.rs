//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::linkedin::Linkedin;
use postrider_provider::{Adapter, Next, Progress, Proof, Verdict};
use serde_json::Value;

use super::{SHARE, duplicate, on_page, refused};
use crate::driver::{DUE_MS, answer};

#[test]
fn refusals_say_what_may_be_done() {
    use FailureKind as K;
    let post = on_page(ContentType::Text, "Hi");
    let stop = Next::Stop;
    let cases = [
        (
            refused(401, "EXPIRED_ACCESS_TOKEN", 65602, ""),
            K::Connection,
            Next::Renew,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(401, "REVOKED_ACCESS_TOKEN", 65601, ""),
            K::Connection,
            stop.clone(),
            Proof::NotPublished,
            Verdict::Revoked,
        ),
        (
            refused(401, "INVALID_ACCESS_TOKEN", 65600, ""),
            K::Connection,
            stop.clone(),
            Proof::NotPublished,
            Verdict::Expired,
        ),
        (
            refused(403, "ACCESS_DENIED", 100, "Not enough permissions"),
            K::Permission,
            stop.clone(),
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (
            refused(403, "", 0, "Unpermitted fields present: fields [/author]"),
            K::Permission,
            stop.clone(),
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (
            refused(400, "MEDIA_ASSET_WAITING_UPLOAD", 0, "Media asset is waiting upload"),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 20_000),
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "EXPIRED_UPLOAD_URL", 0, ""),
            K::Outage,
            Next::Restart,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "FIELD_LENGTH_TOO_LONG", 0, ""),
            K::Content,
            stop.clone(),
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "SOMETHING_NEW", 0, ""),
            K::Content,
            stop.clone(),
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(409, "CONFLICT", 0, ""),
            K::Duplicate,
            stop.clone(),
            Proof::Ambiguous,
            Verdict::None,
        ),
        (duplicate(SHARE), K::Duplicate, stop, Proof::Ambiguous, Verdict::None),
        (
            refused(426, "NONEXISTENT_VERSION", 0, "Requested version 20250101 is not active"),
            K::Internal,
            Next::Defer {
                until_ms: DUE_MS + 3_600_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(429, "TOO_MANY_REQUESTS", 0, ""),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 900_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            answer(503, Value::Null),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Linkedin.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
    }
}
