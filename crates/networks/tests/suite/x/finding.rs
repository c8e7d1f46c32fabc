//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::x::X;
use postrider_provider::{Adapter, Answer, Evidence, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{POST, created, on_profile, refused, thread, uploaded};
use crate::driver::{DUE_MS, answer, image, intent, ok, play, probe};

const OTHER: &str = "1900000000000000199";
const WORDS: &str = "Fish & chips <now>\n\nhttps://a.example/menu #rye";

fn at(seconds_after: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(DUE_MS + seconds_after * 1_000).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A post as X lists it: escaped, its address shortened.
fn listed(id: &str, seconds_after: i64) -> Value {
    json!({
        "id": id, "created_at": at(seconds_after), "text": "Fish &amp; chips &lt;now&gt;\n\nhttps://t.co/abc #rye",
        "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://a.example/menu"}]},
    })
}

fn with(mut post: Value, field: &str, value: Value) -> Value {
    post[field] = value;
    post
}

fn posts(items: Value) -> Answer {
    ok(json!({"data": items, "meta": {"result_count": 1}}))
}

fn none() -> Answer {
    ok(json!({"meta": {"result_count": 0}}))
}

fn text() -> Job {
    on_profile(ContentType::Text, WORDS)
}

fn lost(post: &Job) -> IntentView {
    intent(play(&X, post, &[]).last.as_ref())
}

fn look_from(post: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Finding {
    match X.probe(post, progress, intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn look(post: &Job, intent: &IntentView, answers: &[Answer]) -> Finding {
    look_from(post, &Progress::default(), intent, answers)
}

fn found(id: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(format!("https://x.com/acme/status/{id}")),
    })
}

#[test]
fn the_accounts_posts_are_read_for_the_words() {
    let mut post = text();
    post.known_external_ids = vec!["17".into()];
    let intent = lost(&post);
    let answers = [posts(json!([with(listed("18", 2), "text", "Other".into()), listed(POST, 1)]))];
    let (script, end) = probe(&X, &post, &Progress::default(), &intent, &answers);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(POST)));
    assert_eq!(look(&post, &intent, &[none()]), Finding::AbsentInList);
    let other = with(listed(OTHER, 1), "text", "Other words".into());
    assert_eq!(look(&post, &intent, &[posts(json!([other]))]), Finding::AbsentInList);
}

#[test]
fn newer_names_of_the_same_fields_are_read() {
    let post = thread(image(1));
    let mut answers = uploaded("31");
    answers.extend([created("21"), created("22")]);
    let stopped = play(&X, &post, &answers);
    let third = intent(stopped.last.as_ref());
    for field in ["referenced_tweets", "referenced_posts"] {
        let reply = json!({"id": "23", "created_at": at(1), "text": "Third", field: [{"type": "replied_to", "id": "22"}]});
        assert_eq!(
            look_from(&post, &stopped.progress, &third, &[posts(json!([reply]))]),
            found("23"),
            "{field}"
        );
    }
}

#[test]
fn an_equal_post_that_is_not_this_one_says_why_x_refuses_it() {
    let mut post = text();
    post.known_external_ids = vec!["17".into()];
    let intent = lost(&post);
    for equal in [
        listed(OTHER, -600),
        listed("17", 1),
        with(listed(OTHER, 1), "attachments", json!({"media_keys": ["3_1"]})),
        with(listed(OTHER, 1), "referenced_tweets", json!([{"type": "replied_to", "id": "1"}])),
    ] {
        let told = look(&post, &intent, &[posts(json!([equal]))]);
        assert!(
            matches!(&told, Finding::Unknown(why) if why.contains("refuses repeats")),
            "{told:?}"
        );
        let mut later = post.clone();
        later.now_ms = intent.send_by_ms + 10 * 60_000;
        let told = look(&later, &intent, &[posts(json!([equal]))]);
        assert!(matches!(told, Finding::Unclear(_)), "{told:?}");
    }
}

#[test]
fn a_post_with_media_is_known_by_their_names() {
    let mut post = on_profile(ContentType::Image, "Rye");
    post.media = vec![image(1)];
    let stopped = play(&X, &post, &uploaded("31"));
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.match_key.as_str(), commit.evidence), ("3_31", Evidence::ReadBack));
    let intent = intent(stopped.last.as_ref());
    let shows = |key: &str, text: &str| {
        json!({"id": POST, "created_at": at(1), "text": text, "attachments": {"media_keys": [key]},
            "entities": {"urls": [{"url": "https://t.co/m", "expanded_url": format!("https://x.com/acme/status/{POST}/photo/1")}]}})
    };
    let look = |seen: Value| look_from(&post, &stopped.progress, &intent, &[posts(json!([seen]))]);
    assert_eq!(look(shows("3_31", "anything")), found(POST));
    assert_eq!(look(shows("3_99", "Other https://t.co/m")), Finding::AbsentInList);
    // The same words above another picture: X may refuse the repeat for them.
    assert!(matches!(look(shows("3_99", "Rye https://t.co/m")), Finding::Unknown(_)));
}

#[test]
fn a_first_comment_is_the_answer_of_those_words() {
    let mut post = on_profile(ContentType::Text, "Hi");
    post.content.first_comment = "Until noon".into();
    let stopped = play(&X, &post, &[created(POST)]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(
        (intent.part, intent.match_key.as_str()),
        (Part::FirstComment, &*format!("answer:{POST}"))
    );
    let reply = |parent: &str, text: &str| json!({"id": OTHER, "created_at": at(1), "text": text, "referenced_tweets": [{"type": "replied_to", "id": parent}]});
    let look = |seen: Value| look_from(&post, &stopped.progress, &intent, &[posts(json!([seen]))]);
    assert_eq!(look(reply(POST, "Until noon")), found(OTHER));
    assert_eq!(look(reply(POST, "Until nine")), Finding::AbsentInList);
    assert!(matches!(look(reply("5", "Until noon")), Finding::Unknown(_)));
    let Finding::Found(receipt) = found(OTHER) else { unreachable!() };
    let adopted = X.adopt(&post, &stopped.progress, Part::FirstComment, &receipt);
    let Step::Done(done) = X.next(&post, &adopted) else {
        panic!("not done");
    };
    assert_eq!((done.external_id.as_deref(), done.warning), (Some(POST), None));
}

#[test]
fn the_list_is_read_to_its_end() {
    let post = text();
    let intent = lost(&post);
    let page = |token: &str| {
        ok(json!({"data": [with(listed(OTHER, 1), "text", "Other".into())], "meta": {"result_count": 1, "next_token": token}}))
    };
    let Probe::Call(next) = X.probe(&post, &Progress::default(), &intent, &[page("7140dibs")]) else {
        panic!("a page that is not the last says nothing of the rest");
    };
    assert!(next.query.contains(&("pagination_token".to_owned(), "7140dibs".into())));
    assert_eq!(look(&post, &intent, &[page("a"), posts(json!([listed(POST, 1)]))]), found(POST));
    assert_eq!(look(&post, &intent, &[page("a"), none()]), Finding::AbsentInList);
    let endless: Vec<Answer> = (0..10).map(|n| page(&n.to_string())).collect();
    assert!(matches!(look(&post, &intent, &endless), Finding::Unknown(_)));
}

#[test]
fn a_list_that_cannot_be_read_says_of_nothing_that_it_is_absent() {
    let post = text();
    let intent = lost(&post);
    for bad in [
        ok(json!({})),
        ok(json!({"data": [{"id": "1", "text": "x"}], "meta": {}})),
        ok(json!({"data": [{"id": "1", "text": "x", "created_at": "yesterday"}], "meta": {}})),
        ok(json!({"data": [], "meta": {}, "errors": [{"title": "Not Found Error"}]})),
        answer(500, Value::Null),
        refused(402, "no credits"),
        refused(403, "You are not permitted to perform this action."),
        refused(429, "Too Many Requests"),
    ] {
        let end = look(&post, &intent, std::slice::from_ref(&bad));
        assert!(matches!(end, Finding::Unknown(_)), "{bad:?}: {end:?}");
    }
    let over = look(&post, &intent, &[refused(401, "Unauthorized")]);
    assert!(matches!(over, Finding::NoAccess(_)), "{over:?}");
}

#[test]
fn what_nobody_remembers_is_known_by_what_it_says_and_shows() {
    let post = text();
    let unremembered = IntentView {
        remembered: false,
        key: String::new(),
        match_key: String::new(),
        ..lost(&post)
    };
    assert_eq!(look(&post, &unremembered, &[posts(json!([listed(POST, 1)]))]), found(POST));
    assert_eq!(look(&post, &unremembered, &[none()]), Finding::AbsentInList);
    for changed in [
        with(listed(POST, 1), "text", "Other words".into()),
        with(listed(POST, 1), "attachments", json!({"media_keys": ["3_1"]})),
        with(listed(POST, 1), "attachments", json!({"poll_ids": ["1"]})),
    ] {
        let told = look(&post, &unremembered, &[posts(json!([changed]))]);
        assert!(matches!(told, Finding::Unreadable(_)), "{told:?}");
    }
    // An answer to somebody is another conversation's.
    let reply = with(listed(POST, 1), "referenced_tweets", json!([{"type": "replied_to", "id": "5"}]));
    assert!(matches!(
        look(&post, &unremembered, &[posts(json!([reply]))]),
        Finding::Unreadable(_)
    ));
    // It is asked for from when it could have gone out on, and not for a day before.
    let Probe::Call(asked) = X.probe(&post, &Progress::default(), &unremembered, &[]) else {
        panic!("does not ask");
    };
    let start = at(-60).replace(".000Z", "Z");
    assert!(asked.query.contains(&("start_time".to_owned(), start.into())));
}
