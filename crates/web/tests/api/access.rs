//! Every route of the document × every role × a foreign tenant × nobody.

use postrider_core::permission::{Permissions, Role};
use postrider_web::api::{Door, Who};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, Things, Told};

/// What is sent through a door: valid, so that nothing but the permission decides.
fn body(door: &Door, things: &Things) -> Value {
    let text = json!({"content_type": "text", "text": "Hello"});
    match door.id {
        "sign_in" => json!({"email": "a@example.com", "password": "wrong password"}),
        "set_up" => json!({"token": "x", "email": "a@example.com", "name": "A", "password": "long enough now", "organization": "A"}),
        "create_organization" | "create_project" => json!({"name": "New"}),
        "connect" => json!({"handle": "ada.bsky.social", "app_password": "main password"}),
        "reconnect_channel" => json!({"handle": "ada.bsky.social", "app_password": "main password"}),
        "add_channels" => json!({"external_ids": ["did:plc:none"]}),
        "change_asset" => json!({"alt_text": "A cup"}),
        "create_post" | "check_post" | "forecast_unsaved" => text,
        "resolve_delivery" => json!({"there": true}),
        "change_notification" => json!({"read": true}),
        "schedule_post" => json!({"schedule": {"at": "2040-01-01T00:00:00Z"}, "delivery_ids": [things.delivery]}),
        _ => json!({}),
    }
}

/// The path with real ids in it: those of the owner's organization.
pub fn path(door: &Door, app: &TestApp, things: &Things, asker: &Browser) -> String {
    let root = door.path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let id = match root {
        "organizations" => app.organization.to_string(),
        "projects" => app.project.to_string(),
        "connections" => things.connection.to_string(),
        "channels" => things.channel.to_string(),
        "uploads" => things.upload.to_string(),
        "assets" => things.asset.to_string(),
        "posts" => things.post.to_string(),
        "deliveries" => things.delivery.to_string(),
        "notifications" => things.notice.to_string(),
        "sessions" => asker.session.to_string(),
        _ => String::new(),
    };
    let query = match door.id {
        "calendar" => "?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z",
        "link_preview" => "?url=http://127.0.0.1:1/",
        _ => "",
    };
    format!("{}{query}", door.full_path().replace("{id}", &id).replace("{network}", "bluesky"))
}

async fn call(door: &Door, app: &TestApp, things: &Things, asker: &Browser) -> Told {
    let name = serde_json::to_value(&door.method)
        .unwrap()
        .as_str()
        .unwrap_or_default()
        .to_uppercase();
    let method: Method = name.parse().unwrap();
    let request = asker
        .request(method.clone(), &path(door, app, things, asker))
        .header("if-match", "\"v1\"")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "10")
        .header("upload-offset", "0");
    let request = match door.id {
        "append_upload" => request.header("content-type", "application/offset+octet-stream").body("0123456789"),
        _ if method == Method::POST || method == Method::PATCH => request.json(&body(door, things)),
        _ => request,
    };
    asker.send(request).await
}

/// What the table of permissions says of a member who did not write the post concerned.
fn expected(door: &Door, permissions: &Permissions, role: Role) -> &'static str {
    let posts = door.path.starts_with("/posts") || door.path.starts_with("/deliveries");
    match door.who {
        Who::Anyone | Who::SignedIn => "through",
        Who::Clock => "401",
        Who::InstanceAdmin if role == Role::Owner => "through",
        Who::InstanceAdmin => "403",
        Who::May(action) if !permissions.allows(action, true) => "403",
        // A draft of the agency is not there for its client, nor for an author who sees only its own.
        Who::May(_) if posts && matches!(role, Role::Author | Role::Client) => "404",
        // The agency's sign-in reaches the accounts of its other customers.
        Who::May(_) if door.id == "other_accounts" && role == Role::Client => "403",
        // A connection and a notice are for whoever they were made for.
        Who::May(_) if door.path.starts_with("/connections") && role != Role::Owner => "404",
        Who::May(_) => "through",
    }
}

fn class(door: &Door, told: &Told) -> String {
    match told.status.as_u16() {
        // An upload is its uploader's alone.
        // A file whose bytes are not there was looked for, so the way was free.
        404 if door.id.starts_with("asset_") && told.code() == "not_found" => "through".to_owned(),
        404 if matches!(door.id, "upload" | "upload_offset" | "append_upload" | "end_upload") => "through".to_owned(),
        401 if door.id == "sign_in" => "through".to_owned(),
        status @ (401 | 403 | 404 | 405 | 415 | 500) => status.to_string(),
        _ => "through".to_owned(),
    }
}

#[tokio::test]
async fn every_role_passes_exactly_the_doors_that_its_permissions_open() {
    let app = TestApp::still().await;
    let shared = app.things().await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let user = if role == Role::Owner { app.owner } else { app.member(role).await };
        for door in postrider_web::routes::api().doors() {
            let expected = expected(door, &role.permissions(), role);
            let fresh = if expected == "through" && serde_json::to_value(&door.method).unwrap() != "get" {
                Some(app.things().await)
            } else {
                None
            };
            let asker = app.browser(user).await;
            let things = fresh.as_ref().unwrap_or(&shared);
            let told = call(door, &app, things, &asker).await;
            // Notices and sessions belong to a person: another's are not there.
            let found = class(door, &told);
            let personal = door.id == "change_notification" && role != Role::Owner;
            let expected = if personal { "404" } else { expected };
            if found != expected {
                wrong.push(format!(
                    "{role} · {} {}: {expected} expected, {} {}",
                    door.id, door.path, told.status, told.body
                ));
            }
            // The answer to HEAD has no body.
            if found == "403" && door.who != Who::InstanceAdmin && !told.body.is_null() {
                let Who::May(action) = door.who else { continue };
                assert_eq!(told.body["permission"], action.permission_name(), "{}", door.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_foreign_tenants_things_are_not_there() {
    let app = TestApp::still().await;
    let things = app.things().await;
    let foreigner = app.foreigner().await;
    let mut walked = 0;
    for door in postrider_web::routes::api().doors() {
        let names_a_thing = door.path.contains("{id}") && !door.path.starts_with("/sessions") && door.who != Who::Anyone;
        if !names_a_thing {
            continue;
        }
        let told = call(door, &app, &things, &app.browser(foreigner).await).await;
        assert_eq!(told.status.as_u16(), 404, "{} {}: {}", door.id, door.path, told.body);
        walked += 1;
    }
    assert!(walked > 40, "{walked}");
}

#[tokio::test]
async fn nobody_passes_only_the_doors_for_anyone() {
    let app = TestApp::still().await;
    let things = app.things().await;
    for door in postrider_web::routes::api().doors() {
        let told = call(door, &app, &things, &app.nobody()).await;
        let code = told.code().to_owned();
        match door.who {
            Who::Anyone => assert_ne!(code, "session.required", "{}", door.id),
            // The answer to HEAD has no body.
            _ if told.body.is_null() => assert_eq!(told.status.as_u16(), 401, "{}", door.id),
            _ => assert_eq!((told.status.as_u16(), code.as_str()), (401, "session.required"), "{}", door.id),
        }
    }
}

#[tokio::test]
async fn who_publishes_its_own_posts_only_is_refused_with_the_permissions_name() {
    let app = TestApp::still().await;
    let client = app.member(Role::Client).await;
    let things = app.things().await;
    // Given a time, the agency's post is seen by the client; it may still not be sent by it.
    let owner = app.owners_browser().await;
    owner
        .post(
            &format!("/posts/{}/schedule", things.post),
            json!({"schedule": {"at": "2040-01-01T00:00:00Z"}}),
        )
        .await
        .expect(200);
    let browser = app.browser(client).await;
    browser.get(&format!("/posts/{}", things.post)).await.expect(200);
    let told = browser
        .post(&format!("/posts/{}/publish", things.post), json!({}))
        .await
        .refused(403, "permission");
    assert_eq!(told["permission"], "social.publish");
    browser
        .patch(&format!("/posts/{}", things.post), "\"v1\"", json!({"text": "Mine now"}))
        .await
        .refused(403, "permission");
    browser.delete(&format!("/posts/{}", things.post)).await.refused(403, "permission");
    let mine = browser
        .post(
            &format!("/projects/{}/posts", app.project),
            json!({"content_type": "text", "text": "Ours", "deliveries": [{"channel_id": things.channel}]}),
        )
        .await
        .expect(201);
    let path = format!("/posts/{}/schedule", mine["id"].as_str().unwrap());
    browser
        .post(&path, json!({"schedule": {"at": "2040-01-02T00:00:00Z"}}))
        .await
        .expect(200);
}
