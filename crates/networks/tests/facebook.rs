//! Facebook Pages: the exact requests per content type, its refusals, and how a lost answer is resolved.

mod driver;

use driver::{DUE_MS, answer, image, intent, job, link, ok, play, probe, resume, video, with_header};
use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Mode};
use postrider_networks::facebook::Facebook;
use postrider_provider::{
    Account, Adapter, Answer, App, AuthorizeAsk, Evidence, ExchangeAsk, Finding, GrantView, Job, Next, PartReceipt, Probe, Progress, Proof,
    Step, Verdict,
};
use serde_json::{Value, json};

const PAGE: &str = "1122334455";
const POST: &str = "1122334455_900100200";

fn on_page(content_type: ContentType, text: &str) -> Job {
    Job {
        text: text.into(),
        ..job(
            content_type,
            Account {
                external_id: PAGE.into(),
                handle: "bluecafe".into(),
                kind: "page".into(),
                variant: "facebook_login".into(),
                meta: json!({}),
            },
        )
    }
}

fn made(id: &str) -> Answer {
    ok(json!({"id": id}))
}

fn success() -> Answer {
    ok(json!({"success": true}))
}

fn address() -> Answer {
    ok(json!({"is_published": true, "permalink_url": "https://www.facebook.com/bluecafe/posts/1", "id": POST}))
}

fn refused(code: i64, sub: i64) -> Answer {
    answer(
        400,
        json!({"error": {"message": "(#x) no", "type": "OAuthException", "code": code, "error_subcode": sub}}),
    )
}

fn status(video_status: &str, publish_status: &str) -> Answer {
    ok(json!({
        "status": {
            "video_status": video_status,
            "uploading_phase": {"status": "complete"},
            "processing_phase": {"status": if video_status == "ready" { "complete" } else { "in_progress" }},
            "publishing_phase": {"status": if publish_status == "published" { "complete" } else { "not_started" }, "publish_status": publish_status}
        },
        "published": publish_status == "published",
        "permalink_url": "/reel/777/",
        "id": "777"
    }))
}

#[test]
fn a_text_is_made_unpublished_and_then_published_by_its_id() {
    let mut post = on_page(ContentType::Text, "Fresh bread");
    post.content.first_comment = "The recipe".into();
    assert_snapshot!(play(&Facebook, &post, &[made(POST), success(), address(), made("900100200_777")]).script);
}

#[test]
fn ahead_of_time_the_post_waits_for_the_last_two_minutes() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    post.now_ms = DUE_MS - 3_600_000;
    let played = play(&Facebook, &post, &[made("p1")]);
    assert!(played.script.contains("wait 3480000 ms: Window"), "{}", played.script);
    assert!(
        played.script.ends_with("form attached_media = [{\"media_fbid\":\"p1\"}]\n"),
        "{}",
        played.script
    );
}

#[test]
fn one_photo_and_several_are_attached_to_one_post() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    assert_snapshot!(
        "image",
        play(&Facebook, &post, &[made("p1"), made(POST), success(), address()]).script
    );
    post.content.content_type = ContentType::Carousel;
    post.media = (1..=3).map(image).collect();
    let answers = [made("p1"), made("p2"), made("p3"), made(POST), success(), address()];
    assert_snapshot!("carousel", play(&Facebook, &post, &answers).script);
}

#[test]
fn a_link_is_named_and_its_media_left_out() {
    let mut post = on_page(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    post.media = vec![image(1)];
    assert_snapshot!(play(&Facebook, &post, &[made(POST), success(), address()]).script);
}

fn opened() -> Answer {
    ok(json!({"upload_session_id": "s1", "video_id": "777", "start_offset": "0", "end_offset": "1048576"}))
}

fn pieces() -> [Answer; 3] {
    [
        opened(),
        ok(json!({"start_offset": "1048576", "end_offset": "1500000"})),
        ok(json!({"start_offset": "1500000", "end_offset": "1500000"})),
    ]
}

#[test]
fn a_video_is_put_in_pieces_processed_and_then_published() {
    for (content_type, name) in [(ContentType::Video, "video"), (ContentType::Gif, "gif")] {
        let mut post = on_page(content_type, "Moving");
        post.content.title = "Kneading".into();
        post.media = vec![video(1, 1_500_000)];
        let mut answers = Vec::from(pieces());
        answers.extend([
            success(),
            status("processing", "draft"),
            status("ready", "draft"),
            success(),
            status("ready", "published"),
        ]);
        let played = play(&Facebook, &post, &answers);
        if content_type == ContentType::Video {
            assert_snapshot!(name, played.script);
        }
        assert!(matches!(played.last, Some(Step::Done(_))), "{}", played.script);
    }
}

#[test]
fn a_reel_is_sent_to_the_named_address_finished_and_confirmed() {
    let mut post = on_page(ContentType::Reel, "Short");
    post.media = vec![video(1, 1_500_000)];
    let answers = [
        ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"})),
        success(),
        success(),
        status("processing", "draft"),
        status("ready", "published"),
    ];
    assert_snapshot!(play(&Facebook, &post, &answers).script);
}

#[test]
fn a_reel_that_cannot_be_processed_says_why() {
    let mut post = on_page(ContentType::Reel, "Short");
    post.media = vec![video(1, 1_500_000)];
    let failed = ok(json!({"status": {"video_status": "processing", "processing_phase": {
        "status": "error", "errors": [{"code": 1_363_128, "message": "The video's duration is not supported."}]}}}));
    let answers = [
        ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"})),
        success(),
        success(),
        failed,
    ];
    let fault = play(&Facebook, &post, &answers).fault.expect("a fault");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Content, "facebook.reel_duration"));
}

#[test]
fn stories_are_a_photo_or_a_video_without_words() {
    let mut post = on_page(ContentType::Story, "");
    post.content.first_comment = "never sent".into();
    post.media = vec![image(1)];
    let published = || ok(json!({"success": true, "post_id": "1234"}));
    let list = |media: &str| {
        ok(json!({"data": [
        {"post_id": "9", "media_id": "other", "url": "https://facebook.com/stories/other"},
        {"post_id": "1234", "media_id": media, "url": "https://facebook.com/stories/ours"}]}))
    };
    assert_snapshot!("photo_story", play(&Facebook, &post, &[made("p1"), published(), list("p1")]).script);
    post.media = vec![video(1, 1_500_000)];
    let opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    assert_snapshot!(
        "video_story",
        play(&Facebook, &post, &[opened, success(), published(), list("777")]).script
    );
}

#[test]
fn drafts_are_made_and_nothing_is_published() {
    let mut text = on_page(ContentType::Text, "Later");
    text.mode = Mode::Draft;
    let mut carousel = on_page(ContentType::Carousel, "Later");
    carousel.mode = Mode::Draft;
    carousel.media = (1..=2).map(image).collect();
    let mut moving = on_page(ContentType::Video, "Later");
    moving.mode = Mode::Draft;
    moving.media = vec![video(1, 1_500_000)];
    let mut reel = on_page(ContentType::Reel, "Later");
    reel.mode = Mode::Draft;
    reel.media = vec![video(1, 1_500_000)];
    let reel_opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    let mut of_video = Vec::from(pieces());
    of_video.push(success());
    for (name, post, answers) in [
        ("draft_text", text, vec![made(POST)]),
        ("draft_carousel", carousel, vec![made("p1"), made("p2"), made(POST)]),
        ("draft_video", moving, of_video),
        ("draft_reel", reel, vec![reel_opened, success(), success()]),
    ] {
        let played = play(&Facebook, &post, &answers);
        assert!(
            !played.script.contains("published = true") && !played.script.contains("PUBLISHED"),
            "{}",
            played.script
        );
        assert_snapshot!(name, played.script);
    }
}

#[test]
fn what_was_staged_a_day_ago_is_staged_anew() {
    let mut post = on_page(ContentType::Image, "One");
    post.media = vec![image(1)];
    let staged = play(&Facebook, &post, &[made("p1"), made(POST)]);
    assert!(matches!(staged.last, Some(Step::Commit(_))));
    post.now_ms += 20 * 3_600_000 + 1;
    let again = resume(&Facebook, &post, staged.progress, &[]);
    assert!(again.script.contains("upload photo 1"), "{}", again.script);
}

#[test]
fn discarding_removes_what_nobody_saw_and_never_what_stands() {
    let mut post = on_page(ContentType::Carousel, "Two");
    post.media = (1..=2).map(image).collect();
    let staged = play(&Facebook, &post, &[made("p1"), made("p2"), made(POST)]);
    let calls: Vec<String> = Facebook.discard(&post, &staged.progress).iter().map(driver::written).collect();
    assert_snapshot!(calls.join(""));
    let published = play(&Facebook, &post, &[made("p1"), made("p2"), made(POST), success()]);
    assert!(Facebook.discard(&post, &published.progress).is_empty());
    assert!(Facebook.discard(&post, &Progress::default()).is_empty());
}

#[test]
fn what_facebook_does_not_know_any_more_needs_no_removing() {
    assert!(Facebook.gone(&refused(100, 33)));
    assert!(Facebook.gone(&answer(404, json!({}))));
    for stays in [
        refused(100, 0),
        refused(190, 463),
        refused(10, 0),
        refused(2, 33),
        answer(500, json!({})),
    ] {
        assert!(!Facebook.gone(&stays), "{stays:?}");
    }
}

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

fn found(id: &str, permalink: &str) -> Probe {
    Probe::Finding(Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(permalink.into()),
    }))
}

#[test]
fn the_post_itself_tells_whether_it_was_published() {
    let post = on_page(ContentType::Text, "Hi");
    let stopped = play(&Facebook, &post, &[made(POST)]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.evidence, commit.key.as_str()), (Evidence::Fenced, POST));
    let intent = intent(stopped.last.as_ref());
    let look = |answer| probe(&Facebook, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(look(address()), found(POST, "https://www.facebook.com/bluecafe/posts/1"));
    assert_eq!(look(ok(json!({"is_published": false}))), Probe::Finding(Finding::AbsentByFence));
    for answer in [refused(100, 33), refused(190, 0), answer(500, Value::Null), ok(json!({}))] {
        assert!(matches!(look(answer), Probe::Finding(Finding::Unknown(_))));
    }
    assert!(matches!(look(refused(190, 463)), Probe::Finding(Finding::NoAccess(_))));
    let adopted = Facebook.adopt(
        &post,
        &stopped.progress,
        Part::Root,
        &PartReceipt {
            external_id: Some(POST.into()),
            permalink: None,
        },
    );
    let ended = resume(&Facebook, &post, adopted, &[address()]);
    assert!(matches!(ended.last, Some(Step::Done(_))), "{}", ended.script);
}

#[test]
fn a_video_a_reel_and_a_story_tell_whether_they_stand() {
    let mut post = on_page(ContentType::Reel, "Short");
    post.media = vec![video(1, 1_500_000)];
    let opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    let stopped = play(&Facebook, &post, &[opened.clone(), success()]);
    let lost = intent(stopped.last.as_ref());
    let look = |answer| probe(&Facebook, &post, &stopped.progress, &lost, &[answer]).1;
    assert_eq!(
        look(status("processing", "published")),
        found("777", "https://www.facebook.com/reel/777/")
    );
    assert_eq!(look(status("processing", "draft")), Probe::Finding(Finding::AbsentByFence));
    let nothing = look(ok(json!({"id": "777"})));
    assert!(matches!(nothing, Probe::Finding(Finding::Unknown(_))), "{nothing:?}");

    post.content.content_type = ContentType::Story;
    let stopped = play(&Facebook, &post, &[opened, success()]);
    let lost = intent(stopped.last.as_ref());
    let stories = |media: &str| ok(json!({"data": [{"post_id": "1234", "media_id": media, "url": "https://facebook.com/stories/1"}]}));
    let look = |answer| probe(&Facebook, &post, &stopped.progress, &lost, &[answer]).1;
    assert_eq!(look(stories("777")), found("1234", "https://facebook.com/stories/1"));
    assert_eq!(look(stories("778")), Probe::Finding(Finding::AbsentInList));
    assert_eq!(look(ok(json!({"data": []}))), Probe::Finding(Finding::AbsentInList));
    for malformed in [json!({}), json!({"data": [{"post_id": "1234"}]})] {
        let end = look(ok(malformed.clone()));
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{malformed}: {end:?}");
    }
}

#[test]
fn a_draft_without_an_answer_is_for_a_person() {
    let mut post = on_page(ContentType::Text, "Later");
    post.mode = Mode::Draft;
    let stopped = play(&Facebook, &post, &[]);
    assert!(matches!(&stopped.last, Some(Step::Commit(commit)) if commit.evidence == Evidence::None));
    let (_, end) = probe(&Facebook, &post, &stopped.progress, &intent(stopped.last.as_ref()), &[]);
    assert!(matches!(end, Probe::Finding(Finding::Unreadable(_))));
}

#[test]
fn a_reel_drafted_without_an_answer_is_for_a_person() {
    let mut post = on_page(ContentType::Reel, "Later");
    post.media = vec![video(1, 1_500_000)];
    post.mode = Mode::Draft;
    let opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    let stopped = play(&Facebook, &post, &[opened, success()]);
    assert!(matches!(&stopped.last, Some(Step::Commit(commit)) if commit.evidence == Evidence::Fenced));
    let (_, end) = probe(&Facebook, &post, &stopped.progress, &intent(stopped.last.as_ref()), &[]);
    assert!(
        matches!(end, Probe::Finding(Finding::Unreadable(_))),
        "what was uploaded reads as a draft too: {end:?}"
    );
}

#[test]
fn a_comment_is_found_by_its_words_and_its_loss_is_a_warning() {
    let mut post = on_page(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let stopped = play(&Facebook, &post, &[made(POST), success(), address()]);
    let lost = intent(stopped.last.as_ref());
    assert_eq!(lost.part, Part::FirstComment);
    let comments = |text: &str, from: &str| ok(json!({"data": [{"id": "c1", "message": text, "from": {"id": from}}]}));
    let look = |answer| probe(&Facebook, &post, &stopped.progress, &lost, &[answer]).1;
    assert!(matches!(look(comments("More", PAGE)), Probe::Finding(Finding::Found(_))));
    assert_eq!(look(comments("More", "somebody")), Probe::Finding(Finding::AbsentInList));
    assert_eq!(look(comments("Else", PAGE)), Probe::Finding(Finding::AbsentInList));
    let more = json!({"next": "https://graph.facebook.com/", "cursors": {"after": "M2"}});
    let busy = ok(json!({"data": [{"id": "c0", "message": "Nice", "from": {"id": "1"}}], "paging": more}));
    let look = |answers: &[Answer]| Facebook.probe(&post, &stopped.progress, &lost, answers);
    let Probe::Call(next) = look(std::slice::from_ref(&busy)) else {
        panic!("a list that goes on says nothing yet");
    };
    assert!(next.query.iter().any(|(name, value)| name == "after" && *value == "M2".into()));
    assert!(matches!(
        look(&[busy.clone(), comments("More", PAGE)]),
        Probe::Finding(Finding::Found(_))
    ));
    assert_eq!(look(&[busy.clone(), comments("Else", PAGE)]), Probe::Finding(Finding::AbsentInList));
    assert!(matches!(look(&vec![busy; 10]), Probe::Finding(Finding::Unknown(_))));
    let ended = play(&Facebook, &post, &[made(POST), success(), address(), refused(200, 0)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment")));
}

#[test]
fn a_post_whose_address_cannot_be_read_stands_all_the_same() {
    let post = on_page(ContentType::Text, "Hi");
    let ended = play(&Facebook, &post, &[made(POST), success(), refused(100, 33)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert_eq!(receipt.external_id.as_deref(), Some(POST));
}

#[test]
fn the_dialog_asks_for_permissions_or_a_configuration() {
    let ask = AuthorizeAsk {
        variant: "facebook_login",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: true,
    };
    let mut app = App {
        client_id: "4711".into(),
        ..App::default()
    };
    assert_snapshot!(Facebook.authorize(&app, &ask).expect("an address"));
    app.settings.insert("config_id".into(), "99".into());
    let address = Facebook.authorize(&app, &ask).expect("an address");
    assert!(address.contains("config_id=99") && !address.contains("scope="), "{address}");
}

#[test]
fn a_code_becomes_a_long_token_with_what_was_granted() {
    let ask = ExchangeAsk {
        variant: "facebook_login",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        now_ms: DUE_MS,
    };
    let answers = [
        ok(json!({"access_token": "short", "token_type": "bearer", "expires_in": 5_000})),
        ok(json!({"access_token": "long", "token_type": "bearer"})),
        ok(json!({"id": "9", "name": "Mia Keller"})),
        ok(
            json!({"data": [{"permission": "pages_manage_posts", "status": "granted"}, {"permission": "read_insights", "status": "declined"}]}),
        ),
    ];
    let app = App {
        client_id: "4711".into(),
        ..App::default()
    };
    let (script, end) = driver::flow(|answers| Facebook.exchange(&app, &ask, answers), &answers);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.scopes, ["pages_manage_posts"]);
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 60 * 86_400_000));
    assert_eq!(granted.meta["data_access_ends_at_ms"], DUE_MS + 90 * 86_400_000);
    let wrong = answer(
        400,
        json!({"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": 1}}),
    );
    let (_, end) = driver::flow(|answers| Facebook.exchange(&app, &ask, answers), &[wrong]);
    let fault = end.expect("an end").expect_err("a refusal");
    assert_eq!(
        fault.code, "facebook.app_secret_wrong",
        "no outage, although its code is that of one"
    );
}

fn grant(scopes: &[&str]) -> GrantView {
    GrantView {
        variant: "facebook_login".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        subject: "9".into(),
        meta: json!({"name": "Mia Keller", "data_access_ends_at_ms": 5}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn pages_are_found_by_role_and_through_businesses_each_once() {
    let page = |id: &str, tasks: &[&str]| json!({"id": id, "name": format!("Page {id}"), "tasks": tasks, "access_token": format!("t{id}"), "category": "Cafe"});
    let answers = [
        ok(
            json!({"data": [page("1", &["CREATE_CONTENT"])], "paging": {"cursors": {"after": "M"}, "next": "https://graph.facebook.com/next?access_token=x"}}),
        ),
        ok(json!({"data": [page("2", &["ANALYZE"])], "paging": {"cursors": {"after": "N"}}})),
        ok(json!({"data": [{"id": "b1"}]})),
        ok(json!({"data": [page("1", &["CREATE_CONTENT"]), page("3", &["CREATE_CONTENT"])]})),
        ok(json!({"data": [{"id": "4", "name": "Page 4", "tasks": ["CREATE_CONTENT"]}]})),
    ];
    let (script, end) = driver::flow(
        |answers| Facebook.accounts(&App::default(), &grant(&["business_management"]), answers),
        &answers,
    );
    assert_snapshot!(script);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, bool, usize)> = accounts
        .iter()
        .map(|found| (found.account.external_id.as_str(), found.unusable.is_some(), found.secrets.len()))
        .collect();
    assert_eq!(seen, [("1", false, 1), ("2", true, 1), ("3", false, 1), ("4", true, 0)]);
}

#[test]
fn verifying_reads_the_page_and_what_is_granted() {
    let account = on_page(ContentType::Text, "").account;
    let verify = |answers: &[Answer]| {
        driver::flow(|answers| Facebook.verify(&App::default(), &grant(&[]), &account, answers), answers)
            .1
            .expect("an end")
    };
    let page = || ok(json!({"id": PAGE, "name": "Blue Café", "picture": {"data": {"url": "https://scontent.example/p.jpg"}}}));
    let permissions = |name: &str| ok(json!({"data": [{"permission": name, "status": "granted"}]}));
    let health = verify(&[page(), permissions("pages_manage_posts")]).expect("well");
    assert_eq!(health.name.as_deref(), Some("Blue Café"));
    assert_eq!(health.data_access_ends_at_ms, Some(5));
    assert_eq!(
        verify(&[page(), permissions("other")]).expect_err("missing").verdict,
        Verdict::MissingPermission
    );
    assert_eq!(verify(&[refused(190, 460)]).expect_err("revoked").verdict, Verdict::Revoked);
}

#[test]
fn renewing_lengthens_the_long_token_and_revoking_removes_the_app() {
    let (script, end) = driver::flow(
        |answers| Facebook.refresh(&App::default(), &grant(&["pages_manage_posts"]), answers),
        &[ok(json!({"access_token": "longer", "expires_in": 5_184_000}))],
    );
    assert!(script.contains("fb_exchange_token = <access>"), "{script}");
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.scopes, ["pages_manage_posts"]);
    assert_eq!(granted.meta["data_access_ends_at_ms"], 5, "renewing is no sign-in");
    let revoke = Facebook.revoke(&App::default(), &grant(&[])).expect("a call");
    assert!(driver::written(&revoke).contains("https://graph.facebook.com/v25.0/9/permissions"));
}
