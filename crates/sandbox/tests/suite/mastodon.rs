//! Mastodon's twin: servers that share nothing, apps registered on each, tokens without an end, keys of an hour, files that are worked on,
//! polls, scheduled posts, and budgets told by the instant.

use crate::twin::{Got, Twin};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_sandbox as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SOCIAL: &str = "mastodon.social";
const ONLINE: &str = "mastodon.online";
const ADA: &str = "109302436954721001@mastodon.social";
const ADA_ELSEWHERE: &str = "108104@mastodon.online";
const DMITRI: &str = "108105@mastodon.online";
const BACK: &str = "http://localhost:3000/connect/mastodon";
const SCOPES: &str = "read:accounts read:statuses write:statuses write:media";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";
/// Longer than a server takes to store a key.
const A_MOMENT_S: i64 = 1;

struct App {
    twin: Twin,
    host: &'static str,
    client: String,
    secret: String,
    token: String,
}

fn picture(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn jpeg() -> Vec<u8> {
    picture(image::ImageFormat::Jpeg)
}

/// The beginning of an MP4 file with its size in pixels.
fn mp4(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    let mut track = vec![0_u8; 84];
    track[76..80].copy_from_slice(&(width << 16).to_be_bytes());
    track[80..84].copy_from_slice(&(height << 16).to_be_bytes());
    file.extend_from_slice(&92_u32.to_be_bytes());
    file.extend_from_slice(b"tkhd");
    file.extend_from_slice(&track);
    file
}

fn part(bytes: Vec<u8>, name: &str, mime: &str) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()).mime_str(mime).unwrap())
}

fn told(address: &str, name: &str) -> String {
    let address = url::Url::parse(address).unwrap();
    let found = address.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn refused(got: &Got, status: u16, part: &str) {
    assert_eq!(got.status, status, "{}", got.text);
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

async fn register(twin: &Twin, host: &str, form: &[(&str, &str)]) -> Got {
    twin.send(twin.http.post(format!("{}/{host}/api/v1/apps", twin.base)).form(form))
        .await
}

fn asked<'a>(client: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("scope", SCOPES),
        ("state", "s1"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// Opens the page and sends it with a decision.
async fn decided(twin: &Twin, host: &str, query: &[(&str, &str)], account: &str, decision: &str) -> Got {
    let address = format!("{}/{host}/oauth/authorize", twin.base);
    let page = twin.send(twin.http.get(&address).query(query)).await;
    if page.status != 200 {
        return page;
    }
    assert!(
        page.text.contains(host) && SCOPES.split(' ').all(|scope| page.text.contains(scope)),
        "{}",
        page.text
    );
    let form = [("person", account), ("decision", decision)];
    twin.send(twin.http.post(&address).query(query).form(&form)).await
}

async fn token(twin: &Twin, host: &str, fields: &[(&str, &str)]) -> Got {
    twin.send(twin.http.post(format!("{}/{host}/oauth/token", twin.base)).form(fields))
        .await
}

impl App {
    async fn on(host: &'static str, account: &str) -> Self {
        Self::of(Twin::start().await, host, account).await
    }

    async fn of(twin: Twin, host: &'static str, account: &str) -> Self {
        let form = [("client_name", "Planner"), ("redirect_uris", BACK), ("scopes", SCOPES)];
        let registered = register(&twin, host, &form).await;
        assert_eq!(registered.status, 200, "{}", registered.text);
        let text = |name: &str| registered.body[name].as_str().unwrap().to_owned();
        let (client, secret) = (text("client_id"), text("client_secret"));
        let back = decided(&twin, host, &asked(&client, &challenge()), account, "allow").await;
        assert_eq!(back.status, 302, "{}", back.text);
        let location = back.header("location").to_owned();
        assert_eq!(told(&location, "state"), "s1");
        let code = told(&location, "code");
        let got = token(&twin, host, &grant(&client, &secret, &code, VERIFIER)).await;
        assert_eq!(got.status, 200, "{}", got.text);
        assert_eq!(got.body["token_type"], "Bearer");
        assert!(
            got.body["expires_in"].is_null() && got.body["refresh_token"].is_null(),
            "{}",
            got.text
        );
        Self {
            host,
            client,
            secret,
            token: got.body["access_token"].as_str().unwrap().to_owned(),
            twin,
        }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let address = format!("{}/{}/api/{path}", self.twin.base, self.host);
        self.twin.http.request(method.parse().unwrap(), address).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Got {
        self.twin.send(self.request("GET", path)).await
    }

    async fn delete(&self, path: &str) -> Got {
        self.twin.send(self.request("DELETE", path)).await
    }

    async fn post(&self, body: Value) -> Got {
        self.twin.send(self.request("POST", "v1/statuses").json(&body)).await
    }

    async fn keyed(&self, key: &str, body: Value) -> Got {
        let request = self.request("POST", "v1/statuses").header("Idempotency-Key", key).json(&body);
        self.twin.send(request).await
    }

    async fn posted(&self, body: Value) -> Value {
        let got = self.post(body).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body
    }

    async fn upload(&self, form: Form) -> Got {
        self.twin.send(self.request("POST", "v2/media").multipart(form)).await
    }

    async fn uploaded(&self) -> String {
        let got = self.upload(part(jpeg(), "a.jpg", "image/jpeg")).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body["id"].as_str().unwrap().to_owned()
    }
}

fn grant<'a>(client: &'a str, secret: &'a str, code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("client_secret", secret),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ]
}

#[tokio::test]
async fn an_app_is_registered_on_each_server_and_known_there_alone() {
    let app = App::on(SOCIAL, ADA).await;
    let who = app.get("v1/accounts/verify_credentials").await;
    assert_eq!(
        (&who.body["id"], &who.body["username"], &who.body["source"]["privacy"]),
        (&json!("109302436954721001"), &json!("ada"), &json!("public"))
    );
    // Neither the app nor the token means anything elsewhere.
    let elsewhere = decided(&app.twin, ONLINE, &asked(&app.client, &challenge()), ADA_ELSEWHERE, "allow").await;
    refused(&elsewhere, 401, "unknown client");
    let address = format!("{}/{ONLINE}/api/v1/accounts/verify_credentials", app.twin.base);
    let foreign = app.twin.send(app.twin.http.get(address).bearer_auth(&app.token)).await;
    refused(&foreign, 401, "The access token is invalid");
    // Two accounts of one person on one server are two grants.
    let other = App::of(app.twin, SOCIAL, "109302436954721002@mastodon.social").await;
    assert_eq!(other.get("v1/accounts/verify_credentials").await.body["username"], "harbourbakery");
}

#[tokio::test]
async fn what_is_wrong_on_the_way_to_a_token_is_refused() {
    let twin = Twin::start().await;
    for (form, part) in [
        (vec![("redirect_uris", BACK)], "Application name"),
        (vec![("client_name", "P")], "Redirect URI"),
        (vec![("client_name", "P"), ("redirect_uris", "nowhere")], "Redirect URI"),
        (
            vec![("client_name", "P"), ("redirect_uris", BACK), ("scopes", "everything")],
            "Scopes",
        ),
    ] {
        refused(&register(&twin, SOCIAL, &form).await, 422, part);
    }
    let form = [("client_name", "P"), ("redirect_uris", BACK), ("scopes", SCOPES)];
    let registered = register(&twin, SOCIAL, &form).await.body;
    let (client, secret) = (
        registered["client_id"].as_str().unwrap(),
        registered["client_secret"].as_str().unwrap(),
    );
    let challenge = challenge();
    let with = |name: &'static str, value: &'static str| {
        let mut query = asked(client, &challenge);
        query.retain(|(known, _)| *known != name);
        query.push((name, value));
        query
    };
    let ask = async |query: Vec<(&str, &str)>| decided(&twin, SOCIAL, &query, ADA, "allow").await;
    refused(&ask(with("client_id", "nobody")).await, 401, "unknown client");
    refused(&ask(with("redirect_uri", "http://localhost:3000/other")).await, 400, "redirect uri");
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "write:accounts", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let back = ask(with(name, value)).await;
        assert_eq!((back.status, told(back.header("location"), "error").as_str()), (302, error));
    }
    let denied = decided(&twin, SOCIAL, &asked(client, &challenge), ADA, "deny").await;
    assert_eq!(told(denied.header("location"), "error"), "access_denied");
    refused(
        &decided(&twin, SOCIAL, &asked(client, &challenge), DMITRI, "allow").await,
        400,
        "no such account",
    );

    let back = ask(asked(client, &challenge)).await;
    let code = told(back.header("location"), "code");
    refused(
        &token(&twin, SOCIAL, &grant(client, "wrong", &code, VERIFIER)).await,
        401,
        "invalid_client",
    );
    refused(
        &token(&twin, SOCIAL, &grant(client, secret, &code, "another")).await,
        400,
        "invalid_grant",
    );
    refused(
        &token(&twin, SOCIAL, &grant(client, secret, "none", VERIFIER)).await,
        400,
        "invalid_grant",
    );
    let mut password = grant(client, secret, &code, VERIFIER);
    password[0].1 = "password";
    refused(&token(&twin, SOCIAL, &password).await, 400, "unsupported_grant_type");
    assert_eq!(token(&twin, SOCIAL, &grant(client, secret, &code, VERIFIER)).await.status, 200);
    refused(
        &token(&twin, SOCIAL, &grant(client, secret, &code, VERIFIER)).await,
        400,
        "invalid_grant",
    );
    let late = told(ask(asked(client, &challenge)).await.header("location"), "code");
    twin.advance_s(601).await;
    refused(
        &token(&twin, SOCIAL, &grant(client, secret, &late, VERIFIER)).await,
        400,
        "invalid_grant",
    );
}

#[tokio::test]
async fn a_token_has_no_end_until_it_is_taken_back() {
    let app = App::on(SOCIAL, ADA).await;
    app.twin.advance_s(400 * 86_400).await;
    assert_eq!(app.get("v1/accounts/verify_credentials").await.status, 200);
    let revoke = async |secret: &str| {
        let form = [
            ("client_id", app.client.as_str()),
            ("client_secret", secret),
            ("token", app.token.as_str()),
        ];
        let address = format!("{}/{SOCIAL}/oauth/revoke", app.twin.base);
        app.twin.send(app.twin.http.post(address).form(&form)).await
    };
    refused(&revoke("wrong").await, 403, "not authorized to revoke");
    let got = revoke(&app.secret).await;
    assert_eq!((got.status, got.body), (200, json!({})));
    refused(
        &app.get("v1/accounts/verify_credentials").await,
        401,
        "The access token was revoked",
    );
}

#[tokio::test]
async fn an_old_server_knows_no_proof_says_its_limits_elsewhere_and_forgets_apps() {
    let app = App::on(ONLINE, ADA_ELSEWHERE).await;
    refused(&app.get("v2/instance").await, 404, "not found");
    let first = app.get("v1/instance").await.body;
    assert_eq!(first["configuration"]["statuses"]["max_characters"], 1_000);
    assert_eq!(first["version"], "3.5.19");
    app.posted(json!({"status": "x".repeat(1_000)})).await;
    refused(
        &app.post(json!({"status": "x".repeat(1_001)})).await,
        422,
        "Text character limit of 1000 exceeded",
    );
    let file = app.uploaded().await;
    assert_eq!(
        app.delete(&format!("v1/media/{file}")).await.status,
        405,
        "nothing is taken back here"
    );
    let metadata = format!("{}/{ONLINE}/.well-known/oauth-authorization-server", app.twin.base);
    assert_eq!(app.twin.send(app.twin.http.get(metadata)).await.status, 404);

    let form = [("client_name", "P"), ("redirect_uris", BACK), ("scopes", SCOPES)];
    let unused = register(&app.twin, ONLINE, &form).await.body["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    // It leaves the challenge aside, whatever it says.
    let mut plain = asked(&unused, "anything");
    plain.last_mut().unwrap().1 = "plain";
    let back = decided(&app.twin, ONLINE, &plain, DMITRI, "allow").await;
    assert!(!told(back.header("location"), "code").is_empty());
    app.twin.advance_s(86_401).await;
    refused(&decided(&app.twin, ONLINE, &plain, DMITRI, "allow").await, 401, "unknown client");
    let kept = decided(&app.twin, ONLINE, &asked(&app.client, ""), DMITRI, "allow").await;
    assert_eq!(kept.status, 302, "an app that got a token is kept");
}

#[tokio::test]
async fn a_server_of_today_says_what_it_takes() {
    let app = App::on(SOCIAL, ADA).await;
    let second = app.get("v2/instance").await.body;
    assert_eq!(second["api_versions"]["mastodon"], 7);
    let configuration = &second["configuration"];
    assert_eq!(configuration["statuses"]["max_characters"], 500);
    assert_eq!(configuration["media_attachments"]["description_limit"], 1_500);
    assert_eq!(configuration["polls"]["max_expiration"], 2_629_746);
    let metadata = format!("{}/{SOCIAL}/.well-known/oauth-authorization-server", app.twin.base);
    let metadata = app.twin.send(app.twin.http.get(metadata)).await.body;
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
}

#[tokio::test]
async fn a_post_stands_as_it_was_meant() {
    let app = App::on(SOCIAL, ADA).await;
    let root = app
        .posted(json!({
            "status": " Fresh & warm\n\n#rye ", "visibility": "unlisted", "language": "de", "spoiler_text": "Gluten", "sensitive": false,
        }))
        .await;
    assert_eq!(
        root["content"],
        "<p>Fresh &amp; warm</p><p><a href=\"https://mastodon.social/tags/rye\" class=\"mention hashtag\" rel=\"tag\">#<span>rye</span></a></p>"
    );
    assert_eq!(
        (&root["visibility"], &root["language"], &root["spoiler_text"], &root["sensitive"]),
        (&json!("unlisted"), &json!("de"), &json!("Gluten"), &json!(true)),
        "what has a warning is sensitive"
    );
    assert!(root["created_at"].as_str().unwrap().starts_with("2026-11-22T12:00:0"), "{root}");
    let id = root["id"].as_str().unwrap();
    assert_eq!(root["url"], format!("https://mastodon.social/@ada/{id}"));
    let answer = app.posted(json!({"status": "More", "in_reply_to_id": id})).await;
    assert_eq!((&answer["in_reply_to_id"], &answer["visibility"]), (&json!(id), &json!("public")));
    assert_eq!(app.get(&format!("v1/statuses/{id}")).await.body["replies_count"], 1);
    let source = app.get(&format!("v1/statuses/{id}/source")).await.body;
    assert_eq!(
        (&source["text"], &source["spoiler_text"]),
        (&json!("Fresh & warm\n\n#rye"), &json!("Gluten"))
    );
    let posts = app.twin.posts("mastodon", ADA).await;
    assert_eq!((&posts[1]["parent"], &posts[1]["state"]), (&json!(id), &json!("published")));
    let gone = app.delete(&format!("v1/statuses/{id}")).await;
    assert_eq!((gone.status, &gone.body["text"]), (200, &json!("Fresh & warm\n\n#rye")));
    refused(&app.get(&format!("v1/statuses/{id}")).await, 404, "not found");
}

#[tokio::test]
async fn what_is_not_said_is_as_the_account_has_it_and_followers_posts_are_theirs() {
    let dmitri = App::on(ONLINE, DMITRI).await;
    let own = dmitri.posted(json!({"status": "Night train"})).await;
    assert_eq!((&own["visibility"], &own["language"]), (&json!("private"), &json!("en")));
    let id = own["id"].as_str().unwrap().to_owned();
    let ada = App::of(dmitri.twin, ONLINE, ADA_ELSEWHERE).await;
    refused(&ada.get(&format!("v1/statuses/{id}")).await, 404, "not found");
    assert_eq!(ada.get("v1/accounts/108105/statuses").await.body, json!([]));
}

#[tokio::test]
async fn a_form_says_what_json_says() {
    let app = App::on(SOCIAL, ADA).await;
    let file = app.uploaded().await;
    let form = [("status", "By form"), ("media_ids[]", file.as_str()), ("sensitive", "true")];
    let got = app.twin.send(app.request("POST", "v1/statuses").form(&form)).await;
    assert_eq!((got.status, &got.body["sensitive"]), (200, &json!(true)), "{}", got.text);
    assert_eq!(got.body["media_attachments"][0]["id"], file);
    let poll = [
        ("status", "Which?"),
        ("poll[options][]", "Rye"),
        ("poll[options][]", "Wheat"),
        ("poll[expires_in]", "300"),
    ];
    let got = app.twin.send(app.request("POST", "v1/statuses").form(&poll)).await;
    assert_eq!(got.body["poll"]["options"][1]["title"], "Wheat", "{}", got.text);
}

#[tokio::test]
async fn the_same_key_brings_the_same_post_for_an_hour_but_not_in_the_same_breath() {
    let app = App::on(SOCIAL, ADA).await;
    let first = app.keyed("k1", json!({"status": "Once"})).await;
    app.twin.advance_s(A_MOMENT_S).await;
    let again = app.keyed("k1", json!({"status": "Once"})).await;
    assert_eq!((again.status, &again.body["id"]), (200, &first.body["id"]));
    let other = app.keyed("k2", json!({"status": "Once"})).await;
    assert_ne!(other.body["id"], first.body["id"]);
    assert_eq!(app.twin.posts("mastodon", ADA).await.len(), 2);
    app.twin.advance_s(3_600).await;
    let late = app.keyed("k1", json!({"status": "Once"})).await;
    assert_ne!(late.body["id"], first.body["id"]);
    // The key is stored after the post: two in one breath are two.
    app.keyed("k3", json!({"status": "Twice"})).await;
    app.keyed("k3", json!({"status": "Twice"})).await;
    assert_eq!(app.twin.posts("mastodon", ADA).await.len(), 5);
    // A refusal keeps no key.
    refused(&app.keyed("k4", json!({"status": ""})).await, 422, "blank");
    app.twin.advance_s(A_MOMENT_S).await;
    assert_eq!(app.keyed("k4", json!({"status": "Now"})).await.body["content"], "<p>Now</p>");
}

#[tokio::test]
async fn a_picture_is_there_at_once_and_a_video_is_worked_on() {
    let app = App::on(SOCIAL, ADA).await;
    let form = part(jpeg(), "a.jpg", "image/jpeg")
        .text("description", "A loaf")
        .text("focus", "0.1,-0.2");
    let shown = app.upload(form).await;
    assert_eq!(
        (shown.status, &shown.body["type"], &shown.body["description"]),
        (200, &json!("image"), &json!("A loaf"))
    );
    assert!(shown.body["url"].is_string());
    let film = app.upload(part(mp4(1_280, 720), "a.mp4", "video/mp4")).await;
    assert_eq!(
        (film.status, &film.body["type"], &film.body["url"]),
        (202, &json!("video"), &Value::Null)
    );
    let id = film.body["id"].as_str().unwrap().to_owned();
    let path = format!("v1/media/{id}");
    assert_eq!(app.get(&path).await.status, 206);
    refused(
        &app.post(json!({"status": "", "media_ids": [id]})).await,
        422,
        "Cannot attach files that have not finished processing. Try again in a moment!",
    );
    app.twin.advance_s(11).await;
    let ready = app.get(&path).await;
    assert_eq!((ready.status, ready.body["url"].is_string()), (200, true));
    let changed = app
        .twin
        .send(app.request("PUT", &path).multipart(Form::new().text("description", "Kneading")))
        .await;
    assert_eq!(changed.body["description"], "Kneading");
    let made = app.posted(json!({"media_ids": [id]})).await;
    assert_eq!(
        (&made["content"], &made["media_attachments"][0]["description"]),
        (&json!(""), &json!("Kneading"))
    );
    refused(&app.post(json!({"media_ids": [id]})).await, 422, "already attached to another post");
    refused(&app.delete(&path).await, 422, "used by a status");
    let moving = app.upload(part(picture(image::ImageFormat::Gif), "a.gif", "image/gif")).await;
    assert_eq!((moving.status, &moving.body["type"]), (202, &json!("gifv")));
    let posts = app.twin.posts("mastodon", ADA).await;
    assert_eq!(
        (&posts[0]["type"], &posts[0]["media"][0]["alt"]),
        (&json!("video"), &json!("Kneading"))
    );
}

#[tokio::test]
async fn a_file_can_fail_take_long_be_taken_back_and_be_dropped_after_a_day() {
    let app = App::on(SOCIAL, ADA).await;
    let film = async || {
        let got = app.upload(part(mp4(640, 360), "a.mp4", "video/mp4")).await;
        got.body["id"].as_str().unwrap().to_owned()
    };
    let fault = |action: Value| json!({"match": {"network": "mastodon", "operation": "upload_media"}, "action": action});
    app.twin.control("faults", fault(json!({"do": "fail_processing"}))).await;
    let failed = film().await;
    app.twin.advance_s(11).await;
    refused(&app.get(&format!("v1/media/{failed}")).await, 422, "Error processing");
    app.twin
        .control("faults", fault(json!({"do": "slow_processing", "ms": 600_000})))
        .await;
    let slow = film().await;
    app.twin.advance_s(599).await;
    assert_eq!(app.get(&format!("v1/media/{slow}")).await.status, 206);
    app.twin.advance_s(2).await;
    assert_eq!(app.get(&format!("v1/media/{slow}")).await.status, 200);
    assert_eq!(app.delete(&format!("v1/media/{slow}")).await.status, 200);
    refused(&app.get(&format!("v1/media/{slow}")).await, 404, "not found");
    let left = app.uploaded().await;
    app.twin.advance_s(86_400).await;
    refused(&app.post(json!({"media_ids": [left]})).await, 422, "not found");
}

#[tokio::test]
async fn wrong_posts_are_refused_and_nothing_stands() {
    let app = App::on(SOCIAL, ADA).await;
    let pictures = [
        app.uploaded().await,
        app.uploaded().await,
        app.uploaded().await,
        app.uploaded().await,
        app.uploaded().await,
    ];
    let film = app.upload(part(mp4(640, 360), "a.mp4", "video/mp4")).await.body["id"].clone();
    app.twin.advance_s(11).await;
    let poll = |options: Value, expires_in: i64| json!({"status": "Which?", "poll": {"options": options, "expires_in": expires_in}});
    let mut shown = poll(json!(["a", "b"]), 300);
    shown["media_ids"] = json!([pictures[0]]);
    let long = format!("{} https://a.example/{}", "x".repeat(477), "y".repeat(300));
    for (body, status, part) in [
        (json!({}), 422, "Text can't be blank"),
        (json!({"status": "  "}), 422, "Text can't be blank"),
        (json!({"status": "x".repeat(501)}), 422, "Text character limit of 500 exceeded"),
        (
            json!({"status": "x".repeat(481), "spoiler_text": "w".repeat(20)}),
            422,
            "Text character limit",
        ),
        (json!({"status": long}), 422, "Text character limit"),
        (
            json!({"status": "Hi", "media_ids": pictures}),
            422,
            "Cannot attach more than 4 files",
        ),
        (
            json!({"status": "Hi", "media_ids": [film, pictures[0]]}),
            422,
            "Cannot attach a video",
        ),
        (json!({"status": "Hi", "media_ids": ["1"]}), 422, "Media 1 not found"),
        (json!({"status": "Hi", "visibility": "everybody"}), 422, "Visibility"),
        (json!({"status": "Hi", "in_reply_to_id": "1"}), 404, "trying to reply"),
        (json!({"status": "Hi", "scheduled_at": "soon"}), 422, "Scheduled at"),
        (
            json!({"status": "Hi", "scheduled_at": "2026-11-22T12:04:00Z"}),
            422,
            "must be in the future",
        ),
        (shown, 422, "Cannot attach more than"),
        (poll(json!(["one"]), 300), 422, "more than one item"),
        (poll(json!(["a", " "]), 300), 422, "more than one item"),
        (poll(json!(["a", "b", "c", "d", "e"]), 300), 422, "more than 4 items"),
        (poll(json!(["a", "b".repeat(51)]), 300), 422, "longer than 50"),
        (poll(json!(["a", "a"]), 300), 422, "duplicate"),
        (poll(json!(["a", "b"]), 299), 422, "too soon"),
        (poll(json!(["a", "b"]), 2_629_747), 422, "too far"),
    ] {
        refused(&app.post(body).await, status, part);
    }
    let bare = app
        .twin
        .send(
            app.request("POST", "v1/statuses")
                .body("status")
                .header("content-type", "text/plain"),
        )
        .await;
    refused(&bare, 415, "Unsupported");
    let broken = app
        .twin
        .send(
            app.request("POST", "v1/statuses")
                .body("{")
                .header("content-type", "application/json"),
        )
        .await;
    refused(&broken, 400, "JSON");
    assert!(app.twin.posts("mastodon", ADA).await.is_empty());
    app.posted(json!({"status": "x".repeat(480), "spoiler_text": "w".repeat(20)})).await;
    app.posted(json!({"status": format!("{} https://a.example/{}", "x".repeat(476), "y".repeat(300))}))
        .await;
    app.posted(json!({"status": "Hi", "media_ids": pictures[..4]})).await;
}

#[tokio::test]
async fn wrong_files_are_refused() {
    let app = App::on(SOCIAL, ADA).await;
    let heavy = [jpeg(), vec![0; 16 * 1024 * 1024]].concat();
    for (form, what) in [
        (Form::new().text("description", "x"), "File can't be blank"),
        (part(b"no picture".to_vec(), "a.jpg", "image/jpeg"), "File content type is invalid"),
        (
            part(b"%PDF-1.7".to_vec(), "a.pdf", "application/pdf"),
            "File content type is invalid",
        ),
        (Form::new().part("file", Part::bytes(jpeg())), "File content type is invalid"),
        (part(heavy, "a.jpg", "image/jpeg"), "less than 16 MB"),
        (part(mp4(4_096, 4_096), "a.mp4", "video/mp4"), "dimensions"),
        (
            part(jpeg(), "a.jpg", "image/jpeg").text("description", "x".repeat(1_501)),
            "maximum is 1500",
        ),
        (part(jpeg(), "a.jpg", "image/jpeg").text("focus", "2,0"), "Focus"),
    ] {
        refused(&app.upload(form).await, 422, what);
    }
    let address = format!("{}/{SOCIAL}/api/v2/media", app.twin.base);
    let nobody = app
        .twin
        .send(app.twin.http.post(address).multipart(part(jpeg(), "a.jpg", "image/jpeg")))
        .await;
    refused(&nobody, 401, "The access token is invalid");
}

#[tokio::test]
async fn a_scope_that_was_not_granted_and_an_account_that_is_off_are_refused() {
    let app = App::on(SOCIAL, ADA).await;
    let issued = json!({"network": "mastodon", "kind": "access", "person": "ada", "account": ADA, "scopes": ["read"]});
    let reader = app.twin.control("tokens", issued).await["value"].as_str().unwrap().to_owned();
    let reading = App { token: reader, ..app };
    assert_eq!(reading.get("v1/accounts/verify_credentials").await.status, 200);
    refused(&reading.post(json!({"status": "Hi"})).await, 403, "outside the authorized scopes");
    let change = format!("accounts/mastodon/{ADA}");
    reading.twin.control(&change, json!({"suspended": true})).await;
    refused(&reading.get("v1/accounts/verify_credentials").await, 403, "currently disabled");
}

#[tokio::test]
async fn an_accounts_posts_are_listed_newest_first_page_by_page_and_late() {
    let app = App::on(SOCIAL, ADA).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(app.posted(json!({"status": format!("Number {number}")})).await["id"].clone());
        app.twin.advance_s(1).await;
    }
    app.posted(json!({"status": "Answer", "in_reply_to_id": ids[0]})).await;
    let listed = async |query: &str| {
        let got = app.get(&format!("v1/accounts/109302436954721001/statuses?{query}")).await;
        got.body
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        listed("exclude_replies=true").await,
        [ids[2].clone(), ids[1].clone(), ids[0].clone()]
    );
    assert_eq!(listed("limit=1&exclude_replies=true").await, [ids[2].clone()]);
    let max = ids[2].as_str().unwrap();
    assert_eq!(listed(&format!("limit=1&max_id={max}")).await, [ids[1].clone()]);
    assert_eq!(listed("limit=40").await.len(), 4);
    app.twin.control("settings", json!({"list_lag_ms": 60_000})).await;
    assert!(listed("").await.is_empty());
    assert_eq!(app.get(&format!("v1/statuses/{max}")).await.status, 200, "by its id it is there");
    refused(&app.get("v1/accounts/1/statuses").await, 404, "not found");
}

#[tokio::test]
async fn a_scheduled_post_has_an_id_of_its_own_until_it_goes_out() {
    let app = App::on(SOCIAL, ADA).await;
    let waiting = app.posted(json!({"status": "Later", "scheduled_at": "2026-11-22T13:00:00Z"})).await;
    assert_eq!((&waiting["params"]["text"], &waiting["url"]), (&json!("Later"), &Value::Null));
    let id = waiting["id"].as_str().unwrap().to_owned();
    let path = format!("v1/scheduled_statuses/{id}");
    assert_eq!(app.get(&path).await.body["scheduled_at"], "2026-11-22T13:00:00.000Z");
    refused(&app.get(&format!("v1/statuses/{id}")).await, 404, "not found");
    let moved = app
        .twin
        .send(app.request("PUT", &path).json(&json!({"scheduled_at": "2026-11-22T14:00:00Z"})))
        .await;
    assert_eq!(moved.body["scheduled_at"], "2026-11-22T14:00:00.000Z", "{}", moved.text);
    assert_eq!(app.get("v1/scheduled_statuses").await.body.as_array().unwrap().len(), 1);
    app.twin.advance_s(2 * 3_600 + 1).await;
    assert_eq!(app.get("v1/scheduled_statuses").await.body, json!([]));
    let posts = app.twin.posts("mastodon", ADA).await;
    assert_eq!(
        (posts.len(), &posts[0]["text"], &posts[0]["state"]),
        (1, &json!("Later"), &json!("published"))
    );
    assert_ne!(posts[0]["id"], id);
    for number in 0..25 {
        app.posted(json!({"status": format!("{number}"), "scheduled_at": "2026-11-24T13:00:00Z"}))
            .await;
    }
    let more = json!({"status": "One too many", "scheduled_at": "2026-11-24T18:00:00Z"});
    refused(&app.post(more).await, 422, "limit of 25");
    let first = app.get("v1/scheduled_statuses").await.body[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(app.delete(&format!("v1/scheduled_statuses/{first}")).await.status, 200);
    app.posted(json!({"status": "Room again", "scheduled_at": "2026-11-24T18:00:00Z"}))
        .await;
}

#[tokio::test]
async fn budgets_are_told_by_the_instant_and_kept() {
    let app = App::on(SOCIAL, ADA).await;
    let first = app.get("v1/accounts/verify_credentials").await;
    assert_eq!(
        (first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")),
        ("300", "299")
    );
    assert_eq!(first.header("x-ratelimit-reset"), "2026-11-22T12:05:00.000000Z");
    for _ in 0..30 {
        app.uploaded().await;
    }
    let full = app.upload(part(jpeg(), "a.jpg", "image/jpeg")).await;
    refused(&full, 429, "Too many requests");
    assert_eq!(
        (full.header("x-ratelimit-limit"), full.header("x-ratelimit-remaining")),
        ("30", "0")
    );
    assert_eq!(full.header("x-ratelimit-reset"), "2026-11-22T12:30:00.000000Z");
    assert_eq!(full.header("retry-after"), "", "nothing but the instant is told");
    app.twin.advance_s(30 * 60).await;
    app.uploaded().await;
    for _ in 0..299 {
        app.get("v1/accounts/verify_credentials").await;
    }
    refused(&app.get("v1/accounts/verify_credentials").await, 429, "Too many requests");
    app.twin.advance_s(5 * 60).await;
    let posted = app.post(json!({"status": "Hi"})).await;
    assert_eq!(posted.header("x-ratelimit-reset"), "2026-11-22T15:00:00.000000Z");
}

#[tokio::test]
async fn a_server_that_is_down_or_slow_says_so() {
    let app = App::on(SOCIAL, ADA).await;
    let fault = |action: Value| json!({"match": {"network": "mastodon", "commit": true}, "action": action});
    for (name, status) in [
        ("maintenance", 503),
        ("internal", 500),
        ("bad_gateway", 502),
        ("server_closed", 410),
        ("rate_limited", 429),
    ] {
        app.twin.control("faults", fault(json!({"do": "error", "name": name}))).await;
        assert_eq!(app.post(json!({"status": "Hi"})).await.status, status, "{name}");
    }
    assert!(app.twin.posts("mastodon", ADA).await.is_empty());
    app.twin
        .control("faults", fault(json!({"do": "error", "name": "maintenance", "processed": true})))
        .await;
    assert_eq!(app.keyed("k", json!({"status": "Hi"})).await.status, 503);
    app.twin.advance_s(A_MOMENT_S).await;
    assert_eq!(app.keyed("k", json!({"status": "Hi"})).await.status, 200);
    assert_eq!(app.twin.posts("mastodon", ADA).await.len(), 1, "the key brought what was made");
}
