//! YouTube's twin: consent with boxes, uploads that are taken up again, private and scheduled and locked videos, work that ends badly, and the
//! quotas of a project.

use crate::stage::{PROCESSING_MS, START_US, Stage, jpeg, mp4, query_value};
use serde_json::{Value, json};

const API: &str = "www.googleapis.com/youtube/v3";
const UPLOADS: &str = "www.googleapis.com/upload/youtube/v3";
const AUTH: &str = "accounts.google.com/o/oauth2/v2/auth";
const TOKEN: &str = "oauth2.googleapis.com/token";
const BAKERY: &str = "UCada0HarbourBakery00001";
const UNCONFIRMED: &str = "UCada0BrandtAtHome000002";
const STRICT: &str = "UCben0RunsEverywhere0003";
const WITHOUT: &str = "google-dmitri";
const WEB: &str = "https://planner.example/connect";
const SCOPES: &str = "https://www.googleapis.com/auth/youtube.upload https://www.googleapis.com/auth/youtube \
                      https://www.googleapis.com/auth/youtube.force-ssl";
const PIECE: usize = 262_144;

struct App {
    stage: Stage,
    token: String,
}

fn asked<'a>(app: &'a str, scopes: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", app),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", scopes),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("state", "s1"),
    ]
}

/// Where the page sends the browser back to; its status if it does not.
async fn decided(stage: &Stage, asked: &[(&str, &str)], form: &[(&str, &str)]) -> Result<String, u16> {
    let answer = stage.request("POST", AUTH).query(asked).form(form).send().await.unwrap();
    match answer.headers().get("location") {
        Some(back) => Ok(back.to_str().unwrap().to_owned()),
        None => Err(answer.status().as_u16()),
    }
}

/// A code for a channel, with these boxes ticked.
async fn code(stage: &Stage, asked: &[(&str, &str)], account: &str, ticked: &str) -> String {
    let mut form = vec![("person", account), ("decision", "allow")];
    form.extend(ticked.split_whitespace().map(|scope| ("permission", scope)));
    query_value(&decided(stage, asked, &form).await.unwrap(), "code")
}

fn exchanging<'a>(app: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", app),
        ("client_secret", "secret"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB),
    ]
}

async fn tokens(stage: &Stage, app: &str, account: &str, scopes: &str) -> Value {
    let code = code(stage, &asked(app, scopes), account, scopes).await;
    let (status, given) = stage.form(TOKEN, &exchanging(app, &code)).await;
    assert_eq!(status, 200, "{given}");
    given
}

fn film() -> Vec<u8> {
    mp4(12_000, 1_080, 1_920, 500)
}

fn said(privacy: &str) -> Value {
    json!({
        "snippet": {"title": "Rye bread", "description": "Fresh", "tags": ["rye", "rye bread"], "categoryId": "22"},
        "status": {"privacyStatus": privacy, "selfDeclaredMadeForKids": false},
    })
}

fn reason(body: &Value) -> &str {
    body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}

impl App {
    async fn start(app: &str, account: &str) -> App {
        let stage = Stage::start().await;
        App::on(stage, app, account).await
    }

    async fn on(stage: Stage, app: &str, account: &str) -> App {
        let given = tokens(&stage, app, account, SCOPES).await;
        let token = given["access_token"].as_str().unwrap().to_owned();
        App { stage, token }
    }

    async fn call(&self, method: &str, path: &str, query: &[(&str, &str)], body: Option<&Value>) -> (u16, Value) {
        let request = self
            .stage
            .request(method, &format!("{API}/{path}"))
            .query(query)
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.stage.send(request).await
    }

    /// Asks for an address: its status, the address, the body.
    async fn opening(&self, body: &Value, part: &str, kind: &str, bytes: &str) -> (u16, String, Value) {
        let request = self
            .stage
            .request("POST", &format!("{UPLOADS}/videos"))
            .query(&[("uploadType", "resumable"), ("part", part)])
            .header("x-upload-content-type", kind)
            .header("x-upload-content-length", bytes);
        let answer = request.bearer_auth(&self.token).json(body).send().await.unwrap();
        let at = answer.headers().get("location").map(|at| at.to_str().unwrap().to_owned());
        (
            answer.status().as_u16(),
            at.unwrap_or_default(),
            answer.json().await.unwrap_or_default(),
        )
    }

    async fn open(&self, body: &Value, bytes: usize) -> String {
        let (status, at, said) = self.opening(body, "snippet,status", "video/mp4", &bytes.to_string()).await;
        assert_eq!(status, 200, "{said}");
        assert!(said.is_null() && !at.is_empty(), "an empty body, and the address in a header");
        at
    }

    /// Status, `Range` and body.
    async fn put(&self, at: &str, range: &str, bytes: &[u8]) -> (u16, String, Value) {
        let request = self
            .stage
            .client
            .put(at)
            .header("content-range", range)
            .header("content-type", "video/mp4");
        let request = request.header("content-length", bytes.len()).bearer_auth(&self.token);
        let answer = request.body(bytes.to_vec()).send().await.unwrap();
        let came = answer.headers().get("range").map(|came| came.to_str().unwrap().to_owned());
        (
            answer.status().as_u16(),
            came.unwrap_or_default(),
            answer.json().await.unwrap_or_default(),
        )
    }

    async fn upload(&self, body: &Value, file: &[u8]) -> String {
        let at = self.open(body, file.len()).await;
        let whole = format!("bytes 0-{}/{}", file.len() - 1, file.len());
        let (status, _, said) = self.put(&at, &whole, file).await;
        assert_eq!(status, 201, "{said}");
        said["id"].as_str().unwrap().to_owned()
    }

    async fn look(&self, id: &str) -> Value {
        let query = [("part", "snippet,status,processingDetails"), ("id", id)];
        let (status, said) = self.call("GET", "videos", &query, None).await;
        assert_eq!(status, 200, "{said}");
        said["items"][0].clone()
    }

    async fn show(&self, id: &str, privacy: &str) -> (u16, Value) {
        let body = json!({"id": id, "status": {"privacyStatus": privacy}});
        self.call("PUT", "videos", &[("part", "status")], Some(&body)).await
    }

    async fn comment(&self, id: &str, text: &str) -> (u16, Value) {
        let body = json!({"snippet": {"videoId": id, "topLevelComment": {"snippet": {"textOriginal": text}}}});
        self.call("POST", "commentThreads", &[("part", "snippet")], Some(&body)).await
    }

    async fn ready(&self) {
        self.stage.advance_ms(PROCESSING_MS + 1).await;
    }
}

#[tokio::test]
async fn the_page_offers_channels_and_boxes_and_tells_which_were_ticked() {
    let stage = Stage::start().await;
    let (status, page) = stage.get(AUTH, &asked("app", SCOPES)).await;
    let page = page.as_str().unwrap();
    assert!(
        status == 200 && page.contains("Harbour Bakery") && page.contains("no channel"),
        "{page}"
    );
    let upload = SCOPES.split_whitespace().next().unwrap();
    let form = [("person", BAKERY), ("decision", "allow"), ("permission", upload)];
    let back = decided(&stage, &asked("app", SCOPES), &form).await.unwrap();
    assert_eq!(
        (query_value(&back, "state").as_str(), query_value(&back, "scope").as_str()),
        ("s1", upload)
    );
    let (_, given) = stage.form(TOKEN, &exchanging("app", &query_value(&back, "code"))).await;
    assert_eq!(given["scope"], upload);
    let refused = decided(&stage, &asked("app", SCOPES), &[("decision", "cancel")]).await.unwrap();
    assert_eq!(query_value(&refused, "error"), "access_denied");
}

#[tokio::test]
async fn wrong_requests_for_authorisation_are_shown_to_the_person() {
    let stage = Stage::start().await;
    let changed = |name: &str, value: &'static str| {
        let mut asked = asked("app", SCOPES);
        asked.iter_mut().filter(|(key, _)| *key == name).for_each(|(_, text)| *text = value);
        asked
    };
    for (what, asked) in [
        ("no client", changed("client_id", "")),
        ("no https", changed("redirect_uri", "http://planner.example/connect")),
        ("another response type", changed("response_type", "token")),
        (
            "an unknown scope",
            changed("scope", "https://www.googleapis.com/auth/youtube.everything"),
        ),
        ("commas between scopes", changed("scope", "openid,email")),
        ("another access type", changed("access_type", "forever")),
    ] {
        let form = [("person", BAKERY), ("decision", "allow")];
        assert_eq!(decided(&stage, &asked, &form).await, Err(400), "{what}");
    }
}

#[tokio::test]
async fn a_refresh_token_comes_once_unless_consent_is_asked_for() {
    let stage = Stage::start().await;
    let mut quiet = asked("app", SCOPES);
    quiet.retain(|(name, _)| *name != "prompt");
    let mut online = asked("app", SCOPES);
    online.retain(|(name, _)| *name != "access_type");
    for (what, asked, renews) in [
        ("online access", &online, false),
        ("the first consent", &quiet, true),
        ("a later one", &quiet, false),
        ("a later one that was asked for", &asked("app", SCOPES), true),
    ] {
        let code = code(&stage, asked, BAKERY, SCOPES).await;
        let (_, given) = stage.form(TOKEN, &exchanging("app", &code)).await;
        assert_eq!(given["refresh_token"].is_string(), renews, "{what}: {given}");
    }
}

#[tokio::test]
async fn the_token_endpoint_refuses_what_does_not_fit() {
    let stage = Stage::start().await;
    let good = code(&stage, &asked("app", SCOPES), BAKERY, SCOPES).await;
    let with = |change: (&'static str, &'static str)| {
        let mut form = exchanging("app", &good);
        form.retain(|(name, _)| *name != change.0);
        form.push(change);
        form
    };
    let mut challenged = asked("app", SCOPES);
    challenged.extend([
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let bound = code(&stage, &challenged, BAKERY, SCOPES).await;
    let verified = |verifier: &'static str| {
        let mut form = exchanging("app", &bound);
        form.push(("code_verifier", verifier));
        form
    };
    for (form, status, error) in [
        (
            with(("redirect_uri", "https://planner.example/other")),
            400,
            "redirect_uri_mismatch",
        ),
        (with(("client_secret", "another")), 401, "invalid_client"),
        (with(("client_secret", "")), 400, "invalid_request"),
        (with(("grant_type", "password")), 400, "unsupported_grant_type"),
        (with(("code", "4/none")), 400, "invalid_grant"),
        (verified("wrong"), 400, "invalid_grant"),
        (verified("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), 200, ""),
        (exchanging("app", &good), 200, ""),
        // Used once.
        (exchanging("app", &good), 400, "invalid_grant"),
    ] {
        let (got, said) = stage.form(TOKEN, &form).await;
        assert_eq!((got, said["error"].as_str().unwrap_or_default()), (status, error), "{said}");
    }
}

#[tokio::test]
async fn a_renewal_brings_no_refresh_token_and_taking_back_ends_all() {
    let stage = Stage::start().await;
    let given = tokens(&stage, "app", BAKERY, SCOPES).await;
    let refresh = given["refresh_token"].as_str().unwrap().to_owned();
    let renewing = [
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let (status, renewed) = stage.form(TOKEN, &renewing).await;
    assert_eq!((status, &renewed["refresh_token"]), (200, &Value::Null), "{renewed}");
    assert_ne!(renewed["access_token"], given["access_token"]);
    assert_eq!(
        stage.form("oauth2.googleapis.com/revoke", &[("token", &refresh)]).await,
        (200, json!(""))
    );
    let (status, dead) = stage.form(TOKEN, &renewing).await;
    assert_eq!((status, &dead["error"]), (400, &json!("invalid_grant")));
    let (status, twice) = stage.form("oauth2.googleapis.com/revoke", &[("token", &refresh)]).await;
    assert_eq!((status, &twice["error"]), (400, &json!("invalid_token")));
    let token = renewed["access_token"].as_str().unwrap().to_owned();
    let app = App { stage, token };
    let (status, said) = app.call("GET", "channels", &[("part", "id"), ("mine", "true")], None).await;
    assert_eq!((status, reason(&said)), (401, "authError"));
}

#[tokio::test]
async fn an_app_in_testing_has_seven_days() {
    let stage = Stage::start().await;
    let given = tokens(&stage, "testing-app", BAKERY, SCOPES).await;
    assert_eq!(given["refresh_token_expires_in"], 604_799);
    let refresh = given["refresh_token"].as_str().unwrap();
    let renewing = [
        ("client_id", "testing-app"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
    ];
    stage.advance_ms(604_700_000).await;
    assert_eq!(stage.form(TOKEN, &renewing).await.0, 200);
    stage.advance_ms(100_000).await;
    let (status, dead) = stage.form(TOKEN, &renewing).await;
    assert_eq!((status, &dead["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn the_hundred_and_first_refresh_token_ends_the_oldest() {
    let stage = Stage::start().await;
    let mut first = String::new();
    for number in 0..101 {
        stage.advance_ms(1_000).await;
        let given = tokens(&stage, "app", BAKERY, SCOPES).await;
        if number == 0 {
            first = given["refresh_token"].as_str().unwrap().to_owned();
        }
    }
    let renewing = [
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", first.as_str()),
    ];
    assert_eq!(stage.form(TOKEN, &renewing).await.0, 400);
}

#[tokio::test]
async fn a_token_is_for_one_channel_and_an_account_may_have_none() {
    let app = App::start("app", BAKERY).await;
    let query = [("part", "snippet,statistics,contentDetails,status"), ("mine", "true")];
    let (_, said) = app.call("GET", "channels", &query, None).await;
    let channel = &said["items"][0];
    assert_eq!(
        (
            &channel["id"],
            &channel["snippet"]["customUrl"],
            &channel["statistics"]["subscriberCount"]
        ),
        (&json!(BAKERY), &json!("@harbourbakery"), &json!("512")),
        "numbers are text"
    );
    assert_eq!(
        channel["contentDetails"]["relatedPlaylists"]["uploads"],
        BAKERY.replacen("UC", "UU", 1)
    );
    let app = App::on(app.stage, "app", WITHOUT).await;
    let (status, said) = app.call("GET", "channels", &query, None).await;
    assert_eq!(
        (status, &said["pageInfo"]["totalResults"], &said["items"]),
        (200, &json!(0), &Value::Null)
    );
    let (status, _, said) = app.opening(&said_public(), "snippet,status", "video/mp4", "10").await;
    assert_eq!((status, reason(&said)), (401, "youtubeSignupRequired"));
}

fn said_public() -> Value {
    said("public")
}

#[tokio::test]
async fn what_is_said_wrongly_of_a_video_is_refused_before_its_first_byte() {
    let app = App::start("app", BAKERY).await;
    let with = |at: &str, value: Value| {
        let mut body = said("private");
        *body.pointer_mut(at).unwrap_or_else(|| panic!("{at}")) = value;
        body
    };
    let status = |name: &str, value: Value| {
        let mut body = said("private");
        body["status"][name] = value;
        body
    };
    let mut later = status("publishAt", json!("2026-11-30T09:00:00Z"));
    later["status"]["privacyStatus"] = "public".into();
    for (body, wanted) in [
        (with("/snippet/title", json!("")), "invalidTitle"),
        (with("/snippet/title", json!("x".repeat(101))), "invalidTitle"),
        (with("/snippet/title", json!("a < b")), "invalidTitle"),
        (with("/snippet/description", json!("é".repeat(2_501))), "invalidDescription"),
        (with("/snippet/description", json!("a > b")), "invalidDescription"),
        (
            with("/snippet/tags", json!(["x".repeat(249), format!("a {}", "y".repeat(247))])),
            "invalidTags",
        ),
        (with("/snippet/tags", json!([""])), "invalidTags"),
        (with("/snippet/categoryId", json!("99")), "invalidCategoryId"),
        (with("/status/privacyStatus", json!("friends")), "invalidVideoMetadata"),
        (status("license", json!("mine")), "invalidVideoMetadata"),
        (status("embeddable", json!("yes")), "invalidVideoMetadata"),
        (status("publishAt", json!("2026-11-21T09:00:00Z")), "invalidPublishAt"),
        (later, "invalidPublishAt"),
    ] {
        let (status, _, refused) = app.opening(&body, "snippet,status", "video/mp4", "10").await;
        assert_eq!((status, reason(&refused)), (400, wanted), "{body}");
    }
    for (part, kind, bytes, wanted) in [
        ("status", "video/mp4", "10", "invalidTitle"),
        ("snippet,everything", "video/mp4", "10", "unknownPart"),
        ("", "video/mp4", "10", "missingRequiredParameter"),
        ("snippet,status", "image/jpeg", "10", "badContent"),
        ("snippet,status", "video/mp4", "", "badContent"),
        ("snippet,status", "video/mp4", "274877906945", "badContent"),
    ] {
        let (status, _, refused) = app.opening(&said("private"), part, kind, bytes).await;
        assert_eq!((status, reason(&refused)), (400, wanted), "{part} {kind} {bytes}");
    }
    let at_limit = with("/snippet/tags", json!(["x".repeat(249), format!("a {}", "y".repeat(246))]));
    app.open(&at_limit, 10).await;
    let bare = app
        .stage
        .request("POST", &format!("{UPLOADS}/videos"))
        .query(&[("part", "snippet")]);
    let (status, refused) = app.stage.send(bare.bearer_auth(&app.token).json(&said("private"))).await;
    assert_eq!((status, reason(&refused)), (400, "mediaBodyRequired"));
}

#[tokio::test]
async fn an_upload_is_taken_up_where_it_was_left() {
    let app = App::start("app", BAKERY).await;
    let mut file = film();
    file.resize(3 * PIECE + 100, 7);
    let total = file.len();
    let at = app.open(&said("private"), total).await;
    let asks = format!("bytes */{total}");
    assert_eq!(app.put(&at, &asks, &[]).await, (308, String::new(), Value::Null), "nothing came");
    let piece = |from: usize, end: usize| (format!("bytes {from}-{}/{total}", end - 1), file[from..end].to_vec());
    for (range, bytes) in [
        // A gap, no whole pieces, another length, another whole.
        piece(PIECE, 2 * PIECE),
        piece(0, PIECE + 1),
        (format!("bytes 0-{}/{total}", PIECE - 1), file[..10].to_vec()),
        (format!("bytes 0-{}/{}", PIECE - 1, total + 1), file[..PIECE].to_vec()),
    ] {
        assert_eq!(app.put(&at, &range, &bytes).await.0, 400, "{range}");
    }
    let (range, bytes) = piece(0, PIECE);
    assert_eq!(app.put(&at, &range, &bytes).await.1, "bytes=0-262143");
    // What came already is passed over.
    let (range, bytes) = piece(0, 2 * PIECE);
    assert_eq!(app.put(&at, &range, &bytes).await, (308, "bytes=0-524287".to_owned(), Value::Null));
    assert_eq!(app.put(&at, &asks, &[]).await.1, "bytes=0-524287");
    let (range, bytes) = piece(2 * PIECE, total);
    let (status, _, made) = app.put(&at, &range, &bytes).await;
    assert_eq!((status, &made["status"]["uploadStatus"]), (201, &json!("uploaded")));
    for (range, bytes) in [(asks, Vec::new()), (range, bytes)] {
        let (status, _, again) = app.put(&at, &range, &bytes).await;
        assert_eq!(
            (status, &again["id"]),
            (200, &made["id"]),
            "it names the same video however often it is asked"
        );
    }
    assert_eq!(app.stage.posts("youtube", BAKERY).await.len(), 1);
}

#[tokio::test]
async fn of_a_piece_only_a_part_may_be_kept() {
    let app = App::start("partial-app", BAKERY).await;
    let file = vec![7; 8 * PIECE];
    let at = app.open(&said("private"), file.len()).await;
    let (status, came, _) = app
        .put(&at, &format!("bytes 0-{}/{}", 4 * PIECE - 1, file.len()), &file[..4 * PIECE])
        .await;
    assert_eq!((status, came), (308, format!("bytes=0-{}", 2 * PIECE - 1)));
}

#[tokio::test]
async fn the_address_of_an_upload_is_its_channels_and_lives_for_a_week() {
    let app = App::start("app", BAKERY).await;
    let at = app.open(&said("private"), 10).await;
    let other = App::on(app.stage, "app", STRICT).await;
    assert_eq!(other.put(&at, "bytes */10", &[]).await.0, 404);
    let app = App::on(other.stage, "app", BAKERY).await;
    assert_eq!(app.put(&format!("{at}x"), "bytes */10", &[]).await.0, 404);
    let bare = app
        .stage
        .client
        .put(&at)
        .header("content-range", "bytes */10")
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
    app.stage.advance_ms(7 * 86_400_000).await;
    let app = App::on(app.stage, "app", BAKERY).await;
    assert_eq!(app.put(&at, "bytes */10", &[]).await.0, 410);
}

#[tokio::test]
async fn an_answer_that_is_lost_midway_is_made_good_by_asking() {
    let app = App::start("app", BAKERY).await;
    let file = film();
    let at = app.open(&said("private"), file.len()).await;
    let lost = json!({"do": "status", "status": 503, "processed": true});
    app.stage.fault(json!({"network": "youtube", "operation": "upload"}), lost).await;
    let whole = format!("bytes 0-{}/{}", file.len() - 1, file.len());
    assert_eq!(app.put(&at, &whole, &file).await.0, 503);
    let (status, _, said) = app.put(&at, &format!("bytes */{}", file.len()), &[]).await;
    assert_eq!((status, said["id"].is_string()), (200, true));
}

#[tokio::test]
async fn a_private_video_is_shown_by_a_call_that_can_be_repeated() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    let state = |posts: Vec<Value>| posts[0]["state"].clone();
    assert_eq!(state(app.stage.posts("youtube", BAKERY).await), "draft");
    for _ in 0..2 {
        let (status, shown) = app.show(&id, "public").await;
        assert_eq!((status, &shown["status"]["privacyStatus"]), (200, &json!("public")));
    }
    let posts = app.stage.posts("youtube", BAKERY).await;
    assert_eq!((posts.len(), &posts[0]["state"]), (1, &json!("published")));
    assert_eq!(app.show(&id, "unlisted").await.0, 200);
    assert_eq!(state(app.stage.posts("youtube", BAKERY).await), "hidden");
    let other = App::on(app.stage, "app", STRICT).await;
    assert_eq!(reason(&other.show(&id, "public").await.1), "forbidden");
    assert_eq!(reason(&other.show("nothing", "public").await.1), "videoNotFound");
}

#[tokio::test]
async fn a_part_is_replaced_whole() {
    let app = App::start("app", BAKERY).await;
    let mut body = said("private");
    body["status"]["embeddable"] = false.into();
    body["status"]["containsSyntheticMedia"] = true.into();
    let id = app.upload(&body, &film()).await;
    app.show(&id, "public").await;
    let video = app.look(&id).await;
    assert_eq!(
        (
            &video["status"]["embeddable"],
            &video["status"]["containsSyntheticMedia"],
            &video["status"]["selfDeclaredMadeForKids"]
        ),
        (&json!(true), &json!(false), &Value::Null),
        "what was left out is cleared"
    );
    assert_eq!(video["snippet"]["title"], "Rye bread", "a part that was not named stays");
    let snippet = |snippet: Value| {
        let body = json!({"id": id, "snippet": snippet});
        let app = &app;
        async move { app.call("PUT", "videos", &[("part", "snippet")], Some(&body)).await }
    };
    assert_eq!(reason(&snippet(json!({"title": "New"})).await.1), "invalidCategoryId");
    assert_eq!(reason(&snippet(json!({"categoryId": "10"})).await.1), "invalidTitle");
    assert_eq!(snippet(json!({"title": "New", "categoryId": "10"})).await.0, 200);
    let video = app.look(&id).await;
    assert_eq!((&video["snippet"]["title"], &video["snippet"]["tags"]), (&json!("New"), &json!([])));
}

#[tokio::test]
async fn work_on_a_video_ends_well_or_badly() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    assert_eq!(app.look(&id).await["status"]["uploadStatus"], "uploaded");
    app.ready().await;
    let video = app.look(&id).await;
    assert_eq!(
        (&video["status"]["uploadStatus"], &video["processingDetails"]["processingStatus"]),
        (&json!("processed"), &json!("succeeded"))
    );
    for (code, status, field) in [("codec", "failed", "failureReason"), ("copyright", "rejected", "rejectionReason")] {
        let fails = json!({"do": "fail_processing", "code": code});
        app.stage.fault(json!({"network": "youtube", "operation": "upload"}), fails).await;
        let id = app.upload(&said("public"), &film()).await;
        app.ready().await;
        let said = &app.look(&id).await["status"];
        assert_eq!((&said["uploadStatus"], &said[field]), (&json!(status), &json!(code)));
        let posts = app.stage.posts("youtube", BAKERY).await;
        assert!(posts.iter().all(|post| post["id"] != id.as_str() || post["state"] == "hidden"));
    }
    let text = app.upload(&said("private"), b"no video at all").await;
    app.ready().await;
    assert_eq!(app.look(&text).await["status"]["failureReason"], "invalidFile");
}

#[tokio::test]
async fn long_videos_need_a_phone_and_some_channels_have_the_file_already() {
    let app = App::start("app", UNCONFIRMED).await;
    let id = app.upload(&said("private"), &mp4(16 * 60_000, 1_920, 1_080, 500)).await;
    app.ready().await;
    assert_eq!(app.look(&id).await["status"]["rejectionReason"], "length");
    let app = App::on(app.stage, "app", STRICT).await;
    app.upload(&said("private"), &film()).await;
    let again = app.upload(&said("private"), &film()).await;
    app.ready().await;
    assert_eq!(app.look(&again).await["status"]["rejectionReason"], "duplicate");
}

#[tokio::test]
async fn a_project_without_audit_has_every_video_locked() {
    let app = App::start("unaudited-app", BAKERY).await;
    let id = app.upload(&said("public"), &film()).await;
    assert_eq!(app.look(&id).await["status"]["privacyStatus"], "private");
    let (status, shown) = app.show(&id, "public").await;
    assert_eq!((status, &shown["status"]["privacyStatus"]), (200, &json!("private")));
}

#[tokio::test]
async fn a_scheduled_video_is_shown_by_the_clock() {
    let app = App::start("app", BAKERY).await;
    let mut body = said("private");
    body["status"]["publishAt"] = "2026-11-22T12:30:00Z".into();
    let id = app.upload(&body, &film()).await;
    assert_eq!(app.look(&id).await["status"]["privacyStatus"], "private");
    assert_eq!(app.stage.posts("youtube", BAKERY).await[0]["state"], "scheduled");
    app.stage.advance_ms(30 * 60_000).await;
    assert_eq!(app.look(&id).await["status"]["privacyStatus"], "public");
    let post = &app.stage.posts("youtube", BAKERY).await[0];
    assert_eq!(
        (&post["state"], &post["created_us"]),
        (&json!("published"), &json!(START_US + 30 * 60_000_000))
    );
    let mut again = json!({"id": id});
    again["status"] = json!({"privacyStatus": "private", "publishAt": "2026-11-30T12:30:00Z"});
    let (_, refused) = app.call("PUT", "videos", &[("part", "status")], Some(&again)).await;
    assert_eq!(reason(&refused), "invalidPublishAt", "it was published before");
}

#[tokio::test]
async fn the_list_of_uploads_shows_private_videos_to_their_channel_alone() {
    let app = App::start("app", BAKERY).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        app.stage.advance_ms(1_000).await;
        ids.push(app.upload(&said("private"), &film()).await);
    }
    app.show(&ids[0], "public").await;
    let playlist = BAKERY.replacen("UC", "UU", 1);
    let page = |app: &App, token: String| {
        let mut query = vec![("part", "snippet,contentDetails,status"), ("maxResults", "2")];
        let playlist = playlist.clone();
        let request = app.stage.request("GET", &format!("{API}/playlistItems"));
        if !token.is_empty() {
            query.push(("pageToken", token.as_str()));
        }
        let request = request.query(&query).query(&[("playlistId", playlist)]).bearer_auth(&app.token);
        let sent = request.send();
        async move { sent.await.unwrap().json::<Value>().await.unwrap() }
    };
    let first = page(&app, String::new()).await;
    let id_of = |entry: &Value| entry["contentDetails"]["videoId"].as_str().unwrap().to_owned();
    let entries = first["items"].as_array().unwrap();
    assert_eq!(
        entries.iter().map(id_of).collect::<Vec<_>>(),
        [ids[2].clone(), ids[1].clone()],
        "newest first"
    );
    assert_eq!(entries[0]["status"]["privacyStatus"], "private");
    assert_eq!(entries[0]["contentDetails"]["videoPublishedAt"], Value::Null);
    let second = page(&app, first["nextPageToken"].as_str().unwrap().to_owned()).await;
    assert_eq!(id_of(&second["items"][0]), ids[0]);
    assert!(second["items"][0]["contentDetails"]["videoPublishedAt"].is_string());
    let other = App::on(app.stage, "app", STRICT).await;
    let seen = page(&other, String::new()).await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{seen}");
    for (query, wanted) in [
        (vec![("part", "snippet"), ("playlistId", "UUnone")], "playlistNotFound"),
        (vec![("part", "snippet")], "missingRequiredParameter"),
        (
            vec![("part", "snippet"), ("playlistId", playlist.as_str()), ("maxResults", "51")],
            "invalidParameter",
        ),
        (
            vec![("part", "snippet"), ("playlistId", playlist.as_str()), ("pageToken", "none")],
            "invalidPageToken",
        ),
    ] {
        let (_, refused) = other.call("GET", "playlistItems", &query, None).await;
        assert_eq!(reason(&refused), wanted, "{query:?}");
    }
}

#[tokio::test]
async fn comments_need_a_video_that_is_shown_and_takes_them() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    assert_eq!(reason(&app.comment(&id, "Too soon").await.1), "commentsDisabled");
    app.show(&id, "public").await;
    assert_eq!(reason(&app.comment(&id, " ").await.1), "commentTextRequired");
    assert_eq!(reason(&app.comment("nothing", "Hello").await.1), "videoNotFound");
    let (status, made) = app.comment(&id, "More below").await;
    assert_eq!(status, 200, "{made}");
    let query = [("part", "snippet"), ("videoId", id.as_str()), ("order", "time")];
    let (_, listed) = app.call("GET", "commentThreads", &query, None).await;
    let comment = &listed["items"][0]["snippet"]["topLevelComment"]["snippet"];
    assert_eq!(
        (
            &comment["textOriginal"],
            &comment["authorChannelId"]["value"],
            &listed["items"][0]["id"]
        ),
        (&json!("More below"), &json!(BAKERY), &made["id"])
    );
    let mut childrens = said("public");
    childrens["status"]["selfDeclaredMadeForKids"] = true.into();
    let id = app.upload(&childrens, &film()).await;
    assert_eq!(reason(&app.comment(&id, "For you").await.1), "commentsDisabled");
}

#[tokio::test]
async fn every_call_needs_its_permission() {
    let stage = Stage::start().await;
    let upload = SCOPES.split_whitespace().next().unwrap();
    let given = tokens(&stage, "app", BAKERY, upload).await;
    let app = App {
        token: given["access_token"].as_str().unwrap().to_owned(),
        stage,
    };
    let id = app.upload(&said("private"), &film()).await;
    for (what, (status, said)) in [
        (
            "channels",
            app.call("GET", "channels", &[("part", "id"), ("mine", "true")], None).await,
        ),
        ("videos", app.call("GET", "videos", &[("part", "id"), ("id", &id)], None).await),
        ("update", app.show(&id, "public").await),
        ("delete", app.call("DELETE", "videos", &[("id", &id)], None).await),
        ("comment", app.comment(&id, "x").await),
    ] {
        assert_eq!((status, reason(&said)), (403, "insufficientPermissions"), "{what}");
    }
}

#[tokio::test]
async fn a_thumbnail_needs_a_phone_and_a_picture() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    let set = |app: &App, id: &str, bytes: Vec<u8>| {
        let request = app.stage.request("POST", &format!("{UPLOADS}/thumbnails/set"));
        let request = request.query(&[("videoId", id), ("uploadType", "media")]).bearer_auth(&app.token);
        let sent = request.header("content-type", "image/jpeg").body(bytes).send();
        async move {
            let answer = sent.await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    assert_eq!(set(&app, &id, jpeg(1_280, 720)).await.0, 200);
    assert!(app.stage.posts("youtube", BAKERY).await[0]["details"]["thumbnail"].is_string());
    assert_eq!(reason(&set(&app, &id, Vec::new()).await.1), "mediaBodyRequired");
    assert_eq!(reason(&set(&app, &id, film()).await.1), "invalidImage");
    assert_eq!(
        reason(&set(&app, &id, [jpeg(10, 10), vec![0; 2_097_152]].concat()).await.1),
        "invalidImage"
    );
    assert_eq!(reason(&set(&app, "nothing", jpeg(10, 10)).await.1), "videoNotFound");
    let app = App::on(app.stage, "app", UNCONFIRMED).await;
    let id = app.upload(&said("private"), &film()).await;
    assert_eq!(reason(&set(&app, &id, jpeg(1_280, 720)).await.1), "forbidden");
}

#[tokio::test]
async fn a_removed_video_is_gone() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    assert_eq!(app.call("DELETE", "videos", &[("id", &id)], None).await.0, 204);
    let (status, said) = app.call("DELETE", "videos", &[("id", &id)], None).await;
    assert_eq!((status, reason(&said)), (404, "videoNotFound"));
    assert_eq!(app.look(&id).await, Value::Null);
}

#[tokio::test]
async fn a_project_has_a_hundred_uploads_until_midnight_in_california() {
    let app = App::start("app", BAKERY).await;
    for _ in 0..100 {
        app.open(&said("private"), 10).await;
    }
    let (status, _, refused) = app.opening(&said("private"), "snippet,status", "video/mp4", "10").await;
    assert_eq!((status, reason(&refused)), (403, "quotaExceeded"));
    // Another channel of the same project is no better off; another project is.
    let app = App::on(app.stage, "app", STRICT).await;
    assert_eq!(app.opening(&said("private"), "snippet,status", "video/mp4", "10").await.0, 403);
    let app = App::on(app.stage, "another", STRICT).await;
    app.open(&said("private"), 10).await;
    // Noon in London is four in the morning there: twenty hours to midnight.
    let hour_ms = 3_600_000;
    app.stage.advance_ms(20 * hour_ms - 60_000).await;
    let app = App::on(app.stage, "app", BAKERY).await;
    assert_eq!(app.opening(&said("private"), "snippet,status", "video/mp4", "10").await.0, 403);
    app.stage.advance_ms(60_000).await;
    app.open(&said("private"), 10).await;
}

#[tokio::test]
async fn a_project_has_ten_thousand_units_a_day() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    for _ in 0..200 {
        assert_eq!(app.show(&id, "private").await.0, 200);
    }
    let (status, refused) = app.show(&id, "public").await;
    assert_eq!(
        (status, reason(&refused), &refused["error"]["errors"][0]["domain"]),
        (403, "quotaExceeded", &json!("youtube.quota"))
    );
    let (_, refused) = app.call("GET", "videos", &[("part", "id"), ("id", &id)], None).await;
    assert_eq!(reason(&refused), "quotaExceeded", "looks cost as well");
}

#[tokio::test]
async fn a_channel_has_a_bound_of_its_own_that_nobody_is_told() {
    let app = App::start("app", BAKERY).await;
    app.stage.world.with(|state| {
        let quota = postrider_sandbox::Quota { total: Some(1), used: 0 };
        state.quotas.insert((postrider_core::Network::Youtube, BAKERY.to_owned()), quota);
    });
    app.upload(&said("private"), &film()).await;
    let (status, _, refused) = app.opening(&said("private"), "snippet,status", "video/mp4", "10").await;
    assert_eq!((status, reason(&refused)), (400, "uploadLimitExceeded"));
}

#[tokio::test]
async fn only_what_others_may_see_is_a_commit() {
    let app = App::start("app", BAKERY).await;
    let id = app.upload(&said("private"), &film()).await;
    app.look(&id).await;
    app.show(&id, "public").await;
    app.comment(&id, "More below").await;
    let (_, log) = app.stage.get("_sandbox/log", &[("commits", "true")]).await;
    let entries = log["entries"].as_array().unwrap().iter();
    let names: Vec<&str> = entries.map(|entry| entry["operation"].as_str().unwrap()).collect();
    assert_eq!(names, ["update_video", "insert_comment"]);
}
