//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::{ContentType, Mode};
use postrider_networks::tiktok::Tiktok;
use postrider_provider::{Adapter, Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{POST, allowed, choose, complete, enveloped, failed, host, opened, public, refused, status, uploaded};
use crate::driver::{DUE_MS, image, intent, play, probe, resume, video};

const BYTES: u64 = 1_000;

fn film() -> Job {
    let mut post = public(ContentType::Video, "Fresh bread  #baking");
    post.media = vec![video(1, BYTES)];
    post
}

fn picture() -> Job {
    let mut post = public(ContentType::Image, "Fresh bread\n\n#baking");
    post.media = vec![image(1)];
    post
}

/// Where a delivery stands as the answer of its commit is lost.
fn lost(post: &Job) -> (Progress, IntentView) {
    let answers: &[Answer] = if post.media[0].facts.mime == "video/mp4" {
        &[allowed(), opened()]
    } else {
        &[allowed()]
    };
    let played = play(&Tiktok, post, answers);
    (played.progress.clone(), intent(played.last.as_ref()))
}

fn look(post: &Job, (progress, intent): &(Progress, IntentView), answers: &[Answer]) -> Finding {
    match Tiktok.probe(post, progress, intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn listed(id: &str, seconds_after: i64, words: &str) -> Value {
    json!({
        "id": id.parse::<u64>().unwrap(), "create_time": DUE_MS / 1_000 + seconds_after, "title": "", "video_description": words,
        "share_url": format!("https://www.tiktok.com/@acme.bakery/photo/{id}?utm_campaign=tt4d_open_api"),
    })
}

fn page(videos: Value, cursor: Option<i64>) -> Answer {
    enveloped(json!({"videos": videos, "cursor": cursor.unwrap_or(0), "has_more": cursor.is_some()}))
}

fn is_post(finding: &Finding) -> bool {
    matches!(finding, Finding::Found(found) if found.external_id.as_deref() == Some(POST))
}

#[test]
fn tiktok_says_how_much_of_a_video_came() {
    let post = film();
    let lost = lost(&post);
    let (script, end) = probe(&Tiktok, &post, &lost.0, &lost.1, &[uploaded(0)]);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(Finding::AbsentByFence));
    let found = Finding::Found(PartReceipt::default());
    for (said, finding) in [
        (uploaded(BYTES - 1), Finding::AbsentByFence),
        (uploaded(BYTES), found.clone()),
        (status("PUBLISH_COMPLETE"), found.clone()),
        (status("SEND_TO_USER_INBOX"), found.clone()),
        (failed("duration_check_failed"), found.clone()),
        (complete(), found),
    ] {
        assert_eq!(look(&post, &lost, std::slice::from_ref(&said)), finding, "{:?}", said.json());
    }
    for said in [
        status("PROCESSING_UPLOAD"),
        status("SOMETHING_NEW"),
        refused(400, "invalid_publish_id"),
    ] {
        assert!(
            matches!(look(&post, &lost, std::slice::from_ref(&said)), Finding::Unknown(_)),
            "{:?}",
            said.json()
        );
    }
    let over = refused(401, "access_token_invalid");
    assert!(matches!(look(&post, &lost, &[over]), Finding::NoAccess(_)));
}

#[test]
fn what_was_found_is_asked_after_by_its_own_name() {
    let post = film();
    let (progress, _) = lost(&post);
    let adopted = Tiktok.adopt(&post, &progress, Part::Root, &PartReceipt::default());
    assert!(!adopted.0.to_string().contains("upload_token"));
    let played = resume(&Tiktok, &post, adopted, &[complete()]);
    assert!(matches!(played.last, Some(Step::Done(receipt)) if receipt.external_id.as_deref() == Some(POST)));
    let named = PartReceipt {
        external_id: Some(POST.into()),
        permalink: Some("https://www.tiktok.com/@acme.bakery/video/1".into()),
    };
    let adopted = Tiktok.adopt(&post, &progress, Part::Root, &named);
    assert!(matches!(Tiktok.next(&post, &adopted), Step::Done(_)));
    // A person's word, who named no address.
    let adopted = Tiktok.adopt(&picture(), &Progress::default(), Part::Root, &PartReceipt::default());
    assert!(matches!(Tiktok.next(&picture(), &adopted), Step::Done(receipt) if receipt.external_id.is_none()));
}

#[test]
fn a_refused_video_that_was_found_ends_as_refused() {
    let post = film();
    let (progress, _) = lost(&post);
    let adopted = Tiktok.adopt(&post, &progress, Part::Root, &PartReceipt::default());
    let fault = resume(&Tiktok, &post, adopted, &[failed("duration_check_failed")])
        .fault
        .expect("a fault");
    assert_eq!(fault.code, "tiktok.duration");
}

#[test]
fn public_pictures_are_looked_for_by_their_words_and_their_absence_proves_nothing() {
    let mut post = picture();
    post.known_external_ids = vec!["7300000000000000009".into()];
    let lost = lost(&post);
    let pages = [
        page(
            json!([
                listed("7300000000000000009", 3, "Fresh bread #baking"),
                listed("7300000000000000008", 2, "Other")
            ]),
            Some(DUE_MS + 2_000),
        ),
        page(
            json!([
                listed(POST, 1, "Fresh bread  #baking"),
                listed("7300000000000000002", -300, "Fresh bread #baking")
            ]),
            Some(1),
        ),
    ];
    let (script, end) = probe(&Tiktok, &post, &lost.0, &lost.1, &pages);
    assert_snapshot!(script);
    let Probe::Finding(finding) = end else { panic!("asks on") };
    assert!(is_post(&finding), "{finding:?}");
    for absent in [
        page(json!([]), None),
        page(json!([listed(POST, -300, "Fresh bread #baking")]), None),
    ] {
        assert!(matches!(look(&post, &lost, &[absent]), Finding::Unknown(_)));
    }
    let wrong = refused(401, "scope_not_authorized");
    assert!(matches!(look(&post, &lost, &[wrong]), Finding::Unknown(_)));
}

#[test]
fn a_long_text_is_known_by_what_the_list_shows_of_it() {
    let mut post = picture();
    post.text = format!("Bread {}", "x".repeat(400));
    let lost = lost(&post);
    let short: String = post.text.chars().take(150).collect();
    assert!(is_post(&look(&post, &lost, &[page(json!([listed(POST, 1, &short)]), None)])));
    post.text.clear();
    post.content.title = "Rye".into();
    let mut titled = listed(POST, 1, "");
    titled["title"] = "Rye".into();
    assert!(is_post(&look(&post, &lost, &[page(json!([titled]), None)])));
}

#[test]
fn pictures_without_any_words_are_a_persons_to_judge() {
    let mut post = picture();
    post.text.clear();
    let lost = lost(&post);
    assert!(matches!(
        look(&post, &lost, &[page(json!([listed(POST, 1, "")]), None)]),
        Finding::Unclear(_)
    ));
    assert!(matches!(look(&post, &lost, &[page(json!([]), None)]), Finding::Unknown(_)));
}

#[test]
fn what_not_everybody_sees_cannot_be_read() {
    for privacy in ["MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"] {
        let mut post = picture();
        choose(&mut post, "privacy_level", privacy);
        assert!(matches!(look(&post, &lost(&post), &[]), Finding::Unreadable(_)), "{privacy}");
    }
    let mut draft = picture();
    let lost = lost(&draft);
    draft.mode = Mode::Draft;
    assert!(matches!(look(&draft, &lost, &[]), Finding::Unreadable(_)));
    let mut unaudited = picture();
    unaudited.app.settings.insert("access".into(), "unaudited".into());
    assert!(matches!(look(&unaudited, &lost, &[]), Finding::Unreadable(_)));
}

fn unremembered() -> IntentView {
    IntentView {
        part: Part::Root,
        key: String::new(),
        match_key: String::new(),
        stored_at_ms: DUE_MS,
        listed_from_ms: DUE_MS,
        remembered: false,
        unseen: true,
        send_by_ms: DUE_MS,
    }
}

#[test]
fn what_another_database_may_have_sent_is_looked_for_by_its_upload_and_by_its_words() {
    let mut post = film();
    let (progress, _) = lost(&post);
    let here = (progress, unremembered());
    assert_eq!(look(&post, &here, &[uploaded(BYTES)]), Finding::Found(PartReceipt::default()));
    let rest = page(json!([listed(POST, 1, "Fresh bread #baking")]), None);
    assert!(is_post(&look(&post, &here, &[uploaded(0), rest.clone()])));
    let fresh = (Progress::default(), unremembered());
    assert!(is_post(&look(&post, &fresh, &[rest])));
    let nothing = page(json!([]), None);
    assert!(
        matches!(look(&post, &fresh, std::slice::from_ref(&nothing)), Finding::Unreadable(_)),
        "it may not be listed so far"
    );
    post.now_ms = DUE_MS + 9 * 3_600_000;
    assert_eq!(look(&post, &fresh, &[nothing]), Finding::AbsentInList);
    choose(&mut post, "privacy_level", "SELF_ONLY");
    assert!(matches!(look(&post, &fresh, &[]), Finding::Unreadable(_)));
}

#[test]
fn only_the_commit_makes_anything_and_nothing_is_left_to_remove() {
    let post = film();
    let played = play(&Tiktok, &post, &[allowed(), opened(), host(201), complete()]);
    assert_eq!(played.script.matches("COMMIT").count(), 1);
    assert!(Tiktok.discard(&post, &lost(&post).0).is_empty());
}
