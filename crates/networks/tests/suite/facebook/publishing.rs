//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::{ContentType, Mode};
use postrider_networks::facebook::Facebook;
use postrider_provider::{Adapter, Answer, Progress, Step};
use serde_json::json;

use super::{POST, address, made, on_page, refused, status, success};
use crate::driver::{DUE_MS, answer, image, link, ok, play, resume, video};

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
    let calls: Vec<String> = Facebook
        .discard(&post, &staged.progress)
        .iter()
        .map(crate::driver::written)
        .collect();
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
