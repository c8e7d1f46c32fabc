//! Connecting accounts: by app password, by the network's pages, and apart again.

use postrider_core::ids::ConnectionId;
use postrider_core::permission::Role;
use postrider_store::scope::Projects;
use postrider_store::{connections, members};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, plain_client};

/// Connects Ada's Bluesky account.
pub async fn bluesky(app: &TestApp, owner: &Browser) -> Value {
    let typed = json!({"handle": "@ada.bsky.social", "app_password": "adaa-sand-boxx-pass"});
    let begun = owner
        .post(&format!("/projects/{}/connections/bluesky", app.project), typed)
        .await
        .expect(201);
    assert_eq!(begun["status"], "authorized");
    let path = format!("/connections/{}", begun["connection_id"].as_str().unwrap());
    let connection = owner.get(&path).await.expect(200);
    assert_eq!(connection["accounts"][0]["handle"], "ada.bsky.social");
    let chosen = json!({"external_ids": [connection["accounts"][0]["external_id"]]});
    let added = owner.post(&format!("{path}/channels"), chosen.clone()).await.expect(201);
    owner
        .post(&format!("{path}/channels"), chosen)
        .await
        .refused(409, "connection.over");
    added["items"][0].clone()
}

#[tokio::test]
async fn an_app_password_connects_an_account_and_a_main_password_is_never_sent() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let path = format!("/projects/{}/connections/bluesky", app.project);
    let main = json!({"handle": "ada.bsky.social", "app_password": "main-password-of-ada"});
    let told = owner.post(&path, main).await.refused(422, "field.invalid");
    assert_eq!(told["field"], "app_password");
    let log: Value = plain_client()
        .get(format!("{}/_sandbox/log", app.sandbox))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(!log.to_string().contains("createSession"), "{log}");

    let wrong = json!({"handle": "ada.bsky.social", "app_password": "aaaa-bbbb-cccc-dddd"});
    let told = owner.post(&path, wrong).await;
    assert_eq!(told.status, 422, "what a person typed is no failure of a server");
    assert!(told.code().starts_with("bluesky."), "{}", told.body);
    owner
        .post("/projects/%ff/connections/bluesky", json!({}))
        .await
        .refused(404, "not_found");

    let channel = bluesky(&app, &owner).await;
    assert_eq!((&channel["status"], &channel["network"]), (&json!("active"), &json!("bluesky")));
    let verified = owner
        .post(&format!("/channels/{}/verify", channel["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    assert_eq!(verified["status"], "active");
    assert!(verified["verified_at"].is_string());
}

/// Begins to connect LinkedIn and allows it on the network's page: the path of the connection, and the return that the network sends.
async fn allowed_at_linkedin(app: &TestApp, asker: &Browser) -> (String, String) {
    let begun = asker
        .post(
            &format!("/projects/{}/connections/linkedin", app.project),
            json!({"variant": "member"}),
        )
        .await
        .expect(201);
    let address = begun["authorize_url"].as_str().unwrap();
    assert!(address.starts_with(&app.sandbox), "{address}");
    let connection = format!("/connections/{}", begun["connection_id"].as_str().unwrap());
    assert_eq!(asker.get(&connection).await.expect(200)["status"], "pending");

    let page = plain_client().get(address).send().await.unwrap().text().await.unwrap();
    let value = |name: &str| -> String {
        let after = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_default();
        after
            .split("value=\"")
            .nth(1)
            .unwrap_or_default()
            .split('"')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let form = [
        ("request", value("request")),
        ("person", value("person")),
        ("decision", "allow".to_owned()),
    ];
    let back = plain_client().post(address).form(&form).send().await.unwrap();
    let back = back.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with(&format!("{}/oauth/callback/linkedin?", app.base)), "{back}");
    (connection, back.trim_start_matches(&app.base).to_owned())
}

/// Whether LinkedIn was ever sent a code.
async fn asked_for_tokens(app: &TestApp) -> bool {
    let log = plain_client().get(format!("{}/_sandbox/log", app.sandbox)).send().await.unwrap();
    log.text().await.unwrap().contains("/accessToken")
}

#[tokio::test]
async fn a_popup_returns_to_the_page_that_opened_it() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let (connection, path) = allowed_at_linkedin(&app, &owner).await;

    // In a browser where nobody, or somebody else, is signed in, the return is worth nothing.
    let nobody = app.nobody();
    assert_eq!(nobody.send(nobody.request(Method::GET, &path)).await.status, 401);
    let other = app.browser(app.member(Role::Manager).await).await;
    assert_eq!(other.send(other.request(Method::GET, &path)).await.status, 409);

    let page = owner.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("/oauth/return.js"));
    assert!(asked_for_tokens(&app).await);
    let found = owner.get(&connection).await.expect(200);
    assert_eq!(found["status"], "authorized", "{found:#}");
    let chosen = json!({"external_ids": [found["accounts"][0]["external_id"]]});
    owner.post(&format!("{connection}/channels"), chosen).await.expect(201);
    assert_eq!(
        owner.send(owner.request(Method::GET, &path)).await.status,
        409,
        "the same return twice"
    );
}

#[tokio::test]
async fn who_may_not_connect_any_more_is_refused_at_the_return() {
    let app = TestApp::still().await;
    let manager = app.member(Role::Manager).await;
    let browser = app.browser(manager).await;
    let (connection, path) = allowed_at_linkedin(&app, &browser).await;
    let scope = app.scope(app.owner).await;
    let member = app.scope(manager).await.member_id;
    let mut tx = app.tx().await;
    members::update(&mut tx, &scope, member, Role::Author, &Role::Author.permissions(), &Projects::All)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let page = browser.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(page.status(), 403);
    assert!(page.text().await.unwrap().contains("channels.connect"));
    let id: ConnectionId = connection.trim_start_matches("/connections/").parse().unwrap();
    let row = connections::get(&app.db, &app.scope(manager).await, id).await.unwrap();
    assert_eq!((row.status.as_str(), row.grant_id), ("failed", None));
    assert!(!asked_for_tokens(&app).await, "the code is never used");
}

#[tokio::test]
async fn a_refusal_on_the_networks_page_is_told_on_ours() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let begun = owner
        .post(
            &format!("/projects/{}/connections/linkedin", app.project),
            json!({"variant": "member"}),
        )
        .await
        .expect(201);
    let address = reqwest::Url::parse(begun["authorize_url"].as_str().unwrap()).unwrap();
    let state = address
        .query_pairs()
        .find(|(name, _)| name == "state")
        .map(|(_, value)| value.into_owned())
        .unwrap();
    let back = format!("/oauth/callback/linkedin?error=user_cancelled_authorize&error_description=The+user+said+%3Cno%3E&state={state}");
    let page = owner.request(Method::GET, &back).send().await.unwrap();
    let text = page.text().await.unwrap();
    assert!(text.contains("&lt;no&gt;") && !text.contains("<no>"));
    assert!(text.contains("<h1>The sign-in was not finished</h1>"), "{text}");
    let connection = owner
        .get(&format!("/connections/{}", begun["connection_id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(connection["status"], "failed");
    assert_eq!(connection["error"]["code"], "connection.declined");
    assert_eq!(connection["error"]["title"], "The sign-in was not finished");
}

#[tokio::test]
async fn a_channel_says_what_may_be_done_with_it_and_by_whom() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let manager = app.member(Role::Manager).await;
    let channel = bluesky(&app, &owner).await;
    let all = json!(["verify", "reconnect", "other_accounts", "disconnect"]);
    assert_eq!(channel["may"], all);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    let others = format!("{path}/other-accounts");
    assert_eq!(app.browser(manager).await.get(&path).await.expect(200)["may"], all);
    app.browser(manager).await.post(&others, json!({})).await.expect(201);

    // Who sees some projects alone may not look at the accounts of the others, nor may the organization's customer.
    let scope = app.scope(app.owner).await;
    let limited = app.member(Role::Manager).await;
    let only = Projects::Only(vec![app.project]);
    let mut tx = app.tx().await;
    let member = app.scope(limited).await.member_id;
    members::update(&mut tx, &scope, member, Role::Manager, &Role::Manager.permissions(), &only)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let limited = app.browser(limited).await;
    assert_eq!(
        limited.get(&path).await.expect(200)["may"],
        json!(["verify", "reconnect", "disconnect"])
    );
    limited.post(&others, json!({})).await.refused(403, "permission");
    let mine = bluesky(&app, &limited).await;
    assert_eq!(mine["may"], all, "who signed in sees what the sign-in reaches");

    let viewer = app.browser(app.member(Role::Viewer).await).await;
    assert_eq!(viewer.get(&path).await.expect(200)["may"], json!([]));
    let gone = owner.delete(&path).await.expect(200);
    assert_eq!(gone["may"], json!(["reconnect"]));
}

#[tokio::test]
async fn a_channel_with_waiting_posts_is_disconnected_only_after_they_are_drafts() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = bluesky(&app, &owner).await;
    let id = channel["id"].as_str().unwrap();
    let post = json!({"content_type": "text", "title": "Spring", "text": "Hello", "deliveries": [{"channel_id": id}]});
    let post = owner.post(&format!("/projects/{}/posts", app.project), post).await.expect(201);
    let post = format!("/posts/{}", post["id"].as_str().unwrap());
    owner
        .post(&format!("{post}/schedule"), json!({"schedule": {"at": "2040-01-01T00:00:00Z"}}))
        .await
        .expect(200);
    let told = owner.delete(&format!("/channels/{id}")).await.refused(409, "channel.in_use");
    assert_eq!(told["blocking"][0]["title"], "Spring");
    assert_eq!(
        owner.delete(&format!("/channels/{id}?unschedule=true")).await.expect(200)["status"],
        "disconnected"
    );
    assert_eq!(
        owner.get(&post).await.expect(200)["deliveries"],
        json!([]),
        "a draft merely loses the channel"
    );
    let log: Value = plain_client()
        .get(format!("{}/_sandbox/log", app.sandbox))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        log.to_string().contains("deleteSession"),
        "the network is asked to take the access back"
    );
    let list = format!("/projects/{}/channels", app.project);
    assert_eq!(
        owner.get(&list).await.expect(200)["items"],
        json!([]),
        "nobody can choose it any more"
    );
    let with_gone = owner.get(&format!("{list}?disconnected=true")).await.expect(200);
    assert_eq!(with_gone["items"][0]["id"], channel["id"]);
    assert_eq!(with_gone["items"][0]["status"], "disconnected");

    let again = bluesky(&app, &owner).await;
    assert_eq!(again["id"], channel["id"], "the same account comes back as the same channel");
}

#[tokio::test]
async fn no_answer_holds_a_token() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = bluesky(&app, &owner).await;
    let tokens: Value = plain_client()
        .get(format!("{}/_sandbox/tokens", app.sandbox))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let held: Vec<String> = tokens["tokens"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|token| token["value"].as_str().map(str::to_owned))
        .collect();
    assert!(!held.is_empty(), "{tokens}");
    for path in [
        "/me",
        "/capabilities",
        &format!("/projects/{}/channels", app.project),
        &format!("/channels/{}", channel["id"].as_str().unwrap()),
        &format!("/organizations/{}/audit", app.organization),
    ] {
        let told = owner.get(path).await.expect(200).to_string();
        assert!(held.iter().all(|token| !told.contains(token.as_str())), "{path}");
    }
}
