//! X's twin: codes of thirty seconds, tokens that roll, files in segments, posts that answer each other, repeats that are refused, budgets in
//! headers, credits that run out.

use crate::twin::{Got, START_US, Twin};
use postrider_sandbox as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const CAFE: &str = "1700000000000000001";
const PRIVATE: &str = "1700000000000000002";
const BENS: &str = "1700000000000000003";
const STOPPED: &str = "1700000000000000005";
const BACK: &str = "http://localhost:3000/connect/x";
const SCOPES: &str = "media.write offline.access tweet.read tweet.write users.read";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// SHA-256 of the verifier (RFC 7636, appendix B).
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct App {
    twin: Twin,
    token: String,
    refresh: String,
}

fn asking<'a>(client: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("scope", scope),
        ("state", "s1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn decide(twin: &Twin, asked: &[(&str, &str)], person: &str, decision: &str) -> Got {
    let address = format!("{}/x.com/i/oauth2/authorize", twin.base);
    let page = twin.send(twin.http.get(&address).query(asked)).await;
    if page.status != 200 {
        return page;
    }
    let scopes = asked.iter().find(|(name, _)| *name == "scope").map_or("", |(_, scopes)| scopes);
    let named = scopes.split(' ').all(|scope| page.text.contains(scope));
    assert!(page.text.contains("@bluecafe") && named, "{}", page.text);
    let decided = [("person", person), ("decision", decision)];
    twin.send(twin.http.post(&address).query(asked).form(&decided)).await
}

fn parameter(got: &Got, name: &str) -> String {
    let address = url::Url::parse(got.header("location")).unwrap_or_else(|_| panic!("no way back: {}", got.text));
    let found = address.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

async fn code(twin: &Twin, client: &str, person: &str) -> String {
    parameter(&decide(twin, &asking(client, SCOPES), person, "allow").await, "code")
}

async fn tokens(twin: &Twin, client: &str, secret: &str, form: &[(&str, &str)]) -> Got {
    let address = format!("{}/api.x.com/2/oauth2/token", twin.base);
    twin.send(twin.http.post(address).basic_auth(client, Some(secret)).form(form)).await
}

fn of_code(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

impl App {
    async fn of(client: &str, person: &str, scopes: &str) -> Self {
        let twin = Twin::start().await;
        let back = decide(&twin, &asking(client, scopes), person, "allow").await;
        assert_eq!((back.status, parameter(&back, "state").as_str()), (302, "s1"));
        let got = tokens(&twin, client, "s3cret", &of_code(&parameter(&back, "code"))).await;
        assert_eq!(got.status, 200, "{}", got.text);
        assert_eq!((&got.body["expires_in"], &got.body["scope"]), (&json!(7_200), &json!(scopes)));
        let text = |name: &str| got.body[name].as_str().unwrap_or_default().to_owned();
        Self {
            token: text("access_token"),
            refresh: text("refresh_token"),
            twin,
        }
    }

    async fn start() -> Self {
        Self::of("acme", CAFE, SCOPES).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api.x.com/2/{path}", self.twin.base)
    }

    async fn get(&self, path: &str) -> Got {
        self.twin.send(self.twin.http.get(self.at(path)).bearer_auth(&self.token)).await
    }

    async fn post(&self, path: &str, body: Value) -> Got {
        let request = self.twin.http.post(self.at(path)).bearer_auth(&self.token).json(&body);
        self.twin.send(request).await
    }

    async fn form(&self, path: &str, form: Form) -> Got {
        let request = self.twin.http.post(self.at(path)).bearer_auth(&self.token).multipart(form);
        self.twin.send(request).await
    }

    async fn say(&self, body: Value) -> String {
        let got = self.post("tweets", body).await;
        assert_eq!(got.status, 201, "{}", got.text);
        got.body["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn open(&self, mime: &str, category: &str, bytes: usize) -> Got {
        let body = json!({"media_type": mime, "media_category": category, "total_bytes": bytes});
        self.post("media/upload/initialize", body).await
    }

    async fn append(&self, id: &str, index: &str, bytes: &[u8]) -> Got {
        let part = Part::bytes(bytes.to_vec()).file_name("segment");
        let form = Form::new().text("segment_index", index.to_owned()).part("media", part);
        self.form(&format!("media/upload/{id}/append"), form).await
    }

    async fn close(&self, id: &str) -> Got {
        self.post(&format!("media/upload/{id}/finalize"), json!({})).await
    }

    /// Uploads a file in two segments; gives its id, and what closing it was answered.
    async fn uploaded(&self, mime: &str, category: &str, file: &[u8]) -> (String, Got) {
        let got = self.open(mime, category, file.len()).await;
        assert_eq!(
            (got.status, &got.body["data"]["expires_after_secs"]),
            (200, &json!(86_399)),
            "{}",
            got.text
        );
        let id = got.body["data"]["id"].as_str().unwrap().to_owned();
        let (one, two) = file.split_at(file.len() / 2);
        // In any order, and the same number again takes the place of the first.
        for (index, bytes) in [("1", two), ("0", two), ("0", one)] {
            let got = self.append(&id, index, bytes).await;
            assert_eq!(got.status, 200, "{}", got.text);
        }
        let closed = self.close(&id).await;
        (id, closed)
    }

    async fn status(&self, id: &str) -> Value {
        let got = self.get(&format!("media/upload?command=STATUS&media_id={id}")).await;
        got.body["data"]["processing_info"].clone()
    }
}

fn picture(format: image::ImageFormat, width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, 80, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn jpeg() -> Vec<u8> {
    picture(image::ImageFormat::Jpeg, 80)
}

/// The boxes of an MP4 file that tell its length, and its size in pixels.
fn mp4(duration_ms: u32, width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    let mut header = vec![0_u8; 100];
    header[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
    header[16..20].copy_from_slice(&duration_ms.to_be_bytes());
    let mut track = vec![0_u8; 84];
    track[76..80].copy_from_slice(&(width << 16).to_be_bytes());
    track[80..84].copy_from_slice(&(height << 16).to_be_bytes());
    for (name, body) in [(b"mvhd", header), (b"tkhd", track)] {
        file.extend_from_slice(&(body.len() as u32 + 8).to_be_bytes());
        file.extend_from_slice(name);
        file.extend_from_slice(&body);
    }
    file
}

fn refused(got: &Got, status: u16, part: &str) {
    assert_eq!(got.status, status, "{}", got.text);
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

#[tokio::test]
async fn a_post_stands_and_is_listed_as_x_lists_it() {
    let app = App::start().await;
    let text = "Fish & chips <now>: https://acme.example/menu.";
    let id = app.say(json!({"text": text})).await;
    let posts = app.twin.posts("x", CAFE).await;
    assert_eq!(
        (&posts[0]["text"], &posts[0]["link"]),
        (&json!(text), &json!("https://acme.example/menu"))
    );
    assert_eq!(posts[0]["permalink"], format!("https://x.com/bluecafe/status/{id}"));
    let bare = app.get(&format!("users/{CAFE}/tweets")).await.body["data"][0].clone();
    let fields: Vec<&String> = bare.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["edit_history_tweet_ids", "id", "text"],
        "what is not asked for is not told"
    );
    let listed = app
        .get(&format!(
            "users/{CAFE}/tweets?tweet.fields=created_at,entities,referenced_tweets,attachments"
        ))
        .await;
    let listed = &listed.body["data"][0];
    let short = listed["entities"]["urls"][0]["url"].as_str().unwrap();
    assert!(short.starts_with("https://t.co/"));
    assert_eq!(listed["text"], format!("Fish &amp; chips &lt;now&gt;: {short}."));
    assert_eq!(listed["entities"]["urls"][0]["expanded_url"], "https://acme.example/menu");
    assert_eq!(listed["created_at"], "2026-11-22T12:00:00.000Z");
    assert_eq!((&listed["attachments"], &listed["referenced_tweets"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn each_name_of_the_fields_is_answered_in_its_own_words() {
    let app = App::start().await;
    let first = app.say(json!({"text": "One"})).await;
    app.say(json!({"text": "Two", "reply": {"in_reply_to_tweet_id": first}})).await;
    for (parameter, referenced, history) in [
        ("tweet.fields", "referenced_tweets", "edit_history_tweet_ids"),
        ("post.fields", "referenced_posts", "edit_history_post_ids"),
    ] {
        let got = app.get(&format!("users/{CAFE}/tweets?{parameter}={referenced}")).await;
        let reply = &got.body["data"][0];
        assert_eq!(reply[referenced], json!([{"type": "replied_to", "id": first}]), "{}", got.text);
        assert!(reply[history].is_array(), "{}", got.text);
    }
}

#[tokio::test]
async fn codes_live_for_thirty_seconds_and_serve_once() {
    let twin = Twin::start().await;
    let late = code(&twin, "acme", CAFE).await;
    twin.advance_s(31).await;
    refused(&tokens(&twin, "acme", "s", &of_code(&late)).await, 400, "invalid_request");
    let good = code(&twin, "acme", CAFE).await;
    for (name, value) in [("redirect_uri", "http://localhost:3000/other"), ("code_verifier", "too-short")] {
        let wrong: Vec<_> = of_code(&good)
            .map(|(known, text)| (known, if known == name { value } else { text }))
            .into();
        refused(
            &tokens(&twin, "acme", "s", &wrong).await,
            400,
            "Value passed for the token was invalid.",
        );
    }
    assert_eq!(tokens(&twin, "acme", "s", &of_code(&good)).await.status, 200);
    refused(&tokens(&twin, "acme", "s", &of_code(&good)).await, 400, "invalid_request");
    // The secret is the one that was used first, and an app without Basic has to be one without a secret.
    let other = code(&twin, "acme", CAFE).await;
    refused(&tokens(&twin, "acme", "other", &of_code(&other)).await, 401, "unauthorized_client");
    let address = format!("{}/api.x.com/2/oauth2/token", twin.base);
    let bare = |client: &'static str, code: String| {
        let form: Vec<(String, String)> = of_code(&code)
            .into_iter()
            .chain([("client_id", client)])
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        twin.send(twin.http.post(&address).form(&form))
    };
    refused(&bare("acme", other).await, 401, "Missing valid authorization header");
    let public = code(&twin, "public-app", CAFE).await;
    assert_eq!(bare("public-app", public).await.status, 200);
}

#[tokio::test]
async fn who_cancels_is_sent_back_and_a_wrong_request_is_shown_to_the_person() {
    let twin = Twin::start().await;
    let canceled = decide(&twin, &asking("acme", SCOPES), CAFE, "cancel").await;
    assert_eq!(
        (parameter(&canceled, "error").as_str(), parameter(&canceled, "state").as_str()),
        ("access_denied", "s1")
    );
    for (name, value) in [
        ("response_type", "token"),
        ("scope", "tweet.everything"),
        ("code_challenge", ""),
        ("code_challenge_method", "S512"),
        ("state", ""),
        ("redirect_uri", "nowhere"),
    ] {
        let mut asked = asking("acme", SCOPES);
        asked.retain(|(known, _)| *known != name);
        asked.push((name, value));
        refused(&decide(&twin, &asked, CAFE, "allow").await, 400, "Something went wrong");
    }
}

#[tokio::test]
async fn tokens_roll_and_are_taken_back_one_by_one() {
    let mut app = App::start().await;
    app.twin.advance_s(7_201).await;
    refused(&app.get("users/me").await, 401, "Unauthorized");
    let renew = |refresh: String| {
        let twin = &app.twin;
        async move {
            tokens(
                twin,
                "acme",
                "s3cret",
                &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
            )
            .await
        }
    };
    let renewed = renew(app.refresh.clone()).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    refused(&renew(app.refresh.clone()).await, 400, "invalid_request");
    app.token = renewed.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.get("users/me").await.status, 200);
    let next = renewed.body["refresh_token"].as_str().unwrap().to_owned();
    let address = app.at("oauth2/revoke");
    let revoke = app
        .twin
        .http
        .post(address)
        .basic_auth("acme", Some("s3cret"))
        .form(&[("token", &next)]);
    assert_eq!(app.twin.send(revoke).await.body, json!({"revoked": true}));
    refused(
        &tokens(
            &app.twin,
            "acme",
            "s3cret",
            &[("grant_type", "refresh_token"), ("refresh_token", &next)],
        )
        .await,
        400,
        "invalid_request",
    );
    assert_eq!(app.get("users/me").await.status, 200, "the other token lives on");
    let short = App::of("acme", CAFE, "tweet.read users.read").await;
    assert_eq!(short.refresh, "", "no offline.access, no refresh token");
}

#[tokio::test]
async fn each_call_takes_its_permission() {
    let reader = App::of("acme", CAFE, "tweet.read users.read").await;
    assert_eq!(reader.get("users/me").await.status, 200);
    refused(&reader.post("tweets", json!({"text": "Hi"})).await, 403, "scope");
    refused(&reader.open("image/jpeg", "tweet_image", 10).await, 403, "media.write");
    let writer = App::of("acme", CAFE, "media.write tweet.write").await;
    refused(&writer.get(&format!("users/{CAFE}/tweets")).await, 403, "scope");
    let bare = App::of("readonly-app", CAFE, SCOPES).await;
    refused(&bare.post("tweets", json!({"text": "Hi"})).await, 403, "You are not permitted");
    let poor = App::of("broke-app", CAFE, SCOPES).await;
    refused(&poor.post("tweets", json!({"text": "Hi"})).await, 402, "CreditsDepleted");
    refused(&poor.get(&format!("users/{CAFE}/tweets")).await, 402, "credits");
    let stopped = App::of("acme", STOPPED, SCOPES).await;
    refused(&stopped.get("users/me").await, 403, "user-suspended");
}

#[tokio::test]
async fn wrong_posts_are_refused_as_documented() {
    let app = App::start().await;
    let bens = "1900000000000000009";
    let long = "a".repeat(281);
    let heavy = "国".repeat(141);
    let poll = |options: Value, minutes: i64| json!({"text": "Which?", "poll": {"options": options, "duration_minutes": minutes}});
    for (body, status, part) in [
        (json!({}), 400, "neither text nor media"),
        (json!({"text": " "}), 400, "neither text nor media"),
        (json!({"text": 7}), 400, "must be a string"),
        (json!({"text": long}), 400, "too long"),
        (json!({"text": heavy}), 400, "too long"),
        (json!({"text": "a\u{FEFF}b"}), 400, "not allowed"),
        (json!({"text": "Hi", "quoted": "1"}), 400, "additional properties"),
        (json!({"text": "Hi", "media": {"media_ids": []}}), 400, "1 to 4"),
        (
            json!({"text": "Hi", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}),
            400,
            "1 to 4",
        ),
        (json!({"text": "Hi", "media": {"media_ids": [7]}}), 400, "regex"),
        (json!({"text": "Hi", "media": {"media_ids": ["77"]}}), 400, "media IDs are invalid"),
        (
            json!({"text": "Hi", "media": {"media_ids": ["77"], "alt": "x"}}),
            400,
            "additional properties",
        ),
        (poll(json!(["Rye"]), 60), 400, "2 to 4"),
        (poll(json!(["Rye", "a".repeat(26)]), 60), 400, "1 to 25"),
        (poll(json!(["Rye", ""]), 60), 400, "1 to 25"),
        (poll(json!(["Rye", "Wheat"]), 4), 400, "5 to 10080"),
        (poll(json!(["Rye", "Wheat"]), 10_081), 400, "5 to 10080"),
        (
            json!({"text": "Hi", "media": {"media_ids": ["77"]}, "poll": {"options": ["a", "b"], "duration_minutes": 5}}),
            400,
            "not several",
        ),
        (json!({"text": "Hi", "reply": {"in_reply_to_tweet_id": "x"}}), 400, "is no id"),
        (
            json!({"text": "Hi", "reply": {"in_reply_to_tweet_id": bens}}),
            404,
            "resource-not-found",
        ),
        (json!({"text": "Hi", "reply_settings": "everyone"}), 400, "enumeration"),
        (json!({"text": "Hi", "made_with_ai": "yes"}), 400, "boolean"),
        (json!({"text": "Buy $ABC and $XYZ"}), 403, "one cashtag"),
        (json!({"text": "Look", "quote_tweet_id": "1900000000000000001"}), 403, "Quoting"),
        (json!({"text": "Hi", "community_id": "1"}), 403, "not permitted"),
    ] {
        refused(&app.post("tweets", body).await, status, part);
    }
    let plain = app.twin.http.post(app.at("tweets")).bearer_auth(&app.token).body("text=Hi");
    refused(&app.twin.send(plain).await, 400, "application/json");
    let nobody = app.twin.http.post(app.at("tweets")).json(&json!({"text": "Hi"}));
    refused(&app.twin.send(nobody).await, 401, "Unauthorized");
    assert!(app.twin.posts("x", CAFE).await.is_empty(), "something was made all the same");
    // What just fits is taken.
    app.say(json!({"text": "a".repeat(280)})).await;
    app.say(json!({"text": "国".repeat(140)})).await;
    app.say(json!({"text": format!("{} https://acme.example/{}", "b".repeat(256), "c".repeat(400))}))
        .await;
}

#[tokio::test]
async fn wrong_files_are_refused_as_documented() {
    let app = App::start().await;
    for (mime, category, bytes, part) in [
        ("image/svg+xml", "tweet_image", 10, "media_type"),
        ("image/jpeg", "tweet_poster", 10, "media_category"),
        ("image/gif", "tweet_image", 10, "is no tweet_image"),
        ("video/mp4", "tweet_gif", 10, "is no tweet_gif"),
        ("image/jpeg", "tweet_image", 0, "total_bytes"),
        ("image/jpeg", "tweet_image", 6 * 1024 * 1024, "total_bytes"),
        ("video/mp4", "tweet_video", 600 * 1024 * 1024, "total_bytes"),
    ] {
        refused(&app.open(mime, category, bytes).await, 400, part);
    }
    let file = jpeg();
    let got = app.open("image/jpeg", "tweet_image", file.len()).await;
    let id = got.body["data"]["id"].as_str().unwrap();
    refused(&app.append(id, "1000", &file).await, 400, "segment_index");
    refused(&app.append(id, "first", &file).await, 400, "segment_index");
    refused(&app.append(id, "0", &vec![0; 6 * 1024 * 1024]).await, 413, "too large");
    refused(&app.append("77", "0", &file).await, 404, "resource-not-found");
    refused(
        &app.form(&format!("media/upload/{id}/append"), Form::new().text("segment_index", "0"))
            .await,
        400,
        "$.media",
    );
    refused(&app.close(id).await, 400, "do not match");
    app.append(id, "1", &file).await;
    refused(&app.close(id).await, 400, "do not match");
    let (odd, closed) = app.uploaded("image/jpeg", "tweet_image", b"no picture at all").await;
    refused(&closed, 400, "no image");
    refused(
        &app.post("tweets", json!({"media": {"media_ids": [odd]}})).await,
        400,
        "media IDs are invalid",
    );
    refused(&app.get("media/upload?command=STATUS&media_id=x").await, 400, "media_id");
    refused(&app.get("media/upload?command=LIST&media_id=1").await, 400, "STATUS");
    refused(
        &app.post("media/metadata", json!({"id": "77", "metadata": {"alt_text": {"text": "x"}}}))
            .await,
        404,
        "media",
    );
    let (shown, _) = app.uploaded("image/jpeg", "tweet_image", &file).await;
    let describe = |text: String| app.post("media/metadata", json!({"id": shown, "metadata": {"alt_text": {"text": text}}}));
    refused(&describe("a".repeat(1_001)).await, 400, "too long");
    assert_eq!(describe("a".repeat(1_000)).await.status, 200);
}

#[tokio::test]
async fn pictures_stand_with_their_words_and_are_their_owners_alone_for_a_day() {
    let app = App::start().await;
    let (one, closed) = app.uploaded("image/jpeg", "tweet_image", &jpeg()).await;
    assert!(closed.body["data"]["processing_info"].is_null(), "a picture is ready at once");
    let described = json!({"id": one, "metadata": {"alt_text": {"text": "A loaf"}}});
    assert_eq!(app.post("media/metadata", described).await.status, 200);
    let form = Form::new()
        .text("media_category", "tweet_image")
        .part("media", Part::bytes(picture(image::ImageFormat::Png, 90)).file_name("x"));
    let two = app.form("media/upload", form).await.body["data"]["id"].as_str().unwrap().to_owned();
    app.say(json!({"media": {"media_ids": [one, two]}})).await;
    let posts = app.twin.posts("x", CAFE).await;
    let alts: Vec<&Value> = posts[0]["media"].as_array().unwrap().iter().map(|media| &media["alt"]).collect();
    assert_eq!(alts, [&json!("A loaf"), &Value::Null]);
    let got = app.get(&format!("users/{CAFE}/tweets?tweet.fields=attachments,entities")).await;
    let listed = &got.body["data"][0];
    let keys = &listed["attachments"]["media_keys"];
    assert_eq!(keys, &json!([format!("3_{one}"), format!("3_{two}")]));
    assert!(listed["text"].as_str().unwrap().starts_with("https://t.co/"));
    assert_eq!(listed["entities"]["urls"][0]["media_key"], keys[0]);
    // Somebody else's file, and one that is forgotten.
    let bens = decide(&app.twin, &asking("acme", SCOPES), BENS, "allow").await;
    let got = tokens(&app.twin, "acme", "s3cret", &of_code(&parameter(&bens, "code"))).await;
    let ben = got.body["access_token"].as_str().unwrap();
    let theft = json!({"media": {"media_ids": [one]}});
    let stolen = app.twin.http.post(app.at("tweets")).bearer_auth(ben).json(&theft);
    refused(&app.twin.send(stolen).await, 400, "media IDs are invalid");
    app.twin.advance_s(86_400).await;
    let renewed = tokens(
        &app.twin,
        "acme",
        "s3cret",
        &[("grant_type", "refresh_token"), ("refresh_token", &app.refresh)],
    )
    .await;
    let late = app
        .twin
        .http
        .post(app.at("tweets"))
        .bearer_auth(renewed.body["access_token"].as_str().unwrap())
        .json(&theft);
    refused(&app.twin.send(late).await, 400, "media IDs are invalid");
}

#[tokio::test]
async fn what_moves_is_worked_on_and_may_fail() {
    let app = App::start().await;
    let (id, closed) = app.uploaded("video/mp4", "tweet_video", &mp4(20_000, 720, 1_280)).await;
    assert_eq!(closed.body["data"]["processing_info"]["state"], "pending");
    refused(
        &app.post("tweets", json!({"media": {"media_ids": [id]}})).await,
        400,
        "media IDs are invalid",
    );
    assert_eq!(app.status(&id).await["check_after_secs"], 5);
    app.twin.advance_s(10).await;
    assert_eq!(app.status(&id).await["state"], "succeeded");
    let (still, _) = app.uploaded("image/jpeg", "tweet_image", &jpeg()).await;
    refused(
        &app.post("tweets", json!({"media": {"media_ids": [id, still]}})).await,
        400,
        "1 video",
    );
    app.say(json!({"text": "Kneading", "media": {"media_ids": [id]}})).await;
    for (file, category, mime) in [
        (mp4(400, 720, 1_280), "tweet_video", "video/mp4"),
        (mp4(20_000, 20, 1_280), "tweet_video", "video/mp4"),
        (mp4(20_000, 400, 100), "tweet_video", "video/mp4"),
        (b"no video".to_vec(), "tweet_video", "video/mp4"),
        (picture(image::ImageFormat::Gif, 1_400), "tweet_gif", "image/gif"),
        (jpeg(), "tweet_gif", "image/gif"),
    ] {
        let (id, _) = app.uploaded(mime, category, &file).await;
        app.twin.advance_s(10).await;
        let told = app.status(&id).await;
        assert_eq!(
            (&told["state"], &told["error"]["name"]),
            (&json!("failed"), &json!("InvalidMedia")),
            "{told}"
        );
    }
    let (long, _) = app.uploaded("video/mp4", "tweet_video", &mp4(150_000, 720, 1_280)).await;
    let fails = json!({"match": {"network": "x", "operation": "finalize_media"}, "action": {"do": "fail_processing"}});
    app.twin.control("faults", fails).await;
    let (asked_for, _) = app.uploaded("image/gif", "tweet_gif", &picture(image::ImageFormat::Gif, 80)).await;
    app.twin.advance_s(10).await;
    refused(
        &app.post("tweets", json!({"media": {"media_ids": [long]}})).await,
        403,
        "longer than 2 minutes",
    );
    assert_eq!(app.status(&asked_for).await["state"], "failed");
}

#[tokio::test]
async fn the_same_words_are_refused_for_a_day_and_media_alone_are_not() {
    let app = App::start().await;
    app.say(json!({"text": "Rye at nine"})).await;
    for repeat in ["Rye at nine", " Rye  at\nnine "] {
        let got = app.post("tweets", json!({"text": repeat})).await;
        refused(&got, 403, "You are not allowed to create a Tweet with duplicate content.");
        assert_eq!(got.body["type"], "about:blank");
    }
    app.say(json!({"text": "Rye at ten"})).await;
    for _ in 0..2 {
        let (id, _) = app.uploaded("image/jpeg", "tweet_image", &jpeg()).await;
        app.say(json!({"media": {"media_ids": [id]}})).await;
    }
    let root = app.say(json!({"text": "One"})).await;
    let deleted = app.twin.http.delete(app.at(&format!("tweets/{root}"))).bearer_auth(&app.token);
    assert_eq!(app.twin.send(deleted).await.body, json!({"data": {"deleted": true}}));
    app.say(json!({"text": "One"})).await;
    app.twin.advance_s(86_400).await;
    let renewed = tokens(
        &app.twin,
        "acme",
        "s3cret",
        &[("grant_type", "refresh_token"), ("refresh_token", &app.refresh)],
    )
    .await;
    let again = app.twin.http.post(app.at("tweets"));
    let again = again
        .bearer_auth(renewed.body["access_token"].as_str().unwrap())
        .json(&json!({"text": "Rye at nine"}));
    assert_eq!(app.twin.send(again).await.status, 201);
}

#[tokio::test]
async fn oneself_is_answered_always_and_others_where_they_mentioned_one() {
    let app = App::start().await;
    let bens = decide(&app.twin, &asking("acme", SCOPES), BENS, "allow").await;
    let got = tokens(&app.twin, "acme", "s3cret", &of_code(&parameter(&bens, "code"))).await;
    let ben = got.body["access_token"].as_str().unwrap().to_owned();
    let twin = &app.twin;
    let says = |text: &'static str| {
        let request = twin.http.post(app.at("tweets")).bearer_auth(&ben).json(&json!({"text": text}));
        async move { twin.send(request).await.body["data"]["id"].as_str().unwrap().to_owned() }
    };
    let (alone, mentioned) = (says("Out running").await, says("Coffee at @BlueCafe, again").await);
    let answer = |parent: &str, text: &str| app.post("tweets", json!({"text": text, "reply": {"in_reply_to_tweet_id": parent}}));
    refused(&answer(&alone, "Nice!").await, 403, "Reply to this conversation is not allowed");
    assert_eq!(answer(&mentioned, "See you").await.status, 201);
    let own = app.say(json!({"text": "One"})).await;
    assert_eq!(answer(&own, "Two").await.status, 201);
    let taken = app.twin.http.delete(app.at(&format!("tweets/{alone}"))).bearer_auth(&app.token);
    refused(&app.twin.send(taken).await, 403, "not authorized");
    let posts = app.twin.posts("x", CAFE).await;
    assert_eq!(posts.last().unwrap()["parent"], own);
}

#[tokio::test]
async fn what_a_post_says_of_itself_is_kept() {
    let app = App::start().await;
    let poll = json!({"options": ["Rye", "Wheat"], "duration_minutes": 60});
    app.say(json!({"text": "Which?", "poll": poll, "reply_settings": "following", "made_with_ai": true}))
        .await;
    let details = &app.twin.posts("x", CAFE).await[0]["details"];
    assert_eq!((&details["poll"], &details["reply_settings"]), (&poll, &json!("following")));
    assert_eq!(
        (&details["made_with_ai"], &details["paid_partnership"]),
        (&json!(true), &json!(false))
    );
    let got = app
        .get(&format!("users/{CAFE}/tweets?tweet.fields=attachments,reply_settings"))
        .await;
    let listed = &got.body["data"][0];
    assert_eq!(
        (&listed["attachments"]["poll_ids"], &listed["reply_settings"]),
        (&json!([listed["id"]]), &json!("following"))
    );
}

#[tokio::test]
async fn lists_go_page_by_page_newest_first_and_lag_if_they_are_told_to() {
    let app = App::start().await;
    for n in 0..7 {
        app.say(json!({"text": format!("Number {n}")})).await;
        app.twin.advance_s(1).await;
    }
    let first = app.get(&format!("users/{CAFE}/tweets?max_results=5&exclude=retweets")).await.body;
    assert_eq!(
        (&first["data"][0]["text"], &first["meta"]["result_count"]),
        (&json!("Number 6"), &json!(5))
    );
    let token = first["meta"]["next_token"].as_str().unwrap();
    let rest = app
        .get(&format!("users/{CAFE}/tweets?max_results=5&pagination_token={token}"))
        .await
        .body;
    assert_eq!(
        (&rest["meta"]["result_count"], &rest["meta"]["next_token"]),
        (&json!(2), &Value::Null)
    );
    let since = app.get(&format!("users/{CAFE}/tweets?start_time=2026-11-22T12:00:05Z")).await.body;
    assert_eq!(since["meta"]["result_count"], 2);
    let none = app.get(&format!("users/{CAFE}/tweets?start_time=2026-11-23T12:00:05Z")).await.body;
    assert_eq!(none, json!({"meta": {"result_count": 0}}));
    app.twin.control("settings", json!({"list_lag_ms": 5_500})).await;
    let lagging = app.get(&format!("users/{CAFE}/tweets")).await.body;
    assert_eq!(lagging["data"][0]["text"], "Number 1");
    for wrong in [
        "max_results=4",
        "max_results=101",
        "pagination_token=x",
        "start_time=today",
        "tweet.fields=likes",
        "exclude=all",
    ] {
        refused(&app.get(&format!("users/{CAFE}/tweets?{wrong}")).await, 400, "Invalid Request");
    }
    refused(&app.get("users/77/tweets").await, 404, "resource-not-found");
    refused(&app.get(&format!("users/{PRIVATE}/tweets")).await, 403, "not authorized");
}

#[tokio::test]
async fn several_posts_are_read_by_id_and_what_is_missing_is_told_beside_them() {
    let app = App::start().await;
    let id = app.say(json!({"text": "One"})).await;
    let got = app
        .get(&format!("tweets?ids={id},1900000000000000009&tweet.fields=public_metrics"))
        .await;
    assert_eq!((got.status, &got.body["data"][0]["id"]), (200, &json!(id)));
    assert_eq!(got.body["data"][0]["public_metrics"]["retweet_count"], 0);
    assert!(got.body["errors"][0]["type"].as_str().unwrap().ends_with("resource-not-found"));
    assert_eq!(app.get(&format!("tweets/{id}")).await.body["data"]["text"], "One");
    refused(&app.get("tweets/77").await, 404, "Could not find tweet");
    refused(&app.get("tweets?ids=x").await, 400, "ids");
}

#[tokio::test]
async fn every_answer_tells_what_is_left_and_a_used_up_day_keeps_the_short_window_open() {
    let app = App::start().await;
    let start_s = START_US / 1_000_000;
    let got = app.get("users/me").await;
    assert_eq!(
        (got.header("x-rate-limit-limit"), got.header("x-rate-limit-remaining")),
        ("75", "74")
    );
    assert_eq!(got.header("x-rate-limit-reset"), (start_s + 900).to_string());
    assert_eq!(got.header("x-app-limit-24hour-limit"), "");
    for _ in 0..74 {
        app.get("users/me").await;
    }
    let over = app.get("users/me").await;
    refused(&over, 429, "Too Many Requests");
    assert_eq!(over.header("x-rate-limit-remaining"), "0");
    app.twin.advance_s(900).await;
    assert_eq!(app.get("users/me").await.status, 200);
    let posted = app.post("tweets", json!({"text": "One"})).await;
    assert_eq!(
        (
            posted.header("x-app-limit-24hour-limit"),
            posted.header("x-app-limit-24hour-remaining")
        ),
        ("10000", "9999")
    );
    assert_eq!(posted.header("x-user-limit-24hour-remaining"), "2399");
    let quota = json!({"network": "x", "account": CAFE, "total": 17, "used": 16});
    app.twin.control("quota", quota).await;
    let full = app.post("tweets", json!({"text": "Two"})).await;
    refused(&full, 429, "Too Many Requests");
    let number = |name: &str| full.header(name).parse::<i64>().unwrap();
    assert_eq!(
        (number("x-user-limit-24hour-limit"), number("x-user-limit-24hour-remaining")),
        (17, 0)
    );
    assert!(number("x-rate-limit-remaining") > 0 && number("x-rate-limit-reset") < number("x-user-limit-24hour-reset") - 80_000);
}

#[tokio::test]
async fn one_says_who_one_is_with_what_is_asked_for() {
    let app = App::of("acme", PRIVATE, SCOPES).await;
    let got = app.get("users/me?user.fields=protected,profile_image_url,public_metrics").await;
    let me = &got.body["data"];
    assert_eq!((&me["username"], &me["protected"]), (&json!("adabrandt"), &json!(true)));
    assert!(me["public_metrics"]["followers_count"].is_u64() && me["verified"].is_null());
    refused(&app.get("users/me?user.fields=shoe_size").await, 400, "shoe_size");
}
