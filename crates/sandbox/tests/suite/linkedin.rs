//! LinkedIn's twin: two kinds of app, silent cuts, refused repeats, uploads in order.

use crate::twin::{Got, Twin};
use postrider_sandbox as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ADA: &str = "urn:li:person:Ada5bR4ndt";
const BAKERY: &str = "urn:li:organization:5551";
const BACK: &str = "http://localhost:3000/connect/linkedin";
const MEMBER_SCOPES: &str = "openid profile email w_member_social";
const PAGES_SCOPES: &str = "r_basicprofile w_member_social w_organization_social r_organization_social rw_organization_admin \
w_organization_social_feed w_member_social_feed";

struct App {
    twin: Twin,
    client: &'static str,
    token: String,
    refresh: Option<String>,
}

fn png(width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, 8, image::Rgb([20, 40, 90]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A file with the headers of an MP4 that runs so long, filled up to a size.
fn mp4(seconds: u32, bytes: usize) -> Vec<u8> {
    let mut file = vec![0, 0, 0, 24];
    file.extend_from_slice(b"ftypisom\0\0\0\0isommp42");
    file.extend_from_slice(&[0, 0, 0, 116]);
    file.extend_from_slice(b"moov\0\0\0\x6cmvhd\0\0\0\0\0\0\0\0\0\0\0\0");
    file.extend_from_slice(&1_000u32.to_be_bytes());
    file.extend_from_slice(&(seconds * 1_000).to_be_bytes());
    file.extend((file.len()..bytes).map(|index| index as u8));
    file
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn post(author: &str, commentary: &str) -> Value {
    json!({
        "author": author, "commentary": commentary, "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": false,
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn encoded(urn: &str) -> String {
    urn.replace(':', "%3A")
}

fn query(address: &str) -> Vec<(String, String)> {
    url::Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value.as_str())
}

async fn ask(twin: &Twin, client: &str, scope: &str, decision: &str) -> Got {
    let address = format!("{}/www.linkedin.com/oauth/v2/authorization", twin.base);
    let asked = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", BACK),
        ("state", "s1"),
        ("scope", scope),
    ];
    let page = twin.send(twin.http.get(&address).query(&asked)).await;
    if page.status != 200 {
        return page;
    }
    assert!(
        page.text.contains("Ada Brandt") && page.text.contains("name=\"decision\""),
        "{}",
        page.text
    );
    twin.send(
        twin.http
            .post(&address)
            .query(&asked)
            .form(&[("person", "ada"), ("decision", decision)]),
    )
    .await
}

async fn exchange(twin: &Twin, client: &str, form: &[(&str, &str)]) -> Got {
    let address = format!("{}/www.linkedin.com/oauth/v2/accessToken", twin.base);
    let mut whole = vec![("client_id", client), ("client_secret", "s3cret")];
    whole.retain(|(name, _)| !form.iter().any(|(other, _)| other == name));
    whole.extend_from_slice(form);
    twin.send(twin.http.post(address).form(&whole)).await
}

impl App {
    async fn start(client: &'static str, scopes: &str) -> Self {
        let twin = Twin::start().await;
        let back = ask(&twin, client, scopes, "allow").await;
        assert_eq!(back.status, 302, "{}", back.text);
        let pairs = query(back.header("location"));
        assert_eq!(value(&pairs, "state"), "s1");
        let code = value(&pairs, "code");
        let got = exchange(
            &twin,
            client,
            &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)],
        )
        .await;
        assert_eq!(
            (got.status, got.body["expires_in"].as_i64()),
            (200, Some(5_184_000)),
            "{}",
            got.text
        );
        Self {
            client,
            token: got.body["access_token"].as_str().unwrap().to_owned(),
            refresh: got.body["refresh_token"].as_str().map(str::to_owned),
            twin,
        }
    }

    async fn member() -> Self {
        Self::start("member-app", MEMBER_SCOPES).await
    }

    async fn pages() -> Self {
        Self::start("pages-app", PAGES_SCOPES).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api.linkedin.com{path}", self.twin.base)
    }

    fn signed(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request
            .bearer_auth(&self.token)
            .header("LinkedIn-Version", "202607")
            .header("X-Restli-Protocol-Version", "2.0.0")
    }

    async fn get(&self, path: &str) -> Got {
        self.twin.send(self.signed(self.twin.http.get(self.at(path)))).await
    }

    async fn send(&self, path: &str, body: Value) -> Got {
        self.twin.send(self.signed(self.twin.http.post(self.at(path)).json(&body))).await
    }

    async fn publish(&self, body: Value) -> String {
        let got = self.send("/rest/posts", body).await;
        assert_eq!((got.status, got.text.as_str()), (201, ""));
        got.header("x-restli-id").to_owned()
    }

    async fn find(&self, author: &str) -> Got {
        let path = format!("/rest/posts?q=author&author={}&count=10&sortBy=CREATED", encoded(author));
        self.twin
            .send(self.signed(self.twin.http.get(self.at(&path))).header("X-RestLi-Method", "FINDER"))
            .await
    }

    async fn open(&self, resource: &str, request: Value) -> Got {
        self.send(
            &format!("/rest/{resource}?action=initializeUpload"),
            json!({"initializeUploadRequest": request}),
        )
        .await
    }

    async fn put(&self, address: &str, bytes: Vec<u8>, signed: bool) -> Got {
        let request = self
            .twin
            .http
            .put(address)
            .header("content-type", "application/octet-stream")
            .body(bytes);
        self.twin
            .send(if signed { request.bearer_auth(&self.token) } else { request })
            .await
    }

    /// Uploads a picture or document; gives its URN.
    async fn upload(&self, kind: &str, owner: &str, bytes: Vec<u8>) -> String {
        let opened = self.open(&format!("{kind}s"), json!({"owner": owner})).await;
        assert_eq!(opened.status, 200, "{}", opened.text);
        let put = self.put(opened.body["value"]["uploadUrl"].as_str().unwrap(), bytes, true).await;
        assert_eq!(put.status, 201, "{}", put.text);
        opened.body["value"][kind].as_str().unwrap().to_owned()
    }

    async fn finalize(&self, video: &str, token: &Value, parts: &[String]) -> Got {
        let request = json!({"finalizeUploadRequest": {"video": video, "uploadToken": token, "uploadedPartIds": parts}});
        self.send("/rest/videos?action=finalizeUpload", request).await
    }
}

/// The code in either of the two shapes.
fn code(got: &Got) -> &str {
    let newer = got.body["errorDetails"]["inputErrors"][0]["code"].as_str();
    newer.or(got.body["code"].as_str()).unwrap_or_default()
}

fn refused(got: &Got, status: u16, wanted: &str, part: &str) {
    assert_eq!((got.status, code(got)), (status, wanted), "{}", got.text);
    assert_eq!(got.body["status"], status);
    assert!(got.text.contains(part), "`{}` lacks `{part}`", got.text);
}

#[tokio::test]
async fn a_profile_is_posted_to_and_the_answer_is_empty() {
    let app = App::member().await;
    assert_eq!(app.refresh, None);
    let info = app.get("/v2/userinfo").await;
    assert_eq!(
        (info.body["sub"].as_str(), info.body["name"].as_str()),
        (Some("Ada5bR4ndt"), Some("Ada Brandt"))
    );
    let urn = app.publish(post(ADA, "Fresh bread \\(every day\\) #baking")).await;
    assert!(urn.starts_with("urn:li:share:7295"), "{urn}");
    let posts = app.twin.posts("linkedin", ADA).await;
    assert_eq!(
        (posts[0]["id"].as_str(), posts[0]["text"].as_str()),
        (Some(urn.as_str()), Some("Fresh bread (every day) #baking"))
    );
    assert_eq!(
        (posts[0]["permalink"].as_str(), &posts[0]["details"]["hashtags"]),
        (
            Some(format!("https://www.linkedin.com/feed/update/{urn}/").as_str()),
            &json!(["baking"])
        )
    );
    refused(
        &app.get(&format!("/rest/posts/{}", encoded(&urn))).await,
        403,
        "ACCESS_DENIED",
        "Not enough permissions",
    );
    refused(&app.find(ADA).await, 403, "ACCESS_DENIED", "Not enough permissions");
}

#[tokio::test]
async fn an_unescaped_sign_cuts_the_text_silently() {
    let app = App::member().await;
    app.publish(post(ADA, "Fresh bread (every day) #baking")).await;
    let posts = app.twin.posts("linkedin", ADA).await;
    assert_eq!(
        (posts[0]["text"].as_str(), posts[0]["details"]["cut_at"].as_u64()),
        (Some("Fresh bread "), Some(12))
    );
}

#[tokio::test]
async fn a_repeat_within_ten_minutes_names_the_first() {
    let app = App::member().await;
    let first = app.publish(post(ADA, "Same")).await;
    let again = app.send("/rest/posts", post(ADA, "Same")).await;
    refused(&again, 422, "DUPLICATE_POST", &format!("Content is a duplicate of {first}"));
    app.publish(post(ADA, "Same, but not quite")).await;
    app.twin.advance_s(601).await;
    assert_ne!(app.publish(post(ADA, "Same")).await, first);
    assert_eq!(app.twin.posts("linkedin", ADA).await.len(), 3);
}

#[tokio::test]
async fn a_page_is_posted_to_read_edited_and_deleted() {
    let app = App::pages().await;
    let acls = app.get("/rest/organizationAcls?q=roleAssignee&state=APPROVED&count=100").await;
    let elements = acls.body["elements"].as_array().unwrap();
    let roles: Vec<_> = elements
        .iter()
        .map(|acl| {
            (
                acl["organization"].as_str().or(acl["organizationTarget"].as_str()),
                acl["role"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        roles,
        [
            (Some(BAKERY), Some("ADMINISTRATOR")),
            (Some("urn:li:organization:5552"), Some("CONTENT_ADMINISTRATOR")),
            (Some("urn:li:organization:5553"), Some("DIRECT_SPONSORED_CONTENT_POSTER")),
        ]
    );
    let logo = app
        .get("/v2/organizations/5551?projection=(id,localizedName,vanityName,logoV2(original~:playableStreams))")
        .await;
    assert_eq!(logo.body["localizedName"], "Harbour Bakery");
    assert!(
        logo.body["logoV2"]["original~"]["elements"][0]["identifiers"][0]["identifier"]
            .as_str()
            .unwrap()
            .starts_with("http")
    );
    let batch = app.get("/rest/organizations?ids=List(5551,9)").await;
    assert_eq!(
        (
            batch.body["results"]["5551"]["vanityName"].as_str(),
            batch.body["errors"]["9"]["status"].as_u64()
        ),
        (Some("harbour-bakery"), Some(404))
    );
    app.twin.control("settings", json!({"list_lag_ms": 60_000})).await;
    let urn = app
        .publish(post(BAKERY, "Hello @[Nordlicht Coworking](urn:li:organization:5552) #hi"))
        .await;
    assert_eq!(app.find(BAKERY).await.body["elements"], json!([]));
    app.twin.advance_s(61).await;
    assert_eq!(app.find(BAKERY).await.body["elements"][0]["id"], urn.as_str());
    let path = format!("/rest/posts/{}", encoded(&urn));
    let read = app.get(&path).await;
    assert_eq!(
        read.body["commentary"],
        "Hello @[Nordlicht Coworking](urn:li:organization:5552) {hashtag|\\#|hi}"
    );
    let comments = format!("/rest/socialActions/{}/comments", encoded(&urn));
    let made = app
        .send(&comments, json!({"actor": BAKERY, "object": urn, "message": {"text": "First"}}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    app.twin.advance_s(61).await;
    assert_eq!(app.get(&comments).await.body["elements"][0]["message"]["text"], "First");
    let patch = app
        .signed(app.twin.http.post(app.at(&path)))
        .header("X-RestLi-Method", "PARTIAL_UPDATE");
    assert_eq!(
        app.twin
            .send(patch.json(&json!({"patch": {"$set": {"commentary": "Changed"}}})))
            .await
            .status,
        204
    );
    assert_eq!(app.twin.posts("linkedin", BAKERY).await[0]["text"], "Changed");
    for _ in 0..2 {
        assert_eq!(app.twin.send(app.signed(app.twin.http.delete(app.at(&path)))).await.status, 204);
    }
    refused(&app.get(&path).await, 404, "NOT_FOUND", &urn);
}

#[tokio::test]
async fn pictures_and_documents_are_shown_as_they_were_sent() {
    let app = App::pages().await;
    let (one, two) = (png(10), png(11));
    let first = app.upload("image", BAKERY, one.clone()).await;
    let second = app.upload("image", BAKERY, two.clone()).await;
    let path = format!("/rest/images/{}", encoded(&first));
    assert_eq!(app.get(&path).await.body["status"], "PROCESSING");
    app.twin.advance_s(11).await;
    assert_eq!(app.get(&path).await.body["status"], "AVAILABLE");
    let single = json!({"media": {"id": first, "altText": "A bar"}});
    app.publish(with(post(BAKERY, "One"), "content", single)).await;
    let several = json!({"multiImage": {"images": [{"id": first, "altText": "a"}, {"id": second, "altText": "b"}]}});
    app.publish(with(post(BAKERY, "Two"), "content", several)).await;
    let article = json!({"article": {"source": "https://example.com/a", "title": "A", "description": "d", "thumbnail": second}});
    app.publish(with(post(BAKERY, "Link"), "content", article)).await;
    let poll = json!({"poll": {"question": "Which?", "options": [{"text": "A"}, {"text": "B"}], "settings": {"duration": "THREE_DAYS"}}});
    assert!(
        app.publish(with(post(BAKERY, "Poll"), "content", poll))
            .await
            .starts_with("urn:li:ugcPost:")
    );
    let deck = app.upload("document", BAKERY, b"%PDF-1.7 deck".to_vec()).await;
    let document = |title: Value| with(post(BAKERY, "Deck"), "content", json!({"media": {"id": deck, "title": title}}));
    refused(
        &app.send("/rest/posts", document(json!("deck.pdf"))).await,
        400,
        "MEDIA_ASSET_WAITING_UPLOAD",
        "processing",
    );
    app.twin.advance_s(11).await;
    refused(
        &app.send("/rest/posts", document(Value::Null)).await,
        400,
        "MISSING_FIELD",
        "/content/media/title",
    );
    app.publish(document(json!("deck.pdf"))).await;
    let posts = app.twin.posts("linkedin", BAKERY).await;
    let kinds: Vec<_> = posts.iter().map(|post| post["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["image", "multiImage", "article", "poll", "document"]);
    assert_eq!(
        (posts[0]["media"][0]["sha256"].as_str(), posts[0]["media"][0]["alt"].as_str()),
        (Some(hex(&one).as_str()), Some("A bar"))
    );
    assert_eq!(
        (posts[1]["media"][1]["sha256"].as_str(), posts[1]["media"][1]["alt"].as_str()),
        (Some(hex(&two).as_str()), Some("b"))
    );
    assert_eq!(
        (
            posts[2]["link"].as_str(),
            &posts[2]["media"],
            posts[2]["details"]["thumb"]["sha256"].as_str()
        ),
        (Some("https://example.com/a"), &json!([]), Some(hex(&two).as_str()))
    );
    assert_eq!(posts[4]["media"][0]["mime"], "application/pdf");
}

#[tokio::test]
async fn a_video_is_put_in_parts_and_finalized_in_their_order() {
    let app = App::member().await;
    let film = mp4(5, 4_194_304 + 1_000);
    let opened = app
        .open(
            "videos",
            json!({"owner": ADA, "fileSizeBytes": film.len(), "uploadCaptions": false, "uploadThumbnail": false}),
        )
        .await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let value = &opened.body["value"];
    let (urn, token) = (value["video"].as_str().unwrap(), &value["uploadToken"]);
    let parts: Vec<(String, usize, usize)> = value["uploadInstructions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                part["uploadUrl"].as_str().unwrap().to_owned(),
                part["firstByte"].as_u64().unwrap() as usize,
                part["lastByte"].as_u64().unwrap() as usize,
            )
        })
        .collect();
    assert_eq!(
        parts.iter().map(|(_, first, last)| (*first, *last)).collect::<Vec<_>>(),
        [(0, 4_194_303), (4_194_304, 4_195_303)]
    );
    let (address, first, last) = &parts[1];
    refused(
        &app.put(address, film[*first..=*last].to_vec(), true).await,
        400,
        "ILLEGAL_ARGUMENT",
        "leave Authorization out",
    );
    refused(
        &app.put(address, film[*first..*last].to_vec(), false).await,
        400,
        "ILLEGAL_ARGUMENT",
        "its instruction says 1000",
    );
    let mut etags = Vec::new();
    for (address, first, last) in parts.iter().rev() {
        let put = app.put(address, film[*first..=*last].to_vec(), false).await;
        assert_eq!(put.status, 200, "{}", put.text);
        etags.insert(0, put.header("etag").trim_matches('"').to_owned());
        if etags.len() == 1 {
            refused(
                &app.finalize(urn, token, &etags).await,
                400,
                "FIELD_INVALID",
                "Not every part was uploaded",
            );
        }
    }
    let wrong_order: Vec<_> = etags.iter().rev().cloned().collect();
    refused(
        &app.finalize(urn, token, &wrong_order).await,
        400,
        "FIELD_INVALID",
        "in the order of their instructions",
    );
    let quoted: Vec<_> = etags.iter().map(|etag| format!("\"{etag}\"")).collect();
    refused(&app.finalize(urn, token, &quoted).await, 400, "FIELD_INVALID", "uploadedPartIds");
    refused(
        &app.finalize(urn, &json!("other"), &etags).await,
        400,
        "FIELD_INVALID",
        "uploadToken",
    );
    let body = with(post(ADA, "Film"), "content", json!({"media": {"id": urn, "title": "Film"}}));
    refused(
        &app.send("/rest/posts", body.clone()).await,
        400,
        "MEDIA_ASSET_WAITING_UPLOAD",
        "Media asset is waiting upload",
    );
    assert_eq!(app.finalize(urn, token, &etags).await.status, 200);
    refused(
        &app.send("/rest/posts", body.clone()).await,
        400,
        "MEDIA_ASSET_WAITING_UPLOAD",
        "processing is not finished",
    );
    app.twin.advance_s(11).await;
    assert_eq!(app.get(&format!("/rest/videos/{}", encoded(urn))).await.body["status"], "AVAILABLE");
    assert!(app.publish(body).await.starts_with("urn:li:ugcPost:"));
    let posts = app.twin.posts("linkedin", ADA).await;
    assert_eq!(
        (posts[0]["type"].as_str(), posts[0]["media"][0]["sha256"].as_str()),
        (Some("video"), Some(hex(&film).as_str()))
    );
}

#[tokio::test]
async fn a_film_that_is_too_short_fails_in_processing() {
    let app = App::member().await;
    let film = mp4(2, 80_000);
    let opened = app.open("videos", json!({"owner": ADA, "fileSizeBytes": film.len()})).await.body["value"].clone();
    let put = app
        .put(opened["uploadInstructions"][0]["uploadUrl"].as_str().unwrap(), film, false)
        .await;
    let urn = opened["video"].as_str().unwrap();
    let finalized = app
        .finalize(urn, &opened["uploadToken"], &[put.header("etag").trim_matches('"').to_owned()])
        .await;
    assert_eq!(finalized.status, 200, "{}", finalized.text);
    app.twin.advance_s(11).await;
    let state = app.get(&format!("/rest/videos/{}", encoded(urn))).await.body;
    assert_eq!(
        (state["status"].as_str(), state["processingFailureReason"].as_str().is_some()),
        (Some("PROCESSING_FAILED"), true)
    );
    let body = with(post(ADA, "Film"), "content", json!({"media": {"id": urn}}));
    refused(&app.send("/rest/posts", body).await, 400, "MEDIA_ASSET_PROCESSING_FAILED", "");
}

#[tokio::test]
async fn a_picture_that_fails_after_the_post_leaves_a_post_nobody_sees() {
    let app = App::member().await;
    let fault = json!({"match": {"network": "linkedin", "operation": "upload_image"}, "action": {"do": "fail_processing"}});
    app.twin.control("faults", fault).await;
    let urn = app.upload("image", ADA, png(10)).await;
    refused(
        &app.get(&format!("/rest/images/{}", encoded(&urn))).await,
        403,
        "ACCESS_DENIED",
        "Accessing this image resource is forbidden",
    );
    app.publish(with(post(ADA, "x"), "content", json!({"media": {"id": urn}}))).await;
    assert_eq!(app.twin.posts("linkedin", ADA).await[0]["state"], "hidden");
}

#[tokio::test]
async fn the_page_of_authorisation_refuses_and_is_refused() {
    let twin = Twin::start().await;
    for (client, scope, decision, error) in [
        ("member-app", "openid", "cancel", "user_cancelled_authorize"),
        ("member-app", "openid", "leave", "user_cancelled_login"),
        ("member-app", "openid w_organization_social", "allow", "unauthorized_scope_error"),
        ("pages-app", "openid profile", "allow", "unauthorized_scope_error"),
        ("pages-app", "", "allow", "invalid_request"),
    ] {
        let back = ask(&twin, client, scope, decision).await;
        assert_eq!(back.status, 302, "{client} {scope}");
        let pairs = query(back.header("location"));
        assert_eq!(
            (value(&pairs, "error"), value(&pairs, "state"), value(&pairs, "code")),
            (error, "s1", "")
        );
    }
    assert_eq!(ask(&twin, "unknown-app", "openid", "allow").await.status, 400);
    let address = format!("{}/www.linkedin.com/oauth/v2/authorization", twin.base);
    let far = [
        ("response_type", "code"),
        ("client_id", "member"),
        ("redirect_uri", "http://example.com/x"),
        ("state", "s"),
        ("scope", "openid"),
    ];
    assert_eq!(twin.send(twin.http.get(address).query(&far)).await.status, 400);
}

#[tokio::test]
async fn codes_and_secrets_are_checked() {
    let twin = Twin::start().await;
    let code = || async {
        let back = ask(&twin, "member-app", MEMBER_SCOPES, "allow").await;
        value(&query(back.header("location")), "code").to_owned()
    };
    let denied =
        |got: &Got, status: u16, error: &str| assert_eq!((got.status, got.body["error"].as_str()), (status, Some(error)), "{}", got.text);
    let first = code().await;
    let form = |code: &str, redirect: &str| {
        vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".to_owned(), code.to_owned()),
            ("redirect_uri".to_owned(), redirect.to_owned()),
        ]
    };
    let send = async |mut form: Vec<(String, String)>, secret: &str| {
        form.extend([
            ("client_id".to_owned(), "member-app".to_owned()),
            ("client_secret".to_owned(), secret.to_owned()),
        ]);
        twin.send(
            twin.http
                .post(format!("{}/www.linkedin.com/oauth/v2/accessToken", twin.base))
                .form(&form),
        )
        .await
    };
    denied(&send(form("nonsense", BACK), "right").await, 400, "invalid_grant");
    denied(
        &send(form(&first, "http://localhost:3000/other"), "right").await,
        400,
        "invalid_redirect_uri",
    );
    denied(&send(form(&first, BACK), "wrong").await, 401, "invalid_client");
    denied(&send(form(&first, BACK), "").await, 401, "invalid_client");
    let granted = send(form(&first, BACK), "right").await;
    assert_eq!(
        (granted.status, granted.body["scope"].as_str()),
        (200, Some("email,openid,profile,w_member_social"))
    );
    assert!(granted.body["id_token"].is_string());
    denied(&send(form(&first, BACK), "right").await, 400, "invalid_grant");
    let second = code().await;
    twin.advance_s(30 * 60 + 1).await;
    denied(&send(form(&second, BACK), "right").await, 400, "invalid_grant");
    denied(
        &send(vec![("grant_type".to_owned(), "password".to_owned())], "right").await,
        400,
        "invalid_request",
    );
    let json_body = twin
        .http
        .post(format!("{}/www.linkedin.com/oauth/v2/accessToken", twin.base))
        .json(&json!({}));
    denied(&twin.send(json_body).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_refresh_token_does_not_roll_and_its_clock_runs() {
    let app = App::pages().await;
    let refresh = app.refresh.clone().unwrap();
    let renew = async || {
        exchange(
            &app.twin,
            app.client,
            &[("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())],
        )
        .await
    };
    app.twin.advance_s(61 * 86_400).await;
    refused(&app.get("/v2/me").await, 401, "EXPIRED_ACCESS_TOKEN", "65602");
    let got = renew().await;
    assert_eq!(
        (got.body["refresh_token"].as_str(), got.body["expires_in"].as_i64()),
        (Some(refresh.as_str()), Some(5_184_000))
    );
    let left_s = got.body["refresh_token_expires_in"].as_i64().unwrap();
    assert!((304 * 86_400 - 60..=304 * 86_400).contains(&left_s), "{left_s}");
    app.twin.advance_s(300 * 86_400).await;
    assert!(renew().await.body["expires_in"].as_i64().unwrap() <= 4 * 86_400);
    app.twin.advance_s(5 * 86_400).await;
    let late = renew().await;
    assert_eq!((late.status, late.body["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn dead_tokens_are_told_apart() {
    let app = App::pages().await;
    let introspect = async |client: &str| {
        let form = [("client_id", client), ("client_secret", "s3cret"), ("token", app.token.as_str())];
        app.twin
            .send(
                app.twin
                    .http
                    .post(format!("{}/www.linkedin.com/oauth/v2/introspectToken", app.twin.base))
                    .form(&form),
            )
            .await
            .body
    };
    assert_eq!(introspect("pages-app").await["status"], "active");
    assert_eq!(introspect("member-app").await, json!({"active": false}));
    let me = app.get("/v2/me").await;
    assert_eq!(
        (me.body["id"].as_str(), me.body["vanityName"].as_str()),
        (Some("pgADa7bQ2x"), Some("ada-brandt"))
    );
    app.twin
        .control("tokens/revoke", json!({"network": "linkedin", "kind": "access"}))
        .await;
    refused(&app.get("/v2/me").await, 401, "REVOKED_ACCESS_TOKEN", "65601");
    assert_eq!(introspect("pages-app").await["status"], "revoked");
    refused(
        &app.twin.send(app.twin.http.get(app.at("/v2/me")).bearer_auth("x")).await,
        401,
        "INVALID_ACCESS_TOKEN",
        "65600",
    );
    refused(
        &app.twin.send(app.twin.http.get(app.at("/v2/me"))).await,
        401,
        "EMPTY_ACCESS_TOKEN",
        "65604",
    );
}

#[tokio::test]
async fn wrong_requests_are_refused_with_documented_codes() {
    let app = App::member().await;
    let http = &app.twin.http;
    let body = post(ADA, "x");
    let posts = app.at("/rest/posts");
    let bare = || http.post(&posts).bearer_auth(&app.token).json(&body);
    refused(
        &app.twin.send(bare().header("X-Restli-Protocol-Version", "2.0.0")).await,
        400,
        "VERSION_MISSING",
        "LinkedIn-Version",
    );
    let old = bare()
        .header("X-Restli-Protocol-Version", "2.0.0")
        .header("LinkedIn-Version", "202501");
    refused(
        &app.twin.send(old).await,
        426,
        "NONEXISTENT_VERSION",
        "Requested version 202501 is not active",
    );
    refused(
        &app.twin.send(bare().header("LinkedIn-Version", "202607")).await,
        400,
        "ILLEGAL_ARGUMENT",
        "Protocol-Version",
    );
    let plain = app.signed(http.post(&posts).header("content-type", "text/plain").body(body.to_string()));
    refused(&app.twin.send(plain).await, 415, "UNSUPPORTED_MEDIA_TYPE", "text/plain");
    refused(
        &app.twin
            .send(app.signed(http.post(&posts).header("content-type", "application/json").body("{")))
            .await,
        400,
        "ILLEGAL_ARGUMENT",
        "Cannot parse",
    );
    let long = "a".repeat(3_001);
    let image = |id: &str| json!({"media": {"id": id}});
    let poll = |question: &str, options: usize, duration: &str| {
        let options: Vec<_> = (0..options).map(|index| json!({"text": format!("Option {index}")})).collect();
        json!({"poll": {"question": question, "options": options, "settings": {"duration": duration}}})
    };
    let article = |source: &str, title: &str| json!({"article": {"source": source, "title": title}});
    for (body, status, wanted, part) in [
        (post("urn:li:person:BenOk4f0rX", "x"), 403, "ACCESS_DENIED", "fields [/author]"),
        (post("urn:li:person:pgADa7bQ2x", "x"), 403, "ACCESS_DENIED", "fields [/author]"),
        (post(BAKERY, "x"), 403, "ACCESS_DENIED", "Not enough permissions"),
        (post("ada", "x"), 400, "INVALID_URN", "/author"),
        (post("urn:li:share:1", "x"), 400, "INVALID_URN_TYPE", "/author"),
        (post(ADA, &long), 400, "FIELD_LENGTH_TOO_LONG", "3001"),
        (post(ADA, ""), 400, "FIELD_INVALID", "/commentary"),
        (
            with(body.clone(), "lifecycleState", "DRAFT".into()),
            400,
            "FIELD_INVALID",
            "/lifecycleState",
        ),
        (
            with(body.clone(), "visibility", "EVERYONE".into()),
            400,
            "FIELD_INVALID",
            "/visibility",
        ),
        (
            with(body.clone(), "distribution", Value::Null),
            400,
            "MISSING_FIELD",
            "/distribution",
        ),
        (
            with(body.clone(), "scheduledAt", 1.into()),
            400,
            "FIELD_INVALID",
            "unrecognized field",
        ),
        (
            with(body.clone(), "content", image("urn:li:image:none")),
            400,
            "INVALID_URN_ID",
            "does not exist",
        ),
        (
            with(body.clone(), "content", image("urn:li:share:1")),
            400,
            "INVALID_URN_TYPE",
            "/content/media/id",
        ),
        (
            with(body.clone(), "content", json!({"media": {"id": "urn:li:image:a"}, "poll": {}})),
            400,
            "FIELD_INVALID",
            "exactly one kind",
        ),
        (
            with(
                body.clone(),
                "content",
                json!({"multiImage": {"images": [{"id": "urn:li:image:a"}]}}),
            ),
            400,
            "FIELD_INVALID",
            "2 to 20",
        ),
        (
            with(body.clone(), "content", json!({"carousel": {}})),
            400,
            "FIELD_INVALID",
            "sponsored",
        ),
        (
            with(body.clone(), "content", article("https://example.com", "")),
            400,
            "FIELD_INVALID",
            "/content/article/title",
        ),
        (
            with(body.clone(), "content", article("example", "A")),
            400,
            "FIELD_INVALID",
            "/content/article/source",
        ),
        (
            with(body.clone(), "content", article("https://example.com", &"a".repeat(401))),
            400,
            "FIELD_LENGTH_TOO_LONG",
            "/content/article/title",
        ),
        (
            with(body.clone(), "content", poll(&"q".repeat(141), 2, "ONE_DAY")),
            400,
            "FIELD_LENGTH_TOO_LONG",
            "/content/poll/question",
        ),
        (
            with(body.clone(), "content", poll("q", 5, "ONE_DAY")),
            400,
            "FIELD_INVALID",
            "2 to 4",
        ),
        (
            with(body.clone(), "content", poll("q", 2, "TWO_DAYS")),
            400,
            "FIELD_INVALID",
            "/content/poll/settings/duration",
        ),
    ] {
        refused(&app.send("/rest/posts", body).await, status, wanted, part);
    }
    let opened = app.open("images", json!({"owner": ADA})).await.body["value"].clone();
    let address = opened["uploadUrl"].as_str().unwrap().to_owned();
    let waiting = with(body.clone(), "content", image(opened["image"].as_str().unwrap()));
    refused(
        &app.send("/rest/posts", waiting).await,
        400,
        "MEDIA_ASSET_WAITING_UPLOAD",
        "Media asset is waiting upload",
    );
    refused(&app.put(&address, png(10), false).await, 401, "EMPTY_ACCESS_TOKEN", "");
    refused(
        &app.put(&address, b"%PDF-1.7".to_vec(), true).await,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "application/pdf",
    );
    refused(
        &app.open("images", json!({"owner": "urn:li:person:BenOk4f0rX"})).await,
        403,
        "ACCESS_DENIED",
        "/author",
    );
    refused(
        &app.open("videos", json!({"owner": ADA, "fileSizeBytes": 1_000})).await,
        400,
        "FIELD_INVALID",
        "fileSizeBytes",
    );
    refused(
        &app.open("videos", json!({"owner": ADA})).await,
        400,
        "MISSING_FIELD",
        "fileSizeBytes",
    );
    refused(
        &app.send("/rest/images?action=other", json!({})).await,
        400,
        "ILLEGAL_ARGUMENT",
        "No such action",
    );
    let urn = app.publish(post(ADA, "commented")).await;
    let comment = json!({"actor": ADA, "object": urn, "message": {"text": "First"}});
    let comments = format!("/rest/socialActions/{}/comments", encoded(&urn));
    refused(&app.send(&comments, comment).await, 403, "ACCESS_DENIED", "Not enough permissions");
    app.twin.advance_s(86_401).await;
    refused(&app.put(&address, png(10), true).await, 400, "EXPIRED_UPLOAD_URL", "expired");
    assert_eq!(app.twin.posts("linkedin", ADA).await.len(), 1);
}

#[tokio::test]
async fn a_lost_role_is_a_refusal_and_a_throttle_has_no_headers() {
    let app = App::pages().await;
    let body = post("urn:li:organization:5553", "x");
    refused(&app.send("/rest/posts", body).await, 403, "ACCESS_DENIED", "fields [/author]");
    app.twin
        .control(&format!("accounts/linkedin/{BAKERY}"), json!({"roles": {"ada": []}}))
        .await;
    refused(
        &app.send("/rest/posts", post(BAKERY, "x")).await,
        403,
        "ACCESS_DENIED",
        "fields [/author]",
    );
    app.twin
        .control("faults", json!({"match": {"network": "linkedin"}, "action": {"do": "rate_limit"}}))
        .await;
    let got = app.send("/rest/posts", post(BAKERY, "x")).await;
    refused(&got, 429, "TOO_MANY_REQUESTS", "Resource level throttle limit");
    assert!(
        !got.headers
            .keys()
            .any(|name| name.as_str().contains("ratelimit") || name == "retry-after")
    );
}

#[tokio::test]
async fn a_person_is_one_profile_whatever_id_an_app_knows() {
    let app = App::pages().await;
    let known_as = "urn:li:person:pgADa7bQ2x";
    refused(
        &app.send("/rest/posts", post(ADA, "x")).await,
        403,
        "ACCESS_DENIED",
        "fields [/author]",
    );
    let urn = app.publish(post(known_as, "x")).await;
    for id in [ADA, known_as] {
        assert_eq!(app.twin.posts("linkedin", id).await[0]["id"], urn.as_str());
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_one_post_and_a_repeat_tells_its_name() {
    let app = App::member().await;
    let fault = json!({"match": {"network": "linkedin", "operation": "create_post"}, "action": {"do": "lose_answer"}});
    app.twin.control("faults", fault).await;
    let lost = app
        .signed(app.twin.http.post(app.at("/rest/posts")).json(&post(ADA, "once")))
        .send()
        .await;
    assert!(lost.is_err());
    let posts = app.twin.posts("linkedin", ADA).await;
    refused(
        &app.send("/rest/posts", post(ADA, "once")).await,
        422,
        "DUPLICATE_POST",
        posts[0]["id"].as_str().unwrap(),
    );
    assert_eq!(app.twin.posts("linkedin", ADA).await.len(), 1);
}
