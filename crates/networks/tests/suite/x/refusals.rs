//! What its refusals mean.

use postrider_core::delivery::FailureKind as K;
use postrider_core::post::ContentType;
use postrider_networks::x::X;
use postrider_provider::{Adapter, Answer, Next, Progress, Proof, Verdict};
use serde_json::{Value, json};

use super::{created, on_profile, refused};
use crate::driver::{DUE_MS, answer, with_header};

const HOUR_MS: i64 = 3_600_000;
const DUE_S: i64 = DUE_MS / 1_000;

fn problem(status: u16, kind: &str, detail: &str) -> Answer {
    let kind = format!("https://api.twitter.com/2/problems/{kind}");
    answer(
        status,
        json!({"title": "Refused", "detail": detail, "type": kind, "status": status}),
    )
}

fn invalid(message: &str) -> Answer {
    answer(
        400,
        json!({"errors": [{"message": message, "parameters": {"text": ["x"]}}], "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.", "type": "https://api.x.com/2/problems/invalid-request"}),
    )
}

/// What is left of a limit, and when there is more, seconds from now.
fn left(answer: Answer, family: &str, remaining: i64, in_s: i64) -> Answer {
    let reset = (DUE_S + in_s).to_string();
    let answer = with_header(answer, &format!("{family}-remaining"), &remaining.to_string());
    with_header(answer, &format!("{family}-reset"), &reset)
}

/// A refusal; its kind, its code, what may be done, what it proves, what it says of the channel.
type Case = (Answer, K, &'static str, Next, Proof, Verdict);

fn cases() -> Vec<Case> {
    let known = Proof::NotPublished;
    let defer = |ms: i64| Next::Defer { until_ms: DUE_MS + ms };
    let stop = |answer, kind, code, verdict| (answer, kind, code, Next::Stop, known, verdict);
    let too_many = || refused(429, "Too Many Requests");
    vec![
        (
            refused(401, "Unauthorized"),
            K::Connection,
            "token_invalid",
            Next::Renew,
            known,
            Verdict::None,
        ),
        (
            refused(402, "no credits"),
            K::Limit,
            "no_credits",
            defer(HOUR_MS),
            known,
            Verdict::None,
        ),
        (
            refused(403, "You are not allowed to create a Tweet with duplicate content."),
            K::Duplicate,
            "duplicate",
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        stop(
            problem(403, "unsupported-authentication", "Application-Only is forbidden"),
            K::Permission,
            "app_only",
            Verdict::None,
        ),
        stop(
            problem(403, "client-forbidden", "enroll"),
            K::Permission,
            "app_restricted",
            Verdict::None,
        ),
        stop(
            problem(403, "oauth1-permissions", "not configured"),
            K::Permission,
            "permission_missing",
            Verdict::MissingPermission,
        ),
        stop(
            refused(403, "Your access token lacks the scope required: tweet.write"),
            K::Permission,
            "permission_missing",
            Verdict::MissingPermission,
        ),
        stop(
            problem(403, "user-suspended", "x"),
            K::Connection,
            "account_stopped",
            Verdict::Revoked,
        ),
        stop(
            refused(403, "your account has been temporarily locked."),
            K::Connection,
            "account_stopped",
            Verdict::Revoked,
        ),
        stop(
            refused(403, "Reply to this conversation is not allowed because you have not been mentioned"),
            K::Content,
            "reply_refused",
            Verdict::None,
        ),
        stop(refused(403, "A maximum of one cashtag"), K::Content, "cashtags", Verdict::None),
        stop(
            refused(403, "This user is not allowed to post a video longer than 2 minutes"),
            K::Content,
            "too_long_video",
            Verdict::None,
        ),
        stop(
            refused(403, "You are not permitted to perform this action."),
            K::Permission,
            "forbidden",
            Verdict::None,
        ),
        stop(invalid("$.text: the text is too long"), K::Content, "invalid", Verdict::None),
        (
            invalid("Your media IDs are invalid."),
            K::Outage,
            "media_gone",
            Next::Restart,
            known,
            Verdict::None,
        ),
        stop(problem(404, "resource-not-found", "x"), K::Content, "parent_gone", Verdict::None),
        (
            refused(409, "x"),
            K::Outage,
            "conflict",
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
        stop(refused(413, "x"), K::Content, "media_too_large", Verdict::None),
        (too_many(), K::Limit, "throttled", defer(3 * HOUR_MS), known, Verdict::None),
        (
            problem(429, "usage-capped", "Monthly"),
            K::Limit,
            "cap_used",
            defer(3 * HOUR_MS),
            known,
            Verdict::None,
        ),
        (
            left(too_many(), "x-rate-limit", 0, 600),
            K::Limit,
            "throttled",
            defer(600_000),
            known,
            Verdict::None,
        ),
        // The short window's instant says nothing while the day's posts are used up.
        (
            left(left(too_many(), "x-rate-limit", 90, 600), "x-user-limit-24hour", 0, 40_000),
            K::Limit,
            "throttled",
            defer(40_000_000),
            known,
            Verdict::None,
        ),
        (
            left(left(too_many(), "x-rate-limit", 0, 600), "x-app-limit-24hour", 0, 50_000),
            K::Limit,
            "throttled",
            defer(50_000_000),
            known,
            Verdict::None,
        ),
        // A clock that is ahead of X's does not make us ask at once.
        (
            left(too_many(), "x-rate-limit", 0, -30),
            K::Limit,
            "throttled",
            defer(1_000),
            known,
            Verdict::None,
        ),
        (
            answer(429, json!({"errors": [{"code": 88, "message": "Rate limit exceeded"}]})),
            K::Limit,
            "throttled",
            defer(3 * HOUR_MS),
            known,
            Verdict::None,
        ),
        (
            refused(400, "Something new"),
            K::Content,
            "unlisted",
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            answer(503, Value::Null),
            K::Outage,
            "unlisted",
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
    ]
}

#[test]
fn refusals_say_what_may_be_done() {
    let post = on_profile(ContentType::Text, "Hi");
    for (answer, kind, code, next, proof, verdict) in cases() {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = X.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, fault.code.as_str(), &fault.next, fault.proof, fault.verdict),
            (kind, &*format!("x.{code}"), &next, proof, verdict),
            "{text}"
        );
        assert!(!fault.remedy.is_empty(), "{text}");
    }
}

#[test]
fn a_refusal_tells_what_is_particular_about_it() {
    let post = on_profile(ContentType::Text, "Hi");
    let fault = X
        .absorb(&post, &Progress::default(), &invalid("$.text: the text is too long"))
        .expect_err("refused");
    assert!(fault.message.contains("the text is too long"), "{}", fault.message);
}

#[test]
fn the_answer_to_a_post_tells_what_is_left_of_the_apps_day() {
    let mut told = created("1");
    assert!(X.quotas(&told).is_empty());
    for (what, figure) in [("limit", "17"), ("remaining", "5"), ("reset", "1795400000")] {
        told = with_header(told, &format!("x-app-limit-24hour-{what}"), figure);
    }
    let said = X.quotas(&told);
    assert_eq!(
        said.iter()
            .map(|said| (said.key, said.used, said.limit, said.window_ms))
            .collect::<Vec<_>>(),
        [("x_app_posts_day", 12, 17, 24 * HOUR_MS)]
    );
}
