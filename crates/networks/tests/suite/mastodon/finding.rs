//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::mastodon::Mastodon;
use postrider_provider::{Adapter, Answer, Body, Evidence, Finding, IntentView, Job, JobPart, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{POST, on, posted, refused, uploaded, url};
use crate::driver::{DUE_MS, answer, image, intent, ok, play, probe};

const OTHER: &str = "114531999";
const WORDS: &str = "Fresh & warm, @ben@b.example:\nhttps://a.example/bread?from=oven";
const HTML: &str = concat!(
    "<p>Fresh &amp; warm, <span class=\"h-card\"><a href=\"https://b.example/@ben\" class=\"u-url mention\">@<span>ben</span></a></span>:<br />",
    "<a href=\"https://a.example/bread?from=oven\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">a.example/bread</span>",
    "<span class=\"invisible\">?from=oven</span></a></p>"
);

fn at(seconds_after: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(DUE_MS + seconds_after * 1_000).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

fn post_of(id: &str, seconds_after: i64, html: &str) -> Value {
    json!({
        "id": id, "created_at": at(seconds_after), "url": url(id), "visibility": "public", "in_reply_to_id": null, "content": html,
        "media_attachments": [],
    })
}

fn with(mut post: Value, field: &str, value: Value) -> Value {
    post[field] = value;
    post
}

fn source(text: &str) -> Answer {
    ok(json!({"id": "1", "text": text, "spoiler_text": ""}))
}

fn list(posts: Value) -> Answer {
    ok(posts)
}

fn none() -> Answer {
    list(json!([]))
}

fn lost(post: &Job) -> IntentView {
    intent(play(&Mastodon, post, &[]).last.as_ref())
}

fn look(post: &Job, intent: &IntentView, answers: &[Answer]) -> Finding {
    match Mastodon.probe(post, &Progress::default(), intent, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    }
}

fn found(id: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(url(id)),
    })
}

#[test]
fn the_accounts_posts_are_read_and_the_source_of_what_looks_alike_first() {
    let mut post = on(ContentType::Text, WORDS);
    post.known_external_ids = vec!["7".into()];
    let lost = lost(&post);
    let listed = list(json!([
        post_of(OTHER, 3, "<p>Something else</p>"),
        post_of("7", 2, HTML),
        with(post_of("8", 2, HTML), "in_reply_to_id", "3".into()),
        post_of(POST, 1, HTML),
    ]));
    let (script, end) = probe(&Mastodon, &post, &Progress::default(), &lost, &[listed, none(), source(WORDS)]);
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(POST)));
}

#[test]
fn other_words_are_not_it_however_alike_they_look() {
    let post = on(ContentType::Text, WORDS);
    let lost = lost(&post);
    let listed = || list(json!([post_of(POST, 1, HTML)]));
    // Ben of another server is shown by the same words.
    let other = source(&WORDS.replace("b.example", "c.example"));
    assert_eq!(look(&post, &lost, &[listed(), none(), other]), Finding::AbsentInList);
    let older = list(json!([post_of(POST, -300, HTML)]));
    assert_eq!(look(&post, &lost, &[older]), Finding::AbsentInList);
    assert_eq!(look(&post, &lost, &[none()]), Finding::AbsentInList);
}

#[test]
fn a_server_without_sources_is_believed_by_what_it_shows() {
    let post = on(ContentType::Text, WORDS);
    let lost = lost(&post);
    let listed = |html: &str| list(json!([post_of(POST, 1, html)]));
    let absent = || refused(404, "Not found");
    assert_eq!(look(&post, &lost, &[listed(HTML), none(), absent()]), found(POST));
    assert_eq!(
        look(&post, &lost, &[listed("<p>Stale</p>"), none(), absent()]),
        Finding::AbsentInList
    );
}

#[test]
fn a_post_of_files_is_known_by_them_whatever_it_says() {
    let mut post = on(ContentType::Image, "Hi");
    post.media = vec![image(1)];
    let stopped = play(&Mastodon, &post, &[uploaded("21")]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit")
    };
    assert_eq!((commit.match_key.as_str(), commit.evidence), ("file:21", Evidence::ReadBack));
    let mut lost = intent(stopped.last.as_ref());
    let shows = |file: &str| with(post_of(POST, 1, "<p>Edited</p>"), "media_attachments", json!([{"id": file}]));
    let looked = |lost: &IntentView, answers: &[Answer]| match Mastodon.probe(&post, &stopped.progress, lost, answers) {
        Probe::Finding(finding) => finding,
        other => panic!("asks on: {other:?}"),
    };
    assert_eq!(looked(&lost, &[list(json!([shows("21")])), none()]), found(POST));
    assert_eq!(looked(&lost, &[list(json!([shows("22")])), none()]), Finding::AbsentInList);
    // Another database would have sent the file anew: then the words tell.
    lost.unseen = true;
    assert_eq!(looked(&lost, &[list(json!([shows("22")])), none(), source("Hi")]), found(POST));
}

#[test]
fn a_part_of_a_thread_is_known_by_what_it_answers() {
    let mut post = on(ContentType::Thread, "");
    post.parts = ["One", "Two"]
        .map(|text| JobPart {
            text: text.into(),
            media: Vec::new(),
        })
        .into();
    let stopped = play(&Mastodon, &post, &[posted("11")]);
    let lost = intent(stopped.last.as_ref());
    assert_eq!((lost.part, lost.match_key.as_str()), (Part::Reply(1), "reply:11"));
    let listed = list(json!([
        post_of(OTHER, 1, "<p>Two</p>"),
        with(post_of(POST, 1, "<p>Two</p>"), "in_reply_to_id", "11".into()),
    ]));
    let (_, end) = probe(&Mastodon, &post, &stopped.progress, &lost, &[listed, none(), source("Two")]);
    assert_eq!(end, Probe::Finding(found(POST)));
}

#[test]
fn the_list_is_read_on_until_it_is_older_or_ends() {
    let post = on(ContentType::Text, WORDS);
    let lost = lost(&post);
    let page = |from: usize, count: usize, seconds: i64| {
        let posts =
            (from..from + count).map(|number| with(post_of(&number.to_string(), seconds, "<p>x</p>"), "in_reply_to_id", "3".into()));
        list(posts.collect())
    };
    let Probe::Call(next) = Mastodon.probe(&post, &Progress::default(), &lost, &[page(100, 20, 5)]) else {
        panic!("a server that holds less in a page may have more");
    };
    assert!(next.query.contains(&("max_id".to_owned(), "119".into())), "{next:?}");
    assert_eq!(look(&post, &lost, &[page(100, 40, 5), page(140, 40, -300)]), Finding::AbsentInList);
    let endless: Vec<Answer> = (0..5).map(|number| page(100 + number * 40, 40, 5)).collect();
    assert!(matches!(look(&post, &lost, &endless), Finding::Unknown(_)));
}

#[test]
fn what_cannot_be_read_says_of_nothing_that_it_is_absent() {
    let post = on(ContentType::Text, WORDS);
    let lost = lost(&post);
    for bad in [
        ok(json!({})),
        ok(json!([{"id": "1"}])),
        ok(json!([with(post_of(POST, 1, HTML), "created_at", "yesterday".into())])),
        answer(500, Value::Null),
        answer(503, Value::Null),
        refused(404, "Record not found"),
        refused(401, "The access token was revoked"),
        refused(429, "Too many requests"),
    ] {
        let end = look(&post, &lost, std::slice::from_ref(&bad));
        assert!(matches!(end, Finding::Unknown(_)), "{bad:?}: {end:?}");
    }
    let listed = || list(json!([post_of(POST, 1, HTML)]));
    for bad in [answer(502, Value::Null), ok(json!("what")), refused(429, "Too many requests")] {
        let end = look(&post, &lost, &[listed(), none(), bad.clone()]);
        assert!(matches!(end, Finding::Unknown(_)), "{bad:?}: {end:?}");
    }
}

#[test]
fn what_nobody_remembers_is_known_by_all_that_it_says() {
    let post = on(ContentType::Text, WORDS);
    let unseen = IntentView {
        remembered: false,
        unseen: true,
        key: String::new(),
        match_key: String::new(),
        ..lost(&post)
    };
    let listed = |html: &str| list(json!([post_of(POST, 1, html)]));
    assert_eq!(look(&post, &unseen, &[listed(HTML), none(), source(WORDS)]), found(POST));
    assert_eq!(look(&post, &unseen, &[none()]), Finding::AbsentInList);
    let changed = look(&post, &unseen, &[listed("<p>Other words</p>"), none(), source("Other words")]);
    assert!(matches!(changed, Finding::Unreadable(_)), "{changed:?}");

    // The first part of a thread has its own files, not the post's.
    let mut thread = on(ContentType::Thread, "");
    thread.parts = vec![JobPart {
        text: "One".into(),
        media: vec![image(1)],
    }];
    let with_file = with(post_of(POST, 1, "<p>One</p>"), "media_attachments", json!([{"id": "99"}]));
    assert_eq!(
        look(&thread, &unseen, &[list(json!([with_file])), none(), source("One")]),
        found(POST)
    );
    let mut wordless = on(ContentType::Image, "");
    wordless.media = vec![image(1)];
    let bare = with(post_of(POST, 1, ""), "media_attachments", json!([{"id": "99"}]));
    let unclear = look(&wordless, &unseen, &[list(json!([bare])), none(), source("")]);
    assert!(matches!(unclear, Finding::Unclear(_)), "{unclear:?}");
}

#[test]
fn a_found_post_ends_the_delivery_where_it_stands() {
    // Its file need not go up once more.
    let mut post = on(ContentType::Image, WORDS);
    post.media = vec![image(1)];
    let Finding::Found(receipt) = found(POST) else { unreachable!() };
    let adopted = Mastodon.adopt(&post, &Progress::default(), Part::Root, &receipt);
    let Step::Done(done) = Mastodon.next(&post, &adopted) else {
        panic!("not done")
    };
    assert_eq!((done.external_id.as_deref(), done.permalink), (Some(POST), receipt.permalink));
}

#[test]
fn nothing_answers_a_post_that_nobody_named() {
    let mut thread = on(ContentType::Thread, "");
    thread.parts = ["One", "Two"]
        .map(|text| JobPart {
            text: text.into(),
            media: Vec::new(),
        })
        .into();
    // A person's word, without an address: the next part would stand by itself, and might stand already.
    let unnamed = Mastodon.adopt(&thread, &Progress::default(), Part::Root, &PartReceipt::default());
    let Step::Fail(fault) = Mastodon.next(&thread, &unnamed) else {
        panic!("it went on")
    };
    assert_eq!(fault.code, "mastodon.part_unnamed");
    // An address names it.
    let address = PartReceipt {
        external_id: None,
        permalink: Some(url(POST)),
    };
    let named = Mastodon.adopt(&thread, &Progress::default(), Part::Root, &address);
    let Step::Commit(commit) = Mastodon.next(&thread, &named) else {
        panic!("it did not go on")
    };
    assert!(matches!(&commit.request.body, Body::Json(body) if body["in_reply_to_id"] == POST));
    let mut commented = on(ContentType::Text, WORDS);
    commented.content.first_comment = "More".into();
    let Step::Done(done) = Mastodon.next(
        &commented,
        &Mastodon.adopt(&commented, &Progress::default(), Part::Root, &PartReceipt::default()),
    ) else {
        panic!("it went on")
    };
    assert!(done.warning.is_some_and(|warning| warning.contains("first comment")));
}
