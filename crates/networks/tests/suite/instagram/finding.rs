//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::instagram::Instagram;
use postrider_provider::{Adapter, Answer, Evidence, Finding, IntentView, PartReceipt, Probe, Step};
use serde_json::{Value, json};

use super::{address, at, by_instagram, made, on, refused, room};
use crate::driver::{answer, image, intent, ok, play, probe, resume};

fn list(media: Value) -> Answer {
    ok(json!({"data": media}))
}

#[test]
fn the_container_tells_whether_it_was_published() {
    let mut post = by_instagram(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    post.known_external_ids = vec!["m0".into()];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.evidence, commit.key.as_str()), (Evidence::Fenced, "c"));
    let lost = intent(stopped.last.as_ref());
    let look = |answers: &[Answer]| probe(&Instagram, &post, &stopped.progress, &lost, answers).1;
    for code in ["FINISHED", "ERROR", "EXPIRED"] {
        assert_eq!(look(&[at(code)]), Probe::Finding(Finding::AbsentByFence));
    }
    for answer in [at("IN_PROGRESS"), refused(100, 33), answer(500, Value::Null)] {
        assert!(matches!(look(&[answer]), Probe::Finding(Finding::Unknown(_))));
    }
    let one = |id: &str, caption: &str, minute: &str| {
        json!({"id": id, "caption": caption, "timestamp": format!("2026-11-22T00:{minute}:00+0000"), "media_type": "IMAGE",
            "permalink": format!("https://www.instagram.com/p/{id}/")})
    };
    // Another delivery's, another's words, and one from before the call are no candidates. It is due at 00:01.
    let candidates = json!([
        one("m0", "Fresh bread", "02"),
        one("m1", "Fresh  bread", "02"),
        one("m2", "Else", "02"),
        one("m3", "Fresh bread", "00"),
    ]);
    let mut early = lost.clone();
    early.listed_from_ms += 120_000;
    let found = |id: &str| {
        Probe::Finding(Finding::Found(PartReceipt {
            external_id: Some(id.into()),
            permalink: Some(format!("https://www.instagram.com/p/{id}/")),
        }))
    };
    let answers = [at("PUBLISHED"), list(candidates)];
    assert_eq!(probe(&Instagram, &post, &stopped.progress, &early, &answers).1, found("m1"));
}

#[test]
fn two_posts_that_could_be_ours_leave_it_without_an_address() {
    let mut post = by_instagram(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let lost = intent(stopped.last.as_ref());
    let same = |id: &str| json!({"id": id, "caption": "Fresh bread", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE"});
    let (_, end) = probe(
        &Instagram,
        &post,
        &stopped.progress,
        &lost,
        &[at("PUBLISHED"), list(json!([same("m1"), same("m2")]))],
    );
    assert_eq!(end, Probe::Finding(Finding::Found(PartReceipt::default())));
    let adopted = Instagram.adopt(&post, &stopped.progress, Part::Root, &PartReceipt::default());
    let Step::Done(receipt) = Instagram.next(&post, &adopted) else {
        panic!("not done");
    };
    assert_eq!((receipt.external_id, receipt.permalink), (None, None));
}

#[test]
fn a_story_is_looked_for_among_stories_and_by_the_other_token_too() {
    let mut post = on("facebook_login", ContentType::Story, "");
    post.media = vec![image(1)];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let lost = intent(stopped.last.as_ref());
    let answers = [
        refused(100, 33),
        at("PUBLISHED"),
        list(
            json!([{"id": "s1", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE", "permalink": "https://www.instagram.com/stories/blue.cafe/s1"}]),
        ),
    ];
    let (script, end) = probe(&Instagram, &post, &stopped.progress, &lost, &answers);
    assert_snapshot!(script);
    assert!(matches!(end, Probe::Finding(Finding::Found(PartReceipt { external_id: Some(id), .. })) if id == "s1"));
}

#[test]
fn of_what_a_lost_database_may_have_posted_the_own_container_tells_first() {
    let mut post = on("facebook_login", ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    let stopped = play(&Instagram, &post, &[room(), made("c"), at("FINISHED")]);
    let unseen = IntentView {
        key: String::new(),
        match_key: "unseen:dlv".into(),
        remembered: false,
        unseen: true,
        ..intent(stopped.last.as_ref())
    };
    let look = |answers: &[Answer]| probe(&Instagram, &post, &stopped.progress, &unseen, answers);
    // Its words were changed in the lost database, and it went out with them.
    let other = json!([{"id": "m1", "caption": "Stale bread", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE"}]);
    let (_, end) = look(&[at("PUBLISHED"), list(other)]);
    assert_eq!(end, Probe::Finding(Finding::Found(PartReceipt::default())));
    // Nothing was made of it yet, or will be, or it is gone: by its words, by the token that is let in.
    let same = || list(json!([{"id": "m1", "caption": "Fresh bread", "timestamp": "2026-11-22T00:02:00+0000", "media_type": "IMAGE"}]));
    let ways: [&[Answer]; 4] = [
        &[at("FINISHED"), same()],
        &[at("IN_PROGRESS"), same()],
        &[refused(100, 33), refused(100, 33), same()],
        &[at("EXPIRED"), refused(10, 0), same()],
    ];
    for answers in ways {
        let (_, end) = look(answers);
        assert!(
            matches!(&end, Probe::Finding(Finding::Found(PartReceipt { external_id: Some(id), .. })) if id == "m1"),
            "{end:?}"
        );
    }
    let (_, end) = look(&[at("IN_PROGRESS"), list(json!([]))]);
    assert_eq!(end, Probe::Finding(Finding::AbsentInList));
    let (asked, end) = look(&[at("FINISHED"), list(json!([]))]);
    assert_eq!(end, Probe::Finding(Finding::AbsentInList));
    assert_snapshot!(asked);
}

#[test]
fn a_comment_is_found_by_its_words_and_its_loss_is_a_warning() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    post.content.first_comment = "More".into();
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address()];
    let stopped = play(&Instagram, &post, &answers);
    let lost = intent(stopped.last.as_ref());
    assert_eq!(lost.part, Part::FirstComment);
    let look = |text: &str| {
        probe(
            &Instagram,
            &post,
            &stopped.progress,
            &lost,
            &[list(json!([{"id": "k", "text": text}]))],
        )
        .1
    };
    assert!(matches!(look("More"), Probe::Finding(Finding::Found(_))));
    assert_eq!(look("Else"), Probe::Finding(Finding::AbsentInList));
    let more = json!({"next": "https://graph.instagram.com/", "cursors": {"after": "M2"}});
    let busy = ok(json!({"data": [{"id": "j", "text": "Nice"}], "paging": more}));
    let second = |text: &str| [busy.clone(), list(json!([{"id": "k", "text": text}]))];
    let look = |answers: &[Answer]| Instagram.probe(&post, &stopped.progress, &lost, answers);
    assert!(
        matches!(look(std::slice::from_ref(&busy)), Probe::Call(_)),
        "a list that goes on says nothing yet"
    );
    assert!(matches!(look(&second("More")), Probe::Finding(Finding::Found(_))));
    assert_eq!(look(&second("Else")), Probe::Finding(Finding::AbsentInList));
    let ended = resume(&Instagram, &post, stopped.progress, &[refused(10, 0)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert!(receipt.warning.is_some_and(|warning| warning.contains("first comment")));
    assert_eq!(receipt.permalink.as_deref(), Some("https://www.instagram.com/p/abc/"));
}

#[test]
fn a_post_whose_address_cannot_be_read_stands_all_the_same() {
    let mut post = by_instagram(ContentType::Image, "x");
    post.media = vec![image(1)];
    let ended = play(&Instagram, &post, &[room(), made("c"), at("FINISHED"), made("m"), refused(100, 33)]);
    let Some(Step::Done(receipt)) = ended.last else {
        panic!("{}", ended.script);
    };
    assert_eq!((receipt.external_id.as_deref(), receipt.permalink), (Some("m"), None));
}
