//! Business Profile's calls against Google's discovery documents, as far as there are any; and what a post says against a transcription of
//! Google's own reference, field by field and value by value.

use postrider_core::post::{ContentType, SettingValue};
use postrider_networks::google_business::GoogleBusiness;
use postrider_provider::{Account, Adapter, Answer, App, Body, Flow, GrantView, Job, Probe, Progress, Request, Val};
use serde_json::{Value, json};

use super::{account, read, specs};
use crate::driver::{DUE_MS, image, intent, job, link, ok, play};

const PARENT: &str = "accounts/222/locations/987";

/// Which document describes a host.
const DOCUMENTS: &[(&str, &str)] = &[
    ("mybusinessaccountmanagement", "google/mybusinessaccountmanagement__v1.json"),
    ("mybusinessbusinessinformation", "google/mybusinessbusinessinformation__v1.json"),
    ("mybusinessverifications", "google/mybusinessverifications__v1.json"),
];

/// Every method of a document, whatever resource it is of.
fn methods(resources: &Value, found: &mut Vec<Value>) {
    for resource in resources.as_object().into_iter().flat_map(|all| all.values()) {
        found.extend(resource["methods"].as_object().into_iter().flat_map(|all| all.values()).cloned());
        methods(&resource["resources"], found);
    }
}

/// Whether a path is of a template's: `{name}` stands for one segment.
fn fits(template: &str, path: &str) -> bool {
    let (theirs, ours) = (template.split('/'), path.split('/'));
    theirs.clone().count() == ours.clone().count() && theirs.zip(ours).all(|(one, other)| one.starts_with('{') || one == other)
}

/// Fields of a mask are those of the schema.
fn in_schema(spec: &Value, schema: &str, mask: &str) {
    for field in mask.split(',') {
        assert!(
            spec["schemas"][schema]["properties"][field].is_object(),
            "a {schema} has no `{field}`"
        );
    }
}

fn obeys(spec: &Value, request: &Request) {
    let (_, path) = request
        .url
        .strip_prefix("https://")
        .and_then(|url| url.split_once('/'))
        .expect("a path");
    let mut all = Vec::new();
    methods(&spec["resources"], &mut all);
    let verb = format!("{:?}", request.method).to_uppercase();
    let method = all
        .iter()
        .find(|method| method["httpMethod"] == verb.as_str() && fits(method["flatPath"].as_str().unwrap_or_default(), path))
        .unwrap_or_else(|| panic!("no {verb} {path}"));
    assert!(method["request"].is_null() && matches!(request.body, Body::Empty), "{path}");
    for (name, value) in &request.query {
        let Val::Plain(text) = value else { panic!("{name} is a secret") };
        assert!(method["parameters"][name].is_object(), "{path} has no parameter `{name}`");
        if name == "readMask" {
            in_schema(spec, "Location", text);
        }
    }
    let needed = method["parameters"].as_object().into_iter().flatten();
    for (name, known) in needed
        .filter(|(_, known)| known["location"] == "query" && known["description"].as_str().is_some_and(|said| said.starts_with("Required")))
    {
        assert!(request.query.iter().any(|(given, _)| given == name), "{path} lacks {name}: {known}");
    }
}

fn location(voice: bool) -> Value {
    json!({"name": "locations/987", "title": "Acme", "metadata": {"hasVoiceOfMerchant": voice}})
}

/// Every call that lists, and every one that verifies.
fn reading() -> Vec<Request> {
    let grant = GrantView {
        variant: "google".into(),
        scopes: Vec::new(),
        subject: "1".into(),
        meta: json!({}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    };
    let lists: Vec<Answer> = vec![
        ok(json!({"accounts": [{"name": "accounts/222"}], "nextPageToken": "t"})),
        ok(json!({})),
        ok(json!({"locations": [location(false)], "nextPageToken": "t"})),
        ok(json!({})),
    ];
    let mut found = Vec::new();
    for count in 0..=lists.len() {
        if let Flow::Call(request) = GoogleBusiness.accounts(&App::default(), &grant, &lists[..count]) {
            found.push(request);
        }
    }
    let answers = [ok(location(false))];
    for count in 0..=answers.len() {
        if let Flow::Call(request) = GoogleBusiness.verify(&App::default(), &grant, &store(), &answers[..count]) {
            found.push(request);
        }
    }
    found
}

fn store() -> Account {
    Account {
        kind: "location".into(),
        handle: String::new(),
        ..account("987", "google", json!({"parent": PARENT, "language": "en"}))
    }
}

#[test]
fn googles_lists_are_asked_as_their_documents_say() {
    let Some(folder) = specs() else { return };
    let mut told = Vec::new();
    for request in reading() {
        let file = DOCUMENTS
            .iter()
            .find(|(host, _)| request.url.starts_with(&format!("https://{host}.")));
        let (_, file) = file.unwrap_or_else(|| panic!("what describes {}?", request.url));
        obeys(&read(&folder, file), &request);
        told.push(request.label);
    }
    assert_eq!(
        told,
        [
            "list the accounts",
            "list the accounts",
            "list the locations",
            "list the locations",
            "ask why the location has no say",
            "read the location",
            "ask why the location has no say",
        ]
    );
}

/// Every kind of post, with all that can be chosen of it.
fn posts() -> Vec<Job> {
    let chosen = |content_type, settings: &[(&str, &str)]| {
        let mut post = Job {
            text: "Words".into(),
            ..job(content_type, store())
        };
        for (key, value) in settings {
            post.settings.insert((*key).into(), SettingValue::Text((*value).into()));
        }
        post
    };
    let timed = |topic| {
        [
            ("topic_type", topic),
            ("event_title", "Open day"),
            ("event_start", "2026-11-23T09:00"),
            ("event_end", "2026-11-30T23:59"),
            ("coupon_code", "BW10"),
            ("redeem_online_url", "https://a.example"),
            ("terms_conditions", "One each"),
        ]
    };
    let mut all = vec![
        chosen(ContentType::Text, &timed("EVENT")),
        chosen(ContentType::Text, &timed("OFFER")),
    ];
    for action in ["BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"] {
        all.push(chosen(
            ContentType::Text,
            &[("call_to_action", action), ("call_to_action_url", "https://a.example")],
        ));
    }
    let mut photo = chosen(ContentType::Image, &[("language", "de")]);
    photo.media = vec![image(1)];
    let mut page = chosen(ContentType::Link, &[]);
    page.content.link = Some(link("https://a.example"));
    all.extend([photo, page]);
    all
}

/// The name of a schema within the words that tell of a field.
fn schema_of<'a>(spec: &'a Value, words: &str) -> Option<&'a Value> {
    let names = words.split(|sign: char| !sign.is_ascii_alphanumeric());
    let mut schemas = names
        .filter(|name| name.starts_with(char::is_uppercase))
        .map(|name| &spec["schemas"][name]);
    schemas.find(|schema| !schema.is_null())
}

/// Fields that the reference knows and that are not its own to say; values that it lists.
fn transcribed(spec: &Value, schema: &Value, value: &Value, at: &str) {
    for (name, field) in value.as_object().expect("an object") {
        let known = &schema[name];
        assert!(!known.is_null(), "{at} has `{name}`, which is not known");
        let at = format!("{at}.{name}");
        match (known, field) {
            (Value::Array(listed), Value::String(text)) => {
                assert!(
                    listed.iter().any(|value| value == text.as_str()),
                    "{at} is {text}, none of {listed:?}"
                );
            }
            (Value::Array(listed), Value::Array(items)) => {
                let words = listed[0].as_str().unwrap_or_default();
                for item in items {
                    for name in item.as_object().expect("an item").keys() {
                        assert!(words.contains(name.as_str()), "{at} has `{name}`: {words}");
                    }
                }
            }
            (Value::String(words), field) => {
                assert!(!words.contains(" ro"), "{at} is Google's to say");
                match schema_of(spec, words) {
                    Some(Value::Array(listed)) => assert!(listed.contains(field), "{at} is {field}"),
                    Some(schema) => transcribed(spec, schema, field, &at),
                    None if words.starts_with("int") => assert!(field.is_i64() || field.is_u64(), "{at} is {field}"),
                    None => assert!(field.is_string(), "{at} is {field}"),
                }
            }
            _ => panic!("{at}: {known}"),
        }
    }
}

#[test]
fn what_a_post_says_is_known_to_googles_reference() {
    let Some(folder) = specs() else { return };
    let spec = read(&folder, "google/mybusiness-v4-localposts.handmade.json");
    let root = spec["rootUrl"].as_str().expect("an address");
    let mut topics = Vec::new();
    for post in posts() {
        let played = play(&GoogleBusiness, &post, &[]);
        let request = played.requests.first().expect("a call");
        let create = spec["methods"]["create"]["http"].as_str().expect("a method");
        let path = request.url.strip_prefix(root).expect("the API");
        assert_eq!(create.replace("{parent=accounts/*/locations/*}", PARENT), format!("POST {path}"));
        let Body::Json(body) = &request.body else { panic!("no JSON") };
        transcribed(&spec, &spec["schemas"]["LocalPost"], body, "LocalPost");
        topics.push(body["topicType"].as_str().unwrap_or_default().to_owned());
        if let Probe::Call(list) = GoogleBusiness.probe(&post, &Progress::default(), &intent(played.last.as_ref()), &[]) {
            let known = &spec["methods"]["list"]["query"];
            assert!(list.query.iter().all(|(name, _)| known[name].is_string()), "{:?}", list.query.len());
        }
    }
    topics.sort();
    topics.dedup();
    assert_eq!(topics, ["EVENT", "OFFER", "STANDARD"]);
}
