//! The daily sweep of the media: what nobody needs goes, whatever a crash left; what anybody may still need stays.

use std::time::{Duration, SystemTime};

use postrider_core::ids::{AssetId, DeliveryId, PostId, RenditionId, UploadId};
use postrider_core::post::{AssetUse, Content, ContentType, Mode, Overrides};
use postrider_services::media::Media;
use postrider_services::media::sweep::{Swept, sweep, sweep_scratch};
use postrider_store::{args, assets, deliveries, posts, renditions};

use crate::app::{TestApp, facts, now_ms, ten};

const DAY_MS: i64 = 86_400_000;

fn blobs(id: AssetId, rendition: RenditionId) -> [String; 3] {
    [
        format!("assets/{id}.jpg"),
        format!("thumbnails/{id}.jpg"),
        format!("renditions/{rendition}.jpg"),
    ]
}

/// Puts a file there as it was two days ago.
async fn old_file(app: &TestApp, blob: &str) {
    app.state.media.blobs.put_bytes(blob, "bytes".into()).await.unwrap();
    aged(&kept(&app.state.media, blob).await);
}

/// Where a file lies: in these tests, where it is kept.
async fn kept(media: &Media, blob: &str) -> std::path::PathBuf {
    media.blobs.local(blob, &media.scratch).await.unwrap().to_path_buf()
}

fn aged(path: &std::path::Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(2 * 86_400)).unwrap();
}

/// An asset with thumbnail, rendition and their files, thrown away so long ago.
async fn thrown_away(app: &TestApp, ago_ms: Option<i64>) -> (AssetId, [String; 3]) {
    let (id, rendition) = (AssetId::new(now_ms(), ten()), RenditionId::new(now_ms(), ten()));
    let blobs = blobs(id, rendition);
    let new = assets::NewAsset {
        id,
        project_id: app.project,
        name: "photo.jpg".to_owned(),
        sha256: "0".repeat(64),
        facts: facts(),
        blob: blobs[0].clone(),
        thumbnail_blob: Some(blobs[1].clone()),
        alt_text: String::new(),
        created_at: now_ms(),
    };
    let made = renditions::Rendition {
        id: rendition,
        asset_id: id,
        recipe: "jpeg".to_owned(),
        blob: blobs[2].clone(),
        sha256: "0".repeat(64),
        facts: facts(),
        created_at: now_ms(),
    };
    let scope = app.scope(app.owner).await;
    let mut tx = app.tx().await;
    assets::create(&mut tx, &scope, &new).await.unwrap();
    renditions::create(&mut tx, &made).await.unwrap();
    tx.commit().await.unwrap();
    let deleted_at = ago_ms.map(|ago| now_ms() - ago);
    app.db
        .run("UPDATE assets SET deleted_at = $2 WHERE id = $1", args![id, deleted_at])
        .await
        .unwrap();
    for blob in &blobs {
        old_file(app, blob).await;
    }
    (id, blobs)
}

/// A post of one picture, with a delivery in a state.
async fn post_of(app: &TestApp, asset: AssetId, state: &str) -> PostId {
    let scope = app.scope(app.owner).await;
    let channel = app.channel().await;
    let now = now_ms();
    let new = posts::NewPost {
        id: PostId::new(now, ten()),
        project_id: Some(app.project),
        content: Content {
            assets: vec![AssetUse {
                asset_id: asset,
                alt_text: String::new(),
            }],
            ..Content::empty(ContentType::Image)
        },
        labels: Vec::new(),
        wished_at: None,
        created_at: now,
    };
    let delivery = deliveries::NewDelivery {
        id: DeliveryId::new(now, ten()),
        channel_id: channel,
        mode: Mode::Publish,
        overrides: Overrides::default(),
    };
    let mut tx = app.tx().await;
    let post = posts::create(&mut tx, &scope, &new).await.unwrap().id;
    deliveries::create(&mut tx, &scope, post, &delivery, now).await.unwrap();
    tx.commit().await.unwrap();
    app.db
        .run("UPDATE deliveries SET state = $2 WHERE id = $1", args![delivery.id, state])
        .await
        .unwrap();
    post
}

async fn there(app: &TestApp, id: AssetId, blobs: &[String; 3]) -> (bool, usize) {
    let row = !assets::known(&app.db, &[id]).await.unwrap().is_empty();
    let mut files = 0;
    for blob in blobs {
        files += usize::from(app.state.media.blobs.len(blob).await.is_ok());
    }
    (row, files)
}

async fn swept(app: &TestApp) -> Swept {
    let mut swept = sweep(&app.state.media, &app.db, now_ms()).await.unwrap();
    swept.files += sweep_scratch(&app.state.media, now_ms()).await.unwrap().files;
    swept
}

fn took(assets: usize, files: usize) -> Swept {
    Swept { assets, files, stuck: 0 }
}

#[tokio::test]
async fn only_what_no_post_and_no_delivery_needs_is_taken_away() {
    let app = TestApp::still().await;
    let long_ago = Some(2 * DAY_MS);
    let in_use = thrown_away(&app, None).await;
    let just_now = thrown_away(&app, Some(DAY_MS / 2)).await;
    let unused = thrown_away(&app, long_ago).await;
    // Taken out of a draft since: an earlier version still shows it.
    let in_a_version = thrown_away(&app, long_ago).await;
    let post = post_of(&app, in_a_version.0, "draft").await;
    let sql = "UPDATE posts SET content = $2 WHERE id = $1";
    let empty = serde_json::to_string(&Content::empty(ContentType::Image)).unwrap();
    app.db.run(sql, args![post, empty]).await.unwrap();
    let in_an_override = thrown_away(&app, long_ago).await;
    let other = post_of(&app, in_use.0, "published").await;
    let overrides = serde_json::json!({"assets": [{"asset_id": in_an_override.0}]}).to_string();
    app.db
        .run("UPDATE deliveries SET overrides = $2 WHERE post_id = $1", args![other, overrides])
        .await
        .unwrap();
    let under_way = thrown_away(&app, long_ago).await;
    let deleted_under_way = post_of(&app, under_way.0, "in_doubt").await;
    let over = thrown_away(&app, long_ago).await;
    let deleted = post_of(&app, over.0, "published").await;
    for post in [deleted_under_way, deleted] {
        app.db
            .run("UPDATE posts SET deleted_at = 1 WHERE id = $1", args![post])
            .await
            .unwrap();
    }

    assert_eq!(swept(&app).await, took(2, 0));

    for (name, (id, blobs), stays) in [
        ("in use", in_use, true),
        ("thrown away just now", just_now, true),
        ("in a version", in_a_version, true),
        ("in an override", in_an_override, true),
        ("under way", under_way, true),
        ("unused", unused, false),
        ("of a deleted post", over, false),
    ] {
        let expected = if stays { (true, 3) } else { (false, 0) };
        assert_eq!(there(&app, id, &blobs).await, expected, "{name}");
    }
    assert_eq!(swept(&app).await, Swept::default());
}

#[tokio::test]
async fn what_a_crash_left_is_taken_away_later() {
    let app = TestApp::still().await;
    let kept = thrown_away(&app, None).await;
    // Between the files and the row.
    let half = thrown_away(&app, Some(2 * DAY_MS)).await;
    app.state.media.forget(half.1[..2].to_vec()).await.unwrap();
    // Between the file and its first row; the young one may get its row yet.
    let lost = blobs(AssetId::new(1, ten()), RenditionId::new(1, ten()));
    for blob in &lost {
        old_file(&app, blob).await;
    }
    let young = format!("assets/{}.jpg", AssetId::new(1, ten()));
    app.state.media.blobs.put_bytes(&young, "bytes".into()).await.unwrap();
    old_file(&app, "assets/README.txt").await;
    let media = &app.state.media;
    for (name, old) in [("work.mp4", true), ("young.mp4", false)] {
        let path = media.scratch.join(name);
        std::fs::write(&path, "bytes").unwrap();
        if old {
            aged(&path);
        }
    }
    let uploads = media.scratch.parent().unwrap().join("uploads");
    let known = app.things().await.upload;
    let unknown = UploadId::new(1, ten());
    for id in [known, unknown] {
        media.uploads.create(id).await.unwrap();
        aged(&uploads.join(format!("{id}.part")));
    }

    assert_eq!(swept(&app).await, took(1, 5));

    assert_eq!(there(&app, half.0, &half.1).await, (false, 0));
    assert_eq!(there(&app, kept.0, &kept.1).await, (true, 3));
    for blob in &lost {
        assert!(media.blobs.len(blob).await.is_err(), "{blob}");
        // What cannot be made again is set aside: the database may be the one that is wrong.
        let aside = media.blobs.len(&format!("lost/{blob}")).await.is_ok();
        assert_eq!(aside, !blob.starts_with("renditions"), "{blob}");
    }
    assert!(media.blobs.len(&young).await.is_ok());
    assert!(media.blobs.len("assets/README.txt").await.is_ok());
    assert!(!media.scratch.join("work.mp4").exists() && media.scratch.join("young.mp4").exists());
    assert!(media.uploads.received_bytes(known).await.is_ok());
    assert!(media.uploads.received_bytes(unknown).await.is_err());
    assert_eq!(swept(&app).await, Swept::default());
}

#[tokio::test]
async fn what_cannot_be_taken_away_keeps_nothing_else_there() {
    let app = TestApp::still().await;
    let media = &app.state.media;
    let (stuck, goes) = (thrown_away(&app, Some(2 * DAY_MS)).await, thrown_away(&app, Some(2 * DAY_MS)).await);
    // Says that the folder is this database's.
    thrown_away(&app, None).await;
    // A folder is no file that could be removed, nor taken the place of.
    media.blobs.delete(&stuck.1[0]).await.unwrap();
    let folder = async |name: &str| std::fs::create_dir_all(kept(media, name).await.join("inside")).unwrap();
    folder(&stuck.1[0]).await;
    let lost = blobs(AssetId::new(1, ten()), RenditionId::new(1, ten()));
    for blob in &lost {
        old_file(&app, blob).await;
    }
    folder(&format!("lost/{}", lost[0])).await;

    let expected = Swept {
        assets: 1,
        files: 2,
        stuck: 2,
    };
    assert_eq!(swept(&app).await, expected);
    assert_eq!(there(&app, goes.0, &goes.1).await, (false, 0));
    assert!(there(&app, stuck.0, &stuck.1).await.0, "its row is met again");
    assert!(media.blobs.len(&lost[0]).await.is_ok());
    assert_eq!(
        swept(&app).await,
        Swept {
            assets: 0,
            files: 0,
            stuck: 2
        }
    );
}

#[tokio::test]
async fn a_file_that_was_just_moved_in_has_time_to_get_its_row() {
    let app = TestApp::still().await;
    let media = &app.state.media;
    // Says that the folder is this database's.
    thrown_away(&app, None).await;
    let uploaded = media.scratch.join("uploaded");
    std::fs::write(&uploaded, "bytes").unwrap();
    aged(&uploaded);
    let blob = format!("assets/{}.jpg", AssetId::new(1, ten()));
    media.blobs.put_file(&blob, &uploaded).await.unwrap();
    assert_eq!(swept(&app).await, Swept::default());
    assert!(media.blobs.len(&blob).await.is_ok());
}

#[tokio::test]
async fn a_folder_of_another_database_is_left_alone() {
    let app = TestApp::still().await;
    let theirs = blobs(AssetId::new(1, ten()), RenditionId::new(1, ten()));
    for blob in &theirs {
        old_file(&app, blob).await;
    }
    // Not marked, and nothing in it is known.
    assert_eq!(swept(&app).await, Swept::default());
    // Marked by another.
    let mine = thrown_away(&app, None).await;
    app.state.media.blobs.put_bytes("owner", "another".into()).await.unwrap();
    assert_eq!(swept(&app).await, Swept::default());
    for blob in &theirs {
        assert!(app.state.media.blobs.len(blob).await.is_ok(), "{blob}");
    }
    assert_eq!(there(&app, mine.0, &mine.1).await, (true, 3));
    // Once it is this database's, what is lost in it is lost.
    app.state.media.blobs.delete("owner").await.unwrap();
    assert_eq!(swept(&app).await, took(0, 3));
}
