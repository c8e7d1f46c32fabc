//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::mastodon::Mastodon;
use postrider_provider::{Adapter, Answer, Next, Progress, Proof, Verdict};
use serde_json::{Value, json};

use super::{on, refused};
use crate::driver::{DUE_MS, answer, with_header};

/// A refusal; its kind, what may be done, what it proves, what it says of the channel.
type Case = (Answer, FailureKind, Next, Proof, Verdict);

fn limited(reset: &str) -> Answer {
    with_header(refused(429, "Too many requests"), "x-ratelimit-reset", reset)
}

fn stops(answer: Answer, kind: FailureKind, verdict: Verdict) -> Case {
    (answer, kind, Next::Stop, Proof::NotPublished, verdict)
}

fn defers(answer: Answer, until_ms: i64) -> Case {
    (
        answer,
        FailureKind::Limit,
        Next::Defer { until_ms },
        Proof::NotPublished,
        Verdict::None,
    )
}

fn doubtful(answer: Answer, kind: FailureKind, next: Next) -> Case {
    (answer, kind, next, Proof::Ambiguous, Verdict::None)
}

fn cases() -> Vec<Case> {
    use FailureKind as K;
    use Verdict as V;
    let oauth = answer(
        401,
        json!({"error": "invalid_client", "error_description": "Client authentication failed."}),
    );
    let again = || Next::Repeat { at_ms: None };
    vec![
        stops(refused(401, "The access token is invalid"), K::Connection, V::Revoked),
        stops(refused(401, "The access token was revoked"), K::Connection, V::Revoked),
        stops(
            refused(403, "This action is outside the authorized scopes"),
            K::Permission,
            V::MissingPermission,
        ),
        stops(refused(403, "Your login is currently disabled"), K::Connection, V::None),
        stops(
            refused(403, "Your login is missing a confirmed e-mail address"),
            K::Connection,
            V::None,
        ),
        stops(refused(404, "Record not found"), K::Content, V::None),
        stops(refused(410, "Gone"), K::Connection, V::Revoked),
        stops(refused(413, ""), K::Content, V::None),
        stops(
            refused(422, "Validation failed: Text character limit of 500 exceeded"),
            K::Content,
            V::None,
        ),
        stops(
            refused(422, "Cannot attach a video to a post that already contains images"),
            K::Content,
            V::None,
        ),
        stops(refused(422, "Überprüfung fehlgeschlagen"), K::Content, V::None),
        (
            refused(422, "Cannot attach files that have not finished processing. Try again in a moment!"),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 10_000),
            },
            Proof::NotPublished,
            V::None,
        ),
        doubtful(
            refused(422, "Media 21 not found or already attached to another post"),
            K::Content,
            Next::Stop,
        ),
        (oauth, K::Connection, Next::Stop, Proof::NotPublished, V::AppUnknown),
        defers(limited("2026-11-22T00:05:00.000000Z"), DUE_MS + 4 * 60_000),
        defers(limited("soon"), DUE_MS + 5 * 60_000),
        defers(refused(429, "Too many requests"), DUE_MS + 5 * 60_000),
        doubtful(answer(500, Value::Null), K::Outage, again()),
        doubtful(answer(502, Value::Null), K::Outage, again()),
        doubtful(answer(503, Value::Null), K::Outage, again()),
        doubtful(refused(408, ""), K::Outage, again()),
        doubtful(refused(409, "Conflict"), K::Content, Next::Stop),
    ]
}

#[test]
fn refusals_say_what_may_be_done() {
    let post = on(ContentType::Text, "Hi");
    for (answer, kind, next, proof, verdict) in cases() {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Mastodon.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
        assert!(!fault.remedy.is_empty(), "{text}");
    }
}

#[test]
fn the_servers_own_words_are_told_and_an_answer_without_an_id_may_stand() {
    let post = on(ContentType::Text, "Hi");
    let absorbed = |answer: &Answer| Mastodon.absorb(&post, &Progress::default(), answer).expect_err("refused");
    let fault = absorbed(&refused(422, "Validation failed: Text contains a banned word"));
    assert!(fault.message.contains("banned word"), "{}", fault.message);
    let unreadable = absorbed(&answer(200, json!({"url": "https://social.example/@acme/1"})));
    assert_eq!(
        (unreadable.code.as_str(), unreadable.proof),
        ("mastodon.unreadable", Proof::Ambiguous)
    );
}
