//! The audit log tells of exactly what was done: act and line are written together or not at all.

use postrider_store::args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, Things, Told};
use crate::connecting::bluesky;

/// Every row of every table but the sessions, which note when they were last used.
async fn rows(app: &TestApp) -> String {
    let tables = app
        .db
        .read(
            "SELECT m.name AS name, group_concat('quote(\"' || p.name || '\")', '||''|''||') AS columns
             FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT IN ('sessions', 'sqlite_sequence') GROUP BY m.name ORDER BY m.name",
            args![],
        )
        .await
        .unwrap();
    let mut dump = String::new();
    for table in tables {
        let (name, columns) = (table.text("name").unwrap(), table.text("columns").unwrap());
        let sql = format!(
            "SELECT COALESCE(group_concat(line, char(10)), '') AS lines FROM (SELECT {columns} AS line FROM \"{name}\" ORDER BY 1)"
        );
        // Statements are fixed texts; this one is made of the schema's own names.
        let row = app.db.one(&*String::leak(sql), args![]).await.unwrap();
        dump.push_str(&format!("== {name}\n{}\n", row.text("lines").unwrap()));
    }
    dump
}

/// One act: the line that it leaves, and the request.
struct Act {
    action: &'static str,
    method: Method,
    path: String,
    body: Value,
}

fn act(action: &'static str, method: Method, path: String, body: Value) -> Act {
    Act {
        action,
        method,
        path,
        body,
    }
}

/// An act of each kind, each on things of its own.
async fn acts(app: &TestApp, owner: &Browser) -> Vec<Act> {
    let project = format!("/projects/{}", app.project);
    let draft = json!({"content_type": "text", "text": "Hello"});
    let at = json!({"schedule": {"at": "2040-01-01T00:00:00Z"}});
    let connected = bluesky(app, owner).await;
    let typed = json!({"handle": "ben.bsky.social", "app_password": "benn-sand-boxx-pass"});
    let chooser = owner
        .post(&format!("{project}/connections/bluesky"), typed.clone())
        .await
        .expect(201);
    let chooser = format!("/connections/{}", chooser["connection_id"].as_str().unwrap());
    let found = owner.get(&chooser).await.expect(200)["accounts"][0]["external_id"].clone();
    let things = async || -> Things { app.things().await };
    let (edited, copied, timed, sent) = (things().await, things().await, things().await, things().await);
    let (failed, doubtful, ready, halted) = (things().await, things().await, things().await, things().await);
    let (deleted, filed) = (things().await, things().await);
    for (delivery, set) in [
        (failed.delivery, "state = 'failed', failure_kind = 'content', channel_id = $2"),
        (doubtful.delivery, "state = 'in_doubt', waits_for_person = TRUE, channel_id = $2"),
        (ready.delivery, "state = 'ready_to_post', channel_id = $2"),
    ] {
        let sql = format!("UPDATE deliveries SET {set} WHERE id = $1");
        let channel = connected["id"].as_str().unwrap();
        app.db.run(&*String::leak(sql), args![delivery, channel]).await.unwrap();
    }
    owner.post(&format!("/posts/{}/schedule", sent.post), at.clone()).await.expect(200);
    app.db
        .run(
            "UPDATE channels SET halted_at = 1, halt_reason = 'too alike' WHERE id = $1",
            args![halted.channel],
        )
        .await
        .unwrap();
    let post = Method::POST;
    let asset_of_nobody = format!("/assets/{}", filed.asset);
    vec![
        act("post.create", post.clone(), format!("{project}/posts"), draft),
        act(
            "post.change",
            Method::PATCH,
            format!("/posts/{}", edited.post),
            json!({"text": "Anew"}),
        ),
        act(
            "post.duplicate",
            post.clone(),
            format!("/posts/{}/duplicate", copied.post),
            json!({}),
        ),
        act("post.schedule", post.clone(), format!("/posts/{}/schedule", timed.post), at),
        act(
            "post.unschedule",
            post.clone(),
            format!("/posts/{}/unschedule", sent.post),
            json!({}),
        ),
        act("post.delete", Method::DELETE, format!("/posts/{}", deleted.post), json!({})),
        act(
            "delivery.retry",
            post.clone(),
            format!("/deliveries/{}/retry", failed.delivery),
            json!({}),
        ),
        act(
            "delivery.resolve",
            post.clone(),
            format!("/deliveries/{}/resolve", doubtful.delivery),
            json!({"there": true}),
        ),
        act(
            "delivery.mark_posted",
            post.clone(),
            format!("/deliveries/{}/mark-posted", ready.delivery),
            json!({}),
        ),
        act(
            "channel.lift_halt",
            post.clone(),
            format!("/channels/{}/lift-halt", halted.channel),
            json!({}),
        ),
        act("channel.connect", post.clone(), format!("{project}/connections/bluesky"), typed),
        act(
            "channel.connect",
            post.clone(),
            format!("{project}/connections/linkedin"),
            json!({"variant": "member"}),
        ),
        act(
            "channel.add",
            post.clone(),
            format!("{chooser}/channels"),
            json!({"external_ids": [found]}),
        ),
        act(
            "channel.disconnect",
            Method::DELETE,
            format!("/channels/{}", halted.channel),
            json!({}),
        ),
        act("asset.delete", Method::DELETE, asset_of_nobody, json!({})),
        act(
            "project.create",
            post,
            format!("/organizations/{}/projects", app.organization),
            json!({"name": "North"}),
        ),
        act("project.change", Method::PATCH, project, json!({"name": "Other"})),
        act(
            "organization.change",
            Method::PATCH,
            format!("/organizations/{}", app.organization),
            json!({"name": "Other"}),
        ),
    ]
}

async fn done(owner: &Browser, act: &Act) -> Told {
    let request = owner.request(act.method.clone(), &format!("/api/v1{}", act.path));
    let request = request.header("if-match", "\"v1\"");
    if act.method == Method::DELETE {
        return owner.send(request).await;
    }
    owner.send(request.json(&act.body)).await
}

#[tokio::test]
async fn what_the_audit_log_cannot_tell_of_is_not_done() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let acts = acts(&app, &owner).await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room for a line'); END";
    app.db.run(full, args![]).await.unwrap();
    let before = rows(&app).await;
    for act in &acts {
        let told = done(&owner, act).await;
        assert_eq!(told.status.as_u16(), 500, "{} {}: {}", act.action, act.path, told.body);
        let after = rows(&app).await;
        let changed: Vec<_> = after.lines().filter(|line| !before.lines().any(|known| known == *line)).collect();
        assert!(before == after, "{} left {changed:#?}", act.action);
    }
    app.db.run("DROP TRIGGER full", args![]).await.unwrap();
    for act in &acts {
        let told = done(&owner, act).await;
        assert!(
            told.status.is_success(),
            "{} {}: {} {}",
            act.action,
            act.path,
            told.status,
            told.body
        );
        let newest = owner
            .get(&format!("/organizations/{}/audit?limit=1", app.organization))
            .await
            .expect(200);
        assert_eq!(newest["items"][0]["action"], act.action, "{newest}");
        assert_ne!(newest["items"][0]["object_id"], "", "{newest}");
    }
}
