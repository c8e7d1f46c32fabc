//! LinkedIn: the exact requests per content type, its refusals, and how a lost answer is resolved.

mod driver;

use driver::{DUE_MS, answer, document, gif, image, intent, job, link, ok, play, probe, resume, video, with_header};
use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Poll};
use postrider_networks::linkedin::Linkedin;
use postrider_provider::{
    Account, Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, Finding, GrantView, Job, Next, PartReceipt, Probe, Progress, Proof, Step,
    Verdict,
};
use serde_json::{Value, json};

const PERSON: &str = "urn:li:person:Ab3dEf9hIj";
const PAGE: &str = "urn:li:organization:5551";
const SHARE: &str = "urn:li:share:7295000000000000001";

fn account(variant: &str, external_id: &str, kind: &str) -> Account {
    Account {
        external_id: external_id.into(),
        handle: String::new(),
        kind: kind.into(),
        variant: variant.into(),
        meta: json!({}),
    }
}

fn on_page(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account("pages", PAGE, "page"))
    }
}

fn on_profile(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(content_type, account("member", PERSON, "profile"))
    }
}

fn opened(kind: &str, n: u8) -> Answer {
    let mut value = json!({"uploadUrlExpiresAt": 1, "uploadUrl": format!("https://www.linkedin.com/dms-uploads/{n}")});
    value[kind] = format!("urn:li:{kind}:C{n}").into();
    ok(json!({"value": value}))
}

fn put() -> Answer {
    with_header(answer(201, Value::Null), "etag", "\"e\"")
}

fn available() -> Answer {
    ok(json!({"status": "AVAILABLE"}))
}

fn created() -> Answer {
    with_header(answer(201, Value::Null), "x-restli-id", SHARE)
}

fn refused(status: u16, code: &str, service: i64, message: &str) -> Answer {
    answer(
        status,
        json!({"status": status, "serviceErrorCode": service, "code": code, "message": message}),
    )
}

fn duplicate(of: &str) -> Answer {
    answer(
        422,
        json!({
            "status": 422,
            "message": format!("com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {of}"),
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST", "description": "Duplicate post is detected", "input": {}}]}
        }),
    )
}

#[test]
fn a_text_is_escaped_and_a_page_gets_its_comment() {
    let mut post = on_page(
        ContentType::Text,
        "Fresh bread (every day) #baking\nby @[Blue Café](urn:li:organization:2414)",
    );
    post.content.first_comment = "The recipe: https://a.example".into();
    let commented = answer(201, json!({"commentUrn": "urn:li:comment:(urn:li:activity:1,2)"}));
    assert_snapshot!(play(&Linkedin, &post, &[created(), commented]).script);
}

#[test]
fn a_profile_of_a_self_serve_app_gets_no_comment_and_says_so() {
    let mut post = on_profile(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let Some(Step::Done(receipt)) = play(&Linkedin, &post, &[created()]).last else {
        panic!("not done");
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("Community Management")));
    assert_eq!(receipt.external_id.as_deref(), Some(SHARE));
}

#[test]
fn an_image_is_put_before_the_post() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    assert_snapshot!(
        "image_on_page",
        play(&Linkedin, &post, &[opened("image", 1), put(), available(), created()]).script
    );
    post.account = account("member", PERSON, "profile");
    assert_snapshot!(
        "image_on_profile",
        play(&Linkedin, &post, &[opened("image", 1), put(), created()]).script
    );
}

#[test]
fn several_images_are_one_multi_image() {
    let mut post = on_profile(ContentType::Carousel, "Three");
    post.media = (1..=3).map(image).collect();
    let mut answers: Vec<Answer> = (1..=3).flat_map(|n| [opened("image", n), put()]).collect();
    answers.push(created());
    assert_snapshot!(play(&Linkedin, &post, &answers).script);
}

#[test]
fn a_gif_is_an_image() {
    let mut post = on_profile(ContentType::Gif, "Moving");
    post.media = vec![gif(1)];
    let script = play(&Linkedin, &post, &[opened("image", 1), put(), created()]).script;
    assert!(
        script.contains("images?action=initializeUpload") && script.contains("bytes blob-1 image/gif"),
        "{script}"
    );
}

#[test]
fn a_video_is_put_in_the_parts_that_linkedin_names_without_a_token() {
    let mut post = on_profile(ContentType::Video, "Moving");
    post.content.title = "Kneading".into();
    post.media = vec![video(1, 5_000_000)];
    let instructions = json!([
        {"uploadUrl": "https://www.linkedin.com/dms-uploads/a", "firstByte": 0, "lastByte": 4_194_303},
        {"uploadUrl": "https://www.linkedin.com/dms-uploads/b", "firstByte": 4_194_304, "lastByte": 4_999_999}
    ]);
    let opened = ok(json!({"value": {"video": "urn:li:video:V1", "uploadToken": "t", "uploadInstructions": instructions}}));
    let part = |etag| with_header(answer(200, Value::Null), "etag", etag);
    let answers = [
        opened,
        part("\"one\""),
        part("two"),
        ok(Value::Null),
        ok(json!({"status": "PROCESSING"})),
        ok(json!({"status": "PROCESSING"})),
        available(),
        created(),
    ];
    assert_snapshot!(play(&Linkedin, &post, &answers).script);
}

#[test]
fn a_document_has_a_title() {
    let mut post = on_page(ContentType::Document, "Read");
    post.media = vec![document(1)];
    post.content.title = "Prices 2027".into();
    assert_snapshot!(play(&Linkedin, &post, &[opened("document", 1), put(), available(), created()]).script);
}

#[test]
fn a_link_brings_its_own_card() {
    let mut post = on_profile(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    post.link_image = Some(image(9));
    assert_snapshot!(play(&Linkedin, &post, &[opened("image", 9), put(), created()]).script);
}

#[test]
fn a_poll_runs_for_a_time_that_linkedin_knows() {
    let mut post = on_profile(ContentType::Poll, "Vote");
    for (minutes, name) in [
        (60, "ONE_DAY"),
        (1_441, "THREE_DAYS"),
        (10_080, "SEVEN_DAYS"),
        (99_999, "FOURTEEN_DAYS"),
    ] {
        post.content.poll = Some(Poll {
            question: "Rye?".into(),
            options: vec!["Yes".into(), "No".into()],
            duration_minutes: minutes,
        });
        let script = play(&Linkedin, &post, &[created()]).script;
        assert!(script.contains(name), "{script}");
        assert!(script.contains("\"question\": \"Rye?\""), "{script}");
    }
}

#[test]
fn media_that_cannot_be_processed_ends_the_delivery_before_anything_is_public() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    let failed = ok(json!({"status": "PROCESSING_FAILED", "processingFailureReason": "corrupt"}));
    let fault = play(&Linkedin, &post, &[opened("image", 1), put(), failed]).fault.expect("a fault");
    assert_eq!((fault.kind, fault.next), (FailureKind::Content, Next::Stop));
}

#[test]
fn an_upload_that_names_bytes_beyond_the_file_is_not_followed() {
    let mut post = on_page(ContentType::Video, "Moving");
    post.media = vec![video(1, 100)];
    let lying = ok(json!({"value": {"video": "v", "uploadInstructions": [{"uploadUrl": "https://x", "firstByte": 0, "lastByte": 100}]}}));
    assert_eq!(play(&Linkedin, &post, &[lying]).fault.expect("a fault").code, "linkedin.unreadable");
}

#[test]
fn a_file_that_the_token_may_not_read_is_posted_all_the_same() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    let hidden = refused(403, "ACCESS_DENIED", 100, "Accessing this image resource is forbidden");
    assert!(matches!(
        play(&Linkedin, &post, &[opened("image", 1), put(), hidden, created()]).last,
        Some(Step::Done(_))
    ));
}

#[test]
fn refusals_say_what_may_be_done() {
    use FailureKind as K;
    let post = on_page(ContentType::Text, "Hi");
    let stop = Next::Stop;
    let cases = [
        (
            refused(401, "EXPIRED_ACCESS_TOKEN", 65602, ""),
            K::Connection,
            Next::Renew,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(401, "REVOKED_ACCESS_TOKEN", 65601, ""),
            K::Connection,
            stop.clone(),
            Proof::NotPublished,
            Verdict::Revoked,
        ),
        (
            refused(401, "INVALID_ACCESS_TOKEN", 65600, ""),
            K::Connection,
            stop.clone(),
            Proof::NotPublished,
            Verdict::Expired,
        ),
        (
            refused(403, "ACCESS_DENIED", 100, "Not enough permissions"),
            K::Permission,
            stop.clone(),
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (
            refused(403, "", 0, "Unpermitted fields present: fields [/author]"),
            K::Permission,
            stop.clone(),
            Proof::NotPublished,
            Verdict::MissingPermission,
        ),
        (
            refused(400, "MEDIA_ASSET_WAITING_UPLOAD", 0, "Media asset is waiting upload"),
            K::Outage,
            Next::Repeat {
                at_ms: Some(DUE_MS + 20_000),
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "EXPIRED_UPLOAD_URL", 0, ""),
            K::Outage,
            Next::Restart,
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "FIELD_LENGTH_TOO_LONG", 0, ""),
            K::Content,
            stop.clone(),
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(400, "SOMETHING_NEW", 0, ""),
            K::Content,
            stop.clone(),
            Proof::Ambiguous,
            Verdict::None,
        ),
        (
            refused(409, "CONFLICT", 0, ""),
            K::Duplicate,
            stop.clone(),
            Proof::Ambiguous,
            Verdict::None,
        ),
        (duplicate(SHARE), K::Duplicate, stop, Proof::Ambiguous, Verdict::None),
        (
            refused(426, "NONEXISTENT_VERSION", 0, "Requested version 20250101 is not active"),
            K::Internal,
            Next::Defer {
                until_ms: DUE_MS + 3_600_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            refused(429, "TOO_MANY_REQUESTS", 0, ""),
            K::Limit,
            Next::Defer {
                until_ms: DUE_MS + 900_000,
            },
            Proof::NotPublished,
            Verdict::None,
        ),
        (
            answer(503, Value::Null),
            K::Outage,
            Next::Repeat { at_ms: None },
            Proof::Ambiguous,
            Verdict::None,
        ),
    ];
    for (answer, kind, next, proof, verdict) in cases {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = Linkedin.absorb(&post, &Progress::default(), &answer).expect_err(&text);
        assert_eq!(
            (fault.kind, &fault.next, fault.proof, fault.verdict),
            (kind, &next, proof, verdict),
            "{text}"
        );
    }
}

fn posts(elements: Value) -> Answer {
    ok(json!({"paging": {"start": 0, "count": 50}, "elements": elements}))
}

fn found(urn: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(urn.into()),
        permalink: Some(format!("https://www.linkedin.com/feed/update/{urn}/")),
    })
}

#[test]
fn a_page_is_read_for_its_words() {
    let mut post = on_page(ContentType::Text, "Fresh (bread) #baking");
    post.known_external_ids = vec!["urn:li:share:1".into()];
    let stopped = play(&Linkedin, &post, &[]);
    let intent = intent(stopped.last.as_ref());
    let look = |elements| probe(&Linkedin, &post, &stopped.progress, &intent, &[posts(elements)]);
    let words = r"Fresh \(bread\) {hashtag|\#|baking}";
    let (script, end) = look(json!([
        {"id": "urn:li:share:1", "commentary": words, "createdAt": DUE_MS + 900},
        {"id": "urn:li:share:2", "commentary": "Something else", "createdAt": DUE_MS + 900},
        {"id": SHARE, "commentary": words, "createdAt": DUE_MS + 900},
    ]));
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(SHARE)));
    let (_, end) = look(json!([{"id": "urn:li:share:1", "commentary": words, "createdAt": DUE_MS + 900}]));
    assert_eq!(
        end,
        Probe::Finding(Finding::AbsentInList),
        "another delivery's post is no candidate"
    );
    let (_, end) = look(json!([{"id": SHARE, "commentary": words, "createdAt": DUE_MS - 300_000}]));
    assert!(
        matches!(end, Probe::Finding(Finding::Unknown(_))),
        "an older equal post makes ours impossible: {end:?}"
    );
    let (_, end) = probe(&Linkedin, &post, &stopped.progress, &intent, &[answer(500, Value::Null)]);
    assert!(matches!(end, Probe::Finding(Finding::Unknown(_))));
}

#[test]
fn a_list_that_leaves_out_what_is_asked_for_says_of_nothing_that_it_is_absent() {
    let post = on_page(ContentType::Text, "Ours");
    let stopped = play(&Linkedin, &post, &[]);
    let intent = intent(stopped.last.as_ref());
    let look = |answer| probe(&Linkedin, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(look(posts(json!([]))), Probe::Finding(Finding::AbsentInList));
    for malformed in [
        ok(json!({})),
        posts(json!([{"id": SHARE, "commentary": "Ours"}])),
        posts(
            json!([{"id": "urn:li:share:2", "commentary": "Other", "createdAt": DUE_MS}, {"id": "urn:li:share:3", "commentary": "Other"}]),
        ),
    ] {
        let end = look(malformed.clone());
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{malformed:?}: {end:?}");
    }
    let beside = json!([{"id": "urn:li:share:2", "commentary": "Other"}, {"id": SHARE, "commentary": "Ours", "createdAt": DUE_MS + 1}]);
    assert_eq!(look(posts(beside)), Probe::Finding(found(SHARE)));
}

#[test]
fn a_page_is_read_back_to_the_promise_before_anything_is_called_absent() {
    let post = on_page(ContentType::Text, "Ours");
    let stopped = play(&Linkedin, &post, &[]);
    let lost = intent(stopped.last.as_ref());
    let page = |created_at: i64| {
        let others = (0..50).map(|n| json!({"id": format!("urn:li:share:{n}"), "commentary": "Other", "createdAt": created_at}));
        posts(others.collect())
    };
    let look = |answers: &[Answer]| Linkedin.probe(&post, &stopped.progress, &lost, answers);
    let Probe::Call(next) = look(&[page(DUE_MS + 900)]) else {
        panic!("fifty newer posts say nothing of an older one");
    };
    assert!(next.url.contains("start=50"), "{}", next.url);
    let ours = posts(json!([{"id": SHARE, "commentary": "Ours", "createdAt": DUE_MS + 800}]));
    assert_eq!(look(&[page(DUE_MS + 900), ours]), Probe::Finding(found(SHARE)));
    let absent = Probe::Finding(Finding::AbsentInList);
    assert_eq!(look(&[page(DUE_MS + 900), page(DUE_MS - 60_000)]), absent);
    assert_eq!(look(&[page(DUE_MS + 900), posts(json!([]))]), absent);
    let endless: Vec<_> = (0..10).map(|_| page(DUE_MS + 900)).collect();
    assert!(matches!(look(&endless), Probe::Finding(Finding::Unknown(_))));
}

#[test]
fn a_page_is_read_for_its_own_file_whatever_the_words() {
    let mut post = on_page(ContentType::Image, "Same words");
    post.media = vec![image(1)];
    let stopped = play(&Linkedin, &post, &[opened("image", 1), put(), available()]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(intent.match_key, "urn:li:image:C1");
    let with = |urn: &str| json!([{"id": SHARE, "commentary": "Same words", "createdAt": DUE_MS + 1, "content": {"media": {"id": urn}}}]);
    let look = |elements| probe(&Linkedin, &post, &stopped.progress, &intent, &[posts(elements)]).1;
    assert_eq!(look(with("urn:li:image:C1")), Probe::Finding(found(SHARE)));
    assert_eq!(look(with("urn:li:image:C2")), Probe::Finding(Finding::AbsentInList));
}

#[test]
fn a_profile_is_asked_by_the_identical_post_once_more() {
    let post = on_profile(ContentType::Text, "Hi");
    let stopped = play(&Linkedin, &post, &[]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    let mut lost = intent(stopped.last.as_ref());
    let ask = |job: &Job, lost: &_, answers: &[Answer]| Linkedin.probe(job, &stopped.progress, lost, answers);
    let mut later = post.clone();
    later.now_ms = DUE_MS + 9 * 60_000;
    assert_eq!(ask(&later, &lost, &[]), Probe::Resend(commit.request.clone()));
    assert_eq!(ask(&later, &lost, &[duplicate(SHARE)]), Probe::Finding(found(SHARE)));
    assert_eq!(ask(&later, &lost, &[created()]), Probe::Finding(found(SHARE)));
    assert!(matches!(
        ask(&later, &lost, &[answer(500, Value::Null)]),
        Probe::Finding(Finding::Unknown(_))
    ));
    let mut known = later.clone();
    known.known_external_ids = vec![SHARE.into()];
    assert!(matches!(
        ask(&known, &lost, &[duplicate(SHARE)]),
        Probe::Finding(Finding::Unknown(_))
    ));
    later.now_ms += 1;
    assert!(
        matches!(ask(&later, &lost, &[]), Probe::Finding(Finding::Unknown(_))),
        "the filter may have forgotten"
    );
    lost.resent = true;
    assert!(
        matches!(ask(&post, &lost, &[]), Probe::Finding(Finding::Unknown(_))),
        "never a second time"
    );
}

#[test]
fn a_found_post_goes_on_with_its_comment_and_a_found_comment_ends_it() {
    let mut post = on_page(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let adopted = Linkedin.adopt(
        &post,
        &Progress::default(),
        Part::Root,
        &PartReceipt {
            external_id: Some(SHARE.into()),
            permalink: None,
        },
    );
    let stopped = resume(&Linkedin, &post, adopted, &[]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(intent.part, Part::FirstComment);
    let comments =
        |text: &str| ok(json!({"elements": [{"id": "9", "commentUrn": "urn:li:comment:9", "actor": PAGE, "message": {"text": text}}]}));
    let look = |answer| probe(&Linkedin, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(look(comments("Other")), Probe::Finding(Finding::AbsentInList));
    let Probe::Finding(Finding::Found(receipt)) = look(comments("More")) else {
        panic!("not found");
    };
    let ended = Linkedin.adopt(&post, &stopped.progress, Part::FirstComment, &receipt);
    let Step::Done(receipt) = Linkedin.next(&post, &ended) else {
        panic!("not done");
    };
    assert_eq!((receipt.external_id.as_deref(), receipt.warning), (Some(SHARE), None));
}

fn authorize(variant: &str, app: &App) -> String {
    Linkedin
        .authorize(
            app,
            &AuthorizeAsk {
                variant,
                redirect_uri: "https://planner.example/connect",
                state: "s",
                code_challenge: "c",
                again: false,
            },
        )
        .expect("an address")
}

#[test]
fn each_app_is_asked_only_for_what_its_product_holds() {
    let mut app = App {
        client_id: "member-1".into(),
        ..App::default()
    };
    assert_snapshot!("authorize_member", authorize("member", &app));
    assert_snapshot!("authorize_pages", authorize("pages", &app));
    app.settings.insert("scopes".into(), "openid profile".into());
    assert!(authorize("member", &app).ends_with("scope=openid%20profile"));
}

#[test]
fn a_code_becomes_a_grant_with_its_name() {
    let ask = ExchangeAsk {
        variant: "member",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        now_ms: DUE_MS,
    };
    let app = App {
        client_id: "1".into(),
        ..App::default()
    };
    let token = ok(json!({"access_token": "AQX", "expires_in": 5_184_000, "scope": "openid,profile,w_member_social"}));
    let who = ok(json!({"sub": "Ab3dEf9hIj", "name": "Mia Keller"}));
    let (script, end) = driver::flow(|answers| Linkedin.exchange(&app, &ask, answers), &[token, who]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (PERSON, "Mia Keller"));
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 5_184_000_000));
    assert_eq!(granted.meta["renews"], false);
    assert_eq!(granted.scopes, ["openid", "profile", "w_member_social"]);
}

fn grant(variant: &str, renews: bool) -> GrantView {
    GrantView {
        variant: variant.into(),
        scopes: vec!["r_basicprofile".into()],
        subject: PERSON.into(),
        meta: json!({"renews": renews, "name": "Mia Keller"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn pages_without_the_role_are_shown_with_the_role_they_need() {
    let answers = [
        ok(json!({"id": "Ab3dEf9hIj", "localizedFirstName": "Mia", "localizedLastName": "Keller", "vanityName": "mia"})),
        ok(json!({"elements": [
            {"role": "ADMINISTRATOR", "state": "APPROVED", "organization": PAGE},
            {"role": "ANALYST", "state": "APPROVED", "organizationTarget": "urn:li:organization:5552"},
            {"role": "CONTENT_ADMIN", "state": "APPROVED", "organization": PAGE},
        ]})),
        ok(json!({"id": 5551, "localizedName": "Blue Café", "vanityName": "blue",
            "logoV2": {"original~": {"elements": [{"identifiers": [{"identifier": "https://media.example/l.png"}]}]}}})),
        answer(404, Value::Null),
        ok(json!({"id": 5552, "localizedName": "Red Café", "vanityName": "red"})),
    ];
    let (script, end) = driver::flow(
        |answers| Linkedin.accounts(&App::default(), &grant("pages", true), answers),
        &answers,
    );
    assert_snapshot!(script);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, &str, bool)> = accounts
        .iter()
        .map(|found| (found.name.as_str(), found.account.kind.as_str(), found.unusable.is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Mia Keller", "profile", false),
            ("Blue Café", "page", false),
            ("Red Café", "page", true)
        ]
    );
    assert_eq!(accounts[1].avatar_url.as_deref(), Some("https://media.example/l.png"));
}

#[test]
fn renewing_keeps_the_refresh_token_and_self_serve_apps_cannot() {
    let (_, end) = driver::flow(|answers| Linkedin.refresh(&App::default(), &grant("member", false), answers), &[]);
    assert_eq!(end.expect("an end").expect_err("no renewal").verdict, Verdict::Expired);
    let token = ok(json!({"access_token": "new", "expires_in": 60, "refresh_token_expires_in": 100}));
    let (script, end) = driver::flow(
        |answers| Linkedin.refresh(&App::default(), &grant("pages", true), answers),
        &[token],
    );
    assert!(script.contains("form refresh_token = <refresh>"), "{script}");
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets.keys().collect::<Vec<_>>(), ["access"]);
    assert_eq!(granted.meta["renews"], true);
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 100_000));
}

#[test]
fn verifying_tells_expired_from_revoked_from_a_lost_role() {
    let page = account("pages", PAGE, "page");
    let verify = |answers: &[Answer]| {
        driver::flow(
            |answers| Linkedin.verify(&App::default(), &grant("pages", true), &page, answers),
            answers,
        )
        .1
        .expect("an end")
    };
    let active = || ok(json!({"active": true, "status": "active", "scope": "a,b"}));
    let roles = |organization: &str| ok(json!({"elements": [{"role": "ADMINISTRATOR", "organization": organization}]}));
    for (status, verdict) in [("expired", Verdict::Expired), ("revoked", Verdict::Revoked)] {
        let fault = verify(&[ok(json!({"active": false, "status": status}))]).expect_err("ended");
        assert_eq!(fault.verdict, verdict);
    }
    let fault = verify(&[active(), roles("urn:li:organization:1")]).expect_err("no role");
    assert_eq!(fault.verdict, Verdict::MissingPermission);
    let health = verify(&[active(), roles(PAGE), ok(json!({"localizedName": "Blue Café"}))]).expect("well");
    assert_eq!(health.name.as_deref(), Some("Blue Café"));
    assert_eq!(health.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
}
