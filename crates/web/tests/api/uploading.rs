//! Files on their way in and out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_core::ids::UploadId;
use postrider_engine::events::News;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Digest;

use crate::app::{Browser, TestApp, Told};

const MP4: &[u8] = include_bytes!("../../../services/tests/fixtures/portrait.mp4");

async fn begin(app: &TestApp, owner: &Browser, name: &str, length: usize) -> Told {
    let request = owner
        .request(Method::POST, &format!("/api/v1/projects/{}/uploads", app.project))
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length)
        .header("upload-metadata", format!("filename {}", STANDARD.encode(name)));
    owner.send(request).await
}

async fn append(owner: &Browser, location: &str, offset: usize, bytes: &'static [u8], sum: Option<&[u8]>) -> Told {
    let mut request = owner
        .request(Method::PATCH, location)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", offset)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes);
    if let Some(sum) = sum {
        request = request.header("upload-checksum", format!("sha256 {}", STANDARD.encode(sum)));
    }
    owner.send(request).await
}

async fn offset(owner: &Browser, location: &str) -> String {
    let told = owner
        .send(owner.request(Method::HEAD, location).header("tus-resumable", "1.0.0"))
        .await;
    assert_eq!(told.status, 200);
    told.header("upload-offset").to_owned()
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped_and_becomes_an_asset() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let begun = begin(&app, &owner, "C:\\films\\clip.mp4", MP4.len()).await;
    assert_eq!(begun.status, 201);
    let location = begun.header("location").to_owned();
    let half = MP4.len() / 2;
    assert_eq!(
        append(&owner, &location, 0, &MP4[..half], None).await.header("upload-offset"),
        half.to_string()
    );
    assert_eq!(offset(&owner, &location).await, half.to_string());
    append(&owner, &location, 0, &MP4[..half], None).await.refused(409, "upload.offset");
    append(&owner, &location, half, &MP4[half..], Some(&[0; 32]))
        .await
        .refused(422, "upload.checksum");
    let sum = sha2::Sha256::digest(&MP4[half..]);
    let done = append(&owner, &location, half, &MP4[half..], Some(&sum)).await;
    assert_eq!(done.status, 204, "{}", done.body);
    let id = done.header("postrider-asset").to_owned();
    let asset = owner.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!((&asset["kind"], &asset["name"]), (&json!("video"), &json!("clip.mp4")));
    assert_eq!(
        owner.get(location.trim_start_matches("/api/v1")).await.expect(200)["asset"]["id"],
        id
    );

    let content = owner
        .request(Method::GET, &format!("/api/v1/assets/{id}/content"))
        .header("range", "bytes=4-7")
        .send()
        .await
        .unwrap();
    assert_eq!(content.status(), 206);
    assert_eq!(content.headers()["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(content.bytes().await.unwrap().as_ref(), b"ftyp");
    let described = owner
        .patch(&format!("/assets/{id}"), "", json!({"alt_text": "A cup fills"}))
        .await
        .expect(200);
    assert_eq!(described["alt_text"], "A cup fills");

    let post = json!({"content_type": "video", "assets": [{"asset_id": id}]});
    let post: Value = owner.post(&format!("/projects/{}/posts", app.project), post).await.expect(201);
    assert_eq!(post["media"][0]["id"], id);
    owner.delete(&format!("/assets/{id}")).await.refused(409, "asset.in_use");
}

#[tokio::test]
async fn an_upload_whose_last_bytes_nobody_waited_for_becomes_an_asset_when_it_is_asked_for() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let sent_and_gone = async |name: &str, bytes: &'static [u8]| {
        let location = begin(&app, &owner, name, bytes.len()).await.header("location").to_owned();
        let id = location.rsplit('/').next().unwrap().parse().unwrap();
        let chunks = futures::stream::iter([Ok::<_, std::convert::Infallible>(bytes::Bytes::from_static(bytes))]);
        let total = bytes.len() as u64;
        app.state.media.uploads.append(id, 0, total, chunks).await.unwrap();
        location
    };
    let location = sent_and_gone("clip.mp4", MP4).await;
    assert_eq!(offset(&owner, &location).await, MP4.len().to_string());
    let upload = owner.get(location.trim_start_matches("/api/v1")).await.expect(200);
    assert_eq!(upload["asset"]["name"], "clip.mp4");
    assert_eq!(offset(&owner, &location).await, MP4.len().to_string(), "asked again it is the same");

    let location = sent_and_gone("clip.mp4", b"not a film").await;
    assert_eq!(offset(&owner, &location).await, "10");
    let upload = owner.get(location.trim_start_matches("/api/v1")).await.expect(200);
    assert_eq!(upload["failure"]["code"], "media.refused", "{upload}");
}

/// An upload whose last bytes are about to be sent.
async fn almost_whole(app: &TestApp, owner: &Browser) -> String {
    let location = begin(app, owner, "clip.mp4", MP4.len()).await.header("location").to_owned();
    append(owner, &location, 0, &MP4[..1_000], None).await;
    location
}

/// Whether an upload's bytes are all noted, and somebody works on it all the same.
async fn being_made(app: &TestApp, id: UploadId) -> bool {
    let scope = app.scope(app.owner).await;
    let noted = postrider_store::uploads::get(&app.db, &scope, id).await.unwrap().received_bytes == MP4.len() as i64;
    // One poll takes the turn and gives it back before anybody else runs, so that asking keeps nobody from the upload.
    noted && futures::poll!(std::pin::pin!(app.state.media.uploads.wait_for_turn(id))).is_pending()
}

fn last_bytes(owner: &Browser, location: &str) -> reqwest::RequestBuilder {
    owner
        .request(Method::PATCH, location)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 1_000)
        .header("content-type", "application/offset+octet-stream")
        .body(&MP4[1_000..])
}

#[tokio::test]
async fn a_whole_upload_becomes_an_asset_though_who_sent_it_hangs_up() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let location = almost_whole(&app, &owner).await;
    let mut hints = app.state.engine.shared().events.listen();
    // The file is measured only once this is given back.
    let bench = app.state.media.workshop.enter().await.unwrap();
    let sent = last_bytes(&owner, &location).build().unwrap();
    let mut request = axum::extract::Request::new(axum::body::Body::from(&MP4[1_000..]));
    *request.method_mut() = sent.method().clone();
    *request.uri_mut() = location.parse().unwrap();
    *request.headers_mut() = sent.headers().clone();
    let mut answer = Box::pin(tower::ServiceExt::oneshot(postrider_web::router(app.state.clone()), request));
    let id = location.rsplit('/').next().unwrap().parse().unwrap();
    while !being_made(&app, id).await {
        assert!(futures::poll!(answer.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    drop(answer);
    drop(bench);
    let made = async { while !matches!(hints.recv().await.unwrap(), News::Changed(hint) if hint.kind == "asset") {} };
    tokio::time::timeout(std::time::Duration::from_secs(60), made)
        .await
        .expect("an asset");
    let upload = owner.get(location.trim_start_matches("/api/v1")).await.expect(200);
    assert_eq!(upload["asset"]["name"], "clip.mp4");
}

#[tokio::test]
async fn an_upload_that_another_server_ended_meanwhile_is_what_it_became_there() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let location = almost_whole(&app, &owner).await;
    // This server has the whole file in hand, and measures it only once this is given back.
    let bench = app.state.media.workshop.enter().await.unwrap();
    let mut here = Box::pin(owner.send(last_bytes(&owner, &location)));
    let id = location.rsplit('/').next().unwrap().parse().unwrap();
    while !being_made(&app, id).await {
        assert!(futures::poll!(here.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    let there = Browser {
        base: app.another_server().await,
        cookie: owner.cookie.clone(),
        csrf: owner.csrf.clone(),
        session: owner.session,
    };
    let ended = there
        .send(there.request(Method::HEAD, &location).header("tus-resumable", "1.0.0"))
        .await;
    let asset = ended.header("postrider-asset").to_owned();
    drop(bench);
    let told = here.await;
    assert_eq!(
        (told.status.as_u16(), told.header("postrider-asset")),
        (204, asset.as_str()),
        "{}",
        told.body
    );
    let listed = owner.get(&format!("/projects/{}/assets", app.project)).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_asks_for_an_upload_that_is_being_made_an_asset_gets_the_same_one() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let location = almost_whole(&app, &owner).await;
    let head = || owner.send(owner.request(Method::HEAD, &location).header("tus-resumable", "1.0.0"));
    let (done, first, second) = futures::join!(owner.send(last_bytes(&owner, &location)), head(), head());
    let id = done.header("postrider-asset").to_owned();
    for asked in [first, second] {
        // Either before the last bytes came, or with what became of them.
        let (offset, whole) = (asked.header("upload-offset").to_owned(), MP4.len().to_string());
        assert!(
            offset == "1000" || (offset == whole && asked.header("postrider-asset") == id),
            "{offset}"
        );
    }
    let listed = owner.get(&format!("/projects/{}/assets", app.project)).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn files_that_cannot_be_are_refused_clearly() {
    let app = TestApp::with(|config| config.upload_bytes_max = 1_000_000, false).await;
    let owner = app.owners_browser().await;
    begin(&app, &owner, "empty.jpg", 0).await.refused(422, "media.refused");
    begin(&app, &owner, "huge.mp4", 1_000_001).await.refused(413, "body.too_large");
    let cases: &[(&str, &'static [u8])] = &[
        ("page.jpg", b"<html><script>alert(1)</script></html>"),
        ("cut.mp4", &MP4[..600]),
        ("noise.png", &[0x89, b'P', b'N', b'G', 1, 2, 3]),
    ];
    for (name, bytes) in cases {
        let begun = begin(&app, &owner, name, bytes.len()).await;
        let location = begun.header("location").to_owned();
        let told = append(&owner, &location, 0, bytes, None).await.refused(422, "media.refused");
        assert!(
            told["problems"][0]["code"].as_str().is_some_and(|code| code.starts_with("media.")),
            "{name}: {told:#}"
        );
        assert!(told["remedy"].is_string());
        let state = owner.get(location.trim_start_matches("/api/v1")).await.expect(200);
        assert_eq!(state["failure"]["code"], "media.refused", "{name}");
    }
    let listed = owner.get(&format!("/projects/{}/assets", app.project)).await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn tus_is_spoken_in_its_version_only() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let options = owner
        .send(owner.request(Method::OPTIONS, &format!("/api/v1/projects/{}/uploads", app.project)))
        .await;
    assert_eq!((options.status.as_u16(), options.header("tus-version")), (204, "1.0.0"));
    let request = owner
        .request(Method::POST, &format!("/api/v1/projects/{}/uploads", app.project))
        .header("upload-length", "5");
    owner.send(request).await.refused(412, "upload.version");
    let begun = begin(&app, &owner, "a.txt", 5).await;
    let location = begun.header("location").to_owned();
    append(&owner, &location, 0, b"123456", None).await.refused(413, "body.too_large");
    let ended = owner
        .send(owner.request(Method::DELETE, &location).header("tus-resumable", "1.0.0"))
        .await;
    assert_eq!(ended.status, 204);
    let gone = owner
        .send(owner.request(Method::HEAD, &location).header("tus-resumable", "1.0.0"))
        .await;
    assert_eq!(gone.status, 404);
}
