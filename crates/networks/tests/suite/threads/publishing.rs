//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Poll};
use postrider_networks::threads::Threads;
use postrider_provider::{Adapter, Next, PartReceipt, Progress, QuotaSaid, Step};
use serde_json::json;

use super::{address, at, failed, made, on, refused, room, thread};
use crate::driver::{DUE_MS, image, link, ok, play, resume, video};

#[test]
fn a_text_is_prepared_looked_at_and_published() {
    let post = on(ContentType::Text, "Fresh bread #baking");
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    assert_snapshot!(play(&Threads, &post, &answers).script);
}

#[test]
fn an_image_is_waited_for_and_its_first_comment_answers_it() {
    let mut post = on(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    post.content.first_comment = " The recipe ".into();
    let answers = [
        room(),
        made("c"),
        at("IN_PROGRESS"),
        at("IN_PROGRESS"),
        at("FINISHED"),
        made("m"),
        address(),
        made("d"),
        at("FINISHED"),
        made("k"),
    ];
    assert_snapshot!(play(&Threads, &post, &answers).script);
}

#[test]
fn a_carousel_waits_for_each_item_and_then_for_the_whole() {
    let mut post = on(ContentType::Carousel, "Three");
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
    assert_snapshot!(play(&Threads, &post, &answers).script);
}

#[test]
fn a_video_goes_with_its_description() {
    let mut post = on(ContentType::Video, "Moving");
    post.media = vec![video(1, 9_000)];
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    assert_snapshot!(play(&Threads, &post, &answers).script);
}

#[test]
fn a_link_is_attached_and_alone_it_is_the_text() {
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    let mut post = on(ContentType::Link, "Read");
    post.content.link = Some(link("https://a.example/bread"));
    let script = play(&Threads, &post, &answers).script;
    assert!(
        script.contains("form text = Read\n  form link_attachment = https://a.example/bread\n"),
        "{script}"
    );
    post.text = String::new();
    let script = play(&Threads, &post, &answers).script;
    assert!(script.contains("form text = https://a.example/bread\n"), "{script}");
    assert!(!script.contains("link_attachment"), "{script}");
}

#[test]
fn a_poll_hangs_on_its_text() {
    let mut post = on(ContentType::Poll, "Which bread?");
    post.content.poll = Some(Poll {
        question: "Which bread?".into(),
        options: vec!["Rye".into(), "Wheat \"white\"".into(), "Spelt".into()],
        duration_minutes: 1_440,
    });
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    let script = play(&Threads, &post, &answers).script;
    let poll = r#"form poll_attachment = {"option_a":"Rye","option_b":"Wheat \"white\"","option_c":"Spelt"}"#;
    assert!(script.contains(poll), "{script}");
}

#[test]
fn each_part_of_a_thread_answers_the_one_before() {
    let room = ok(json!({"data": [{"quota_usage": 4, "reply_quota_usage": 998, "reply_config": {"quota_total": 1_000}}]}));
    let answers = [
        room,
        made("c1"),
        at("FINISHED"),
        made("m1"),
        made("c2"),
        at("IN_PROGRESS"),
        at("FINISHED"),
        made("m2"),
        made("c3"),
        at("FINISHED"),
        made("m3"),
        address(),
    ];
    assert_snapshot!(play(&Threads, &thread(), &answers).script);
}

#[test]
fn a_thread_that_stopped_goes_on_after_the_part_that_stands() {
    let stopped = play(
        &Threads,
        &thread(),
        &[room(), made("c1"), at("FINISHED"), made("m1"), refused(100, 0)],
    );
    assert_eq!(stopped.fault.expect("a refusal").code, "threads.parameter");
    let again = resume(&Threads, &thread(), stopped.progress, &[]);
    let Some(Step::Call(call)) = again.last else {
        panic!("{}", again.script);
    };
    assert_eq!(call.label, "create container (reply_1)", "{}", again.script);
    assert!(again.script.contains("form reply_to_id = m1\n"), "{}", again.script);

    // What Threads does not name cannot be answered: a person goes on.
    let post = thread();
    let unnamed = Threads.adopt(&post, &Progress::default(), Part::Root, &PartReceipt::default());
    let Step::Fail(fault) = Threads.next(&post, &unnamed) else {
        panic!("it went on");
    };
    assert_eq!((fault.code.as_str(), fault.next), ("threads.part_unnamed", Next::Stop));
}

#[test]
fn without_words_or_media_nothing_is_sent() {
    let mut hollow = thread();
    hollow.parts[2].text = " ".into();
    let mut wordless = thread();
    wordless.parts.clear();
    for post in [on(ContentType::Text, "  "), on(ContentType::Image, ""), hollow, wordless] {
        let fault = play(&Threads, &post, &[]).fault.expect("a fault");
        assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Content, "threads.empty"));
    }
    let mut picture = on(ContentType::Image, "");
    picture.media = vec![image(1)];
    assert!(!play(&Threads, &picture, &[room()]).script.contains("form text"));
}

#[test]
fn a_full_window_defers_before_anything_is_prepared() {
    let full = |used: i64, replies: i64| {
        ok(
            json!({"data": [{"quota_usage": used, "config": {"quota_total": 250, "quota_duration": 86_400},
            "reply_quota_usage": replies, "reply_config": {"quota_total": 1_000}}]}),
        )
    };
    let post = on(ContentType::Text, "x");
    let wait = Next::Defer {
        until_ms: DUE_MS + 3_600_000,
    };
    assert_eq!(
        play(&Threads, &post, &[full(250, 0)]).fault.map(|fault| fault.next),
        Some(wait.clone())
    );
    assert!(play(&Threads, &post, &[full(249, 1_000)]).fault.is_none(), "a post is no answer");
    assert!(play(&Threads, &thread(), &[full(0, 998)]).fault.is_none(), "two answers find room");
    assert_eq!(
        play(&Threads, &thread(), &[full(0, 999)]).fault.map(|fault| fault.next),
        Some(wait),
        "a thread does not begin that would stop midway"
    );
    assert!(
        play(&Threads, &post, &[ok(json!({"data": [{"quota_usage": 250}]}))])
            .fault
            .is_some(),
        "250 until it is said"
    );
    assert!(
        play(&Threads, &post, &[refused(100, 0)]).fault.is_none(),
        "what cannot be read holds nothing"
    );
    let said = Threads.quotas(&full(4, 1));
    assert_eq!(
        said,
        [QuotaSaid {
            key: "threads_publishing",
            used: 4,
            limit: 250,
            window_ms: 86_400_000
        }]
    );
    assert!(Threads.quotas(&made("m")).is_empty());
}

#[test]
fn what_may_pass_is_prepared_once_more_and_the_files_own_fault_ends_it() {
    let mut post = on(ContentType::Video, "x");
    post.media = vec![video(1, 9_000)];
    for message in ["FAILED_DOWNLOADING_VIDEO", "UNKNOWN"] {
        let again = play(&Threads, &post, &[room(), made("c"), failed(message), made("c2"), failed(message)]);
        assert_eq!(again.script.matches("create container").count(), 2, "{}", again.script);
        assert_eq!(again.fault.expect("once is enough").code, "threads.media_failed");
    }
    for (message, code) in [
        ("INVALID_ASPEC_RATIO", "threads.aspect"),
        ("INVALID_DURATION", "threads.duration"),
        ("INVALID_FRAME_RATE", "threads.frame_rate"),
        ("FAILED_PROCESSING_AUDIO", "threads.audio"),
    ] {
        let fault = play(&Threads, &post, &[room(), made("c"), failed(message)]).fault.expect("a fault");
        assert_eq!(
            (fault.kind, fault.code.as_str(), &fault.next),
            (FailureKind::Content, code, &Next::Stop)
        );
        assert!(fault.message.contains(message), "{}", fault.message);
    }
    let mut answers = vec![room(), made("c")];
    for number in 0..3 {
        answers.extend([at("EXPIRED"), made(&format!("c{number}"))]);
    }
    assert!(play(&Threads, &post, &answers).fault.is_none(), "made anew three times");
    answers.push(at("EXPIRED"));
    let fault = play(&Threads, &post, &answers).fault.expect("a fault");
    assert_eq!(fault.code, "threads.container_expired");
}

#[test]
fn a_part_whose_media_failed_can_be_tried_again_later() {
    let mut post = thread();
    let answers = [
        room(),
        made("c1"),
        at("FINISHED"),
        made("m1"),
        made("c2"),
        failed("UNKNOWN"),
        made("c3"),
        failed("UNKNOWN"),
    ];
    let stopped = play(&Threads, &post, &answers);
    assert_eq!(stopped.fault.expect("a fault").code, "threads.media_failed");
    post.now_ms += 3_600_000;
    let again = resume(&Threads, &post, stopped.progress, &[failed("UNKNOWN"), made("c4"), at("FINISHED")]);
    assert!(
        matches!(again.last, Some(Step::Commit(commit)) if commit.key == "c4"),
        "{}",
        again.script
    );
}

#[test]
fn an_item_that_failed_is_made_anew_in_its_place() {
    let mut post = on(ContentType::Carousel, "Two");
    post.media = vec![image(1), image(2)];
    let answers = [
        room(),
        made("a"),
        made("b"),
        failed("UNKNOWN"),
        made("a2"),
        at("FINISHED"),
        at("FINISHED"),
        made("w"),
    ];
    let played = play(&Threads, &post, &answers);
    assert!(played.script.contains("form children = a2,b\n"), "{}", played.script);
}

#[test]
fn processing_ends_at_the_life_of_a_container() {
    let mut post = on(ContentType::Video, "x");
    post.media = vec![video(1, 9_000)];
    let prepared = play(&Threads, &post, &[room(), made("c"), at("IN_PROGRESS")]);
    post.now_ms += 23 * 3_600_000 + 1;
    let again = resume(&Threads, &post, prepared.progress, &[]);
    assert!(
        again.script.contains("read the quota"),
        "a container near its end is made anew: {}",
        again.script
    );
    // Of a part of a thread, only that part is: what stands, stands.
    let mut late = thread();
    let stopped = play(&Threads, &late, &[room(), made("c1"), at("FINISHED"), made("m1"), made("c2")]);
    late.now_ms += 23 * 3_600_000 + 1;
    let again = resume(&Threads, &late, stopped.progress, &[]);
    assert!(again.script.starts_with("call create container (reply_1)"), "{}", again.script);
}

#[test]
fn an_address_that_is_not_shown_yet_is_looked_for_and_then_the_profiles_is_given() {
    let post = on(ContentType::Text, "x");
    let published = || vec![room(), made("c"), at("FINISHED"), made("m")];
    let permalink = |answers: Vec<_>| {
        let played = play(&Threads, &post, &answers);
        let Some(Step::Done(receipt)) = played.last else {
            panic!("{}", played.script);
        };
        assert_eq!(receipt.external_id.as_deref(), Some("m"));
        (receipt.permalink, played.script)
    };
    let mut late = published();
    late.extend([refused(100, 33), made("m"), address()]);
    let (found, script) = permalink(late);
    assert_eq!(found.as_deref(), Some("https://www.threads.com/@blue.cafe/post/abc"));
    let waits: Vec<&str> = script.lines().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(waits, ["wait 4000 ms: Confirming", "wait 8000 ms: Confirming"]);
    let mut never = published();
    never.extend([refused(100, 33), refused(2, 0), refused(10, 0)]);
    assert_eq!(permalink(never).0.as_deref(), Some("https://www.threads.com/@blue.cafe"));
}

#[test]
fn a_comment_that_is_refused_is_a_warning_and_no_failure() {
    let mut post = on(ContentType::Text, "x");
    post.content.first_comment = "More".into();
    let published = || vec![room(), made("c"), at("FINISHED"), made("m"), address()];
    let endings = [
        vec![refused(10, 0)],
        vec![made("d"), failed("INVALID_DURATION")],
        vec![made("d"), at("FINISHED"), refused(200, 0)],
    ];
    for ending in endings {
        let answers: Vec<_> = published().into_iter().chain(ending).collect();
        let played = play(&Threads, &post, &answers);
        let Some(Step::Done(receipt)) = played.last else {
            panic!("{}", played.script);
        };
        assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment")));
    }
    let outage: Vec<_> = published().into_iter().chain([refused(2, 0)]).collect();
    assert!(play(&Threads, &post, &outage).fault.is_some(), "an outage is tried again");
}
