//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::post::{ContentType, SettingValue};
use postrider_networks::youtube::Youtube;
use postrider_provider::{Adapter, Body, Evidence, Job, Progress, Proof, Receipt, Step, Waiting};
use serde_json::{Value, json};

use super::{VIDEO, arrived, choose, draft, film, looked, opened, processed, receipt, refused, shown};
use crate::driver::{DUE_MS, Played, image, ok, play, resume, video, written};

fn sent(played: &Played, label: &str) -> Value {
    let request = played.requests.iter().find(|request| request.label == label);
    match &request.unwrap_or_else(|| panic!("no {label}:\n{}", played.script)).body {
        Body::Json(body) => body.clone(),
        _ => panic!("{label} has no JSON"),
    }
}

#[test]
fn a_video_goes_up_as_private_and_is_shown_at_its_instant() {
    let mut post = film(ContentType::Video);
    post.content.first_comment = " More below ".into();
    let comment = ok(json!({"kind": "youtube#commentThread", "id": "Ugx1"}));
    let played = play(&Youtube, &post, &[opened(), arrived(), shown("public"), processed(), comment]);
    assert_snapshot!(played.script);
    assert!(!played.progress.0.to_string().contains("upload_id"), "where it was sent to is kept");
}

#[test]
fn ahead_of_its_instant_a_video_is_watched_until_it_is_due() {
    let mut post = film(ContentType::Video);
    post.now_ms = DUE_MS - 20_000;
    let at = |answer: postrider_provider::Answer| postrider_provider::Answer {
        at_ms: DUE_MS - 20_000,
        ..answer
    };
    let played = play(
        &Youtube,
        &post,
        &[
            at(opened()),
            at(arrived()),
            at(looked("private", "uploaded")),
            shown("public"),
            processed(),
        ],
    );
    let steps: Vec<&str> = played
        .script
        .lines()
        .filter(|line| line.starts_with("wait") || line.starts_with("COMMIT") || line.starts_with("call"))
        .collect();
    assert_eq!(
        steps,
        [
            "call ask for an upload",
            "call upload the video",
            "wait 15000 ms: Processing",
            "call look at the video",
            // No longer than until it is due.
            "wait 5000 ms: Processing",
            "COMMIT root key=dQw4w9WgXcQ match=dQw4w9WgXcQ Fenced settle=60000",
            "wait 10000 ms: Confirming",
            "call look at the video",
        ]
    );
}

#[test]
fn an_upright_video_is_a_short_by_itself() {
    let post = film(ContentType::Reel);
    let played = play(&Youtube, &post, &[opened(), arrived(), shown("public"), processed()]);
    assert_eq!(
        receipt(&played),
        &Receipt {
            external_id: Some(VIDEO.into()),
            permalink: Some(format!("https://www.youtube.com/shorts/{VIDEO}")),
            kept_private: None,
            warning: None,
        }
    );
}

#[test]
fn a_draft_stays_private_and_needs_no_answer_about_children() {
    let mut post = draft();
    post.settings.clear();
    post.content.first_comment = "Never said".into();
    let played = play(&Youtube, &post, &[opened(), arrived(), looked("private", "processed")]);
    let status = sent(&played, "ask for an upload")["status"].clone();
    assert_eq!(
        (&status["privacyStatus"], &status["selfDeclaredMadeForKids"]),
        (&json!("private"), &Value::Null)
    );
    assert_eq!(receipt(&played).kept_private, None, "it was to be private");
    assert_eq!(receipt(&played).external_id.as_deref(), Some(VIDEO));
}

#[test]
fn each_setting_is_sent_as_it_was_chosen() {
    let cases = [
        ("category", "10", "/snippet/categoryId", json!("22"), json!("10")),
        (
            "tags",
            "rye bread, oven,",
            "/snippet/tags",
            Value::Null,
            json!(["rye bread", "oven"]),
        ),
        ("default_language", "de", "/snippet/defaultLanguage", Value::Null, json!("de")),
        ("embeddable", "false", "/status/embeddable", json!(true), json!(false)),
        (
            "public_stats_viewable",
            "false",
            "/status/publicStatsViewable",
            json!(true),
            json!(false),
        ),
        (
            "license",
            "creativeCommon",
            "/status/license",
            json!("youtube"),
            json!("creativeCommon"),
        ),
        (
            "made_for_kids",
            "true",
            "/status/selfDeclaredMadeForKids",
            json!(false),
            json!(true),
        ),
    ];
    let of = |post: &Job, at: &str| {
        let body = sent(&play(&Youtube, post, &[]), "ask for an upload");
        body.pointer(at).cloned().unwrap_or_default()
    };
    for (key, value, at, before, after) in cases {
        let mut post = film(ContentType::Video);
        assert_eq!(of(&post, at), before, "{key} as it is");
        choose(&mut post, key, value);
        assert_eq!(of(&post, at), after, "{key} chosen");
    }
    let mut post = film(ContentType::Video);
    for on in [false, true] {
        post.settings.insert("contains_synthetic_media".into(), SettingValue::Switch(on));
        assert_eq!(of(&post, "/status/containsSyntheticMedia"), json!(on));
    }
    for (chosen, query) in [("true", "? notifySubscribers = true"), ("false", "? notifySubscribers = false")] {
        choose(&mut post, "notify_subscribers", chosen);
        let script = written(&play(&Youtube, &post, &[]).requests[0]);
        assert!(script.contains(query), "{script}");
    }
    for privacy in ["unlisted", "private", "public"] {
        choose(&mut post, "privacy_status", privacy);
        assert_eq!(of(&post, "/status/privacyStatus"), "private", "nobody sees it ahead of its instant");
        let played = play(&Youtube, &post, &[opened(), arrived()]);
        assert_eq!(sent(&played, "show the video")["status"]["privacyStatus"], privacy);
    }
}

#[test]
fn what_is_left_out_of_the_second_call_would_be_cleared() {
    let mut post = film(ContentType::Video);
    choose(&mut post, "embeddable", "false");
    choose(&mut post, "license", "creativeCommon");
    post.settings.insert("contains_synthetic_media".into(), SettingValue::Switch(true));
    let played = play(&Youtube, &post, &[opened(), arrived()]);
    let mut before = sent(&played, "ask for an upload")["status"].clone();
    let after = sent(&played, "show the video")["status"].clone();
    before["privacyStatus"] = "public".into();
    assert_eq!(before, after);
}

#[test]
fn what_youtube_keeps_private_is_told() {
    let post = film(ContentType::Video);
    for (answers, kept) in [
        ([opened(), arrived(), shown("private"), looked("private", "processed")], true),
        ([opened(), arrived(), shown("public"), looked("public", "processed")], false),
        // Locked while YouTube worked on it.
        ([opened(), arrived(), shown("public"), looked("private", "processed")], true),
    ] {
        let played = play(&Youtube, &post, &answers);
        let told = receipt(&played).kept_private.as_deref();
        assert_eq!(told.is_some_and(|why| why.contains("audit")), kept, "{told:?}");
    }
    let mut mine = film(ContentType::Video);
    choose(&mut mine, "privacy_status", "private");
    let played = play(
        &Youtube,
        &mine,
        &[opened(), arrived(), shown("private"), looked("private", "processed")],
    );
    assert_eq!(receipt(&played).kept_private, None);
}

#[test]
fn a_first_comment_that_is_refused_is_a_warning() {
    let mut post = film(ContentType::Video);
    post.content.first_comment = "More below".into();
    let answers = [opened(), arrived(), shown("public"), processed(), refused(403, "commentsDisabled")];
    let warning = receipt(&play(&Youtube, &post, &answers)).warning.clone().expect("a warning");
    assert!(warning.contains("first comment is not"), "{warning}");
    let again = [opened(), arrived(), shown("public"), processed(), refused(403, "quotaExceeded")];
    let fault = play(&Youtube, &post, &again).fault.expect("a fault");
    assert_eq!(fault.code, "youtube.day_used", "it goes on tomorrow");
}

#[test]
fn each_commit_says_how_its_outcome_is_known() {
    let mut post = film(ContentType::Video);
    post.content.first_comment = "More below".into();
    let Some(Step::Commit(root)) = play(&Youtube, &post, &[opened(), arrived()]).last else {
        panic!("no commit");
    };
    assert_eq!(
        (root.evidence, root.key.as_str(), root.match_key.as_str()),
        (Evidence::Fenced, VIDEO, VIDEO)
    );
    let Some(Step::Commit(comment)) = play(&Youtube, &post, &[opened(), arrived(), shown("public"), processed()]).last else {
        panic!("no commit");
    };
    assert_eq!(
        (comment.evidence, comment.key.as_str(), comment.match_key.as_str()),
        (Evidence::ReadBack, "", "comment:dQw4w9WgXcQ")
    );
}

#[test]
fn work_is_looked_at_less_often_the_longer_it_lasts_and_given_up_after_a_day() {
    let mut post = film(ContentType::Video);
    let mut answers = vec![opened(), arrived(), shown("public")];
    answers.extend((0..75).map(|_| looked("public", "uploaded")));
    let played = play(&Youtube, &post, &answers);
    let waits: Vec<&str> = played.script.lines().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(waits[0], "wait 15000 ms: Confirming");
    assert_eq!(*waits.last().unwrap(), "wait 300000 ms: Confirming");
    post.now_ms = DUE_MS + 24 * 3_600_000 + 1;
    let fault = resume(&Youtube, &post, played.progress, &[looked("public", "uploaded")])
        .fault
        .expect("a fault");
    assert_eq!((fault.code.as_str(), fault.proof), ("youtube.slow", Proof::Ambiguous));
}

#[test]
fn what_was_put_there_ahead_is_removed_and_what_is_shown_is_not() {
    let post = film(ContentType::Video);
    let ahead = play(&Youtube, &post, &[opened(), arrived()]);
    let calls = Youtube.discard(&post, &ahead.progress);
    assert_eq!(calls.len(), 1);
    assert_snapshot!(written(&calls[0]));
    let stands = resume(&Youtube, &post, ahead.progress, &[shown("public")]);
    assert!(Youtube.discard(&post, &stands.progress).is_empty());
    let under_way = play(&Youtube, &post, &[opened()]);
    // Nobody knows yet whether all of it came: it is asked, and what it became is removed.
    let asks = Youtube.discard(&post, &under_way.progress);
    assert_eq!(asks.len(), 1);
    assert_snapshot!(written(&asks[0]));
    let became = Youtube.discard_after(&under_way.progress, &arrived());
    assert_eq!(
        became.iter().map(written).collect::<Vec<_>>(),
        calls.iter().map(written).collect::<Vec<_>>()
    );
    assert!(Youtube.gone(&super::goes_on(None)), "what came in part is forgotten there");
}

#[test]
fn what_youtube_has_no_way_for_is_refused_unsent() {
    for content_type in [
        ContentType::Text,
        ContentType::Image,
        ContentType::Story,
        ContentType::Poll,
        ContentType::Thread,
    ] {
        let Step::Fail(fault) = Youtube.next(&film(content_type), &Progress::default()) else {
            panic!("{content_type} is sent");
        };
        assert_eq!(fault.code, "youtube.content_type");
    }
    let mut untitled = film(ContentType::Video);
    untitled.content.title = "  ".into();
    let mut still = film(ContentType::Video);
    still.media = vec![image(1)];
    let mut two = film(ContentType::Video);
    two.media.push(video(2, 100));
    let mut unasked = film(ContentType::Video);
    unasked.settings.clear();
    let mut tagged = film(ContentType::Video);
    // 249 and 248 characters, a comma, and two quotes: one too many.
    choose(&mut tagged, "tags", &format!("{},a {}", "x".repeat(249), "y".repeat(247)));
    for (post, code) in [
        (untitled, "youtube.no_title"),
        (still, "youtube.no_video"),
        (two, "youtube.no_video"),
        (unasked, "youtube.made_for_kids_missing"),
        (tagged.clone(), "youtube.tags"),
    ] {
        assert_eq!(play(&Youtube, &post, &[]).fault.expect(code).code, code);
    }
    choose(&mut tagged, "tags", &format!("{},a {}", "x".repeat(249), "y".repeat(246)));
    assert!(play(&Youtube, &tagged, &[]).fault.is_none());
}

#[test]
fn a_wait_is_for_the_network_and_ends_at_its_instant() {
    let post = film(ContentType::Video);
    let played = play(&Youtube, &post, &[opened(), arrived(), shown("public")]);
    let Step::Wait { until_ms, why } = Youtube.next(&post, &played.progress) else {
        panic!("no wait");
    };
    assert_eq!((until_ms, why), (DUE_MS + 15_000, Waiting::Confirming));
}
