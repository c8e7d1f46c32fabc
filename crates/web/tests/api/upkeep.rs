//! What is over is erased, and what is not stays.

use postrider_core::Network;
use postrider_core::ids::{ConnectionId, SessionId, UploadId};
use postrider_store::{connections, grants, idempotency_keys, media_addresses, sessions, uploads};
use postrider_web::upkeep;
use reqwest::Method;
use serde_json::json;

use crate::app::{TestApp, now_ms, plain_client, ten};
use crate::connecting::bluesky;

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn what_is_over_is_erased_and_what_is_not_stays() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let scope = app.scope(app.owner).await;
    let now = now_ms();
    let mut tx = app.tx().await;
    for (token, expires_at) in [("over", now - 1), ("open", now + DAY_MS)] {
        let session = sessions::Session {
            id: SessionId::new(now, ten()),
            user_id: app.owner,
            csrf_token: String::new(),
            user_agent: String::new(),
            address: String::new(),
            created_at: now,
            last_seen_at: now,
            expires_at,
        };
        sessions::create(&mut tx, &session, token).await.unwrap();
        let address = media_addresses::MediaAddress {
            id: token.to_owned(),
            delivery_id: None,
            blob: "assets/x.jpg".to_owned(),
            mime: "image/jpeg".to_owned(),
            expires_at,
            created_at: now,
        };
        media_addresses::create(&mut tx, &address).await.unwrap();
    }
    let mut begun = Vec::new();
    for expires_at in [now - 1, now + DAY_MS] {
        let upload = uploads::NewUpload {
            id: UploadId::new(now, ten()),
            project_id: app.project,
            name: "film.mp4".to_owned(),
            declared_mime: String::new(),
            total_bytes: 10,
            created_at: now,
            expires_at,
        };
        uploads::create(&mut tx, &scope, &upload).await.unwrap();
        app.state.media.uploads.create(upload.id).await.unwrap();
        begun.push(upload.id);
    }
    tx.commit().await.unwrap();
    for (key, at) in [("old", now - DAY_MS - 1), ("young", now - DAY_MS / 2)] {
        idempotency_keys::begin(&app.db, app.owner, key, "hash", at, at).await.unwrap();
        idempotency_keys::finish(&app.db, app.owner, key, 200, "{}").await.unwrap();
    }

    upkeep::once(&app.state).await.unwrap();

    // Asked for as of a time at which none of them was over.
    let seen = async |token: &str| sessions::by_token_hash(&app.db, token, 0).await.unwrap().is_some();
    assert_eq!((seen("over").await, seen("open").await), (false, true));
    let fetched = async |id: &str| media_addresses::open(&app.db, id, 0).await.is_ok();
    assert_eq!((fetched("over").await, fetched("open").await), (false, true));
    let bytes = async |id: UploadId| app.state.media.uploads.received_bytes(id).await.is_ok();
    assert_eq!((bytes(begun[0]).await, bytes(begun[1]).await), (false, true));
    let row = async |id: UploadId| uploads::get(&app.db, &scope, id).await.is_ok();
    assert_eq!((row(begun[0]).await, row(begun[1]).await), (false, true));
    let again = async |key: &str| idempotency_keys::begin(&app.db, app.owner, key, "hash", now, 0).await.unwrap();
    assert_eq!(again("old").await, idempotency_keys::Begun::First);
    assert!(matches!(again("young").await, idempotency_keys::Begun::Replay { .. }));
    owner.get("/me").await.expect(200);
}

#[tokio::test]
async fn an_access_from_which_no_channel_was_made_is_erased_and_taken_back() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let scope = app.scope(app.owner).await;
    let channel = bluesky(&app, &owner).await;
    let kept = app.channel().await;

    // The chooser of a second account is left open until its time is over.
    let typed = json!({"handle": "ben.bsky.social", "app_password": "benn-sand-boxx-pass"});
    let begun = owner
        .post(&format!("/projects/{}/connections/bluesky", app.project), typed)
        .await
        .expect(201);
    let id: ConnectionId = begun["connection_id"].as_str().unwrap().parse().unwrap();
    let left = connections::get(&app.db, &scope, id).await.unwrap().grant_id.unwrap();
    upkeep::once(&app.state).await.unwrap();
    assert!(grants::keep(&app.db, left).await.is_ok(), "the chooser is still open");

    let hours_ago = now_ms() - 3 * 3_600_000;
    app.db
        .run(
            "UPDATE connections SET expires_at = $2 WHERE id = $1",
            postrider_store::args![id, hours_ago],
        )
        .await
        .unwrap();
    app.db
        .run("UPDATE grants SET created_at = $1", postrider_store::args![hours_ago])
        .await
        .unwrap();
    let late = json!({"external_ids": ["did:plc:any"]});
    owner
        .post(&format!("/connections/{id}/channels"), late)
        .await
        .refused(409, "connection.over");
    upkeep::once(&app.state).await.unwrap();

    let erased = grants::get(&app.db, &scope, left).await.unwrap();
    assert!(erased.secrets.is_none() && erased.revoked_at.is_some());
    let log = plain_client()
        .request(Method::GET, format!("{}/_sandbox/log", app.sandbox))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        log.contains("deleteSession"),
        "{} is asked to take the access back",
        Network::Bluesky
    );
    for channel in [channel["id"].as_str().unwrap().to_owned(), kept.to_string()] {
        let seen = owner.get(&format!("/channels/{channel}")).await.expect(200);
        assert_eq!(seen["status"], "active");
        let row = postrider_store::channels::get(&app.db, &scope, channel.parse().unwrap())
            .await
            .unwrap();
        assert!(grants::keep(&app.db, row.grant_id).await.is_ok(), "what a channel lives on stays");
    }
}
