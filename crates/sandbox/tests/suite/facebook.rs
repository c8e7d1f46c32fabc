//! Facebook as a plain HTTP client meets it.

use crate::stage::{PROCESSING_MS, START_US, Stage, code_of, jpeg, mp4, query_value};
use serde_json::{Value, json};

const GRAPH: &str = "graph.facebook.com/v25.0";
const CAFE: &str = "104233000000001";
const MARKET: &str = "104233000000003";
const APP: &str = "4711";
const SECRET: &str = "s3cret";
const BACK: &str = "https://planner.example/callback";
const SCOPES: &str = "pages_show_list,pages_manage_posts,pages_read_engagement,pages_manage_engagement,instagram_basic";

struct Signed {
    stage: Stage,
    user: String,
    page: String,
}

async fn code(stage: &Stage, form: &[(&str, &str)]) -> String {
    let query = [("client_id", APP), ("redirect_uri", BACK), ("state", "xyz"), ("scope", SCOPES)];
    let back = stage.dialog("www.facebook.com/v25.0/dialog/oauth", &query, form).await;
    assert!(back.starts_with(BACK) && back.ends_with("#_=_"), "{back}");
    assert_eq!(query_value(&back, "state"), "xyz");
    query_value(&back, "code")
}

async fn user_token(stage: &Stage, form: &[(&str, &str)]) -> String {
    let code = code(stage, form).await;
    let exchange = [
        ("client_id", APP),
        ("client_secret", SECRET),
        ("redirect_uri", BACK),
        ("code", &code),
    ];
    let (status, short) = stage.get(&format!("{GRAPH}/oauth/access_token"), &exchange).await;
    assert_eq!((status, &short["token_type"]), (200, &json!("bearer")), "{short}");
    let short = short["access_token"].as_str().expect("a token");
    let exchange = [
        ("grant_type", "fb_exchange_token"),
        ("client_id", APP),
        ("client_secret", SECRET),
        ("fb_exchange_token", short),
    ];
    let (status, long) = stage.get(&format!("{GRAPH}/oauth/access_token"), &exchange).await;
    assert_eq!((status, &long["expires_in"]), (200, &json!(5_184_000)));
    long["access_token"].as_str().expect("a token").to_owned()
}

async fn page_token(stage: &Stage, user: &str, page: &str) -> String {
    let (_, pages) = stage
        .get(
            &format!("{GRAPH}/me/accounts"),
            &[("fields", "id,access_token"), ("access_token", user)],
        )
        .await;
    let found = pages["data"].as_array().expect("pages").iter().find(|item| item["id"] == page);
    found.expect("the Page")["access_token"].as_str().expect("a Page token").to_owned()
}

async fn signed() -> Signed {
    let stage = Stage::start().await;
    let user = user_token(&stage, &[("person", "ada"), ("decision", "continue")]).await;
    let page = page_token(&stage, &user, CAFE).await;
    Signed { stage, user, page }
}

impl Signed {
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let fields: Vec<_> = fields.iter().copied().chain([("access_token", self.page.as_str())]).collect();
        self.stage.form(&format!("{GRAPH}/{path}"), &fields).await
    }

    async fn read(&self, path: &str, fields: &str) -> Value {
        let (status, body) = self
            .stage
            .get(&format!("{GRAPH}/{path}"), &[("fields", fields), ("access_token", &self.page)])
            .await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn id(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let (status, body) = self.post(path, fields).await;
        assert_eq!(status, 200, "{body}");
        body["id"]
            .as_str()
            .or(body["video_id"].as_str())
            .or(body["post_id"].as_str())
            .expect("an id")
            .to_owned()
    }
}

#[tokio::test]
async fn a_person_signs_in_and_the_pages_come_with_tasks_and_the_linked_account() {
    let it = signed().await;
    let fields = "id,name,tasks,access_token,picture.type(large){url},instagram_business_account{id,username}";
    let (_, pages) = it
        .stage
        .get(&format!("{GRAPH}/me/accounts"), &[("fields", fields), ("access_token", &it.user)])
        .await;
    let pages = pages["data"].as_array().expect("pages");
    assert_eq!(
        pages.iter().map(|page| page["id"].as_str().expect("an id")).collect::<Vec<_>>(),
        [CAFE, "104233000000002", MARKET]
    );
    assert_eq!(pages[0]["instagram_business_account"]["username"], "blue.cafe");
    assert_eq!(pages[2]["tasks"], json!(["ANALYZE"]));
    assert!(pages[2].get("instagram_business_account").is_none());
    let (_, me) = it
        .stage
        .get(&format!("{GRAPH}/me"), &[("fields", "id,name,picture"), ("access_token", &it.user)])
        .await;
    assert_eq!(me["name"], "Ada Brandt");
    let app_token = format!("{APP}|{SECRET}");
    let (_, debug) = it
        .stage
        .get(
            &format!("{GRAPH}/debug_token"),
            &[("input_token", &it.page), ("access_token", &app_token)],
        )
        .await;
    assert_eq!(
        (&debug["data"]["type"], &debug["data"]["expires_at"], &debug["data"]["is_valid"]),
        (&json!("PAGE"), &json!(0), &json!(true))
    );
}

#[tokio::test]
async fn a_person_may_cancel_refuse_a_permission_or_leave_out_a_page() {
    let stage = Stage::start().await;
    let query = [("client_id", APP), ("redirect_uri", BACK), ("state", "a b"), ("scope", SCOPES)];
    let back = stage
        .dialog("www.facebook.com/v25.0/dialog/oauth", &query, &[("decision", "cancel")])
        .await;
    let told: Vec<_> = ["error", "error_code", "error_description", "error_reason", "state"]
        .iter()
        .map(|name| query_value(&back, name))
        .collect();
    assert_eq!(told, ["access_denied", "200", "Permissions error", "user_denied", "a b"]);
    let form = [
        ("person", "ada"),
        ("decision", "continue"),
        ("account", CAFE),
        ("permission", "pages_show_list"),
        ("permission", "pages_read_engagement"),
    ];
    let user = user_token(&stage, &form).await;
    let (_, pages) = stage.get(&format!("{GRAPH}/me/accounts"), &[("access_token", &user)]).await;
    assert_eq!(pages["data"].as_array().map(Vec::len), Some(1));
    let (_, permissions) = stage.get(&format!("{GRAPH}/me/permissions"), &[("access_token", &user)]).await;
    let declined = json!({"permission": "pages_manage_posts", "status": "declined"});
    assert!(
        permissions["data"].as_array().expect("permissions").contains(&declined),
        "{permissions}"
    );
    let page = page_token(&stage, &user, CAFE).await;
    let (status, refused) = stage
        .form(&format!("{GRAPH}/{CAFE}/feed"), &[("message", "hello"), ("access_token", &page)])
        .await;
    assert_eq!((status, code_of(&refused).0), (403, 200));
}

#[tokio::test]
async fn wrong_requests_are_refused_as_documented() {
    let it = signed().await;
    let (user, page) = (it.user.as_str(), it.page.as_str());
    let no_photo = format!("{}/missing.jpg", it.stage.media);
    let not_a_photo = format!("{}/page.html", it.stage.media);
    let no_video = format!("{}/missing.mp4", it.stage.media);
    let long = "x".repeat(63_207);
    let soon = (START_US / 1_000_000 + 60).to_string();
    let eleven = json!((0..11).map(|index| json!({"media_fbid": index.to_string()})).collect::<Vec<_>>()).to_string();
    let other_page = page_token(&it.stage, user, "104233000000002").await;
    let market = page_token(&it.stage, user, MARKET).await;
    let feed = format!("{GRAPH}/{CAFE}/feed");
    let photos = format!("{GRAPH}/{CAFE}/photos");
    let videos = format!("graph-video.facebook.com/v25.0/{CAFE}/videos");
    let reels = format!("{GRAPH}/{CAFE}/video_reels");
    type Fields<'a> = Vec<(&'a str, &'a str)>;
    let cases: Vec<(&str, String, Fields<'_>, u16, i64, i64)> = vec![
        ("without a token", feed.clone(), vec![("message", "m")], 400, 104, 0),
        (
            "with a token that was never given",
            feed.clone(),
            vec![("message", "m"), ("access_token", "EAAnonsense")],
            400,
            190,
            0,
        ),
        (
            "with the user's token",
            feed.clone(),
            vec![("message", "m"), ("access_token", user)],
            403,
            210,
            0,
        ),
        (
            "with another Page's token",
            feed.clone(),
            vec![("message", "m"), ("access_token", &other_page)],
            400,
            100,
            33,
        ),
        (
            "without the task",
            format!("{GRAPH}/{MARKET}/feed"),
            vec![("message", "m"), ("access_token", &market)],
            403,
            200,
            0,
        ),
        (
            "on a Page that is not there",
            format!("{GRAPH}/999/feed"),
            vec![("message", "m"), ("access_token", page)],
            400,
            100,
            33,
        ),
        (
            "with a wrong proof",
            feed.clone(),
            vec![("message", "m"), ("access_token", page), ("appsecret_proof", "00")],
            400,
            100,
            0,
        ),
        ("saying nothing", feed.clone(), vec![("access_token", page)], 400, 100, 0),
        (
            "too long",
            feed.clone(),
            vec![("message", &long), ("access_token", page)],
            400,
            100,
            0,
        ),
        (
            "with a link that is none",
            feed.clone(),
            vec![("link", "::"), ("access_token", page)],
            400,
            100,
            2_061_006,
        ),
        (
            "with a link to Facebook",
            feed.clone(),
            vec![("link", "https://www.facebook.com/x"), ("access_token", page)],
            400,
            100,
            1_609_008,
        ),
        (
            "with a photo that is not there",
            feed.clone(),
            vec![("attached_media[0]", r#"{"media_fbid":"5"}"#), ("access_token", page)],
            400,
            100,
            33,
        ),
        (
            "with eleven photos",
            feed.clone(),
            vec![("attached_media", &eleven), ("access_token", page)],
            400,
            100,
            0,
        ),
        (
            "scheduled too soon",
            feed.clone(),
            vec![
                ("message", "m"),
                ("published", "false"),
                ("scheduled_publish_time", &soon),
                ("access_token", page),
            ],
            400,
            100,
            0,
        ),
        (
            "scheduled and published",
            feed.clone(),
            vec![("message", "m"), ("scheduled_publish_time", &soon), ("access_token", page)],
            400,
            100,
            0,
        ),
        (
            "with a boolean that is none",
            feed.clone(),
            vec![("message", "m"), ("published", "perhaps"), ("access_token", page)],
            400,
            100,
            0,
        ),
        (
            "a photo from nowhere",
            photos.clone(),
            vec![("url", &no_photo), ("access_token", page)],
            400,
            324,
            2_069_019,
        ),
        (
            "a photo that is a page",
            photos.clone(),
            vec![("url", &not_a_photo), ("access_token", page)],
            400,
            324,
            2_069_019,
        ),
        (
            "no photo at all",
            photos.clone(),
            vec![("caption", "c"), ("access_token", page)],
            400,
            324,
            0,
        ),
        (
            "a video from nowhere",
            videos.clone(),
            vec![("file_url", &no_video), ("access_token", page)],
            400,
            389,
            0,
        ),
        (
            "a video that is a page",
            videos.clone(),
            vec![("file_url", &not_a_photo), ("access_token", page)],
            400,
            6_000,
            0,
        ),
        (
            "a fetched video in pieces",
            videos.clone(),
            vec![("file_url", &no_video), ("upload_phase", "start"), ("access_token", page)],
            400,
            100,
            0,
        ),
        (
            "an empty video",
            videos.clone(),
            vec![("upload_phase", "start"), ("file_size", "0"), ("access_token", page)],
            400,
            382,
            0,
        ),
        ("a reel without a phase", reels.clone(), vec![("access_token", page)], 400, 100, 0),
        (
            "a reel that was never begun",
            reels.clone(),
            vec![
                ("upload_phase", "finish"),
                ("video_id", "5"),
                ("video_state", "PUBLISHED"),
                ("access_token", page),
            ],
            400,
            100,
            33,
        ),
        (
            "a story of no photo",
            format!("{GRAPH}/{CAFE}/photo_stories"),
            vec![("photo_id", "5"), ("access_token", page)],
            400,
            100,
            33,
        ),
        (
            "a comment on nothing",
            format!("{GRAPH}/{CAFE}_5/comments"),
            vec![("message", "m"), ("access_token", page)],
            400,
            100,
            33,
        ),
        (
            "publishing what is not there",
            format!("{GRAPH}/{CAFE}_5"),
            vec![("is_published", "true"), ("access_token", page)],
            400,
            100,
            33,
        ),
        (
            "at an edge that does not exist",
            format!("{GRAPH}/{CAFE}/nonsense"),
            vec![("access_token", page)],
            400,
            2_500,
            0,
        ),
        (
            "in a version to come",
            format!("graph.facebook.com/v99.0/{CAFE}/feed"),
            vec![("message", "m"), ("access_token", page)],
            400,
            2_635,
            0,
        ),
    ];
    for (name, address, fields, status, code, subcode) in cases {
        let (got, body) = it.stage.form(&address, &fields).await;
        assert_eq!((got, code_of(&body)), (status, (code, subcode)), "{name}: {body}");
        assert!(
            body["error"]["fbtrace_id"].is_string() && body["error"]["type"].is_string(),
            "{name}"
        );
    }
    assert!(it.stage.posts("facebook", CAFE).await.is_empty(), "nothing refused is ever seen");
    let (status, body) = it
        .stage
        .get(
            &format!("{GRAPH}/{CAFE}/published_posts"),
            &[("fields", "id,nonsense"), ("access_token", page)],
        )
        .await;
    assert_eq!(status, 200, "an empty list has no fields: {body}");
}

#[tokio::test]
async fn codes_and_tokens_that_are_used_expired_or_not_the_apps_are_refused() {
    let stage = Stage::start().await;
    let token_url = format!("{GRAPH}/oauth/access_token");
    let used = code(&stage, &[("person", "ada"), ("decision", "continue")]).await;
    let with = |code: &str, secret: &str, back: &str| {
        let fields = [
            ("client_id", APP),
            ("client_secret", secret),
            ("redirect_uri", back),
            ("code", code),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let ask = async |fields: [(String, String); 4]| stage.send(stage.request("GET", &token_url).query(&fields)).await;
    let (status, body) = ask(with(&used, SECRET, "https://planner.example/other")).await;
    assert_eq!((status, code_of(&body)), (400, (100, 36_008)));
    assert_eq!(ask(with(&used, SECRET, BACK)).await.0, 200);
    assert_eq!(code_of(&ask(with(&used, SECRET, BACK)).await.1), (100, 36_009));
    let (status, body) = ask(with(&used, "another", BACK)).await;
    assert_eq!(
        (status, body["error"]["message"].as_str()),
        (400, Some("Error validating client secret."))
    );
    let late = code(&stage, &[("person", "ada"), ("decision", "continue")]).await;
    stage.advance_ms(601_000).await;
    assert_eq!(code_of(&ask(with(&late, SECRET, BACK)).await.1), (100, 36_007));
    let user = user_token(&stage, &[("person", "ada"), ("decision", "continue")]).await;
    let page = page_token(&stage, &user, CAFE).await;
    for (reason, subcode) in [
        ("password_changed", 460),
        ("checkpoint", 459),
        ("app_removed", 458),
        ("page_role_lost", 492),
    ] {
        stage.control("tokens/revoke", json!({"token": page, "reason": reason})).await;
        let (status, body) = stage.get(&format!("{GRAPH}/me"), &[("access_token", &page)]).await;
        assert_eq!((status, code_of(&body)), (401, (190, subcode)));
    }
    stage.advance_ms(61 * 86_400_000).await;
    let (status, body) = stage.get(&format!("{GRAPH}/me"), &[("access_token", &user)]).await;
    assert_eq!((status, code_of(&body)), (401, (190, 463)));
}

#[tokio::test]
async fn a_person_who_takes_the_permission_back_kills_every_token() {
    let it = signed().await;
    let (status, _) = it
        .stage
        .send(
            it.stage
                .request("DELETE", &format!("{GRAPH}/me/permissions?access_token={}", it.user)),
        )
        .await;
    assert_eq!(status, 200);
    let (status, body) = it.post(&format!("{CAFE}/feed"), &[("message", "m")]).await;
    assert_eq!((status, code_of(&body)), (401, (190, 458)));
}

#[tokio::test]
async fn a_text_and_a_link_are_published_read_back_and_deleted() {
    let it = signed().await;
    let text = it.id(&format!("{CAFE}/feed"), &[("message", "Good morning ☕")]).await;
    let (_, link) = it
        .post(
            &format!("{CAFE}/feed?fields=id,permalink_url"),
            &[("message", "Read"), ("link", "https://example.com/a")],
        )
        .await;
    assert!(
        link["permalink_url"]
            .as_str()
            .expect("a permalink")
            .starts_with("https://www.facebook.com/bluecafe/posts/")
    );
    let listed = it
        .read(
            &format!("{CAFE}/published_posts"),
            "id,message,created_time,permalink_url,attachments",
        )
        .await;
    assert_eq!(listed["data"][0]["id"], link["id"]);
    assert_eq!(
        listed["data"][0]["attachments"]["data"][0]["unshimmed_url"],
        "https://example.com/a"
    );
    assert_eq!(listed["data"][1]["message"], "Good morning ☕");
    let (status, body) = it
        .post(&format!("{CAFE}/feed"), &[("message", "Read"), ("link", "https://example.com/a")])
        .await;
    assert_eq!((status, code_of(&body)), (400, (506, 0)), "the same again is a duplicate");
    let (status, _) = it
        .stage
        .send(it.stage.request("DELETE", &format!("{GRAPH}/{text}?access_token={}", it.page)))
        .await;
    assert_eq!(status, 200);
    assert_eq!(it.stage.posts("facebook", CAFE).await.len(), 1);
}

#[tokio::test]
async fn an_unpublished_post_is_seen_by_nobody_until_it_is_published_and_that_may_be_repeated() {
    let it = signed().await;
    let photos = [
        it.id(
            &format!("{CAFE}/photos"),
            &[
                ("url", &format!("{}/photo.jpg", it.stage.media)),
                ("published", "false"),
                ("alt_text_custom", "A cup"),
            ],
        )
        .await,
        it.id(
            &format!("{CAFE}/photos"),
            &[("url", &format!("{}/picture.png", it.stage.media)), ("published", "false")],
        )
        .await,
    ];
    let attached = json!(photos.iter().map(|id| json!({"media_fbid": id})).collect::<Vec<_>>()).to_string();
    let post = it
        .id(
            &format!("{CAFE}/feed"),
            &[("message", "Two"), ("attached_media", &attached), ("published", "false")],
        )
        .await;
    assert_eq!(it.stage.posts("facebook", CAFE).await[0]["state"], "hidden");
    assert_eq!(it.read(&format!("{CAFE}/published_posts"), "id").await["data"], json!([]));
    for _ in 0..2 {
        assert_eq!(it.post(&post, &[("is_published", "true")]).await, (200, json!({"success": true})));
    }
    let posts = it.stage.posts("facebook", CAFE).await;
    assert_eq!(
        (posts.len(), &posts[0]["state"], &posts[0]["media"][0]["alt"]),
        (1, &json!("published"), &json!("A cup"))
    );
    assert_eq!(it.read(&post, "is_published").await["is_published"], true);
    let (status, body) = it.post(&format!("{CAFE}/feed"), &[("attached_media", &attached)]).await;
    assert_eq!((status, code_of(&body)), (400, (100, 1_366_051)), "photos stand in one post only");
    let comment = it.id(&format!("{post}/comments"), &[("message", "First!")]).await;
    assert_eq!(it.read(&format!("{post}/comments"), "id").await["data"][0]["id"], json!(comment));
}

#[tokio::test]
async fn drafts_stay_drafts_and_a_native_schedule_comes_due() {
    let it = signed().await;
    it.id(
        &format!("{CAFE}/feed"),
        &[("message", "Later"), ("published", "false"), ("unpublished_content_type", "DRAFT")],
    )
    .await;
    let at = (START_US / 1_000_000 + 3_600).to_string();
    it.id(
        &format!("{CAFE}/feed"),
        &[("message", "At one"), ("published", "false"), ("scheduled_publish_time", &at)],
    )
    .await;
    assert_eq!(
        it.read(&format!("{CAFE}/scheduled_posts"), "id,message").await["data"][0]["message"],
        "At one"
    );
    it.stage.advance_ms(3_700_000).await;
    let listed = it.read(&format!("{CAFE}/published_posts"), "message").await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    let states: Vec<_> = it
        .stage
        .posts("facebook", CAFE)
        .await
        .iter()
        .map(|post| post["state"].clone())
        .collect();
    assert_eq!(states, [json!("draft"), json!("published")]);
}

#[tokio::test]
async fn a_photo_may_be_sent_as_bytes() {
    let it = signed().await;
    let bytes = jpeg(64, 48);
    let part = reqwest::multipart::Part::bytes(bytes.clone())
        .file_name("a.jpg")
        .mime_str("image/jpeg")
        .expect("a part");
    let form = reqwest::multipart::Form::new()
        .text("caption", "Bytes")
        .text("access_token", it.page.clone())
        .part("source", part);
    let (status, body) = it
        .stage
        .send(it.stage.request("POST", &format!("{GRAPH}/{CAFE}/photos")).multipart(form))
        .await;
    assert_eq!(status, 200, "{body}");
    assert!(body["post_id"].as_str().expect("a post").starts_with(CAFE));
    let post = &it.stage.posts("facebook", CAFE).await[0];
    assert_eq!((&post["text"], &post["media"][0]["bytes"]), (&json!("Bytes"), &json!(bytes.len())));
}

#[tokio::test]
async fn a_video_in_pieces_resumes_where_it_stopped() {
    let it = signed().await;
    let video = mp4(20_000, 1_280, 720, 1_500_000);
    let path = format!("{CAFE}/videos");
    let (_, start) = it
        .post(&path, &[("upload_phase", "start"), ("file_size", &video.len().to_string())])
        .await;
    let session = start["upload_session_id"].as_str().expect("a session").to_owned();
    let send = async |offset: usize, piece: &[u8]| {
        let part = reqwest::multipart::Part::bytes(piece.to_vec()).file_name("piece");
        let form = reqwest::multipart::Form::new()
            .text("upload_phase", "transfer")
            .text("upload_session_id", session.clone())
            .text("start_offset", offset.to_string())
            .text("access_token", it.page.clone())
            .part("video_file_chunk", part);
        it.stage
            .send(it.stage.request("POST", &format!("{GRAPH}/{path}")).multipart(form))
            .await
    };
    let end: usize = start["end_offset"].as_str().and_then(|text| text.parse().ok()).expect("an offset");
    let (_, next) = send(0, &video[..end]).await;
    assert_eq!(next["start_offset"], end.to_string());
    let (status, body) = send(0, &video[..end]).await;
    assert_eq!((status, code_of(&body)), (400, (6_001, 1_363_037)));
    assert_eq!(body["error"]["error_data"]["start_offset"], end.to_string());
    let (status, body) = it.post(&path, &[("upload_phase", "finish"), ("upload_session_id", &session)]).await;
    assert_eq!((status, code_of(&body).0), (400, 6_000), "not all has arrived");
    assert_eq!(send(end, &video[end..]).await.0, 200);
    let finish = [
        ("upload_phase", "finish"),
        ("upload_session_id", &session),
        ("description", "Moving"),
    ];
    assert_eq!(it.post(&path, &finish).await.1, json!({"success": true}));
    let id = start["video_id"].as_str().expect("a video").to_owned();
    assert_eq!(it.read(&id, "status").await["status"]["video_status"], "processing");
    it.stage.advance_ms(PROCESSING_MS).await;
    let node = it.read(&id, "status,permalink_url,post_id,published").await;
    assert_eq!(
        (&node["status"]["video_status"], &node["published"]),
        (&json!("ready"), &json!(true))
    );
    assert!(node["permalink_url"].as_str().expect("a path").starts_with("/bluecafe/videos/"));
}

#[tokio::test]
async fn a_video_through_the_resumable_handle_and_one_by_address_are_published() {
    let it = signed().await;
    let video = mp4(20_000, 1_280, 720, 5_000);
    let length = video.len().to_string();
    let open = [
        ("file_name", "a.mp4"),
        ("file_length", &length),
        ("file_type", "video/mp4"),
        ("access_token", &it.user),
    ];
    let (_, opened) = it.stage.form(&format!("{GRAPH}/{APP}/uploads"), &open).await;
    let upload = format!("{GRAPH}/{}", opened["id"].as_str().expect("an upload"));
    let (status, _) = it
        .stage
        .send(
            it.stage
                .request("POST", &upload)
                .header("file_offset", "0")
                .bearer_auth(&it.user)
                .body(video.clone()),
        )
        .await;
    assert_eq!(status, 400, "only the OAuth scheme counts");
    let oauth = format!("OAuth {}", it.user);
    let (status, handle) = it
        .stage
        .send(
            it.stage
                .request("POST", &upload)
                .header("file_offset", "0")
                .header("authorization", &oauth)
                .body(video),
        )
        .await;
    assert_eq!(status, 200, "{handle}");
    let handle = handle["h"].as_str().expect("a handle").to_owned();
    it.id(
        &format!("{CAFE}/videos"),
        &[
            ("fbuploader_video_file_chunk", &handle),
            ("description", "By handle"),
            ("published", "false"),
        ],
    )
    .await;
    let id = it
        .id(
            &format!("{CAFE}/videos"),
            &[("file_url", &format!("{}/reel.mp4", it.stage.media)), ("description", "By address")],
        )
        .await;
    let posts = it.stage.posts("facebook", CAFE).await;
    assert_eq!(
        (&posts[0]["state"], &posts[1]["state"], &posts[1]["details"]["video_id"]),
        (&json!("hidden"), &json!("published"), &json!(id))
    );
}

#[tokio::test]
async fn a_reel_goes_up_in_two_parts_and_a_story_shows_its_media_once() {
    let it = signed().await;
    let video = mp4(12_000, 1_080, 1_920, 50_000);
    let (_, start) = it.post(&format!("{CAFE}/video_reels"), &[("upload_phase", "start")]).await;
    let id = start["video_id"].as_str().expect("a video").to_owned();
    let url = start["upload_url"].as_str().expect("an address").to_owned();
    assert!(
        url.starts_with(&format!("{}/rupload.facebook.com/video-upload/v25.0/", it.stage.base)),
        "{url}"
    );
    let send = async |auth: &str, offset: usize, piece: &[u8]| {
        let request = it
            .stage
            .request("POST", &url)
            .header("authorization", auth)
            .header("offset", offset)
            .header("file_size", video.len());
        it.stage.send(request.body(piece.to_vec())).await
    };
    let oauth = format!("OAuth {}", it.page);
    assert_eq!(send(&format!("Bearer {}", it.page), 0, &video).await.0, 401);
    let (status, body) = send(&oauth, 0, &video[..20_000]).await;
    assert_eq!((status, &body["debug_info"]["type"]), (400, &json!("PartialRequestError")));
    let uploading = it.read(&id, "status").await;
    assert_eq!(uploading["status"]["uploading_phase"]["bytes_transfered"], 20_000);
    assert_eq!(send(&oauth, 5, &video).await.1["debug_info"]["type"], "OffsetInvalidError");
    assert_eq!(send(&oauth, 20_000, &video[20_000..]).await.1, json!({"success": true}));
    for _ in 0..2 {
        let finish = [
            ("upload_phase", "finish"),
            ("video_id", id.as_str()),
            ("video_state", "PUBLISHED"),
            ("description", "Reel"),
        ];
        assert_eq!(it.post(&format!("{CAFE}/video_reels"), &finish).await.1["success"], true);
    }
    it.stage.advance_ms(PROCESSING_MS).await;
    let node = it.read(&id, "status,permalink_url").await;
    assert_eq!(
        (&node["status"]["publishing_phase"]["status"], &node["permalink_url"]),
        (&json!("complete"), &json!(format!("/reel/{id}/")))
    );
    assert_eq!(it.stage.posts("facebook", CAFE).await.len(), 1, "finishing twice makes one reel");

    let photo = it
        .id(
            &format!("{CAFE}/photos"),
            &[("url", &format!("{}/photo.jpg", it.stage.media)), ("published", "false")],
        )
        .await;
    let story = it.id(&format!("{CAFE}/photo_stories"), &[("photo_id", &photo)]).await;
    let (status, body) = it.post(&format!("{CAFE}/photo_stories"), &[("photo_id", &photo)]).await;
    assert_eq!((status, code_of(&body)), (400, (100, 1_366_051)));
    let listed = it.read(&format!("{CAFE}/stories"), "post_id").await;
    assert_eq!(
        (&listed["data"][0]["post_id"], &listed["data"][0]["media_id"]),
        (&json!(story), &json!(photo))
    );
    it.stage.advance_ms(86_400_000).await;
    assert_eq!(it.read(&format!("{CAFE}/stories"), "post_id").await["data"], json!([]));
}

#[tokio::test]
async fn a_video_story_is_uploaded_and_finished() {
    let it = signed().await;
    let (_, start) = it.post(&format!("{CAFE}/video_stories"), &[("upload_phase", "start")]).await;
    let (url, id) = (
        start["upload_url"].as_str().expect("an address"),
        start["video_id"].as_str().expect("a video"),
    );
    let oauth = format!("OAuth {}", it.page);
    let fetched = it
        .stage
        .request("POST", url)
        .header("authorization", &oauth)
        .header("file_url", format!("{}/reel.mp4", it.stage.media));
    assert_eq!(it.stage.send(fetched).await.1, json!({"success": true}));
    let (status, body) = it
        .post(&format!("{CAFE}/video_stories"), &[("upload_phase", "finish"), ("video_id", id)])
        .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(it.stage.posts("facebook", CAFE).await[0]["type"], "story");
}

#[tokio::test]
async fn a_reel_that_cannot_be_processed_says_so_and_is_never_seen() {
    let it = signed().await;
    it.stage
        .fault(
            json!({"network": "facebook", "operation": "finish_reel"}),
            json!({"do": "fail_processing", "code": "1363128"}),
        )
        .await;
    let (_, start) = it.post(&format!("{CAFE}/video_reels"), &[("upload_phase", "start")]).await;
    let (url, id) = (
        start["upload_url"].as_str().expect("an address"),
        start["video_id"].as_str().expect("a video"),
    );
    let fetched = it
        .stage
        .request("POST", url)
        .header("authorization", format!("OAuth {}", it.page))
        .header("file_url", format!("{}/reel.mp4", it.stage.media));
    it.stage.send(fetched).await;
    it.post(
        &format!("{CAFE}/video_reels"),
        &[("upload_phase", "finish"), ("video_id", id), ("video_state", "PUBLISHED")],
    )
    .await;
    it.stage.advance_ms(PROCESSING_MS).await;
    let status = it.read(id, "status").await["status"].clone();
    assert_eq!(
        (&status["video_status"], &status["processing_phase"]["errors"][0]["code"]),
        (&json!("error"), &json!(1_363_128))
    );
    assert_eq!(it.stage.posts("facebook", CAFE).await[0]["state"], "hidden");
}

#[tokio::test]
async fn lists_come_in_pages_whose_next_address_stays_in_the_sandbox() {
    let it = signed().await;
    for index in 0..3 {
        it.id(&format!("{CAFE}/feed"), &[("message", &format!("Number {index}"))]).await;
    }
    let path = format!("{GRAPH}/{CAFE}/published_posts");
    let (_, first) = it
        .stage
        .get(&path, &[("fields", "message"), ("limit", "2"), ("access_token", &it.page)])
        .await;
    let next = first["paging"]["next"].as_str().expect("a next page").to_owned();
    assert!(next.starts_with(&it.stage.base));
    let (_, second) = it.stage.get(&next, &[]).await;
    assert_eq!(second["data"][0]["message"], "Number 0");
    assert!(second["paging"].get("next").is_none());
}

#[tokio::test]
async fn thirty_reels_a_day_are_the_most() {
    let it = signed().await;
    for _ in 0..30 {
        assert_eq!(it.post(&format!("{CAFE}/video_reels"), &[("upload_phase", "start")]).await.0, 200);
    }
    let (status, body) = it.post(&format!("{CAFE}/video_reels"), &[("upload_phase", "start")]).await;
    assert_eq!((status, code_of(&body).0), (400, 613));
}
