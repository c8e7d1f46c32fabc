//! Mastodon's calls against an OpenAPI description made from its documentation (unofficial): path, query, headers, bodies all the way down,
//! and the permissions that each call needs.

use postrider_core::delivery::Part;
use postrider_core::post::{ContentType, Poll, SettingValue};
use postrider_networks::mastodon::Mastodon;
use postrider_provider::{
    Account, Adapter, Answer, App, Auth, AuthorizeAsk, Body, ExchangeAsk, Flow, GrantView, Job, JobPart, Method, PrepareAsk, Probe,
    Progress, Request, ServerApp, Typed, Val,
};
use serde_json::{Map, Value, json};

use super::{read, specs};
use crate::driver::{DUE_MS, answer, gif, image, intent, job, ok, play, video};

const SERVER: &str = "https://social.example";

/// A reference's schema; any other is itself.
fn resolved<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(at) => spec
            .pointer(at.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("nothing at {at}")),
        None => schema,
    }
}

/// The properties and required names of an object, those of its `allOf` included.
fn members<'a>(spec: &'a Value, schema: &'a Value) -> (Map<String, Value>, Vec<&'a str>) {
    let schema = resolved(spec, schema);
    let mut properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let names = schema["required"].as_array().into_iter().flatten();
    let mut required: Vec<&str> = names.filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = members(spec, part);
        properties.extend(more);
        required.extend(needed);
    }
    (properties, required)
}

/// The one of several shapes that a body is: the one whose required fields it has, the most of them.
fn shape<'a>(spec: &'a Value, schema: &'a Value, body: &Value, at: &str) -> &'a Value {
    let Some(shapes) = schema["oneOf"].as_array() else { return schema };
    let has = |shape: &&Value| members(spec, shape).1.iter().all(|name| !body[*name].is_null());
    // What is told of media or a poll is no plain text.
    let special = shapes.iter().filter(has).max_by_key(|shape| members(spec, shape).0.len());
    special.unwrap_or_else(|| panic!("{at}: {body} has no shape"))
}

/// Checks a value all the way down.
fn check(spec: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolved(spec, shape(spec, resolved(spec, schema), value, at));
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
                let known = properties
                    .get(name)
                    .unwrap_or_else(|| panic!("{at} has `{name}`, which is not known"));
                check(spec, known, field, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{at}");
            items.iter().for_each(|item| check(spec, &schema["items"], item, at));
        }
        Value::String(_) => assert_eq!(schema["type"], "string", "{at} is a text"),
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{at} is a switch"),
        Value::Number(_) => assert!(matches!(schema["type"].as_str(), Some("integer" | "number")), "{at} is a number"),
        other => panic!("{at} is {other}"),
    }
}

/// The description of a call's operation: no placeholder stands for a word of another path.
fn operation<'a>(spec: &'a Value, request: &Request) -> (&'a str, &'a Value) {
    let path = request.url.strip_prefix(SERVER).expect("the account's server");
    let fits = |template: &str| {
        let (ours, theirs) = (path.split('/'), template.split('/'));
        path.split('/').count() == template.split('/').count()
            && ours.zip(theirs).all(|(one, other)| {
                one == other || (other.starts_with('{') && !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit()))
            })
    };
    let paths = spec["paths"].as_object().expect("paths");
    let (template, methods) = paths
        .iter()
        .find(|(template, _)| fits(template))
        .unwrap_or_else(|| panic!("no path {path}"));
    let operation = &methods[&format!("{:?}", request.method).to_lowercase()];
    assert!(operation.is_object(), "{template} has no {:?}", request.method);
    (template, operation)
}

fn text(value: &Val) -> Value {
    match value {
        Val::Plain(text) | Val::Secret(text) => text.as_str().into(),
        Val::Assertion(_) => panic!("no client signs here"),
    }
}

/// A form says a list's only item as it is.
fn fields(spec: &Value, schema: &Value, fields: &[(String, Val)]) -> Value {
    let known = members(spec, schema).0;
    let value = |name: &str, value: &Val| match known[name]["type"].as_str() {
        Some("array") => json!([text(value)]),
        _ => text(value),
    };
    fields.iter().map(|(name, said)| (name.clone(), value(name, said))).collect()
}

/// Checks one call; tells the permissions of which it needs one.
fn obeys(spec: &Value, request: &Request) -> Vec<String> {
    let (path, operation) = operation(spec, request);
    let is_known = |place: &str, name: &str| {
        let mut parameters = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| resolved(spec, one));
        parameters.any(|parameter| parameter["in"] == place && parameter["name"] == name)
    };
    for (name, _) in &request.query {
        assert!(is_known("query", name), "{path} has no parameter `{name}`");
    }
    for (name, _) in request.headers.iter().filter(|(name, _)| name != "Authorization") {
        assert!(is_known("header", name), "{path} has no header `{name}`");
    }
    let content = &operation["requestBody"]["content"];
    match &request.body {
        Body::Json(body) => check(spec, &content["application/json"]["schema"], body, path),
        // The description writes forms down as JSON.
        Body::Form(said) => {
            let schema = &content["application/json"]["schema"];
            check(spec, schema, &fields(spec, schema, said), path);
        }
        Body::Multipart { fields: said, files } => {
            let schema = &content["multipart/form-data"]["schema"];
            let mut body = fields(spec, schema, said);
            files.iter().for_each(|file| body[file.field.as_str()] = "bytes".into());
            check(spec, schema, &body, path);
        }
        Body::Empty => assert_ne!(operation["requestBody"]["required"], true, "{path} wants a body"),
        _ => panic!("{path} takes no such body"),
    }
    let needed = operation["security"][0]["OAuth2"].as_array().into_iter().flatten();
    let needed: Vec<String> = needed.filter_map(Value::as_str).map(str::to_owned).collect();
    let says_who = matches!(request.auth, Auth::Bearer(_)) || request.headers.iter().any(|(name, _)| name == "Authorization");
    assert_eq!(says_who, !needed.is_empty(), "{path}: {needed:?}");
    needed
}

/// The calls of a flow whose every answer is canned.
fn calls<T>(step: impl Fn(&[Answer]) -> Flow<T>, answers: &[Answer]) -> Vec<Request> {
    let asked = (0..=answers.len()).filter_map(|count| match step(&answers[..count]) {
        Flow::Call(request) => Some(request),
        Flow::Done(_) | Flow::Fail(_) => None,
    });
    asked.collect()
}

fn account() -> Account {
    Account {
        external_id: "1@social.example".into(),
        handle: "acme@social.example".into(),
        kind: "account".into(),
        variant: "server".into(),
        meta: json!({"server": SERVER, "id": "1"}),
    }
}

fn connecting() -> Vec<Request> {
    let app = App::default();
    let server = ServerApp {
        server: SERVER.into(),
        client_id: "c".into(),
        ..ServerApp::default()
    };
    let grant = GrantView {
        variant: "server".into(),
        scopes: Vec::new(),
        subject: "1@social.example".into(),
        meta: json!({"server": SERVER, "client_id": "c"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    let typed = Typed::from([("instance".to_owned(), "social.example".to_owned())]);
    let prepare = PrepareAsk {
        authorize: AuthorizeAsk {
            variant: "server",
            redirect_uri: "https://planner.example/connect",
            state: "s",
            code_challenge: "c",
            again: false,
        },
        typed: &typed,
        known: None,
    };
    let exchange = ExchangeAsk {
        variant: "server",
        code: "c",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "v",
        server: Some(&server),
        now_ms: DUE_MS,
    };
    let who = || ok(json!({"id": "1", "username": "acme"}));
    [
        calls(|answers| Mastodon.prepare(&app, &prepare, answers), &[]),
        calls(
            |answers| Mastodon.exchange(&app, &exchange, answers),
            &[ok(json!({"access_token": "t"}))],
        ),
        calls(
            |answers| Mastodon.accounts(&app, &grant, answers),
            &[who(), answer(404, Value::Null)],
        ),
        calls(|answers| Mastodon.verify(&app, &grant, &account(), answers), &[]),
        Mastodon.revoke(&app, &grant).into_iter().collect(),
    ]
    .concat()
}

/// A delivery of each type, with everything that it can be told.
fn posts() -> Vec<Job> {
    let types = [
        ContentType::Text,
        ContentType::Link,
        ContentType::Image,
        ContentType::Carousel,
        ContentType::Gif,
        ContentType::Video,
        ContentType::Poll,
        ContentType::Thread,
    ];
    let posts = types.into_iter().map(|content_type| {
        let mut post = Job {
            text: "Words".into(),
            ..job(content_type, account())
        };
        post.media = match content_type {
            ContentType::Image => vec![image(1)],
            ContentType::Carousel => (1..=4).map(image).collect(),
            ContentType::Gif => vec![gif(1)],
            ContentType::Video => vec![video(1, 9)],
            _ => Vec::new(),
        };
        if content_type == ContentType::Thread {
            let part = |text: &str, media| JobPart { text: text.into(), media };
            post.parts = vec![part("One", vec![image(1)]), part("Two", Vec::new())];
        }
        post.content.poll = (content_type == ContentType::Poll).then(|| Poll {
            question: "Which?".into(),
            options: vec!["Rye".into(), "Wheat".into()],
            duration_minutes: 60,
        });
        post.content.first_comment = "More".into();
        for (key, value) in [("visibility", "unlisted"), ("content_warning", "Gluten"), ("language", "en")] {
            post.settings.insert(key.into(), SettingValue::Text(value.into()));
        }
        post.settings.insert("sensitive".into(), SettingValue::Switch(true));
        post
    });
    posts.collect()
}

fn publishing() -> Vec<Request> {
    let made = |id: usize| ok(json!({"id": id.to_string(), "url": "https://social.example/@acme/1", "visibility": "unlisted"}));
    let mut requests = Vec::new();
    for post in posts() {
        let files = post.media.len() + post.parts.iter().map(|part| part.media.len()).sum::<usize>();
        let mut answers: Vec<Answer> = (0..files)
            .flat_map(|file| [answer(202, json!({"id": file.to_string()})), made(file)])
            .collect();
        let staged = play(&Mastodon, &post, &answers);
        let lost = intent(staged.last.as_ref());
        let listed = json!([{"id": "9", "created_at": "2026-11-22T00:01:00.000Z", "in_reply_to_id": null, "content": "x"}]);
        let seen = [ok(listed), ok(json!([]))];
        for count in 0..=seen.len() {
            if let Probe::Call(look) = Mastodon.probe(&post, &staged.progress, &lost, &seen[..count]) {
                requests.push(look);
            }
        }
        assert_eq!(lost.part, Part::Root);
        requests.extend(Mastodon.discard(&post, &staged.progress));
        answers.extend((50..52).map(made));
        requests.extend(play(&Mastodon, &post, &answers).requests);
    }
    let fresh = Mastodon.discard(&posts()[0], &Progress::default());
    assert!(fresh.is_empty(), "nothing was sent ahead");
    requests
}

#[test]
fn mastodon_obeys_its_description_and_asks_for_every_permission_that_it_needs() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "mastodon/openapi-abraham.json");
    let asked = Mastodon.capability().variants[0].permissions;
    let requests = [connecting(), publishing()].concat();
    let mut used = std::collections::BTreeSet::new();
    for request in &requests {
        let needed = obeys(&spec, request);
        let held = asked.iter().find(|permission| needed.iter().any(|scope| scope == permission.scope));
        assert!(needed.is_empty() || held.is_some(), "{} needs one of {needed:?}", request.label);
        used.extend(held.map(|permission| permission.scope));
    }
    assert_eq!(used.len(), asked.len(), "more is asked for than is needed: {used:?}");
    let posts = requests
        .iter()
        .filter(|request| request.url.ends_with("/api/v1/statuses") && request.method == Method::Post);
    assert_eq!(posts.count(), 8 * 2, "each of eight posts with its answer");
}
