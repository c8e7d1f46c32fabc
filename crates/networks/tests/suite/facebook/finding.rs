//! How a lost answer is resolved.

use postrider_core::delivery::Part;
use postrider_core::post::{ContentType, Mode};
use postrider_networks::facebook::Facebook;
use postrider_provider::{Adapter, Answer, Evidence, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{PAGE, POST, address, made, on_page, refused, status, success};
use crate::driver::{DUE_MS, answer, intent, ok, play, probe, resume, video};

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
    let look_after = |video: Answer, answer| probe(&Facebook, &post, &stopped.progress, &lost, &[video, answer]).1;
    let look = |answer| look_after(status("processing", "draft"), answer);
    assert_eq!(look(stories("777")), found("1234", "https://facebook.com/stories/1"));
    assert_eq!(look(stories("778")), Probe::Finding(Finding::AbsentInList));
    assert_eq!(look(ok(json!({"data": []}))), Probe::Finding(Finding::AbsentInList));
    for malformed in [json!({}), json!({"data": [{"post_id": "1234"}]})] {
        let end = look(ok(malformed.clone()));
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{malformed}: {end:?}");
    }
    // Taken in, and in no list before its video has been worked on.
    let end = look_after(status("processing", "published"), stories("778"));
    assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{end:?}");
    assert_eq!(
        look_after(status("ready", "published"), stories("777")),
        found("1234", "https://facebook.com/stories/1")
    );
    // What says nothing of the video leaves it to the list.
    assert_eq!(look_after(refused(100, 0), stories("778")), Probe::Finding(Finding::AbsentInList));
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

/// A promise of another database, of which nothing is known but since when it may have been made.
fn unseen() -> IntentView {
    IntentView {
        part: Part::Root,
        key: String::new(),
        match_key: "unseen:dlv".into(),
        stored_at_ms: DUE_MS - 3_600_000,
        listed_from_ms: DUE_MS - 3_600_000,
        remembered: false,
        unseen: true,
        send_by_ms: DUE_MS,
    }
}

fn listed(entries: &[(&str, &str, i64)]) -> Answer {
    let entry = |(id, message, after_s): &(&str, &str, i64)| {
        let at = jiff::Timestamp::from_millisecond(DUE_MS + after_s * 1_000).unwrap();
        json!({"id": id, "message": message, "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(),
            "permalink_url": format!("https://www.facebook.com/bluecafe/posts/{id}")})
    };
    ok(json!({"data": entries.iter().map(entry).collect::<Vec<_>>()}))
}

fn recalled(post: &Job, answers: &[Answer]) -> Probe {
    probe(&Facebook, post, &Progress::default(), &unseen(), answers).1
}

#[test]
fn what_another_database_posted_is_known_by_its_words() {
    let mut post = on_page(ContentType::Text, "Fresh bread\nevery morning");
    let there = |id: &str| found(id, &format!("https://www.facebook.com/bluecafe/posts/{id}"));
    // The spaces that a network changes say nothing.
    assert_eq!(recalled(&post, &[listed(&[("1", "Fresh bread every morning", 2)])]), there("1"));
    // Of equal ones each delivery takes the nearest.
    let twice = [("9", "Fresh bread every morning", -1_800), ("1", "Fresh bread every morning", 1)];
    assert_eq!(recalled(&post, &[listed(&twice)]), there("1"));
    post.known_external_ids = vec!["1".into()];
    assert_eq!(recalled(&post, &[listed(&twice)]), there("9"));
    post.known_external_ids.push("9".into());
    assert_eq!(recalled(&post, &[listed(&twice)]), Probe::Finding(Finding::AbsentInList));
    // Older than the copy: the copy would know it.
    let before = [("2", "Fresh bread every morning", -3_700)];
    assert_eq!(recalled(&post, &[listed(&before)]), Probe::Finding(Finding::AbsentInList));
    // Other words at the same minute may be these, changed since the copy.
    let changed = recalled(&post, &[listed(&[("3", "Fresh bread every evening", 40)])]);
    assert!(matches!(changed, Probe::Finding(Finding::Unreadable(_))), "{changed:?}");
    let elsewhere = recalled(&post, &[listed(&[("3", "Fresh bread every evening", 1_200)])]);
    assert_eq!(elsewhere, Probe::Finding(Finding::AbsentInList));
    for unread in [
        refused(100, 33),
        answer(500, Value::Null),
        ok(json!({})),
        ok(json!({"data": [{"id": "5"}]})),
    ] {
        let end = recalled(&post, &[unread]);
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{end:?}");
    }
}

#[test]
fn a_story_has_no_words_and_any_that_nobody_knows_may_be_it() {
    let mut post = on_page(ContentType::Story, "");
    post.media = vec![video(1, 1_500_000)];
    let stories = |at_ms: i64| ok(json!({"data": [{"post_id": "7", "media_id": "8", "creation_time": (at_ms / 1_000).to_string()}]}));
    let there = recalled(&post, &[stories(DUE_MS + 1_800_000)]);
    assert!(matches!(there, Probe::Finding(Finding::Unclear(_))), "{there:?}");
    post.known_external_ids = vec!["7".into()];
    assert_eq!(recalled(&post, &[stories(DUE_MS)]), Probe::Finding(Finding::AbsentInList));
    post.now_ms = DUE_MS + 25 * 3_600_000;
    let gone = recalled(&post, &[]);
    assert!(matches!(gone, Probe::Finding(Finding::Unreadable(_))), "{gone:?}");
}

#[test]
fn what_lies_there_ready_is_looked_at_before_any_list() {
    let mut post = on_page(ContentType::Reel, "Short");
    post.media = vec![video(1, 1_500_000)];
    let opened = ok(json!({"video_id": "777", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/777"}));
    let staged = play(&Facebook, &post, &[opened, success()]).progress;
    let look = |answers: &[Answer]| probe(&Facebook, &post, &staged, &unseen(), answers).1;
    // Published by the other database, and in no list while Facebook works on it.
    assert_eq!(
        look(&[status("processing", "published")]),
        found("777", "https://www.facebook.com/reel/777/")
    );
    let nothing = listed(&[]);
    for left in [status("processing", "draft"), refused(100, 33)] {
        assert_eq!(look(&[left, nothing.clone()]), Probe::Finding(Finding::AbsentInList));
    }
    for unread in [answer(500, Value::Null), ok(json!({"id": "777"}))] {
        let end = look(&[unread]);
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{end:?}");
    }
}
