//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::{ContentType, Poll};
use postrider_networks::linkedin::Linkedin;
use postrider_provider::{Answer, Next, Step};
use serde_json::{Value, json};

use super::{PERSON, SHARE, account, available, created, on_page, on_profile, opened, put, refused};
use crate::driver::{answer, document, gif, image, link, ok, play, video, with_header};

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
