//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::x::X;
use postrider_provider::{Adapter, Answer, Body, Next, PartReceipt, Progress, Proof, Step};
use serde_json::{Value, json};

use super::{POST, appended, closed, created, described, on_profile, opened, refused, thread, uploaded, work};
use crate::driver::{DUE_MS, answer, gif, image, link, ok, play, resume, video};

const HOUR_MS: i64 = 3_600_000;

fn json_of(request: &postrider_provider::Request) -> &Value {
    match &request.body {
        Body::Json(value) => value,
        _ => panic!("{request:?} sends no JSON"),
    }
}

#[test]
fn a_text_is_one_call_and_its_first_comment_answers_it() {
    let mut post = on_profile(ContentType::Text, "Fresh bread\n\n#baking");
    post.content.first_comment = " Until noon ".into();
    assert_snapshot!(play(&X, &post, &[created(POST), created("1900000000000000124")]).script);
}

#[test]
fn a_link_stands_in_the_text_and_leftovers_of_another_type_are_not_sent() {
    let mut post = on_profile(ContentType::Link, "Read this\n\nhttps://a.example/bread");
    post.content.link = Some(link("https://a.example/bread"));
    post.media = vec![image(1)];
    post.content.poll = Some(poll());
    let played = play(&X, &post, &[created(POST)]);
    assert_eq!(played.requests.len(), 1);
    assert_eq!(
        json_of(&played.requests[0]),
        &json!({"text": "Read this\n\nhttps://a.example/bread"})
    );
}

#[test]
fn a_picture_is_uploaded_described_and_shown() {
    let mut post = on_profile(ContentType::Image, "");
    post.media = vec![image(1)];
    let mut answers = uploaded("1880000000000000001");
    answers.push(created(POST));
    assert_snapshot!(play(&X, &post, &answers).script);
}

#[test]
fn pictures_stand_in_their_order() {
    let mut post = on_profile(ContentType::Carousel, "Three");
    post.media = (1..=3).map(image).collect();
    post.media[1].alt_text = String::new();
    let mut answers = uploaded("11");
    answers.extend([opened("12"), appended(), closed("12")]);
    answers.extend(uploaded("13"));
    answers.push(created(POST));
    let played = play(&X, &post, &answers);
    let last = played.requests.last().expect("requests");
    assert_eq!(json_of(last), &json!({"text": "Three", "media": {"media_ids": ["11", "12", "13"]}}));
    let described = played
        .requests
        .iter()
        .filter(|request| request.url.ends_with("media/metadata"))
        .count();
    assert_eq!(described, 2, "a picture without words is not described");
}

#[test]
fn a_video_goes_in_segments_and_its_processing_is_waited_for() {
    let mut post = on_profile(ContentType::Video, "Kneading");
    post.media = vec![video(1, 9_000_000)];
    let answers = [
        opened("1"),
        appended(),
        appended(),
        appended(),
        work("1", json!({"state": "pending", "check_after_secs": 1})),
        work("1", json!({"state": "in_progress", "progress_percent": 40, "check_after_secs": 5})),
        work("1", json!({"state": "succeeded", "progress_percent": 100})),
        created(POST),
    ];
    assert_snapshot!(play(&X, &post, &answers).script);
}

#[test]
fn a_gif_is_worked_on_and_described() {
    let mut post = on_profile(ContentType::Gif, "Dance");
    post.media = vec![gif(1)];
    let answers = [
        opened("1"),
        appended(),
        work("1", json!({"state": "pending"})),
        work("1", json!({"state": "succeeded"})),
        described(),
        created(POST),
    ];
    let played = play(&X, &post, &answers);
    assert_eq!(json_of(&played.requests[0])["media_category"], "tweet_gif");
    assert!(played.requests[4].url.ends_with("media/metadata"), "{:?}", played.requests[4]);
}

fn poll() -> Poll {
    Poll {
        question: "Which?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        duration_minutes: 1_440,
    }
}

#[test]
fn a_poll_has_its_options_and_its_question_in_the_text() {
    let mut post = on_profile(ContentType::Poll, "Help us\n\nWhich?");
    post.content.poll = Some(poll());
    assert_snapshot!(play(&X, &post, &[created(POST)]).script);
}

#[test]
fn each_part_of_a_thread_answers_the_one_before_and_files_are_there_first() {
    let mut answers = uploaded("31");
    answers.extend(["21", "22", "23"].map(created));
    assert_snapshot!(play(&X, &thread(image(1)), &answers).script);
}

#[test]
fn a_thread_that_stopped_goes_on_where_it_stopped_with_its_file_uploaded_anew_if_it_is_old() {
    let mut post = thread(image(1));
    let mut answers = uploaded("31");
    answers.extend([created("21"), refused(503, "")]);
    let stopped = play(&X, &post, &answers);
    assert_eq!(stopped.fault.expect("a fault").proof, Proof::Ambiguous);
    let soon = resume(&X, &post, stopped.progress.clone(), &[created("22"), created("23")]);
    assert_eq!(soon.requests.len(), 2);
    assert_eq!(json_of(&soon.requests[0])["reply"], json!({"in_reply_to_tweet_id": "21"}));
    post.now_ms = DUE_MS + 21 * HOUR_MS;
    let mut again = uploaded("32");
    again.extend([created("22"), created("23")]);
    let late = resume(&X, &post, stopped.progress, &again);
    assert_eq!(json_of(&late.requests[4])["media"], json!({"media_ids": ["32"]}));
}

#[test]
fn settings_are_sent_as_they_are_switched() {
    let mut post = thread(image(1));
    post.parts[1].media.clear();
    post.settings
        .insert("reply_settings".into(), SettingValue::Text("mentionedUsers".into()));
    post.settings.insert("made_with_ai".into(), SettingValue::Switch(true));
    post.settings.insert("paid_partnership".into(), SettingValue::Switch(true));
    let played = play(&X, &post, &["21", "22", "23"].map(created));
    let root = json_of(&played.requests[0]);
    assert_eq!(
        root,
        &json!({"text": "First", "reply_settings": "mentionedUsers", "made_with_ai": true, "paid_partnership": true})
    );
    let answer = json_of(&played.requests[1]);
    assert_eq!((&answer["reply_settings"], &answer["made_with_ai"]), (&Value::Null, &json!(true)));
    post.settings.insert("made_with_ai".into(), SettingValue::Switch(false));
    post.settings.insert("paid_partnership".into(), SettingValue::Switch(false));
    post.settings.remove("reply_settings");
    assert_eq!(json_of(&play(&X, &post, &[]).requests[0]), &json!({"text": "First"}));
    let mut commented = on_profile(ContentType::Text, "Hi");
    commented.content.first_comment = "More".into();
    commented.settings.insert("paid_partnership".into(), SettingValue::Switch(true));
    let played = play(&X, &commented, &[created("21"), created("22")]);
    assert_eq!(json_of(&played.requests[1])["paid_partnership"], Value::Null);
}

#[test]
fn a_large_file_is_sent_in_segments_of_four_mebibytes() {
    let mut post = on_profile(ContentType::Video, "");
    post.media = vec![video(1, 512_000_000)];
    let mut answers = vec![opened("1")];
    answers.extend((0..123).map(|_| appended()));
    answers.push(closed("1"));
    answers.push(created(POST));
    let requests = play(&X, &post, &answers).requests;
    let ranges: Vec<_> = requests
        .iter()
        .filter_map(|request| match &request.body {
            Body::Multipart { files, .. } => files[0].bytes.range.clone(),
            _ => None,
        })
        .collect();
    assert_eq!((ranges.len(), ranges[0].clone(), ranges[122].end), (123, 0..4_194_304, 512_000_000));
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
}

#[test]
fn processing_that_fails_or_does_not_end_ends_the_delivery_before_anything_is_public() {
    let mut post = on_profile(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let failed = json!({"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": "Unsupported."}});
    let fault = play(&X, &post, &[opened("1"), appended(), work("1", failed)])
        .fault
        .expect("a fault");
    assert_eq!((fault.kind, fault.next.clone()), (FailureKind::Content, Next::Stop));
    assert!(fault.message.contains("Unsupported."), "{}", fault.message);
    let mut answers = vec![opened("1"), appended()];
    answers.extend((0..200).map(|_| work("1", json!({"state": "in_progress"}))));
    let played = play(&X, &post, &answers);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Outage, "x.processing"));
    let waits = played.script.lines().filter(|line| line.starts_with("wait")).count();
    assert!((60..130).contains(&waits), "{waits} looks in a quarter of an hour");
}

#[test]
fn a_file_that_x_does_not_know_any_more_begins_anew() {
    let mut post = on_profile(ContentType::Image, "");
    post.media = vec![image(1)];
    let gone: Answer = answer(
        404,
        json!({"title": "Not Found Error", "type": "https://api.x.com/2/problems/resource-not-found"}),
    );
    let fault = play(&X, &post, &[opened("1"), gone]).fault.expect("a fault");
    assert_eq!(fault.next, Next::Restart);
    let mut answers = uploaded("1");
    answers.push(refused(400, "Your media IDs are invalid."));
    let fault = play(&X, &post, &answers).fault.expect("a fault");
    assert_eq!((fault.next, fault.proof), (Next::Restart, Proof::NotPublished));
}

#[test]
fn a_first_comment_that_is_refused_is_a_warning_and_one_in_doubt_is_not() {
    let mut post = on_profile(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let played = play(
        &X,
        &post,
        &[created(POST), refused(403, "You are not permitted to perform this action.")],
    );
    let Some(Step::Done(receipt)) = played.last else {
        panic!("not done")
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment is not")));
    for doubtful in [
        refused(500, ""),
        refused(403, "You are not allowed to create a Tweet with duplicate content."),
    ] {
        let fault = play(&X, &post, &[created(POST), doubtful]).fault.expect("a fault");
        assert_eq!(fault.proof, Proof::Ambiguous);
    }
}

#[test]
fn an_answer_without_the_posts_id_may_stand() {
    let post = on_profile(ContentType::Text, "Hi");
    for unreadable in [ok(json!({})), ok(json!({"errors": []})), ok(json!("made"))] {
        let fault = play(&X, &post, &[unreadable]).fault.expect("a fault");
        assert_eq!((fault.code.as_str(), fault.proof), ("x.unreadable", Proof::Ambiguous));
    }
}

#[test]
fn a_protected_account_says_who_sees_the_post() {
    let mut post = on_profile(ContentType::Text, "Hi");
    let kept = |post: &postrider_provider::Job| match play(&X, post, &[created(POST)]).last {
        Some(Step::Done(receipt)) => receipt.kept_private,
        other => panic!("not done: {other:?}"),
    };
    assert_eq!(kept(&post), None);
    post.account.meta = json!({"protected": true});
    assert!(kept(&post).is_some_and(|why| why.contains("followers")));
}

#[test]
fn what_x_has_no_way_for_is_refused_unsent() {
    for content_type in [ContentType::Reel, ContentType::Story, ContentType::Document] {
        let mut post = on_profile(content_type, "x");
        post.media = vec![image(1)];
        let Step::Fail(fault) = X.next(&post, &Progress::default()) else {
            panic!("{content_type} is sent");
        };
        assert_eq!(fault.code, "x.content_type");
    }
    let mut hollow = thread(image(1));
    hollow.parts[2].text = "  ".into();
    for empty in [on_profile(ContentType::Text, " "), on_profile(ContentType::Thread, "x"), hollow] {
        assert_eq!(play(&X, &empty, &[]).fault.expect("a fault").code, "x.empty");
    }
}

#[test]
fn a_part_whose_id_nobody_knows_stops_its_thread_and_an_address_names_it() {
    let post = thread(image(1));
    let mut answers = uploaded("31");
    answers.push(refused(503, ""));
    let progress = play(&X, &post, &answers).progress;
    let nameless = X.adopt(&post, &progress, Part::Root, &PartReceipt::default());
    let Step::Fail(fault) = X.next(&post, &nameless) else {
        panic!("goes on")
    };
    assert_eq!(fault.code, "x.part_unnamed");
    let said = PartReceipt {
        external_id: None,
        permalink: Some("https://x.com/acme/status/21?s=20".into()),
    };
    let named = X.adopt(&post, &progress, Part::Root, &said);
    let Step::Commit(commit) = X.next(&post, &named) else {
        panic!("does not go on")
    };
    assert_eq!(json_of(&commit.request)["reply"], json!({"in_reply_to_tweet_id": "21"}));
    assert!(X.discard(&post, &named).is_empty());
}
