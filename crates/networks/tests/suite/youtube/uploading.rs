//! How a file goes up that does not go up smoothly.

use insta::assert_snapshot;
use postrider_core::post::ContentType;
use postrider_networks::youtube::Youtube;
use postrider_provider::{Adapter, Answer, Evidence, Job, Next, Progress, Proof, Step, Waiting};
use serde_json::{Value, json};

use super::{SESSION, VIDEO, arrived, bare, draft, film, goes_on, item, opened, refused};
use crate::driver::{DUE_MS, ok, play, resume, video};

const PIECE: u64 = 16_777_216;

fn large() -> Job {
    let mut post = film(ContentType::Video);
    post.media = vec![video(1, 40_000_123)];
    post
}

fn labels(job: &Job, answers: &[Answer]) -> Vec<String> {
    let played = play(&Youtube, job, answers);
    played.requests.into_iter().map(|request| request.label).collect()
}

#[test]
fn a_large_file_goes_up_piece_by_piece_to_one_address() {
    let answers = [opened(), goes_on(Some(PIECE - 1)), goes_on(Some(2 * PIECE - 1)), arrived()];
    let played = play(&Youtube, &large(), &answers);
    assert_snapshot!(played.script);
    assert!(played.requests[1..4].iter().all(|request| request.url == SESSION));
}

#[test]
fn what_youtube_kept_of_a_piece_is_gone_on_from() {
    let answers = [opened(), goes_on(Some(262_143))];
    assert_eq!(labels(&large(), &answers)[2], "upload the video from byte 262144");
    let fault = play(&Youtube, &large(), &[opened(), goes_on(None)]).fault.expect("a fault");
    assert_eq!(
        (fault.code.as_str(), fault.next),
        ("youtube.unreadable", Next::Repeat { at_ms: None })
    );
}

#[test]
fn a_piece_that_may_have_come_is_asked_after_and_never_sent_blindly() {
    for unsure in [bare(500), bare(503), bare(416), bare(400)] {
        let answers = [opened(), unsure, goes_on(Some(PIECE - 1)), goes_on(Some(2 * PIECE - 1)), arrived()];
        assert_eq!(
            labels(&large(), &answers)[1..5],
            [
                "upload the video from byte 0",
                "ask how much of the video came",
                "upload the video from byte 16777216",
                "upload the video from byte 33554432",
            ]
        );
    }
    // All of it had come: the address names the video.
    let answers = [opened(), bare(503), ok(item("private", "uploaded"))];
    let Some(Step::Commit(commit)) = play(&Youtube, &film(ContentType::Video), &answers).last else {
        panic!("no commit");
    };
    assert_eq!(commit.key, VIDEO);
    // After a silence, too: the answer may have been lost.
    let mut post = large();
    let progress = play(&Youtube, &post, &[opened()]).progress;
    post.now_ms = DUE_MS + 20_001;
    let Step::Call(request) = Youtube.next(&post, &progress) else {
        panic!("no call");
    };
    assert_eq!(request.label, "ask how much of the video came");
}

#[test]
fn a_piece_that_is_refused_again_ends_it() {
    let answers = [opened(), bare(400), goes_on(None), bare(400)];
    let fault = play(&Youtube, &large(), &answers).fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.next), ("youtube.unlisted", Next::Stop));
    // Told why, it is not asked after at all.
    let fault = play(&Youtube, &large(), &[opened(), refused(400, "uploadLimitExceeded")])
        .fault
        .expect("a fault");
    assert_eq!(fault.code, "youtube.uploads_used");
}

#[test]
fn access_that_ends_midway_is_renewed_and_the_same_address_goes_on() {
    let played = play(&Youtube, &large(), &[opened(), goes_on(Some(PIECE - 1)), refused(401, "authError")]);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.next, fault.proof), (Next::Renew, Proof::NotPublished));
    let again = resume(&Youtube, &large(), played.progress, &[goes_on(Some(2 * PIECE - 1))]);
    assert!(again.requests.iter().all(|request| request.url == SESSION), "{}", again.script);
    assert_eq!(again.requests[0].label, "upload the video from byte 16777216");
}

fn uploads(entries: Value) -> Answer {
    ok(json!({"kind": "youtube#playlistItemListResponse", "items": entries}))
}

fn file(bytes: u64) -> Value {
    let mut video = item("private", "uploaded");
    video["fileDetails"] = json!({"fileSize": bytes.to_string()});
    json!({"items": [video]})
}

fn entry(id: &str, title: &str, privacy: &str, published_at: &str) -> Value {
    json!({
        "snippet": {"title": title, "description": "Fresh bread every morning\n\n#baking", "publishedAt": published_at},
        "contentDetails": {"videoId": id},
        "status": {"privacyStatus": privacy},
    })
}

#[test]
fn an_address_that_is_over_may_have_brought_a_video_which_is_looked_for() {
    // As the address was opened.
    let now = "2026-11-22T00:01:00Z";
    for over in [404, 410] {
        let found = uploads(json!([
            entry("other", "Cake", "private", now),
            entry(VIDEO, "Bread", "private", now)
        ]));
        let post = film(ContentType::Video);
        let ours = ok(file(post.media[0].facts.bytes));
        let played = play(&Youtube, &post, &[opened(), bare(over), found, ours]);
        assert_eq!(
            played.requests[2].url, "https://www.googleapis.com/youtube/v3/playlistItems",
            "{}",
            played.script
        );
        let Some(Step::Commit(commit)) = played.last else {
            panic!("no commit")
        };
        assert_eq!(commit.key, VIDEO);
    }
    let post = film(ContentType::Video);
    // Somebody's own, under the same words.
    let theirs = ok(file(post.media[0].facts.bytes + 1));
    let found = uploads(json!([entry(VIDEO, "Bread", "private", now)]));
    let played = play(&Youtube, &post, &[opened(), bare(404), found, theirs]);
    assert_eq!(
        played.requests.last().expect("a call").label,
        "ask for an upload",
        "{}",
        played.script
    );
    for absent in [
        json!([]),
        json!([entry(VIDEO, "Bread", "public", now)]),
        json!([entry(VIDEO, "Cake", "private", now)]),
        json!([entry(VIDEO, "Bread", "private", "2026-11-21T23:00:00Z")]),
    ] {
        let played = play(&Youtube, &post, &[opened(), bare(404), uploads(absent)]);
        let last = played.requests.last().expect("a call");
        assert_eq!(last.label, "ask for an upload", "another is opened:\n{}", played.script);
    }
}

#[test]
fn an_answer_that_names_nothing_is_no_success() {
    let unnamed = [vec![bare(200)], vec![opened(), ok(json!({}))], vec![opened(), ok(json!("made"))]];
    for answers in unnamed {
        let fault = play(&Youtube, &film(ContentType::Video), &answers).fault.expect("a fault");
        assert_eq!(fault.code, "youtube.unreadable");
    }
    let answers = [opened(), arrived(), ok(json!({"id": VIDEO}))];
    let fault = play(&Youtube, &film(ContentType::Video), &answers).fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.proof), ("youtube.unreadable", Proof::Ambiguous));
}

#[test]
fn a_draft_goes_up_at_its_instant() {
    let early = Job {
        now_ms: DUE_MS - 60_000,
        ..draft()
    };
    let Step::Wait { until_ms, why } = Youtube.next(&early, &Progress::default()) else {
        panic!("it went up")
    };
    assert_eq!((until_ms, why), (DUE_MS, Waiting::Window));
    let due = Job { now_ms: DUE_MS, ..early };
    assert_eq!(labels(&due, &[]), ["ask for an upload"]);
}

#[test]
fn the_last_piece_of_a_draft_is_its_commit() {
    let post = Job {
        media: large().media,
        ..draft()
    };
    let begun = play(&Youtube, &post, &[opened(), goes_on(Some(PIECE - 1)), goes_on(Some(2 * PIECE - 1))]);
    let Some(Step::Commit(last)) = &begun.last else {
        panic!("no commit: {:?}", begun.last);
    };
    assert_eq!(last.request.label, "upload the video from byte 33554432");
    assert_eq!((last.evidence, &last.key), (Evidence::Fenced, &last.match_key));
    assert!(last.key.starts_with("upload:"), "{}", last.key);
    let taken = Youtube.absorb(&post, &begun.progress, &arrived()).expect("it came");
    assert_eq!(taken.receipt.and_then(|receipt| receipt.external_id).as_deref(), Some(VIDEO));
    assert!(Youtube.discard(&post, &taken.progress).is_empty(), "it stands");
    // What came in part goes on, and what may have come is looked for.
    let rest = Youtube
        .absorb(&post, &begun.progress, &goes_on(Some(2 * PIECE + 262_143)))
        .expect("a part");
    let Step::Commit(again) = Youtube.next(&post, &rest.progress) else {
        panic!("no commit")
    };
    assert_eq!(
        (again.request.label.as_str(), &again.key),
        ("upload the video from byte 33816576", &last.key)
    );
    for unsure in [bare(503), bare(400)] {
        let fault = Youtube.absorb(&post, &begun.progress, &unsure).expect_err("it may stand");
        assert_eq!(fault.proof, Proof::Ambiguous);
    }
    let nothing = Youtube.absorb(&post, &begun.progress, &goes_on(None)).expect_err("nothing came");
    assert_eq!(nothing.proof, Proof::NotPublished);
}
