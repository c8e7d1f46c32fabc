//! Pinterest's twin: tokens that roll, boards page by page, pictures that are fetched, videos by way of the storage, budgets in headers.

use crate::twin::{Got, Twin};
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_sandbox as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const BREADS: &str = "549755885175";
const SECRET: &str = "549755885177";
const GROUP: &str = "549755885178";
const ADS: &str = "549755885179";
const BENS: &str = "549755885180";
const BACK: &str = "http://localhost:3000/connect/pinterest";
const SCOPES: &str = "boards:read,boards:write,pins:read,pins:write,user_accounts:read";

struct App {
    twin: Twin,
    client: &'static str,
    token: String,
    refresh: String,
    /// The host of the pictures.
    media: String,
}

fn picture(width: u32, height: u32, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, image::ImageFormat::Jpeg)
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

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn host() -> String {
    let file = |mime: &'static str, bytes: Vec<u8>| get(move || async move { ([(CONTENT_TYPE, mime)], bytes) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut heavy = jpeg(60, 60);
    heavy.resize(21 * 1024 * 1024, 0);
    let router = Router::new()
        .route("/one.jpg", file("image/jpeg", jpeg(100, 150)))
        .route("/two.jpg", file("image/jpeg", jpeg(200, 300)))
        .route("/wide.jpg", file("image/jpeg", jpeg(300, 100)))
        .route("/moving.gif", file("image/gif", picture(8, 8, image::ImageFormat::Gif)))
        .route("/heavy.jpg", file("image/jpeg", heavy))
        .route("/page.html", file("text/html", b"<p>no picture</p>".to_vec()))
        .route("/closed.jpg", get(|| async { StatusCode::FORBIDDEN }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn query(address: &str) -> Vec<(String, String)> {
    url::Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value.as_str())
}

async fn ask(twin: &Twin, client: &str, scope: &str, decision: &str) -> Got {
    let address = format!("{}/www.pinterest.com/oauth/", twin.base);
    let asked = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("state", "s1"),
        ("scope", scope),
    ];
    let page = twin.send(twin.http.get(&address).query(&asked)).await;
    if page.status != 200 {
        return page;
    }
    assert!(
        page.text.contains("Ada Brandt") && scope.split(',').all(|scope| page.text.contains(scope)),
        "{}",
        page.text
    );
    let decided = [("person", "ada"), ("decision", decision)];
    twin.send(twin.http.post(&address).query(&asked).form(&decided)).await
}

async fn tokens(twin: &Twin, client: &str, secret: &str, form: &[(&str, &str)]) -> Got {
    let address = format!("{}/api.pinterest.com/v5/oauth/token", twin.base);
    twin.send(twin.http.post(address).basic_auth(client, Some(secret)).form(form)).await
}

impl App {
    async fn start(client: &'static str, scopes: &str) -> Self {
        let twin = Twin::start().await;
        let back = ask(&twin, client, scopes, "allow").await;
        assert_eq!(back.status, 302, "{}", back.text);
        let pairs = query(back.header("location"));
        assert_eq!(value(&pairs, "state"), "s1");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", value(&pairs, "code")),
            ("redirect_uri", BACK),
        ];
        let got = tokens(&twin, client, "s3cret", &form).await;
        assert_eq!(got.status, 200, "{}", got.text);
        let text = |name: &str| got.body[name].as_str().unwrap().to_owned();
        let mut asked: Vec<&str> = scopes.split(',').collect();
        asked.sort_unstable();
        assert_eq!((text("token_type").as_str(), text("scope")), ("bearer", asked.join(" ")));
        Self {
            token: text("access_token"),
            refresh: text("refresh_token"),
            client,
            media: host().await,
            twin,
        }
    }

    async fn standard() -> Self {
        Self::start("acme", SCOPES).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api.pinterest.com/v5/{path}", self.twin.base)
    }

    async fn get(&self, path: &str) -> Got {
        self.twin.send(self.twin.http.get(self.at(path)).bearer_auth(&self.token)).await
    }

    async fn post(&self, path: &str, body: Value) -> Got {
        let request = self.twin.http.post(self.at(path)).bearer_auth(&self.token).json(&body);
        self.twin.send(request).await
    }

    /// A Pin of one picture.
    fn pin(&self, title: &str) -> Value {
        json!({
            "board_id": BREADS, "title": title, "description": "Fresh", "link": "https://acme.example/", "alt_text": "A loaf",
            "media_source": {"source_type": "image_url", "url": format!("{}/one.jpg", self.media)},
        })
    }

    async fn pinned(&self, body: Value) -> Value {
        let got = self.post("pins", body).await;
        assert_eq!(got.status, 201, "{}", got.text);
        got.body
    }

    async fn register(&self) -> Value {
        let got = self.post("media", json!({"media_type": "video"})).await;
        assert_eq!(got.status, 201, "{}", got.text);
        got.body
    }

    async fn store(&self, registered: &Value, form: Form) -> Got {
        let address = registered["upload_url"].as_str().unwrap();
        self.twin.send(self.twin.http.post(address).multipart(form)).await
    }

    /// Registers and stores a video; gives its id.
    async fn uploaded(&self, file: Vec<u8>) -> String {
        let registered = self.register().await;
        let got = self.store(&registered, signed(&registered).part("file", film(file))).await;
        assert_eq!((got.status, got.text.as_str()), (204, ""));
        registered["media_id"].as_str().unwrap().to_owned()
    }

    async fn status(&self, media: &str) -> String {
        let got = self.get(&format!("media/{media}")).await;
        got.body["status"].as_str().unwrap().to_owned()
    }
}

/// Everything that the form must say before the file.
fn signed(registered: &Value) -> Form {
    let parameters = registered["upload_parameters"].as_object().unwrap().clone();
    parameters.into_iter().fold(Form::new(), |form, (name, value)| {
        form.text(name, value.as_str().unwrap().to_owned())
    })
}

fn film(bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name("film.mp4").mime_str("video/mp4").unwrap()
}

fn refused(got: &Got, status: u16, code: i64, part: &str) {
    assert_eq!((got.status, got.body["code"].as_i64()), (status, Some(code)), "{}", got.text);
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn source(body: Value, source: Value) -> Value {
    with(body, "media_source", source)
}

#[tokio::test]
async fn a_picture_is_fetched_and_stands_on_its_board_as_it_was_meant() {
    let app = App::standard().await;
    let made = app.pinned(app.pin("Rye")).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        (&made["title"], &made["link"], &made["board_id"], &made["media"]["media_type"]),
        (&json!("Rye"), &json!("https://acme.example/"), &json!(BREADS), &json!("image"))
    );
    assert_eq!(made["created_at"], "2026-11-22T12:00:00");
    assert_eq!(app.get(&format!("pins/{id}")).await.body, made);
    let posts = app.twin.posts("pinterest", BREADS).await;
    assert_eq!(posts.len(), 1);
    assert_eq!(
        (&posts[0]["text"], &posts[0]["state"], &posts[0]["permalink"]),
        (
            &json!("Fresh"),
            &json!("published"),
            &json!(format!("https://www.pinterest.com/pin/{id}/"))
        )
    );
    assert_eq!(
        (&posts[0]["media"][0]["sha256"], &posts[0]["media"][0]["alt"]),
        (&json!(hex(&jpeg(100, 150))), &json!("A loaf"))
    );
    // The same once more makes a second: there is no key and no filter.
    app.pinned(app.pin("Rye")).await;
    assert_eq!(app.twin.posts("pinterest", BREADS).await.len(), 2);
}

#[tokio::test]
async fn pictures_sent_along_gifs_and_carousels_are_shown() {
    let app = App::standard().await;
    let at = |name: &str| json!({"url": format!("{}/{name}", app.media)});
    let data = json!({"source_type": "image_base64", "content_type": "image/jpeg", "data": STANDARD.encode(jpeg(20, 30))});
    app.pinned(source(app.pin("Sent"), data)).await;
    let moving = json!({"source_type": "image_url", "url": format!("{}/moving.gif", app.media)});
    app.pinned(source(app.pin("Moving"), moving)).await;
    let several = json!({"source_type": "multiple_image_urls", "items": [at("one.jpg"), at("two.jpg")], "index": 1});
    let made = app.pinned(source(app.pin("Several"), several)).await;
    assert_eq!(
        (&made["media"]["media_type"], made["media"]["items"].as_array().map(Vec::len)),
        (&json!("multiple_images"), Some(2))
    );
    let posts = app.twin.posts("pinterest", BREADS).await;
    let mimes: Vec<&str> = posts.iter().map(|post| post["media"][0]["mime"].as_str().unwrap()).collect();
    assert_eq!(mimes, ["image/jpeg", "image/gif", "image/jpeg"]);
    assert_eq!(posts[0]["media"][0]["sha256"], hex(&jpeg(20, 30)));
    assert_eq!(
        (&posts[2]["media"][0]["alt"], &posts[2]["details"]["alt"]),
        (&Value::Null, &json!("A loaf")),
        "the description is the Pin's"
    );
}

#[tokio::test]
async fn a_video_is_registered_stored_worked_on_and_pinned_once() {
    let app = App::standard().await;
    let file = mp4(12_000, 1_080, 1_920);
    let registered = app.register().await;
    let id = registered["media_id"].as_str().unwrap().to_owned();
    assert_eq!(registered["upload_parameters"].as_object().unwrap().len(), 8);
    assert_eq!(app.status(&id).await, "registered");
    let pin = |cover: Value| {
        let mut wanted = json!({"source_type": "video_id", "media_id": id});
        wanted.as_object_mut().unwrap().extend(cover.as_object().unwrap().clone());
        source(app.pin("Film"), wanted)
    };
    let framed = || pin(json!({"cover_image_key_frame_time": 1}));
    refused(&app.post("pins", framed()).await, 400, 1, "registered");
    let got = app.store(&registered, signed(&registered).part("file", film(file.clone()))).await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
    assert_eq!(app.status(&id).await, "processing");
    refused(&app.post("pins", framed()).await, 400, 1, "processing");
    app.twin.advance_s(11).await;
    assert_eq!(app.status(&id).await, "succeeded");
    refused(&app.post("pins", pin(json!({}))).await, 400, 1, "cover image");
    let both = pin(json!({"cover_image_key_frame_time": 1, "cover_image_url": format!("{}/one.jpg", app.media)}));
    refused(&app.post("pins", both).await, 400, 1, "exactly one");
    let made = app.pinned(framed()).await;
    assert_eq!(
        (&made["media"]["media_type"], &made["creative_type"]),
        (&json!("video"), &json!("VIDEO"))
    );
    refused(&app.post("pins", framed()).await, 400, 1, "used by a Pin already");
    let posts = app.twin.posts("pinterest", BREADS).await;
    assert_eq!((posts.len(), &posts[0]["media"][0]["sha256"]), (1, &json!(hex(&file))));
    let covered = app.uploaded(file).await;
    app.twin.advance_s(11).await;
    let wanted = json!({"source_type": "video_id", "media_id": covered, "cover_image_url": format!("{}/one.jpg", app.media)});
    app.pinned(source(app.pin("Covered"), wanted)).await;
    let posts = app.twin.posts("pinterest", BREADS).await;
    assert_eq!(posts[1]["details"]["cover"], hex(&jpeg(100, 150)));
}

#[tokio::test]
async fn the_storage_takes_its_form_in_order_and_nothing_else() {
    let app = App::standard().await;
    let registered = app.register().await;
    let file = || film(mp4(12_000, 1_080, 1_920));
    let wrong = |got: Got, status: u16, code: &str| {
        assert_eq!(got.status, status, "{}", got.text);
        assert!(got.text.contains(&format!("<Code>{code}</Code>")), "{}", got.text);
        assert_eq!(got.header("content-type"), "application/xml");
    };
    let mut bare = registered.clone();
    bare["upload_parameters"].as_object_mut().unwrap().remove("policy");
    wrong(
        app.store(&registered, signed(&bare).part("file", file())).await,
        403,
        "AccessDenied",
    );
    let late = signed(&bare)
        .part("file", file())
        .text("policy", registered["upload_parameters"]["policy"].as_str().unwrap().to_owned());
    wrong(app.store(&registered, late).await, 403, "AccessDenied");
    let trailing = signed(&registered).part("file", file()).text("more", "x");
    wrong(app.store(&registered, trailing).await, 400, "InvalidArgument");
    wrong(app.store(&registered, signed(&registered)).await, 400, "InvalidArgument");
    wrong(app.store(&registered, Form::new().part("file", file())).await, 403, "AccessDenied");
    let address = registered["upload_url"].as_str().unwrap();
    let form = signed(&registered).part("file", file());
    let told = app.twin.http.post(address).bearer_auth(&app.token).multipart(form);
    wrong(app.twin.send(told).await, 400, "InvalidArgument");
    wrong(
        app.twin.send(app.twin.http.post(address).body("film")).await,
        412,
        "PreconditionFailed",
    );
    assert_eq!(app.status(registered["media_id"].as_str().unwrap()).await, "registered");
    app.twin.advance_s(3_601).await;
    let got = app.store(&registered, signed(&registered).part("file", file())).await;
    assert!(got.text.contains("Policy expired"), "{}", got.text);
    wrong(got, 403, "AccessDenied");
}

#[tokio::test]
async fn what_is_no_video_of_pinterests_fails_while_it_is_worked_on() {
    let app = App::standard().await;
    for (name, file) in [
        ("a picture", jpeg(10, 10)),
        ("too short", mp4(3_999, 1_080, 1_920)),
        ("too long", mp4(900_001, 1_080, 1_920)),
        ("too wide", mp4(12_000, 2_000, 1_000)),
    ] {
        let id = app.uploaded(file).await;
        app.twin.advance_s(11).await;
        assert_eq!(app.status(&id).await, "failed", "{name}");
    }
    let fault = |action: Value| json!({"match": {"network": "pinterest", "operation": "upload_media"}, "action": action});
    app.twin.control("faults", fault(json!({"do": "fail_processing"}))).await;
    let id = app.uploaded(mp4(12_000, 1_080, 1_920)).await;
    app.twin.advance_s(11).await;
    assert_eq!(app.status(&id).await, "failed");
    app.twin
        .control("faults", fault(json!({"do": "slow_processing", "ms": 600_000})))
        .await;
    let id = app.uploaded(mp4(12_000, 1_080, 1_920)).await;
    app.twin.advance_s(599).await;
    assert_eq!(app.status(&id).await, "processing");
    app.twin.advance_s(2).await;
    assert_eq!(app.status(&id).await, "succeeded");
}

#[tokio::test]
async fn boards_and_pins_are_listed_page_by_page_newest_first_and_late() {
    let app = App::standard().await;
    let first = app.get("boards?page_size=2").await;
    let names = |got: &Got| -> Vec<String> {
        let items = got.body["items"].as_array().unwrap();
        items.iter().map(|board| board["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first), ["Breads", "Behind the counter"]);
    let mark = first.body["bookmark"].as_str().unwrap();
    let second = app.get(&format!("boards?page_size=2&bookmark={mark}")).await;
    assert_eq!(names(&second), ["Coffee corners", "Ad-only Pins"], "the secret board is not shown");
    assert_eq!(second.body["bookmark"], Value::Null);
    assert_eq!(second.body["items"][0]["owner"]["username"], "benruns");
    refused(&app.get("boards?page_size=251").await, 400, 1, "page_size");
    refused(&app.get("boards?bookmark=none").await, 400, 1, "bookmark");
    refused(&app.get("boards?privacy=HIDDEN").await, 400, 1, "privacy");

    app.twin.control("settings", json!({"list_lag_ms": 60_000})).await;
    let path = format!("boards/{BREADS}/pins?page_size=1");
    for title in ["One", "Two"] {
        app.pinned(app.pin(title)).await;
        app.twin.advance_s(1).await;
    }
    assert_eq!(app.get(&path).await.body["items"], json!([]));
    app.twin.advance_s(60).await;
    let newest = app.get(&path).await;
    assert_eq!(newest.body["items"][0]["title"], "Two");
    let mark = newest.body["bookmark"].as_str().unwrap();
    let older = app.get(&format!("{path}&bookmark={mark}")).await;
    assert_eq!(
        (&older.body["items"][0]["title"], &older.body["bookmark"]),
        (&json!("One"), &Value::Null)
    );
    assert_eq!(older.body["items"][0]["is_owner"], true);
    assert_eq!(app.get("pins").await.body["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn boards_and_sections_are_made_and_pinned_on() {
    let app = App::standard().await;
    let made = app.post("boards", json!({"name": "New", "description": "d"})).await;
    assert_eq!((made.status, &made.body["privacy"]), (201, &json!("PUBLIC")), "{}", made.text);
    let board = made.body["id"].as_str().unwrap();
    refused(&app.post("boards", json!({"name": "new"})).await, 400, 58, "already have a board");
    let section = app.post(&format!("boards/{board}/sections"), json!({"name": "Rolls"})).await;
    assert_eq!(section.status, 201, "{}", section.text);
    let mut pin = with(app.pin("Roll"), "board_id", board.into());
    pin["board_section_id"] = section.body["id"].clone();
    let made = app.pinned(pin.clone()).await;
    assert_eq!(made["board_section_id"], section.body["id"]);
    pin["board_section_id"] = "99".into();
    refused(&app.post("pins", pin).await, 404, 2030, "section not found");
    assert_eq!(app.get(&format!("boards/{board}/sections")).await.body["items"][0]["name"], "Rolls");
    assert_eq!(app.get(&format!("boards/{board}")).await.body["pin_count"], 1);
}

#[tokio::test]
async fn pins_are_changed_saved_and_deleted_by_their_owner() {
    let app = App::standard().await;
    let made = app.pinned(app.pin("Rye")).await;
    let path = format!("pins/{}", made["id"].as_str().unwrap());
    let http = &app.twin.http;
    let patch = http.patch(app.at(&path)).bearer_auth(&app.token).json(&json!({"title": "Wheat"}));
    assert_eq!(app.twin.send(patch).await.body["title"], "Wheat");
    let saved = app.post(&format!("{path}/save"), json!({"board_id": GROUP})).await;
    assert_eq!((saved.status, &saved.body["parent_pin_id"]), (201, &made["id"]), "{}", saved.text);
    let delete = || http.delete(app.at(&path)).bearer_auth(&app.token);
    assert_eq!(app.twin.send(delete()).await.status, 204);
    refused(&app.twin.send(delete()).await, 404, 50, "Pin not found");
    refused(&app.get(&path).await, 404, 50, "Pin not found");
    // Ben may see what Ada saved on his board, and not change it.
    let token = json!({"network": "pinterest", "kind": "access", "person": "ben", "scopes": SCOPES.split(',').collect::<Vec<_>>()});
    let bens = app.twin.control("tokens", token).await["value"].as_str().unwrap().to_owned();
    let path = format!("pins/{}", saved.body["id"].as_str().unwrap());
    let seen = app.twin.send(http.get(app.at(&path)).bearer_auth(&bens)).await;
    assert_eq!((seen.status, &seen.body["is_owner"]), (200, &json!(false)));
    refused(
        &app.twin.send(http.delete(app.at(&path)).bearer_auth(&bens)).await,
        403,
        29,
        "not permitted",
    );
}

#[tokio::test]
async fn a_renewal_takes_the_old_refresh_token_out_of_use() {
    let app = App::standard().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", app.refresh.as_str()),
        ("scope", SCOPES),
    ];
    let renewed = tokens(&app.twin, app.client, "s3cret", &form).await;
    assert_eq!((renewed.status, &renewed.body["response_type"]), (200, &json!("refresh_token")));
    assert_eq!(
        (&renewed.body["expires_in"], &renewed.body["refresh_token_expires_in"]),
        (&json!(2_592_000), &json!(5_184_000))
    );
    refused(&tokens(&app.twin, app.client, "s3cret", &form).await, 401, 2, "refresh token");
    let next = [
        ("grant_type", "refresh_token"),
        ("refresh_token", renewed.body["refresh_token"].as_str().unwrap()),
        ("scope", "ads:read"),
    ];
    refused(
        &tokens(&app.twin, app.client, "s3cret", &next).await,
        400,
        1,
        "more than was granted",
    );
}

#[tokio::test]
async fn tokens_end_after_30_and_60_days() {
    let app = App::standard().await;
    app.twin.advance_s(30 * 86_400 - 1).await;
    assert_eq!(app.get("user_account").await.status, 200);
    app.twin.advance_s(1).await;
    refused(&app.get("user_account").await, 401, 2, "Authentication failed");
    let form = [("grant_type", "refresh_token"), ("refresh_token", app.refresh.as_str())];
    app.twin.advance_s(30 * 86_400).await;
    refused(&tokens(&app.twin, app.client, "s3cret", &form).await, 401, 2, "refresh token");
}

#[tokio::test]
async fn access_is_taken_back_with_all_that_belongs_to_it() {
    let app = App::standard().await;
    let address = app.at("oauth/token/revoke");
    let take = |client: &str| {
        let form = [("token", app.refresh.as_str()), ("token_type_hint", "refresh_token")];
        app.twin.http.post(&address).basic_auth(client, Some("s3cret")).form(&form)
    };
    refused(&app.twin.send(take("another")).await, 403, 29, "not permitted");
    assert_eq!(app.get("user_account").await.status, 200);
    let taken = app.twin.send(take("acme")).await;
    assert_eq!((taken.status, taken.text.as_str()), (200, ""));
    refused(&app.get("user_account").await, 401, 2, "Authentication failed");
    assert_eq!(app.twin.send(take("acme")).await.status, 200);
}

#[tokio::test]
async fn the_page_knows_apps_addresses_and_scopes_and_lets_a_person_refuse() {
    let twin = Twin::start().await;
    let back = ask(&twin, "acme", SCOPES, "cancel").await;
    let pairs = query(back.header("location"));
    assert_eq!(
        (back.status, value(&pairs, "error"), value(&pairs, "state")),
        (302, "access_denied", "s1")
    );
    assert_eq!(value(&pairs, "code"), "");
    for (client, scope) in [
        ("", SCOPES),
        ("acme", ""),
        ("acme", "boards:read boards:write"),
        ("acme", "everything"),
    ] {
        assert_eq!(ask(&twin, client, scope, "allow").await.status, 400, "{client} {scope}");
    }
    let back = ask(&twin, "acme", SCOPES, "allow").await;
    let pairs = query(back.header("location"));
    let form = |redirect: &'static str, code: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect.to_owned()),
        ]
    };
    let send = |client: &'static str, secret: &'static str, form: [(&'static str, String); 3]| {
        let twin = &twin;
        async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            tokens(twin, client, secret, &form).await
        }
    };
    let code = value(&pairs, "code");
    refused(
        &send("acme", "s3cret", form("https://else.example", code)).await,
        400,
        1,
        "redirect_uri",
    );
    refused(&send("acme", "wrong", form(BACK, code)).await, 401, 2, "Authentication failed");
    refused(&send("another", "s3cret", form(BACK, code)).await, 400, 1, "authorization code");
    assert_eq!(send("acme", "s3cret", form(BACK, code)).await.status, 200);
    refused(&send("acme", "s3cret", form(BACK, code)).await, 400, 1, "authorization code");
    let bare = twin.http.post(format!("{}/api.pinterest.com/v5/oauth/token", twin.base));
    let bare = bare.form(&[
        ("grant_type", "authorization_code"),
        ("client_id", "acme"),
        ("client_secret", "s3cret"),
    ]);
    refused(&twin.send(bare).await, 401, 2, "Authentication failed");
}

#[tokio::test]
async fn what_an_app_with_trial_access_makes_is_seen_by_its_creator_alone() {
    let app = App::start("trial-acme", SCOPES).await;
    let made = app.pinned(with(app.pin("Quiet"), "board_id", GROUP.into())).await;
    let posts = app.twin.posts("pinterest", GROUP).await;
    assert_eq!((posts.len(), &posts[0]["state"]), (1, &json!("draft")));
    let path = format!("boards/{GROUP}/pins");
    assert_eq!(app.get(&path).await.body["items"][0]["id"], made["id"]);
    let token = json!({"network": "pinterest", "kind": "access", "person": "ben", "scopes": ["boards:read", "pins:read"]});
    let bens = app.twin.control("tokens", token).await["value"].as_str().unwrap().to_owned();
    let seen = app.twin.send(app.twin.http.get(app.at(&path)).bearer_auth(bens)).await;
    assert_eq!(seen.body["items"], json!([]));
}

#[tokio::test]
async fn every_answer_tells_what_is_left_and_too_much_is_refused() {
    let app = App::standard().await;
    let told = |got: &Got| {
        (
            got.header("x-ratelimit-limit").to_owned(),
            got.header("x-ratelimit-remaining").to_owned(),
        )
    };
    let first = app.get("user_account").await;
    assert_eq!(told(&first), ("100, 100;w=1, 1000;w=60".to_owned(), "99".to_owned()));
    assert_eq!(first.header("x-ratelimit-reset"), "1");
    let missing = app.get("pins/1").await;
    assert_eq!((missing.status, told(&missing).1.as_str()), (404, "98"));
    for _ in 0..4 {
        for _ in 0..25 {
            assert_eq!(app.post("media", json!({"media_type": "video"})).await.status, 201);
        }
        app.twin.advance_s(2).await;
    }
    let over = app.post("media", json!({"media_type": "video"})).await;
    refused(&over, 429, 8, "rate limit");
    assert_eq!(told(&over), ("100, 100;w=1, 100;w=60".to_owned(), "0".to_owned()));
    assert!(over.header("x-ratelimit-reset").parse::<i64>().unwrap() > 45, "{over:?}");
    assert_eq!(app.get("user_account").await.status, 200, "reading has its own budget");
    app.twin.advance_s(60).await;
    assert_eq!(app.post("media", json!({"media_type": "video"})).await.status, 201);
}

#[tokio::test]
async fn a_trial_app_has_its_calls_by_the_day() {
    let app = App::start("trial-acme", SCOPES).await;
    for _ in 0..300 {
        assert_eq!(app.post("media", json!({"media_type": "video"})).await.status, 201);
    }
    let over = app.post("media", json!({"media_type": "video"})).await;
    refused(&over, 429, 8, "rate limit");
    assert_eq!(over.header("x-ratelimit-limit"), "300, 300;w=86400, 1000;w=86400");
    let reset: i64 = over.header("x-ratelimit-reset").parse().unwrap();
    assert!((43_000..=43_200).contains(&reset), "{reset} s until midnight");
    assert_eq!(app.get("user_account").await.status, 200);
    app.twin.advance_s(reset).await;
    assert_eq!(app.post("media", json!({"media_type": "video"})).await.status, 201);
}

#[tokio::test]
async fn numbers_reach_ninety_days_back() {
    let app = App::standard().await;
    let made = app.pinned(app.pin("Rye")).await;
    let ask = |from: &str, metrics: &str| {
        let id = made["id"].as_str().unwrap();
        format!("pins/{id}/analytics?start_date={from}&end_date=2026-11-22&metric_types={metrics}&app_types=ALL&split_field=NO_SPLIT")
    };
    let got = app.get(&ask("2026-08-24", "IMPRESSION,SAVE")).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let days = got.body["all"]["daily_metrics"].as_array().unwrap();
    assert_eq!(
        (days.len(), &days[0]["data_status"], &days[90]["data_status"]),
        (91, &json!("READY"), &json!("PROCESSING"))
    );
    assert_eq!(got.header("x-ratelimit-limit"), "100, 100;w=1, 300;w=60");
    refused(&app.get(&ask("2026-08-23", "IMPRESSION")).await, 400, 1, "90 days");
    refused(&app.get(&ask("2026-11-01", "VIDEO_START")).await, 400, 1, "VIDEO_START");
    refused(&app.get(&ask("tomorrow", "IMPRESSION")).await, 400, 1, "YYYY-MM-DD");
}

#[tokio::test]
async fn wrong_requests_are_refused_with_documented_codes() {
    let app = App::standard().await;
    let pin = || app.pin("x");
    let at = |name: &str| json!({"source_type": "image_url", "url": format!("{}/{name}", app.media)});
    let items = |names: &[&str]| {
        let items: Vec<Value> = names.iter().map(|name| json!({"url": format!("{}/{name}", app.media)})).collect();
        json!({"source_type": "multiple_image_urls", "items": items})
    };
    let sent = |kind: &str, data: &str| json!({"source_type": "image_base64", "content_type": kind, "data": data});
    for (body, status, code, part) in [
        (with(pin(), "board_id", Value::Null), 400, 1, "'board_id' is a required property"),
        (with(pin(), "board_id", "breads".into()), 400, 1, "does not match"),
        (with(pin(), "board_id", "1".into()), 404, 40, "Board not found"),
        (with(pin(), "board_id", BENS.into()), 404, 40, "Board not found"),
        (with(pin(), "board_id", SECRET.into()), 403, 3, "missing: ['boards:read_secret']"),
        (with(pin(), "board_id", ADS.into()), 400, 1, "ad-only"),
        (with(pin(), "title", "a".repeat(101).into()), 400, 1, "'title' is too long"),
        (
            with(pin(), "description", "a".repeat(801).into()),
            400,
            1,
            "'description' is too long",
        ),
        (with(pin(), "alt_text", "a".repeat(501).into()), 400, 1, "'alt_text' is too long"),
        (
            with(pin(), "link", format!("https://a.example/{}", "a".repeat(2_048)).into()),
            400,
            1,
            "'link' is too long",
        ),
        (with(pin(), "link", "acme".into()), 400, 1, "not a valid URL"),
        (with(pin(), "title", 7.into()), 400, 1, "not of type 'string'"),
        (with(pin(), "dominant_color", "red".into()), 400, 1, "hex colour"),
        (with(pin(), "publish_at", 1.into()), 400, 1, "'publish_at' was unexpected"),
        (source(pin(), Value::Null), 400, 1, "'media_source' is a required property"),
        (source(pin(), json!({"source_type": "text"})), 400, 1, "unknown source_type"),
        (source(pin(), json!({"source_type": "pin_url"})), 403, 29, "closed beta"),
        (source(pin(), at("none.jpg")), 400, 235, "Unable to reach the URL"),
        (source(pin(), at("closed.jpg")), 400, 235, "Unable to reach the URL"),
        (source(pin(), at("page.html")), 400, 1, "no image"),
        (source(pin(), at("heavy.jpg")), 400, 1, "too large"),
        (source(pin(), items(&["one.jpg"])), 400, 1, "minItems=2"),
        (source(pin(), items(&["one.jpg"; 6])), 400, 1, "maxItems=5"),
        (source(pin(), items(&["one.jpg", "wide.jpg"])), 400, 1, "same aspect ratio"),
        (source(pin(), sent("image/gif", "")), 400, 1, "'image/gif' is not one of"),
        (
            source(pin(), sent("image/png", &STANDARD.encode(jpeg(8, 8)))),
            400,
            1,
            "no image/png",
        ),
        (source(pin(), sent("image/png", "…")), 400, 1, "not base64"),
        (
            source(
                pin(),
                json!({"source_type": "video_id", "media_id": "1", "cover_image_key_frame_time": 0}),
            ),
            400,
            1,
            "does not exist",
        ),
        (
            source(pin(), json!({"source_type": "video_id", "media_id": "film"})),
            400,
            1,
            "'media_id' does not match",
        ),
    ] {
        refused(&app.post("pins", body).await, status, code, part);
    }
    refused(&app.post("media", json!({"media_type": "image"})).await, 400, 1, "media_type");
    refused(&app.post("boards", json!({"name": "a".repeat(51)})).await, 400, 1, "too long");
    refused(
        &app.post("boards", json!({"name": "x", "privacy": "OPEN"})).await,
        400,
        1,
        "privacy",
    );
    let plain = app.twin.http.post(app.at("pins")).bearer_auth(&app.token).body("{}");
    refused(&app.twin.send(plain).await, 415, 1, "content type");
    refused(
        &app.twin.send(app.twin.http.get(app.at("boards"))).await,
        401,
        2,
        "Authentication failed",
    );
    assert_eq!(app.twin.posts("pinterest", BREADS).await.len(), 0);
}

#[tokio::test]
async fn scopes_that_were_not_asked_for_are_missed() {
    let app = App::start("acme", "boards:read,pins:read").await;
    refused(
        &app.post("pins", app.pin("x")).await,
        403,
        3,
        "missing: ['boards:write', 'pins:write']",
    );
    refused(&app.get("user_account").await, 403, 3, "missing: ['user_accounts:read']");
    let whole = App::start("acme", &format!("{SCOPES},boards:read_secret,pins:write_secret")).await;
    whole.pinned(with(whole.pin("Hidden"), "board_id", SECRET.into())).await;
    assert_eq!(whole.get("boards").await.body["items"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn a_board_is_taken_away_and_a_lost_answer_leaves_one_pin() {
    let app = App::standard().await;
    let fault = json!({"match": {"network": "pinterest", "operation": "create_pin"}, "action": {"do": "lose_answer"}});
    app.twin.control("faults", fault).await;
    let request = app.twin.http.post(app.at("pins")).bearer_auth(&app.token).json(&app.pin("Once"));
    assert!(request.send().await.is_err());
    let listed = app.get(&format!("boards/{BREADS}/pins")).await;
    assert_eq!(listed.body["items"][0]["title"], "Once");
    app.twin
        .control(&format!("accounts/pinterest/{GROUP}"), json!({"roles": {"ada": []}}))
        .await;
    let body = with(app.pin("x"), "board_id", GROUP.into());
    refused(&app.post("pins", body).await, 404, 40, "Board not found");
    app.twin
        .control(&format!("accounts/pinterest/{BREADS}"), json!({"suspended": true}))
        .await;
    refused(&app.post("pins", app.pin("x")).await, 403, 29, "not permitted");
}
