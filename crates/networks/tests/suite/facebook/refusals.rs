//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::facebook::Facebook;
use postrider_provider::{Adapter, Next, Progress, Proof, Verdict};
use serde_json::{Value, json};

use super::{on_page, refused};
use crate::driver::{DUE_MS, answer, ok, play, video, with_header};

#[test]
fn refusals_say_what_may_be_done() {
    use FailureKind as K;
    use Verdict as V;
    let post = on_page(ContentType::Text, "Hi");
    let stop = || Next::Stop;
    let repeat = || Next::Repeat { at_ms: None };
    let transient = answer(503, json!({"error": {"message": "x", "code": 7_000, "is_transient": true}}));
    let regained = with_header(
        refused(80_001, 0),
        "x-business-use-case-usage",
        r#"{"1122334455":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":14}]}"#,
    );
    let cases = [
        (refused(190, 463), K::Connection, Next::Renew, Proof::NotPublished, V::None),
        (refused(190, 460), K::Connection, stop(), Proof::NotPublished, V::Revoked),
        (refused(190, 458), K::Connection, stop(), Proof::NotPublished, V::Revoked),
        (refused(190, 492), K::Connection, stop(), Proof::NotPublished, V::MissingPermission),
        (refused(190, 0), K::Connection, stop(), Proof::NotPublished, V::Expired),
        (refused(10, 0), K::Permission, stop(), Proof::NotPublished, V::MissingPermission),
        (refused(283, 0), K::Permission, stop(), Proof::NotPublished, V::MissingPermission),
        (refused(100, 0), K::Content, stop(), Proof::NotPublished, V::None),
        (refused(100, 33), K::Connection, stop(), Proof::Ambiguous, V::None),
        (refused(100, 1_609_008), K::Content, stop(), Proof::NotPublished, V::None),
        (refused(1_366_046, 0), K::Content, stop(), Proof::NotPublished, V::None),
        (
            refused(368, 1_390_008),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 3_600_000,
            },
            Proof::NotPublished,
            V::None,
        ),
        (refused(368, 0), K::Permission, stop(), Proof::NotPublished, V::None),
        (refused(506, 0), K::Duplicate, stop(), Proof::Ambiguous, V::None),
        (
            refused(32, 0),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 900_000,
            },
            Proof::NotPublished,
            V::None,
        ),
        (
            regained,
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 14 * 60_000,
            },
            Proof::NotPublished,
            V::None,
        ),
        (refused(6_001, 0), K::Outage, Next::Restart, Proof::NotPublished, V::None),
        (refused(1, 99), K::Outage, repeat(), Proof::Ambiguous, V::None),
        (refused(2, 0), K::Outage, repeat(), Proof::Ambiguous, V::None),
        (transient, K::Outage, repeat(), Proof::Ambiguous, V::None),
        (answer(500, Value::Null), K::Outage, repeat(), Proof::Ambiguous, V::None),
        (refused(77_777, 0), K::Content, stop(), Proof::Ambiguous, V::None),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Facebook.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
    }
}

#[test]
fn an_interrupted_upload_begins_anew() {
    let mut post = on_page(ContentType::Reel, "Short");
    post.media = vec![video(1, 1_500_000)];
    let opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    let broken = |kind: &str| answer(400, json!({"debug_info": {"retriable": false, "type": kind, "message": "no"}}));
    for (kind, next) in [
        ("OffsetInvalidError", Next::Restart),
        ("PartialRequestError", Next::Restart),
        ("ProcessingFailedError", Next::Stop),
    ] {
        assert_eq!(
            play(&Facebook, &post, &[opened.clone(), broken(kind)]).fault.expect("a fault").next,
            next
        );
    }
}
