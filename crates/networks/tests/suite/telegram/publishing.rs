//! The exact request per content type.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::telegram::Telegram;
use postrider_provider::{Adapter, Evidence, Job, MediaRef, Step};
use serde_json::json;

use super::{CHAT, account, message, moved, on, result, sent};
use crate::driver::{document, gif, image, link, play, resume, video};

const PUBLIC: &str = "https://t.me/acme/42";

fn showing(content_type: ContentType, media: Vec<MediaRef>) -> Job {
    Job {
        media,
        ..on(content_type, "Fresh <b>bread</b> *now* #monday")
    }
}

fn told(mut job: Job, settings: &[(&str, SettingValue)]) -> Job {
    job.settings = settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    job
}

fn on_or_off(on: bool) -> SettingValue {
    SettingValue::Switch(on)
}

fn words(text: &str) -> SettingValue {
    SettingValue::Text(text.to_owned())
}

fn published(job: &Job) -> String {
    let played = play(&Telegram, job, &[sent()]);
    let Some(Step::Done(receipt)) = &played.last else {
        panic!("{}", played.script)
    };
    assert_eq!(
        (receipt.external_id.as_deref(), receipt.permalink.as_deref()),
        (Some("42"), Some(PUBLIC))
    );
    assert_eq!(played.requests.len(), 1, "one call sends everything");
    played.script
}

#[test]
fn words_stand_as_they_were_written() {
    assert_snapshot!(published(&on(ContentType::Text, "Fresh <b>bread</b> & *butter* _now_ [1] #monday")));
}

#[test]
fn a_link_shows_its_own_page_and_a_button_where_one_is_named() {
    let mut job = on(ContentType::Link, "See https://other.example\n\nhttps://a.example/x");
    job.content.link = Some(link("https://a.example/x"));
    assert_snapshot!("link", published(&job));
    let settings = [
        ("link_preview_options", words("prefer_small_media")),
        ("inline_keyboard", words("Shop")),
        ("disable_notification", on_or_off(true)),
        ("protect_content", on_or_off(false)),
    ];
    assert_snapshot!("link_told", published(&told(job, &settings)));
}

#[test]
fn a_text_has_a_preview_as_chosen_and_no_button() {
    let settings = [("link_preview_options", words("is_disabled")), ("inline_keyboard", words("Shop"))];
    assert_snapshot!(published(&told(on(ContentType::Text, "https://a.example"), &settings)));
}

#[test]
fn a_picture_goes_with_its_caption() {
    assert_snapshot!("image", published(&showing(ContentType::Image, vec![image(1)])));
    let settings = [("has_spoiler", on_or_off(true)), ("show_caption_above_media", on_or_off(true))];
    assert_snapshot!(
        "image_told",
        published(&told(showing(ContentType::Image, vec![image(1)]), &settings))
    );
    let mut wordless = showing(ContentType::Image, vec![image(1)]);
    wordless.text = String::new();
    assert!(!published(&wordless).contains("caption"));
}

#[test]
fn what_moves_says_its_shape() {
    let mut film = video(1, 400_000_000);
    film.facts.duration_ms = Some(12_300);
    let job = showing(ContentType::Video, vec![film]);
    assert_snapshot!("video", published(&job));
    assert_snapshot!("gif", published(&showing(ContentType::Gif, vec![gif(1)])));
    let played = play(&Telegram, &job, &[]);
    assert_eq!(played.requests[0].budget_ms, 400_000, "the body cannot be sent in parts");
}

#[test]
fn a_document_is_no_picture() {
    let settings = [("has_spoiler", on_or_off(true))];
    assert_snapshot!(published(&told(showing(ContentType::Document, vec![document(1)]), &settings)));
}

#[test]
fn an_album_is_one_call_and_known_by_its_first_message() {
    let job = showing(ContentType::Carousel, vec![image(1), video(2, 5_000), image(3)]);
    let album = json!([
        message(42, super::channel()),
        message(43, super::channel()),
        message(44, super::channel())
    ]);
    let settings = [("has_spoiler", on_or_off(true)), ("disable_notification", on_or_off(true))];
    let played = play(&Telegram, &told(job.clone(), &settings), &[result(album)]);
    assert_snapshot!(played.script);
    let empty = play(&Telegram, &job, &[result(json!([]))]);
    assert_eq!(empty.fault.expect("no message").code, "telegram.unreadable");
}

#[test]
fn a_poll_has_its_text_as_description() {
    let mut job = on(ContentType::Poll, "Say which\n\n#bread");
    job.content.poll = Some(Poll {
        question: "Which bread?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        duration_minutes: 1_440,
    });
    assert_snapshot!(
        "poll",
        published(&told(job.clone(), &[("allows_multiple_answers", on_or_off(true))]))
    );
    job.text = String::new();
    let silent = published(&job);
    assert!(!silent.contains("description") && !silent.contains("multiple"), "{silent}");
}

#[test]
fn addresses_are_those_that_people_can_open() {
    let private = json!({"id": CHAT, "title": "Acme", "type": "channel"});
    let group = json!({"id": -4_711, "title": "Bakers", "type": "group"});
    let cases = [(private, Some("https://t.me/c/1234567890/7")), (group, None)];
    for (chat, permalink) in cases {
        let played = play(&Telegram, &on(ContentType::Text, "Hi"), &[result(message(7, chat))]);
        let Some(Step::Done(receipt)) = played.last else {
            panic!("{}", played.script)
        };
        assert_eq!(
            (receipt.external_id.as_deref(), receipt.permalink.as_deref()),
            (Some("7"), permalink)
        );
    }
}

#[test]
fn a_group_that_moved_is_written_to_where_it_is() {
    let mut job = on(ContentType::Text, "Hi");
    job.account.external_id = "-4711".into();
    let played = play(&Telegram, &job, &[moved(-100_777), sent()]);
    assert_snapshot!(played.script);
    let twice = play(&Telegram, &job, &[moved(-100_777), moved(-100_778)]);
    assert_eq!(twice.fault.expect("it goes in circles").code, "telegram.chat_moved");
}

#[test]
fn nothing_is_promised_of_a_lost_answer() {
    let played = play(&Telegram, &on(ContentType::Text, "Hi"), &[]);
    let Some(Step::Commit(commit)) = &played.last else {
        panic!("{}", played.script)
    };
    assert_eq!((commit.evidence, commit.key.as_str()), (Evidence::None, ""));
    assert!(commit.request.budget_ms >= 60_000, "the network may take its time");
    let mut again = on(ContentType::Text, "Hi");
    again.generation = 1;
    let again = play(&Telegram, &again, &[]);
    let Some(Step::Commit(other)) = &again.last else {
        panic!("{}", again.script)
    };
    assert_ne!(commit.match_key, other.match_key, "equal posts do not wait for each other");
}

#[test]
fn what_telegram_has_not_or_what_says_nothing_is_refused_before_it_is_sent() {
    let cases = [
        (on(ContentType::Text, "  "), "telegram.empty"),
        (on(ContentType::Image, "No picture"), "telegram.empty"),
        (showing(ContentType::Carousel, vec![image(1)]), "telegram.empty"),
        (on(ContentType::Thread, "Hi"), "telegram.not_offered"),
        (showing(ContentType::Story, vec![image(1)]), "telegram.not_offered"),
    ];
    for (job, code) in cases {
        let fault = play(&Telegram, &job, &[]).fault.expect(code);
        assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Content, code));
    }
    let mut nowhere = on(ContentType::Text, "Hi");
    nowhere.account.external_id = "acme".into();
    assert_eq!(play(&Telegram, &nowhere, &[]).fault.expect("no number").code, "telegram.chat_id");
}

#[test]
fn an_unreadable_yes_may_stand_and_nothing_is_left_behind() {
    let played = play(&Telegram, &on(ContentType::Text, "Hi"), &[result(json!(true))]);
    let fault = played.fault.expect("unreadable");
    assert_eq!(fault.proof, postrider_provider::Proof::Ambiguous);
    assert!(Telegram.discard(&on(ContentType::Text, "Hi"), &played.progress).is_empty());
    assert_eq!(account().external_id, CHAT.to_string());
    let done = play(&Telegram, &on(ContentType::Text, "Hi"), &[sent()]);
    let again = resume(&Telegram, &on(ContentType::Text, "Hi"), done.progress, &[]);
    assert!(
        matches!(again.last, Some(Step::Done(_))) && again.requests.is_empty(),
        "{}",
        again.script
    );
}
