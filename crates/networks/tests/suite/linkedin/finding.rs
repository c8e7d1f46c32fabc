//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::linkedin::Linkedin;
use postrider_provider::{Adapter, Answer, Finding, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{PAGE, SHARE, available, created, duplicate, on_page, on_profile, opened, put};
use crate::driver::{DUE_MS, answer, image, intent, ok, play, probe, resume};

fn posts(elements: Value) -> Answer {
    ok(json!({"paging": {"start": 0, "count": 50}, "elements": elements}))
}

fn found(urn: &str) -> Finding {
    Finding::Found(PartReceipt {
        external_id: Some(urn.into()),
        permalink: Some(format!("https://www.linkedin.com/feed/update/{urn}/")),
    })
}

#[test]
fn a_page_is_read_for_its_words() {
    let mut post = on_page(ContentType::Text, "Fresh (bread) #baking");
    post.known_external_ids = vec!["urn:li:share:1".into()];
    let stopped = play(&Linkedin, &post, &[]);
    let intent = intent(stopped.last.as_ref());
    let look = |elements| probe(&Linkedin, &post, &stopped.progress, &intent, &[posts(elements)]);
    let words = r"Fresh \(bread\) {hashtag|\#|baking}";
    let (script, end) = look(json!([
        {"id": "urn:li:share:1", "commentary": words, "createdAt": DUE_MS + 900},
        {"id": "urn:li:share:2", "commentary": "Something else", "createdAt": DUE_MS + 900},
        {"id": SHARE, "commentary": words, "createdAt": DUE_MS + 900},
    ]));
    assert_snapshot!(script);
    assert_eq!(end, Probe::Finding(found(SHARE)));
    let (_, end) = look(json!([{"id": "urn:li:share:1", "commentary": words, "createdAt": DUE_MS + 900}]));
    assert_eq!(
        end,
        Probe::Finding(Finding::AbsentInList),
        "another delivery's post is no candidate"
    );
    let (_, end) = look(json!([{"id": SHARE, "commentary": words, "createdAt": DUE_MS - 300_000}]));
    assert!(
        matches!(end, Probe::Finding(Finding::Unknown(_))),
        "an older equal post makes ours impossible: {end:?}"
    );
    let (_, end) = probe(&Linkedin, &post, &stopped.progress, &intent, &[answer(500, Value::Null)]);
    assert!(matches!(end, Probe::Finding(Finding::Unknown(_))));
}

#[test]
fn a_list_that_leaves_out_what_is_asked_for_says_of_nothing_that_it_is_absent() {
    let post = on_page(ContentType::Text, "Ours");
    let stopped = play(&Linkedin, &post, &[]);
    let intent = intent(stopped.last.as_ref());
    let look = |answer| probe(&Linkedin, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(look(posts(json!([]))), Probe::Finding(Finding::AbsentInList));
    for malformed in [
        ok(json!({})),
        posts(json!([{"id": SHARE, "commentary": "Ours"}])),
        posts(
            json!([{"id": "urn:li:share:2", "commentary": "Other", "createdAt": DUE_MS}, {"id": "urn:li:share:3", "commentary": "Other"}]),
        ),
    ] {
        let end = look(malformed.clone());
        assert!(matches!(end, Probe::Finding(Finding::Unknown(_))), "{malformed:?}: {end:?}");
    }
    let beside = json!([{"id": "urn:li:share:2", "commentary": "Other"}, {"id": SHARE, "commentary": "Ours", "createdAt": DUE_MS + 1}]);
    assert_eq!(look(posts(beside)), Probe::Finding(found(SHARE)));
}

#[test]
fn a_page_is_read_back_to_the_promise_before_anything_is_called_absent() {
    let post = on_page(ContentType::Text, "Ours");
    let stopped = play(&Linkedin, &post, &[]);
    let lost = intent(stopped.last.as_ref());
    let page = |created_at: i64| {
        let others = (0..50).map(|n| json!({"id": format!("urn:li:share:{n}"), "commentary": "Other", "createdAt": created_at}));
        posts(others.collect())
    };
    let look = |answers: &[Answer]| Linkedin.probe(&post, &stopped.progress, &lost, answers);
    let Probe::Call(next) = look(&[page(DUE_MS + 900)]) else {
        panic!("fifty newer posts say nothing of an older one");
    };
    assert!(next.url.contains("start=50"), "{}", next.url);
    let ours = posts(json!([{"id": SHARE, "commentary": "Ours", "createdAt": DUE_MS + 800}]));
    assert_eq!(look(&[page(DUE_MS + 900), ours]), Probe::Finding(found(SHARE)));
    let absent = Probe::Finding(Finding::AbsentInList);
    assert_eq!(look(&[page(DUE_MS + 900), page(DUE_MS - 60_000)]), absent);
    assert_eq!(look(&[page(DUE_MS + 900), posts(json!([]))]), absent);
    let endless: Vec<_> = (0..10).map(|_| page(DUE_MS + 900)).collect();
    assert!(matches!(look(&endless), Probe::Finding(Finding::Unknown(_))));
}

#[test]
fn a_page_is_read_for_its_own_file_whatever_the_words() {
    let mut post = on_page(ContentType::Image, "Same words");
    post.media = vec![image(1)];
    let stopped = play(&Linkedin, &post, &[opened("image", 1), put(), available()]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(intent.match_key, "urn:li:image:C1");
    let with = |urn: &str| json!([{"id": SHARE, "commentary": "Same words", "createdAt": DUE_MS + 1, "content": {"media": {"id": urn}}}]);
    let look = |elements| probe(&Linkedin, &post, &stopped.progress, &intent, &[posts(elements)]).1;
    assert_eq!(look(with("urn:li:image:C1")), Probe::Finding(found(SHARE)));
    assert_eq!(look(with("urn:li:image:C2")), Probe::Finding(Finding::AbsentInList));
}

#[test]
fn a_profile_is_asked_by_the_identical_post_once_more() {
    let post = on_profile(ContentType::Text, "Hi");
    let stopped = play(&Linkedin, &post, &[]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    let lost = intent(stopped.last.as_ref());
    let ask = |job: &Job, lost: &_, answers: &[Answer]| Linkedin.probe(job, &stopped.progress, lost, answers);
    let mut later = post.clone();
    later.now_ms = DUE_MS + 450_000;
    assert_eq!(ask(&later, &lost, &[]), Probe::Resend(commit.request.clone()));
    assert_eq!(ask(&later, &lost, &[duplicate(SHARE)]), Probe::Finding(found(SHARE)));
    assert_eq!(ask(&later, &lost, &[created()]), Probe::Finding(found(SHARE)));
    assert!(matches!(
        ask(&later, &lost, &[answer(500, Value::Null)]),
        Probe::Finding(Finding::Unknown(_))
    ));
    let mut known = later.clone();
    known.known_external_ids = vec![SHARE.into()];
    let repeat = ask(&known, &lost, &[duplicate(SHARE)]);
    assert_eq!(repeat, Probe::Finding(Finding::AbsentByFence), "it repeats another delivery's post");
    later.now_ms += 1;
    assert!(
        matches!(ask(&later, &lost, &[]), Probe::Finding(Finding::Unreadable(_))),
        "the filter may have forgotten"
    );
}

#[test]
fn a_found_post_goes_on_with_its_comment_and_a_found_comment_ends_it() {
    let mut post = on_page(ContentType::Text, "Hi");
    post.content.first_comment = "More".into();
    let adopted = Linkedin.adopt(
        &post,
        &Progress::default(),
        Part::Root,
        &PartReceipt {
            external_id: Some(SHARE.into()),
            permalink: None,
        },
    );
    let stopped = resume(&Linkedin, &post, adopted, &[]);
    let intent = intent(stopped.last.as_ref());
    assert_eq!(intent.part, Part::FirstComment);
    let comments =
        |text: &str| ok(json!({"elements": [{"id": "9", "commentUrn": "urn:li:comment:9", "actor": PAGE, "message": {"text": text}}]}));
    let look = |answer| probe(&Linkedin, &post, &stopped.progress, &intent, &[answer]).1;
    assert_eq!(look(comments("Other")), Probe::Finding(Finding::AbsentInList));
    let Probe::Finding(Finding::Found(receipt)) = look(comments("More")) else {
        panic!("not found");
    };
    let ended = Linkedin.adopt(&post, &stopped.progress, Part::FirstComment, &receipt);
    let Step::Done(receipt) = Linkedin.next(&post, &ended) else {
        panic!("not done");
    };
    assert_eq!((receipt.external_id.as_deref(), receipt.warning), (Some(SHARE), None));
}
