//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::threads::Threads;
use postrider_provider::{Adapter, Next, Proof, Verdict};
use serde_json::{Value, json};

use super::{at, made, on, refused, room, saying};
use crate::driver::{DUE_MS, answer, ok, play};

#[test]
fn refusals_say_what_may_be_done() {
    use FailureKind as K;
    use Proof::{Ambiguous, NotPublished};
    let post = on(ContentType::Text, "x");
    let ready = play(&Threads, &post, &[room(), made("c"), at("FINISHED")]).progress;
    let stop = || Next::Stop;
    let again = || Next::Repeat { at_ms: None };
    let throttled = || Next::Defer {
        until_ms: DUE_MS + 900_000,
    };
    let missing = Verdict::MissingPermission;
    let mut false_refusal = refused(10, 0);
    false_refusal.status = 500;
    let cases = [
        (refused(190, 463), K::Connection, Next::Renew, NotPublished, Verdict::None),
        (refused(190, 460), K::Connection, stop(), NotPublished, Verdict::Revoked),
        (refused(190, 0), K::Connection, stop(), NotPublished, Verdict::Expired),
        // Said of posts that are live, with either status.
        (refused(10, 0), K::Permission, stop(), Ambiguous, missing),
        (false_refusal, K::Permission, stop(), Ambiguous, missing),
        (refused(200, 0), K::Permission, stop(), NotPublished, missing),
        (
            refused(24, 4_279_009),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 30_000),
            },
            Ambiguous,
            Verdict::None,
        ),
        (refused(25, 4_279_013), K::Connection, stop(), NotPublished, Verdict::None),
        (refused(4, 2_207_051), K::Limit, stop(), Ambiguous, Verdict::None),
        (refused(1, 2_207_052), K::Outage, again(), NotPublished, Verdict::None),
        (refused(9_004, 2_207_052), K::Outage, again(), NotPublished, Verdict::None),
        (refused(4, 0), K::Limit, throttled(), NotPublished, Verdict::None),
        (refused(613, 0), K::Limit, throttled(), NotPublished, Verdict::None),
        (refused(80_002, 0), K::Limit, throttled(), NotPublished, Verdict::None),
        (refused(368, 0), K::Permission, stop(), NotPublished, Verdict::None),
        (refused(100, 33), K::Connection, stop(), Ambiguous, Verdict::None),
        (refused(100, 0), K::Content, stop(), NotPublished, Verdict::None),
        (refused(1, 0), K::Outage, again(), Ambiguous, Verdict::None),
        (refused(2, 0), K::Outage, again(), Ambiguous, Verdict::None),
        (answer(500, Value::Null), K::Outage, again(), Ambiguous, Verdict::None),
        (refused(12_345, 0), K::Content, stop(), Ambiguous, Verdict::None),
        // It probably stands, but nothing says which it is.
        (ok(json!({})), K::Outage, again(), Ambiguous, Verdict::None),
        (ok(Value::Null), K::Outage, again(), Ambiguous, Verdict::None),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Threads.absorb(&post, &ready, &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_with_the_words_is_told_apart() {
    let post = on(ContentType::Text, "x");
    for (message, code) in [
        ("Param text must be at most 500 characters long.", "threads.text_long"),
        ("THREADS_API__LINK_LIMIT_EXCEEDED", "threads.links"),
        ("Invalid parameter", "threads.parameter"),
    ] {
        let fault = play(&Threads, &post, &[room(), saying(100, 0, message)]).fault.expect("a fault");
        assert_eq!(
            (fault.kind, fault.code.as_str(), fault.next),
            (FailureKind::Content, code, Next::Stop)
        );
    }
}
