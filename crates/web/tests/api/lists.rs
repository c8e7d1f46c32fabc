//! Every list of the document: its own cursors lead through it, and no other is taken.

use std::collections::BTreeSet;

use postrider_core::permission::Role;
use postrider_web::api::Door;
use serde_json::{Value, json};

use crate::access::path;
use crate::app::{Browser, TestApp, Things};

/// The doors that take a cursor.
fn lists() -> Vec<Door> {
    let api = postrider_web::routes::api();
    let document = serde_json::to_value(api.document()).unwrap();
    let takes = |door: &&Door| {
        let get = &document["paths"][door.full_path()]["get"];
        let parameters = get["parameters"].as_array().into_iter().flatten();
        get["operationId"] == door.id && parameters.into_iter().any(|parameter| parameter["name"] == "cursor")
    };
    api.doors().iter().filter(takes).cloned().collect()
}

fn with(path: &str, query: &str) -> String {
    let path = path.trim_start_matches("/api/v1");
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{query}")
}

#[tokio::test]
async fn a_cursor_that_was_never_given_out_is_refused_by_every_list() {
    let app = TestApp::still().await;
    let things = app.things().await;
    let owner = app.owners_browser().await;
    let lists = lists();
    assert!(lists.len() >= 12, "{}", lists.len());
    // An id of a kind that none of them lists, and what only looks like a place in the calendar.
    let foreign = format!("{}", postrider_core::ids::PlanId::new(1, [1; 10]));
    for door in &lists {
        for cursor in ["nonsense", "", "-1", "zzzz", "1.nonsense", "drafts.", "drafts.zzz", &foreign] {
            let asked = with(&path(door, &app, &things, &owner), &format!("cursor={cursor}"));
            let told = owner.get(&asked).await;
            let found = (told.status.as_u16(), told.code().to_owned(), told.body["field"].clone());
            assert_eq!(found, (422, "query.invalid".to_owned(), json!("cursor")), "{asked}: {}", told.body);
            assert!(told.body["remedy"].is_string(), "{asked}: {}", told.body);
        }
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end_by_its_own_cursors() {
    let app = TestApp::still().await;
    let things = app.things().await;
    let owner = app.owners_browser().await;
    several(&app, &owner, &things).await;
    let mut turned = BTreeSet::new();
    for door in lists() {
        let whole = path(&door, &app, &things, &owner);
        let rows = |body: &Value| body["items"].as_array().cloned().unwrap_or_default();
        let all = rows(&owner.get(&with(&whole, "limit=200")).await.expect(200));
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let body = owner.get(&with(&whole, &format!("limit=1{next}"))).await.expect(200);
            seen.extend(rows(&body));
            let Some(cursor) = body["next_cursor"].as_str() else { break };
            turned.insert(door.id);
            next = format!("&cursor={cursor}");
        }
        let id = |row: &Value| row["id"].as_str().or(row["post_id"].as_str()).map(str::to_owned);
        let ids = |rows: &[Value]| rows.iter().map(id).collect::<Vec<_>>();
        assert_eq!(ids(&seen), ids(&all), "{}", door.id);
    }
    // Each list but a delivery's history, in which nothing has happened, has more rows than one.
    let missing: Vec<_> = lists().into_iter().map(|door| door.id).filter(|id| !turned.contains(id)).collect();
    assert_eq!(missing, ["history"]);
}

/// Two of what [`TestApp::things`] makes one of.
async fn several(app: &TestApp, owner: &Browser, things: &Things) {
    let more = app.things().await;
    app.browser(app.owner).await;
    app.member(Role::Viewer).await;
    owner.post("/organizations", json!({"name": "Second"})).await.expect(201);
    for name in ["North", "South"] {
        owner
            .post(&format!("/organizations/{}/projects", app.organization), json!({"name": name}))
            .await
            .expect(201);
    }
    let post = format!("/posts/{}", things.post);
    let both = json!({"text": "Anew", "deliveries": [{"channel_id": things.channel}, {"channel_id": more.channel}]});
    owner.patch(&post, "\"v1\"", both).await.expect(200);
}
