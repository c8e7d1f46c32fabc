//! Times that are none, and everything done twice or too often.

use postrider_testkit::client::{deliveries_of, instant};
use postrider_testkit::{Channel, Client, Installation, Twin};
use reqwest::Method;
use serde_json::{Value, json};

use super::table::Table;
use super::{HOUR_MS, id, text};

pub async fn times(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
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
    // 02:30 comes twice on that night.
    let twice = json!({"schedule": {"local": "2027-10-31T02:30", "zone": "Europe/Berlin"}});
    let answer = client.post(&path, &twice).await.expect(200);
    assert_eq!(
        deliveries_of(&answer["post"])[0]["due_at"],
        "2027-10-31T00:30:00.000Z",
        "{answer:#}"
    );
    table.took("a time that comes twice", 200, answer["warnings"][0]["message"].as_str().unwrap());
    let alone = client.draft(&json!({"content_type": "text", "text": "Nowhere"})).await.expect(201);
    let nowhere = client.post(&format!("posts/{}/publish", id(&alone)), &json!({})).await;
    table.names("a post without channels", &nowhere, 422, "post.no_channel", "deliveries");
    let long = client.draft(&text(&"bread ".repeat(400), channel)).await.expect(201);
    let answer = client.post(&format!("posts/{}/publish", id(&long)), &json!({})).await;
    table.names("2,400 characters where 300 go", &answer, 422, "post.problems", "text");
}

pub async fn clicks(table: &mut Table, client: &Client, twin: &Twin, channel: &Channel) {
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
    table.names("a main password for Bluesky", &answer, 422, "field.invalid", "app_password");
}

pub async fn the_eleventh(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
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
