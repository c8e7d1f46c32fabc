//! What is sent for each content type, and how Google's look at a post is waited for.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::ContentType;
use postrider_networks::google_business::GoogleBusiness;
use postrider_provider::{Adapter, Body, Evidence, Next, Proof, Step};
use serde_json::{Value, json};

use super::{ADDRESS, EVENT, MAPS, PARENT, account, choose, receipt, refused, resource, store, told};
use crate::driver::{image, link, ok, play, video};

/// The body of the call that makes the post.
fn sent(post: &postrider_provider::Job) -> Value {
    let played = play(&GoogleBusiness, post, &[]);
    match &played.requests.first().map(|request| &request.body) {
        Some(Body::Json(body)) => body.clone(),
        _ => panic!("nothing is sent:\n{}", played.script),
    }
}

#[test]
fn a_text_is_an_update_in_the_language_of_the_location() {
    let post = store(ContentType::Text, " Fresh bread\n\n#baking ");
    let played = play(&GoogleBusiness, &post, &[told("PROCESSING"), told("LIVE")]);
    assert_snapshot!(played.script);
}

#[test]
fn a_photo_is_fetched_by_google() {
    let mut post = store(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    assert_snapshot!(play(&GoogleBusiness, &post, &[told("LIVE")]).script);
    post.text.clear();
    assert_eq!(sent(&post).get("summary"), None, "a photo needs no words");
}

#[test]
fn a_link_is_where_the_button_leads() {
    let mut post = store(ContentType::Link, "Read this");
    post.content.link = Some(link("https://a.example/bread"));
    assert_snapshot!(play(&GoogleBusiness, &post, &[told("LIVE")]).script);
    choose(&mut post, &[("link_button", "ORDER")]);
    assert_eq!(
        sent(&post)["callToAction"],
        json!({"actionType": "ORDER", "url": "https://a.example/bread"})
    );
    post.content.content_type = ContentType::Text;
    assert_eq!(sent(&post).get("callToAction"), None, "a leftover of another type is sent");
}

#[test]
fn an_event_has_a_title_and_a_period_by_the_clocks_of_the_location() {
    let mut post = store(ContentType::Text, "Come and see");
    choose(&mut post, EVENT);
    choose(
        &mut post,
        &[("call_to_action", "BOOK"), ("call_to_action_url", "https://a.example/book")],
    );
    assert_snapshot!(play(&GoogleBusiness, &post, &[told("LIVE")]).script);
}

#[test]
fn an_offer_has_a_code_a_page_and_terms_and_no_button() {
    let mut post = store(ContentType::Text, "10% off");
    choose(&mut post, EVENT);
    choose(
        &mut post,
        &[
            ("topic_type", "OFFER"),
            ("coupon_code", "BW10"),
            ("redeem_online_url", "https://a.example/bw"),
            ("terms_conditions", "One per person"),
            ("call_to_action", "CALL"),
            ("language", "en"),
        ],
    );
    assert_snapshot!(play(&GoogleBusiness, &post, &[told("LIVE")]).script);
    let mut post = store(ContentType::Link, "10% off");
    post.content.link = Some(link("https://a.example/bw"));
    choose(&mut post, EVENT);
    choose(&mut post, &[("topic_type", "OFFER")]);
    let body = sent(&post);
    assert_eq!(
        body["offer"],
        json!({"redeemOnlineUrl": "https://a.example/bw"}),
        "the link is its page"
    );
    assert_eq!(body.get("callToAction"), None);
}

#[test]
fn a_button_that_dials_leads_nowhere_and_the_others_do() {
    let mut post = store(ContentType::Text, "Ring us");
    choose(
        &mut post,
        &[("call_to_action", "CALL"), ("call_to_action_url", "https://a.example")],
    );
    assert_eq!(sent(&post)["callToAction"], json!({"actionType": "CALL"}));
    for action in ["BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP"] {
        choose(&mut post, &[("call_to_action", action)]);
        assert_eq!(
            sent(&post)["callToAction"],
            json!({"actionType": action, "url": "https://a.example"})
        );
    }
}

#[test]
fn what_goes_only_with_events_and_offers_is_left_out_of_an_update() {
    let mut post = store(ContentType::Text, "Fresh bread");
    choose(&mut post, EVENT);
    choose(&mut post, &[("topic_type", "STANDARD"), ("coupon_code", "BW10")]);
    let body = sent(&post);
    assert_eq!((body.get("event"), body.get("offer")), (None, None));
}

#[test]
fn a_photo_is_fenced_by_its_address_and_words_are_read_back() {
    let mut post = store(ContentType::Image, "Fresh bread");
    post.media = vec![image(1)];
    let commit = |post: &postrider_provider::Job| match play(&GoogleBusiness, post, &[]).last {
        Some(Step::Commit(commit)) => (commit.evidence, commit.key, commit.match_key),
        other => panic!("no commit: {other:?}"),
    };
    assert_eq!(
        commit(&post),
        (Evidence::Unfetched, String::new(), "STANDARD Fresh bread".to_owned())
    );
    post.text.clear();
    assert_eq!(commit(&post).2, "image");
    let words = store(ContentType::Text, "Fresh  bread");
    assert_eq!(
        commit(&words),
        (Evidence::ReadBack, String::new(), "STANDARD Fresh bread".to_owned())
    );
}

#[test]
fn google_is_asked_soon_then_each_half_minute_then_each_hour() {
    let post = store(ContentType::Text, "Fresh bread");
    let looks = std::iter::repeat_with(|| told("PROCESSING")).take(50);
    let answers: Vec<_> = looks.chain([told("LIVE")]).collect();
    let played = play(&GoogleBusiness, &post, &answers);
    let pauses: Vec<i64> = played
        .script
        .lines()
        .filter_map(|line| line.strip_prefix("wait ")?.split_whitespace().next()?.parse().ok())
        .collect();
    assert_eq!(pauses.len(), 50);
    assert_eq!(&pauses[..5], &[5_000, 5_000, 10_000, 20_000, 30_000]);
    assert_eq!(pauses[49], 3_600_000);
    let (soon, late): (Vec<i64>, Vec<i64>) = pauses.iter().partition(|pause| **pause <= 30_000);
    assert_eq!(soon.iter().sum::<i64>() / 60_000, 15, "for a quarter of an hour");
    assert!(late.iter().all(|pause| *pause == 3_600_000));
    assert_eq!(receipt(&played).permalink.as_deref(), Some(ADDRESS));
}

#[test]
fn what_is_rejected_at_once_or_later_fails_and_nobody_ever_saw_it() {
    let post = store(ContentType::Text, "Ring +31 10 123 45 67");
    for before in [
        vec![told("REJECTED")],
        vec![told("PROCESSING")],
        vec![told("PROCESSING"), told("PROCESSING")],
    ] {
        let answers: Vec<_> = before.into_iter().chain([told("REJECTED")]).collect();
        let played = play(&GoogleBusiness, &post, &answers);
        let fault = played.fault.expect("a fault");
        assert_eq!(
            (fault.code.as_str(), fault.kind, fault.proof),
            ("google_business.rejected", FailureKind::Content, Proof::NeverPublic)
        );
        assert!(fault.remedy.contains("Change the text or the photo"), "{}", fault.remedy);
        assert!(
            played.script.contains(&format!("=> Some(\"{PARENT}/localPosts/555\")")),
            "the call did make it"
        );
    }
}

#[test]
fn an_answer_after_a_day_is_waited_for_no_longer() {
    let post = store(ContentType::Text, "Fresh bread");
    let answers: Vec<_> = std::iter::repeat_with(|| told("PROCESSING")).take(100).collect();
    let fault = play(&GoogleBusiness, &post, &answers).fault.expect("a fault");
    assert_eq!((fault.code.as_str(), fault.proof), ("google_business.slow", Proof::Ambiguous));
}

#[test]
fn what_is_not_shown_any_more_is_looked_for_again() {
    let post = store(ContentType::Text, "Fresh bread");
    let gone = refused(404, "NOT_FOUND", Value::Null);
    let fault = play(&GoogleBusiness, &post, &[told("PROCESSING"), gone]).fault.expect("a fault");
    // The list may lag: it is looked again, and what stands is not called failed.
    assert_eq!(
        (fault.code.as_str(), fault.kind, fault.next),
        ("google_business.gone", FailureKind::Outage, Next::Repeat { at_ms: None })
    );
}

#[test]
fn the_place_on_the_map_stands_for_an_address_that_is_not_told() {
    let post = store(ContentType::Text, "Fresh bread");
    let mut shown = resource("LIVE", "Fresh bread");
    shown["searchUrl"] = Value::Null;
    shown.as_object_mut().expect("an object").remove("searchUrl");
    let played = play(&GoogleBusiness, &post, &[ok(shown)]);
    assert_eq!(receipt(&played).permalink.as_deref(), Some(MAPS));
    assert_eq!(
        receipt(&played).external_id.as_deref(),
        Some("accounts/222/locations/987/localPosts/555")
    );
}

#[test]
fn what_repeats_is_shown() {
    let post = store(ContentType::Text, "Fresh bread");
    let played = play(&GoogleBusiness, &post, &[told("RECURRING")]);
    assert!(receipt(&played).kept_private.is_none());
}

#[test]
fn what_google_has_no_way_for_is_refused_before_anything_is_sent() {
    let mut cases = Vec::new();
    let mut clip = store(ContentType::Video, "Kneading");
    clip.media = vec![video(1, 100)];
    cases.push((clip, "content_type"));
    cases.push((store(ContentType::Image, "No photo"), "photo"));
    let mut two = store(ContentType::Image, "Two");
    two.media = vec![image(1), image(2)];
    cases.push((two, "photo"));
    cases.push((store(ContentType::Text, "  "), "empty"));
    for missing in ["event_title", "event_start", "event_end"] {
        let mut event = store(ContentType::Text, "Come");
        choose(&mut event, EVENT);
        event.settings.remove(missing);
        cases.push((event, "period"));
    }
    let mut backwards = store(ContentType::Text, "Come");
    choose(&mut backwards, EVENT);
    choose(&mut backwards, &[("event_end", "2026-11-23T08:59")]);
    cases.push((backwards, "period"));
    let mut nowhere = store(ContentType::Text, "Buy");
    choose(&mut nowhere, &[("call_to_action", "SHOP")]);
    cases.push((nowhere, "button"));
    let mut lost = store(ContentType::Text, "Fresh bread");
    lost.account.meta = json!({});
    cases.push((lost, "no_parent"));
    for (post, code) in cases {
        let played = play(&GoogleBusiness, &post, &[]);
        assert!(played.requests.is_empty(), "{code}:\n{}", played.script);
        assert_eq!(played.fault.expect("a fault").code, format!("google_business.{code}"));
    }
}

#[test]
fn nothing_lies_at_google_that_could_be_taken_back() {
    let post = store(ContentType::Text, "Fresh bread");
    let played = play(&GoogleBusiness, &post, &[told("PROCESSING")]);
    assert!(GoogleBusiness.discard(&post, &played.progress).is_empty());
    assert_eq!(account().meta["parent"], PARENT);
}
