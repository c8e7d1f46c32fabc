//! Bodies and parameters that are none, too large, or of the wrong kind.

use postrider_testkit::{Channel, Client};
use reqwest::Method;
use serde_json::json;

use super::table::Table;

pub async fn bodies(table: &mut Table, client: &Client, channel: &Channel) {
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
    let nul = raw("application/json", br#"{"content_type": "text", "text": "a\u0000b"}"#.to_vec()).await;
    table.holds("a character that no text can hold", &nul, 422, "field.invalid");
    let surrogate = raw("application/json", br#"{"content_type": "text", "text": "\ud800"}"#.to_vec()).await;
    table.holds("half of a character", &surrogate, 400, "body.syntax");
    let long = client
        .request(Method::POST, &posts)
        .header("idempotency-key", "k".repeat(300))
        .json(&json!({"content_type": "text"}));
    table.names(
        "a key of 300 characters",
        &client.send(long).await,
        422,
        "field.invalid",
        "Idempotency-Key",
    );
    let page = client.get(&format!("{posts}?limit=many")).await;
    table.holds("a limit that is no number", &page, 422, "query.invalid");
    let page = client.get(&format!("{posts}?cursor=nonsense")).await;
    table.remedies("a cursor that was never given out", &page, 422, "query.invalid");
    let page = client.get(&format!("{posts}?colour=red")).await;
    table.holds("a parameter that is none", &page, 422, "query.invalid");
}
