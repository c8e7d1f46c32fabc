//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::tiktok::Tiktok;
use postrider_provider::{Adapter, Next, Progress, Proof, Verdict};
use serde_json::json;

use super::{allowed, public, refused};
use crate::driver::{DUE_MS, answer, image, play};

const DAY_MS: i64 = 86_400_000;

/// Status and code; the kind, what may be done, what it proves, what it says of the channel.
type Case = (u16, &'static str, FailureKind, Next, Proof, Verdict);

fn cases() -> Vec<Case> {
    use FailureKind as K;
    let (known, maybe) = (Proof::NotPublished, Proof::Ambiguous);
    let tomorrow = Next::Defer { until_ms: DUE_MS + DAY_MS };
    let stop = || Next::Stop;
    vec![
        (401, "access_token_invalid", K::Connection, Next::Renew, known, Verdict::None),
        (
            401,
            "scope_not_authorized",
            K::Permission,
            stop(),
            known,
            Verdict::MissingPermission,
        ),
        (
            400,
            "scope_permission_missed",
            K::Permission,
            stop(),
            known,
            Verdict::MissingPermission,
        ),
        (403, "spam_risk_too_many_posts", K::Limit, tomorrow.clone(), known, Verdict::None),
        (
            403,
            "spam_risk_too_many_pending_share",
            K::Limit,
            tomorrow.clone(),
            known,
            Verdict::None,
        ),
        (403, "reached_active_user_cap", K::Limit, tomorrow, known, Verdict::None),
        (
            403,
            "spam_risk_user_banned_from_posting",
            K::Permission,
            stop(),
            known,
            Verdict::None,
        ),
        (403, "spam_risk", K::Content, stop(), known, Verdict::None),
        (403, "spam_risk_text", K::Content, stop(), known, Verdict::None),
        (
            403,
            "unaudited_client_can_only_post_to_private_accounts",
            K::Permission,
            stop(),
            known,
            Verdict::None,
        ),
        (403, "privacy_level_option_mismatch", K::Content, stop(), known, Verdict::None),
        (403, "url_ownership_unverified", K::Permission, stop(), known, Verdict::None),
        (400, "app_version_check_failed", K::Permission, stop(), known, Verdict::None),
        (400, "invalid_file_upload", K::Content, stop(), known, Verdict::None),
        (400, "invalid_param", K::Content, stop(), known, Verdict::None),
        (400, "invalid_params", K::Content, stop(), known, Verdict::None),
        (400, "invalid_publish_id", K::Outage, Next::Restart, maybe, Verdict::None),
        (500, "internal_error", K::Outage, Next::Repeat { at_ms: None }, maybe, Verdict::None),
        (400, "a_new_code", K::Content, stop(), maybe, Verdict::None),
    ]
}

#[test]
fn each_refusal_of_the_commit_says_what_may_be_done_and_what_it_proves() {
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    let asked = play(&Tiktok, &post, &[allowed()]).progress;
    for (status, code, kind, next, proof, verdict) in cases() {
        let fault = Tiktok.absorb(&post, &asked, &refused(status, code)).expect_err("refused");
        assert_eq!(
            (fault.kind, fault.next, fault.proof, fault.verdict),
            (kind, next, proof, verdict),
            "{code}"
        );
        assert!(!fault.remedy.is_empty() && fault.message.contains("In TikTok's words"), "{code}");
    }
}

#[test]
fn the_code_decides_whatever_the_status() {
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    let fault = |status, code| {
        Tiktok
            .absorb(&post, &Progress::default(), &refused(status, code))
            .expect_err("refused")
    };
    assert_eq!(fault(200, "spam_risk").code, "tiktok.spam");
    assert_eq!(fault(500, "access_token_invalid").code, "tiktok.token_invalid");
}

#[test]
fn too_many_calls_are_waited_out_and_not_all_come_back_at_once() {
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    let mut seen = Vec::new();
    for log in ["2026A", "2026B", "2026C"] {
        let said = answer(
            429,
            json!({"data": {}, "error": {"code": "rate_limit_exceeded", "message": "", "log_id": log}}),
        );
        let fault = Tiktok.absorb(&post, &Progress::default(), &said).expect_err("refused");
        let Next::Defer { until_ms } = fault.next else {
            panic!("{fault:?}")
        };
        assert!((60_000..75_000).contains(&(until_ms - DUE_MS)), "{}", until_ms - DUE_MS);
        seen.push(until_ms);
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
}

#[test]
fn an_answer_of_something_between_is_an_outage() {
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    let asked = play(&Tiktok, &post, &[allowed()]).progress;
    let mut page = answer(502, json!(null));
    page.body = "<html>Bad gateway</html>".into();
    let fault = Tiktok.absorb(&post, &asked, &page).expect_err("refused");
    assert_eq!((fault.kind, fault.proof), (FailureKind::Outage, Proof::Ambiguous));
}
