//! Bluesky's twin: what a real server accepts it accepts, what a real server refuses it refuses in the same words.

use crate::twin::{Got, Twin};
use postrider_sandbox as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ADA: &str = "did:plc:adabrandt2bsky3sandbox44";
const PASSWORD: &str = "adaa-sand-boxx-pass";
const POST: &str = "app.bsky.feed.post";
const CREATED_AT: &str = "2026-11-22T12:00:00.000Z";
const KEY: &str = "3lbxsandbox22";

struct Session {
    twin: Twin,
    pds: String,
    access: String,
    refresh: String,
}

fn png(width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, 8, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn mp4() -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 24];
    bytes.extend_from_slice(b"ftypisom\0\0\0\0isommp42");
    bytes.resize(100_000, 7);
    bytes
}

fn text(text: &str) -> Value {
    json!({"$type": POST, "text": text, "createdAt": CREATED_AT})
}

fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

impl Session {
    async fn start() -> Self {
        let twin = Twin::start().await;
        let got = login(&twin, "ada.bsky.social", PASSWORD).await;
        assert_eq!(got.status, 200, "{}", got.text);
        let word = |name: &str| got.body[name].as_str().unwrap().to_owned();
        assert_eq!(word("did"), ADA);
        let pds = got.body["didDoc"]["service"][0]["serviceEndpoint"].as_str().unwrap().to_owned();
        Self {
            pds,
            access: word("accessJwt"),
            refresh: word("refreshJwt"),
            twin,
        }
    }

    fn at(&self, nsid: &str) -> String {
        format!("{}/xrpc/{nsid}", self.pds)
    }

    async fn call(&self, nsid: &str, body: Value) -> Got {
        self.twin
            .send(self.twin.http.post(self.at(nsid)).bearer_auth(&self.access).json(&body))
            .await
    }

    async fn query(&self, nsid: &str, params: &[(&str, &str)]) -> Got {
        self.twin
            .send(self.twin.http.get(self.at(nsid)).bearer_auth(&self.access).query(params))
            .await
    }

    async fn put(&self, rkey: &str, record: Value) -> Got {
        let body = json!({"repo": ADA, "collection": POST, "rkey": rkey, "validate": true, "swapRecord": null, "record": record});
        self.call("com.atproto.repo.putRecord", body).await
    }

    async fn upload(&self, bytes: Vec<u8>, mime: &str) -> Value {
        let request = self
            .twin
            .http
            .post(self.at("com.atproto.repo.uploadBlob"))
            .bearer_auth(&self.access);
        let got = self.twin.send(request.header("content-type", mime).body(bytes)).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body["blob"].clone()
    }

    async fn posts(&self) -> Vec<Value> {
        self.twin.posts("bluesky", ADA).await
    }
}

async fn login(twin: &Twin, identifier: &str, password: &str) -> Got {
    let address = format!("{}/bsky.social/xrpc/com.atproto.server.createSession", twin.base);
    twin.send(
        twin.http
            .post(address)
            .json(&json!({"identifier": identifier, "password": password})),
    )
    .await
}

fn refused(got: &Got, status: u16, error: &str, part: &str) {
    let found = (got.status, got.body["error"].as_str().unwrap_or_default());
    assert_eq!(found, (status, error), "{}", got.text);
    let message = got.body["message"].as_str().unwrap_or_default();
    assert!(message.contains(part), "`{message}` lacks `{part}`");
}

#[tokio::test]
async fn a_post_is_written_once_however_often_the_same_is_put() {
    let session = Session::start().await;
    let first = session.put(KEY, text("Hello")).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.body["uri"], format!("at://{ADA}/{POST}/{KEY}"));
    assert!(first.body["cid"].as_str().unwrap().starts_with("bafyrei"));
    assert_eq!(
        (first.body["validationStatus"].as_str(), first.body["commit"].is_object()),
        (Some("valid"), true)
    );
    assert_eq!(
        (first.header("ratelimit-limit"), first.header("ratelimit-remaining")),
        ("5000", "4998")
    );
    assert_eq!(first.header("ratelimit-policy"), "5000;w=3600");
    let again = session.put(KEY, text("Hello")).await;
    assert_eq!(
        (again.status, &again.body["cid"], again.body.get("commit")),
        (200, &first.body["cid"], None)
    );
    refused(&session.put(KEY, text("Other")).await, 400, "InvalidSwap", "Record was at bafyrei");
    let posts = session.posts().await;
    assert_eq!((posts.len(), posts[0]["text"].as_str()), (1, Some("Hello")));
    assert_eq!(posts[0]["permalink"], format!("https://bsky.app/profile/{ADA}/post/{KEY}"));
    let read = session
        .query("com.atproto.repo.getRecord", &[("repo", ADA), ("collection", POST), ("rkey", KEY)])
        .await;
    assert_eq!(
        (read.status, &read.body["cid"], &read.body["value"]),
        (200, &first.body["cid"], &text("Hello"))
    );
    let list = session
        .query("com.atproto.repo.listRecords", &[("repo", "ada.bsky.social"), ("collection", POST)])
        .await;
    assert_eq!(list.body["records"][0]["uri"], first.body["uri"]);
    for _ in 0..2 {
        let gone = session
            .call(
                "com.atproto.repo.deleteRecord",
                json!({"repo": ADA, "collection": POST, "rkey": KEY}),
            )
            .await;
        assert_eq!(gone.status, 200, "{}", gone.text);
    }
    assert!(session.posts().await.is_empty());
    let read = session
        .query("com.atproto.repo.getRecord", &[("repo", ADA), ("collection", POST), ("rkey", KEY)])
        .await;
    refused(&read, 400, "RecordNotFound", "Could not locate record: at://");
}

#[tokio::test]
async fn pictures_links_and_threads_are_shown_as_they_were_sent() {
    let session = Session::start().await;
    let (one, two) = (png(10), png(11));
    let blobs = [
        session.upload(one.clone(), "image/png").await,
        session.upload(two, "image/png").await,
    ];
    let cid = blobs[0]["ref"]["$link"].as_str().unwrap();
    assert!(cid.starts_with("bafkrei") && cid.len() == 59);
    assert_eq!(
        (blobs[0]["mimeType"].as_str(), blobs[0]["size"].as_u64()),
        (Some("image/png"), Some(one.len() as u64))
    );
    let images: Vec<_> = blobs
        .iter()
        .map(|blob| json!({"image": blob, "alt": "A blue bar", "aspectRatio": {"width": 5, "height": 4}}))
        .collect();
    let facet = json!([{"index": {"byteStart": 0, "byteEnd": 5}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "brot"}]}]);
    let record = with(text("#brot für alle"), "facets", facet.clone());
    let root = session
        .put(
            KEY,
            with(record, "embed", json!({"$type": "app.bsky.embed.images", "images": images})),
        )
        .await;
    assert_eq!(root.status, 200, "{}", root.text);
    let reference = json!({"uri": root.body["uri"], "cid": root.body["cid"]});
    let card = json!({"$type": "app.bsky.embed.external",
        "external": {"uri": "https://example.com/a", "title": "A", "description": "", "thumb": blobs[0]}});
    let reply = with(
        with(text("More"), "embed", card),
        "reply",
        json!({"root": reference, "parent": reference}),
    );
    let answer = session.put("3lbxsandbox33", reply).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let posts = session.posts().await;
    assert_eq!(
        (posts[0]["type"].as_str(), posts[0]["text"].as_str()),
        (Some("images"), Some("#brot für alle"))
    );
    assert_eq!(posts[0]["details"]["facets"], facet);
    assert_eq!(
        (posts[0]["media"].as_array().unwrap().len(), posts[0]["media"][0]["alt"].as_str()),
        (2, Some("A blue bar"))
    );
    let hex: String = Sha256::digest(&one).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(posts[0]["media"][0]["sha256"], hex);
    assert_eq!(
        (&posts[1]["parent"], posts[1]["link"].as_str()),
        (&root.body["uri"], Some("https://example.com/a"))
    );
    assert_eq!(posts[1]["details"]["thumb"]["sha256"], hex);
    let public = format!("{}/public.api.bsky.app/xrpc/app.bsky.feed.getPosts", session.twin.base);
    let view = session
        .twin
        .send(session.twin.http.get(public).query(&[("uris", root.body["uri"].as_str().unwrap())]))
        .await;
    assert_eq!(
        (view.status, view.body["posts"][0]["replyCount"].as_u64()),
        (200, Some(1)),
        "{}",
        view.text
    );
}

#[tokio::test]
async fn a_video_goes_through_the_service_and_only_once() {
    let session = Session::start().await;
    let aud = ("aud", "did:web:morel.us-east.host.bsky.network");
    let exp = (crate::twin::START_US / 1_000_000 + 1_800).to_string();
    let params = [aud, ("lxm", "com.atproto.repo.uploadBlob"), ("exp", exp.as_str())];
    let token = session.query("com.atproto.server.getServiceAuth", &params).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = format!("{}/video.bsky.app/xrpc/app.bsky.video", session.twin.base);
    let upload = |token: String, mime: &'static str, bytes: Vec<u8>| {
        let request = session
            .twin
            .http
            .post(format!("{host}.uploadVideo"))
            .query(&[("did", ADA), ("name", "a.mp4")]);
        session
            .twin
            .send(request.bearer_auth(token).header("content-type", mime).body(bytes))
    };
    refused(
        &upload(session.access.clone(), "video/mp4", mp4()).await,
        400,
        "InvalidToken",
        "Bad token scope",
    );
    refused(
        &upload(token.clone(), "video/webm", mp4()).await,
        400,
        "InvalidRequest",
        "Wrong request encoding",
    );
    let made = upload(token.clone(), "video/mp4", mp4()).await;
    assert_eq!(
        (made.status, made.body["jobStatus"]["state"].as_str()),
        (200, Some("JOB_STATE_CREATED")),
        "{}",
        made.text
    );
    let id = made.body["jobStatus"]["jobId"].as_str().unwrap().to_owned();
    let status = || {
        session.twin.send(
            session
                .twin
                .http
                .get(format!("{host}.getJobStatus"))
                .query(&[("jobId", id.as_str())]),
        )
    };
    session.twin.advance_s(5).await;
    assert_eq!(status().await.body["jobStatus"]["state"], "JOB_STATE_ENCODING");
    session.twin.advance_s(6).await;
    let done = status().await.body["jobStatus"].clone();
    assert_eq!(done["state"], "JOB_STATE_COMPLETED");
    let again = upload(token, "video/mp4", mp4()).await;
    assert_eq!(
        (again.status, again.body["error"].as_str(), &again.body["blob"]),
        (409, Some("already_exists"), &done["blob"])
    );
    let embed = json!({"$type": "app.bsky.embed.video", "video": done["blob"], "alt": "Waves", "aspectRatio": {"width": 9, "height": 16}});
    let posted = session.put(KEY, with(text(""), "embed", embed)).await;
    assert_eq!(posted.status, 200, "{}", posted.text);
    let posts = session.posts().await;
    assert_eq!(
        (posts[0]["type"].as_str(), posts[0]["media"][0]["alt"].as_str()),
        (Some("video"), Some("Waves"))
    );
    let limits_token = session.query(
        "com.atproto.server.getServiceAuth",
        &[("aud", "did:web:video.bsky.app"), ("lxm", "app.bsky.video.getUploadLimits")],
    );
    let limits_token = limits_token.await.body["token"].as_str().unwrap().to_owned();
    let limits = session
        .twin
        .send(session.twin.http.get(format!("{host}.getUploadLimits")).bearer_auth(limits_token))
        .await;
    assert_eq!(
        (limits.body["canUpload"].as_bool(), limits.body["remainingDailyVideos"].as_u64()),
        (Some(true), Some(24))
    );
}

#[tokio::test]
async fn a_video_that_cannot_be_processed_says_why() {
    let session = Session::start().await;
    let fault = json!({"match": {"network": "bluesky", "operation": "upload_video"}, "action": {"do": "fail_processing"}});
    session.twin.control("faults", fault).await;
    let aud = [
        ("aud", "did:web:morel.us-east.host.bsky.network"),
        ("lxm", "com.atproto.repo.uploadBlob"),
    ];
    let token = session.query("com.atproto.server.getServiceAuth", &aud).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = format!("{}/video.bsky.app/xrpc/app.bsky.video", session.twin.base);
    let request = session
        .twin
        .http
        .post(format!("{host}.uploadVideo"))
        .query(&[("did", ADA), ("name", "a.mp4")]);
    let made = session
        .twin
        .send(request.bearer_auth(token).header("content-type", "video/mp4").body(mp4()))
        .await;
    session.twin.advance_s(11).await;
    let id = made.body["jobStatus"]["jobId"].as_str().unwrap();
    let status = session
        .twin
        .send(session.twin.http.get(format!("{host}.getJobStatus")).query(&[("jobId", id)]))
        .await;
    let (state, code) = (&status.body["jobStatus"]["state"], &status.body["jobStatus"]["failureCode"]);
    assert_eq!(
        (state.as_str(), code.as_str()),
        (Some("JOB_STATE_FAILED"), Some("encoding_failure"))
    );
}

#[tokio::test]
async fn a_refresh_token_rotates_with_two_hours_of_grace() {
    let session = Session::start().await;
    let refresh = |token: String| {
        session.twin.send(
            session
                .twin
                .http
                .post(session.at("com.atproto.server.refreshSession"))
                .bearer_auth(token),
        )
    };
    let first = refresh(session.refresh.clone()).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_ne!(first.body["refreshJwt"], session.refresh.as_str());
    let again = refresh(session.refresh.clone()).await;
    assert_eq!((again.status, &again.body["refreshJwt"]), (200, &first.body["refreshJwt"]));
    session.twin.advance_s(2 * 3_600 + 1).await;
    refused(&refresh(session.refresh.clone()).await, 400, "ExpiredToken", "Token has expired");
    refused(
        &session.query("com.atproto.server.getSession", &[]).await,
        400,
        "ExpiredToken",
        "Token has expired",
    );
    let next = refresh(first.body["refreshJwt"].as_str().unwrap().to_owned()).await;
    assert_eq!(next.status, 200, "{}", next.text);
    let address = session.at("com.atproto.server.deleteSession");
    let last = next.body["refreshJwt"].as_str().unwrap().to_owned();
    assert_eq!(
        session.twin.send(session.twin.http.post(address).bearer_auth(&last)).await.status,
        200
    );
    refused(&refresh(last).await, 400, "InvalidToken", "revoked");
}

#[tokio::test]
async fn wrong_logins_are_refused_and_counted() {
    let twin = Twin::start().await;
    refused(
        &login(&twin, "ada.bsky.social", "wron-gwro-ngwr-ongw").await,
        401,
        "AuthenticationRequired",
        "Invalid identifier or password",
    );
    refused(
        &login(&twin, "nobody.bsky.social", PASSWORD).await,
        401,
        "AuthenticationRequired",
        "Invalid",
    );
    refused(
        &login(&twin, "ada@example.com", "main-password-of-ada").await,
        401,
        "AuthFactorTokenRequired",
        "email",
    );
    assert_eq!(login(&twin, "ben@example.com", "benn-sand-boxx-pass").await.status, 200);
    for _ in 0..29 {
        login(&twin, "ada.bsky.social", "wron-gwro-ngwr-ongw").await;
    }
    let over = login(&twin, "ada.bsky.social", PASSWORD).await;
    refused(&over, 429, "RateLimitExceeded", "Rate Limit Exceeded");
    assert_eq!(
        (over.header("ratelimit-remaining"), over.header("ratelimit-policy")),
        ("0", "30;w=300")
    );
    assert!(over.header("retry-after").parse::<u64>().unwrap() <= 300);
    twin.advance_s(301).await;
    assert_eq!(login(&twin, "ada.bsky.social", PASSWORD).await.status, 200);
    twin.control(&format!("accounts/bluesky/{ADA}"), json!({"suspended": true})).await;
    refused(
        &login(&twin, "ada.bsky.social", PASSWORD).await,
        401,
        "AccountTakedown",
        "taken down",
    );
}

#[tokio::test]
async fn wrong_records_are_refused_with_the_field_named() {
    let session = Session::start().await;
    let blob = session.upload(png(10), "image/png").await;
    let image = json!({"image": blob, "alt": ""});
    let facet = |start: usize, end: usize| json!({"index": {"byteStart": start, "byteEnd": end}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}]});
    let images = |list: Vec<Value>| with(text("x"), "embed", json!({"$type": "app.bsky.embed.images", "images": list}));
    let missing = json!({"$type": "blob", "ref": {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}, "mimeType": "image/png", "size": 1});
    let external = |external: Value| {
        with(
            text("x"),
            "embed",
            json!({"$type": "app.bsky.embed.external", "external": external}),
        )
    };
    let family = "👨‍👩‍👧‍👦";
    for (record, error, part) in [
        (
            text(&"a".repeat(301)),
            "InvalidRequest",
            "Record/text must not be longer than 300 graphemes",
        ),
        (
            text(&family.repeat(121)),
            "InvalidRequest",
            "Record/text must not be longer than 3000",
        ),
        (json!({"$type": POST, "text": "x"}), "InvalidRequest", "createdAt"),
        (
            with(text("x"), "createdAt", "2026-11-22T12:00:00".into()),
            "InvalidRequest",
            "Record/createdAt",
        ),
        (
            with(text("x"), "createdAt", "2026-11-22T12:00:00-00:00".into()),
            "InvalidRequest",
            "Record/createdAt",
        ),
        (
            with(text("x"), "$type", "app.bsky.feed.like".into()),
            "InvalidRequest",
            "Invalid $type",
        ),
        (
            with(text("x"), "langs", json!(["en", "de", "fr", "it"])),
            "InvalidRequest",
            "Record/langs must not have more than 3",
        ),
        (
            with(text("x"), "tags", json!(["1", "2", "3", "4", "5", "6", "7", "8", "9"])),
            "InvalidRequest",
            "Record/tags",
        ),
        (
            with(text("hello"), "facets", json!([facet(0, 6)])),
            "InvalidRequest",
            "within the text",
        ),
        (
            with(text("ü!"), "facets", json!([facet(1, 3)])),
            "InvalidRequest",
            "within the text",
        ),
        (
            with(text("hello"), "facets", json!([facet(0, 3), facet(2, 5)])),
            "InvalidRequest",
            "overlap",
        ),
        (
            images(vec![image.clone(); 5]),
            "InvalidRequest",
            "must not have more than 4 elements",
        ),
        (
            images(vec![json!({"image": blob})]),
            "InvalidRequest",
            "must have the property \"alt\"",
        ),
        (
            images(vec![json!({"image": missing, "alt": ""})]),
            "InvalidRequest",
            "Could not find blob",
        ),
        (
            images(vec![
                json!({"image": with(blob.clone(), "mimeType", "image/jpeg".into()), "alt": ""}),
            ]),
            "InvalidMimeType",
            "does not match",
        ),
        (
            images(vec![json!({"image": with(blob.clone(), "size", 1.into()), "alt": ""})]),
            "InvalidSize",
            "does not match",
        ),
        (
            external(json!({"uri": "https://example.com", "title": "A"})),
            "InvalidRequest",
            "must have the property \"description\"",
        ),
        (
            external(json!({"uri": "no address", "title": "A", "description": ""})),
            "InvalidRequest",
            "must be a uri",
        ),
        (
            with(text("x"), "embed", json!({"$type": "app.bsky.embed.video", "video": blob})),
            "InvalidMimeType",
            "must match video/mp4",
        ),
        (
            with(text("x"), "reply", json!({"root": {"uri": "x", "cid": "y"}})),
            "InvalidRequest",
            "Record/reply/root",
        ),
    ] {
        refused(&session.put(KEY, record).await, 400, error, part);
    }
    let large = session.upload([png(10), vec![0; 2_000_000]].concat(), "image/png").await;
    refused(
        &session.put(KEY, images(vec![json!({"image": large, "alt": ""})])).await,
        400,
        "BlobTooLarge",
        "maximum size is 2.00MB",
    );
    assert!(session.posts().await.is_empty());
    session.twin.advance_s(3_601).await;
    refused(
        &session.put(KEY, images(vec![image])).await,
        400,
        "InvalidRequest",
        "Could not find blob",
    );
    assert_eq!(session.put(KEY, text(&family.repeat(120))).await.status, 200);
}

#[tokio::test]
async fn wrong_requests_are_refused_as_a_real_server_does() {
    let session = Session::start().await;
    let http = &session.twin.http;
    let put = session.at("com.atproto.repo.putRecord");
    let body = json!({"repo": ADA, "collection": POST, "rkey": KEY, "record": text("x")});
    refused(
        &session.twin.send(http.post(&put).json(&body)).await,
        401,
        "AuthMissing",
        "Authentication Required",
    );
    refused(
        &session.twin.send(http.post(&put).bearer_auth("nonsense").json(&body)).await,
        400,
        "InvalidToken",
        "",
    );
    refused(
        &session.twin.send(http.post(&put).bearer_auth(&session.refresh).json(&body)).await,
        400,
        "InvalidToken",
        "Bad token scope",
    );
    refused(
        &session.twin.send(http.get(&put).bearer_auth(&session.access)).await,
        400,
        "InvalidRequest",
        "Incorrect HTTP method",
    );
    let plain = http
        .post(&put)
        .bearer_auth(&session.access)
        .header("content-type", "text/plain")
        .body(body.to_string());
    refused(&session.twin.send(plain).await, 400, "InvalidRequest", "Wrong request encoding");
    let refresh = http
        .post(session.at("com.atproto.server.refreshSession"))
        .bearer_auth(&session.refresh)
        .json(&json!({}));
    refused(
        &session.twin.send(refresh).await,
        400,
        "InvalidRequest",
        "A request body was provided when none was expected",
    );
    let foreign = with(body.clone(), "repo", "ben.bsky.social".into());
    refused(
        &session.call("com.atproto.repo.putRecord", foreign).await,
        401,
        "AuthenticationRequired",
        "",
    );
    let nobody = with(body.clone(), "repo", "did:plc:nobody".into());
    refused(
        &session.call("com.atproto.repo.putRecord", nobody).await,
        400,
        "InvalidRequest",
        "Could not find repo",
    );
    let no_tid = with(body.clone(), "rkey", "my-first-post".into());
    refused(
        &session.call("com.atproto.repo.putRecord", no_tid).await,
        400,
        "InvalidRequest",
        "Invalid record key",
    );
    let keyless = json!({"repo": ADA, "collection": POST, "record": text("x")});
    refused(
        &session.call("com.atproto.repo.putRecord", keyless.clone()).await,
        400,
        "InvalidRequest",
        "must have the property \"rkey\"",
    );
    assert_eq!(
        session
            .call("com.atproto.repo.createRecord", with(keyless, "rkey", KEY.into()))
            .await
            .status,
        200
    );
    refused(
        &session.call("com.atproto.repo.createRecord", body).await,
        500,
        "InternalServerError",
        "",
    );
    let blob = http.post(session.at("com.atproto.repo.uploadBlob")).bearer_auth(&session.access);
    refused(
        &session.twin.send(blob.body(vec![1u8, 2])).await,
        400,
        "InvalidRequest",
        "required but not provided",
    );
    let blob = http
        .post(session.at("com.atproto.repo.uploadBlob"))
        .bearer_auth(&session.access)
        .header("content-type", "image/png");
    refused(
        &session.twin.send(blob.body(vec![])).await,
        400,
        "InvalidRequest",
        "none was provided",
    );
    let blob = http
        .post(session.at("com.atproto.repo.uploadBlob"))
        .bearer_auth(&session.access)
        .header("content-type", "video/mp4");
    refused(
        &session.twin.send(blob.body(vec![0; 52_428_801])).await,
        413,
        "PayloadTooLarge",
        "too large",
    );
    refused(
        &session
            .query("com.atproto.identity.resolveHandle", &[("handle", "no.example.com")])
            .await,
        400,
        "InvalidRequest",
        "Unable to resolve handle",
    );
    refused(
        &session.query("app.bsky.actor.getProfile", &[("actor", "no.example.com")]).await,
        400,
        "InvalidRequest",
        "Profile not found",
    );
    refused(
        &session.query("com.atproto.repo.getRecord", &[("repo", ADA)]).await,
        400,
        "InvalidRequest",
        "collection",
    );
    let too_many = [("repo", ADA), ("collection", POST), ("limit", "101")];
    refused(
        &session.query("com.atproto.repo.listRecords", &too_many).await,
        400,
        "InvalidRequest",
        "can not be greater than 100",
    );
    refused(
        &session.query("app.bsky.unknown.method", &[]).await,
        501,
        "MethodNotImplemented",
        "",
    );
    let far = [
        ("aud", "did:web:video.bsky.app"),
        ("exp", "4000000000"),
        ("lxm", "app.bsky.video.getUploadLimits"),
    ];
    refused(
        &session.query("com.atproto.server.getServiceAuth", &far).await,
        400,
        "BadExpiration",
        "more than an hour",
    );
    let directory = format!("{}/plc.directory", session.twin.base);
    assert_eq!(session.twin.send(http.get(format!("{directory}/did:plc:nobody"))).await.status, 404);
    let document = session.twin.send(http.get(format!("{directory}/{ADA}"))).await;
    assert_eq!(
        (document.status, document.body["alsoKnownAs"][0].as_str()),
        (200, Some("at://ada.bsky.social"))
    );
}

#[tokio::test]
async fn points_run_out_and_come_back() {
    let session = Session::start().await;
    session
        .twin
        .control(
            "quota",
            json!({"network": "bluesky", "account": ADA, "total": 5_000, "used": 4_997}),
        )
        .await;
    let record = json!({"repo": ADA, "collection": POST, "record": text("x")});
    let last = session.call("com.atproto.repo.createRecord", record.clone()).await;
    assert_eq!((last.status, last.header("ratelimit-remaining")), (200, "0"), "{}", last.text);
    let over = session.call("com.atproto.repo.createRecord", record.clone()).await;
    refused(&over, 429, "RateLimitExceeded", "Rate Limit Exceeded");
    assert!(over.header("retry-after").parse::<u64>().unwrap() <= 3_600);
    session.twin.advance_s(3_601).await;
    let again = session.call("com.atproto.repo.createRecord", record).await;
    assert_eq!((again.status, again.header("ratelimit-remaining")), (200, "0"));
}

#[tokio::test]
async fn a_lost_answer_leaves_one_record_and_a_repeat_finds_it() {
    let session = Session::start().await;
    let fault = json!({"match": {"network": "bluesky", "operation": "put_record"}, "action": {"do": "lose_answer"}});
    session.twin.control("faults", fault).await;
    let body = json!({"repo": ADA, "collection": POST, "rkey": KEY, "swapRecord": null, "record": text("once")});
    let address = session.at("com.atproto.repo.putRecord");
    let lost = session
        .twin
        .http
        .post(address)
        .bearer_auth(&session.access)
        .json(&body)
        .send()
        .await;
    assert!(lost.is_err());
    let again = session.put(KEY, text("once")).await;
    assert_eq!((again.status, again.body.get("commit")), (200, None), "{}", again.text);
    assert_eq!(session.posts().await.len(), 1);
}
