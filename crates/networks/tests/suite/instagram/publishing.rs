//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::instagram::Instagram;
use postrider_provider::{Next, Proof};
use serde_json::json;

use super::{address, at, by_instagram, made, on, refused, room};
use crate::driver::{DUE_MS, image, link, ok, play, resume, video};

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
