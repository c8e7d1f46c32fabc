//! Instagram as a plain HTTP client meets it, through both logins.

use crate::stage::{PROCESSING_MS, Stage, code_of, mp4, query_value};
use serde_json::{Value, json};

const GRAPH: &str = "graph.instagram.com/v25.0";
const FACEBOOK: &str = "graph.facebook.com/v25.0";
const CAFE: &str = "17841400000000001";
const RUNS: &str = "17841400000000003";
const APP: &str = "815";
const SECRET: &str = "ig-secret";
const BACK: &str = "https://planner.example/instagram";
const SCOPES: &str = "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_comments";

async fn code(stage: &Stage, account: &str) -> String {
    let query = [
        ("client_id", APP),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", SCOPES),
        ("state", "s"),
    ];
    let back = stage
        .dialog(
            "www.instagram.com/oauth/authorize",
            &query,
            &[("person", account), ("decision", "continue")],
        )
        .await;
    assert!(back.ends_with("#_"), "{back}");
    query_value(&back, "code")
}

async fn short_token(stage: &Stage, account: &str) -> String {
    let code = code(stage, account).await;
    let fields = [
        ("client_id", APP),
        ("client_secret", SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", BACK),
        ("code", &code),
    ];
    let (status, body) = stage.form("api.instagram.com/oauth/access_token", &fields).await;
    assert_eq!(status, 200, "{body}");
    assert!(
        body["user_id"].is_u64() && body["permissions"].is_array(),
        "flat, a number, a list: {body}"
    );
    body["access_token"].as_str().expect("a token").to_owned()
}

async fn long_token(stage: &Stage, account: &str) -> String {
    let short = short_token(stage, account).await;
    let exchange = [
        ("grant_type", "ig_exchange_token"),
        ("client_secret", SECRET),
        ("access_token", &short),
    ];
    let (status, body) = stage.get("graph.instagram.com/access_token", &exchange).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("bearer")), "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

struct Signed {
    stage: Stage,
    token: String,
    graph: &'static str,
    account: &'static str,
}

async fn signed() -> Signed {
    let stage = Stage::start().await;
    let token = long_token(&stage, CAFE).await;
    Signed {
        stage,
        token,
        graph: GRAPH,
        account: CAFE,
    }
}

/// Signed in through Facebook, with a token of the Page that the account is linked to.
async fn signed_by_facebook() -> Signed {
    let stage = Stage::start().await;
    let scopes = [
        "instagram_basic",
        "instagram_content_publish",
        "instagram_manage_comments",
        "pages_show_list",
        "pages_read_engagement",
    ];
    let wanted = json!({"network": "facebook", "kind": "page", "person": "ada", "account": "104233000000001", "scopes": scopes});
    let (_, token) = stage.control("tokens", wanted).await;
    Signed {
        stage,
        token: token["value"].as_str().expect("a token").to_owned(),
        graph: FACEBOOK,
        account: CAFE,
    }
}

impl Signed {
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let fields: Vec<_> = fields.iter().copied().chain([("access_token", self.token.as_str())]).collect();
        self.stage.form(&format!("{}/{path}", self.graph), &fields).await
    }

    async fn read(&self, path: &str, fields: &str) -> Value {
        let (status, body) = self
            .stage
            .get(
                &format!("{}/{path}", self.graph),
                &[("fields", fields), ("access_token", &self.token)],
            )
            .await;
        assert_eq!(status, 200, "{body}");
        body
    }

    fn media(&self, name: &str) -> String {
        format!("{}/{name}", self.stage.media)
    }

    async fn container(&self, fields: &[(&str, &str)]) -> String {
        let (status, body) = self.post(&format!("{}/media", self.account), fields).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().expect("a container").to_owned()
    }

    /// Asks for the status, a processing time later each time, until it is final.
    async fn settled(&self, container: &str) -> Value {
        for _ in 0..200 {
            let node = self.read(container, "status_code,status").await;
            if node["status_code"] != "IN_PROGRESS" {
                return node;
            }
            self.stage.advance_ms(PROCESSING_MS).await;
        }
        panic!("the container never settled");
    }

    async fn ready(&self, fields: &[(&str, &str)]) -> String {
        let id = self.container(fields).await;
        assert_eq!(self.settled(&id).await["status_code"], "FINISHED");
        id
    }

    async fn publish(&self, container: &str) -> (u16, Value) {
        self.post(&format!("{}/media_publish", self.account), &[("creation_id", container)])
            .await
    }

    async fn published(&self, fields: &[(&str, &str)]) -> String {
        let container = self.ready(fields).await;
        let (status, body) = self.publish(&container).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().expect("a media id").to_owned()
    }
}

#[tokio::test]
async fn an_account_signs_in_and_me_tells_two_ids() {
    let it = signed().await;
    let me = it
        .read(
            "me",
            "user_id,id,username,name,account_type,profile_picture_url,followers_count,media_count",
        )
        .await;
    assert_eq!(
        (&me["user_id"], &me["username"], &me["account_type"]),
        (&json!(CAFE), &json!("blue.cafe"), &json!("BUSINESS"))
    );
    assert_ne!(me["id"], me["user_id"]);
    let (status, body) = it
        .stage
        .get(
            "graph.instagram.com/refresh_access_token",
            &[("grant_type", "ig_refresh_token"), ("access_token", &it.token)],
        )
        .await;
    assert_eq!((status, code_of(&body).0), (400, 100), "a token must be a day old to be refreshed");
    it.stage.advance_ms(86_400_000).await;
    let (status, body) = it
        .stage
        .get(
            "graph.instagram.com/refresh_access_token",
            &[("grant_type", "ig_refresh_token"), ("access_token", &it.token)],
        )
        .await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(5_183_944)));
    it.stage.advance_ms(61 * 86_400_000).await;
    let (status, body) = it.stage.get(&format!("{GRAPH}/me"), &[("access_token", &it.token)]).await;
    assert_eq!((status, code_of(&body)), (401, (190, 463)));
}

#[tokio::test]
async fn signing_in_is_cancelled_or_refused_as_documented() {
    let stage = Stage::start().await;
    let query = [
        ("client_id", APP),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", SCOPES),
        ("state", "s"),
    ];
    let back = stage
        .dialog("www.instagram.com/oauth/authorize", &query, &[("decision", "cancel")])
        .await;
    let told: Vec<_> = ["error", "error_reason", "error_description", "state"]
        .iter()
        .map(|name| query_value(&back, name))
        .collect();
    assert_eq!(told, ["access_denied", "user_denied", "The user denied your request", "s"]);
    let personal = stage
        .request("POST", "www.instagram.com/oauth/authorize")
        .query(&query)
        .form(&[("person", "17841400000000004"), ("decision", "continue")]);
    assert_eq!(stage.send(personal).await.0, 400, "personal accounts cannot sign in");
    let old = [
        ("client_id", APP),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "business_basic"),
    ];
    assert_eq!(
        stage.get("www.instagram.com/oauth/authorize", &old).await.0,
        400,
        "the old scope names are dead"
    );
    let code = code(&stage, CAFE).await;
    let mut fields = vec![
        ("client_id", APP),
        ("client_secret", SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", BACK),
        ("code", &code),
    ];
    let as_query = stage.request("POST", "api.instagram.com/oauth/access_token").query(&fields);
    let (status, body) = stage.send(as_query).await;
    assert_eq!(
        (status, &body["error_type"], &body["code"]),
        (400, &json!("OAuthException"), &json!(400)),
        "it must be a form: {body}"
    );
    assert_eq!(stage.form("api.instagram.com/oauth/access_token", &fields).await.0, 200);
    let (status, body) = stage.form("api.instagram.com/oauth/access_token", &fields).await;
    assert_eq!(
        (status, &body["error_message"]),
        (400, &json!("Matching code was not found or was already used"))
    );
    fields[1] = ("client_secret", "another");
    assert_eq!(stage.form("api.instagram.com/oauth/access_token", &fields).await.0, 400);
}

#[tokio::test]
async fn wrong_requests_are_refused_as_documented() {
    let it = signed().await;
    let facebook_token = signed_by_facebook().await.token;
    let (photo, reel) = (it.media("photo.jpg"), it.media("reel.mp4"));
    let photo = photo.as_str();
    let long = "x".repeat(2_201);
    let tags = (0..31).map(|index| format!("#tag{index} ")).collect::<String>();
    let mentions = (0..21).map(|index| format!("@friend{index} ")).collect::<String>();
    let alt = "x".repeat(1_001);
    let child = it.ready(&[("image_url", photo), ("is_carousel_item", "true")]).await;
    let single = it.ready(&[("image_url", photo)]).await;
    let with_single = format!("{child},{single}");
    let eleven = [child.as_str(); 11].join(",");
    let (media, publish) = (format!("{CAFE}/media"), format!("{CAFE}/media_publish"));
    let (missing, page, png, huge, wide) = (
        it.media("missing.jpg"),
        it.media("page.html"),
        it.media("picture.png"),
        it.media("huge.jpg"),
        it.media("wide.jpg"),
    );
    type Fields<'a> = Vec<(&'a str, &'a str)>;
    let cases: Vec<(&str, &str, Fields<'_>, u16, i64, i64)> = vec![
        (
            "another account",
            "17841400000000002/media",
            vec![("image_url", photo)],
            400,
            100,
            33,
        ),
        (
            "an account that is not there",
            "17841499999999999/media",
            vec![("image_url", photo)],
            400,
            100,
            33,
        ),
        ("an image without an address", &media, vec![("caption", "c")], 400, 100, 0),
        ("a reel without an address", &media, vec![("media_type", "REELS")], 400, 100, 0),
        (
            "an unknown type",
            &media,
            vec![("media_type", "GIF"), ("image_url", photo)],
            400,
            100,
            2_207_023,
        ),
        (
            "the retired type VIDEO",
            &media,
            vec![("media_type", "VIDEO"), ("video_url", &reel)],
            400,
            100,
            2_207_023,
        ),
        (
            "a reel as an item",
            &media,
            vec![("media_type", "REELS"), ("video_url", &reel), ("is_carousel_item", "true")],
            400,
            100,
            2_207_023,
        ),
        (
            "an image from nowhere",
            &media,
            vec![("image_url", &missing)],
            400,
            9_004,
            2_207_052,
        ),
        ("an image that is a page", &media, vec![("image_url", &page)], 400, 9_004, 2_207_052),
        (
            "an address beyond ASCII",
            &media,
            vec![("image_url", "https://exämple.com/a.jpg")],
            400,
            9_004,
            2_207_052,
        ),
        ("a PNG", &media, vec![("image_url", &png)], 400, 36_001, 2_207_005),
        ("nine megabytes", &media, vec![("image_url", &huge)], 400, 36_000, 2_207_004),
        ("three to one", &media, vec![("image_url", &wide)], 400, 36_003, 2_207_009),
        (
            "a long caption",
            &media,
            vec![("image_url", photo), ("caption", &long)],
            400,
            36_004,
            2_207_010,
        ),
        (
            "31 hashtags",
            &media,
            vec![("image_url", photo), ("caption", &tags)],
            400,
            36_004,
            2_207_010,
        ),
        (
            "21 mentions",
            &media,
            vec![("image_url", photo), ("caption", &mentions)],
            400,
            100,
            2_207_040,
        ),
        (
            "a long description",
            &media,
            vec![("image_url", photo), ("alt_text", &alt)],
            400,
            100,
            0,
        ),
        (
            "a description of a reel",
            &media,
            vec![("media_type", "REELS"), ("video_url", &reel), ("alt_text", "a")],
            400,
            100,
            0,
        ),
        (
            "four collaborators",
            &media,
            vec![("image_url", photo), ("collaborators", "a,b,c,d")],
            400,
            100,
            0,
        ),
        (
            "a private collaborator",
            &media,
            vec![("image_url", photo), ("collaborators", "private.person")],
            400,
            110,
            2_207_018,
        ),
        (
            "a tag without a place",
            &media,
            vec![("image_url", photo), ("user_tags", r#"[{"username":"a"}]"#)],
            400,
            100,
            0,
        ),
        (
            "a location that is none",
            &media,
            vec![("image_url", photo), ("location_id", "here")],
            400,
            100,
            0,
        ),
        (
            "a carousel of one",
            &media,
            vec![("media_type", "CAROUSEL"), ("children", &child)],
            400,
            100,
            2_207_028,
        ),
        (
            "a carousel of eleven",
            &media,
            vec![("media_type", "CAROUSEL"), ("children", &eleven)],
            400,
            100,
            2_207_028,
        ),
        (
            "a carousel with a post of its own",
            &media,
            vec![("media_type", "CAROUSEL"), ("children", &with_single)],
            400,
            100,
            2_207_023,
        ),
        (
            "resumable with this login",
            &media,
            vec![("media_type", "REELS"), ("upload_type", "resumable")],
            400,
            100,
            0,
        ),
        ("publishing nothing", &publish, vec![], 400, 100, 0),
        (
            "publishing what is not there",
            &publish,
            vec![("creation_id", "17890000000000000")],
            400,
            24,
            2_207_008,
        ),
        ("publishing an item", &publish, vec![("creation_id", &child)], 400, 24, 2_207_006),
        (
            "a comment on nothing",
            "17990000000000000/comments",
            vec![("message", "m")],
            400,
            100,
            33,
        ),
    ];
    for (name, path, fields, status, code, subcode) in cases {
        let (got, body) = it.post(path, &fields).await;
        assert_eq!((got, code_of(&body)), (status, (code, subcode)), "{name}: {body}");
    }
    let (status, body) = it.stage.form(&format!("{GRAPH}/{media}"), &[("image_url", photo)]).await;
    assert_eq!((status, code_of(&body).0), (400, 104), "without a token: {body}");
    let (status, body) = it
        .stage
        .form(
            &format!("{GRAPH}/{media}"),
            &[("image_url", photo), ("access_token", &facebook_token)],
        )
        .await;
    assert_eq!((status, code_of(&body).0), (400, 190), "with the other login's token: {body}");
    assert!(it.stage.posts("instagram", CAFE).await.is_empty());
}

#[tokio::test]
async fn a_token_without_the_permission_or_the_role_cannot_publish() {
    let it = signed_by_facebook().await;
    let (_, poor) = it
        .stage
        .control(
            "tokens",
            json!({"network": "facebook", "kind": "user", "person": "ada", "scopes": ["instagram_basic"]}),
        )
        .await;
    let (_, stranger) = it
        .stage
        .control(
            "tokens",
            json!({"network": "facebook", "kind": "user", "person": "dmitri", "scopes": ["instagram_content_publish"]}),
        )
        .await;
    for (token, expected) in [(&poor, (403, (10, 0))), (&stranger, (400, (100, 33)))] {
        let fields = [
            ("image_url", it.media("photo.jpg")),
            ("access_token", token["value"].as_str().expect("a token").to_owned()),
        ];
        let (status, body) = it
            .stage
            .send(it.stage.request("POST", &format!("{FACEBOOK}/{CAFE}/media")).form(&fields))
            .await;
        assert_eq!((status, code_of(&body)), expected, "{body}");
    }
    it.stage
        .control(&format!("accounts/instagram/{CAFE}"), json!({"suspended": true}))
        .await;
    let (status, body) = it.post(&format!("{CAFE}/media"), &[("image_url", &it.media("photo.jpg"))]).await;
    assert_eq!((status, code_of(&body)), (400, (25, 2_207_050)));
}

#[tokio::test]
async fn an_image_is_published_once_with_either_login() {
    for it in [signed().await, signed_by_facebook().await] {
        let container = it
            .container(&[
                ("image_url", &it.media("photo.jpg")),
                ("caption", "Morning #coffee"),
                ("alt_text", "A cup"),
            ])
            .await;
        let (status, body) = it.publish(&container).await;
        assert_eq!((status, code_of(&body)), (400, (9_007, 2_207_027)), "not ready yet");
        assert_eq!(
            it.settled(&container).await["status"],
            "Finished: Media has been uploaded and it is ready to be published."
        );
        let (status, body) = it.publish(&container).await;
        assert_eq!(status, 200, "{body}");
        let media = body["id"].as_str().expect("a media id").to_owned();
        assert_ne!(media, container);
        let (status, body) = it.publish(&container).await;
        assert_eq!((status, code_of(&body)), (400, (9_007, 2_207_027)), "a container is published once");
        assert_eq!(it.settled(&container).await["status_code"], "PUBLISHED");
        let node = it
            .read(
                &media,
                "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,alt_text",
            )
            .await;
        assert_eq!(
            (&node["caption"], &node["media_product_type"], &node["alt_text"]),
            (&json!("Morning #coffee"), &json!("FEED"), &json!("A cup"))
        );
        let shortcode = node["shortcode"].as_str().expect("a shortcode");
        assert_eq!(node["permalink"], format!("https://www.instagram.com/p/{shortcode}/"));
        let (status, comment) = it.post(&format!("{media}/comments"), &[("message", "First")]).await;
        assert_eq!(status, 200, "{comment}");
        assert_eq!(
            it.read(&format!("{media}/comments"), "id,text").await["data"][0]["id"],
            comment["id"]
        );
        assert_eq!(
            it.read(&format!("{}/media", it.account), "id,caption").await["data"][0]["id"],
            json!(media)
        );
        assert_eq!(it.stage.posts("instagram", CAFE).await.len(), 1);
    }
}

#[tokio::test]
async fn reels_and_stories_are_fetched_processed_and_published() {
    let it = signed().await;
    let reel = it
        .published(&[
            ("media_type", "REELS"),
            ("video_url", &it.media("reel.mp4")),
            ("caption", "Run"),
            ("cover_url", &it.media("photo.jpg")),
        ])
        .await;
    let node = it.read(&reel, "media_type,media_product_type,permalink").await;
    assert_eq!(
        (&node["media_type"], &node["media_product_type"]),
        (&json!("VIDEO"), &json!("REELS"))
    );
    assert!(
        node["permalink"]
            .as_str()
            .expect("a permalink")
            .starts_with("https://www.instagram.com/reel/")
    );
    for (name, field) in [("reel.mp4", "video_url"), ("photo.jpg", "image_url")] {
        it.published(&[("media_type", "STORIES"), (field, &it.media(name))]).await;
    }
    assert_eq!(
        it.read(&format!("{CAFE}/stories"), "id").await["data"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        it.read(&format!("{CAFE}/media"), "id").await["data"].as_array().map(Vec::len),
        Some(1),
        "stories are listed by themselves"
    );
    it.stage.advance_ms(86_400_000).await;
    assert_eq!(it.read(&format!("{CAFE}/stories"), "id").await["data"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_a_video_shows_in_the_status() {
    let it = signed().await;
    for (name, subcode) in [("missing.mp4", "2207052"), ("page.html", "2207026"), ("long.mp4", "2207026")] {
        let container = it.container(&[("media_type", "REELS"), ("video_url", &it.media(name))]).await;
        let node = it.settled(&container).await;
        assert_eq!(node["status_code"], "ERROR", "{name}");
        assert!(node["status"].as_str().expect("a text").ends_with(subcode), "{name}: {node}");
        let (status, body) = it.publish(&container).await;
        assert_eq!((status, code_of(&body)), (400, (24, 2_207_006)));
    }
}

#[tokio::test]
async fn a_carousel_is_made_of_items_that_are_ready() {
    let it = signed().await;
    let photo = it
        .ready(&[
            ("image_url", &it.media("photo.jpg")),
            ("is_carousel_item", "true"),
            ("alt_text", "One"),
        ])
        .await;
    let video = it
        .container(&[
            ("media_type", "VIDEO"),
            ("video_url", &it.media("reel.mp4")),
            ("is_carousel_item", "true"),
        ])
        .await;
    let children = format!("{photo},{video}");
    let (status, body) = it
        .post(&format!("{CAFE}/media"), &[("media_type", "CAROUSEL"), ("children", &children)])
        .await;
    assert_eq!((status, code_of(&body)), (400, (9_007, 2_207_027)), "an item is still in progress");
    it.settled(&video).await;
    let media = it
        .published(&[("media_type", "CAROUSEL"), ("children", &children), ("caption", "Both")])
        .await;
    let node = it.read(&media, "media_type,children{id,media_type}").await;
    assert_eq!(
        (&node["media_type"], &node["children"]["data"][1]["media_type"]),
        (&json!("CAROUSEL_ALBUM"), &json!("VIDEO"))
    );
    let post = &it.stage.posts("instagram", CAFE).await[0];
    assert_eq!(
        (&post["text"], &post["media"][0]["alt"], post["media"].as_array().map(Vec::len)),
        (&json!("Both"), &json!("One"), Some(2))
    );
}

#[tokio::test]
async fn bytes_go_to_the_upload_host_with_facebooks_login() {
    let it = signed_by_facebook().await;
    let video = mp4(12_000, 1_080, 1_920, 30_000);
    let (_, opened) = it
        .post(
            &format!("{CAFE}/media"),
            &[("media_type", "REELS"), ("upload_type", "resumable"), ("caption", "Bytes")],
        )
        .await;
    let (id, uri) = (
        opened["id"].as_str().expect("a container").to_owned(),
        opened["uri"].as_str().expect("an address").to_owned(),
    );
    assert!(uri.contains("/rupload.facebook.com/ig-api-upload/v25.0/"), "{uri}");
    let oauth = format!("OAuth {}", it.token);
    let send = async |auth: &str, offset: usize, piece: &[u8]| {
        let request = it
            .stage
            .request("POST", &uri)
            .header("authorization", auth)
            .header("offset", offset)
            .header("file_size", video.len());
        it.stage.send(request.body(piece.to_vec())).await
    };
    assert_eq!(send("Bearer nonsense", 0, &video).await.0, 401);
    assert_eq!(
        send(&oauth, 0, &video[..10_000]).await.1["debug_info"]["type"],
        "PartialRequestError"
    );
    let node = it.read(&id, "id,status,status_code,video_status").await;
    assert_eq!(node["video_status"]["uploading_phase"]["bytes_transferred"], 10_000);
    assert_eq!(
        send(&oauth, 10_000, &video[10_000..]).await,
        (200, json!({"success": true, "message": "Upload successful."}))
    );
    assert_eq!(it.settled(&id).await["status_code"], "FINISHED");
    assert_eq!(it.publish(&id).await.0, 200);
    assert_eq!(it.stage.posts("instagram", CAFE).await[0]["media"][0]["bytes"], video.len());
}

#[tokio::test]
async fn a_container_lives_a_day_and_quotas_hold() {
    let it = signed().await;
    let photo = it.media("photo.jpg");
    let container = it.ready(&[("image_url", &photo)]).await;
    it.stage
        .control("quota", json!({"network": "instagram", "account": CAFE, "total": 2, "used": 1}))
        .await;
    it.published(&[("image_url", &photo)]).await;
    let limit = it.read(&format!("{CAFE}/content_publishing_limit"), "quota_usage,config").await;
    assert_eq!(
        limit["data"][0],
        json!({"quota_usage": 2, "config": {"quota_total": 2, "quota_duration": 86_400}})
    );
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body)), (400, (9, 2_207_042)));
    it.stage.advance_ms(86_400_000).await;
    assert_eq!(it.read(&container, "status_code").await["status_code"], "EXPIRED");
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body)), (400, (-2, 2_207_020)));
}

#[tokio::test]
async fn four_hundred_containers_a_day_are_the_most() {
    let it = signed_by_facebook().await;
    for _ in 0..400 {
        it.container(&[("media_type", "REELS"), ("upload_type", "resumable")]).await;
    }
    let (status, body) = it
        .post(&format!("{CAFE}/media"), &[("media_type", "REELS"), ("upload_type", "resumable")])
        .await;
    assert_eq!((status, code_of(&body)), (400, (9, 2_207_042)));
}

#[tokio::test]
async fn media_can_be_deleted_with_facebooks_login_only() {
    let it = signed_by_facebook().await;
    let media = it.published(&[("image_url", &it.media("photo.jpg"))]).await;
    let (status, _) = it
        .stage
        .send(it.stage.request("DELETE", &format!("{FACEBOOK}/{media}?access_token={}", it.token)))
        .await;
    assert_eq!(status, 200);
    assert!(it.stage.posts("instagram", CAFE).await.is_empty());
    let stage = Stage::start().await;
    let token = long_token(&stage, RUNS).await;
    let (status, body) = stage
        .send(stage.request("DELETE", &format!("{GRAPH}/17990000000000001?access_token={token}")))
        .await;
    assert_eq!((status, code_of(&body)), (400, (100, 33)));
}
