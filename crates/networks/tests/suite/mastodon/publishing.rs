//! What is sent for each content type.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::mastodon::Mastodon;
use postrider_provider::{Adapter, Answer, Job, JobPart, Next, PartReceipt, Progress, Receipt, Request, Step};
use serde_json::{Value, json};

use super::{POST, accepted, on, posted, refused, status, uploaded, working};
use crate::driver::{DUE_MS, answer, gif, image, ok, play, resume, video, written};

fn set(post: &mut Job, settings: &[(&str, SettingValue)]) {
    post.settings = settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
}

fn said(text: &str) -> SettingValue {
    SettingValue::Text(text.into())
}

fn bodies(requests: &[Request]) -> Vec<Value> {
    let json = |request: &Request| match &request.body {
        postrider_provider::Body::Json(body) => Some(body.clone()),
        _ => None,
    };
    requests.iter().filter_map(json).collect()
}

fn done(last: Option<Step>) -> Receipt {
    match last {
        Some(Step::Done(receipt)) => receipt,
        other => panic!("not done: {other:?}"),
    }
}

fn thread(parts: &[(&str, usize)]) -> Job {
    let mut post = on(ContentType::Thread, "");
    let mut number = 0;
    for (text, files) in parts {
        let media = (0..*files).map(|_| {
            number += 1;
            image(number)
        });
        post.parts.push(JobPart {
            text: (*text).into(),
            media: media.collect(),
        });
    }
    post
}

#[test]
fn words_and_a_link_are_one_call_under_a_key() {
    let post = on(ContentType::Link, "Fresh bread\n\nhttps://a.example/bread\n\n#baking");
    assert_snapshot!(play(&Mastodon, &post, &[posted(POST)]).script);
}

#[test]
fn pictures_are_sent_one_by_one_with_what_they_show() {
    let mut post = on(ContentType::Carousel, "Two");
    post.media = vec![image(1), image(2)];
    post.media[1].alt_text.clear();
    let answers = [uploaded("21"), uploaded("22"), posted(POST)];
    assert_snapshot!(play(&Mastodon, &post, &answers).script);
}

#[test]
fn a_video_is_waited_for_before_it_is_posted() {
    let mut post = on(ContentType::Video, "Kneading");
    post.media = vec![video(1, 5_000_000)];
    let answers = [accepted("31"), working("31"), working("31"), uploaded("31"), posted(POST)];
    let played = play(&Mastodon, &post, &answers);
    assert_snapshot!(played.script);
    assert_eq!(played.requests[0].budget_ms, 300_000);
    post.media = vec![video(1, 2_000_000_000)];
    assert_eq!(play(&Mastodon, &post, &[]).requests[0].budget_ms, 2_000_000);
}

#[test]
fn a_poll_stands_beside_the_words() {
    let mut post = on(ContentType::Poll, "Which bread?");
    post.content.poll = Some(Poll {
        question: "Which bread?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        duration_minutes: 1_440,
    });
    assert_snapshot!(play(&Mastodon, &post, &[posted(POST)]).script);
    post.content.content_type = ContentType::Text;
    let script = play(&Mastodon, &post, &[posted(POST)]).script;
    assert!(!script.contains("Rye"), "a leftover of another type is sent: {script}");
}

#[test]
fn each_part_of_a_thread_answers_the_one_before_and_only_the_first_is_in_the_timelines() {
    let mut post = thread(&[("One", 0), ("Two", 1), ("Three", 0)]);
    set(&mut post, &[("visibility", said("public"))]);
    post.content.first_comment = "A leftover of another type".into();
    let answers = [uploaded("41"), posted("1"), posted("2"), posted("3")];
    let played = play(&Mastodon, &post, &answers);
    assert_snapshot!(played.script);
    let keys: BTreeSet<&str> = played
        .script
        .lines()
        .filter_map(|line| line.split("key=").nth(1)?.split(' ').next())
        .collect();
    assert_eq!(keys.len(), 3, "one key per part: {keys:?}");
}

#[test]
fn a_first_comment_answers_the_post_and_stands_in_no_public_timeline() {
    let mut post = on(ContentType::Gif, "Moving");
    post.media = vec![gif(1)];
    post.content.first_comment = " More: https://a.example ".into();
    let answers = [accepted("51"), uploaded("51"), posted(POST), posted("114532002")];
    assert_snapshot!(play(&Mastodon, &post, &answers).script);
}

#[test]
fn what_the_person_chose_is_sent_and_what_was_not_chosen_is_the_accounts() {
    let mut post = on(ContentType::Image, "Hi");
    post.media = vec![image(1)];
    let sent = |post: &Job| bodies(&play(&Mastodon, post, &[uploaded("1"), posted(POST)]).requests).remove(0);
    assert_eq!(sent(&post), json!({"status": "Hi", "media_ids": ["1"]}));
    for sensitive in [true, false] {
        set(
            &mut post,
            &[
                ("visibility", said("unlisted")),
                ("content_warning", said(" Gluten ")),
                ("language", said("de")),
                ("sensitive", SettingValue::Switch(sensitive)),
            ],
        );
        assert_eq!(
            sent(&post),
            json!({
                "status": "Hi", "media_ids": ["1"], "visibility": "unlisted", "spoiler_text": "Gluten", "language": "de", "sensitive": sensitive,
            })
        );
    }
}

#[test]
fn answers_of_ours_are_as_narrow_as_the_post_and_never_wider() {
    let visibilities = |chosen: Option<&str>, answered: &str| {
        let mut post = thread(&[("One", 0), ("Two", 0)]);
        if let Some(chosen) = chosen {
            set(&mut post, &[("visibility", said(chosen))]);
        }
        let answers = [ok(status("1", answered)), ok(status("2", answered))];
        let sent = bodies(&play(&Mastodon, &post, &answers).requests);
        sent.into_iter().map(|body| body["visibility"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(visibilities(Some("public"), "public"), [json!("public"), json!("unlisted")]);
    assert_eq!(visibilities(Some("private"), "private"), [json!("private"), json!("private")]);
    assert_eq!(visibilities(None, "public"), [Value::Null, json!("unlisted")]);
    assert_eq!(visibilities(None, "private"), [Value::Null, Value::Null]);
}

#[test]
fn an_account_that_posts_for_its_followers_alone_says_so_unless_it_was_chosen() {
    let mut post = on(ContentType::Text, "Hi");
    let kept = |post: &Job, visibility: &str| done(play(&Mastodon, post, &[ok(status(POST, visibility))]).last).kept_private;
    assert!(kept(&post, "private").is_some_and(|why| why.contains("followers")));
    assert_eq!(kept(&post, "public"), None);
    assert_eq!(kept(&post, "unlisted"), None);
    set(&mut post, &[("visibility", said("private"))]);
    assert_eq!(kept(&post, "private"), None);
}

#[test]
fn a_file_is_looked_at_less_often_and_given_up_after_ten_minutes() {
    let mut post = on(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let mut answers = vec![accepted("31")];
    answers.extend((0..100).map(|_| working("31")));
    let played = play(&Mastodon, &post, &answers);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Outage, "mastodon.processing"));
    let waits: Vec<&str> = played.script.lines().filter(|line| line.starts_with("wait")).collect();
    let expected = [1_000, 2_000, 4_000, 8_000, 15_000, 15_000].map(|ms| format!("wait {ms} ms: Processing"));
    assert_eq!(waits[..6], expected);
    assert!((40..45).contains(&waits.len()), "{} looks in ten minutes", waits.len());
}

#[test]
fn a_file_that_fails_ends_the_delivery_and_one_that_was_dropped_begins_it_anew() {
    let mut post = on(ContentType::Video, "");
    post.media = vec![video(1, 100)];
    let looked = |answer: Answer| play(&Mastodon, &post, &[accepted("31"), answer]).fault.expect("a fault");
    let failed = looked(refused(422, "Error processing thumbnail for uploaded media"));
    assert_eq!(
        (failed.kind, failed.code.as_str(), &failed.next),
        (FailureKind::Content, "mastodon.media_failed", &Next::Stop)
    );
    assert_eq!(looked(refused(404, "Record not found")).next, Next::Restart);
    assert_eq!(looked(answer(503, Value::Null)).next, Next::Repeat { at_ms: None });
}

#[test]
fn files_are_named_as_servers_know_them() {
    let mut post = on(ContentType::Video, "");
    for (mime, name) in [
        ("video/quicktime", "file-1.mov"),
        ("video/x-m4v", "file-1.m4v"),
        ("video/webm", "file-1.webm"),
        ("image/jpeg", "file-1.jpg"),
    ] {
        post.media = vec![video(1, 100)];
        post.media[0].facts.mime = mime.into();
        let script = play(&Mastodon, &post, &[]).script;
        assert!(script.contains(name), "{script}");
    }
}

#[test]
fn a_comment_that_is_refused_is_a_warning_and_one_that_is_in_doubt_is_not() {
    let mut post = on(ContentType::Text, "Hi");
    post.content.first_comment = "Too long for this server".into();
    let refusal = refused(422, "Validation failed: Text character limit of 500 exceeded");
    let receipt = done(play(&Mastodon, &post, &[posted(POST), refusal]).last);
    assert!(receipt.warning.is_some_and(|why| why.contains("Text character limit of 500")));
    assert_eq!(receipt.external_id.as_deref(), Some(POST));
    let doubt = play(&Mastodon, &post, &[posted(POST), answer(500, Value::Null)]);
    assert!(doubt.fault.is_some());
}

#[test]
fn a_thread_that_stopped_goes_on_where_it_stopped() {
    let post = thread(&[("One", 1), ("Two", 1), ("Three", 0)]);
    let stopped = play(
        &Mastodon,
        &post,
        &[uploaded("1"), uploaded("2"), posted("11"), refused(422, "Validation failed")],
    );
    assert!(stopped.fault.is_some());
    let script = resume(&Mastodon, &post, stopped.progress, &[posted("12"), posted("13")]).script;
    assert!(
        script.starts_with("COMMIT reply_1 ") && script.contains("match=file:2 "),
        "{script}"
    );
    assert_eq!(script.matches("COMMIT").count(), 2, "{script}");
    assert!(
        script.contains("\"in_reply_to_id\": \"11\"") && script.contains("\"in_reply_to_id\": \"12\""),
        "{script}"
    );
}

#[test]
fn a_new_beginning_has_a_new_key_and_a_repeat_the_same() {
    let key = |post: &Job| match Mastodon.next(post, &Progress::default()) {
        Step::Commit(commit) => commit.key,
        other => panic!("not a commit: {other:?}"),
    };
    let mut post = on(ContentType::Text, "Hi");
    let first = key(&post);
    post.now_ms = DUE_MS + 3_600_000;
    assert_eq!(key(&post), first);
    post.generation = 1;
    assert_ne!(key(&post), first);
}

#[test]
fn long_texts_are_told_apart_by_a_short_key() {
    let matched = |text: &str| match Mastodon.next(&on(ContentType::Text, text), &Progress::default()) {
        Step::Commit(commit) => commit.match_key,
        other => panic!("not a commit: {other:?}"),
    };
    let long = "x".repeat(5_000);
    assert_eq!(matched(&long).len(), "text:".len() + 64);
    assert_ne!(matched(&long), matched(&format!("{long}y")));
}

#[test]
fn nothing_to_post_is_refused_unsent() {
    for content_type in [ContentType::Text, ContentType::Image] {
        let fault = play(&Mastodon, &on(content_type, "  "), &[]).fault.expect("a fault");
        assert_eq!(fault.code, "mastodon.empty");
    }
}

#[test]
fn files_that_no_post_names_are_taken_back() {
    let mut post = on(ContentType::Carousel, "Two");
    post.media = vec![image(1), image(2)];
    let staged = play(&Mastodon, &post, &[uploaded("21"), uploaded("22")]).progress;
    let removals: Vec<String> = Mastodon.discard(&post, &staged).iter().map(written).collect();
    assert_snapshot!(removals.concat());
    for (gone, status) in [(true, 404), (true, 410), (true, 422), (false, 401), (false, 503)] {
        assert_eq!(Mastodon.gone(&answer(status, Value::Null)), gone, "{status}");
    }
    let found = PartReceipt {
        external_id: Some(POST.into()),
        permalink: None,
    };
    let standing = Mastodon.adopt(&post, &staged, Part::Root, &found);
    assert!(Mastodon.discard(&post, &standing).is_empty(), "the files of a post that stands");
}
