//! What each refusal means.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::youtube::Youtube;
use postrider_provider::{Adapter, Fault, Next, Proof, Verdict};
use serde_json::json;

use super::{arrived, bare, film, looked, opened, refused, shown};
use crate::driver::{DUE_MS, answer, play};

const DAY_MS: i64 = 86_400_000;

fn of_commit(said: postrider_provider::Answer) -> Fault {
    play(&Youtube, &film(ContentType::Video), &[opened(), arrived(), said])
        .fault
        .expect("a fault")
}

#[test]
fn each_reason_is_of_its_kind_and_says_what_may_be_done() {
    use FailureKind::{Connection, Content, Limit, Permission};
    for (status, reason, kind, code) in [
        (401, "authError", Connection, "token_invalid"),
        (401, "youtubeSignupRequired", Connection, "no_channel"),
        (403, "quotaExceeded", Limit, "day_used"),
        (403, "dailyLimitExceeded", Limit, "day_used"),
        (403, "rateLimitExceeded", Limit, "throttled"),
        (429, "userRateLimitExceeded", Limit, "throttled"),
        (400, "uploadLimitExceeded", Limit, "uploads_used"),
        (403, "insufficientPermissions", Permission, "permission_missing"),
        (403, "forbidden", Permission, "forbidden"),
        (403, "forbiddenPrivacySetting", Permission, "forbidden"),
        (403, "forbiddenLicenseSetting", Permission, "forbidden"),
        (403, "channelClosed", Permission, "channel_closed"),
        (403, "channelSuspended", Permission, "channel_closed"),
        (403, "authenticatedUserAccountSuspended", Permission, "channel_closed"),
        (403, "accessNotConfigured", Permission, "api_off"),
        (400, "invalidTitle", Content, "invalid"),
        (400, "invalidDescription", Content, "invalid"),
        (400, "invalidTags", Content, "invalid"),
        (400, "invalidCategoryId", Content, "invalid"),
        (400, "invalidPublishAt", Content, "invalid"),
        (400, "invalidVideoMetadata", Content, "invalid"),
        (400, "mediaBodyRequired", Content, "invalid"),
        (400, "failedPrecondition", Content, "invalid"),
    ] {
        let fault = of_commit(refused(status, reason));
        assert_eq!(
            (fault.kind, fault.code.as_str()),
            (kind, format!("youtube.{code}").as_str()),
            "{reason}"
        );
        assert_eq!(fault.proof, Proof::NotPublished, "{reason}");
        assert!(
            fault.message.contains(reason) && fault.message.contains("In YouTube's words"),
            "{}",
            fault.message
        );
        assert!(!fault.remedy.is_empty(), "{reason}");
    }
}

#[test]
fn what_google_itself_refuses_is_told_by_its_own_words() {
    let said = |status: u16, name: &str, detail: &str| {
        of_commit(answer(
            status,
            json!({"error": {"code": status, "message": "m", "status": name, "details": [{"reason": detail}]}}),
        ))
    };
    assert_eq!(said(401, "UNAUTHENTICATED", "").next, Next::Renew);
    let scope = said(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert_eq!(
        (scope.code.as_str(), scope.verdict),
        ("youtube.permission_missing", Verdict::MissingPermission)
    );
    assert_eq!(said(403, "PERMISSION_DENIED", "SERVICE_DISABLED").code, "youtube.api_off");
    assert_eq!(said(429, "RESOURCE_EXHAUSTED", "").code, "youtube.throttled");
}

#[test]
fn a_day_that_is_used_up_begins_anew_at_midnight_in_california() {
    // 2026-11-22T00:01:00Z is the afternoon before in California, eight hours behind.
    assert_eq!(
        of_commit(refused(403, "quotaExceeded")).next,
        Next::Defer {
            until_ms: DUE_MS - 60_000 + 8 * 3_600_000
        }
    );
    assert_eq!(
        of_commit(refused(400, "uploadLimitExceeded")).next,
        Next::Defer { until_ms: DUE_MS + DAY_MS }
    );
    let Next::Defer { until_ms } = of_commit(refused(403, "rateLimitExceeded")).next else {
        panic!("not deferred")
    };
    assert!((60_000..75_000).contains(&(until_ms - DUE_MS)), "{until_ms}");
}

#[test]
fn what_is_not_on_the_list_proves_nothing() {
    for said in [
        bare(500),
        bare(503),
        refused(400, "somethingNew"),
        refused(403, "somethingNew"),
        bare(408),
    ] {
        let status = said.status;
        assert_eq!(of_commit(said).proof, Proof::Ambiguous, "{status}");
    }
    assert!(matches!(of_commit(bare(500)).next, Next::Repeat { .. }));
    assert_eq!(of_commit(refused(400, "somethingNew")).next, Next::Stop);
}

#[test]
fn a_video_that_was_removed_before_its_instant_goes_up_again_and_one_that_stood_does_not() {
    let gone = of_commit(refused(404, "videoNotFound"));
    assert_eq!(
        (gone.code.as_str(), gone.next, gone.proof),
        ("youtube.gone", Next::Restart, Proof::NotPublished)
    );
    let empty = answer(200, json!({"kind": "youtube#videoListResponse", "items": []}));
    let answers = [opened(), arrived(), shown("public"), empty];
    let fault = play(&Youtube, &film(ContentType::Video), &answers).fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.next), ("youtube.gone", Next::Repeat { at_ms: None }));
    assert_ne!(fault.proof, Proof::NeverPublic);
}

#[test]
fn what_youtube_gives_up_is_seen_by_nobody() {
    for (status, field, reason, kind, code) in [
        ("failed", "failureReason", "codec", FailureKind::Content, "format"),
        ("failed", "failureReason", "invalidFile", FailureKind::Content, "format"),
        ("failed", "failureReason", "uploadAborted", FailureKind::Outage, "aborted"),
        ("rejected", "rejectionReason", "duplicate", FailureKind::Content, "duplicate"),
        ("rejected", "rejectionReason", "length", FailureKind::Content, "length"),
        ("rejected", "rejectionReason", "copyright", FailureKind::Content, "rejected"),
        (
            "rejected",
            "rejectionReason",
            "uploaderAccountSuspended",
            FailureKind::Permission,
            "channel_closed",
        ),
    ] {
        let mut said = looked("public", status).json();
        said["items"][0]["status"][field] = reason.into();
        for answers in [
            vec![opened(), arrived(), shown("public"), answer(200, said.clone())],
            // The same ahead of its instant.
            vec![opened(), arrived(), answer(200, said.clone())],
        ] {
            let mut post = film(ContentType::Video);
            if answers.len() == 3 {
                post.now_ms = DUE_MS - 60_000;
            }
            let mut answers = answers;
            answers.iter_mut().for_each(|answer| answer.at_ms = post.now_ms);
            let fault = play(&Youtube, &post, &answers).fault.expect("a fault");
            assert_eq!(
                (fault.kind, fault.code.as_str(), fault.proof),
                (kind, format!("youtube.{code}").as_str(), Proof::NeverPublic),
                "{reason}"
            );
            assert!(fault.message.contains(reason), "{}", fault.message);
        }
    }
    assert_eq!(Youtube.capability().hosts.len(), 3);
}
