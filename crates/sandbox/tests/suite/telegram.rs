//! Telegram's twin: bots by their tokens, chats by number and name, rights, markup, albums, polls, files by bytes, address and id, and the pace of
//! a chat and of a bot.

use crate::twin::{Got, Twin};
use postrider_sandbox as _;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const API: &str = "api.telegram.org";
const ADA: &str = "7000000001:AAadaSandboxSandboxSandboxSandboxSa";
const BEN: &str = "7000000002:AAbenSandboxSandboxSandboxSandboxSa";
const CHIARA: &str = "7000000003:AAchiaraSandboxSandboxSandboxSandbo";
const BAKERY: &str = "-1001000000001";
const PRIVATE: &str = "-1001000000002";
const LOVERS: &str = "-1001000000004";
const CLUB: &str = "-4000000005";

struct Bot {
    twin: Twin,
    token: String,
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

fn mp4() -> Vec<u8> {
    b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec()
}

fn file(bytes: Vec<u8>, name: &str, mime: &str) -> Part {
    Part::bytes(bytes).file_name(name.to_owned()).mime_str(mime).unwrap()
}

fn jpeg() -> Part {
    file(picture(40, 30), "a.jpg", "image/jpeg")
}

fn film() -> Part {
    file(mp4(), "a.mp4", "video/mp4")
}

fn refused(got: &Got, status: u16, part: &str) {
    assert_eq!(got.status, status, "{}", got.text);
    assert_eq!(
        (&got.body["ok"], &got.body["error_code"]),
        (&json!(false), &json!(status)),
        "{}",
        got.text
    );
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

fn result(got: &Got) -> &Value {
    assert_eq!((got.status, &got.body["ok"]), (200, &json!(true)), "{}", got.text);
    &got.body["result"]
}

impl Bot {
    async fn start() -> Self {
        Self::of(Twin::start().await, ADA)
    }

    fn of(twin: Twin, token: &str) -> Self {
        Self {
            twin,
            token: token.to_owned(),
        }
    }

    fn url(&self, method: &str) -> String {
        format!("{}/{API}/bot{}/{method}", self.twin.base, self.token)
    }

    async fn get(&self, method: &str, query: &[(&str, &str)]) -> Got {
        self.twin.send(self.twin.http.get(self.url(method)).query(query)).await
    }

    async fn post(&self, method: &str, body: Value) -> Got {
        self.twin.send(self.twin.http.post(self.url(method)).json(&body)).await
    }

    async fn form(&self, method: &str, form: Form) -> Got {
        self.twin.send(self.twin.http.post(self.url(method)).multipart(form)).await
    }

    async fn say(&self, chat: &str, text: &str) -> Got {
        self.post("sendMessage", json!({"chat_id": chat, "text": text})).await
    }

    async fn posts(&self, chat: &str) -> Vec<Value> {
        self.twin.posts("telegram", chat).await
    }
}

#[tokio::test]
async fn a_token_says_who_the_bot_is_and_botfather_replaces_it() {
    let mut bot = Bot::start().await;
    let got = bot.get("getMe", &[]).await;
    let me = result(&got);
    assert_eq!(
        (&me["id"], &me["is_bot"], &me["username"]),
        (&json!(7_000_000_001_i64), &json!(true), &json!("harbour_planner_bot"))
    );
    assert_eq!(result(&bot.get("GETME", &[]).await)["id"], me["id"], "capitals do not matter");

    for (token, status, words) in [
        ("7000000001:AAanother", 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
        (":x", 404, "Not Found"),
    ] {
        bot.token = token.to_owned();
        refused(&bot.get("getMe", &[]).await, status, words);
    }
    bot.token = ADA.to_owned();
    refused(&bot.get("getEverything", &[]).await, 404, "method not found");

    let address = format!("{}/t.me/BotFather", bot.twin.base);
    let page = bot.twin.send(bot.twin.http.get(&address)).await;
    assert!(page.text.contains(ADA) && page.text.contains("@ben_planner_bot"), "{}", page.text);
    let given = bot.twin.send(bot.twin.http.post(&address).form(&[("bot", "7000000001")])).await;
    let token = given.text.lines().last().unwrap().to_owned();
    refused(&bot.get("getMe", &[]).await, 401, "Unauthorized");
    let (id, secret) = token.split_once(':').unwrap();
    assert_eq!((id, secret.len()), ("7000000001", 35));
    bot.token = token;
    assert_eq!(result(&bot.get("getMe", &[]).await)["username"], "harbour_planner_bot");
    let nobody = bot.twin.send(bot.twin.http.post(&address).form(&[("bot", "1")])).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn chats_are_found_by_number_and_name_and_private_ones_by_who_is_in_them() {
    let bot = Bot::start().await;
    let got = bot.get("getChat", &[("chat_id", "@HarbourBakery")]).await;
    let chat = result(&got);
    assert_eq!(
        (&chat["id"], &chat["type"], &chat["title"]),
        (&json!(-1_001_000_000_001_i64), &json!("channel"), &json!("Harbour Bakery"))
    );
    assert!(chat["permissions"].is_null() && chat["invite_link"].is_null(), "{chat}");
    let got = bot.get("getChat", &[("chat_id", PRIVATE)]).await;
    let hidden = result(&got);
    assert!(
        hidden["username"].is_null() && hidden["invite_link"].as_str().unwrap().starts_with("https://t.me/+"),
        "{hidden}"
    );
    let got = bot.get("getChat", &[("chat_id", LOVERS)]).await;
    let group = result(&got);
    assert_eq!(
        (&group["permissions"]["can_send_messages"], &group["permissions"]["can_send_polls"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(result(&bot.get("getChatMemberCount", &[("chat_id", BAKERY)]).await), &json!(230));

    for wrong in ["@nobody_here", "-1009999999999", "@"] {
        refused(&bot.get("getChat", &[("chat_id", wrong)]).await, 400, "chat not found");
    }
    refused(&bot.get("getChat", &[]).await, 400, "chat_id is empty");
    let stranger = Bot::of(bot.twin, BEN);
    refused(&stranger.get("getChat", &[("chat_id", PRIVATE)]).await, 400, "chat not found");
    assert_eq!(
        result(&stranger.get("getChat", &[("chat_id", BAKERY)]).await)["username"],
        "harbourbakery"
    );
}

#[tokio::test]
async fn rights_are_told_and_kept() {
    let bot = Bot::start().await;
    let member = |chat| bot.get("getChatMember", chat);
    let got = member(&[("chat_id", BAKERY), ("user_id", "7000000001")]).await;
    let told = result(&got);
    assert_eq!(
        (&told["status"], &told["can_post_messages"], &told["can_edit_messages"]),
        (&json!("administrator"), &json!(true), &json!(false))
    );
    let got = member(&[("chat_id", "-4000000007"), ("user_id", "7000000001")]).await;
    let told = result(&got);
    assert_eq!(
        (&told["status"], &told["can_send_messages"], &told["can_send_photos"]),
        (&json!("restricted"), &json!(false), &json!(true))
    );
    refused(&member(&[("chat_id", BAKERY), ("user_id", "5")]).await, 400, "user not found");
    refused(
        &member(&[("chat_id", "@old_oven"), ("user_id", "7000000001")]).await,
        403,
        "bot was kicked",
    );
    refused(&bot.say("@old_oven", "Hi").await, 403, "bot was kicked from the channel chat");
    refused(&bot.say("@benruns", "Hi").await, 403, "bot is not a member of the channel chat");
    refused(&bot.say("-4000000007", "Hi").await, 400, "not enough rights to send text messages");
    refused(
        &bot.post("sendPoll", json!({"chat_id": LOVERS, "question": "Tea?", "options": ["Yes", "No"]}))
            .await,
        400,
        "not enough rights to send polls",
    );
    result(&bot.say(LOVERS, "Hi").await);

    let chiara = Bot::of(bot.twin, CHIARA);
    refused(
        &chiara.say("@alpinefilms", "Hi").await,
        400,
        "need administrator rights in the channel chat",
    );
    let roles = json!({"roles": {"bot:7000000003": ["administrator", "can_post_messages"]}});
    chiara.twin.control("accounts/telegram/-1001000000009", roles).await;
    result(&chiara.say("@alpinefilms", "Hi").await);
    chiara
        .twin
        .control("accounts/telegram/-1001000000009", json!({"roles": {"bot:7000000003": ["member"]}}))
        .await;
    refused(
        &chiara
            .get("getChatMember", &[("chat_id", "@alpinefilms"), ("user_id", "7000000003")])
            .await,
        400,
        "member list is inaccessible",
    );
}

#[tokio::test]
async fn a_message_says_where_it_stands() {
    let bot = Bot::start().await;
    let body = json!({
        "chat_id": -1_001_000_000_001_i64, "text": "Fresh https://a.example", "disable_notification": true,
        "link_preview_options": {"url": "https://a.example", "prefer_small_media": true},
        "reply_markup": {"inline_keyboard": [[{"text": "Shop", "url": "https://a.example"}]]},
    });
    let got = bot.post("sendMessage", body).await;
    let message = result(&got);
    assert_eq!(
        (&message["message_id"], &message["text"]),
        (&json!(41), &json!("Fresh https://a.example"))
    );
    assert_eq!(message["sender_chat"], message["chat"]);
    assert_eq!(message["chat"]["username"], "harbourbakery");
    let posts = bot.posts(BAKERY).await;
    let (post, details) = (&posts[0], &posts[0]["details"]);
    assert_eq!(
        (&post["permalink"], &post["link"]),
        (&json!("https://t.me/harbourbakery/41"), &json!("https://a.example"))
    );
    assert_eq!(
        (
            &details["disable_notification"],
            &details["protect_content"],
            &details["link_preview_options"],
            &details["inline_keyboard"]
        ),
        (&json!(true), &json!(false), &json!("prefer_small_media"), &json!("Shop"))
    );
    let again = bot.say(BAKERY, "Next").await;
    assert_eq!(result(&again)["message_id"], 42);
    let answers = json!({"chat_id": BAKERY, "text": "More", "reply_parameters": {"message_id": 42}});
    result(&bot.post("sendMessage", answers).await);
    let posts = bot.posts(BAKERY).await;
    assert_eq!(posts[2]["parent"], posts[1]["id"]);
    let nothing = json!({"chat_id": BAKERY, "text": "More", "reply_parameters": {"message_id": 999}});
    refused(&bot.post("sendMessage", nothing).await, 400, "message to be replied not found");
    let anyway = json!({"chat_id": BAKERY, "text": "More", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": true}});
    result(&bot.post("sendMessage", anyway).await);

    result(&bot.say(PRIVATE, "Inside").await);
    assert_eq!(bot.posts(PRIVATE).await[0]["permalink"], "https://t.me/c/1000000002/41");
    let by_query = bot.get("sendMessage", &[("chat_id", "@harbourbakery"), ("text", "By query")]).await;
    let gone = result(&by_query)["message_id"].clone();
    assert_eq!(
        result(&bot.post("deleteMessage", json!({"chat_id": BAKERY, "message_id": gone})).await),
        &json!(true)
    );
    refused(
        &bot.post("deleteMessage", json!({"chat_id": BAKERY, "message_id": gone})).await,
        400,
        "message to delete not found",
    );
    assert!(bot.posts(BAKERY).await.iter().all(|post| post["text"] != "By query"));
}

#[tokio::test]
async fn groups_move_and_topics_close() {
    let bot = Bot::start().await;
    let got = bot.say(CLUB, "Hi").await;
    refused(&got, 400, "upgraded to a supergroup");
    let moved_to = got.body["parameters"]["migrate_to_chat_id"].clone();
    assert_eq!(moved_to, json!(-1_001_000_000_006_i64));
    let got = bot.post("sendMessage", json!({"chat_id": moved_to, "text": "Hi"})).await;
    assert_eq!(result(&got)["from"]["is_bot"], true, "{}", got.text);

    let topic = |number: i64| bot.post("sendMessage", json!({"chat_id": LOVERS, "text": "Hi", "message_thread_id": number}));
    result(&topic(11).await);
    assert_eq!(bot.posts(LOVERS).await[0]["permalink"], "https://t.me/breadlovers/11/41");
    refused(&topic(12).await, 400, "TOPIC_CLOSED");
    refused(&topic(13).await, 400, "message thread not found");
}

#[tokio::test]
async fn words_are_counted_in_utf16_after_their_markup() {
    let bot = Bot::start().await;
    let said = |text: String, mode: &str| bot.post("sendMessage", json!({"chat_id": BAKERY, "text": text, "parse_mode": mode}));
    result(&bot.say(BAKERY, &"👍".repeat(2_048)).await);
    refused(&bot.say(BAKERY, &"👍".repeat(2_049)).await, 400, "message is too long");
    let got = said(format!("<b>{}</b>", "a".repeat(4_096)), "HTML").await;
    assert_eq!(result(&got)["text"].as_str().unwrap().len(), 4_096);
    refused(&bot.say(BAKERY, " \n").await, 400, "message text is empty");
    refused(
        &said("<p>Hi</p>".to_owned(), "HTML").await,
        400,
        "Unsupported start tag \\\"p\\\" at byte offset 0",
    );
    refused(&said("<b>Hi".to_owned(), "HTML").await, 400, "Can't find end tag");
    refused(&said("<b>Hi</i>".to_owned(), "HTML").await, 400, "Unmatched end tag");
    refused(&said("1.5".to_owned(), "MarkdownV2").await, 400, "is reserved and must be escaped");
    refused(&said("*Hi".to_owned(), "MarkdownV2").await, 400, "Can't find end of Bold entity");
    refused(&said("Hi".to_owned(), "BBCode").await, 400, "unsupported parse_mode");
    let got = bot.say(BAKERY, "<p> *1.5 [x").await;
    assert_eq!(result(&got)["text"], "<p> *1.5 [x", "without a mode it stands as it is");
    let wrong = bot
        .post(
            "sendMessage",
            json!({"chat_id": BAKERY, "text": "Hi", "link_preview_options": "large"}),
        )
        .await;
    refused(&wrong, 400, "can't parse link preview options JSON object");
}

fn with_photo(photo: Part) -> Form {
    Form::new().text("chat_id", BAKERY).part("photo", photo)
}

#[tokio::test]
async fn pictures_are_held_to_size_and_shape() {
    let bot = Bot::start().await;
    let got = bot
        .form("sendPhoto", with_photo(jpeg()).text("caption", "Bread").text("has_spoiler", "true"))
        .await;
    let message = result(&got);
    let sizes = message["photo"].as_array().unwrap();
    assert_eq!(
        (&sizes[1]["width"], &sizes[1]["height"], &message["caption"]),
        (&json!(40), &json!(30), &json!("Bread"))
    );
    let post = &bot.posts(BAKERY).await[0];
    assert_eq!(
        (&post["type"], &post["text"], &post["details"]["has_spoiler"]),
        (&json!("photo"), &json!("Bread"), &json!(true))
    );
    assert_eq!(post["media"][0]["bytes"], picture(40, 30).len());

    // By its id a bot sends a file again; another bot does not know it.
    let id = sizes[1]["file_id"].as_str().unwrap().to_owned();
    let again = json!({"chat_id": BAKERY, "photo": id});
    result(&bot.post("sendPhoto", again.clone()).await);
    let posts = bot.posts(BAKERY).await;
    assert_eq!(posts[0]["media"], posts[1]["media"]);
    refused(
        &bot.form("sendPhoto", with_photo(file(picture(4_000, 100), "a.jpg", "image/jpeg")))
            .await,
        400,
        "PHOTO_INVALID_DIMENSIONS",
    );
    refused(
        &bot.form("sendPhoto", with_photo(file(picture(9_900, 600), "a.jpg", "image/jpeg")))
            .await,
        400,
        "PHOTO_INVALID_DIMENSIONS",
    );
    refused(
        &bot.form("sendPhoto", with_photo(file(b"%PDF-1.4".to_vec(), "a.jpg", "image/jpeg")))
            .await,
        400,
        "IMAGE_PROCESS_FAILED",
    );
    let mut heavy = picture(40, 30);
    heavy.resize(10_000_001, 0);
    refused(
        &bot.form("sendPhoto", with_photo(file(heavy, "a.jpg", "image/jpeg"))).await,
        413,
        "Request Entity Too Large",
    );
    refused(
        &bot.form("sendPhoto", Form::new().text("chat_id", BAKERY)).await,
        400,
        "there is no photo in the request",
    );
    refused(
        &bot.form("sendPhoto", with_photo(jpeg()).text("caption", "a".repeat(1_025))).await,
        400,
        "message caption is too long",
    );
    refused(
        &bot.post("sendPhoto", json!({"chat_id": BAKERY, "photo": "AgACnothing"})).await,
        400,
        "wrong file identifier",
    );
    let other = Bot::of(bot.twin, BEN);
    refused(&other.post("sendPhoto", again).await, 400, "wrong file identifier");
}

#[tokio::test]
async fn what_moves_and_what_is_read_is_taken_up_to_fifty_megabytes() {
    let bot = Bot::start().await;
    let chat = || Form::new().text("chat_id", BAKERY);
    let got = bot
        .form("sendVideo", chat().part("video", film()).text("supports_streaming", "true"))
        .await;
    assert!(result(&got)["video"]["file_id"].is_string(), "{}", got.text);
    let gif = file(b"GIF89a\x28\0\x1e\0\x80\0\0".to_vec(), "a.gif", "image/gif");
    assert!(result(&bot.form("sendAnimation", chat().part("animation", gif)).await)["animation"].is_object());
    let pdf = file(b"%PDF-1.4 menu".to_vec(), "menu.pdf", "application/pdf");
    assert!(result(&bot.form("sendDocument", chat().part("document", pdf)).await)["document"].is_object());
    // What is no video becomes a document, as at the real server.
    let got = bot.form("sendVideo", chat().part("video", jpeg())).await;
    assert!(
        result(&got)["document"].is_object() && result(&got)["video"].is_null(),
        "{}",
        got.text
    );
    let kinds: Vec<Value> = bot.posts(BAKERY).await.iter().map(|post| post["type"].clone()).collect();
    assert_eq!(kinds, ["video", "animation", "document", "document"]);
    let mut heavy = mp4();
    heavy.resize(50_000_001, 0);
    refused(
        &bot.form("sendVideo", chat().part("video", file(heavy, "a.mp4", "video/mp4"))).await,
        413,
        "Request Entity Too Large",
    );
    refused(
        &bot.form(
            "sendDocument",
            chat().part("document", file(Vec::new(), "a.pdf", "application/pdf")),
        )
        .await,
        400,
        "non-empty",
    );
}

fn album(items: Value) -> Form {
    Form::new().text("chat_id", BAKERY).text("media", items.to_string())
}

fn item(kind: &str, number: usize) -> Value {
    json!({"type": kind, "media": format!("attach://f{number}")})
}

#[tokio::test]
async fn an_album_has_two_to_ten_files_of_one_nature_and_one_caption() {
    let bot = Bot::start().await;
    let mut first = item("photo", 1);
    first["caption"] = json!("All of it");
    let both = album(json!([first, item("video", 2)])).part("f1", jpeg()).part("f2", film());
    let got = bot.form("sendMediaGroup", both).await;
    let messages = result(&got).as_array().unwrap().clone();
    assert_eq!(
        (messages.len(), &messages[0]["message_id"], &messages[1]["message_id"]),
        (2, &json!(41), &json!(42))
    );
    assert_eq!(messages[0]["media_group_id"], messages[1]["media_group_id"]);
    assert_eq!(
        (&messages[0]["caption"], &messages[1]["caption"]),
        (&json!("All of it"), &Value::Null)
    );
    let posts = bot.posts(BAKERY).await;
    assert_eq!(
        (posts.len(), &posts[0]["type"], posts[0]["media"].as_array().unwrap().len()),
        (1, &json!("album"), 2)
    );

    let mut second = item("photo", 2);
    second["caption"] = json!("Two");
    let two_captions = album(json!([first, second])).part("f1", jpeg()).part("f2", jpeg());
    result(&bot.form("sendMediaGroup", two_captions).await);
    assert_eq!(bot.posts(BAKERY).await[1]["text"], "", "with two captions the album shows none");

    refused(
        &bot.form("sendMediaGroup", album(json!([item("photo", 1)])).part("f1", jpeg()))
            .await,
        400,
        "2 to 10",
    );
    let eleven: Vec<Value> = (1..=11).map(|number| item("photo", number)).collect();
    refused(&bot.form("sendMediaGroup", album(json!(eleven))).await, 400, "2 to 10");
    let pdf = file(b"%PDF-1.4".to_vec(), "a.pdf", "application/pdf");
    let mixed = album(json!([item("photo", 1), item("document", 2)]))
        .part("f1", jpeg())
        .part("f2", pdf);
    refused(&bot.form("sendMediaGroup", mixed).await, 400, "can't be mixed");
    let absent = album(json!([item("photo", 1), item("photo", 2)])).part("f1", jpeg());
    refused(&bot.form("sendMediaGroup", absent).await, 400, "there is no photo");
    refused(
        &bot.form("sendMediaGroup", album(json!([item("poll", 1), item("poll", 2)]))).await,
        400,
        "can't use the media",
    );
    refused(
        &bot.form("sendMediaGroup", Form::new().text("chat_id", BAKERY).text("media", "[{"))
            .await,
        400,
        "can't parse media JSON object",
    );
}

#[tokio::test]
async fn a_poll_is_anonymous_in_channels_and_held_to_its_bounds() {
    let bot = Bot::start().await;
    let poll = |more: Value| {
        let mut body = json!({"chat_id": BAKERY, "question": "Tea?", "options": [{"text": "Yes"}, {"text": "No"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bot.post("sendPoll", body)
    };
    let got = poll(json!({"description": "Say which", "open_period": 86_400, "allows_multiple_answers": true})).await;
    let message = result(&got);
    assert_eq!(
        (&message["poll"]["is_anonymous"], &message["description"]),
        (&json!(true), &json!("Say which"))
    );
    let post = &bot.posts(BAKERY).await[0];
    assert_eq!(
        (&post["text"], &post["details"]["allows_multiple_answers"]),
        (&json!("Say which"), &json!(true))
    );
    assert_eq!(post["details"]["poll"]["options"][1]["text"], "No");

    let thirteen: Vec<Value> = (0..13).map(|number| json!({"text": number.to_string()})).collect();
    for (more, why) in [
        (json!({"question": ""}), "question must be non-empty"),
        (json!({"question": "a".repeat(301)}), "must not exceed 300"),
        (json!({"options": []}), "at least 1 option"),
        (json!({"options": thirteen}), "more than 12"),
        (json!({"options": [{"text": ""}]}), "options must be non-empty"),
        (json!({"options": [{"text": "a".repeat(101)}]}), "must not exceed 100"),
        (json!({"is_anonymous": false}), "can't be sent to channel chats"),
        (json!({"open_period": 4}), "open period"),
        (json!({"open_period": 2_628_001}), "open period"),
        (json!({"description": "a".repeat(1_025)}), "description is too long"),
        (json!({"type": "vote"}), "unsupported poll type"),
        (json!({"type": "quiz"}), "correct option IDs"),
        (json!({"type": "quiz", "correct_option_ids": [2]}), "correct option IDs"),
        (json!({"explanation": "a".repeat(201)}), "explanation is too long"),
    ] {
        refused(&poll(more).await, 400, why);
    }
    result(&poll(json!({"type": "quiz", "correct_option_ids": [1]})).await);
}

#[tokio::test]
async fn a_chat_takes_twenty_messages_a_minute_and_each_file_of_an_album_is_one() {
    let bot = Bot::start().await;
    let items = |count: usize| {
        let listed: Vec<Value> = (1..=count).map(|number| item("photo", number)).collect();
        (1..=count).fold(album(json!(listed)), |form, number| form.part(format!("f{number}"), jpeg()))
    };
    result(&bot.form("sendMediaGroup", items(10)).await);
    result(&bot.form("sendMediaGroup", items(9)).await);
    refused(&bot.form("sendMediaGroup", items(2)).await, 429, "Too Many Requests: retry after");
    result(&bot.say(BAKERY, "The twentieth").await);
    let got = bot.say(BAKERY, "One too many").await;
    refused(&got, 429, "Too Many Requests: retry after");
    let wait_s = got.body["parameters"]["retry_after"].as_i64().unwrap();
    assert!((1..=60).contains(&wait_s), "{wait_s}");
    result(&bot.say(PRIVATE, "Another chat").await);
    bot.twin.advance_s(wait_s).await;
    result(&bot.say(BAKERY, "Later").await);
    assert!(bot.posts(BAKERY).await.iter().all(|post| post["text"] != "One too many"));
}

#[tokio::test]
async fn updates_tell_of_reactions_late_and_once_and_never_beside_a_webhook() {
    let bot = Bot::start().await;
    let updates = |query: Value| bot.post("getUpdates", query);
    let listed = json!({"allowed_updates": ["message_reaction_count"]});
    result(&bot.say(BAKERY, "Hi").await);
    assert_eq!(
        result(&updates(listed.clone()).await),
        &json!([]),
        "reactions are told late, and nothing of a bot's own messages"
    );
    bot.twin.advance_s(200).await;
    assert_eq!(result(&updates(json!({})).await), &json!([]), "only to who asks for them");
    let got = updates(listed.clone()).await;
    let update = &result(&got)[0];
    assert_eq!(
        (&update["update_id"], &update["message_reaction_count"]["message_id"]),
        (&json!(1), &json!(41))
    );
    assert_eq!(update["message_reaction_count"]["reactions"][0]["total_count"], 23);
    assert_eq!(
        result(&updates(listed.clone()).await).as_array().unwrap().len(),
        1,
        "until it is confirmed"
    );
    assert_eq!(result(&updates(json!({"offset": 2})).await), &json!([]));
    assert_eq!(result(&updates(listed).await), &json!([]));

    refused(&bot.post("setWebhook", json!({"url": "http://a.example"})).await, 400, "HTTPS URL");
    result(&bot.post("setWebhook", json!({"url": "https://a.example/hook"})).await);
    refused(&updates(json!({})).await, 409, "Conflict");
    result(&bot.post("deleteWebhook", json!({})).await);
    result(&updates(json!({})).await);
}

#[tokio::test]
async fn files_are_fetched_from_addresses_within_smaller_bounds() {
    let bot = Bot::start().await;
    let served = bot.form("sendPhoto", with_photo(jpeg())).await;
    result(&served);
    let sha256 = bot.posts(BAKERY).await[0]["media"][0]["sha256"].as_str().unwrap().to_owned();
    let address = format!("{}/_sandbox/media/{sha256}", bot.twin.base);
    let got = bot.post("sendPhoto", json!({"chat_id": BAKERY, "photo": address})).await;
    result(&got);
    let got = bot.post("sendVideo", json!({"chat_id": BAKERY, "video": address})).await;
    refused(&got, 400, "wrong type of the web page content");
    let nowhere = format!("{}/_sandbox/media/none", bot.twin.base);
    refused(
        &bot.post("sendPhoto", json!({"chat_id": BAKERY, "photo": nowhere})).await,
        400,
        "failed to get HTTP URL content",
    );
    let mut heavy = picture(40, 30);
    heavy.resize(5_000_001, 0);
    result(&bot.form("sendPhoto", with_photo(file(heavy, "a.jpg", "image/jpeg"))).await);
    let posts = bot.posts(BAKERY).await;
    let sha256 = posts.last().unwrap()["media"][0]["sha256"].as_str().unwrap();
    let address = format!("{}/_sandbox/media/{sha256}", bot.twin.base);
    refused(
        &bot.post("sendPhoto", json!({"chat_id": BAKERY, "photo": address})).await,
        400,
        "failed to get HTTP URL content",
    );
}
