//! What each refusal means.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::google_business::GoogleBusiness;
use postrider_provider::{Answer, Fault, Next, Proof, Verdict};
use serde_json::{Value, json};

use super::{because, refused, store, told};
use crate::driver::{DUE_MS, answer, play};

fn of_commit(said: Answer) -> Fault {
    let post = store(ContentType::Text, "Fresh bread");
    play(&GoogleBusiness, &post, &[said]).fault.expect("a fault")
}

fn worded(status: u16, message: &str) -> Answer {
    answer(
        status,
        json!({"error": {"code": status, "message": message, "status": "INVALID_ARGUMENT"}}),
    )
}

#[test]
fn each_refusal_is_of_its_kind_and_proves_that_nothing_was_published() {
    use FailureKind::{Connection, Content, Limit, Outage, Permission};
    let bare = |status, name| refused(status, name, Value::Null);
    for (said, kind, code, verdict) in [
        (bare(401, "UNAUTHENTICATED"), Connection, "token_invalid", Verdict::None),
        (
            because(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            Permission,
            "permission_missing",
            Verdict::MissingPermission,
        ),
        (because(403, "SERVICE_DISABLED"), Permission, "api_off", Verdict::None),
        (bare(403, "PERMISSION_DENIED"), Permission, "forbidden", Verdict::MissingPermission),
        (bare(404, "NOT_FOUND"), Permission, "location_gone", Verdict::MissingPermission),
        (bare(400, "INVALID_ARGUMENT"), Content, "invalid", Verdict::None),
        (bare(400, "FAILED_PRECONDITION"), Content, "invalid", Verdict::None),
        (bare(429, "RESOURCE_EXHAUSTED"), Limit, "throttled", Verdict::None),
        (
            worded(400, "Failed to fetch the media from the provided URL."),
            Outage,
            "fetch",
            Verdict::None,
        ),
        (worded(400, "Photo is too small"), Content, "photo", Verdict::None),
        (worded(400, "Invalid image format"), Content, "photo", Verdict::None),
    ] {
        let fault = of_commit(said);
        assert_eq!(
            (fault.kind, fault.code.as_str(), fault.verdict),
            (kind, format!("google_business.{code}").as_str(), verdict)
        );
        assert_eq!(fault.proof, Proof::NotPublished, "{code}");
        assert!(!fault.remedy.is_empty(), "{code}");
    }
}

#[test]
fn an_app_that_is_not_approved_is_the_administrators_matter() {
    let limit = |value: &str| json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": value}});
    let none = of_commit(refused(429, "RESOURCE_EXHAUSTED", limit("0")));
    assert_eq!(
        (none.code.as_str(), none.kind, &none.next),
        ("google_business.not_approved", FailureKind::Permission, &Next::Stop)
    );
    assert!(none.remedy.contains("administrator"), "{}", none.remedy);
    let some = of_commit(refused(429, "RESOURCE_EXHAUSTED", limit("300")));
    assert_eq!(some.code, "google_business.throttled");
}

#[test]
fn a_limit_is_waited_for_a_minute_and_a_little_more() {
    let fault = of_commit(refused(429, "RESOURCE_EXHAUSTED", Value::Null));
    let Next::Defer { until_ms } = fault.next else {
        panic!("{:?}", fault.next)
    };
    assert!((60_000..75_000).contains(&(until_ms - DUE_MS)), "{}", until_ms - DUE_MS);
}

#[test]
fn an_outage_proves_nothing_and_is_tried_again() {
    for status in [409, 500, 502, 503, 504] {
        let fault = of_commit(refused(status, "UNAVAILABLE", Value::Null));
        assert_eq!((fault.kind, fault.proof), (FailureKind::Outage, Proof::Ambiguous), "{status}");
        assert!(matches!(fault.next, Next::Repeat { .. }), "{status}");
    }
    let strange = of_commit(refused(418, "TEAPOT", Value::Null));
    assert_eq!(
        (strange.code.as_str(), strange.proof),
        ("google_business.unlisted", Proof::Ambiguous)
    );
}

#[test]
fn the_field_that_google_does_not_take_is_named() {
    let detail = json!({
        "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
        "errorDetails": [{"code": 1, "field": "summary", "message": "Too long.", "value": "…"}, {"field": "event.title", "message": "Too long."}],
    });
    let fault = of_commit(refused(400, "INVALID_ARGUMENT", detail));
    assert_eq!(fault.code, "google_business.invalid");
    assert!(
        fault.message.contains("summary: Too long.; event.title: Too long."),
        "{}",
        fault.message
    );
}

#[test]
fn an_answer_that_cannot_be_read_proves_nothing() {
    for said in [answer(200, json!({})), answer(200, json!([]))] {
        let fault = of_commit(said);
        assert_eq!((fault.code.as_str(), fault.proof), ("google_business.unreadable", Proof::Ambiguous));
    }
}

#[test]
fn a_look_that_is_refused_is_repeated() {
    let post = store(ContentType::Text, "Fresh bread");
    let outage = refused(503, "UNAVAILABLE", Value::Null);
    let fault = play(&GoogleBusiness, &post, &[told("PROCESSING"), outage]).fault.expect("a fault");
    assert!(matches!(fault.next, Next::Repeat { .. }));
    let over = refused(401, "UNAUTHENTICATED", Value::Null);
    let fault = play(&GoogleBusiness, &post, &[told("PROCESSING"), over]).fault.expect("a fault");
    assert_eq!(fault.next, Next::Renew);
}
