//! What is sent, against the networks' own machine-readable descriptions. Runs where `POSTRIDER_SPECS` names the folder
//! that holds them.

mod mastodon;
mod pinterest;
mod telegram;
mod x;
mod youtube;

use std::path::{Path, PathBuf};

use crate::driver::{image, job, link, ok, play, video};
use postrider_core::post::{ContentType, Mode};
use postrider_networks::bluesky::Bluesky;
use postrider_networks::facebook::Facebook;
use postrider_networks::instagram::Instagram;
use postrider_provider::{Account, Answer, Body, Job, JobPart, Method, Request};
use serde_json::{Value, json};

fn specs() -> Option<PathBuf> {
    let folder = std::env::var_os("POSTRIDER_SPECS").map(PathBuf::from);
    if folder.is_none() {
        println!("POSTRIDER_SPECS names no folder: left out");
    }
    folder
}

fn read(folder: &Path, file: &str) -> Value {
    let path = folder.join(file);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("JSON")
}

fn account(external_id: &str, variant: &str, meta: Value) -> Account {
    Account {
        external_id: external_id.into(),
        handle: "blue".into(),
        kind: "page".into(),
        variant: variant.into(),
        meta,
    }
}

/// Checks a value against a lexicon definition: required and known fields, unions by `$type`, lengths, all the way down.
fn check(folder: &Path, lexicon: &str, schema: &Value, value: &Value, at: &str) {
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let object = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(object.contains_key(required), "{at} lacks `{required}`");
            }
            for (name, field) in object.iter().filter(|(name, _)| *name != "$type") {
                let known = &schema["properties"][name];
                assert!(known.is_object(), "{at} has `{name}`, which {lexicon} does not know");
                check(folder, lexicon, known, field, &format!("{at}.{name}"));
            }
        }
        "array" => {
            let items = value.as_array().unwrap_or_else(|| panic!("{at} is no array"));
            if let Some(most) = schema["maxLength"].as_u64() {
                assert!(items.len() as u64 <= most, "{at} has {} items of {most}", items.len());
            }
            for (index, item) in items.iter().enumerate() {
                check(folder, lexicon, &schema["items"], item, &format!("{at}[{index}]"));
            }
        }
        "ref" => follow(folder, lexicon, schema["ref"].as_str().expect("ref"), value, at),
        "union" => {
            let kind = value["$type"].as_str().unwrap_or_else(|| panic!("{at} has no $type"));
            let full = |name: &str| {
                if name.starts_with('#') {
                    format!("{lexicon}{name}")
                } else {
                    name.to_owned()
                }
            };
            let refs: Vec<String> = schema["refs"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(full)
                .collect();
            assert!(refs.iter().any(|name| name == kind), "{at} is a {kind}, not one of {refs:?}");
            follow(folder, lexicon, kind, value, at);
        }
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{at} is no text"));
            if schema["format"] == "datetime" {
                assert!(text.parse::<jiff::Timestamp>().is_ok(), "{at} is no instant: {text}");
            }
        }
        "integer" => assert!(value.is_u64(), "{at} is no whole number"),
        "blob" => assert_eq!(value["$type"], "blob", "{at} is no blob"),
        other => panic!("{at}: the lexicon has a `{other}`"),
    }
}

fn follow(folder: &Path, lexicon: &str, name: &str, value: &Value, at: &str) {
    let (id, definition) = name.split_once('#').unwrap_or((name, "main"));
    let id = if id.is_empty() { lexicon } else { id };
    let document = read(folder, &format!("atproto/{}.json", id.replace('.', "/")));
    check(folder, id, &document["defs"][definition], value, at);
}

#[test]
fn bluesky_records_obey_the_lexicons() {
    let Some(folder) = specs() else { return };
    let lexicon = read(&folder, "atproto/app/bsky/feed/post.json");
    let procedure = read(&folder, "atproto/com/atproto/repo/putRecord.json");
    let account = account("did:plc:abc", "app_password", json!({"pds": "https://pds.example"}));
    let a = |content_type, text: &str| Job {
        text: text.into(),
        ..job(content_type, account.clone())
    };
    let mut text = a(ContentType::Text, "Hi @mia.example https://a.example #bread");
    text.content.first_comment = "More".into();
    let mut images = a(ContentType::Carousel, "Four");
    images.media = (1..=4).map(image).collect();
    let mut moving = a(ContentType::Gif, "Moving");
    moving.media = vec![video(1, 9)];
    let mut card = a(ContentType::Link, "Read");
    card.content.link = Some(link("https://a.example"));
    card.link_image = Some(image(1));
    let mut thread = a(ContentType::Thread, "");
    thread.parts = ["one", "two", "three"]
        .map(|text| JobPart {
            text: text.into(),
            media: vec![image(1)],
        })
        .into();
    let blob = || ok(json!({"blob": {"$type": "blob", "ref": {"$link": "b"}, "mimeType": "image/jpeg", "size": 1}}));
    let written = || ok(json!({"uri": "at://did:plc:abc/app.bsky.feed.post/3k", "cid": "c"}));
    let cases: [(Job, Vec<Answer>); 5] = [
        (text, vec![ok(json!({"did": "did:plc:mia"})), written(), written()]),
        (images, vec![blob(), blob(), blob(), blob(), written()]),
        (moving, vec![blob(), written()]),
        (card, vec![blob(), written()]),
        (thread, vec![blob(), blob(), blob(), written(), written(), written()]),
    ];
    let mut records = 0;
    for (job, answers) in cases {
        for request in play(&Bluesky, &job, &answers).requests {
            let Body::Json(body) = &request.body else { continue };
            check(
                &folder,
                "com.atproto.repo.putRecord",
                &without_unknown(&procedure),
                &input(body),
                "putRecord",
            );
            check(
                &folder,
                "app.bsky.feed.post",
                &lexicon["defs"]["main"]["record"],
                &body["record"],
                "record",
            );
            records += 1;
        }
    }
    assert_eq!(records, 8);
}

/// The procedure's input without what the checker cannot look into.
fn without_unknown(procedure: &Value) -> Value {
    let mut schema = procedure["defs"]["main"]["input"]["schema"].clone();
    schema["properties"]["record"] = json!({"type": "string"});
    schema["properties"]["validate"] = json!({"type": "string"});
    schema["properties"]["swapRecord"] = json!({"type": "string"});
    schema
}

fn input(body: &Value) -> Value {
    let mut input = body.clone();
    for name in ["record", "validate", "swapRecord"] {
        input[name] = "left out".into();
    }
    input
}

fn names(request: &Request) -> Vec<String> {
    match &request.body {
        Body::Form(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
        Body::Multipart { fields, files } => {
            let fields = fields.iter().map(|(name, _)| name.clone());
            fields.chain(files.iter().map(|file| file.field.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// One description writes `mediapublish` for what all documents call `media_publish`.
fn bare(edge: &str) -> String {
    edge.replace(['_', '/'], "")
}

/// The file of a photo: the description names its parameters but not its parts.
const PARTS: [&str; 1] = ["source"];

/// Every field that a writing call to Graph sends is one that Meta's own generated clients know.
fn known(folder: &Path, requests: &[Request], nodes: &[(&str, &str)]) -> usize {
    let mut checked = 0;
    for request in requests
        .iter()
        .filter(|request| request.method == Method::Post && request.url.contains("://graph"))
    {
        let path = request.url.split('/').skip(4).collect::<Vec<_>>();
        let (node, edge) = match path.as_slice() {
            [node, edge] => (*node, Some(*edge)),
            [node] => (*node, None),
            other => panic!("{other:?}"),
        };
        let file = nodes
            .iter()
            .find(|(id, _)| *id == node)
            .map(|(_, file)| *file)
            .unwrap_or_else(|| panic!("what is {node}?"));
        let spec = read(folder, &format!("facebook/{file}.json"));
        let call = spec["apis"]
            .as_array()
            .expect("apis")
            .iter()
            .find(|api| api["method"] == "POST" && api["endpoint"].as_str().map(bare) == edge.map(bare))
            .unwrap_or_else(|| panic!("{file} has no POST {edge:?}"));
        let params: Vec<&str> = call["params"]
            .as_array()
            .expect("params")
            .iter()
            .filter_map(|param| param["name"].as_str())
            .collect();
        for name in names(request) {
            assert!(
                params.contains(&name.as_str()) || PARTS.contains(&name.as_str()),
                "{file} POST {edge:?} does not know `{name}`"
            );
            checked += 1;
        }
    }
    checked
}

#[test]
fn facebook_knows_every_field_that_is_sent() {
    let Some(folder) = specs() else { return };
    let a = |content_type, mode| Job {
        text: "Words".into(),
        mode,
        ..job(content_type, account("1", "facebook_login", json!({})))
    };
    let made = |id: &str| ok(json!({"id": id, "success": true}));
    let opened = || {
        ok(
            json!({"video_id": "3", "upload_session_id": "s", "upload_url": "https://rupload.facebook.com/x", "start_offset": "0", "end_offset": "9"}),
        )
    };
    let sent = || ok(json!({"start_offset": "9", "end_offset": "9"}));
    let nodes = [("1", "Page"), ("2", "PagePost"), ("3", "AdVideo")];
    let mut checked = 0;
    for mode in [Mode::Publish, Mode::Draft] {
        let mut link_post = a(ContentType::Link, mode);
        link_post.content.link = Some(link("https://a.example"));
        checked += known(&folder, &play(&Facebook, &link_post, &[made("2")]).requests, &nodes);
        let mut images = a(ContentType::Carousel, mode);
        images.media = vec![image(1), image(2)];
        checked += known(
            &folder,
            &play(&Facebook, &images, &[made("p"), made("q"), made("2")]).requests,
            &nodes,
        );
        let mut moving = a(ContentType::Video, mode);
        moving.content.title = "Title".into();
        moving.media = vec![video(1, 9)];
        let ready = ok(json!({"status": {"video_status": "ready"}}));
        let mut answers = vec![opened(), sent(), made("")];
        answers.extend((mode == Mode::Publish).then_some(ready));
        checked += known(&folder, &play(&Facebook, &moving, &answers).requests, &nodes);
        let mut reel = a(ContentType::Reel, mode);
        reel.media = vec![video(1, 9)];
        checked += known(&folder, &play(&Facebook, &reel, &[opened(), made("")]).requests, &nodes);
    }
    let mut story = a(ContentType::Story, Mode::Publish);
    story.media = vec![image(1)];
    checked += known(&folder, &play(&Facebook, &story, &[made("p")]).requests, &nodes);
    story.media = vec![video(1, 9)];
    checked += known(&folder, &play(&Facebook, &story, &[opened(), made("")]).requests, &nodes);
    let mut commented = a(ContentType::Text, Mode::Publish);
    commented.content.first_comment = "More".into();
    checked += known(
        &folder,
        &play(&Facebook, &commented, &[made("2"), made("2"), ok(json!({}))]).requests,
        &nodes,
    );
    assert!(checked > 40, "{checked}");
}

#[test]
fn instagram_knows_every_field_that_is_sent() {
    let Some(folder) = specs() else { return };
    let room = || ok(json!({"data": [{"quota_usage": 0}]}));
    let made = |id: &str| ok(json!({"id": id}));
    let finished = || ok(json!({"status_code": "FINISHED"}));
    let mut checked = 0;
    for (variant, user, media) in [
        ("facebook_login", "IGUser", "IGMedia"),
        ("instagram_login", "IGUserForIGOnlyAPI", "IGMediaForIGOnlyAPI"),
    ] {
        let nodes = [("1", user), ("2", media)];
        for content_type in [ContentType::Image, ContentType::Carousel, ContentType::Reel, ContentType::Story] {
            let mut post = job(content_type, account("1", variant, json!({})));
            post.text = "Words".into();
            post.content.first_comment = "More".into();
            post.media = match content_type {
                ContentType::Carousel => vec![image(1), video(2, 9)],
                ContentType::Reel => vec![video(1, 9)],
                _ => vec![image(1)],
            };
            let answers = match content_type {
                ContentType::Carousel => vec![
                    room(),
                    made("a"),
                    made("b"),
                    finished(),
                    finished(),
                    made("c"),
                    finished(),
                    made("2"),
                ],
                _ => vec![room(), made("c"), finished(), made("2")],
            };
            let answers = answers.into_iter().chain([ok(json!({"permalink": "p"}))]).collect::<Vec<_>>();
            checked += known(&folder, &play(&Instagram, &post, &answers).requests, &nodes);
        }
    }
    assert!(checked > 30, "{checked}");
}
