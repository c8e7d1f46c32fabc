//! Telegram's calls against the description of its Bot API: methods, fields all the way down, and their types.

use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::telegram::Telegram;
use postrider_provider::{Account, Adapter, Answer, App, Body, Flow, GrantView, Job, MediaRef, Request, SignInAsk, Typed, Val};
use serde_json::{Value, json};

use super::{account, read, specs};
use crate::driver::{DUE_MS, document, gif, image, job, link, ok, play, video};

const CHAT: &str = "-1001234567890";

/// Whether a value, or a form's writing of it, is of a type.
fn fits(spec: &Value, kind: &str, value: &Value, at: &str) -> Result<(), String> {
    let written = value.as_str();
    let number = value.is_i64() || value.is_u64() || written.is_some_and(|text| text.parse::<i64>().is_ok());
    let switch = value.is_boolean() || written.is_some_and(|text| matches!(text, "true" | "false"));
    let plain = match kind {
        "String" => Some(value.is_string()),
        "Integer" => Some(number),
        "Boolean" => Some(switch),
        // Files stand beside the fields.
        "InputFile" => Some(value == "file"),
        _ => None,
    };
    if let Some(fits) = plain {
        return if fits {
            Ok(())
        } else {
            Err(format!("{at} is {value}, not {kind}"))
        };
    }
    // In a form an object is written as JSON.
    let tree = match written {
        Some(text) => serde_json::from_str(text).map_err(|_| format!("{at} is {value}, not {kind}"))?,
        None => value.clone(),
    };
    if let Some(inner) = kind.strip_prefix("Array of ") {
        let items = tree.as_array().ok_or_else(|| format!("{at} is {tree}, not {kind}"))?;
        return items.iter().try_for_each(|item| fits(spec, inner, item, at));
    }
    let object = tree.as_object().ok_or_else(|| format!("{at} is {tree}, not {kind}"))?;
    let fields = spec["types"][kind]["fields"].as_array().ok_or_else(|| format!("no type {kind}"))?;
    for name in object.keys() {
        if !fields.iter().any(|field| field["name"] == name.as_str()) {
            return Err(format!("{at} has `{name}`, which {kind} does not know"));
        }
    }
    fields
        .iter()
        .try_for_each(|field| one(spec, field, object.get(field["name"].as_str().unwrap_or_default()), at))
}

/// One field: there where it must be, and of one of its types.
fn one(spec: &Value, field: &Value, value: Option<&Value>, at: &str) -> Result<(), String> {
    let name = field["name"].as_str().unwrap_or_default();
    let at = format!("{at}.{name}");
    let Some(value) = value else {
        return if field["required"] == true {
            Err(format!("{at} is missing"))
        } else {
            Ok(())
        };
    };
    let kinds: Vec<&str> = field["types"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // What is written in a list of several types: each item is of one of them.
    let lists: Option<Vec<&str>> = kinds.iter().map(|kind| kind.strip_prefix("Array of ")).collect();
    if let Some(inner) = lists.filter(|lists| lists.len() > 1) {
        let text = value.as_str().map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
        let items = text.unwrap_or_else(|| value.clone());
        return items
            .as_array()
            .expect("a list")
            .iter()
            .try_for_each(|item| any_of(spec, &of_kind(&inner, item), item, &at));
    }
    any_of(spec, &kinds, value, &at)
}

/// An item of an album says which of the types it is.
fn of_kind<'a>(kinds: &[&'a str], item: &Value) -> Vec<&'a str> {
    let named = |kind: &&&str| kind.to_ascii_lowercase().ends_with(item["type"].as_str().unwrap_or("none"));
    kinds.iter().filter(named).copied().collect()
}

fn any_of(spec: &Value, kinds: &[&str], value: &Value, at: &str) -> Result<(), String> {
    let refused: Vec<String> = kinds.iter().filter_map(|kind| fits(spec, kind, value, at).err()).collect();
    if refused.len() < kinds.len() {
        Ok(())
    } else {
        Err(refused.join("; "))
    }
}

fn plain(value: &Val) -> Value {
    match value {
        Val::Plain(text) => text.as_str().into(),
        Val::Secret(name) => panic!("the token stands in the path, not as {name}"),
        Val::Assertion(_) => panic!("no client signs here"),
    }
}

fn check(spec: &Value, request: &Request) {
    let method = request
        .url
        .strip_prefix("https://api.telegram.org/bot{bot_token}/")
        .expect("a method");
    let known = &spec["methods"][method];
    assert!(known.is_object(), "no method {method}");
    let mut said: serde_json::Map<String, Value> = request.query.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
    match &request.body {
        Body::Empty => {}
        Body::Json(Value::Object(fields)) => said.extend(fields.clone()),
        Body::Multipart { fields, files } => {
            said.extend(fields.iter().map(|(name, value)| (name.clone(), plain(value))));
            let attached = said.get("media").map(Value::to_string).unwrap_or_default();
            for file in files {
                // A file is a field of the method, or one that an album's item names.
                if !attached.contains(&format!("attach://{}", file.field)) {
                    said.insert(file.field.clone(), "file".into());
                }
            }
        }
        other => panic!("{method} sends {}", matches!(other, Body::Form(_))),
    }
    let fields: Vec<Value> = known["fields"].as_array().cloned().unwrap_or_default();
    for name in said.keys() {
        assert!(
            fields.iter().any(|field| field["name"] == name.as_str()),
            "{method} does not know `{name}`"
        );
    }
    for field in &fields {
        let value = said.get(field["name"].as_str().expect("a name"));
        one(spec, field, value, method).unwrap_or_else(|why| panic!("{why}"));
    }
}

fn on(content_type: ContentType, media: Vec<MediaRef>) -> Job {
    let mut job = Job {
        text: "Fresh bread https://a.example/x".into(),
        media,
        ..job(content_type, account(CHAT, "bot", Value::Null))
    };
    job.content.link = Some(link("https://a.example/x"));
    job.content.poll = Some(Poll {
        question: "Which?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        duration_minutes: 5,
    });
    let switches = [
        "disable_notification",
        "protect_content",
        "has_spoiler",
        "show_caption_above_media",
        "allows_multiple_answers",
    ];
    job.settings = switches.map(|key| (key.to_owned(), SettingValue::Switch(true))).into();
    job.settings
        .insert("link_preview_options".into(), SettingValue::Text("show_above_text".into()));
    job.settings.insert("inline_keyboard".into(), SettingValue::Text("Shop".into()));
    job
}

#[test]
fn every_message_is_as_the_description_says() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "telegram/bot-api.json");
    let message = json!({"message_id": 1, "date": 1, "chat": {"id": -1_001_234_567_890_i64, "type": "channel", "title": "Acme"}});
    let answer = |album: bool| {
        let result = if album { json!([message]) } else { message.clone() };
        ok(json!({"ok": true, "result": result}))
    };
    let posts = [
        (ContentType::Text, vec![]),
        (ContentType::Link, vec![]),
        (ContentType::Poll, vec![]),
        (ContentType::Image, vec![image(1)]),
        (ContentType::Video, vec![video(1, 9_000)]),
        (ContentType::Gif, vec![gif(1)]),
        (ContentType::Document, vec![document(1)]),
        (ContentType::Carousel, vec![image(1), video(2, 9_000)]),
    ];
    for (content_type, media) in posts {
        let job = on(content_type, media);
        let played = play(&Telegram, &job, &[answer(content_type == ContentType::Carousel)]);
        assert!(played.fault.is_none() && played.requests.len() == 1, "{}", played.script);
        check(&spec, &played.requests[0]);
    }
}

#[test]
fn every_call_for_connecting_is_as_the_description_says() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "telegram/bot-api.json");
    let typed = Typed::from([("chat".to_owned(), "@acme".to_owned())]);
    let ask = SignInAsk {
        typed: &typed,
        now_ms: DUE_MS,
    };
    let bot = ok(json!({"ok": true, "result": {"id": 7, "is_bot": true, "first_name": "Planner", "username": "planner_bot"}}));
    let chat = ok(json!({"ok": true, "result": {"id": -1_001_234_567_890_i64, "type": "channel", "title": "Acme"}}));
    let grant = GrantView {
        variant: "bot".into(),
        scopes: Vec::new(),
        subject: "7".into(),
        meta: json!({"bot": "planner_bot", "chat": CHAT}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    let channel: Account = account(CHAT, "bot", Value::Null);
    let mut made = 0;
    let mut called = |request: Option<Request>| {
        check(&spec, &request.expect("a call"));
        made += 1;
    };
    let of_sign_in = |answers: &[Answer]| match Telegram.sign_in(&App::default(), &ask, answers) {
        Flow::Call(request) => Some(request),
        _ => None,
    };
    let of_verify = |answers: &[Answer]| match Telegram.verify(&App::default(), &grant, &channel, answers) {
        Flow::Call(request) => Some(request),
        _ => None,
    };
    called(of_sign_in(&[]));
    called(of_sign_in(std::slice::from_ref(&bot)));
    called(of_verify(&[]));
    called(of_verify(&[chat]));
    assert_eq!(made, 4);
}

#[test]
fn a_field_that_the_description_does_not_know_is_found() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "telegram/bot-api.json");
    let wrong = [
        json!({"chat_id": 1, "text": "Hi", "sound": false}),
        json!({"chat_id": 1}),
        json!({"chat_id": 1, "text": "Hi", "link_preview_options": {"large": true}}),
        json!({"chat_id": 1, "text": "Hi", "reply_markup": {"inline_keyboard": [[{"label": "Shop"}]]}}),
        json!({"chat_id": 1, "text": "Hi", "protect_content": "often"}),
    ];
    for body in wrong {
        let request = Request::post("wrong", "https://api.telegram.org/bot{bot_token}/sendMessage").json(body.clone());
        let caught = std::panic::catch_unwind(|| check(&spec, &request));
        assert!(caught.is_err(), "{body} passes");
    }
}
