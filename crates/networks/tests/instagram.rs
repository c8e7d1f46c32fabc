//! Instagram, both logins: the exact requests per content type, its refusals, and how a lost answer is resolved.

mod driver;

use driver::{DUE_MS, answer, image, intent, job, link, ok, play, probe, resume, video};
use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_networks::instagram::Instagram;
use postrider_provider::{
    Account, Adapter, Answer, App, AuthorizeAsk, Evidence, ExchangeAsk, Finding, GrantView, Job, Next, PartReceipt, Probe, Progress, Proof,
    Step, Verdict,
};
use serde_json::{Value, json};

const ACCOUNT: &str = "17841400000000001";

fn on(variant: &str, content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(
            content_type,
            Account {
                external_id: ACCOUNT.into(),
                handle: "blue.cafe".into(),
                kind: "professional".into(),
                variant: variant.into(),
                meta: json!({}),
            },
        )
    }
}

fn by_instagram(content_type: ContentType, text: &str) -> Job {
    on("instagram_login", content_type, text)
}

fn room() -> Answer {
    ok(json!({"data": [{"quota_usage": 2, "config": {"quota_total": 50, "quota_duration": 86_400}}]}))
}

fn made(id: &str) -> Answer {
    ok(json!({"id": id}))
}

fn at(status_code: &str) -> Answer {
    ok(json!({"status_code": status_code, "status": status_code, "id": "c"}))
}

fn address() -> Answer {
    ok(json!({"permalink": "https://www.instagram.com/p/abc/", "shortcode": "abc", "id": "m"}))
}

fn refused(code: i64, sub: i64) -> Answer {
    answer(
        400,
        json!({"error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": sub}}),
    )
}

#[test]
fn an_image_is_prepared_waited_for_and_published() {
    let mut post = by_instagram(ContentType::Image, "Fresh bread #baking");
    post.media = vec![image(1)];
    post.content.first_comment = "The recipe".into();
    let answers = [
        room(),
        made("c"),
        at("IN_PROGRESS"),
        at("IN_PROGRESS"),
        at("FINISHED"),
        made("m"),
        address(),
        made("k"),
    ];
    assert_snapshot!("image", play(&Instagram, &post, &answers).script);
    post.account.variant = "facebook_login".into();
    assert_snapshot!("image_by_facebook", play(&Instagram, &post, &answers).script);
}

#[test]
fn looks_grow_apart_to_half_a_minute() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    let mut answers = vec![room(), made("c")];
    answers.extend(std::iter::repeat_with(|| at("IN_PROGRESS")).take(6));
    let script = play(&Instagram, &post, &answers).script;
    let waits: Vec<&str> = script.lines().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(
        waits,
        [
            "wait 5000 ms: Processing",
            "wait 10000 ms: Processing",
            "wait 20000 ms: Processing",
            "wait 30000 ms: Processing",
            "wait 30000 ms: Processing",
            "wait 30000 ms: Processing"
        ]
    );
}

#[test]
fn a_carousel_waits_for_each_item_and_then_for_the_whole() {
    let mut post = by_instagram(ContentType::Carousel, "Three");
    post.media = vec![image(1), image(2), video(3, 9_000)];
    let answers = [
        room(),
        made("a"),
        made("b"),
        made("d"),
        at("FINISHED"),
        at("FINISHED"),
        at("IN_PROGRESS"),
        at("FINISHED"),
        made("w"),
        at("FINISHED"),
        made("m"),
        address(),
    ];
    assert_snapshot!(play(&Instagram, &post, &answers).script);
}

#[test]
fn a_video_and_a_reel_are_reels_in_the_feed() {
    for content_type in [ContentType::Video, ContentType::Reel] {
        let mut post = by_instagram(content_type, "Moving");
        post.media = vec![video(1, 9_000)];
        assert_snapshot!(
            "reel",
            play(&Instagram, &post, &[room(), made("c"), at("FINISHED"), made("m"), address()]).script
        );
    }
}

#[test]
fn a_story_drops_its_words() {
    let mut post = by_instagram(ContentType::Story, "");
    post.content.first_comment = "never sent".into();
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    post.media = vec![image(1)];
    assert_snapshot!("story_image", play(&Instagram, &post, &answers).script);
    post.media = vec![video(1, 9_000)];
    assert_snapshot!("story_video", play(&Instagram, &post, &answers).script);
}

#[test]
fn a_text_and_a_link_go_with_their_media() {
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    let mut post = by_instagram(ContentType::Text, "Words");
    post.media = vec![image(1)];
    let script = play(&Instagram, &post, &answers).script;
    assert!(script.contains("form caption = Words\n"), "{script}");
    let mut post = by_instagram(ContentType::Link, "Read");
    post.content.link = Some(link("https://a.example/bread"));
    post.media = vec![image(1)];
    let script = play(&Instagram, &post, &answers).script;
    assert!(script.contains("form caption = Read\n\nhttps://a.example/bread\n"), "{script}");
    post.text = "Read\n\nhttps://a.example/bread".into();
    let script = play(&Instagram, &post, &answers).script;
    assert_eq!(script.matches("https://a.example/bread").count(), 1, "{script}");
}

#[test]
fn without_media_nothing_is_sent() {
    let played = play(&Instagram, &by_instagram(ContentType::Text, "Words"), &[]);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Content, "instagram.no_media"));
}

#[test]
fn a_full_window_defers_before_anything_is_prepared() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    let full = |used: i64, total: i64| ok(json!({"data": [{"quota_usage": used, "config": {"quota_total": total}}]}));
    let fault = play(&Instagram, &post, &[full(100, 100)]).fault.expect("a fault");
    assert_eq!(fault.kind, FailureKind::Limit);
    assert_eq!(
        fault.next,
        Next::Defer {
            until_ms: DUE_MS + 3_600_000
        }
    );
    assert!(play(&Instagram, &post, &[full(99, 100)]).fault.is_none());
    let unsaid = ok(json!({"data": [{"quota_usage": 50}]}));
    assert!(play(&Instagram, &post, &[unsaid]).fault.is_some(), "50 until it is said");
}

#[test]
fn a_container_that_fails_says_what_is_wrong() {
    let mut post = by_instagram(ContentType::Reel, "x");
    post.media = vec![video(1, 9_000)];
    let failed = |text: &str| ok(json!({"status_code": "ERROR", "status": text}));
    let cases = [
        (
            "Error: Media upload has failed with error code 2207026",
            "instagram.video_format",
            Next::Stop,
        ),
        (
            "Error: Media upload has failed with error code 2207053",
            "instagram.upload",
            Next::Restart,
        ),
        ("Error: something", "instagram.media_failed", Next::Stop),
    ];
    for (text, code, next) in cases {
        let fault = play(&Instagram, &post, &[room(), made("c"), failed(text)]).fault.expect("a fault");
        assert_eq!((fault.code.as_str(), fault.next), (code, next));
    }
    let fault = play(&Instagram, &post, &[room(), made("c"), at("EXPIRED")]).fault.expect("a fault");
    assert_eq!(fault.next, Next::Restart);
}

#[test]
fn processing_ends_at_the_life_of_a_container() {
    let mut post = by_instagram(ContentType::Reel, "x");
    post.media = vec![video(1, 9_000)];
    let prepared = play(&Instagram, &post, &[room(), made("c"), at("IN_PROGRESS")]);
    post.now_ms += 23 * 3_600_000 + 1;
    let again = resume(&Instagram, &post, prepared.progress, &[]);
    assert!(
        again.script.contains("read the quota"),
        "a container near its end is made anew: {}",
        again.script
    );
}

#[test]
fn what_a_page_token_is_not_shown_the_persons_token_may_see() {
    let mut post = on("facebook_login", ContentType::Image, "x");
    post.media = vec![image(1)];
    let played = play(&Instagram, &post, &[room(), made("c"), refused(100, 33), at("FINISHED")]);
    assert_eq!(played.script.matches("look at the container").count(), 2);
    assert!(
        played.script.contains("Bearer <page>") && played.script.contains("Bearer <access>"),
        "{}",
        played.script
    );
    let fault = resume(&Instagram, &post, played.progress, &[refused(100, 33)])
        .fault
        .expect("a fault");
    assert_eq!(fault.proof, Proof::Ambiguous, "the publishing call itself proves nothing");
    post.account.variant = "instagram_login".into();
    assert!(play(&Instagram, &post, &[room(), made("c"), refused(100, 33)]).fault.is_some());
}

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
            Proof::NotPublished,
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

fn list(media: Value) -> Answer {
    ok(json!({"data": media}))
}

#[test]
fn the_container_tells_whether_it_was_published() {
    let mut post = by_instagram(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    post.known_external_ids = vec!["m0".into()];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.evidence, commit.key.as_str()), (Evidence::Fenced, "c"));
    let lost = intent(stopped.last.as_ref());
    let look = |answers: &[Answer]| probe(&Instagram, &post, &stopped.progress, &lost, answers).1;
    for code in ["FINISHED", "ERROR", "EXPIRED"] {
        assert_eq!(look(&[at(code)]), Probe::Finding(Finding::AbsentByFence));
    }
    for answer in [at("IN_PROGRESS"), refused(100, 33), answer(500, Value::Null)] {
        assert!(matches!(look(&[answer]), Probe::Finding(Finding::Unknown(_))));
    }
    let one = |id: &str, caption: &str, minute: &str| {
        json!({"id": id, "caption": caption, "timestamp": format!("2026-11-22T00:{minute}:00+0000"), "media_type": "IMAGE",
            "permalink": format!("https://www.instagram.com/p/{id}/")})
    };
    // Another delivery's, another's words, and one from before the call are no candidates. It is due at 00:01.
    let candidates = json!([
        one("m0", "Fresh bread", "02"),
        one("m1", "Fresh  bread", "02"),
        one("m2", "Else", "02"),
        one("m3", "Fresh bread", "00"),
    ]);
    let mut early = lost.clone();
    early.stored_at_ms += 120_000;
    let found = |id: &str| {
        Probe::Finding(Finding::Found(PartReceipt {
            external_id: Some(id.into()),
            permalink: Some(format!("https://www.instagram.com/p/{id}/")),
        }))
    };
    let answers = [at("PUBLISHED"), list(candidates)];
    assert_eq!(probe(&Instagram, &post, &stopped.progress, &early, &answers).1, found("m1"));
}

#[test]
fn two_posts_that_could_be_ours_leave_it_without_an_address() {
    let mut post = by_instagram(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let lost = intent(stopped.last.as_ref());
    let same = |id: &str| json!({"id": id, "caption": "Fresh bread", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE"});
    let (_, end) = probe(
        &Instagram,
        &post,
        &stopped.progress,
        &lost,
        &[at("PUBLISHED"), list(json!([same("m1"), same("m2")]))],
    );
    assert_eq!(end, Probe::Finding(Finding::Found(PartReceipt::default())));
    let adopted = Instagram.adopt(&post, &stopped.progress, Part::Root, &PartReceipt::default());
    let Step::Done(receipt) = Instagram.next(&post, &adopted) else {
        panic!("not done");
    };
    assert_eq!((receipt.external_id, receipt.permalink), (None, None));
}

#[test]
fn a_story_is_looked_for_among_stories_and_by_the_other_token_too() {
    let mut post = on("facebook_login", ContentType::Story, "");
    post.media = vec![image(1)];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let lost = intent(stopped.last.as_ref());
    let answers = [
        refused(100, 33),
        at("PUBLISHED"),
        list(
            json!([{"id": "s1", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE", "permalink": "https://www.instagram.com/stories/blue.cafe/s1"}]),
        ),
    ];
    let (script, end) = probe(&Instagram, &post, &stopped.progress, &lost, &answers);
    assert_snapshot!(script);
    assert!(matches!(end, Probe::Finding(Finding::Found(PartReceipt { external_id: Some(id), .. })) if id == "s1"));
}

#[test]
fn a_comment_is_found_by_its_words_and_its_loss_is_a_warning() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    post.content.first_comment = "More".into();
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    let stopped = play(&Instagram, &post, &answers);
    let lost = intent(stopped.last.as_ref());
    assert_eq!(lost.part, Part::FirstComment);
    let look = |text: &str| {
        probe(
            &Instagram,
            &post,
            &stopped.progress,
            &lost,
            &[list(json!([{"id": "k", "text": text}]))],
        )
        .1
    };
    assert!(matches!(look("More"), Probe::Finding(Finding::Found(_))));
    assert_eq!(look("Else"), Probe::Finding(Finding::AbsentInList));
    let more = json!({"next": "https://graph.instagram.com/", "cursors": {"after": "M2"}});
    let busy = ok(json!({"data": [{"id": "j", "text": "Nice"}], "paging": more}));
    let second = |text: &str| [busy.clone(), list(json!([{"id": "k", "text": text}]))];
    let look = |answers: &[Answer]| Instagram.probe(&post, &stopped.progress, &lost, answers);
    assert!(
        matches!(look(std::slice::from_ref(&busy)), Probe::Call(_)),
        "a list that goes on says nothing yet"
    );
    assert!(matches!(look(&second("More")), Probe::Finding(Finding::Found(_))));
    assert_eq!(look(&second("Else")), Probe::Finding(Finding::AbsentInList));
    let ended = resume(&Instagram, &post, stopped.progress, &[refused(10, 0)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment")));
    assert_eq!(receipt.permalink.as_deref(), Some("https://www.instagram.com/p/abc/"));
}

#[test]
fn a_post_whose_address_cannot_be_read_stands_all_the_same() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    let ended = play(&Instagram, &post, &[room(), made("c"), at("FINISHED"), made("m"), refused(100, 33)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert_eq!((receipt.external_id.as_deref(), receipt.permalink), (Some("m"), None));
}

fn app() -> App {
    App {
        client_id: "4711".into(),
        ..App::default()
    }
}

#[test]
fn each_login_has_its_own_page() {
    let ask = |variant| AuthorizeAsk {
        variant,
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: true,
    };
    assert_snapshot!(
        "authorize_instagram",
        Instagram.authorize(&app(), &ask("instagram_login")).expect("an address")
    );
    assert_snapshot!(
        "authorize_facebook",
        Instagram.authorize(&app(), &ask("facebook_login")).expect("an address")
    );
    assert!(Instagram.authorize(&app(), &ask("other")).is_err());
}

#[test]
fn the_short_token_is_read_in_either_shape() {
    let ask = ExchangeAsk {
        variant: "instagram_login",
        code: "code#_",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        now_ms: DUE_MS,
    };
    let shapes = [
        json!({"data": [{"access_token": "short", "user_id": "1020", "permissions": "a,b"}]}),
        json!({"access_token": "short", "user_id": 1020, "permissions": ["a", "b"]}),
    ];
    for shape in shapes {
        let answers = [
            ok(shape),
            ok(json!({"access_token": "long", "token_type": "bearer", "expires_in": 5_183_944})),
            ok(json!({"user_id": ACCOUNT, "id": "24", "username": "blue.cafe", "account_type": "BUSINESS"})),
        ];
        let (script, end) = driver::flow(|answers| Instagram.exchange(&app(), &ask, answers), &answers);
        assert_snapshot!("exchange", script);
        let granted = end.expect("an end").expect("a grant");
        assert_eq!(granted.scopes, ["a", "b"]);
        assert_eq!(granted.subject, ACCOUNT);
        assert_eq!(granted.expires_at_ms, Some(DUE_MS + 5_183_944_000));
    }
    let wrong = json!({"error_type": "OAuthException", "code": 400, "error_message": "Error validating client secret."});
    let (_, end) = driver::flow(|answers| Instagram.exchange(&app(), &ask, answers), &[answer(400, wrong)]);
    assert_eq!(end.expect("an end").expect_err("a refusal").code, "instagram.app_secret_wrong");
}

fn grant(variant: &str) -> GrantView {
    GrantView {
        variant: variant.into(),
        scopes: vec![],
        subject: "9".into(),
        meta: json!({"name": "blue.cafe"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn accounts_that_cannot_be_posted_to_say_what_to_do() {
    let page = |id: &str, tasks: &[&str], instagram: Value| json!({"id": id, "name": format!("Page {id}"), "tasks": tasks, "access_token": "t", "instagram_business_account": instagram});
    let pages = ok(json!({"data": [
        page("1", &["CREATE_CONTENT"], json!({"id": ACCOUNT, "username": "blue.cafe"})),
        page("2", &["ANALYZE"], json!({"id": "17841400000000002", "username": "red.cafe"})),
        {"id": "3", "name": "Page 3", "tasks": ["CREATE_CONTENT"]},
    ]}));
    let (_, end) = driver::flow(|answers| Instagram.accounts(&app(), &grant("facebook_login"), answers), &[pages]);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, bool, usize)> = accounts
        .iter()
        .map(|found| (found.account.external_id.as_str(), found.unusable.is_some(), found.secrets.len()))
        .collect();
    assert_eq!(seen, [(ACCOUNT, false, 1), ("17841400000000002", true, 1), ("page:3", true, 0)]);
    for (kind, unusable) in [("BUSINESS", false), ("MEDIA_CREATOR", false), ("PERSONAL", true)] {
        let me = ok(json!({"user_id": ACCOUNT, "username": "blue.cafe", "account_type": kind}));
        let (_, end) = driver::flow(|answers| Instagram.accounts(&app(), &grant("instagram_login"), answers), &[me]);
        let accounts = end.expect("an end").expect("accounts");
        assert_eq!(accounts[0].unusable.is_some(), unusable, "{kind}");
        assert_eq!(accounts[0].account.external_id, ACCOUNT);
    }
}

#[test]
fn each_login_renews_and_verifies_on_its_own_host() {
    let token = || ok(json!({"access_token": "new", "expires_in": 60}));
    for (variant, renewal) in [
        ("instagram_login", "https://graph.instagram.com/refresh_access_token"),
        ("facebook_login", "https://graph.facebook.com/v25.0/oauth/access_token"),
    ] {
        let (script, end) = driver::flow(|answers| Instagram.refresh(&app(), &grant(variant), answers), &[token()]);
        assert!(script.contains(renewal) && script.contains("<access>"), "{script}");
        assert_eq!(end.expect("an end").expect("a grant").expires_at_ms, Some(DUE_MS + 60_000));
    }
    let profile = || ok(json!({"id": ACCOUNT, "username": "blue.cafe", "name": "Blue Café"}));
    let account = by_instagram(ContentType::Image, "").account;
    let (script, end) = driver::flow(
        |answers| Instagram.verify(&app(), &grant("instagram_login"), &account, answers),
        &[profile()],
    );
    assert!(script.contains("https://graph.instagram.com/v25.0/17841400000000001"), "{script}");
    assert_eq!(end.expect("an end").expect("well").name.as_deref(), Some("Blue Café"));
    let account = on("facebook_login", ContentType::Image, "").account;
    let missing = ok(json!({"data": [{"permission": "instagram_content_publish", "status": "declined"}]}));
    let (_, end) = driver::flow(
        |answers| Instagram.verify(&app(), &grant("facebook_login"), &account, answers),
        &[profile(), missing],
    );
    assert_eq!(end.expect("an end").expect_err("missing").verdict, Verdict::MissingPermission);
    assert!(Instagram.revoke(&app(), &grant("instagram_login")).is_none());
    assert!(Instagram.revoke(&app(), &grant("facebook_login")).is_some());
    assert!(
        Instagram
            .discard(&by_instagram(ContentType::Image, ""), &Progress::default())
            .is_empty()
    );
}
