//! Posts and what is done with them.

use postrider_store::{plans, scope::Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp};
use crate::connecting::bluesky;

async fn draft(app: &TestApp, owner: &Browser, channel: &str, text: &str) -> Value {
    let post = json!({"content_type": "text", "text": text, "deliveries": [{"channel_id": channel}]});
    owner.post(&format!("/projects/{}/posts", app.project), post).await.expect(201)
}

fn path(post: &Value) -> String {
    format!("/posts/{}", post["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_post_goes_out_and_tells_where_it_stands() {
    let app = TestApp::running().await;
    let owner = app.owners_browser().await;
    let channel = bluesky(&app, &owner).await;
    let post = draft(&app, &owner, channel["id"].as_str().unwrap(), "Good morning").await;
    assert_eq!(
        (&post["status"], &post["may"]),
        (&json!("draft"), &json!(["edit", "delete", "schedule", "publish", "cancel"]))
    );
    let mut hints = app.engine.shared().events.listen();
    let answer = owner.post(&format!("{}/publish", path(&post)), json!({})).await.expect(200);
    assert_eq!(answer["warnings"], json!([]));
    let done = async {
        loop {
            let seen = owner.get(&path(&post)).await.expect(200);
            if seen["status"] == "published" {
                return seen;
            }
            hints.recv().await.unwrap();
        }
    };
    let seen = tokio::time::timeout(std::time::Duration::from_secs(20), done).await.unwrap();
    assert!(
        seen["deliveries"][0]["permalink"]
            .as_str()
            .unwrap()
            .starts_with("https://bsky.app/")
    );
    let history = owner
        .get(&format!("/deliveries/{}/history", seen["deliveries"][0]["id"].as_str().unwrap()))
        .await
        .expect(200);
    let steps: Vec<&str> = history["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|attempt| attempt["steps"].as_array().unwrap())
        .filter_map(|step| step["kind"].as_str())
        .collect();
    assert!(steps.contains(&"commit") && steps.contains(&"person"), "{steps:?}");
    owner
        .post(&format!("{}/cancel", path(&post)), json!({}))
        .await
        .refused(409, "delivery.state");
    owner
        .post(&format!("{}/publish", path(&post)), json!({}))
        .await
        .refused(409, "delivery.state");
}

#[tokio::test]
async fn an_edit_names_the_version_it_was_made_on() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let post = draft(&app, &owner, &channel, "One").await;
    let read = owner.get(&path(&post)).await;
    let etag = read.header("etag").to_owned();
    let unnamed = owner
        .request(Method::PATCH, &format!("/api/v1{}", path(&post)))
        .json(&json!({"text": "Two"}));
    owner.send(unnamed).await.refused(428, "version.required");
    let changed = owner
        .patch(&path(&post), &etag, json!({"text": "Two", "labels": ["spring", "spring"]}))
        .await
        .expect(200);
    assert_eq!((&changed["text"], &changed["labels"]), (&json!("Two"), &json!(["spring"])));
    owner
        .patch(&path(&post), &etag, json!({"text": "Three"}))
        .await
        .refused(412, "version.stale");
    let etag = format!("\"v{}\"", changed["version"]);
    let overridden = json!({"deliveries": [{"channel_id": channel, "mode": "draft", "overrides": {"text": "Only here"}}]});
    let changed = owner.patch(&path(&post), &etag, overridden).await.expect(200);
    assert_eq!(changed["deliveries"][0]["overrides"]["text"], "Only here");
    assert_eq!(changed["deliveries"][0]["mode"], "draft");
}

#[tokio::test]
async fn a_replayed_write_is_done_once() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let body = json!({"content_type": "text", "text": "Once"});
    let path = format!("/api/v1/projects/{}/posts", app.project);
    let send = async |body: &Value| {
        owner
            .send(owner.request(Method::POST, &path).header("idempotency-key", "k-1").json(body))
            .await
    };
    let first = send(&body).await.expect(201);
    let replay = send(&body).await;
    assert_eq!(replay.header("idempotency-replayed"), "true");
    assert_eq!(replay.expect(201), first);
    send(&json!({"content_type": "text", "text": "Other"}))
        .await
        .refused(422, "idempotency.reused");
    let listed = owner.get(&format!("/projects/{}/posts", app.project)).await.expect(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_and_doubtful_ones_explained() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let post = draft(&app, &owner, &channel, "When").await;
    let schedule = format!("{}/schedule", path(&post));
    owner.post(&schedule, json!({})).await.refused(422, "schedule.missing");
    owner
        .post(&schedule, json!({"schedule": {"at": "2020-01-01T00:00:00Z"}}))
        .await
        .refused(422, "schedule.past");
    owner
        .post(&schedule, json!({"schedule": {"local": "2040-06-01T09:00"}}))
        .await
        .refused(422, "field.invalid");
    let gap = json!({"local": "2040-03-25T02:30", "zone": "Europe/Berlin"});
    let checked = json!({"content_type": "text", "text": "When", "schedule": gap, "deliveries": [{"channel_id": channel}]});
    let checked = owner
        .post(&format!("/projects/{}/posts/check", app.project), checked)
        .await
        .expect(200);
    assert!(checked["schedule"]["explanation"].is_string(), "{checked:#}");
    assert_eq!(checked["schedule"]["choices"].as_array().map(Vec::len), Some(2));
    let answer = owner.post(&schedule, json!({"schedule": gap})).await.expect(200);
    assert_eq!(answer["warnings"][0]["code"], "schedule.doubtful");
    assert_eq!(answer["post"]["status"], "scheduled");
    assert_eq!(answer["post"]["deliveries"][0]["schedule"]["local"], "2040-03-25T02:30");
    let back = owner.post(&format!("{}/unschedule", path(&post)), json!({})).await.expect(200);
    assert_eq!(back["post"]["status"], "draft");
}

#[tokio::test]
async fn content_that_would_not_publish_stays_a_draft() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let post = draft(&app, &owner, &channel, &"x".repeat(301)).await;
    let told = owner
        .post(&format!("{}/publish", path(&post)), json!({}))
        .await
        .refused(422, "post.problems");
    let problem = &told["problems"][0];
    assert_eq!(
        (&problem["field"], &problem["limit"], &problem["actual"]),
        (&json!("text"), &json!(300), &json!(301))
    );
    assert_eq!(owner.get(&path(&post)).await.expect(200)["status"], "draft");
    let elsewhere =
        json!({"content_type": "text", "text": "x", "deliveries": [{"channel_id": postrider_core::ids::ChannelId::new(1, [1; 10])}]});
    let told = owner
        .post(&format!("/projects/{}/posts", app.project), elsewhere)
        .await
        .refused(422, "field.invalid");
    assert_eq!(told["field"], "deliveries.0.channel_id");
    let none = owner
        .post(
            &format!("/projects/{}/posts", app.project),
            json!({"content_type": "text", "text": "x"}),
        )
        .await
        .expect(201);
    owner
        .post(&format!("{}/publish", path(&none)), json!({}))
        .await
        .refused(422, "post.no_channel");
}

#[tokio::test]
async fn the_eleventh_post_of_an_hour_is_refused_with_the_next_free_time() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    for minute in 0..10 {
        let post = draft(&app, &owner, &channel, &format!("Post {minute}")).await;
        let at = json!({"schedule": {"at": format!("2040-01-01T00:0{minute}:00Z")}});
        owner.post(&format!("{}/schedule", path(&post)), at).await.expect(200);
    }
    let eleventh = draft(&app, &owner, &channel, "One too many").await;
    let at = json!({"schedule": {"at": "2040-01-01T00:30:00Z"}});
    let told = owner
        .post(&format!("{}/schedule", path(&eleventh)), at)
        .await
        .refused(422, "quota.window_full");
    let next = told["next_free_at"].clone();
    assert_eq!(next, "2040-01-01T01:00:00.000Z");
    owner
        .post(&format!("{}/schedule", path(&eleventh)), json!({"schedule": {"at": next}}))
        .await
        .expect(200);
    let foretold = owner.get(&format!("{}/forecast", path(&eleventh))).await.expect(200);
    assert_eq!(foretold["channels"][0]["text"], "One too many");
    assert!(
        foretold["channels"][0]["neighbours"]
            .as_array()
            .is_some_and(|near| !near.is_empty())
    );
    let range = format!(
        "/projects/{}/calendar?from=2040-01-01T00:00:00Z&to=2040-01-02T00:00:00Z&limit=4",
        app.project
    );
    let first = owner.get(&range).await.expect(200);
    assert_eq!(first["items"].as_array().map(Vec::len), Some(4));
    let rest = owner
        .get(&format!("{range}&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(rest["items"][0]["title"], "Post 4");
}

#[tokio::test]
async fn a_plan_without_publishing_is_told_where_it_stands_in_the_way() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let things = app.things().await;
    let scope = Scope::load(&app.db, app.owner, app.organization).await.unwrap();
    let mut plan = plans::of_organization(&app.db, &scope).await.unwrap();
    plan.allow_social_publishing = false;
    let mut tx = app.tx().await;
    plans::update(&mut tx, &plan).await.unwrap();
    tx.commit().await.unwrap();
    let post = format!("/posts/{}", things.post);
    owner.post(&format!("{post}/publish"), json!({})).await.refused(403, "plan");
    owner
        .post(&format!("{post}/schedule"), json!({"schedule": {"at": "2040-01-01T00:00:00Z"}}))
        .await
        .refused(403, "plan");
    let connect = json!({"handle": "ada.bsky.social", "app_password": "adaa-sand-boxx-pass"});
    owner
        .post(&format!("/projects/{}/connections/bluesky", app.project), connect)
        .await
        .refused(403, "plan");
    owner
        .patch(&post, "\"v1\"", json!({"text": "Still mine to write"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_library_finds_by_words_status_and_channel() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    for text in ["Apples and pears", "Bread", "Apples again"] {
        draft(&app, &owner, &channel, text).await;
    }
    let found = async |query: &str| -> Vec<String> {
        let listed = owner.get(&format!("/projects/{}/posts?{query}", app.project)).await.expect(200);
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|post| post["text"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(found("search=APPLES").await, ["Apples again", "Apples and pears"]);
    assert_eq!(found("status=published").await, Vec::<String>::new());
    assert_eq!(found(&format!("channel_id={channel}&limit=2")).await.len(), 2);
}

#[tokio::test]
async fn a_second_click_is_harmless_and_a_duplicate_is_a_draft() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let post = draft(&app, &owner, &channel, "Twice?").await;
    let publish = format!("{}/publish", path(&post));
    owner.post(&publish, json!({})).await.expect(200);
    owner.post(&publish, json!({})).await.refused(409, "delivery.state");
    let copy = owner.post(&format!("{}/duplicate", path(&post)), json!({})).await.expect(201);
    assert_eq!((&copy["status"], &copy["text"]), (&json!("draft"), &json!("Twice?")));
    owner.delete(&path(&post)).await.refused(409, "too_late");
    owner.delete(&path(&copy)).await.expect(204);
    owner.get(&path(&copy)).await.refused(404, "not_found");
}

#[tokio::test]
async fn changes_stream_as_hints_to_those_who_may_see_them() {
    use futures::StreamExt;
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let foreign = app.browser(app.foreigner().await).await;
    let mut ours = owner.request(Method::GET, "/api/v1/events").send().await.unwrap().bytes_stream();
    let mut theirs = foreign.request(Method::GET, "/api/v1/events").send().await.unwrap().bytes_stream();
    let resync = String::from_utf8(ours.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(resync.contains("event: resync"), "{resync}");
    theirs.next().await.unwrap().unwrap();
    let post = draft(&app, &owner, &app.channel().await.to_string(), "Told").await;
    let hint = String::from_utf8(ours.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(
        hint.contains("event: hint") && hint.contains(post["id"].as_str().unwrap()),
        "{hint}"
    );
    // Something of theirs comes next, so nothing of ours came before it.
    let organizations = foreign.get("/organizations").await.expect(200);
    let id = organizations["items"][0]["id"].as_str().unwrap();
    let projects = foreign.get(&format!("/organizations/{id}/projects")).await.expect(200);
    let theirs_post = json!({"content_type": "text", "text": "Theirs"});
    let made = foreign
        .post(
            &format!("/projects/{}/posts", projects["items"][0]["id"].as_str().unwrap()),
            theirs_post,
        )
        .await
        .expect(201);
    let hint = String::from_utf8(theirs.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(
        hint.contains(made["id"].as_str().unwrap()) && !hint.contains(post["id"].as_str().unwrap()),
        "{hint}"
    );
}

#[tokio::test]
async fn a_post_larger_than_any_can_be_is_refused_before_anything_counts_it() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let tags: Vec<String> = (0..90_000).map(|number| format!("t{number}")).collect();
    let cases = [
        (json!({"hashtags": tags}), "hashtags"),
        (json!({"labels": tags}), "labels"),
        (json!({"text": "x".repeat(100_001)}), "text"),
        (json!({"thread": vec![json!({"text": "x"}); 10_000]}), "thread"),
        (
            json!({"deliveries": [{"channel_id": channel, "overrides": {"hashtags": tags}}]}),
            "deliveries.0.overrides.hashtags",
        ),
        (json!({"text": "a\u{0}b"}), ""),
    ];
    for (mut body, field) in cases {
        body["content_type"] = json!("text");
        let told = owner
            .post(&format!("/projects/{}/posts", app.project), body)
            .await
            .refused(422, "field.invalid");
        assert_eq!(told["field"].as_str().unwrap_or_default(), field);
    }
    owner
        .get(&format!("/projects/{}/posts?search=%00", app.project))
        .await
        .refused(422, "query.invalid");
}

#[tokio::test]
async fn a_write_whose_caller_hung_up_is_not_done_again_by_its_replay() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let path = format!("/api/v1/projects/{}/posts", app.project);
    let body = json!({"content_type": "text", "text": "Once"});
    let ask = || owner.request(Method::POST, &path).header("idempotency-key", "k-1").json(&body);
    // Sent whole, and gone as soon as the server has begun.
    let first = ask().build().unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\nx-csrf-token: {}\r\nidempotency-key: k-1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        app.base.trim_start_matches("http://"),
        owner.cookie,
        owner.csrf,
        first.body().unwrap().as_bytes().unwrap().len()
    );
    let mut socket = tokio::net::TcpStream::connect(app.base.trim_start_matches("http://"))
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, request.as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, first.body().unwrap().as_bytes().unwrap())
        .await
        .unwrap();
    let begun = "SELECT status FROM idempotency_keys WHERE idempotency_key = 'k-1'";
    while app.db.read(begun, Vec::new()).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(socket);
    let replayed = async {
        loop {
            let told = owner.send(ask()).await;
            if told.code() != "idempotency.running" {
                return told;
            }
        }
    };
    let replayed = tokio::time::timeout(std::time::Duration::from_secs(20), replayed).await.unwrap();
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    let listed = owner.get(&format!("/projects/{}/posts", app.project)).await.expect(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    // The same key with other parameters is another request.
    let other = owner
        .request(Method::POST, &format!("{path}?again=1"))
        .header("idempotency-key", "k-1")
        .json(&body);
    owner.send(other).await.refused(422, "idempotency.reused");
}
