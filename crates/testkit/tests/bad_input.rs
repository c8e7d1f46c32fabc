//! What was tried, and what it answered: each a clear problem document, and nothing lost.

use postrider_testkit::client::{deliveries_of, instant, send};
use postrider_testkit::{Answer, Channel, Client, Fleet, Installation, Options, media};
use reqwest::Method;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// The table as it is filled.
#[derive(Default)]
struct Table {
    rows: Vec<(String, u16, String, String)>,
    wrong: Vec<String>,
}

impl Table {
    /// Holds an answer to what it must be: a problem document with this status and code, in words, that tells nothing of the inside.
    fn holds(&mut self, tried: &str, answer: &Answer, status: u16, code: &str) {
        let problem = &answer.body;
        let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let words = |field: &str| problem[field].as_str().is_some_and(|words| !words.is_empty());
        let inside = ["sqlx", "SELECT", "panicked", "/tmp/", ".rs:"];
        let good = answer.status == status
            && kind == Some("application/problem+json")
            && (problem["code"] == code || answer.first_problem() == code)
            && ["type", "title", "detail"].into_iter().all(words)
            && !inside.iter().any(|name| answer.text.contains(name));
        if !good {
            self.wrong
                .push(format!("{tried}: not {status} {code} but {}: {}", answer.status, answer.text));
        }
        let detail = problem["problems"][0]["message"].as_str().or(problem["detail"].as_str());
        self.rows
            .push((tried.to_owned(), status, code.to_owned(), detail.unwrap_or_default().to_owned()));
    }

    /// The same, and it names the field.
    fn names(&mut self, tried: &str, answer: &Answer, status: u16, code: &str, field: &str) {
        self.holds(tried, answer, status, code);
        let problem = &answer.body;
        if problem["field"] != field && problem["problems"][0]["field"] != field {
            self.wrong.push(format!("{tried}: does not name {field}: {}", answer.text));
        }
    }

    /// The same, and it says what to do.
    fn remedies(&mut self, tried: &str, answer: &Answer, status: u16, code: &str) {
        self.holds(tried, answer, status, code);
        let told = answer.body["remedy"].as_str().or(answer.body["problems"][0]["remedy"].as_str());
        if told.is_none_or(str::is_empty) {
            self.wrong.push(format!("{tried}: no remedy: {}", answer.text));
        }
    }

    fn took(&mut self, tried: &str, status: u16, what: &str) {
        self.rows.push((tried.to_owned(), status, "taken".to_owned(), what.to_owned()));
    }

    fn print(&self) {
        for (tried, status, code, detail) in &self.rows {
            println!("| {tried} | {status} | {code} | {detail} |");
        }
    }
}

fn text(words: &str, channel: &Channel) -> Value {
    json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]})
}

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

async fn bodies(table: &mut Table, client: &Client, channel: &Channel) {
    let posts = format!("projects/{}/posts", client.project());
    let raw = |kind: &'static str, body: Vec<u8>| {
        let request = client.request(Method::POST, &posts).header("content-type", kind).body(body);
        async move { client.send(request).await }
    };
    table.holds("an empty body", &raw("application/json", Vec::new()).await, 400, "body.syntax");
    table.holds(
        "half a JSON",
        &raw("application/json", b"{\"content_type\": \"te".to_vec()).await,
        400,
        "body.syntax",
    );
    table.holds(
        "a form instead of JSON",
        &raw("application/x-www-form-urlencoded", b"text=x".to_vec()).await,
        415,
        "body.type",
    );
    let enormous = json!({"content_type": "text", "text": "x".repeat(20_000_000)}).to_string();
    let enormous = raw("application/json", enormous.into_bytes()).await;
    table.remedies("a body of 20 MB", &enormous, 413, "body.too_large");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    table.holds(
        "50,000 brackets",
        &raw("application/json", deep.into_bytes()).await,
        422,
        "field.invalid",
    );
    let wrong = [
        ("a number for the text", json!({"content_type": "text", "text": 7}), "text"),
        ("a type that is none", json!({"content_type": "song"}), "content_type"),
        (
            "a number for the overrides",
            json!({"content_type": "text", "deliveries": [{"channel_id": channel.id, "overrides": 7}]}),
            "deliveries.0.overrides",
        ),
        (
            "a list for the overrides",
            json!({"content_type": "text", "deliveries": [{"channel_id": channel.id, "overrides": []}]}),
            "deliveries.0.overrides",
        ),
        (
            "a mode that is none",
            json!({"content_type": "text", "deliveries": [{"channel_id": channel.id, "mode": "loud"}]}),
            "deliveries.0.mode",
        ),
    ];
    for (tried, body, field) in wrong {
        table.names(tried, &client.post(&posts, &body).await, 422, "field.invalid", field);
    }
    table.holds("a list for a post", &client.post(&posts, &json!([])).await, 422, "field.invalid");
    let unknown = client.post(&posts, &json!({"content_type": "text", "txet": "x"})).await;
    table.holds("a field that is none", &unknown, 422, "field.invalid");
    let twice = json!({"content_type": "text", "text": "x", "deliveries": [{"channel_id": channel.id}, {"channel_id": channel.id}]});
    let answer = client.post(&posts, &twice).await;
    assert!((400..500).contains(&answer.status), "one channel twice: {}", answer.text);
    table.holds("one channel twice", &answer, answer.status, answer.code());
    let page = client.get(&format!("{posts}?limit=many")).await;
    table.holds("a limit that is no number", &page, 422, "query.invalid");
}

async fn strangers(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
    let post = client.draft(&text("Mine", channel)).await.expect(201);
    let stranger = installation.stranger().await;
    table.holds(
        "another tenant's post",
        &stranger.get(&format!("posts/{}", id(&post))).await,
        404,
        "not_found",
    );
    table.holds(
        "another tenant's channel",
        &stranger.delete(&format!("channels/{}", channel.id)).await,
        404,
        "not_found",
    );
    let into = stranger
        .post(&format!("projects/{}/posts", client.project()), &text("In yours", channel))
        .await;
    table.holds("a post into another tenant's project", &into, 404, "not_found");
    let onto = stranger.draft(&text("On yours", channel)).await;
    assert!(matches!(onto.status, 404 | 422), "{}", onto.text);
    table.holds("a post onto another tenant's channel", &onto, onto.status, onto.code());
    table.holds("an id that is none", &client.get("posts/post_nonsense").await, 404, "not_found");
    table.holds(
        "an id of another kind",
        &client.get(&format!("posts/{}", channel.id)).await,
        404,
        "not_found",
    );
    let bare = postrider_testkit::client::bare();
    let nobody = send(bare.get(format!("{}/api/v1/posts/{}", client.base(), id(&post)))).await;
    table.holds("nobody signed in", &nobody, 401, "session.required");
    let forged = bare
        .post(format!("{}/api/v1/posts/{}/publish", client.base(), id(&post)))
        .header("cookie", client.cookie());
    table.holds(
        "a write without the page's token",
        &send(forged.json(&json!({}))).await,
        403,
        "session.csrf",
    );
    let wrong = bare.post(format!("{}/api/v1/session", client.base()));
    let wrong = send(wrong.json(&json!({"email": "mia@example.org", "password": "not the password"}))).await;
    table.holds("a wrong password", &wrong, 401, "session.refused");
    let unread = client
        .request(Method::PATCH, &format!("posts/{}", id(&post)))
        .json(&json!({"text": "x"}));
    table.holds(
        "an edit of a version never read",
        &client.send(unread).await,
        428,
        "version.required",
    );
    let stale = client
        .request(Method::PATCH, &format!("posts/{}", id(&post)))
        .header("if-match", "\"999\"");
    table.holds(
        "an edit of another version",
        &client.send(stale.json(&json!({"text": "x"}))).await,
        412,
        "version.stale",
    );
}

/// A JPEG whose header says another size.
fn claiming(side: u16) -> Vec<u8> {
    let mut bytes = media::jpeg(64, 64, 1);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
    bytes
}

/// A PDF of one page that runs a script when it is opened.
fn scripted_pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = pdf.len();
    pdf.push_str("xref\n0 4\n0000000000 65535 f \n");
    for place in places {
        pdf.push_str(&format!("{place:010} 00000 n \n"));
    }
    pdf.push_str(&format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    pdf.into_bytes()
}

async fn files(table: &mut Table, client: &Client, channel: &Channel) {
    let film = media::UPRIGHT_MP4;
    table.names(
        "a file of 0 bytes",
        &client.try_upload("a.jpg", "image/jpeg", Vec::new()).await,
        422,
        "media.refused",
        "upload-length",
    );
    let refused = [
        ("a truncated MP4", "film.mp4", "video/mp4", film[..film.len() / 2].to_vec()),
        ("an MP4 without its index", "film.mp4", "video/mp4", film[..40].to_vec()),
        ("a picture of 30,000 × 30,000", "big.jpg", "image/jpeg", claiming(30_000)),
        ("half a JPEG", "half.jpg", "image/jpeg", media::jpeg(640, 640, 1)[..900].to_vec()),
        ("a PDF with a script", "menu.pdf", "application/pdf", scripted_pdf()),
        (
            "a web page named .jpg",
            "cat.jpg",
            "image/jpeg",
            b"<html><script>alert(1)</script></html>".to_vec(),
        ),
        (
            "a program named .png",
            "cat.png",
            "image/png",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".repeat(8),
        ),
    ];
    for (tried, name, mime, bytes) in refused {
        let answer = client.try_upload(name, mime, bytes).await;
        table.remedies(tried, &answer, 422, "media.refused");
    }
    // Decided by its bytes: a picture, whatever it is called; a video post does not take it.
    let lying = client.upload("film.mp4", "video/mp4", media::png(640, 640, 2)).await;
    assert_eq!(lying["kind"], "image", "{lying}");
    let post = json!({"content_type": "video", "assets": [{"asset_id": lying["id"]}], "deliveries": [{"channel_id": channel.id}]});
    let draft = client.draft(&post).await.expect(201);
    let answer = client.post(&format!("posts/{}/publish", id(&draft)), &json!({})).await;
    table.holds("a PNG named .mp4 in a video post", &answer, 422, "assets.kind");
    let begin = |length: &str| {
        let request = client.request(Method::POST, &format!("projects/{}/uploads", client.project()));
        request.header("tus-resumable", "1.0.0").header("upload-length", length.to_owned())
    };
    table.names(
        "an upload of 10 TB",
        &client.send(begin("10000000000000")).await,
        413,
        "body.too_large",
        "upload-length",
    );
    table.names(
        "an upload of no length",
        &client.send(begin("some")).await,
        422,
        "field.invalid",
        "upload-length",
    );
    let begun = client.send(begin("100")).await;
    let at = begun.headers["location"].to_str().unwrap();
    let wrong = client
        .request(Method::PATCH, at)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 50);
    let wrong = wrong.header("content-type", "application/offset+octet-stream").body("later");
    table.holds("bytes at the wrong place", &client.send(wrong).await, 409, "upload.offset");
}

async fn links(table: &mut Table, client: &Client) {
    let private = [
        "http://127.0.0.1:22/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://0x7f000001/",
        "http://[::ffff:127.0.0.1]/",
    ];
    for url in private {
        let asked = client.request(Method::GET, "link-preview").query(&[("url", url)]);
        let answer = client.send(asked).await;
        table.holds(&format!("a link to {url}"), &answer, 422, "link.unreadable");
    }
    for url in ["file:///etc/passwd", "javascript:alert(1)", "no address"] {
        let asked = client.request(Method::GET, "link-preview").query(&[("url", url)]);
        let answer = client.send(asked).await;
        table.holds(&format!("a link `{url}`"), &answer, 422, "link.unreadable");
    }
}

async fn times(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
    let post = client.draft(&text("In time", channel)).await.expect(201);
    let path = format!("posts/{}/schedule", id(&post));
    let past = json!({"schedule": {"at": instant(installation.now_ms() - HOUR_MS)}});
    table.names("a past date", &client.post(&path, &past).await, 422, "schedule.past", "schedule");
    let wrong = [
        ("a day that is none", json!({"local": "2027-02-30T10:00", "zone": "Europe/Berlin"})),
        ("a zone that is none", json!({"local": "2027-02-20T10:00", "zone": "Mars/Olympus"})),
        ("a wall time without zone", json!({"local": "2027-02-20T10:00"})),
        (
            "two times at once",
            json!({"at": "2027-02-20T10:00:00Z", "local": "2027-02-20T10:00", "zone": "UTC"}),
        ),
    ];
    for (tried, schedule) in wrong {
        table.holds(
            tried,
            &client.post(&path, &json!({"schedule": schedule})).await,
            422,
            "field.invalid",
        );
    }
    let nothing = client.post(&path, &json!({})).await;
    table.names("no time at all", &nothing, 422, "schedule.missing", "schedule");
    // 02:30 does not exist on that night in Berlin: it is resolved in the open.
    let gap = json!({"schedule": {"local": "2027-03-28T02:30", "zone": "Europe/Berlin"}});
    let answer = client.post(&path, &gap).await.expect(200);
    assert_eq!(answer["warnings"][0]["code"], "schedule.doubtful", "{answer:#}");
    assert_eq!(
        deliveries_of(&answer["post"])[0]["due_at"],
        "2027-03-28T01:30:00.000Z",
        "{answer:#}"
    );
    table.took(
        "a time in a daylight-saving gap",
        200,
        answer["warnings"][0]["message"].as_str().unwrap(),
    );
    let alone = client.draft(&json!({"content_type": "text", "text": "Nowhere"})).await.expect(201);
    let nowhere = client.post(&format!("posts/{}/publish", id(&alone)), &json!({})).await;
    table.names("a post without channels", &nowhere, 422, "post.no_channel", "deliveries");
    let long = client.draft(&text(&"bread ".repeat(400), channel)).await.expect(201);
    let answer = client.post(&format!("posts/{}/publish", id(&long)), &json!({})).await;
    table.names("2,400 characters where 300 go", &answer, 422, "post.problems", "text");
}

async fn clicks(table: &mut Table, client: &Client, twin: &postrider_testkit::Twin, channel: &Channel) {
    let posts = format!("projects/{}/posts", client.project());
    let body = text("Clicked twice", channel);
    let keyed = |key: &'static str, path: &str, body: &Value| client.request(Method::POST, path).header("idempotency-key", key).json(body);
    let first = client.send(keyed("make", &posts, &body)).await;
    let again = client.send(keyed("make", &posts, &body)).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
    assert_eq!(first.body["id"], again.body["id"], "two posts were made");
    table.took("the same request with the same key", 201, "the first answer again");
    let other = client.send(keyed("make", &posts, &text("Something else", channel))).await;
    table.holds("another request with the same key", &other, 422, "idempotency.reused");
    let publish = format!("posts/{}/publish", id(&first.body));
    let nothing = json!({});
    let (one, two) = tokio::join!(client.post(&publish, &nothing), client.post(&publish, &nothing));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{}\n{}", one.text, two.text);
    let refused = if one.status == 409 { &one } else { &two };
    table.holds("a second click on Publish now", refused, 409, refused.code());
    client.settled(deliveries_of(&first.body)[0]["id"].as_str().unwrap()).await;
    assert_eq!(twin.saying(channel.network, &channel.external_id, "Clicked twice").await.len(), 1);
    let third = client.post(&publish, &json!({})).await;
    table.holds("Publish now when it is out", &third, 409, third.code());
    let main = json!({"handle": "ada.bsky.social", "app_password": "my main password"});
    let answer = client
        .post(&format!("projects/{}/connections/bluesky", client.project()), &main)
        .await;
    table.names(
        "a main password for Bluesky",
        &answer,
        422,
        "connection.not_app_password",
        "app_password",
    );
}

async fn the_eleventh(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
    let due_ms = installation.now_ms() + 24 * HOUR_MS;
    for number in 0..10 {
        client
            .schedule(&text(&format!("Number {number}"), channel), due_ms + number * 60_000)
            .await;
    }
    let draft = client.draft(&text("Number 11", channel)).await.expect(201);
    let body = json!({"schedule": {"at": instant(due_ms + 30 * 60_000)}});
    let answer = client.post(&format!("posts/{}/schedule", id(&draft)), &body).await;
    table.names("an eleventh post in an hour", &answer, 422, "quota.window_full", "schedule");
    let next = answer.body["next_free_at"].clone();
    assert!(next.is_string(), "{}", answer.text);
    let body = json!({"schedule": {"at": next}});
    client.post(&format!("posts/{}/schedule", id(&draft)), &body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tried_the_answer_is_clear_and_nothing_is_lost() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let mut channels = Vec::new();
    for account in installation.twin.make_accounts(postrider_core::Network::Bluesky, "ada", 3).await {
        let (handle, password) = (
            account["handle"].as_str().unwrap(),
            account["details"]["app_passwords"][0].as_str().unwrap(),
        );
        channels.extend(
            client
                .connect_by_password(postrider_core::Network::Bluesky, handle, password, "")
                .await,
        );
    }
    let fleet = Fleet { channels };
    let [one, two, three] = [0, 1, 2].map(|number| &fleet.channels[number]);
    let due_ms = installation.now_ms() + 48 * HOUR_MS;
    let kept = client.schedule(&text("Kept through it all", one), due_ms).await;
    let before = client.get(&format!("posts/{}", id(&kept))).await.body;

    let mut table = Table::default();
    bodies(&mut table, &client, one).await;
    strangers(&mut table, &installation, &client, one).await;
    files(&mut table, &client, one).await;
    links(&mut table, &client).await;
    times(&mut table, &installation, &client, two).await;
    clicks(&mut table, &client, &installation.twin, two).await;
    the_eleventh(&mut table, &installation, &client, three).await;
    table.print();
    assert!(table.wrong.is_empty(), "{:#?}", table.wrong);

    let after = client.get(&format!("posts/{}", id(&kept))).await.body;
    assert_eq!(after, before, "something was lost");
    let ready = send(postrider_testkit::client::bare().get(format!("{}/readyz", client.base()))).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
}
