//! Threads as a plain HTTP client meets it.

use crate::stage::{PROCESSING_MS, Stage, code_of, query_value};
use serde_json::{Value, json};

const GRAPH: &str = "graph.threads.net/v1.0";
const PAGE: &str = "threads.com/oauth/authorize";
const CAFE: &str = "25000000000000001";
const STUDIO: &str = "25000000000000002";
const APP: &str = "4711";
const SECRET: &str = "threads-secret";
const BACK: &str = "https://planner.example/threads";
const SCOPES: &str =
    "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies,threads_delete,threads_location_tagging";

fn asking(scope: &str) -> [(&str, &str); 5] {
    [
        ("client_id", APP),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "s"),
    ]
}

async fn code(stage: &Stage, account: &str) -> String {
    let back = stage
        .dialog(PAGE, &asking(SCOPES), &[("person", account), ("decision", "continue")])
        .await;
    assert!(back.ends_with("#_"), "{back}");
    query_value(&back, "code")
}

fn exchanging(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", APP),
        ("client_secret", SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", BACK),
        ("code", code),
    ]
}

async fn short_token(stage: &Stage, account: &str) -> String {
    let code = code(stage, account).await;
    let (status, body) = stage.form("graph.threads.net/oauth/access_token", &exchanging(&code)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["user_id"].as_u64().is_some_and(|id| id > 1 << 53), "beyond 2^53: {body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

async fn long_token(stage: &Stage, account: &str) -> String {
    let short = short_token(stage, account).await;
    let exchange = [
        ("grant_type", "th_exchange_token"),
        ("client_secret", SECRET),
        ("access_token", &short),
    ];
    let (status, body) = stage.get("graph.threads.net/access_token", &exchange).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(5_183_944)), "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

struct Signed {
    stage: Stage,
    token: String,
}

async fn signed() -> Signed {
    let stage = Stage::start().await;
    let token = long_token(&stage, CAFE).await;
    Signed { stage, token }
}

impl Signed {
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let fields: Vec<_> = fields.iter().copied().chain([("access_token", self.token.as_str())]).collect();
        self.stage.form(&format!("{GRAPH}/{path}"), &fields).await
    }

    async fn ask(&self, path: &str, fields: &str) -> (u16, Value) {
        let query = [("fields", fields), ("access_token", &self.token)];
        self.stage.get(&format!("{GRAPH}/{path}"), &query).await
    }

    async fn read(&self, path: &str, fields: &str) -> Value {
        let (status, body) = self.ask(path, fields).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    fn media(&self, name: &str) -> String {
        format!("{}/{name}", self.stage.media)
    }

    async fn container(&self, fields: &[(&str, &str)]) -> String {
        let (status, body) = self.post("me/threads", fields).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().expect("a container").to_owned()
    }

    /// Asks for the status, a processing time later each time, until it is final.
    async fn settled(&self, container: &str) -> Value {
        for _ in 0..200 {
            let node = self.read(container, "status,error_message").await;
            if node["status"] != "IN_PROGRESS" {
                return node;
            }
            self.stage.advance_ms(PROCESSING_MS).await;
        }
        panic!("the container never settled");
    }

    async fn ready(&self, fields: &[(&str, &str)]) -> String {
        let id = self.container(fields).await;
        assert_eq!(self.settled(&id).await["status"], "FINISHED");
        id
    }

    async fn publish(&self, container: &str) -> (u16, Value) {
        self.post(&format!("{CAFE}/threads_publish"), &[("creation_id", container)]).await
    }

    async fn published(&self, fields: &[(&str, &str)]) -> String {
        let container = self.ready(fields).await;
        let (status, body) = self.publish(&container).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().expect("a media id").to_owned()
    }

    async fn say(&self, text: &str) -> String {
        self.published(&[("media_type", "TEXT"), ("text", text)]).await
    }
}

#[tokio::test]
async fn a_profile_signs_in_and_its_access_is_renewed_from_the_second_day_on() {
    let it = signed().await;
    let me = it
        .read("me", "id,username,name,threads_profile_picture_url,threads_biography,is_verified")
        .await;
    assert_eq!(
        (&me["id"], &me["username"], &me["name"]),
        (&json!(CAFE), &json!("blue.cafe"), &json!("Blue Café"))
    );
    let (status, body) = it.ask("me", "id,followers_count").await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (400, &json!("THApiException")),
        "no counts: {body}"
    );
    let refresh = async || {
        let query = [("grant_type", "th_refresh_token"), ("access_token", it.token.as_str())];
        it.stage.get("graph.threads.net/refresh_access_token", &query).await
    };
    assert_eq!(code_of(&refresh().await.1).0, 100, "a token must be a day old to be refreshed");
    it.stage.advance_ms(86_400_000).await;
    let (status, body) = refresh().await;
    assert_eq!((status, &body["token_type"]), (200, &json!("bearer")));
    it.stage.advance_ms(61 * 86_400_000).await;
    let (status, body) = it.ask("me", "id").await;
    assert_eq!((status, code_of(&body)), (401, (190, 463)));
    assert_eq!(refresh().await.0, 401, "what ended is not renewed");
}

#[tokio::test]
async fn both_names_of_the_host_answer_and_all_addresses_of_the_page() {
    let it = signed().await;
    for host in ["graph.threads.net", "graph.threads.com"] {
        let request = it.stage.request("GET", &format!("{host}/v1.0/me")).bearer_auth(&it.token);
        assert_eq!(it.stage.send(request).await.0, 200, "{host}");
        let (status, body) = it.stage.get(&format!("{host}/v25.0/me"), &[("access_token", &it.token)]).await;
        assert_eq!((status, code_of(&body).0), (400, 2500), "the version is fixed: {body}");
    }
    for host in ["threads.com", "threads.net", "www.threads.com", "www.threads.net"] {
        let (status, page) = it.stage.get(&format!("{host}/oauth/authorize"), &asking(SCOPES)).await;
        assert_eq!(status, 200, "{host}");
        assert!(
            page.as_str().is_some_and(|page| page.contains("nordlicht.studio")),
            "several profiles"
        );
    }
}

#[tokio::test]
async fn signing_in_is_cancelled_declined_or_refused_as_documented() {
    let stage = Stage::start().await;
    let back = stage.dialog(PAGE, &asking(SCOPES), &[("decision", "cancel")]).await;
    let told: Vec<_> = ["error", "error_reason", "error_description", "state"]
        .iter()
        .map(|name| query_value(&back, name))
        .collect();
    assert_eq!(told, ["access_denied", "user_denied", "The user denied your request", "s"]);
    for scope in ["", "threads_content_publish", "threads_basic,instagram_basic"] {
        assert_eq!(stage.get(PAGE, &asking(scope)).await.0, 400, "{scope}");
    }
    let code = code(&stage, CAFE).await;
    let wrong = |name: &'static str, value: &'static str| {
        let mut fields = exchanging(&code);
        for field in &mut fields {
            if field.0 == name {
                field.1 = value;
            }
        }
        fields
    };
    let at = "graph.threads.net/oauth/access_token";
    let (status, body) = stage.form(at, &wrong("code", "other")).await;
    let unknown = "Matching code was not found or was already used";
    assert_eq!(
        (status, body),
        (400, json!({"error_type": "OAuthException", "code": 400, "error_message": unknown}))
    );
    for (name, value) in [("redirect_uri", "https://planner.example/other"), ("grant_type", "password")] {
        assert_eq!(stage.form(at, &wrong(name, value)).await.0, 400, "{name}");
    }
    assert_eq!(stage.form(at, &exchanging(&code)).await.0, 200);
    let (status, body) = stage.form(at, &exchanging(&code)).await;
    assert_eq!((status, &body["error_message"]), (400, &json!(unknown)), "a code is good once");
    assert_eq!(stage.form(at, &wrong("client_secret", "another")).await.0, 400);

    // A declined permission shows in what is refused later; testers are told what was granted.
    let ticked = [("person", CAFE), ("permission", "threads_basic"), ("decision", "continue")];
    let back = stage.dialog(PAGE, &asking(SCOPES), &ticked).await;
    let declined = query_value(&back, "code");
    let (_, body) = stage.form(at, &exchanging(&declined)).await;
    let token = body["access_token"].as_str().expect("a token").to_owned();
    let words = [("media_type", "TEXT"), ("text", "x"), ("access_token", &token)];
    let (status, body) = stage.form(&format!("{GRAPH}/me/threads"), &words).await;
    assert_eq!((status, code_of(&body).0), (403, 10), "{body}");
    let query = [("input_token", token.as_str()), ("access_token", &token)];
    let (_, body) = stage.get(&format!("{GRAPH}/debug_token"), &query).await;
    assert_eq!(body["data"]["scopes"], json!(["threads_basic"]), "{body}");
    let token = long_token(&stage, STUDIO).await;
    let query = [("input_token", token.as_str()), ("access_token", &token)];
    let (status, body) = stage.get(&format!("{GRAPH}/debug_token"), &query).await;
    assert_eq!((status, code_of(&body).0), (403, 10), "not a tester: {body}");
}

#[tokio::test]
async fn wrong_requests_are_refused_as_documented() {
    let it = signed().await;
    let (photo, reel) = (it.media("photo.jpg"), it.media("reel.mp4"));
    let (photo, reel) = (photo.as_str(), reel.as_str());
    let (missing, page) = (it.media("missing.jpg"), it.media("page.html"));
    let item = it
        .ready(&[("media_type", "IMAGE"), ("image_url", photo), ("is_carousel_item", "true")])
        .await;
    let single = it.ready(&[("media_type", "IMAGE"), ("image_url", photo)]).await;
    let with_single = format!("{item},{single}");
    let many = [item.as_str(); 21].join(",");
    let (long, faces) = ("x".repeat(501), "🙂".repeat(126));
    let alt = "x".repeat(1_001);
    let links = (0..6).map(|number| format!("https://a.example/{number} ")).collect::<String>();
    let topic = "x".repeat(51);
    let long_option = json!({"option_a": "x".repeat(26), "option_b": "y"}).to_string();
    let text = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        [("media_type", "TEXT"), ("text", "t")]
            .into_iter()
            .chain(more.iter().copied())
            .collect()
    };
    let post = "me/threads";
    type Fields<'a> = Vec<(&'a str, &'a str)>;
    type Case<'a> = (&'a str, &'a str, Fields<'a>, (u16, i64, i64));
    let cases: Vec<Case<'_>> = vec![
        ("another's profile", "25000000000000002/threads", text(&[]), (400, 100, 33)),
        ("no type", post, vec![("text", "t")], (400, 100, 0)),
        ("an unknown type", post, vec![("media_type", "REELS"), ("text", "t")], (400, 100, 0)),
        ("a text without words", post, vec![("media_type", "TEXT")], (400, 100, 0)),
        ("501 characters", post, vec![("media_type", "TEXT"), ("text", &long)], (400, 100, 0)),
        (
            "126 faces of four bytes",
            post,
            vec![("media_type", "TEXT"), ("text", &faces)],
            (400, 100, 0),
        ),
        ("six links", post, vec![("media_type", "TEXT"), ("text", &links)], (400, 100, 0)),
        ("an image without an address", post, vec![("media_type", "IMAGE")], (400, 100, 0)),
        ("a video without an address", post, vec![("media_type", "VIDEO")], (400, 100, 0)),
        (
            "an image from nowhere",
            post,
            vec![("media_type", "IMAGE"), ("image_url", &missing)],
            (400, 9_004, 2_207_052),
        ),
        (
            "an image that is a page",
            post,
            vec![("media_type", "IMAGE"), ("image_url", &page)],
            (400, 9_004, 2_207_052),
        ),
        (
            "a long description",
            post,
            vec![("media_type", "IMAGE"), ("image_url", photo), ("alt_text", &alt)],
            (400, 100, 0),
        ),
        (
            "a link beside a picture",
            post,
            vec![
                ("media_type", "IMAGE"),
                ("image_url", photo),
                ("link_attachment", "https://a.example"),
            ],
            (400, 100, 0),
        ),
        (
            "a poll beside a video",
            post,
            vec![
                ("media_type", "VIDEO"),
                ("video_url", reel),
                ("poll_attachment", r#"{"option_a":"a","option_b":"b"}"#),
            ],
            (400, 100, 0),
        ),
        (
            "a poll of one",
            post,
            text(&[("poll_attachment", r#"{"option_a":"a"}"#)]),
            (400, 100, 0),
        ),
        (
            "a poll with a gap",
            post,
            text(&[("poll_attachment", r#"{"option_a":"a","option_b":"b","option_d":"d"}"#)]),
            (400, 100, 0),
        ),
        (
            "a long option",
            post,
            vec![("media_type", "TEXT"), ("text", "t"), ("poll_attachment", &long_option)],
            (400, 100, 0),
        ),
        (
            "a GIF of a provider that ended",
            post,
            text(&[("gif_attachment", r#"{"gif_id":"1","provider":"TENOR"}"#)]),
            (400, 100, 0),
        ),
        (
            "a poll and an attached text",
            post,
            text(&[
                ("poll_attachment", r#"{"option_a":"a","option_b":"b"}"#),
                ("text_attachment", r#"{"plaintext":"p"}"#),
            ]),
            (400, 100, 0),
        ),
        (
            "a long topic",
            post,
            vec![("media_type", "TEXT"), ("text", "t"), ("topic_tag", &topic)],
            (400, 100, 0),
        ),
        ("a topic with a dot", post, text(&[("topic_tag", "a.b")]), (400, 100, 0)),
        ("an unknown audience", post, text(&[("reply_control", "friends")]), (400, 100, 0)),
        (
            "approvals for a ghost",
            post,
            text(&[("is_ghost_post", "true"), ("enable_reply_approvals", "true")]),
            (400, 100, 0),
        ),
        (
            "an answer to nothing",
            post,
            text(&[("reply_to_id", "18000000000000000")]),
            (400, 100, 33),
        ),
        (
            "sharing without its permission",
            post,
            text(&[("crossreshare_to_ig", "true")]),
            (403, 10, 0),
        ),
        (
            "a picture that publishes itself",
            post,
            vec![("media_type", "IMAGE"), ("image_url", photo), ("auto_publish_text", "true")],
            (400, 100, 0),
        ),
        (
            "a carousel of one",
            post,
            vec![("media_type", "CAROUSEL"), ("children", &item)],
            (400, 100, 0),
        ),
        (
            "a carousel of 21",
            post,
            vec![("media_type", "CAROUSEL"), ("children", &many)],
            (400, 100, 0),
        ),
        (
            "a carousel with a post of its own",
            post,
            vec![("media_type", "CAROUSEL"), ("children", &with_single)],
            (400, 100, 0),
        ),
        ("publishing nothing", "me/threads_publish", vec![], (400, 100, 0)),
        (
            "publishing what is not there",
            "me/threads_publish",
            vec![("creation_id", "17800000000000000")],
            (400, 24, 4_279_009),
        ),
        (
            "publishing an item",
            "me/threads_publish",
            vec![("creation_id", &item)],
            (400, 100, 0),
        ),
    ];
    assert!(cases.len() >= 15);
    for (name, path, fields, (status, code, subcode)) in cases {
        let (got, body) = it.post(path, &fields).await;
        assert_eq!((got, code_of(&body)), (status, (code, subcode)), "{name}: {body}");
    }
    let (_, body) = it.post(post, &[("media_type", "TEXT"), ("text", &links)]).await;
    assert_eq!(body["error"]["message"], "THREADS_API__LINK_LIMIT_EXCEEDED");
    let alone = it.stage.form(&format!("{GRAPH}/{post}"), &text(&[])).await;
    assert_eq!((alone.0, code_of(&alone.1).0), (400, 104), "without a token");
    assert!(it.stage.posts("threads", CAFE).await.is_empty());
}

#[tokio::test]
async fn words_are_counted_as_documented() {
    let it = signed().await;
    it.say(&"🙂".repeat(125)).await;
    it.say(&"é".repeat(500)).await;
    let same = "https://a.example/1 ".repeat(6);
    it.say(&same).await;
    let posts = it.stage.posts("threads", CAFE).await;
    assert_eq!(posts.len(), 3);
    assert_eq!(posts.iter().filter(|post| post["link"] == "https://a.example/1").count(), 1);
    let tagged = it.say("Fresh #1 #bread. And #butter").await;
    assert_eq!(
        it.read(&tagged, "topic_tag").await["topic_tag"],
        "bread",
        "the first that is no number"
    );
}

#[tokio::test]
async fn a_container_becomes_one_post_and_says_so() {
    let it = signed().await;
    let container = it
        .container(&[
            ("media_type", "IMAGE"),
            ("image_url", &it.media("photo.jpg")),
            ("text", "Morning"),
            ("alt_text", "A cup"),
        ])
        .await;
    assert_eq!(it.read(&container, "status").await["status"], "IN_PROGRESS");
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body)), (400, (24, 4_279_009)), "not ready yet");
    assert_eq!(it.settled(&container).await["status"], "FINISHED");
    let (status, body) = it.publish(&container).await;
    assert_eq!(status, 200, "{body}");
    let media = body["id"].as_str().expect("a media id").to_owned();
    assert_ne!(media, container);
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body)), (400, (24, 4_279_009)), "a container is published once");
    assert_eq!(it.read(&container, "status").await["status"], "PUBLISHED");
    let (status, body) = it.ask(&media, "status").await;
    assert_eq!(
        (status, &body["error"]["type"], &body["error"]["message"]),
        (
            400,
            &json!("THApiException"),
            &json!("(#100) Tried accessing nonexisting field (status) on node type (ThreadsMedia)")
        )
    );
    let node = it
        .read(
            &media,
            "id,text,media_type,media_product_type,permalink,shortcode,alt_text,is_reply",
        )
        .await;
    assert_eq!(
        (&node["text"], &node["media_type"], &node["alt_text"], &node["is_reply"]),
        (&json!("Morning"), &json!("IMAGE"), &json!("A cup"), &json!(false))
    );
    let shortcode = node["shortcode"].as_str().expect("a shortcode");
    assert_eq!(node["permalink"], format!("https://www.threads.com/@blue.cafe/post/{shortcode}"));
    assert_eq!(it.read("me/threads", "id").await["data"][0]["id"], json!(media));
    assert_eq!(it.stage.posts("threads", CAFE).await.len(), 1);
}

#[tokio::test]
async fn a_container_lives_a_day() {
    let it = signed().await;
    let container = it.ready(&[("media_type", "TEXT"), ("text", "Old")]).await;
    it.stage.advance_ms(86_400_000).await;
    assert_eq!(it.read(&container, "status").await["status"], "EXPIRED");
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body)), (400, (24, 4_279_009)));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_shows_in_the_status() {
    let it = signed().await;
    for (kind, address, name, message) in [
        ("VIDEO", "video_url", "missing.mp4", "FAILED_DOWNLOADING_VIDEO"),
        ("VIDEO", "video_url", "page.html", "FAILED_PROCESSING_VIDEO"),
        ("VIDEO", "video_url", "long.mp4", "INVALID_DURATION"),
        ("IMAGE", "image_url", "huge.jpg", "UNKNOWN"),
    ] {
        let container = it.container(&[("media_type", kind), (address, &it.media(name))]).await;
        let node = it.settled(&container).await;
        assert_eq!(
            (&node["status"], &node["error_message"]),
            (&json!("ERROR"), &json!(message)),
            "{name}"
        );
        assert_eq!(code_of(&it.publish(&container).await.1), (24, 4_279_009), "{name}");
    }
    it.stage
        .fault(
            json!({"network": "threads", "operation": "create_container", "times": 1}),
            json!({"do": "fail_processing", "code": "INVALID_BIT_RATE"}),
        )
        .await;
    let container = it.container(&[("media_type", "VIDEO"), ("video_url", &it.media("reel.mp4"))]).await;
    assert_eq!(it.settled(&container).await["error_message"], "INVALID_BIT_RATE");
}

#[tokio::test]
async fn a_carousel_mixes_pictures_and_videos_that_are_ready() {
    let it = signed().await;
    let photo = it
        .ready(&[
            ("media_type", "IMAGE"),
            ("image_url", &it.media("picture.png")),
            ("is_carousel_item", "true"),
            ("alt_text", "One"),
        ])
        .await;
    let video = it
        .container(&[
            ("media_type", "VIDEO"),
            ("video_url", &it.media("reel.mp4")),
            ("is_carousel_item", "true"),
            ("alt_text", "Two"),
        ])
        .await;
    let children = format!("{photo},{video}");
    let carousel = [("media_type", "CAROUSEL"), ("children", children.as_str()), ("text", "Both")];
    assert_eq!(it.post("me/threads", &carousel).await.0, 400, "an item is still in progress");
    it.settled(&video).await;
    let media = it.published(&carousel).await;
    let node = it.read(&media, "media_type,children").await;
    assert_eq!(
        (&node["media_type"], node["children"]["data"].as_array().map(Vec::len)),
        (&json!("CAROUSEL_ALBUM"), Some(2))
    );
    assert_ne!(node["children"]["data"][0]["id"], json!(photo), "other ids than the containers'");
    let post = &it.stage.posts("threads", CAFE).await[0];
    assert_eq!(
        (&post["text"], &post["media"][0]["alt"], &post["media"][1]["alt"]),
        (&json!("Both"), &json!("One"), &json!("Two"))
    );
}

#[tokio::test]
async fn answers_hang_together_and_are_listed_by_themselves() {
    let it = signed().await;
    let first = it.say("First").await;
    let second = it
        .published(&[("media_type", "TEXT"), ("text", "Second"), ("reply_to_id", &first)])
        .await;
    let third = it
        .published(&[("media_type", "TEXT"), ("text", "Third"), ("reply_to_id", &second)])
        .await;
    let ids = async |path: &str| -> Vec<Value> {
        let list = it.read(path, "id").await;
        let data = list["data"].as_array().expect("a list");
        data.iter().map(|post| post["id"].clone()).collect()
    };
    assert_eq!(ids("me/threads").await, [json!(first)]);
    assert_eq!(ids("me/replies").await, [json!(third), json!(second)]);
    assert_eq!(ids(&format!("{first}/replies")).await, [json!(second)], "the top level only");
    assert_eq!(ids(&format!("{first}/conversation")).await, [json!(third), json!(second)]);
    let node = it.read(&third, "is_reply,replied_to,root_post").await;
    assert_eq!(
        (&node["is_reply"], &node["replied_to"]["id"], &node["root_post"]["id"]),
        (&json!(true), &json!(second), &json!(first))
    );
    // An answer to what was deleted in between finds nothing to answer.
    let late = it.ready(&[("media_type", "TEXT"), ("text", "Late"), ("reply_to_id", &third)]).await;
    let gone = it
        .stage
        .request("DELETE", &format!("{GRAPH}/{third}"))
        .query(&[("access_token", &it.token)]);
    assert_eq!(it.stage.send(gone).await, (200, json!({"success": true, "deleted_id": third})));
    assert_eq!(code_of(&it.publish(&late).await.1), (24, 4_279_009));
}

#[tokio::test]
async fn lists_lag_and_begin_where_asked() {
    let it = signed().await;
    it.say("Before").await;
    it.stage.advance_ms(60_000).await;
    let late = it.say("After").await;
    let since = (crate::stage::START_US / 1_000_000 + 30).to_string();
    let query = [("fields", "id"), ("since", &since), ("access_token", &it.token)];
    let (_, body) = it.stage.get(&format!("{GRAPH}/me/threads"), &query).await;
    assert_eq!(body["data"], json!([{"id": late}]));
    it.stage.advance_ms(10_000).await;
    it.stage.control("settings", json!({"list_lag_ms": 5_000})).await;
    it.say("Just now").await;
    assert_eq!(it.read("me/threads", "id").await["data"].as_array().map(Vec::len), Some(2));
    it.stage.advance_ms(5_000).await;
    assert_eq!(it.read("me/threads", "id").await["data"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn quotas_are_told_to_who_may_and_hold_at_publishing() {
    let it = signed().await;
    it.stage
        .control("quota", json!({"network": "threads", "account": CAFE, "total": 2, "used": 1}))
        .await;
    let post = it.say("One").await;
    it.published(&[("media_type", "TEXT"), ("text", "Answer"), ("reply_to_id", &post)])
        .await;
    let limit = it
        .read(
            "me/threads_publishing_limit",
            "quota_usage,config,reply_quota_usage,reply_config,delete_quota_usage,delete_config",
        )
        .await;
    let config = |total: u64| json!({"quota_total": total, "quota_duration": 86_400});
    assert_eq!(
        limit["data"],
        json!([{
            "quota_usage": 2, "config": config(2),
            "reply_quota_usage": 1, "reply_config": config(1_000),
            "delete_quota_usage": 0, "delete_config": config(100),
        }])
    );
    let container = it.ready(&[("media_type", "TEXT"), ("text", "Two")]).await;
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body).0), (400, 4), "{body}");
    it.stage.advance_ms(86_400_000).await;
    it.stage
        .control("quota", json!({"network": "threads", "account": CAFE, "total": 2, "used": 1}))
        .await;
    it.say("A day later").await;
    let wanted = json!({"network": "threads", "kind": "user", "person": "ada", "account": CAFE, "app": APP,
        "scopes": ["threads_basic", "threads_content_publish"]});
    let (_, poor) = it.stage.control("tokens", wanted).await;
    let poor = poor["value"].as_str().expect("a token");
    for (fields, status) in [("quota_usage", 200), ("reply_quota_usage", 403), ("delete_config", 403)] {
        let query = [("fields", fields), ("access_token", poor)];
        let (got, body) = it.stage.get(&format!("{GRAPH}/me/threads_publishing_limit"), &query).await;
        assert_eq!(got, status, "{fields}: {body}");
    }
}

#[tokio::test]
async fn words_alone_can_be_published_in_one_call_which_is_told_apart() {
    let it = signed().await;
    let at_once = [("media_type", "TEXT"), ("text", "At once"), ("auto_publish_text", "true")];
    let (status, body) = it.post("me/threads", &at_once).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(it.stage.posts("threads", CAFE).await[0]["id"], body["id"]);
    let (_, log) = it.stage.get("_sandbox/log", &[("commits", "true")]).await;
    assert_eq!(log["entries"][0]["operation"], "publish_text_at_once", "{log}");
}

#[tokio::test]
async fn a_refusal_can_be_false_and_the_post_live() {
    let it = signed().await;
    let container = it.ready(&[("media_type", "TEXT"), ("text", "Live")]).await;
    it.stage
        .fault(
            json!({"network": "threads", "operation": "publish", "times": 1}),
            json!({"do": "error", "name": "permission_missing_as_500", "processed": true}),
        )
        .await;
    let (status, body) = it.publish(&container).await;
    assert_eq!((status, code_of(&body).0), (500, 10));
    assert_eq!(it.read(&container, "status").await["status"], "PUBLISHED");
    it.stage
        .control(&format!("accounts/threads/{CAFE}"), json!({"suspended": true}))
        .await;
    let (status, body) = it.post("me/threads", &[("media_type", "TEXT"), ("text", "x")]).await;
    assert_eq!((status, code_of(&body).1), (400, 4_279_013));
}
