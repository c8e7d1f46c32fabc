//! What the Bot API answers, as far as it is read (fact sheet sections 1 and 3).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Every answer: the result, or why there is none.
#[derive(Debug, Deserialize)]
pub struct Taken<T> {
    pub result: T,
}

/// A refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub description: String,
    pub parameters: Parameters,
}

/// What a refusal says of how to go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// Seconds.
    pub retry_after: Option<i64>,
    /// Where the group is now.
    pub migrate_to_chat_id: Option<i64>,
}

/// `getMe`.
#[derive(Debug, Deserialize)]
pub struct Bot {
    pub id: i64,
    pub is_bot: bool,
    #[serde(default)]
    pub username: String,
}

/// `getChat`, and where a message stands.
#[derive(Debug, Clone, Deserialize)]
pub struct Chat {
    pub id: i64,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub username: String,
    /// What members may do, in groups.
    #[serde(default)]
    pub permissions: BTreeMap<String, Value>,
}

/// `getChatMember`.
#[derive(Debug, Deserialize)]
pub struct Member {
    pub status: String,
    /// What the member may do, by the right's name.
    #[serde(flatten)]
    pub rights: BTreeMap<String, Value>,
}

/// A message that stands.
#[derive(Debug, Deserialize)]
pub struct Message {
    pub message_id: i64,
    pub chat: Chat,
}

/// `sendMediaGroup` gives a message for every file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Sent {
    Message(Box<Message>),
    Album(Vec<Message>),
}
