//! What its refusals mean.

use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::telegram::Telegram;
use postrider_provider::{Adapter, Answer, Next, Progress, Proof, Verdict};
use serde_json::json;

use super::{on, refused, with};
use crate::driver::{DUE_MS, answer};

/// A refusal; its kind, what may be done, what it proves, what it says of the channel.
type Case = (Answer, FailureKind, Next, Proof, Verdict);

fn stops(status: u16, description: &str, kind: FailureKind, verdict: Verdict) -> Case {
    (refused(status, description), kind, Next::Stop, Proof::NotPublished, verdict)
}

fn waits(answer: Answer, ms: i64) -> Case {
    let next = Next::Defer { until_ms: DUE_MS + ms };
    (answer, FailureKind::Limit, next, Proof::NotPublished, Verdict::None)
}

fn doubtful(answer: Answer, kind: FailureKind, next: Next) -> Case {
    (answer, kind, next, Proof::Ambiguous, Verdict::None)
}

fn cases() -> Vec<Case> {
    use FailureKind as K;
    use Verdict as V;
    let again = || Next::Repeat { at_ms: None };
    let content = |description: &str| stops(400, description, K::Content, V::None);
    vec![
        stops(401, "Unauthorized", K::Connection, V::Revoked),
        stops(404, "Not Found", K::Connection, V::Revoked),
        stops(400, "Bad Request: chat not found", K::Connection, V::Revoked),
        stops(403, "Forbidden: bot was kicked from the channel chat", K::Connection, V::Revoked),
        stops(403, "Forbidden: bot is not a member of the channel chat", K::Connection, V::Revoked),
        stops(403, "Forbidden: bot was blocked by the user", K::Connection, V::Revoked),
        stops(
            400,
            "Bad Request: not enough rights to send photos to the chat",
            K::Permission,
            V::None,
        ),
        stops(
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            K::Permission,
            V::MissingPermission,
        ),
        stops(
            400,
            "Bad Request: need administrator rights in the channel chat",
            K::Permission,
            V::MissingPermission,
        ),
        stops(400, "Bad Request: CHAT_WRITE_FORBIDDEN", K::Permission, V::MissingPermission),
        stops(
            403,
            "Forbidden: have no rights to send a message",
            K::Permission,
            V::MissingPermission,
        ),
        content("Bad Request: message is too long"),
        content("Bad Request: message caption is too long"),
        content("Bad Request: message text is empty"),
        content("Bad Request: can't parse entities: Unsupported start tag \"p\" at byte offset 0"),
        content("Bad Request: PHOTO_INVALID_DIMENSIONS"),
        content("Bad Request: IMAGE_PROCESS_FAILED"),
        content("Bad Request: wrong file identifier/HTTP URL specified"),
        content("Bad Request: failed to get HTTP URL content"),
        content("Bad Request: wrong type of the web page content"),
        content("Bad Request: TOPIC_CLOSED"),
        content("Bad Request: message thread not found"),
        stops(413, "Request Entity Too Large", K::Content, V::None),
        waits(with(429, "Too Many Requests: retry after 35", json!({"retry_after": 35})), 35_000),
        waits(refused(429, "Too Many Requests"), 60_000),
        doubtful(
            refused(409, "Conflict: terminated by other getUpdates request"),
            K::Connection,
            Next::Stop,
        ),
        doubtful(refused(500, "Internal Server Error"), K::Outage, again()),
        doubtful(answer(502, json!("<html>Bad Gateway</html>")), K::Outage, again()),
        doubtful(refused(400, "Bad Request: something new"), K::Content, Next::Stop),
    ]
}

#[test]
fn each_refusal_says_what_may_be_done() {
    for (answer, kind, next, proof, verdict) in cases() {
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        let fault = Telegram
            .absorb(&on(ContentType::Text, "Hi"), &Progress::default(), &answer)
            .expect_err(&said);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{said}: {fault:?}"
        );
        assert!(!fault.message.is_empty() && !fault.remedy.is_empty(), "{said}");
    }
}
