//! What is sent for each content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::{ContentType, Mode};
use postrider_networks::tiktok::Tiktok;
use postrider_provider::{Adapter, Auth, Evidence, Next, Progress, Proof, Receipt, Step, Waiting};
use serde_json::{Value, json};

use super::{
    POST, UPLOAD, allowed, choose, complete, creator, enveloped, failed, host, opened, public, refused, status, switch_on, uploaded,
};
use crate::driver::{DUE_MS, Played, answer, image, link, play, resume, video};

fn receipt(played: &Played) -> &Receipt {
    match &played.last {
        Some(Step::Done(receipt)) => receipt,
        _ => panic!("not done:\n{}", played.script),
    }
}

fn body(played: &Played, label: &str) -> Value {
    let request = played.requests.iter().find(|request| request.label == label);
    match &request.unwrap_or_else(|| panic!("no {label}:\n{}", played.script)).body {
        postrider_provider::Body::Json(body) => body.clone(),
        _ => panic!("{label} has no JSON"),
    }
}

fn photo_answers() -> [postrider_provider::Answer; 3] {
    [allowed(), enveloped(json!({"publish_id": "p_pub_url~v2.123"})), complete()]
}

#[test]
fn a_video_goes_up_in_parts_and_its_last_one_publishes() {
    let mut post = public(ContentType::Video, "caption #tag @user");
    post.media = vec![video(1, 50_000_123)];
    let mut answers = vec![allowed(), opened()];
    answers.extend([
        host(206),
        host(206),
        host(206),
        host(206),
        host(201),
        uploaded(50_000_123),
        complete(),
    ]);
    let played = play(&Tiktok, &post, &answers);
    assert_snapshot!(played.script);
    for request in &played.requests[2..7] {
        assert_eq!(
            (request.url.as_str(), &request.auth),
            (UPLOAD, &Auth::None),
            "the address holds its own secret"
        );
    }
    let kept = played.progress.0.to_string();
    assert!(!kept.contains("upload_token"), "where it was sent to is kept: {kept}");
}

#[test]
fn a_small_video_is_one_part_whatever_its_type() {
    for content_type in [ContentType::Video, ContentType::Reel, ContentType::Text] {
        let mut post = public(content_type, "Kneading");
        post.media = vec![video(1, 3_145_728)];
        let played = play(&Tiktok, &post, &[allowed(), opened(), host(201), complete()]);
        assert_eq!(played.script.matches("COMMIT").count(), 1);
        let source = body(&played, "ask for an upload")["source_info"].clone();
        assert_eq!(
            source,
            json!({"source": "FILE_UPLOAD", "video_size": 3_145_728, "chunk_size": 3_145_728, "total_chunk_count": 1})
        );
        assert_eq!(receipt(&played).external_id.as_deref(), Some(POST));
    }
}

#[test]
fn a_picture_is_fetched_by_tiktok() {
    let mut post = public(ContentType::Image, "Fresh bread\n\n#baking");
    post.content.title = "Rye".into();
    post.media = vec![image(1)];
    assert_snapshot!(play(&Tiktok, &post, &photo_answers()).script);
}

#[test]
fn several_pictures_are_one_post() {
    let mut post = public(ContentType::Carousel, "Three");
    post.media = (1..=3).map(image).collect();
    let played = play(&Tiktok, &post, &photo_answers());
    let addresses = body(&played, "post the pictures")["source_info"]["photo_images"].clone();
    assert_eq!(addresses.as_array().map(Vec::len), Some(3));
    let Some(Step::Done(receipt)) = &played.last else {
        panic!("not done")
    };
    assert_eq!(
        receipt.permalink.as_deref(),
        Some("https://www.tiktok.com/@acme.bakery/photo/7300000000000000001")
    );
}

#[test]
fn a_link_stands_among_the_words() {
    let mut post = public(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    post.media = vec![image(1)];
    let said = |post: &postrider_provider::Job| {
        body(&play(&Tiktok, post, &photo_answers()), "post the pictures")["post_info"]["description"].clone()
    };
    assert_eq!(said(&post), "Read this\n\nhttps://a.example/bread");
    post.text = "Read https://a.example/bread".into();
    assert_eq!(said(&post), "Read https://a.example/bread");
    post.content.content_type = ContentType::Image;
    post.text = "Read".into();
    assert_eq!(said(&post), "Read", "a leftover of another type is sent");
}

#[test]
fn drafts_go_to_the_inbox_and_nobody_is_asked_who_sees_them() {
    let mut post = public(ContentType::Video, "Not sent");
    post.mode = Mode::Draft;
    post.settings.clear();
    post.media = vec![video(1, 100)];
    let played = play(&Tiktok, &post, &[opened(), host(201), status("SEND_TO_USER_INBOX")]);
    assert_snapshot!("drafts_of_videos", played.script);
    assert_eq!(receipt(&played), &Receipt::default());
    post.content.content_type = ContentType::Image;
    post.media = vec![image(1)];
    let played = play(
        &Tiktok,
        &post,
        &[enveloped(json!({"publish_id": "p_inbox_url~v2.1"})), status("SEND_TO_USER_INBOX")],
    );
    assert_snapshot!("drafts_of_pictures", played.script);
}

#[test]
fn each_setting_is_sent_as_it_was_chosen() {
    let switches = [
        ("allow_comment", "disable_comment", false),
        ("allow_duet", "disable_duet", false),
        ("allow_stitch", "disable_stitch", false),
        ("brand_organic_toggle", "brand_organic_toggle", true),
        ("brand_content_toggle", "brand_content_toggle", true),
        ("is_aigc", "is_aigc", true),
    ];
    for (setting, field, when_on) in switches {
        let mut post = public(ContentType::Video, "x");
        post.media = vec![video(1, 100)];
        let sent =
            |post: &postrider_provider::Job| body(&play(&Tiktok, post, &[allowed()]), "ask for an upload")["post_info"][field].clone();
        assert_eq!(sent(&post), json!(!when_on), "{setting} off");
        switch_on(&mut post, setting);
        assert_eq!(sent(&post), json!(when_on), "{setting} on");
    }
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    let sent = |post: &postrider_provider::Job| {
        body(&play(&Tiktok, post, &[allowed()]), "post the pictures")["post_info"]["auto_add_music"].clone()
    };
    assert_eq!(sent(&post), false);
    switch_on(&mut post, "auto_add_music");
    assert_eq!(sent(&post), true);
    for privacy in ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"] {
        choose(&mut post, "privacy_level", privacy);
        let sent = body(&play(&Tiktok, &post, &[allowed()]), "post the pictures")["post_info"]["privacy_level"].clone();
        assert_eq!(sent, privacy);
    }
}

#[test]
fn what_the_account_has_switched_off_stays_off_and_is_told() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    for setting in ["allow_comment", "allow_duet"] {
        switch_on(&mut post, setting);
    }
    let mut closed = creator();
    closed["comment_disabled"] = true.into();
    closed["stitch_disabled"] = true.into();
    let played = play(&Tiktok, &post, &[enveloped(closed), opened(), host(201), complete()]);
    let info = body(&played, "ask for an upload")["post_info"].clone();
    assert_eq!((&info["disable_comment"], &info["disable_duet"]), (&json!(true), &json!(false)));
    let warning = receipt(&played).warning.clone().expect("a warning");
    assert!(warning.contains("comments") && !warning.contains("stitches"), "{warning}");
}

#[test]
fn the_account_is_asked_before_anything_is_sent_and_says_no() {
    let mut private = creator();
    private["privacy_level_options"] = json!(["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    let mut short = creator();
    short["max_video_post_duration_sec"] = 60.into();
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    post.media[0].facts.duration_ms = Some(61_000);
    for (said, code) in [
        (enveloped(private), "tiktok.privacy_level"),
        (enveloped(short), "tiktok.duration"),
        (refused(403, "spam_risk_too_many_posts"), "tiktok.day_used"),
    ] {
        let played = play(&Tiktok, &post, &[said]);
        assert_eq!(played.fault.expect("a fault").code, code);
        assert_eq!(played.progress, Progress::default(), "what was said is remembered: it may change");
    }
    post.media[0].facts.duration_ms = Some(300_000);
    assert!(play(&Tiktok, &post, &[allowed()]).fault.is_none());
}

#[test]
fn nobody_is_chosen_for_the_person() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    post.settings.clear();
    let fault = play(&Tiktok, &post, &[]).fault.expect("a fault");
    assert_eq!(
        (fault.kind, fault.code.as_str()),
        (FailureKind::Content, "tiktok.privacy_level_missing")
    );
}

#[test]
fn an_app_without_audit_posts_for_the_account_alone_and_says_so() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    let answers = [allowed(), opened(), host(201), status("PUBLISH_COMPLETE")];
    post.app.settings.insert("access".into(), "unaudited".into());
    let played = play(&Tiktok, &post, &answers);
    assert_eq!(body(&played, "ask for an upload")["post_info"]["privacy_level"], "SELF_ONLY");
    let told = receipt(&played);
    assert!(told.kept_private.as_deref().is_some_and(|why| why.contains("audited")));
    assert_eq!(told.external_id, None, "TikTok never names it");
    switch_on(&mut post, "brand_content_toggle");
    let fault = play(&Tiktok, &post, &[]).fault.expect("a fault");
    assert_eq!(fault.code, "tiktok.promotion_unseen");
    post.app.settings.clear();
    assert!(play(&Tiktok, &post, &[allowed()]).fault.is_none());
    choose(&mut post, "privacy_level", "SELF_ONLY");
    assert_eq!(play(&Tiktok, &post, &[]).fault.expect("a fault").code, "tiktok.promotion_unseen");
}

#[test]
fn the_id_of_a_public_post_is_waited_for_and_that_of_another_is_not() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    let done = || status("PUBLISH_COMPLETE");
    let late = [allowed(), opened(), host(201), done(), done(), done(), complete()];
    let played = play(&Tiktok, &post, &late);
    let waits: Vec<&str> = played.script.lines().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(
        waits,
        [5_000, 60_000, 600_000, 3_600_000].map(|ms| format!("wait {ms} ms: Confirming"))
    );
    assert_eq!(receipt(&played).external_id.as_deref(), Some(POST));
    let never = [allowed(), opened(), host(201), done(), done(), done(), done(), done()];
    let told = play(&Tiktok, &post, &never);
    assert_eq!(
        (&receipt(&told).external_id, receipt(&told).permalink.as_deref()),
        (&None, Some("https://www.tiktok.com/@acme.bakery"))
    );
    choose(&mut post, "privacy_level", "MUTUAL_FOLLOW_FRIENDS");
    let friends = play(&Tiktok, &post, &never[..4]);
    assert_eq!(receipt(&friends).kept_private, None);
}

#[test]
fn work_is_looked_at_less_often_the_longer_it_lasts_and_given_up_after_a_day() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    let mut answers = vec![allowed(), opened(), host(201)];
    answers.extend((0..390).map(|_| uploaded(100)));
    let played = play(&Tiktok, &post, &answers);
    let fault = played.fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.proof), ("tiktok.slow", Proof::Ambiguous));
    let waits: Vec<&str> = played.script.lines().filter(|line| line.starts_with("wait")).collect();
    assert_eq!(waits[0], "wait 5000 ms: Confirming");
    assert_eq!(*waits.last().unwrap(), "wait 900000 ms: Confirming");
}

#[test]
fn a_part_out_of_order_is_asked_after_and_goes_on_from_there() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 40_000_000)];
    let answers = [
        allowed(),
        opened(),
        host(206),
        host(416),
        uploaded(20_000_000),
        host(206),
        host(201),
        complete(),
    ];
    let played = play(&Tiktok, &post, &answers);
    let labels: Vec<&str> = played.requests.iter().map(|request| request.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "ask what the account allows",
            "ask for an upload",
            "upload part 1 of 4",
            "upload part 2 of 4",
            "look at the post",
            "upload part 3 of 4",
            "upload part 4 of 4",
            "look at the post",
        ]
    );
}

#[test]
fn an_address_that_is_over_begins_anew() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 40_000_000)];
    for over in [403, 404] {
        let fault = play(&Tiktok, &post, &[allowed(), opened(), host(over)]).fault.expect("a fault");
        assert_eq!((fault.next, fault.proof), (Next::Restart, Proof::NotPublished), "{over}");
    }
    let played = play(&Tiktok, &post, &[allowed(), opened(), host(206)]);
    post.now_ms = DUE_MS + 56 * 60_000;
    let script = resume(&Tiktok, &post, played.progress, &[]).script;
    assert!(script.contains("video/init/"), "{script}");
}

#[test]
fn the_last_part_that_is_not_answered_well_may_have_come() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    for (said, proof) in [
        (206, Proof::Ambiguous),
        (416, Proof::Ambiguous),
        (500, Proof::Ambiguous),
        (400, Proof::Ambiguous),
        (403, Proof::NotPublished),
    ] {
        let fault = play(&Tiktok, &post, &[allowed(), opened(), host(said)]).fault.expect("a fault");
        assert_eq!(fault.proof, proof, "{said}");
    }
}

#[test]
fn what_tiktok_gives_up_stands_nowhere() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    for (reason, kind, code) in [
        ("file_format_check_failed", FailureKind::Content, "tiktok.format"),
        ("duration_check_failed", FailureKind::Content, "tiktok.duration"),
        ("frame_rate_check_failed", FailureKind::Content, "tiktok.frame_rate"),
        ("picture_size_check_failed", FailureKind::Content, "tiktok.picture_size"),
        ("internal", FailureKind::Outage, "tiktok.processing"),
        ("photo_pull_failed", FailureKind::Outage, "tiktok.fetch"),
        ("publish_cancelled", FailureKind::Content, "tiktok.cancelled"),
        ("auth_removed", FailureKind::Connection, "tiktok.access_removed"),
        ("spam_risk_too_many_posts", FailureKind::Limit, "tiktok.day_used"),
        ("spam_risk_user_banned_from_posting", FailureKind::Permission, "tiktok.banned"),
        ("spam_risk_text", FailureKind::Content, "tiktok.spam"),
        ("something_new", FailureKind::Content, "tiktok.failed"),
    ] {
        let fault = play(&Tiktok, &post, &[allowed(), opened(), host(201), failed(reason)])
            .fault
            .expect("a fault");
        assert_eq!(
            (fault.kind, fault.code.as_str(), fault.proof),
            (kind, code, Proof::NeverPublic),
            "{reason}"
        );
    }
}

#[test]
fn each_commit_says_how_its_outcome_is_known() {
    let mut post = public(ContentType::Video, "Words");
    post.media = vec![video(1, 100)];
    let Some(Step::Commit(last)) = play(&Tiktok, &post, &[allowed(), opened()]).last else {
        panic!("no commit");
    };
    assert_eq!(
        (last.evidence, last.key.as_str(), last.match_key.as_str()),
        (Evidence::Fenced, "v_pub_file~v2-1.123456789", "v_pub_file~v2-1.123456789")
    );
    post.media = vec![image(1)];
    let Some(Step::Commit(photos)) = play(&Tiktok, &post, &[allowed()]).last else {
        panic!("no commit");
    };
    assert_eq!(
        (photos.evidence, photos.key.as_str(), photos.match_key.as_str()),
        (Evidence::Unfetched, "", "Words")
    );
    post.text = String::new();
    let Some(Step::Commit(bare)) = play(&Tiktok, &post, &[allowed()]).last else {
        panic!("no commit");
    };
    assert_eq!(bare.match_key, "video");
}

#[test]
fn a_wait_is_for_the_network_and_ends_at_its_instant() {
    let mut post = public(ContentType::Video, "x");
    post.media = vec![video(1, 100)];
    let played = play(&Tiktok, &post, &[allowed(), opened(), host(201)]);
    let Step::Wait { until_ms, why } = Tiktok.next(&post, &played.progress) else {
        panic!("no wait");
    };
    assert_eq!((until_ms, why), (DUE_MS + 5_000, Waiting::Confirming));
}

#[test]
fn what_tiktok_has_no_way_for_is_refused_unsent() {
    for content_type in [
        ContentType::Story,
        ContentType::Gif,
        ContentType::Document,
        ContentType::Poll,
        ContentType::Thread,
    ] {
        let mut post = public(content_type, "x");
        post.media = vec![image(1)];
        let Step::Fail(fault) = Tiktok.next(&post, &Progress::default()) else {
            panic!("{content_type} is sent");
        };
        assert_eq!(fault.code, "tiktok.content_type");
    }
    let fault = play(&Tiktok, &public(ContentType::Text, "Words alone"), &[])
        .fault
        .expect("a fault");
    assert_eq!(fault.code, "tiktok.no_media");
    let mut mixed = public(ContentType::Text, "x");
    mixed.media = vec![video(1, 100), image(2)];
    assert_eq!(play(&Tiktok, &mixed, &[]).fault.expect("a fault").code, "tiktok.mixed");
}

#[test]
fn an_answer_that_says_nothing_is_no_success() {
    let mut post = public(ContentType::Image, "x");
    post.media = vec![image(1)];
    for unreadable in [answer(200, json!({})), answer(200, json!("made")), enveloped(json!({}))] {
        let fault = play(&Tiktok, &post, &[allowed(), unreadable]).fault.expect("a fault");
        assert_eq!((fault.code.as_str(), fault.proof), ("tiktok.unreadable", Proof::Ambiguous));
    }
    let refused = refused(200, "spam_risk");
    let fault = play(&Tiktok, &post, &[allowed(), refused]).fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.proof), ("tiktok.spam", Proof::NotPublished));
}
