//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::google_business::GoogleBusiness;
use postrider_provider::{Adapter, Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{ADDRESS, EVENT, PARENT, choose, refused, resource, store, told};
use crate::driver::{image, intent, link, ok, play, probe, resume};

/// Where a delivery stands as the answer of its commit is lost.
fn lost(post: &Job) -> (Progress, IntentView) {
    let played = play(&GoogleBusiness, post, &[]);
    (played.progress.clone(), intent(played.last.as_ref()))
}

fn list(posts: &[Value]) -> Answer {
    ok(json!({"localPosts": posts}))
}

fn listed(change: impl Fn(&mut Value)) -> Answer {
    let mut post = resource("LIVE", "Fresh bread");
    change(&mut post);
    list(&[post])
}

fn look(post: &Job, answers: &[Answer]) -> Finding {
    let (progress, intent) = lost(post);
    match GoogleBusiness.probe(post, &progress, &intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn found(permalink: Option<&str>) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(format!("{PARENT}/localPosts/555")),
        permalink: permalink.map(str::to_owned),
    })
}

#[test]
fn the_list_is_read_to_its_end_or_until_a_whole_page_is_older() {
    let post = store(ContentType::Text, "Fresh bread");
    let (progress, view) = lost(&post);
    let mut other = resource("LIVE", "Other words");
    other["name"] = format!("{PARENT}/localPosts/556").into();
    let mut old = resource("LIVE", "Fresh bread");
    old["createTime"] = "2026-11-21T00:00:00Z".into();
    let first = ok(json!({"localPosts": [other, old.clone()], "nextPageToken": "t"}));
    let (script, end) = probe(
        &GoogleBusiness,
        &post,
        &progress,
        &view,
        &[first.clone(), list(&[resource("LIVE", "Fresh bread")])],
    );
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(Some(ADDRESS))));
    let older = ok(json!({"localPosts": [old], "nextPageToken": "u"}));
    assert_eq!(look(&post, &[first, older]), Finding::AbsentInList);
    assert_eq!(
        look(&post, &[ok(json!({}))]),
        Finding::AbsentInList,
        "an empty list is not there at all"
    );
    let endless: Vec<Answer> = (0..10)
        .map(|_| ok(json!({"localPosts": [resource("LIVE", "Other words")], "nextPageToken": "t"})))
        .collect();
    assert!(matches!(look(&post, &endless), Finding::Unknown(_)));
}

#[test]
fn a_post_is_known_by_what_it_is_about_and_its_words() {
    let post = store(ContentType::Text, " Fresh   bread ");
    assert_eq!(look(&post, &[listed(|_| {})]), found(Some(ADDRESS)));
    // Google may still be looking it over, or have rejected it: the call did make it.
    for state in ["PROCESSING", "REJECTED"] {
        let said = listed(|post| {
            post["state"] = state.into();
            post.as_object_mut().expect("an object").remove("searchUrl");
        });
        assert_eq!(look(&post, &[said]), found(None), "{state}");
    }
    for said in [
        listed(|post| post["summary"] = "Stale bread".into()),
        listed(|post| post["topicType"] = "EVENT".into()),
        listed(|post| post["callToAction"] = json!({"actionType": "SHOP", "url": "https://a.example"})),
        listed(|post| post["createTime"] = "2026-11-21T23:00:00Z".into()),
    ] {
        assert_eq!(look(&post, std::slice::from_ref(&said)), Finding::AbsentInList, "{}", said.json());
    }
    let mut known = store(ContentType::Text, "Fresh bread");
    known.known_external_ids = vec![format!("{PARENT}/localPosts/555")];
    assert_eq!(look(&known, &[listed(|_| {})]), Finding::AbsentInList, "another delivery's");
}

#[test]
fn the_page_of_a_button_and_the_title_of_an_event_are_words_too() {
    let mut post = store(ContentType::Link, "Fresh bread");
    post.content.link = Some(link("https://a.example/?utm_source=google"));
    let with_page = |url: &'static str| listed(move |post| post["callToAction"] = json!({"actionType": "LEARN_MORE", "url": url}));
    assert_eq!(
        look(&post, &[with_page("https://a.example/?utm_source=google")]),
        found(Some(ADDRESS))
    );
    assert_eq!(look(&post, &[with_page("https://a.example/")]), Finding::AbsentInList);
    let mut event = store(ContentType::Text, "Fresh bread");
    choose(&mut event, EVENT);
    let titled = |title: &'static str| {
        listed(move |post| {
            post["topicType"] = "EVENT".into();
            post["event"] = json!({"title": title});
        })
    };
    assert_eq!(look(&event, &[titled("Open day")]), found(Some(ADDRESS)));
    assert_eq!(look(&event, &[titled("Closed day")]), Finding::AbsentInList);
}

#[test]
fn of_two_alike_the_older_is_taken_as_they_are_sent_in_their_order() {
    let post = store(ContentType::Text, "Fresh bread");
    let mut later = resource("LIVE", "Fresh bread");
    later["name"] = format!("{PARENT}/localPosts/556").into();
    later["createTime"] = "2026-11-22T00:01:09Z".into();
    assert_eq!(
        look(&post, &[list(&[later, resource("LIVE", "Fresh bread")])]),
        found(Some(ADDRESS))
    );
}

#[test]
fn a_photo_without_words_is_for_a_person_to_know() {
    let mut post = store(ContentType::Image, "");
    post.media = vec![image(1)];
    let wordless = listed(|post| {
        post.as_object_mut().expect("an object").remove("summary");
    });
    assert!(matches!(look(&post, &[wordless]), Finding::Unclear(why) if why.contains(ADDRESS)));
    assert_eq!(look(&post, &[listed(|_| {})]), Finding::AbsentInList);
}

#[test]
fn a_list_that_cannot_be_read_says_nothing() {
    let post = store(ContentType::Text, "Fresh bread");
    let timeless = listed(|post| post["createTime"] = "".into());
    for said in [
        refused(429, "RESOURCE_EXHAUSTED", Value::Null),
        refused(500, "INTERNAL", Value::Null),
        refused(403, "PERMISSION_DENIED", Value::Null),
        timeless,
    ] {
        assert!(
            matches!(look(&post, std::slice::from_ref(&said)), Finding::Unknown(_)),
            "{}",
            said.json()
        );
    }
    let over = refused(401, "UNAUTHENTICATED", Value::Null);
    assert!(matches!(look(&post, &[over]), Finding::NoAccess(_)));
}

#[test]
fn what_was_found_is_gone_on_from_and_looked_at() {
    let post = store(ContentType::Text, "Fresh bread");
    let (progress, _) = lost(&post);
    let receipt = PartReceipt {
        external_id: Some(format!("{PARENT}/localPosts/555")),
        permalink: None,
    };
    let adopted = GoogleBusiness.adopt(&post, &progress, Part::Root, &receipt);
    let played = resume(&GoogleBusiness, &post, adopted.clone(), &[told("LIVE")]);
    assert!(matches!(&played.last, Some(Step::Done(done)) if done.permalink.as_deref() == Some(ADDRESS)));
    let rejected = resume(&GoogleBusiness, &post, adopted, &[told("REJECTED")]);
    assert_eq!(rejected.fault.expect("a fault").code, "google_business.rejected");
    // A person's word, who named no post.
    let adopted = GoogleBusiness.adopt(&post, &Progress::default(), Part::Root, &PartReceipt::default());
    assert!(matches!(GoogleBusiness.next(&post, &adopted), Step::Done(done) if done.external_id.is_none()));
}

#[test]
fn what_another_database_made_is_known_by_its_words() {
    let post = store(ContentType::Text, "Fresh bread");
    let (progress, view) = lost(&post);
    let forgotten = IntentView {
        key: String::new(),
        match_key: String::new(),
        remembered: false,
        ..view
    };
    let judged = |said: Answer| match GoogleBusiness.probe(&post, &progress, &forgotten, &[said]) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    };
    assert_eq!(judged(listed(|_| {})), found(Some(ADDRESS)));
    let near = judged(listed(|post| post["summary"] = "Other words".into()));
    assert!(matches!(near, Finding::Unreadable(_)), "{near:?}");
    assert_eq!(judged(ok(json!({}))), Finding::AbsentInList);
}
