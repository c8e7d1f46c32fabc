//! TikTok's twin: flat refusals with status 200, parts in their order, work that is asked after, ids that come late, caps, and an app without
//! audit.

use crate::stage::{PROCESSING_MS, Stage, mp4, query_value};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const API: &str = "open.tiktokapis.com/v2";
const BAKERY: &str = "-000Ada0HarbourBakery01";
const PRIVATE: &str = "-000Ada0BrandtAtHome0002";
const QUIET: &str = "-000Ben0RunsEverywhere03";
const WEB: &str = "https://planner.example/connect";
const DESKTOP: &str = "http://localhost:3000/connect";
const SCOPES: &str = "user.info.basic,user.info.profile,video.publish,video.upload,video.list";

struct App {
    stage: Stage,
    key: &'static str,
    token: String,
    refresh: String,
}

/// What the page is asked, as a browser comes to it.
fn asked<'a>(key: &'a str, redirect_uri: &'a str, scopes: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_key", key),
        ("response_type", "code"),
        ("scope", scopes),
        ("redirect_uri", redirect_uri),
        ("state", "s1"),
    ]
}

/// Where the page sends the browser back to; its status if it does not.
async fn decided(stage: &Stage, asked: &[(&str, &str)], form: &[(&str, &str)]) -> Result<String, u16> {
    let page = stage.request("POST", "www.tiktok.com/v2/auth/authorize/").query(asked).form(form);
    let answer = page.send().await.unwrap();
    match answer.headers().get("location") {
        Some(back) => Ok(back.to_str().unwrap().to_owned()),
        None => Err(answer.status().as_u16()),
    }
}

async fn tokens(stage: &Stage, form: &[(&str, &str)]) -> Value {
    let (status, body) = stage.form(&format!("{API}/oauth/token/"), form).await;
    assert_eq!(status, 200, "OAuth refuses with status 200, too: {body}");
    body
}

impl App {
    async fn start(key: &'static str, account: &str) -> App {
        App::with(key, account, SCOPES).await
    }

    async fn with(key: &'static str, account: &str, scopes: &str) -> App {
        let stage = Stage::start().await;
        let (token, refresh) = App::enter(&stage, key, account, scopes).await;
        App {
            stage,
            key,
            token,
            refresh,
        }
    }

    async fn enter(stage: &Stage, key: &str, account: &str, scopes: &str) -> (String, String) {
        let mut form = vec![("person", account), ("decision", "allow")];
        form.extend(scopes.split(',').map(|scope| ("permission", scope)));
        let back = decided(stage, &asked(key, WEB, scopes), &form).await.unwrap();
        let code = query_value(&back, "code");
        let given = tokens(
            stage,
            &[
                ("client_key", key),
                ("client_secret", "secret"),
                ("code", &code),
                ("grant_type", "authorization_code"),
                ("redirect_uri", WEB),
            ],
        )
        .await;
        assert_eq!(given["open_id"], account, "{given}");
        let text = |name: &str| given[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    async fn call(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.stage.request("POST", &format!("{API}/{path}/"));
        self.stage.send(request.bearer_auth(&self.token).json(body)).await
    }

    /// What a call gave that worked.
    async fn good(&self, path: &str, body: &Value) -> Value {
        let (status, said) = self.call(path, body).await;
        assert_eq!((status, &said["error"]["code"]), (200, &json!("ok")), "{path}: {said}");
        said["data"].clone()
    }

    /// The code of a call that did not.
    async fn bad(&self, path: &str, body: &Value) -> String {
        let (status, said) = self.call(path, body).await;
        assert!(status >= 400, "{path}: {said}");
        said["error"]["code"].as_str().unwrap().to_owned()
    }

    async fn open(&self, info: &Value, bytes: usize, part: usize) -> (String, String) {
        let source = json!({"source": "FILE_UPLOAD", "video_size": bytes, "chunk_size": part, "total_chunk_count": bytes / part});
        let body = json!({"post_info": info, "source_info": source});
        let opened = self.good("post/publish/video/init", &body).await;
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        (text("publish_id"), text("upload_url"))
    }

    async fn put(&self, url: &str, range: (usize, usize), file: &[u8]) -> (u16, String) {
        let said = format!("bytes {}-{}/{}", range.0, range.1, file.len());
        self.put_saying(url, &said, "video/mp4", file[range.0..=range.1].to_vec()).await
    }

    async fn put_saying(&self, url: &str, range: &str, kind: &str, bytes: Vec<u8>) -> (u16, String) {
        let request = self
            .stage
            .client
            .put(url)
            .header("content-type", kind)
            .header("content-range", range);
        let answer = request.body(bytes).send().await.unwrap();
        let came = answer.headers().get("content-range").map(|came| came.to_str().unwrap().to_owned());
        (answer.status().as_u16(), came.unwrap_or_default())
    }

    /// Publishes a video; its name there.
    async fn publish(&self, info: &Value, file: &[u8]) -> String {
        let (id, url) = self.open(info, file.len(), file.len()).await;
        assert_eq!(self.put(&url, (0, file.len() - 1), file).await.0, 201);
        id
    }

    async fn status(&self, id: &str) -> Value {
        self.good("post/publish/status/fetch", &json!({"publish_id": id})).await
    }

    async fn ready(&self) {
        self.stage.advance_ms(PROCESSING_MS + 1).await;
    }

    fn photos(&self, files: &[&str]) -> Value {
        let urls: Vec<String> = files.iter().map(|file| format!("{}/{file}", self.stage.media)).collect();
        json!({
            "media_type": "PHOTO", "post_mode": "DIRECT_POST",
            "post_info": {"title": "Rye", "description": "Fresh", "privacy_level": "PUBLIC_TO_EVERYONE", "auto_add_music": true},
            "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": urls},
        })
    }

    /// What became of pictures once they were fetched.
    async fn fetched(&self, id: &str) -> Value {
        for _ in 0..200 {
            self.stage.advance_ms(3_000).await;
            let said = self.status(id).await;
            if said["status"] != "PROCESSING_DOWNLOAD" {
                return said;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("never fetched")
    }
}

fn film() -> Vec<u8> {
    mp4(12_000, 1_080, 1_920, 500)
}

fn seen_by(privacy: &str) -> Value {
    json!({"title": "Fresh bread #baking", "privacy_level": privacy, "disable_comment": true})
}

fn everybody() -> Value {
    seen_by("PUBLIC_TO_EVERYONE")
}

#[tokio::test]
async fn the_page_asks_for_account_and_permissions_and_tells_which_were_given() {
    let stage = Stage::start().await;
    let (status, page) = stage.get("www.tiktok.com/v2/auth/authorize/", &asked("app", WEB, SCOPES)).await;
    let page = page.as_str().unwrap().to_owned();
    assert!(
        status == 200 && page.contains("Harbour Bakery") && page.contains("video.publish"),
        "{page}"
    );
    let form = [
        ("person", BAKERY),
        ("decision", "allow"),
        ("permission", "video.publish"),
        ("permission", "user.info.profile"),
    ];
    let back = decided(&stage, &asked("app", WEB, SCOPES), &form).await.unwrap();
    assert_eq!(query_value(&back, "scopes"), "user.info.basic,user.info.profile,video.publish");
    assert_eq!(query_value(&back, "state"), "s1");
    assert!(
        query_value(&back, "code").contains('*') && query_value(&back, "code").contains('!'),
        "{back}"
    );
    let refused = decided(&stage, &asked("app", WEB, SCOPES), &[("decision", "cancel")])
        .await
        .unwrap();
    assert_eq!(query_value(&refused, "error"), "access_denied");
}

#[tokio::test]
async fn wrong_requests_for_authorisation_are_shown_to_the_person() {
    let stage = Stage::start().await;
    let form = [("person", BAKERY), ("decision", "allow")];
    let long = format!("https://planner.example/{}", "x".repeat(512));
    for (what, asked) in [
        ("client_id instead of client_key", {
            let mut asked = asked("app", WEB, SCOPES);
            asked[0].0 = "client_id";
            asked
        }),
        ("blanks between scopes", asked("app", WEB, "user.info.basic video.publish")),
        ("an unknown scope", asked("app", WEB, "user.info.basic,photo.publish")),
        ("no user.info.basic", asked("app", WEB, "video.publish")),
        (
            "a query in the address",
            asked("app", "https://planner.example/connect?a=1", SCOPES),
        ),
        ("no https", asked("app", "http://planner.example/connect", SCOPES)),
        ("a long address", asked("app", &long, SCOPES)),
        ("no PKCE from a desktop app", asked("app", DESKTOP, SCOPES)),
        ("another response type", {
            let mut asked = asked("app", WEB, SCOPES);
            asked[1].1 = "token";
            asked
        }),
    ] {
        assert_eq!(decided(&stage, &asked, &form).await, Err(400), "{what}");
    }
}

#[tokio::test]
async fn a_desktop_app_gives_its_challenge_in_hexadecimal() {
    let stage = Stage::start().await;
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let hex: String = Sha256::digest(verifier).iter().map(|byte| format!("{byte:02x}")).collect();
    let form = [("person", BAKERY), ("decision", "allow")];
    let with = |challenge: &'static str| {
        let mut asked = asked("app", DESKTOP, "user.info.basic");
        asked.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
        asked
    };
    let standard = with("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_eq!(decided(&stage, &standard, &form).await, Err(400), "base64 is not what TikTok takes");
    let hex: &'static str = hex.leak();
    for (given, error) in [("another-verifier", Some("invalid_request")), (verifier, None)] {
        let back = decided(&stage, &with(hex), &form).await.unwrap();
        let said = tokens(
            &stage,
            &[
                ("client_key", "app"),
                ("client_secret", "secret"),
                ("code", &query_value(&back, "code")),
                ("grant_type", "authorization_code"),
                ("redirect_uri", DESKTOP),
                ("code_verifier", given),
            ],
        )
        .await;
        assert_eq!(said["error"].as_str(), error, "{said}");
    }
}

#[tokio::test]
async fn oauth_refuses_flatly_with_status_200() {
    let app = App::start("app", BAKERY).await;
    let code = {
        let form = [("person", BAKERY), ("decision", "allow")];
        let back = decided(&app.stage, &asked("app", WEB, "user.info.basic"), &form).await.unwrap();
        query_value(&back, "code")
    };
    let base = |secret: &'static str, uri: &'static str| {
        vec![
            ("client_key", "app"),
            ("client_secret", secret),
            ("grant_type", "authorization_code"),
            ("redirect_uri", uri),
        ]
    };
    let mut other_uri = base("secret", "https://planner.example/other");
    other_uri.push(("code", &code));
    let mut other_secret = base("another", WEB);
    other_secret.push(("code", &code));
    let mut good = base("secret", WEB);
    good.push(("code", &code));
    for (form, error) in [
        (other_uri, Some("invalid_request")),
        (other_secret, Some("invalid_client")),
        (good.clone(), None),
        (good, Some("invalid_grant")),
        (base("secret", WEB), Some("invalid_grant")),
        (
            vec![("client_key", "app"), ("client_secret", "secret"), ("grant_type", "password")],
            Some("unsupported_grant_type"),
        ),
    ] {
        let said = tokens(&app.stage, &form).await;
        assert_eq!(said["error"].as_str(), error, "{said}");
    }
}

#[tokio::test]
async fn a_renewal_brings_the_next_refresh_token_and_taking_back_ends_all() {
    let app = App::start("app", BAKERY).await;
    let renew = |token: String| {
        let stage = &app.stage;
        async move {
            let form = [
                ("client_key", "app"),
                ("client_secret", "secret"),
                ("grant_type", "refresh_token"),
                ("refresh_token", token.as_str()),
            ];
            tokens(stage, &form).await
        }
    };
    let renewed = renew(app.refresh.clone()).await;
    assert_eq!(
        (&renewed["expires_in"], &renewed["refresh_expires_in"]),
        (&json!(86_400), &json!(31_536_000))
    );
    let next = renewed["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(next, app.refresh);
    assert_eq!(renew(app.refresh.clone()).await["error"], "invalid_grant");
    app.stage.advance_ms(86_400_000).await;
    assert_eq!(app.bad("post/publish/creator_info/query", &json!({})).await, "access_token_invalid");
    let form = [("client_key", "app"), ("client_secret", "secret"), ("token", app.token.as_str())];
    let (status, body) = app.stage.form(&format!("{API}/oauth/revoke/"), &form).await;
    assert_eq!((status, body), (200, json!("")));
    assert_eq!(renew(next).await["error"], "invalid_grant");
}

#[tokio::test]
async fn an_account_shows_only_what_was_permitted() {
    let app = App::with("app", BAKERY, "user.info.basic,video.publish").await;
    let read = |fields: &'static str| {
        let request = app.stage.request("GET", &format!("{API}/user/info/")).query(&[("fields", fields)]);
        app.stage.send(request.bearer_auth(&app.token))
    };
    let (status, said) = read("open_id,display_name").await;
    assert_eq!((status, &said["data"]["user"]["open_id"]), (200, &json!(BAKERY)), "{said}");
    for (fields, code) in [
        ("username", "scope_not_authorized"),
        ("", "invalid_params"),
        ("nickname", "invalid_params"),
    ] {
        assert_eq!(read(fields).await.1["error"]["code"], code, "{fields}");
    }
    let inbox = json!({"source_info": {"source": "FILE_UPLOAD", "video_size": 10, "chunk_size": 10, "total_chunk_count": 1}});
    assert_eq!(app.bad("post/publish/inbox/video/init", &inbox).await, "scope_not_authorized");
    assert_eq!(app.bad("video/list", &json!({})).await, "scope_not_authorized");
}

#[tokio::test]
async fn each_account_says_who_may_see_its_posts() {
    let options = |account: &'static str| async move {
        let app = App::start("app", account).await;
        let said = app.good("post/publish/creator_info/query", &json!({})).await;
        (
            said["privacy_level_options"].clone(),
            said["comment_disabled"].clone(),
            said["max_video_post_duration_sec"].clone(),
        )
    };
    let public = json!(["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    assert_eq!(options(BAKERY).await, (public.clone(), json!(false), json!(600)));
    assert_eq!(options(QUIET).await, (public, json!(true), json!(60)));
    let private = json!(["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]);
    assert_eq!(options(PRIVATE).await, (private, json!(false), json!(180)));
}

#[tokio::test]
async fn a_video_comes_part_by_part_and_stands_with_the_last() {
    let app = App::start("app", BAKERY).await;
    let mut file = film();
    file.resize(12_000_000, 7);
    let (id, url) = app.open(&everybody(), file.len(), 5_000_000).await;
    assert!(id.starts_with("v_pub_file~"), "{id}");
    assert_eq!(app.status(&id).await, json!({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0}));
    assert_eq!(
        app.put(&url, (5_000_000, 11_999_999), &file).await.0,
        416,
        "the first part comes first"
    );
    assert_eq!(
        app.put(&url, (0, 4_999_999), &file).await,
        (206, "bytes 0-5000000/12000000".to_owned())
    );
    assert_eq!(app.put(&url, (0, 4_999_999), &file).await.0, 416, "once");
    assert!(app.stage.posts("tiktok", BAKERY).await.is_empty());
    assert_eq!(
        app.put(&url, (5_000_000, 11_999_999), &file).await.0,
        201,
        "the last part takes what is left"
    );
    assert_eq!(app.put(&url, (5_000_000, 11_999_999), &file).await.0, 416, "and no second post");
    assert_eq!(app.status(&id).await["status"], "PROCESSING_UPLOAD");
    app.ready().await;
    let said = app.status(&id).await;
    let [post] = &app.stage.posts("tiktok", BAKERY).await[..] else {
        panic!("not one post")
    };
    let number: u64 = post["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        said,
        json!({"status": "PUBLISH_COMPLETE", "uploaded_bytes": 12_000_000, "publicaly_available_post_id": [number]})
    );
    assert_eq!(
        (&post["text"], &post["state"], &post["type"]),
        (&json!("Fresh bread #baking"), &json!("published"), &json!("video"))
    );
    let digest: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(post["media"][0]["sha256"], digest);
    assert_eq!(post["details"]["info"]["disable_comment"], true);
}

#[tokio::test]
async fn an_upload_is_refused_for_what_it_says_and_when_its_hour_is_over() {
    let app = App::start("app", BAKERY).await;
    let file = film();
    let (_, url) = app.open(&everybody(), file.len(), file.len()).await;
    let whole = format!("bytes 0-{}/{}", file.len() - 1, file.len());
    for (range, kind, bytes) in [
        (whole.as_str(), "application/octet-stream", file.clone()),
        ("bytes 0-9/10", "video/mp4", file[..10].to_vec()),
        ("nonsense", "video/mp4", file.clone()),
        (whole.as_str(), "video/mp4", file[..10].to_vec()),
    ] {
        assert_eq!(app.put_saying(&url, range, kind, bytes).await.0, 400, "{range} {kind}");
    }
    let wrong = url.replace("upload_token=", "upload_token=x");
    assert_eq!(app.put(&wrong, (0, file.len() - 1), &file).await.0, 404);
    app.stage.advance_ms(3_600_000).await;
    assert_eq!(app.put(&url, (0, file.len() - 1), &file).await.0, 403);
}

#[tokio::test]
async fn wrong_posts_are_refused_as_documented() {
    let app = App::start("app", BAKERY).await;
    let source = |size: u64, part: u64, count: u64| json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": part, "total_chunk_count": count});
    let video = |info: Value, source: Value| ("post/publish/video/init", json!({"post_info": info, "source_info": source}));
    let good = || source(50_000_123, 10_000_000, 5);
    let photo = |pointer: &str, value: Value| {
        let mut body = app.photos(&["photo.jpg"]);
        *body.pointer_mut(pointer).unwrap() = value;
        ("post/publish/content/init", body)
    };
    let many: Vec<String> = (0..36).map(|_| format!("{}/photo.jpg", app.stage.media)).collect();
    let wrong = [
        ("no privacy", video(json!({"title": "x"}), good()), "invalid_params"),
        (
            "another's privacy",
            video(seen_by("FOLLOWER_OF_CREATOR"), good()),
            "privacy_level_option_mismatch",
        ),
        (
            "a long caption",
            video(json!({"title": "x".repeat(2_201), "privacy_level": "SELF_ONLY"}), good()),
            "invalid_params",
        ),
        (
            "a flag that is none",
            video(json!({"privacy_level": "SELF_ONLY", "is_aigc": "yes"}), good()),
            "invalid_params",
        ),
        (
            "one part too many",
            video(everybody(), source(50_000_123, 10_000_000, 6)),
            "invalid_params",
        ),
        (
            "small parts",
            video(everybody(), source(50_000_000, 4_000_000, 12)),
            "invalid_params",
        ),
        (
            "large parts",
            video(everybody(), source(150_000_000, 75_000_000, 2)),
            "invalid_params",
        ),
        (
            "one large part",
            video(everybody(), source(150_000_000, 150_000_000, 1)),
            "invalid_params",
        ),
    ];
    for (what, (path, body), code) in wrong {
        // A minute has six of them.
        app.stage.advance_ms(60_000).await;
        assert_eq!(app.bad(path, &body).await, code, "{what}");
    }
    let wrong = [
        (
            "a file too large",
            video(everybody(), source(5_000_000_000, 10_000_000, 500)),
            "invalid_file_upload",
        ),
        ("another source", video(everybody(), json!({"source": "CLOUD"})), "invalid_params"),
        (
            "a title too long",
            photo("/post_info/title", json!("x".repeat(91))),
            "invalid_params",
        ),
        (
            "a description too long",
            photo("/post_info/description", json!("x".repeat(4_001))),
            "invalid_params",
        ),
        (
            "pictures that are sent",
            photo("/source_info/source", json!("FILE_UPLOAD")),
            "invalid_params",
        ),
        ("no pictures", photo("/source_info/photo_images", json!([])), "invalid_params"),
        (
            "too many pictures",
            photo("/source_info/photo_images", json!(many)),
            "invalid_params",
        ),
        (
            "a cover that is none",
            photo("/source_info/photo_cover_index", json!(1)),
            "invalid_params",
        ),
        (
            "no https",
            photo("/source_info/photo_images", json!(["http://a.example/1.jpg"])),
            "invalid_params",
        ),
        (
            "somebody else's address",
            photo("/source_info/photo_images", json!(["https://unverified.example/1.jpg"])),
            "url_ownership_unverified",
        ),
        ("another kind", photo("/media_type", json!("VIDEO")), "invalid_params"),
        ("another mode", photo("/post_mode", json!("LATER")), "invalid_params"),
        (
            "an unknown name",
            ("post/publish/status/fetch", json!({"publish_id": "p"})),
            "invalid_publish_id",
        ),
        ("a page too large", ("video/list", json!({"max_count": 21})), "invalid_params"),
    ];
    for (what, (path, body), code) in wrong {
        app.stage.advance_ms(60_000).await;
        let request = app.stage.request("POST", &format!("{API}/{path}/")).query(&[("fields", "id")]);
        let (_, said) = app.stage.send(request.bearer_auth(&app.token).json(&body)).await;
        assert_eq!(said["error"]["code"], code, "{what}: {said}");
    }
    let plain = app
        .stage
        .request("POST", &format!("{API}/video/list/"))
        .query(&[("fields", "id")])
        .body("{}");
    let (_, said) = app.stage.send(plain.bearer_auth(&app.token)).await;
    assert_eq!(said["error"]["code"], "invalid_params", "no JSON: {said}");
    assert!(app.stage.posts("tiktok", BAKERY).await.is_empty());
}

#[tokio::test]
async fn pictures_are_fetched_after_the_call_and_stand_in_their_order() {
    let app = App::start("app", BAKERY).await;
    let begun = app
        .good("post/publish/content/init", &app.photos(&["photo.jpg", "other.jpg"]))
        .await;
    let id = begun["publish_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("p_pub_url~"), "{id}");
    assert_eq!(app.fetched(&id).await["status"], "PUBLISH_COMPLETE");
    let [post] = &app.stage.posts("tiktok", BAKERY).await[..] else {
        panic!("not one post")
    };
    assert_eq!((&post["text"], &post["details"]["title"]), (&json!("Fresh"), &json!("Rye")));
    assert_eq!(post["details"]["info"]["auto_add_music"], true);
    assert_eq!(post["media"].as_array().map(Vec::len), Some(2));
    assert!(
        post["permalink"]
            .as_str()
            .unwrap()
            .starts_with("https://www.tiktok.com/@harbour.bakery/photo/")
    );
    for (file, reason) in [
        ("missing.jpg", "photo_pull_failed"),
        ("picture.png", "file_format_check_failed"),
        ("page.html", "file_format_check_failed"),
    ] {
        let begun = app.good("post/publish/content/init", &app.photos(&[file])).await;
        let said = app.fetched(begun["publish_id"].as_str().unwrap()).await;
        assert_eq!(
            (&said["status"], &said["fail_reason"]),
            (&json!("FAILED"), &json!(reason)),
            "{file}"
        );
    }
    assert_eq!(app.stage.posts("tiktok", BAKERY).await.len(), 1);
}

#[tokio::test]
async fn a_video_that_is_fetched_stands_as_well() {
    let app = App::start("app", BAKERY).await;
    let from = |file: &str| json!({"source": "PULL_FROM_URL", "video_url": format!("{}/{file}", app.stage.media)});
    for (file, status) in [("reel.mp4", "PUBLISH_COMPLETE"), ("missing.mp4", "FAILED"), ("long.mp4", "FAILED")] {
        let body = json!({"post_info": everybody(), "source_info": from(file)});
        let begun = app.good("post/publish/video/init", &body).await;
        assert!(
            begun["upload_url"].is_null() && begun["publish_id"].as_str().unwrap().starts_with("v_pub_url~"),
            "{begun}"
        );
        assert_eq!(app.fetched(begun["publish_id"].as_str().unwrap()).await["status"], status, "{file}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_after_it_came() {
    let app = App::start("app", QUIET).await;
    for (file, reason) in [
        (mp4(61_000, 1_080, 1_920, 0), "duration_check_failed"),
        (mp4(1_000, 1_080, 1_920, 0), "duration_check_failed"),
        (mp4(10_000, 300, 500, 0), "picture_size_check_failed"),
        (b"no video at all".to_vec(), "file_format_check_failed"),
    ] {
        let id = app.publish(&everybody(), &file).await;
        assert_eq!(app.status(&id).await["status"], "PROCESSING_UPLOAD", "not before it was worked on");
        app.ready().await;
        assert_eq!(app.status(&id).await["fail_reason"], reason);
    }
    let wanted = json!({"network": "tiktok", "operation": "upload_last_part"});
    app.stage
        .fault(wanted, json!({"do": "fail_processing", "code": "spam_risk_text"}))
        .await;
    let id = app.publish(&everybody(), &film()).await;
    app.ready().await;
    assert_eq!(app.status(&id).await["fail_reason"], "spam_risk_text");
    assert!(app.stage.posts("tiktok", QUIET).await.is_empty());
}

#[tokio::test]
async fn the_id_comes_late_and_only_of_what_everybody_sees() {
    let app = App::start("app", BAKERY).await;
    app.stage.control("settings", json!({"list_lag_ms": 60_000})).await;
    let public = app.publish(&everybody(), &film()).await;
    let friends = app.publish(&seen_by("MUTUAL_FOLLOW_FRIENDS"), &film()).await;
    let alone = app.publish(&seen_by("SELF_ONLY"), &film()).await;
    let list = || {
        let request = app.stage.request("POST", &format!("{API}/video/list/"));
        let fields = "id,create_time,title,video_description,share_url";
        let request = request
            .query(&[("fields", fields)])
            .bearer_auth(&app.token)
            .json(&json!({"max_count": 20}));
        app.stage.send(request)
    };
    app.ready().await;
    let bare = |said: &Value| said["status"] == "PUBLISH_COMPLETE" && said["publicaly_available_post_id"].is_null();
    for id in [&public, &friends, &alone] {
        assert!(bare(&app.status(id).await), "too early");
    }
    assert_eq!(list().await.1["data"]["videos"], json!([]));
    app.stage.advance_ms(60_000).await;
    assert!(app.status(&public).await["publicaly_available_post_id"][0].is_u64());
    assert!(bare(&app.status(&friends).await) && bare(&app.status(&alone).await));
    let listed = list().await.1["data"].clone();
    assert_eq!(listed["videos"].as_array().map(Vec::len), Some(1), "{listed}");
    assert!(
        listed["videos"][0]["id"].is_u64() && listed["videos"][0]["video_description"] == "Fresh bread #baking",
        "{listed}"
    );
    let states: Vec<Value> = app
        .stage
        .posts("tiktok", BAKERY)
        .await
        .iter()
        .map(|post| post["state"].clone())
        .collect();
    assert_eq!(states, ["published", "published", "draft"]);
}

#[tokio::test]
async fn the_list_goes_page_by_page_and_cuts_texts() {
    let app = App::start("app", BAKERY).await;
    for number in 0..3 {
        let mut info = everybody();
        info["title"] = format!("{number} {}", "x".repeat(200)).into();
        app.publish(&info, &film()).await;
        app.ready().await;
    }
    let page = async |body: Value| {
        let request = app.stage.request("POST", &format!("{API}/video/list/"));
        let request = request.query(&[("fields", "id,title")]).bearer_auth(&app.token).json(&body);
        app.stage.send(request).await.1["data"].clone()
    };
    let first = page(json!({"max_count": 2})).await;
    let titles = |page: &Value| -> Vec<String> {
        let videos = page["videos"].as_array().unwrap().iter();
        videos.map(|video| video["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&first), [format!("2 {}", "x".repeat(148)), format!("1 {}", "x".repeat(148))]);
    assert_eq!(first["has_more"], true);
    let second = page(json!({"max_count": 2, "cursor": first["cursor"]})).await;
    assert_eq!((titles(&second).len(), &second["has_more"]), (1, &json!(false)));
    let request = app.stage.request("POST", &format!("{API}/video/query/"));
    let id = second["videos"][0]["id"].to_string();
    let body = json!({"filters": {"video_ids": [id]}});
    let (_, found) = app
        .stage
        .send(request.query(&[("fields", "id")]).bearer_auth(&app.token).json(&body))
        .await;
    assert_eq!(found["data"]["videos"][0]["id"], second["videos"][0]["id"], "{found}");
}

#[tokio::test]
async fn drafts_lie_in_the_inbox_five_at_a_time() {
    let app = App::start("app", BAKERY).await;
    let file = film();
    let source = json!({"source": "FILE_UPLOAD", "video_size": file.len(), "chunk_size": file.len(), "total_chunk_count": 1});
    for _ in 0..5 {
        let opened = app.good("post/publish/inbox/video/init", &json!({"source_info": source})).await;
        let id = opened["publish_id"].as_str().unwrap();
        assert!(id.starts_with("v_inbox_file~"), "{id}");
        assert_eq!(
            app.put(opened["upload_url"].as_str().unwrap(), (0, file.len() - 1), &file).await.0,
            201
        );
        app.ready().await;
        assert_eq!(app.status(id).await["status"], "SEND_TO_USER_INBOX");
    }
    let posts = app.stage.posts("tiktok", BAKERY).await;
    assert!(posts.iter().all(|post| post["state"] == "draft" && post["text"] == ""), "{posts:?}");
    app.stage.advance_ms(60_000).await;
    let sixth = app.bad("post/publish/inbox/video/init", &json!({"source_info": source})).await;
    assert_eq!(sixth, "spam_risk_too_many_pending_share");
    let mut pictures = app.photos(&["photo.jpg"]);
    pictures["post_mode"] = "MEDIA_UPLOAD".into();
    assert_eq!(
        app.bad("post/publish/content/init", &pictures).await,
        "spam_risk_too_many_pending_share"
    );
}

#[tokio::test]
async fn fifteen_posts_a_day_and_six_beginnings_a_minute() {
    let app = App::start("app", BAKERY).await;
    for _ in 0..15 {
        app.stage.advance_ms(60_000).await;
        app.publish(&seen_by("SELF_ONLY"), &film()).await;
    }
    app.stage.advance_ms(60_000).await;
    assert_eq!(
        app.bad("post/publish/creator_info/query", &json!({})).await,
        "spam_risk_too_many_posts"
    );
    let body = json!({"post_info": everybody(), "source_info": {"source": "FILE_UPLOAD", "video_size": 10, "chunk_size": 10, "total_chunk_count": 1}});
    for _ in 0..6 {
        assert_eq!(app.bad("post/publish/video/init", &body).await, "spam_risk_too_many_posts");
    }
    assert_eq!(app.bad("post/publish/video/init", &body).await, "rate_limit_exceeded");
    app.stage.advance_ms(86_400_000 - 120_000).await;
    let (token, _) = App::enter(&app.stage, app.key, BAKERY, SCOPES).await;
    let app = App { token, ..app };
    app.open(&everybody(), 10, 10).await;
}

#[tokio::test]
async fn an_app_without_audit_posts_for_private_accounts_alone() {
    let app = App::start("unaudited-app", BAKERY).await;
    let source = json!({"source": "FILE_UPLOAD", "video_size": 10, "chunk_size": 10, "total_chunk_count": 1});
    let refused = "unaudited_client_can_only_post_to_private_accounts";
    for privacy in ["PUBLIC_TO_EVERYONE", "SELF_ONLY"] {
        let body = json!({"post_info": seen_by(privacy), "source_info": source});
        assert_eq!(app.bad("post/publish/video/init", &body).await, refused, "{privacy}");
    }
    let (token, refresh) = App::enter(&app.stage, app.key, PRIVATE, SCOPES).await;
    let app = App { token, refresh, ..app };
    let body = json!({"post_info": seen_by("FOLLOWER_OF_CREATOR"), "source_info": source});
    assert_eq!(app.bad("post/publish/video/init", &body).await, refused);
    app.publish(&seen_by("SELF_ONLY"), &film()).await;
    assert_eq!(app.stage.posts("tiktok", PRIVATE).await[0]["state"], "draft");
}

#[tokio::test]
async fn a_name_belongs_to_its_account_and_app() {
    let app = App::start("app", BAKERY).await;
    let id = app.publish(&everybody(), &film()).await;
    for (key, account) in [("app", QUIET), ("another", BAKERY)] {
        let (token, _) = App::enter(&app.stage, key, account, SCOPES).await;
        let request = app.stage.request("POST", &format!("{API}/post/publish/status/fetch/"));
        let (_, said) = app.stage.send(request.bearer_auth(token).json(&json!({"publish_id": id}))).await;
        assert_eq!(
            said["error"]["code"], "token_not_authorized_for_specified_publish_id",
            "{key} {account}"
        );
    }
}

#[tokio::test]
async fn only_the_last_part_and_what_is_fetched_are_commits() {
    let app = App::start("app", BAKERY).await;
    let mut file = film();
    file.resize(10_000_000, 7);
    let (_, url) = app.open(&everybody(), file.len(), 5_000_000).await;
    app.put(&url, (0, 4_999_999), &file).await;
    app.put(&url, (5_000_000, 9_999_999), &file).await;
    app.good("post/publish/content/init", &app.photos(&["photo.jpg"])).await;
    let (_, log) = app.stage.get("_sandbox/log", &[("commits", "true")]).await;
    let names: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["operation"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["upload_last_part", "post_photos"]);
}
