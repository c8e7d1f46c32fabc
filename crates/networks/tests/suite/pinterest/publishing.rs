//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::pinterest::Pinterest;
use postrider_provider::{Adapter, Auth, Next, Progress, Proof, Step, Waiting};
use serde_json::json;

use super::{created, media, on_board, refused, registered, stored};
use crate::driver::{DUE_MS, answer, gif, image, link, ok, play, resume, video};

#[test]
fn a_picture_is_fetched_by_pinterest_and_says_what_it_shows() {
    let mut post = on_board(ContentType::Image, "Fresh bread\n\n#baking");
    post.content.title = "Rye".into();
    post.media = vec![image(1)];
    assert_snapshot!(play(&Pinterest, &post, &[created()]).script);
}

#[test]
fn a_gif_is_fetched_as_it_is() {
    let mut post = on_board(ContentType::Gif, "");
    post.media = vec![gif(1)];
    assert_snapshot!(play(&Pinterest, &post, &[created()]).script);
}

#[test]
fn several_pictures_are_one_carousel_without_descriptions_of_their_own() {
    let mut post = on_board(ContentType::Carousel, "Three");
    post.media = (1..=3).map(image).collect();
    assert_snapshot!(play(&Pinterest, &post, &[created()]).script);
}

#[test]
fn a_link_is_where_the_pin_leads() {
    let mut post = on_board(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    post.media = vec![image(1)];
    assert_snapshot!(play(&Pinterest, &post, &[created()]).script);
    post.content.content_type = ContentType::Image;
    let script = play(&Pinterest, &post, &[created()]).script;
    assert!(!script.contains("a.example"), "a leftover of another type is sent: {script}");
}

#[test]
fn a_video_is_registered_sent_as_one_form_and_waited_for() {
    let mut post = on_board(ContentType::Video, "Kneading");
    post.content.title = "How we knead".into();
    post.media = vec![video(1, 5_000_000)];
    let answers = [
        registered(),
        stored(),
        media("registered"),
        media("processing"),
        media("succeeded"),
        created(),
    ];
    let played = play(&Pinterest, &post, &answers);
    assert_snapshot!(played.script);
    let upload = &played.requests[1];
    assert_eq!(upload.auth, Auth::None, "the storage must not be told who asks");
    assert_eq!(upload.budget_ms, 300_000);
    let kept = played.progress.0.to_string();
    assert!(
        !kept.contains("x-amz") && !kept.contains("amazonaws"),
        "what the storage asked for is kept: {kept}"
    );
}

#[test]
fn a_large_video_is_given_the_time_that_it_takes() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 2_000_000_000)];
    let upload = &play(&Pinterest, &post, &[registered()]).requests[1];
    assert_eq!(upload.budget_ms, 2_000_000);
}

#[test]
fn a_video_is_looked_at_less_often_and_given_up_after_half_an_hour() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let mut answers = vec![registered(), stored()];
    answers.extend((0..100).map(|_| media("processing")));
    let played = play(&Pinterest, &post, &answers);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Outage, "pinterest.processing"));
    let waits: Vec<&str> = played.script.lines().filter(|line| line.starts_with("wait")).take(6).collect();
    let expected = [5_000, 10_000, 20_000, 40_000, 60_000, 60_000].map(|ms| format!("wait {ms} ms: Processing"));
    assert_eq!(waits, expected);
    let waiting = played.script.lines().filter(|line| line.starts_with("wait")).count();
    assert!((30..40).contains(&waiting), "{waiting} looks in half an hour");
}

#[test]
fn a_video_that_fails_ends_the_delivery_before_anything_is_public() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let fault = play(&Pinterest, &post, &[registered(), stored(), media("failed")])
        .fault
        .expect("a fault");
    assert_eq!((fault.kind, fault.next), (FailureKind::Content, Next::Stop));
}

#[test]
fn an_upload_whose_policy_ran_out_begins_anew_and_one_that_is_too_large_does_not() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let xml = |status: u16, code: &str| {
        let mut refused = answer(status, json!(null));
        refused.body = format!("<Error><Code>{code}</Code><Message>x</Message></Error>").into();
        refused
    };
    for (refused, next) in [
        (xml(403, "AccessDenied"), Next::Restart),
        (xml(400, "EntityTooLarge"), Next::Stop),
        (xml(503, "SlowDown"), Next::Repeat { at_ms: None }),
    ] {
        let fault = play(&Pinterest, &post, &[registered(), refused]).fault.expect("a fault");
        assert_eq!(fault.next, next, "{fault:?}");
    }
}

#[test]
fn a_wait_is_for_the_network_and_ends_at_its_instant() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let played = play(&Pinterest, &post, &[registered(), stored(), media("processing")]);
    post.now_ms = DUE_MS + 1;
    let Step::Wait { until_ms, why } = Pinterest.next(&post, &played.progress) else {
        panic!("no wait");
    };
    assert_eq!((until_ms, why), (DUE_MS + 5_000, Waiting::Processing));
    post.now_ms = until_ms;
    let script = resume(&Pinterest, &post, played.progress, &[media("succeeded"), created()]).script;
    assert!(script.contains("COMMIT root") && script.contains("match=12345"), "{script}");
}

#[test]
fn an_answer_without_the_pins_id_may_stand() {
    let mut post = on_board(ContentType::Image, "One");
    post.media = vec![image(1)];
    for unreadable in [ok(json!({})), ok(json!("made"))] {
        let fault = play(&Pinterest, &post, &[unreadable]).fault.expect("a fault");
        assert_eq!((fault.code.as_str(), fault.proof), ("pinterest.unreadable", Proof::Ambiguous));
    }
}

#[test]
fn an_app_with_trial_access_says_that_nobody_else_sees_the_pin() {
    let mut post = on_board(ContentType::Image, "One");
    post.media = vec![image(1)];
    let Some(Step::Done(receipt)) = play(&Pinterest, &post, &[created()]).last else {
        panic!("not done");
    };
    assert_eq!(receipt.kept_private, None);
    post.app.settings.insert("access".into(), "trial".into());
    let Some(Step::Done(receipt)) = play(&Pinterest, &post, &[created()]).last else {
        panic!("not done");
    };
    assert!(receipt.kept_private.is_some_and(|why| why.contains("trial access")));
}

#[test]
fn what_pinterest_has_no_way_for_is_refused_unsent() {
    for content_type in [
        ContentType::Text,
        ContentType::Reel,
        ContentType::Story,
        ContentType::Document,
        ContentType::Poll,
        ContentType::Thread,
    ] {
        let mut post = on_board(content_type, "x");
        post.media = vec![image(1)];
        let Step::Fail(fault) = Pinterest.next(&post, &Progress::default()) else {
            panic!("{content_type} is sent");
        };
        assert_eq!(fault.code, "pinterest.content_type");
    }
    let fault = play(&Pinterest, &on_board(ContentType::Image, "x"), &[]).fault.expect("a fault");
    assert_eq!(fault.code, "pinterest.no_media");
}

#[test]
fn nothing_is_made_before_the_one_call_that_makes_the_pin() {
    let mut post = on_board(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let played = play(&Pinterest, &post, &[registered(), stored(), media("succeeded"), created()]);
    assert_eq!(played.script.matches("COMMIT").count(), 1);
    assert!(Pinterest.discard(&post, &played.progress).is_empty());
    let again = play(
        &Pinterest,
        &post,
        &[registered(), stored(), media("succeeded"), refused(500, 0, "")],
    );
    assert_eq!(again.fault.expect("a fault").proof, Proof::Ambiguous);
}
