//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::pinterest::Pinterest;
use postrider_provider::{Adapter, Answer, Next, Progress, Proof, Verdict};
use serde_json::Value;

use super::{on_board, refused};
use crate::driver::{DUE_MS, answer, image, with_header};

const DAY_MS: i64 = 86_400_000;

fn limited(limit: &str, reset: &str) -> Answer {
    let answer = refused(429, 8, "You have exceeded your rate limit. Try again later.");
    with_header(with_header(answer, "x-ratelimit-limit", limit), "x-ratelimit-reset", reset)
}

/// A refusal; its kind, what may be done, what it proves, what it says of the channel.
type Case = (Answer, FailureKind, Next, Proof, Verdict);

fn cases() -> Vec<Case> {
    use FailureKind as K;
    let defer = |until_ms| Next::Defer { until_ms };
    let known = Proof::NotPublished;
    let midnight = DUE_MS - DUE_MS.rem_euclid(DAY_MS) + DAY_MS;
    let sentence = "Your application consumer does not have the required scopes, missing: ['pins:write']";
    vec![
        (
            refused(401, 2, "Authentication failed."),
            K::Connection,
            Next::Renew,
            known,
            Verdict::None,
        ),
        (
            refused(403, 3, sentence),
            K::Permission,
            Next::Stop,
            known,
            Verdict::MissingPermission,
        ),
        (
            refused(403, 29, "Your consumer type is not supported"),
            K::Permission,
            Next::Stop,
            known,
            Verdict::None,
        ),
        (
            refused(403, 29, "Apps with Trial access may not create Pins in production"),
            K::Permission,
            Next::Stop,
            known,
            Verdict::None,
        ),
        (
            refused(403, 29, "You are not permitted to access that resource."),
            K::Permission,
            Next::Stop,
            known,
            Verdict::None,
        ),
        (
            refused(404, 40, "Board not found."),
            K::Permission,
            Next::Stop,
            known,
            Verdict::MissingPermission,
        ),
        (
            refused(400, 1, "'board_id': 'x' does not match '^\\d+$'"),
            K::Permission,
            Next::Stop,
            known,
            Verdict::MissingPermission,
        ),
        (
            refused(400, 235, "Unable to reach the URL. Please check the URL."),
            K::Outage,
            Next::Repeat { at_ms: None },
            known,
            Verdict::None,
        ),
        (
            refused(400, 1, "a cover image is required"),
            K::Content,
            Next::Stop,
            known,
            Verdict::None,
        ),
        (
            refused(400, 1, "[] is too long, maxItems=5"),
            K::Content,
            Next::Stop,
            known,
            Verdict::None,
        ),
        (refused(400, 1, "'title' is too long"), K::Content, Next::Stop, known, Verdict::None),
        (
            refused(400, 1, "'media_id': '12345' was used by a Pin already"),
            K::Content,
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(404, 2, "Media upload not found."),
            K::Outage,
            Next::Restart,
            known,
            Verdict::None,
        ),
        (
            refused(400, 77, "Something new"),
            K::Content,
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            limited("100, 100;w=1, 1000;w=60", "1"),
            K::Limit,
            defer(DUE_MS + 1_000),
            known,
            Verdict::None,
        ),
        (
            limited("300, 300;w=86400, 1000;w=86400", "3600"),
            K::Limit,
            defer(midnight),
            known,
            Verdict::None,
        ),
        (refused(429, 8, ""), K::Limit, defer(DUE_MS + 60_000), known, Verdict::None),
        (
            answer(503, Value::Null),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
    ]
}

#[test]
fn refusals_say_what_may_be_done() {
    let mut post = on_board(ContentType::Image, "Hi");
    post.media = vec![image(1)];
    for (answer, kind, next, proof, verdict) in cases() {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Pinterest.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
        assert!(!fault.remedy.is_empty(), "{text}");
    }
}

#[test]
fn a_field_that_is_too_long_is_named() {
    let mut post = on_board(ContentType::Image, "Hi");
    post.media = vec![image(1)];
    let refusal = refused(400, 1, "Invalid request: 'title' is too long: 101 characters of 100");
    let fault = Pinterest.absorb(&post, &Progress::default(), &refusal).expect_err("refused");
    assert_eq!(fault.code, "pinterest.too_long");
    assert!(fault.message.contains("'title'"), "{}", fault.message);
}
