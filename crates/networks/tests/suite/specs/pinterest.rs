//! Pinterest's calls against its OpenAPI description: path, query, form, JSON all the way down, and the permissions that each call needs.

use postrider_core::post::ContentType;
use postrider_networks::pinterest::Pinterest;
use postrider_provider::{
    Account, Adapter, Answer, App, Auth, Body, ExchangeAsk, Flow, GrantView, Job, Method, Probe, Progress, Request, Val,
};
use serde_json::{Map, Value, json};

use super::{account, read, specs};
use crate::driver::{DUE_MS, answer, gif, image, intent, job, link, ok, play, video};

/// Newer than the description: apps registered before 25 September 2025 get renewable tokens by it alone.
const UNDESCRIBED: &[&str] = &["continuous_refresh"];

fn text(value: &Val) -> Value {
    match value {
        Val::Plain(text) | Val::Secret(text) => text.as_str().into(),
        Val::Assertion(_) => panic!("no client signs here"),
    }
}

/// A reference's schema; any other is itself.
pub fn resolved<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(at) => resolved(
            spec,
            spec.pointer(at.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("nothing at {at}")),
        ),
        None => schema,
    }
}

/// The properties and required names of an object, those of its `allOf` included.
fn members<'a>(spec: &'a Value, schema: &'a Value) -> (Map<String, Value>, Vec<&'a str>) {
    let schema = resolved(spec, schema);
    let mut properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let mut required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = members(spec, part);
        properties.extend(more);
        required.extend(needed);
    }
    (properties, required)
}

/// Checks a value all the way down.
pub fn check(spec: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolved(spec, schema);
    if let Some(mapping) = schema["discriminator"]["mapping"].as_object() {
        let field = schema["discriminator"]["propertyName"].as_str().expect("a property");
        let kind = value[field].as_str().unwrap_or_else(|| panic!("{at} has no {field}"));
        let target = mapping[kind].as_str().unwrap_or_else(|| panic!("{at}: no {field} `{kind}`"));
        return check(spec, &json!({"$ref": target}), value, at);
    }
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{at} is {value}, not one of {values:?}");
    }
    match value {
        Value::Object(object) => {
            let (properties, required) = members(spec, schema);
            for name in required {
                assert!(object.contains_key(name), "{at} lacks `{name}`");
            }
            for (name, field) in object {
                if UNDESCRIBED.contains(&name.as_str()) {
                    continue;
                }
                let known = properties
                    .get(name)
                    .unwrap_or_else(|| panic!("{at} has `{name}`, which is not known"));
                check(spec, known, field, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{at}");
            let count = items.len() as u64;
            assert!(schema["minItems"].as_u64().is_none_or(|least| count >= least), "{at} has {count}");
            assert!(schema["maxItems"].as_u64().is_none_or(|most| count <= most), "{at} has {count}");
            for item in items {
                check(spec, &schema["items"], item, at);
            }
        }
        Value::String(text) => {
            let all_of = schema["allOf"][0].is_object();
            assert!(all_of || schema["type"] == "string", "{at} is a text");
            if all_of {
                return check(spec, &schema["allOf"][0], value, at);
            }
            let chars = text.chars().count() as u64;
            assert!(schema["maxLength"].as_u64().is_none_or(|most| chars <= most), "{at} is too long");
            if [r"^\d+$", "^[0-9]{1,19}$"].iter().any(|digits| schema["pattern"] == *digits) {
                assert!(
                    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
                    "{at} is no number: {text}"
                );
            }
        }
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{at}"),
        Value::Number(_) => assert!(matches!(schema["type"].as_str(), Some("integer" | "number")), "{at} is a number"),
        other => panic!("{at} is {other}"),
    }
}

/// The description of a call's operation: the path's placeholders stand for numbers.
fn operation<'a>(spec: &'a Value, request: &Request) -> (&'a str, &'a Value) {
    let path = request.url.strip_prefix("https://api.pinterest.com/v5").expect("the API");
    let fits = |template: &str| {
        let (mut ours, mut theirs) = (path.split('/'), template.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if other.starts_with('{') => {
                    if one.is_empty() || !one.bytes().all(|byte| byte.is_ascii_digit()) {
                        return false;
                    }
                }
                (one, other) if one == other => {}
                _ => return false,
            }
        }
    };
    let (template, methods) = spec["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .find(|(template, _)| fits(template))
        .unwrap_or_else(|| panic!("no path {path}"));
    let method = format!("{:?}", request.method).to_lowercase();
    let operation = &methods[&method];
    assert!(operation.is_object(), "{template} has no {method}");
    (template, operation)
}

/// Checks one call; tells the permissions that it needs.
fn obeys(spec: &Value, request: &Request) -> Vec<String> {
    let (path, operation) = operation(spec, request);
    for (name, value) in &request.query {
        let parameter = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| resolved(spec, parameter))
            .find(|parameter| parameter["in"] == "query" && parameter["name"] == name.as_str())
            .unwrap_or_else(|| panic!("{path} has no parameter `{name}`"));
        if let (Some(most), Val::Plain(text)) = (parameter["schema"]["maximum"].as_u64(), value) {
            assert!(text.parse::<u64>().is_ok_and(|figure| figure <= most), "{path}: {name}={text}");
        }
    }
    let content = &operation["requestBody"]["content"];
    match &request.body {
        Body::Json(body) => check(spec, &content["application/json"]["schema"], body, path),
        Body::Form(fields) => {
            let body = Value::Object(fields.iter().map(|(name, value)| (name.clone(), text(value))).collect());
            check(spec, &content["application/x-www-form-urlencoded"]["schema"], &body, path);
        }
        Body::Empty => assert!(content.is_null(), "{path} wants a body"),
        _ => panic!("{path} takes no such body"),
    }
    let basic = operation["security"][0]["basic"].is_array();
    assert_eq!(matches!(request.auth, Auth::Basic { .. }), basic, "{path}: {:?}", request.auth);
    let needed = operation["security"][0]["pinterest_oauth2"].as_array().into_iter().flatten();
    needed.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The calls of a flow whose every answer is canned.
fn calls<T>(step: impl Fn(&[Answer]) -> Flow<T>, answers: &[Answer]) -> Vec<Request> {
    let asked = (0..=answers.len()).filter_map(|count| match step(&answers[..count]) {
        Flow::Call(request) => Some(request),
        Flow::Done(_) | Flow::Fail(_) => None,
    });
    asked.collect()
}

fn connecting(board: &Account) -> Vec<Request> {
    let app = App::default();
    let grant = GrantView {
        variant: "account".into(),
        scopes: vec!["boards:read".into()],
        subject: "1".into(),
        meta: json!({}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    let ask = ExchangeAsk {
        variant: "account",
        code: "c",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    let user = || ok(json!({"id": "1", "username": "acme"}));
    let token = ok(json!({"access_token": "a", "scope": "boards:read"}));
    let boards = ok(json!({"items": [], "bookmark": "b"}));
    [
        calls(|answers| Pinterest.exchange(&app, &ask, answers), &[token]),
        calls(|answers| Pinterest.refresh(&app, &grant, answers), &[]),
        calls(|answers| Pinterest.accounts(&app, &grant, answers), &[user(), boards]),
        calls(|answers| Pinterest.verify(&app, &grant, board, answers), &[]),
        Pinterest.revoke(&app, &grant).into_iter().collect(),
    ]
    .concat()
}

fn publishing(board: &Account) -> Vec<Request> {
    let made = || answer(201, json!({"id": "813744226420795884"}));
    let mut requests = Vec::new();
    for content_type in [ContentType::Image, ContentType::Gif, ContentType::Carousel, ContentType::Link] {
        let mut post = Job {
            text: "Words".into(),
            ..job(content_type, board.clone())
        };
        post.content.title = "Title".into();
        post.media = match content_type {
            ContentType::Carousel => (1..=5).map(image).collect(),
            ContentType::Gif => vec![gif(1)],
            _ => vec![image(1)],
        };
        post.content.link = (content_type == ContentType::Link).then(|| link("https://a.example"));
        let played = play(&Pinterest, &post, &[]);
        let lost = intent(played.last.as_ref());
        if let Probe::Call(look) = Pinterest.probe(&post, &Progress::default(), &lost, &[]) {
            requests.push(look);
        }
        requests.extend(play(&Pinterest, &post, &[made()]).requests);
    }
    let mut moving = job(ContentType::Video, board.clone());
    moving.media = vec![video(1, 9)];
    let answers = [
        answer(
            201,
            json!({"media_id": "12345", "upload_url": "https://pinterest-media-upload.s3-accelerate.amazonaws.com/"}),
        ),
        answer(204, Value::Null),
        ok(json!({"status": "succeeded"})),
        made(),
    ];
    requests.extend(play(&Pinterest, &moving, &answers).requests);
    requests
}

#[test]
fn pinterest_obeys_its_description_and_asks_for_every_permission_that_it_needs() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "pinterest/openapi.json");
    let board = account("549755885175", "account", json!({}));
    let asked = Pinterest.capability().variants[0].permissions;
    let requests = [connecting(&board), publishing(&board)].concat();
    let (storage, api): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.url.contains("amazonaws.com"));
    for request in &api {
        for needed in obeys(&spec, request) {
            let held = asked.iter().any(|permission| permission.scope == needed);
            assert!(held, "{} needs `{needed}`", request.label);
        }
    }
    assert_eq!(storage.len(), 1);
    assert!(
        storage
            .iter()
            .all(|request| request.method == Method::Post && request.auth == Auth::None)
    );
    assert_eq!(api.len(), 8 + 11, "{api:#?}");
}
