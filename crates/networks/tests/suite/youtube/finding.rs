//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::{ContentType, Mode};
use postrider_networks::youtube::Youtube;
use postrider_provider::{Adapter, Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{CHANNEL, VIDEO, arrived, choose, draft, film, looked, opened, processed, refused, shown};
use crate::driver::{DUE_MS, intent, ok, play, probe, resume};

/// Where a delivery stands as the answer of its commit is lost.
fn lost(post: &Job) -> (Progress, IntentView) {
    // The last piece of a draft is its commit.
    let before = if post.mode == Mode::Draft {
        vec![opened()]
    } else {
        vec![opened(), arrived()]
    };
    let played = play(&Youtube, post, &before);
    (played.progress.clone(), intent(played.last.as_ref()))
}

fn look(post: &Job, (progress, intent): &(Progress, IntentView), answers: &[Answer]) -> Finding {
    match Youtube.probe(post, progress, intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn found(id: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(format!("https://www.youtube.com/watch?v={id}")),
    })
}

#[test]
fn the_video_itself_says_whether_it_is_shown() {
    let post = film(ContentType::Video);
    let lost = lost(&post);
    let (script, end) = probe(&Youtube, &post, &lost.0, &lost.1, &[looked("public", "uploaded")]);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(VIDEO)));
    let empty = ok(json!({"items": []}));
    for (said, finding) in [
        (looked("unlisted", "processed"), found(VIDEO)),
        (looked("private", "processed"), Finding::AbsentByFence),
        (empty, Finding::AbsentByFence),
    ] {
        assert_eq!(look(&post, &lost, std::slice::from_ref(&said)), finding, "{}", said.json());
    }
    for said in [looked("", "processed"), refused(403, "quotaExceeded"), refused(500, "backendError")] {
        assert!(matches!(look(&post, &lost, &[said]), Finding::Unknown(_)));
    }
    let over = refused(401, "authError");
    assert!(matches!(look(&post, &lost, &[over]), Finding::NoAccess(_)));
}

#[test]
fn what_is_to_stay_private_stands_as_soon_as_it_is_there() {
    let mut post = film(ContentType::Video);
    choose(&mut post, "privacy_status", "private");
    assert_eq!(look(&post, &lost(&post), &[looked("private", "uploaded")]), found(VIDEO));
}

#[test]
fn the_address_of_a_draft_says_whether_its_last_piece_came() {
    let lost = lost(&draft());
    let over = super::bare(404);
    let listed = page(json!([upload(VIDEO, WORDS, "private", 1)]), None);
    let (script, end) = probe(&Youtube, &draft(), &lost.0, &lost.1, &[over.clone(), listed]);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(VIDEO)), "an address that is over may have brought it");
    assert_eq!(look(&draft(), &lost, &[over, page(json!([]), None)]), Finding::AbsentInList);
    assert_eq!(look(&draft(), &lost, &[arrived()]), found(VIDEO));
    assert_eq!(look(&draft(), &lost, &[super::goes_on(None)]), Finding::AbsentByFence);
    assert!(matches!(look(&draft(), &lost, &[super::bare(503)]), Finding::Unknown(_)));
}

#[test]
fn what_was_found_is_gone_on_from_and_looked_at_once_more() {
    let post = film(ContentType::Video);
    let (progress, _) = lost(&post);
    let receipt = PartReceipt {
        external_id: Some(VIDEO.into()),
        permalink: None,
    };
    let adopted = Youtube.adopt(&post, &progress, Part::Root, &receipt);
    let played = resume(&Youtube, &post, adopted.clone(), &[processed()]);
    assert!(matches!(&played.last, Some(Step::Done(done)) if done.external_id.as_deref() == Some(VIDEO) && done.kept_private.is_none()));
    let locked = resume(&Youtube, &post, adopted, &[looked("private", "processed")]);
    assert!(matches!(&locked.last, Some(Step::Done(done)) if done.kept_private.is_some()));
    // A person's word, who named no address.
    let adopted = Youtube.adopt(&post, &Progress::default(), Part::Root, &PartReceipt::default());
    assert!(matches!(Youtube.next(&post, &adopted), Step::Done(done) if done.external_id.is_none()));
}

fn comment(id: &str, author: &str, text: &str) -> Value {
    json!({"id": id, "snippet": {"topLevelComment": {"snippet": {"textOriginal": text, "textDisplay": text, "authorChannelId": {"value": author}}}}})
}

#[test]
fn a_first_comment_is_looked_for_by_its_words_and_its_author() {
    let mut post = film(ContentType::Video);
    post.content.first_comment = " More below ".into();
    let played = play(&Youtube, &post, &[opened(), arrived(), shown("public"), processed()]);
    let lost = (played.progress.clone(), intent(played.last.as_ref()));
    assert_eq!(lost.1.part, Part::FirstComment);
    let first = ok(json!({"items": [comment("Ug1", "UCother", "More below"), comment("Ug2", CHANNEL, "Thanks")], "nextPageToken": "P2"}));
    let second = ok(json!({"items": [comment("Ug3", CHANNEL, "More below")]}));
    let (script, end) = probe(&Youtube, &post, &lost.0, &lost.1, &[first.clone(), second]);
    assert_snapshot!(script);
    assert!(matches!(end, Probe::Finding(Finding::Found(found)) if found.external_id.as_deref() == Some("Ug3")));
    assert_eq!(look(&post, &lost, &[first, ok(json!({}))]), Finding::AbsentInList);
    assert!(matches!(look(&post, &lost, &[refused(500, "backendError")]), Finding::Unknown(_)));
    let adopted = Youtube.adopt(&post, &lost.0, Part::FirstComment, &PartReceipt::default());
    assert!(matches!(Youtube.next(&post, &adopted), Step::Done(done) if done.warning.is_none()));
}

/// An upload that came so many seconds after the instant, and was shown ten seconds later.
fn upload(id: &str, words: &str, privacy: &str, after_s: i64) -> Value {
    let at = |seconds: i64| jiff::Timestamp::from_millisecond(DUE_MS + seconds * 1_000).unwrap().to_string();
    let mut details = json!({"videoId": id});
    if privacy == "public" {
        details["videoPublishedAt"] = at(after_s + 10).into();
    }
    json!({
        "snippet": {"title": "Bread", "description": words, "publishedAt": at(after_s)},
        "contentDetails": details,
        "status": {"privacyStatus": privacy},
    })
}

const WORDS: &str = "Fresh bread every morning\n\n#baking";

fn forgotten(post: &Job) -> (Progress, IntentView) {
    let (_, intent) = lost(post);
    let intent = IntentView {
        remembered: false,
        ..intent
    };
    (Progress::default(), intent)
}

fn page(uploads: Value, next: Option<&str>) -> Answer {
    ok(json!({"items": uploads, "nextPageToken": next}))
}

#[test]
fn what_another_database_made_is_known_by_its_words() {
    let mut post = film(ContentType::Video);
    post.known_external_ids = vec!["known".into()];
    let lost = forgotten(&post);
    let pages = [
        page(
            json!([upload("known", WORDS, "public", 3), upload("other", "Cake", "private", 2)]),
            Some("P2"),
        ),
        page(
            json!([upload(VIDEO, WORDS, "public", 1), upload("old", WORDS, "public", -3 * 3_600)]),
            Some("P3"),
        ),
    ];
    let (script, end) = probe(&Youtube, &post, &lost.0, &lost.1, &pages);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(VIDEO)));
    assert_eq!(look(&post, &lost, &[page(json!([]), None)]), Finding::AbsentInList);
    let others = page(json!([upload("other", "Cake", "private", 2)]), None);
    assert_eq!(
        look(&post, &lost, &[others]),
        Finding::AbsentInList,
        "another's preparation is no post"
    );
    let prepared = page(json!([upload("ahead", WORDS, "private", -3_600)]), None);
    assert!(
        matches!(look(&post, &lost, &[prepared]), Finding::Unclear(_)),
        "it may have been locked, and another of its kind would be refused"
    );
    assert!(matches!(
        look(&post, &lost, &[refused(404, "playlistNotFound")]),
        Finding::Unknown(_)
    ));
    let kept = page(json!([upload(VIDEO, WORDS, "private", 1)]), None);
    assert_eq!(look(&draft(), &forgotten(&draft()), &[kept]), found(VIDEO));
}

#[test]
fn what_was_prepared_here_is_asked_first() {
    let post = film(ContentType::Video);
    let (progress, known) = lost(&post);
    let lost = (
        progress,
        IntentView {
            remembered: false,
            ..known
        },
    );
    assert_eq!(look(&post, &lost, &[looked("public", "processed")]), found(VIDEO));
    let own = page(json!([upload(VIDEO, WORDS, "private", -600)]), None);
    assert_eq!(
        look(&post, &lost, &[looked("private", "processed"), own]),
        Finding::AbsentInList,
        "its own preparation is no other's"
    );
    let another = page(json!([upload("another", WORDS, "public", -5)]), None);
    assert_eq!(look(&post, &lost, &[looked("private", "processed"), another]), found("another"));
}
