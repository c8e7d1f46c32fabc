//! The nouns of every network: people, accounts, tokens, codes, posts.

use std::collections::{BTreeMap, BTreeSet};

use postrider_core::network::Network;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of the seeded people who can sign in at the networks.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// The key used in forms and by the control API, such as `ada`.
    pub key: String,
    /// The name shown.
    pub name: String,
    /// An address for networks that tell it.
    pub email: String,
}

/// Something that can be posted to, or a profile that cannot.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Where it is.
    pub network: Network,
    /// The network's id of it.
    pub id: String,
    /// What it is in the network's words: `page`, `business`, `organization`, `person`.
    pub kind: String,
    /// The name shown.
    pub name: String,
    /// The name in addresses, without `@`.
    pub handle: String,
    /// The address of its picture.
    pub avatar_url: String,
    /// What each person (by key) may do there, in the network's words. Who is not a key has no access.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// An account of another network that belongs to it, such as a Page's Instagram account.
    pub linked: Option<String>,
    /// How many follow it.
    pub followers: u64,
    /// Whether the network has suspended it.
    pub suspended: bool,
    /// Anything else that the network knows of it.
    pub details: Value,
}

/// A credential that a network gave out.
#[derive(Debug, Clone, Serialize)]
pub struct Token {
    /// The secret.
    pub value: String,
    /// Who gave it.
    pub network: Network,
    /// What it is in the network's words: `user`, `page`, `access`, `refresh`, `app`.
    pub kind: String,
    /// Whose it is, by [`Person::key`].
    pub person: String,
    /// The account it is bound to, if it is.
    pub account: Option<String>,
    /// The app (client id) it was given to.
    pub app: String,
    /// What it allows.
    pub scopes: BTreeSet<String>,
    /// The accounts that the person ticked; empty means all.
    pub targets: BTreeSet<String>,
    /// When it was given, UTC microseconds.
    pub issued_us: i64,
    /// When it ends, UTC microseconds; `None` for never.
    pub expires_us: Option<i64>,
    /// Why it is dead, if it is: a name of the network's own error.
    pub revoked: Option<String>,
    /// Anything else that the network keeps with it.
    pub details: Value,
}

/// An authorisation code on its way through a browser.
#[derive(Debug, Clone, Serialize)]
pub struct Code {
    /// The secret.
    pub value: String,
    /// Who gave it.
    pub network: Network,
    /// The app it was given to.
    pub app: String,
    /// The address it was sent to, byte for byte.
    pub redirect_uri: String,
    /// Who signed in, by [`Person::key`].
    pub person: String,
    /// What was granted.
    pub scopes: BTreeSet<String>,
    /// What was asked for and refused.
    pub declined: BTreeSet<String>,
    /// The accounts ticked; empty means all.
    pub targets: BTreeSet<String>,
    /// When it ends, UTC microseconds.
    pub expires_us: i64,
    /// Whether it was exchanged.
    pub used: bool,
}

/// A file as it stands in a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Media {
    /// Digest of its bytes, lower-case hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Content type.
    pub mime: String,
    /// Description for people who do not see it.
    pub alt: Option<String>,
}

/// How visible a post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostState {
    /// Followers see it.
    Published,
    /// Only the owner sees it.
    Draft,
    /// Only the owner sees it, and the network will publish it.
    Scheduled,
    /// Nobody sees it: an unpublished part, such as a photo waiting for its post.
    Hidden,
}

/// A comment under a post.
#[derive(Debug, Clone, Serialize)]
pub struct Comment {
    /// The network's id.
    pub id: String,
    /// The account or person that wrote it.
    pub author: String,
    /// What it says.
    pub text: String,
    /// When it was written, UTC microseconds.
    pub created_us: i64,
}

/// Something said, or on its way to be.
#[derive(Debug, Clone, Serialize)]
pub struct Post {
    /// Where.
    pub network: Network,
    /// The network's id.
    pub id: String,
    /// The account it stands on, by [`Account::id`].
    pub account: String,
    /// What it is in the network's words: `feed`, `photo`, `video`, `reel`, `story`, `carousel`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text as the network kept it.
    pub text: String,
    /// Its files in order.
    pub media: Vec<Media>,
    /// The link it carries.
    pub link: Option<String>,
    /// The post it answers.
    pub parent: Option<String>,
    /// How visible it is.
    pub state: PostState,
    /// When it was made, or made visible, UTC microseconds.
    pub created_us: i64,
    /// Its address at the real network.
    pub permalink: String,
    /// The app that made it.
    pub app: Option<String>,
    /// The comments under it.
    pub comments: Vec<Comment>,
    /// Anything else that the network knows of it (facets, poll, title).
    pub details: Value,
}

/// A bound on publishing that tests set.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// How many posts in the network's window; the network's own figure if absent.
    pub total: Option<u64>,
    /// How many of them were used by other tools, added to what the sandbox counted.
    #[serde(default)]
    pub used: u64,
}
