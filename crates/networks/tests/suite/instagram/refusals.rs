//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::instagram::Instagram;
use postrider_provider::{Adapter, Next, Proof, Verdict};
use serde_json::Value;

use super::{at, by_instagram, made, refused, room};
use crate::driver::{DUE_MS, answer, image, play};

#[test]
fn refusals_say_what_may_be_done() {
    use FailureKind as K;
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    let ready = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]).progress;
    let stop = || Next::Stop;
    let cases = [
        (refused(190, 463), K::Connection, Next::Renew, Proof::NotPublished, Verdict::None),
        (refused(190, 460), K::Connection, stop(), Proof::NotPublished, Verdict::Revoked),
        (
            refused(10, 0),
            K::Permission,
            stop(),
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (refused(4, 2_207_051), K::Limit, stop(), Proof::Ambiguous, Verdict::None),
        (
            refused(4, 0),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 900_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(80_002, 0),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 900_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(9, 2_207_042),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 3_600_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(9_007, 2_207_027),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 15_000),
            },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(24, 2_207_008),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 30_000),
            },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (refused(-2, 2_207_020), K::Outage, Next::Restart, Proof::NotPublished, Verdict::None),
        (refused(25, 2_207_050), K::Connection, stop(), Proof::NotPublished, Verdict::None),
        (refused(36_003, 2_207_009), K::Content, stop(), Proof::NotPublished, Verdict::None),
        (
            refused(9_004, 2_207_052),
            K::Outage,
            Next::Restart,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(-1, 2_207_001),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(2, 0),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            answer(500, Value::Null),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (refused(12_345, 0), K::Content, stop(), Proof::Ambiguous, Verdict::None),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Instagram.absorb(&post, &ready, &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
    }
}
