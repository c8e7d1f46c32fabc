//! How a lost answer is resolved.

use insta::assert_snapshot;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_networks::threads::Threads;
use postrider_provider::{Adapter, Answer, Evidence, Finding, IntentView, Job, PartReceipt, Probe, Progress, Step};
use serde_json::{Value, json};

use super::{address, at, made, on, refused, room, thread};
use crate::driver::{DUE_MS, answer, image, intent, ok, play, probe};

fn list(media: Value) -> Answer {
    ok(json!({"data": media}))
}

/// A post in a list, of so many minutes past midnight; it is due at 00:01.
fn one(id: &str, text: &str, minute: u32) -> Value {
    json!({"id": id, "text": text, "timestamp": format!("2026-11-22T00:{minute:02}:00+0000"), "media_type": "TEXT_POST",
        "permalink": format!("https://www.threads.com/@blue.cafe/post/{id}"), "is_reply": false})
}

fn answering(parent: &str, mut post: Value) -> Value {
    post["is_reply"] = json!(true);
    post["replied_to"] = json!({"id": parent});
    post
}

fn found(id: &str) -> Probe {
    Probe::Finding(Finding::Found(PartReceipt {
        external_id: Some(id.into()),
        permalink: Some(format!("https://www.threads.com/@blue.cafe/post/{id}")),
    }))
}

fn nameless() -> Probe {
    Probe::Finding(Finding::Found(PartReceipt::default()))
}

fn is_unknown(probe: &Probe) -> bool {
    matches!(probe, Probe::Finding(Finding::Unknown(_)))
}

/// A delivery whose commit got no answer.
struct Lost {
    post: Job,
    progress: Progress,
    intent: IntentView,
}

impl Lost {
    fn at(post: Job, answers: &[Answer]) -> Self {
        let stopped = play(&Threads, &post, answers);
        let intent = intent(stopped.last.as_ref());
        Lost {
            post,
            progress: stopped.progress,
            intent,
        }
    }

    fn text() -> Self {
        Lost::at(on(ContentType::Text, "Fresh bread"), &[room(), made("c"), at("FINISHED")])
    }

    /// At the n-th part of a thread, from the second on.
    fn reply(n: usize) -> Self {
        let mut answers = vec![room(), made("c1"), at("FINISHED"), made("m1"), made("c2"), at("FINISHED")];
        if n > 1 {
            answers.extend([made("m2"), made("c3"), at("FINISHED")]);
        }
        Lost::at(thread(), &answers)
    }

    fn look(&self, answers: &[Answer]) -> Probe {
        probe(&Threads, &self.post, &self.progress, &self.intent, answers).1
    }

    fn script(&self, answers: &[Answer]) -> String {
        probe(&Threads, &self.post, &self.progress, &self.intent, answers).0
    }
}

#[test]
fn the_container_tells_whether_it_was_published() {
    let mut post = on(ContentType::Text, "Fresh bread");
    post.known_external_ids = vec!["m0".into()];
    let stopped = play(&Threads, &post, &[room(), made("c"), at("FINISHED")]);
    let Some(Step::Commit(commit)) = &stopped.last else {
        panic!("not at a commit");
    };
    assert_eq!((commit.evidence, commit.key.as_str()), (Evidence::Fenced, "c"));
    let mut lost = Lost {
        intent: intent(stopped.last.as_ref()),
        progress: stopped.progress,
        post,
    };
    for status in ["FINISHED", "ERROR", "EXPIRED"] {
        assert_eq!(lost.look(&[at(status)]), Probe::Finding(Finding::AbsentByFence));
    }
    for answer in [
        at("IN_PROGRESS"),
        refused(100, 33),
        refused(10, 0),
        answer(500, Value::Null),
        ok(json!([])),
    ] {
        let told = lost.look(std::slice::from_ref(&answer));
        assert!(is_unknown(&told), "{answer:?}: {told:?}");
    }
    assert!(matches!(lost.look(&[refused(190, 463)]), Probe::Finding(Finding::NoAccess(_))));
    // Another delivery's, another's words, another kind, an answer, and one from before the call are no candidates.
    lost.intent.listed_from_ms += 120_000;
    let mut picture = one("m3", "Fresh bread", 2);
    picture["media_type"] = json!("IMAGE");
    let candidates = json!([
        one("m0", "Fresh bread", 2),
        one("m1", "Fresh  bread", 2),
        one("m2", "Else", 2),
        picture,
        answering("p", one("m4", "Fresh bread", 2)),
        one("m5", "Fresh bread", 0),
    ]);
    assert_eq!(lost.look(&[at("PUBLISHED"), list(candidates.clone())]), found("m1"));
    assert_snapshot!(lost.script(&[at("PUBLISHED"), list(candidates)]));
}

#[test]
fn what_is_not_listed_yet_is_looked_for_again_and_then_stands_without_an_address() {
    let mut lost = Lost::text();
    let nothing = || [at("PUBLISHED"), list(json!([]))];
    assert!(is_unknown(&lost.look(&nothing())));
    lost.post.now_ms += 11 * 60_000;
    assert_eq!(lost.look(&nothing()), nameless());
    assert_eq!(lost.look(&[at("PUBLISHED"), refused(10, 0)]), nameless());
    assert!(matches!(
        lost.look(&[at("PUBLISHED"), refused(190, 463)]),
        Probe::Finding(Finding::NoAccess(_))
    ));
    let adopted = Threads.adopt(&lost.post, &lost.progress, Part::Root, &PartReceipt::default());
    let Step::Done(receipt) = Threads.next(&lost.post, &adopted) else {
        panic!("not done");
    };
    assert_eq!(
        (receipt.external_id, receipt.permalink.as_deref()),
        (None, Some("https://www.threads.com/@blue.cafe"))
    );
}

#[test]
fn two_posts_that_could_be_ours_leave_it_without_an_address() {
    let lost = Lost::text();
    let same = json!([one("m1", "Fresh bread", 2), one("m2", "Fresh bread", 2)]);
    assert_eq!(lost.look(&[at("PUBLISHED"), list(same)]), nameless());
}

#[test]
fn a_part_of_a_thread_is_found_by_what_it_answers() {
    let mut lost = Lost::reply(1);
    assert_eq!((lost.intent.part, lost.intent.key.as_str()), (Part::Reply(1), "c2"));
    let mut ours = answering("m1", one("r1", "Two", 2));
    ours["media_type"] = json!("IMAGE");
    let mut elsewhere = answering("other", one("r2", "Two", 2));
    elsewhere["media_type"] = json!("IMAGE");
    let told = [at("PUBLISHED"), list(json!([elsewhere, ours.clone()]))];
    assert_eq!(lost.look(&told), found("r1"));
    assert_snapshot!(lost.script(&told));
    // What is to be answered must be known, however long it takes.
    lost.post.now_ms += 3_600_000;
    let twice = list(json!([ours.clone(), {"id": "r3", "text": "Two", "timestamp": ours["timestamp"], "media_type": "IMAGE"}]));
    for second in [list(json!([])), twice, refused(10, 0)] {
        assert!(is_unknown(&lost.look(&[at("PUBLISHED"), second])));
    }
    let mut last = Lost::reply(2);
    last.post.now_ms += 3_600_000;
    assert_eq!(last.intent.part, Part::Reply(2));
    assert_eq!(
        last.look(&[at("PUBLISHED"), list(json!([]))]),
        nameless(),
        "nothing answers the last"
    );
    let adopted = Threads.adopt(&last.post, &last.progress, Part::Reply(2), &PartReceipt::default());
    let Step::Call(call) = Threads.next(&last.post, &adopted) else {
        panic!("the thread is whole: only its address is to be read");
    };
    assert!(call.url.ends_with("/m1"), "{}", call.url);
}

#[test]
fn a_comment_is_found_by_its_container_too() {
    let mut post = on(ContentType::Image, "x");
    post.media = vec![image(1)];
    post.content.first_comment = "More".into();
    let answers = [room(), made("c"), at("FINISHED"), made("m"), address(), made("d"), at("FINISHED")];
    let lost = Lost::at(post, &answers);
    assert_eq!((lost.intent.part, lost.intent.key.as_str()), (Part::FirstComment, "d"));
    assert_eq!(lost.look(&[at("FINISHED")]), Probe::Finding(Finding::AbsentByFence));
    let told = [at("PUBLISHED"), list(json!([answering("m", one("k", "More", 2))]))];
    assert_eq!(lost.look(&told), found("k"));
    let adopted = Threads.adopt(
        &lost.post,
        &lost.progress,
        Part::FirstComment,
        &PartReceipt {
            external_id: Some("k".into()),
            permalink: None,
        },
    );
    let Step::Done(receipt) = Threads.next(&lost.post, &adopted) else {
        panic!("not done");
    };
    assert_eq!((receipt.external_id.as_deref(), receipt.warning), (Some("m"), None));
    assert_eq!(receipt.permalink.as_deref(), Some("https://www.threads.com/@blue.cafe/post/abc"));
}

fn unseen(lost: &Lost) -> IntentView {
    IntentView {
        key: String::new(),
        match_key: "unseen:dlv".into(),
        remembered: false,
        unseen: true,
        ..lost.intent.clone()
    }
}

#[test]
fn of_what_a_lost_database_may_have_posted_the_own_container_tells_first() {
    let mut lost = Lost::text();
    lost.intent = unseen(&lost);
    // Its words were changed in the lost database, and it went out with them.
    let mut later = lost.post.clone();
    later.now_ms = DUE_MS + 3_600_000;
    let other = list(json!([one("m1", "Stale bread", 2)]));
    let (_, end) = probe(&Threads, &later, &lost.progress, &lost.intent, &[at("PUBLISHED"), other]);
    assert_eq!(end, nameless());
    // Nothing was made of it yet, or will be, or it is gone: by its words.
    let same = || list(json!([one("m1", "Fresh bread", 2)]));
    for own in [at("FINISHED"), at("IN_PROGRESS"), at("EXPIRED"), refused(100, 33)] {
        assert_eq!(lost.look(&[own, same()]), found("m1"));
    }
    assert!(is_unknown(&lost.look(&[answer(500, Value::Null)])));
    assert_eq!(lost.look(&[at("FINISHED"), list(json!([]))]), Probe::Finding(Finding::AbsentInList));
    assert_snapshot!(lost.script(&[at("FINISHED"), list(json!([]))]));
    // Page by page, as long as there are younger ones than the call.
    let more = json!({"next": "https://graph.threads.net/", "cursors": {"after": "M2"}});
    let busy = ok(json!({"data": [one("m9", "Else", 9)], "paging": more}));
    assert_eq!(lost.look(&[at("FINISHED"), busy, same()]), found("m1"));
    // Nothing was prepared here: the list at once.
    lost.progress = Progress::default();
    assert_eq!(lost.look(&[same()]), found("m1"));
    assert!(is_unknown(&lost.look(&[ok(json!({}))])), "no list says nothing");
    assert!(is_unknown(&lost.look(&[answer(500, Value::Null)])));
}

#[test]
fn a_part_that_another_database_may_have_sent_is_looked_for_by_its_words_under_its_parent() {
    let mut lost = Lost::reply(2);
    lost.intent.unseen = true;
    let theirs = answering("m2", one("r3", "Three", 1));
    let others = answering("stranger", one("r9", "Three", 1));
    assert_eq!(lost.look(&[at("FINISHED"), list(json!([others.clone(), theirs]))]), found("r3"));
    assert_eq!(
        lost.look(&[at("FINISHED"), list(json!([others]))]),
        Probe::Finding(Finding::AbsentInList),
        "an answer to somebody else is none of it"
    );
}
