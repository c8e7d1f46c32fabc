//! Bluesky: the exact requests per content type, its refusals, and how a lost answer is resolved.

mod oauth;

use std::collections::BTreeSet;

use crate::driver::{DUE_MS, answer, image, intent, job, link, ok, play, probe, resume, video, with_header};
use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_networks::bluesky::Bluesky;
use postrider_provider::{
    Account, Adapter, Answer, App, Evidence, Finding, GrantView, IntentView, Job, JobPart, Next, Probe, Progress, Proof, SignInAsk, Step,
    Typed, Verdict,
};
use serde_json::json;

const DID: &str = "did:plc:abc";
const PDS: &str = "https://morel.us-east.host.bsky.network";

fn account() -> Account {
    Account {
        external_id: DID.into(),
        handle: "blue.bsky.social".into(),
        kind: "repo".into(),
        variant: "app_password".into(),
        meta: json!({"pds": PDS}),
    }
}

fn a(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account())
    }
}

fn blob(n: u8) -> Answer {
    ok(json!({"blob": {"$type": "blob", "ref": {"$link": format!("bafkrei{n}")}, "mimeType": "image/jpeg", "size": 1_000}}))
}

fn written(n: u8) -> Answer {
    ok(json!({"uri": format!("at://{DID}/app.bsky.feed.post/3k{n}"), "cid": format!("bafyrei{n}")}))
}

fn refused(status: u16, error: &str, message: &str) -> Answer {
    answer(status, json!({"error": error, "message": message}))
}

#[test]
fn a_text_carries_its_links_mentions_and_tags_by_byte() {
    let mut post = a(
        ContentType::Text,
        "Grüße 👋 an @mia.example und @gone.example: https://café.example/x #brot",
    );
    post.content.first_comment = "Mehr: https://a.example".into();
    let answers = [
        ok(json!({"did": "did:plc:mia"})),
        refused(400, "InvalidRequest", "Unable to resolve handle"),
        written(1),
        written(2),
    ];
    assert_snapshot!(play(&Bluesky, &post, &answers).script);
}

#[test]
fn four_images_are_uploaded_in_order_with_their_words() {
    let mut post = a(ContentType::Carousel, "Four");
    post.media = (1..=4).map(image).collect();
    assert_snapshot!(play(&Bluesky, &post, &[blob(1), blob(2), blob(3), blob(4), written(1)]).script);
}

#[test]
fn one_image_is_an_embed_of_one() {
    let mut post = a(ContentType::Image, "One");
    post.media = vec![image(1)];
    assert_snapshot!(play(&Bluesky, &post, &[blob(1), written(1)]).script);
}

#[test]
fn a_video_and_a_gif_are_video_embeds() {
    let mut post = a(ContentType::Video, "Moving");
    post.media = vec![video(1, 9_000)];
    assert_snapshot!("video", play(&Bluesky, &post, &[blob(1), written(1)]).script);
    post.content.content_type = ContentType::Gif;
    assert_snapshot!("gif", play(&Bluesky, &post, &[blob(1), written(1)]).script);
}

#[test]
fn a_link_has_a_card_with_its_picture() {
    let mut post = a(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    post.link_image = Some(image(9));
    assert_snapshot!(play(&Bluesky, &post, &[blob(9), written(1)]).script);
}

#[test]
fn a_link_card_stands_without_a_picture_that_is_too_large() {
    let mut post = a(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    let mut large = image(9);
    large.facts.bytes = 1_000_001;
    post.link_image = Some(large);
    let played = play(&Bluesky, &post, &[written(1)]);
    assert!(!played.script.contains("thumb"));
    assert!(matches!(played.last, Some(Step::Done(_))));
}

fn thread() -> Job {
    let mut post = a(ContentType::Thread, "");
    let part = |text: &str, media| JobPart { text: text.into(), media };
    post.parts = vec![
        part("one", vec![]),
        part("two", vec![image(2)]),
        part("three", vec![]),
        part("four", vec![image(4)]),
    ];
    post
}

#[test]
fn a_thread_is_a_chain_of_commits() {
    let answers = [blob(2), blob(4), written(1), written(2), written(3), written(4)];
    assert_snapshot!(play(&Bluesky, &thread(), &answers).script);
}

#[test]
fn a_thread_that_stopped_at_part_three_goes_on_there() {
    let post = thread();
    let stopped = play(&Bluesky, &post, &[blob(2), blob(4), written(1), written(2)]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(intent.part, Part::Reply(2));
    let found = ok(json!({"uri": format!("at://{DID}/app.bsky.feed.post/3k3"), "cid": "bafyrei3", "value": {}}));
    let (script, end) = probe(&Bluesky, &post, &stopped.progress, &intent, std::slice::from_ref(&found));
    assert!(script.contains(&format!("? rkey = {}", intent.key)), "{script}");
    let Probe::Finding(Finding::Found(receipt)) = end else {
        panic!("{end:?}");
    };
    let adopted = Bluesky.adopt(&post, &stopped.progress, intent.part, &receipt);
    let rest = resume(&Bluesky, &post, adopted, &[found, written(4)]);
    assert_snapshot!(rest.script);
}

#[test]
fn what_a_lost_database_may_have_written_is_looked_for_in_later_generations_too() {
    let post = a(ContentType::Text, "Hi");
    let stopped = play(&Bluesky, &post, &[]);
    let remembered = intent(stopped.last.as_ref());
    let unseen = IntentView {
        key: String::new(),
        remembered: false,
        ..remembered.clone()
    };
    let absent = || refused(400, "RecordNotFound", "Could not locate record");
    let (asked, end) = probe(
        &Bluesky,
        &post,
        &stopped.progress,
        &unseen,
        &[absent(), absent(), absent(), absent()],
    );
    assert_eq!(end, Probe::Finding(Finding::AbsentByFence));
    let keys: BTreeSet<&str> = asked.split("rkey = ").skip(1).map(|rest| &rest[..13]).collect();
    assert_eq!(keys.len(), 4, "{asked}");
    assert!(keys.contains(remembered.key.as_str()), "{asked}");
    let (_, end) = probe(&Bluesky, &post, &stopped.progress, &unseen, &[absent(), written(2)]);
    assert!(matches!(end, Probe::Finding(Finding::Found(_))), "{end:?}");
}

#[test]
fn an_answer_that_a_lost_database_wrote_after_a_retry_is_found_and_gone_on_from() {
    let post = thread();
    let stopped = play(&Bluesky, &post, &[blob(2), blob(4), written(1), written(2)]);
    let doubted = IntentView {
        unseen: true,
        ..intent(stopped.last.as_ref())
    };
    assert_eq!(doubted.part, Part::Reply(2));
    let retried = Job {
        generation: 1,
        ..post.clone()
    };
    let key = intent(resume(&Bluesky, &retried, stopped.progress.clone(), &[]).last.as_ref()).key;
    assert_ne!(key, doubted.key);
    let absent = refused(400, "RecordNotFound", "Could not locate record");
    let there = ok(json!({"uri": format!("at://{DID}/app.bsky.feed.post/{key}"), "cid": "bafyrei3", "value": {}}));
    let (asked, end) = probe(&Bluesky, &post, &stopped.progress, &doubted, &[absent, there.clone()]);
    assert!(asked.contains(&format!("? rkey = {key}")), "{asked}");
    let Probe::Finding(Finding::Found(receipt)) = end else {
        panic!("{end:?}");
    };
    let adopted = Bluesky.adopt(&post, &stopped.progress, doubted.part, &receipt);
    let rest = resume(&Bluesky, &post, adopted, &[there]).script;
    assert!(rest.contains(&key), "the next answer is not to the one that stands: {rest}");
}

#[test]
fn a_record_that_is_not_there_is_absent_by_the_fence() {
    let post = a(ContentType::Text, "Hi");
    let stopped = play(&Bluesky, &post, &[]);
    let intent = intent(stopped.last.as_ref());
    let finding = |answer| probe(&Bluesky, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(
        finding(refused(400, "RecordNotFound", "Could not locate record")),
        Probe::Finding(Finding::AbsentByFence)
    );
    for answer in [answer(502, json!({})), ok(json!("?"))] {
        assert!(matches!(finding(answer), Probe::Finding(Finding::Unknown(_))));
    }
    assert!(matches!(
        finding(refused(400, "ExpiredToken", "x")),
        Probe::Finding(Finding::NoAccess(_))
    ));
}

#[test]
fn the_key_is_derived_and_the_record_frozen() {
    let commit = |job: &Job| match Bluesky.next(job, &Progress::default()) {
        Step::Commit(commit) => commit,
        other => panic!("{other:?}"),
    };
    let post = a(ContentType::Text, "Hi");
    let first = commit(&post);
    let mut later = post.clone();
    later.now_ms += 86_400_000;
    assert_eq!(first, commit(&later), "another worker, a day later, sends the same");
    assert_eq!(first.evidence, Evidence::Fenced);
    assert_eq!(first.key.len(), 13);
    assert!(first.key.starts_with(|c: char| "234567abcdefghij".contains(c)), "{}", first.key);
    assert!(first.key.chars().all(|c| "234567abcdefghijklmnopqrstuvwxyz".contains(c)));
    let mut again = post;
    again.generation = 1;
    assert_ne!(first.key, commit(&again).key, "a new generation has a new key");
}

#[test]
fn refusals_say_what_may_be_done() {
    let post = a(ContentType::Text, "Hi");
    let cases = [
        (
            refused(400, "ExpiredToken", "Token has expired"),
            FailureKind::Connection,
            Next::Renew,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(401, "InvalidToken", ""),
            FailureKind::Connection,
            Next::Stop,
            Proof::NotPublished,
            Verdict::Expired,
        ),
        (
            refused(400, "AccountTakedown", ""),
            FailureKind::Connection,
            Next::Stop,
            Proof::NotPublished,
            Verdict::Revoked,
        ),
        (
            refused(403, "ScopeMissing", ""),
            FailureKind::Permission,
            Next::Stop,
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (
            refused(
                400,
                "InvalidRequest",
                "Invalid app.bsky.feed.post record: Record/text must not be longer than 300 graphemes",
            ),
            FailureKind::Content,
            Next::Stop,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "InvalidRequest", "Could not find blob: bafkrei1"),
            FailureKind::Outage,
            Next::Restart,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "InvalidRequest", "Something else"),
            FailureKind::Content,
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(400, "InvalidSwap", ""),
            FailureKind::Duplicate,
            Next::Stop,
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            with_header(
                refused(429, "RateLimitExceeded", "Rate Limit Exceeded"),
                "ratelimit-reset",
                "1795310000",
            ),
            FailureKind::Limit,
            Next::Defer {
                until_ms: 1_795_310_000_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(429, "RateLimitExceeded", ""),
            FailureKind::Limit,
            Next::Defer {
                until_ms: DUE_MS + 300_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(502, "UpstreamFailure", ""),
            FailureKind::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            answer(500, json!("x")),
            FailureKind::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Bluesky.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
        assert!(fault.code.starts_with("bluesky."));
    }
}

#[test]
fn a_token_in_a_refusal_is_not_shown() {
    let post = a(ContentType::Text, "Hi");
    let token = "x".repeat(120);
    let fault = Bluesky
        .absorb(
            &post,
            &Progress::default(),
            &refused(401, "InvalidToken", &format!("Bad token {token} given")),
        )
        .expect_err("refused");
    assert!(fault.message.contains("Bad token … given"), "{}", fault.message);
}

#[test]
fn a_lost_comment_never_fails_the_post() {
    let mut post = a(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let played = play(
        &Bluesky,
        &post,
        &[written(1), refused(400, "InvalidRequest", "Invalid app.bsky.feed.post record: no")],
    );
    let Some(Step::Done(receipt)) = played.last else {
        panic!("{}", played.script);
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment")));
    assert!(receipt.permalink.is_some());
}

fn typed(handle: &str, service: &str) -> Typed {
    Typed::from([("handle", handle), ("service", service)].map(|(key, text)| (key.to_owned(), text.to_owned())))
}

#[test]
fn signing_in_notes_the_server_that_holds_the_repository() {
    let typed = typed("@blue.bsky.social", "");
    let ask = SignInAsk {
        typed: &typed,
        now_ms: DUE_MS,
    };
    let session = ok(json!({
        "did": DID, "handle": "blue.bsky.social", "active": true,
        "accessJwt": "e.eyJleHAiOjE3OTUzMTI4MDB9.s", "refreshJwt": "r",
        "didDoc": {"id": DID, "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}]}
    }));
    let (script, end) = crate::driver::flow(|answers| Bluesky.sign_in(&App::default(), &ask, answers), &[session]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.meta["pds"], PDS);
    assert_eq!(granted.expires_at_ms, Some(1_795_312_800_000));
    assert_eq!(granted.secrets.keys().collect::<Vec<_>>(), ["access", "refresh"]);
}

#[test]
fn a_server_of_ones_own_is_used_as_typed_and_nonsense_is_refused_unsent() {
    for (server, url) in [
        (
            "http://localhost:2583/",
            "http://localhost:2583/xrpc/com.atproto.server.createSession",
        ),
        ("pds.example.org", "https://pds.example.org/xrpc/com.atproto.server.createSession"),
    ] {
        let typed = typed("mia", server);
        let ask = SignInAsk { typed: &typed, now_ms: 0 };
        let (script, _) = crate::driver::flow(|answers| Bluesky.sign_in(&App::default(), &ask, answers), &[]);
        assert!(script.contains(url), "{script}");
    }
    for server in ["ftp://x", "https://", "a b"] {
        let typed = typed("mia", server);
        let ask = SignInAsk { typed: &typed, now_ms: 0 };
        let (script, end) = crate::driver::flow(|answers| Bluesky.sign_in(&App::default(), &ask, answers), &[]);
        assert_eq!(script, "", "{server}");
        assert!(end.is_some_and(|end| end.is_err()), "{server}");
    }
}

fn grant() -> GrantView {
    GrantView {
        variant: "app_password".into(),
        scopes: vec![],
        subject: DID.into(),
        meta: json!({"pds": PDS, "service": "https://bsky.social", "handle": "blue.bsky.social"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn an_account_without_an_app_view_goes_by_its_handle() {
    for (answer, name) in [
        (
            ok(json!({"did": DID, "displayName": "Blue Café", "avatar": "https://cdn.example/a.jpg"})),
            "Blue Café",
        ),
        (answer(404, json!({"error": "MethodNotImplemented"})), "blue.bsky.social"),
    ] {
        let (_, end) = crate::driver::flow(|answers| Bluesky.accounts(&App::default(), &grant(), answers), &[answer]);
        let accounts = end.expect("an end").expect("accounts");
        assert_eq!(accounts.len(), 1);
        assert_eq!(accounts[0].name, name);
        assert_eq!(accounts[0].account.external_id, DID);
        assert_eq!(accounts[0].account.meta["pds"], PDS);
    }
}

#[test]
fn renewing_rotates_both_tokens_and_an_ended_session_says_so() {
    let session = ok(json!({"did": DID, "handle": "blue.bsky.social", "accessJwt": "a", "refreshJwt": "b"}));
    let (script, end) = crate::driver::flow(|answers| Bluesky.refresh(&App::default(), &grant(), answers), &[session]);
    assert!(script.contains("Bearer <refresh>"), "{script}");
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets.len(), 2);
    let (_, end) = crate::driver::flow(
        |answers| Bluesky.refresh(&App::default(), &grant(), answers),
        &[refused(400, "ExpiredToken", "Token has expired")],
    );
    let fault = end.expect("an end").expect_err("ended");
    assert_eq!((fault.next, fault.verdict), (Next::Stop, Verdict::Expired));
}

#[test]
fn a_deactivated_account_does_not_verify() {
    let (_, end) = crate::driver::flow(
        |answers| Bluesky.verify(&App::default(), &grant(), &account(), answers),
        &[ok(json!({"handle": "blue.bsky.social", "active": false, "status": "deactivated"}))],
    );
    assert_eq!(end.expect("an end").expect_err("inactive").verdict, Verdict::Revoked);
}

#[test]
fn only_the_shape_of_an_app_password_passes() {
    let by_password = Bluesky.capability().variants.iter().find(|variant| variant.key == "app_password");
    let fields = by_password.expect("a way by app password").fields;
    let field = fields.iter().find(|field| field.secret).expect("the app password");
    assert_eq!((field.refuses)("abcd-2345-wxyz-aaaa"), None);
    for other in [
        "hunter2",
        "abcd-efgh-ijkl",
        "ABCD-efgh-ijkl-mnop",
        "abcd-efgh-ijkl-mnopq",
        "abcd efgh ijkl mnop",
        "",
    ] {
        assert!((field.refuses)(other).is_some(), "{other}");
    }
}
