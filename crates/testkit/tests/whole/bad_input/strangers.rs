//! Other people's things, and people who are not who they should be.

use postrider_testkit::client::send;
use postrider_testkit::{Channel, Client, Installation};
use reqwest::Method;
use serde_json::json;

use super::table::Table;
use super::{id, text};

pub async fn strangers(table: &mut Table, installation: &Installation, client: &Client, channel: &Channel) {
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
    let theirs = stranger.draft(&json!({"content_type": "text", "text": "Theirs"})).await.expect(201);
    let foreign = json!({"content_type": "image", "assets": [{"asset_id": "ast_06f8kq2d9w0000000000000000"}]});
    let foreign = client.draft(&foreign).await;
    table.names("a file that is not there", &foreign, 422, "field.invalid", "assets");
    let other = client.draft(&text("Another", channel)).await.expect(201);
    let chosen = json!({"delivery_ids": [other["deliveries"][0]["id"]]});
    let mixed = client.post(&format!("posts/{}/publish", id(&post)), &chosen).await;
    table.names("a delivery of another post", &mixed, 422, "field.invalid", "delivery_ids");
    table.holds(
        "publishing another tenant's post",
        &client.post(&format!("posts/{}/publish", id(&theirs)), &json!({})).await,
        404,
        "not_found",
    );
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
