//! X's calls against its OpenAPI descriptions: path, query, JSON all the way down, and the permissions that each call needs. What is sent
//! is held against the newest; what is read is asked for in the names of the one before, which X still takes (fact sheet section 9).

use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::x::X;
use postrider_provider::{Adapter, App, Auth, Body, Flow, GrantView, Job, JobPart, Method, Probe, Request, Val};
use serde_json::{Value, json};

use super::pinterest::{check, resolved};
use super::{account, read, specs};
use crate::driver::{DUE_MS, answer, gif, image, intent, job, ok, play, video};

/// The description of a call's operation: the path's placeholders stand for numbers.
fn operation<'a>(spec: &'a Value, request: &Request) -> (String, &'a Value) {
    let path = request.url.strip_prefix("https://api.x.com").expect("the API");
    let template = path
        .split('/')
        .map(|segment| {
            if segment.parse::<u64>().is_ok_and(|n| n > 99) {
                "{id}"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    let method = format!("{:?}", request.method).to_lowercase();
    let operation = &spec["paths"][&template][&method];
    assert!(operation.is_object(), "no {method} {template}");
    (template, operation)
}

fn has_query(spec: &Value, operation: &Value, path: &str, name: &str, value: &Val) {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let known = parameters
        .map(|parameter| resolved(spec, parameter))
        .find(|parameter| parameter["in"] == "query" && parameter["name"] == name)
        .unwrap_or_else(|| panic!("{path} has no parameter `{name}`"));
    let (Val::Plain(text), schema) = (value, resolved(spec, &known["schema"])) else {
        panic!("{path}: a secret in `{name}`");
    };
    match schema["type"].as_str() {
        Some("array") => {
            let items = resolved(spec, &schema["items"]);
            for item in text.split(',') {
                check(spec, items, &item.into(), &format!("{path}: {name}"));
            }
        }
        Some("integer") => {
            let figure: u64 = text.parse().expect("a number");
            assert!(
                schema["maximum"].as_u64().is_none_or(|most| figure <= most),
                "{path}: {name}={text}"
            );
        }
        _ => check(spec, schema, &text.as_str().into(), &format!("{path}: {name}")),
    }
}

/// Checks one call; tells the permissions that it needs.
fn obeys(spec: &Value, request: &Request) -> Vec<String> {
    let (path, operation) = operation(spec, request);
    for (name, value) in &request.query {
        has_query(spec, operation, &path, name, value);
    }
    let content = &operation["requestBody"]["content"];
    match &request.body {
        Body::Json(body) => check(spec, &content["application/json"]["schema"], body, &path),
        Body::Multipart { fields, files } => {
            let schema = resolved(spec, &content["multipart/form-data"]["schema"]);
            let names = fields.iter().map(|(name, _)| name).chain(files.iter().map(|file| &file.field));
            let names: Vec<&str> = names.map(String::as_str).collect();
            assert!(
                names.iter().all(|name| schema["properties"][*name].is_object()),
                "{path}: {names:?}"
            );
            let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            assert!(required.all(|name| names.contains(&name)), "{path}: {names:?}");
        }
        Body::Empty => assert_ne!(operation["requestBody"]["required"], true, "{path} wants a body"),
        _ => panic!("{path} takes no such body"),
    }
    assert!(matches!(request.auth, Auth::Bearer(_)), "{path}: {:?}", request.auth);
    let security = operation["security"].as_array().into_iter().flatten();
    let needed = security.filter_map(|way| way["OAuth2UserToken"].as_array()).flatten();
    needed.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn publishing() -> Vec<Request> {
    let profile = || account("1700000000000000001", "account", json!({}));
    let data = |value: Value| ok(json!({"data": value}));
    let opened = || data(json!({"id": "1880000000000000001", "media_key": "3_1880000000000000001"}));
    let working = || data(json!({"id": "1880000000000000001", "processing_info": {"state": "pending"}}));
    let ready = || data(json!({"id": "1880000000000000001", "processing_info": {"state": "succeeded"}}));
    let made = || answer(201, json!({"data": {"id": "1900000000000000123"}}));
    let mut requests = Vec::new();
    for content_type in [ContentType::Image, ContentType::Gif, ContentType::Video] {
        let mut post = Job {
            text: "Words".into(),
            ..job(content_type, profile())
        };
        post.media = match content_type {
            ContentType::Gif => vec![gif(1)],
            ContentType::Video => vec![video(1, 9)],
            _ => vec![image(1)],
        };
        let mut answers = vec![opened(), ok(json!({}))];
        answers.extend(if content_type == ContentType::Image {
            vec![opened()]
        } else {
            vec![working(), ready()]
        });
        answers.extend((content_type != ContentType::Video).then(|| ok(json!({}))));
        answers.push(made());
        requests.extend(play(&X, &post, &answers).requests);
    }
    let mut poll = job(ContentType::Poll, profile());
    poll.text = "Which?".into();
    poll.content.first_comment = "More".into();
    poll.content.poll = Some(Poll {
        question: "Which?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        duration_minutes: 1_440,
    });
    poll.settings
        .insert("reply_settings".into(), SettingValue::Text("following".into()));
    poll.settings.insert("made_with_ai".into(), SettingValue::Switch(true));
    poll.settings.insert("paid_partnership".into(), SettingValue::Switch(true));
    requests.extend(play(&X, &poll, &[made(), made()]).requests);
    let mut thread = job(ContentType::Thread, profile());
    thread.parts = ["One", "Two"]
        .map(|text| JobPart {
            text: text.into(),
            media: Vec::new(),
        })
        .into();
    let stopped = play(&X, &thread, &[made()]);
    let lost = intent(stopped.last.as_ref());
    requests.extend(stopped.requests);
    match X.probe(&thread, &stopped.progress, &lost, &[]) {
        Probe::Call(look) => requests.push(look),
        other => panic!("{other:?}"),
    }
    let grant = GrantView {
        variant: "account".into(),
        scopes: Vec::new(),
        subject: "1".into(),
        meta: json!({}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    if let Flow::Call(who) = X.accounts(&App::default(), &grant, &[]) {
        requests.push(who);
    }
    requests
}

#[test]
fn x_obeys_its_descriptions_and_asks_for_every_permission_that_it_needs() {
    let Some(folder) = specs() else { return };
    let newest = read(&folder, "x/openapi.json");
    let before = read(&folder, "x/openapi-2.159.json");
    let asked = X.capability().variants[0].permissions;
    let requests = publishing();
    for request in &requests {
        let spec = if request.method == Method::Get { &before } else { &newest };
        for needed in obeys(spec, request) {
            let held = asked.iter().any(|permission| permission.scope == needed);
            assert!(held, "{} needs `{needed}`", request.label);
        }
    }
    assert_eq!(requests.len(), 5 + 6 + 5 + 2 + 2 + 2, "{requests:#?}");
    // Every setting that can be chosen is one that X takes.
    let schema = resolved(
        &newest,
        &newest["paths"]["/2/tweets"]["post"]["requestBody"]["content"]["application/json"]["schema"],
    );
    let offered = postrider_core::rules::of(postrider_core::Network::X).settings;
    assert!(offered.iter().all(|setting| schema["properties"][setting.key].is_object()));
    assert_eq!(offered.len(), 3);
}
