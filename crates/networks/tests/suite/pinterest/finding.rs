//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::pinterest::Pinterest;
use postrider_provider::{Adapter, Answer, Evidence, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{PIN, on_board, refused};
use crate::driver::{DUE_MS, answer, image, intent, link, ok, play, probe, video};

const OTHER: &str = "813744226420795885";

fn post() -> Job {
    let mut post = on_board(ContentType::Link, "Fresh bread\n\n#baking");
    post.content.title = "Rye".into();
    post.content.link = Some(link("https://a.example/bread/"));
    post.media = vec![image(1)];
    post
}

/// `2026-11-22T00:01:00` is the instant at which the delivery is due, in the driver.
fn at(seconds_after: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(DUE_MS + seconds_after * 1_000).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn pin(id: &str, seconds_after: i64) -> Value {
    json!({
        "id": id, "created_at": at(seconds_after), "title": "Rye", "description": "Fresh bread  #baking", "link": "https://a.example/bread",
        "is_owner": true, "media": {"media_type": "image"},
    })
}

fn with(mut pin: Value, field: &str, value: Value) -> Value {
    pin[field] = value;
    pin
}

fn pins(items: Value) -> Answer {
    ok(json!({"items": items, "bookmark": null}))
}

fn lost(post: &Job) -> IntentView {
    intent(play(&Pinterest, post, &[]).last.as_ref())
}

fn look(post: &Job, intent: &IntentView, answers: &[Answer]) -> Finding {
    match Pinterest.probe(post, &Progress::default(), intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn found(id: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(format!("https://www.pinterest.com/pin/{id}/")),
    })
}

#[test]
fn the_board_is_read_for_title_link_and_words() {
    let mut post = post();
    post.known_external_ids = vec![OTHER.into()];
    let intent = lost(&post);
    let (script, end) = probe(
        &Pinterest,
        &post,
        &Progress::default(),
        &intent,
        &[pins(json!([
            pin(OTHER, 2),
            with(pin("1", 1), "title", "Wheat".into()),
            pin(PIN, 1)
        ]))],
    );
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(PIN)));
    assert_eq!(look(&post, &intent, &[pins(json!([pin(OTHER, 2)]))]), Finding::AbsentInList);
    assert_eq!(look(&post, &intent, &[pins(json!([]))]), Finding::AbsentInList);
}

#[test]
fn what_is_older_another_persons_or_of_another_kind_is_not_it() {
    let post = post();
    let intent = lost(&post);
    for other in [
        pin(PIN, -300),
        with(pin(PIN, 1), "is_owner", false.into()),
        with(pin(PIN, 1), "media", json!({"media_type": "video"})),
        with(pin(PIN, 1), "link", "https://b.example".into()),
        with(pin(PIN, 1), "title", Value::Null),
    ] {
        assert_eq!(look(&post, &intent, &[pins(json!([other]))]), Finding::AbsentInList, "{other}");
    }
}

#[test]
fn a_pin_of_the_same_title_and_link_with_other_words_is_a_persons_to_judge() {
    let post = post();
    let intent = lost(&post);
    let changed = with(pin(PIN, 1), "description", "Fresh bread".into());
    let told = look(&post, &intent, &[pins(json!([changed]))]);
    assert!(matches!(&told, Finding::Unclear(why) if why.contains(PIN)), "{told:?}");
}

#[test]
fn a_pin_without_any_words_is_never_taken_for_ours_unseen() {
    let mut post = on_board(ContentType::Image, "");
    post.media = vec![image(1)];
    let intent = lost(&post);
    assert_eq!(intent.match_key, "image");
    let bare = json!({"id": PIN, "created_at": at(1), "media": {"media_type": "image"}});
    assert!(matches!(look(&post, &intent, &[pins(json!([bare]))]), Finding::Unclear(_)));
    assert_eq!(look(&post, &intent, &[pins(json!([pin(PIN, 1)]))]), Finding::AbsentInList);
}

#[test]
fn a_video_is_known_by_its_upload() {
    let mut post = on_board(ContentType::Video, "Kneading");
    post.media = vec![video(1, 100)];
    let stopped = play(
        &Pinterest,
        &post,
        &[super::registered(), super::stored(), super::media("succeeded")],
    );
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.match_key.as_str(), commit.evidence), ("12345", Evidence::ReadBack));
    let intent = intent(stopped.last.as_ref());
    let ours = json!({"id": PIN, "created_at": at(1), "description": "Kneading", "media": {"media_type": "video"}});
    assert_eq!(look(&post, &intent, &[pins(json!([ours]))]), found(PIN));
}

#[test]
fn the_list_is_read_on_until_everything_on_a_page_is_older() {
    let post = post();
    let intent = lost(&post);
    let page = |seconds: i64, bookmark: &str| {
        let others: Vec<Value> = (0..25)
            .map(|n| with(pin(&n.to_string(), seconds), "title", "Other".into()))
            .collect();
        ok(json!({"items": others, "bookmark": bookmark}))
    };
    let Probe::Call(next) = Pinterest.probe(&post, &Progress::default(), &intent, &[page(5, "Y2+=")]) else {
        panic!("25 newer Pins say nothing of an older one");
    };
    assert!(
        next.query.contains(&("bookmark".to_owned(), "Y2+=".into())),
        "{:?}",
        next.query.len()
    );
    assert_eq!(look(&post, &intent, &[page(5, "a"), pins(json!([pin(PIN, 1)]))]), found(PIN));
    assert_eq!(look(&post, &intent, &[page(5, "a"), page(-300, "b")]), Finding::AbsentInList);
    assert_eq!(look(&post, &intent, &[page(5, "a"), pins(json!([]))]), Finding::AbsentInList);
    let endless: Vec<Answer> = (0..10).map(|n| page(5, &n.to_string())).collect();
    assert!(matches!(look(&post, &intent, &endless), Finding::Unknown(_)));
}

#[test]
fn a_list_that_cannot_be_read_says_of_nothing_that_it_is_absent() {
    let post = post();
    let intent = lost(&post);
    for bad in [
        ok(json!({})),
        ok(json!({"items": [{"id": "1"}]})),
        ok(json!({"items": [{"id": "1", "created_at": "yesterday"}]})),
        answer(500, Value::Null),
        refused(404, 40, "Board not found."),
        refused(429, 8, "You have exceeded your rate limit. Try again later."),
    ] {
        let end = look(&post, &intent, std::slice::from_ref(&bad));
        assert!(matches!(end, Finding::Unknown(_)), "{bad:?}: {end:?}");
    }
    let over = look(&post, &intent, &[refused(401, 2, "Authentication failed.")]);
    assert!(matches!(over, Finding::NoAccess(_)), "{over:?}");
}

#[test]
fn what_nobody_remembers_is_known_by_all_that_it_says() {
    let post = post();
    let unremembered = IntentView {
        remembered: false,
        key: String::new(),
        match_key: String::new(),
        ..lost(&post)
    };
    assert_eq!(look(&post, &unremembered, &[pins(json!([pin(PIN, 1)]))]), found(PIN));
    assert_eq!(look(&post, &unremembered, &[pins(json!([]))]), Finding::AbsentInList);
    let changed = with(pin(PIN, 1), "description", "Other words".into());
    assert!(matches!(
        look(&post, &unremembered, &[pins(json!([changed]))]),
        Finding::Unreadable(_)
    ));
    let zoned = with(pin(PIN, 1), "created_at", format!("{}Z", at(1)).into());
    assert_eq!(look(&post, &unremembered, &[pins(json!([zoned]))]), found(PIN));
}

#[test]
fn a_found_pin_ends_the_delivery_where_it_stands() {
    let post = post();
    let Finding::Found(receipt) = found(PIN) else { unreachable!() };
    let adopted = Pinterest.adopt(&post, &Progress::default(), Part::Root, &receipt);
    let Step::Done(done) = Pinterest.next(&post, &adopted) else {
        panic!("not done");
    };
    assert_eq!((done.external_id.as_deref(), done.permalink), (Some(PIN), receipt.permalink));
}
