//! YouTube's calls against Google's discovery document: verb, path, query, JSON all the way down, and a permission for each.

use postrider_core::post::{ContentType, SettingValue};
use postrider_networks::youtube::Youtube;
use postrider_provider::{Account, Adapter, Answer, App, Body, Flow, GrantView, Job, Probe, Request, Val};
use serde_json::{Value, json};

use super::{account, read, specs};
use crate::driver::{DUE_MS, answer, intent, job, ok, play, video, with_header};

const ID: &str = "dQw4w9WgXcQ";

/// What uploads are told beside the parameters of their method.
const OF_UPLOADS: &[&str] = &["uploadType"];

/// Every method of the document, whatever resource it is of.
fn methods(resources: &Value, found: &mut Vec<Value>) {
    for resource in resources.as_object().into_iter().flat_map(|all| all.values()) {
        found.extend(resource["methods"].as_object().into_iter().flat_map(|all| all.values()).cloned());
        methods(&resource["resources"], found);
    }
}

fn check(spec: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &spec["schemas"][name],
        None => schema,
    };
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{at} is {value}, not one of {values:?}");
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let known = &schema["properties"][name];
                assert!(known.is_object(), "{at} has `{name}`, which is not known");
                check(spec, known, field, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{at}");
            items.iter().for_each(|item| check(spec, &schema["items"], item, at));
        }
        Value::String(_) => assert_eq!(schema["type"], "string", "{at}"),
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{at}"),
        other => panic!("{at} is {other}"),
    }
}

/// Checks one call; tells the permissions of which one is enough.
fn obeys(spec: &Value, all: &[Value], request: &Request) -> Vec<String> {
    let path = request.url.strip_prefix("https://www.googleapis.com/").expect("the API");
    let (upload, path) = match path.strip_prefix("upload/") {
        Some(path) => (true, path),
        None => (false, path),
    };
    let verb = format!("{:?}", request.method).to_uppercase();
    let method = all
        .iter()
        .find(|method| method["path"] == path && method["httpMethod"] == verb.as_str())
        .unwrap_or_else(|| panic!("no {verb} {path}"));
    assert_eq!(upload, !method["mediaUpload"].is_null(), "{path} takes bytes elsewhere");
    for (name, value) in request.query.iter().filter(|(name, _)| !OF_UPLOADS.contains(&name.as_str())) {
        let known = &method["parameters"][name];
        assert!(known.is_object(), "{path} has no parameter `{name}`");
        let Val::Plain(text) = value else { panic!("{name} is a secret") };
        let most = known["maximum"].as_str().and_then(|most| most.parse::<u64>().ok());
        assert!(
            most.is_none_or(|most| text.parse::<u64>().is_ok_and(|figure| figure <= most)),
            "{name}={text}"
        );
        let values = known["enum"].as_array();
        assert!(values.is_none_or(|values| values.contains(&json!(text))), "{name}={text}");
    }
    let missing = method["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .find(|(name, known)| known["required"] == true && !request.query.iter().any(|(given, _)| given == *name));
    assert_eq!(missing, None, "{path}");
    match &request.body {
        Body::Json(body) => {
            check(spec, &method["request"], body, path);
            // What stands in no part is passed over.
            let part = request.query.iter().find(|(name, _)| name == "part");
            let Some((_, Val::Plain(parts))) = part else {
                panic!("{path} has no part")
            };
            let named: Vec<&str> = parts.split(',').collect();
            for name in body.as_object().expect("an object").keys().filter(|name| *name != "id") {
                assert!(named.contains(&name.as_str()), "{path}: `{name}` is no part of {parts}");
            }
        }
        Body::Empty => assert!(method["request"].is_null(), "{path} wants a body"),
        _ => panic!("{path} takes no such body"),
    }
    let scopes = method["scopes"].as_array().into_iter().flatten();
    scopes.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn film(channel: &Account) -> Job {
    let mut post = Job {
        text: "Words".into(),
        ..job(ContentType::Video, channel.clone())
    };
    post.content.title = "Title".into();
    post.content.first_comment = "More".into();
    post.media = vec![video(1, 100)];
    for (key, value) in [
        ("made_for_kids", "false"),
        ("privacy_status", "unlisted"),
        ("category", "10"),
        ("tags", "a, b c"),
        ("default_language", "en"),
        ("license", "creativeCommon"),
    ] {
        post.settings.insert(key.into(), SettingValue::Text(value.into()));
    }
    post
}

fn requests(channel: &Account) -> Vec<Request> {
    let grant = GrantView {
        variant: "channel".into(),
        scopes: Vec::new(),
        subject: channel.external_id.clone(),
        meta: json!({}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    let post = film(channel);
    let resource = |privacy: &str| json!({"id": ID, "status": {"privacyStatus": privacy, "uploadStatus": "processed"}});
    let opened = || {
        with_header(
            answer(200, Value::Null),
            "location",
            "https://www.googleapis.com/upload/youtube/v3/videos?upload_id=A",
        )
    };
    let answers: [Answer; 4] = [
        opened(),
        answer(201, resource("private")),
        ok(resource("unlisted")),
        ok(json!({"items": [resource("unlisted")]})),
    ];
    let whole = play(&Youtube, &post, &answers);
    let ahead = play(&Youtube, &post, &answers[..2]);
    let over = play(&Youtube, &post, &[opened(), answer(404, Value::Null)]);
    let mut found = whole.requests;
    found.extend(over.requests.into_iter().skip(2));
    found.extend(Youtube.discard(&post, &ahead.progress));
    for (progress, last) in [(&ahead.progress, &ahead.last), (&whole.progress, &whole.last)] {
        if let Probe::Call(look) = Youtube.probe(&post, progress, &intent(last.as_ref()), &[]) {
            found.push(look);
        }
    }
    if let Flow::Call(request) = Youtube.accounts(&App::default(), &grant, &[]) {
        found.push(request);
    }
    // What goes to the address of an upload is no method of its own.
    found.retain(|request| !request.url.contains("upload_id"));
    found
}

#[test]
fn youtube_obeys_its_description_and_has_a_permission_for_every_call() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "google/youtube__v3.json");
    let mut all = Vec::new();
    methods(&spec["resources"], &mut all);
    let channel = Account {
        kind: "channel".into(),
        ..account("UCx1", "channel", json!({"uploads": "UUx1"}))
    };
    let asked = Youtube.capability().variants[0].permissions;
    let mut told = Vec::new();
    for request in requests(&channel) {
        let enough = obeys(&spec, &all, &request);
        let held = asked.iter().any(|permission| enough.iter().any(|scope| scope == permission.scope));
        assert!(held, "{} needs one of {enough:?}", request.label);
        told.push(format!("{:?} {}", request.method, request.label));
    }
    assert_eq!(
        told,
        [
            "Post ask for an upload",
            "Put show the video",
            "Get look at the video",
            "Post write the first comment",
            "Get look for the video",
            "Delete remove the private video",
            "Get look at the video",
            "Get look for the comment",
            "Get read the channel",
        ]
    );
}
