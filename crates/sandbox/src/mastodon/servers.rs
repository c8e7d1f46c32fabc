//! The servers: each is a network of its own.

use super::limits::TEXT_CHARS_MAX;
use crate::world::Account;

/// A server.
#[derive(Debug)]
pub struct Server {
    /// Its name.
    pub host: &'static str,
    /// What it says that it runs.
    pub version: &'static str,
    /// The number of its API, which servers tell since 4.3; 0 for older ones.
    pub api: u32,
    /// Characters of a text.
    pub text_max: usize,
}

/// The servers' names.
pub const HOSTS: &[&str] = &[SOCIAL.host, ONLINE.host];
/// The servers.
pub const ALL: &[Server] = &[SOCIAL, ONLINE];

/// One of today that changed nothing.
const SOCIAL: Server = Server {
    host: "mastodon.social",
    version: "4.5.2",
    api: 7,
    text_max: TEXT_CHARS_MAX,
};

/// An old one that takes longer texts: it does not know PKCE, says its limits at the first version's address, and forgets apps.
const ONLINE: Server = Server {
    host: "mastodon.online",
    version: "3.5.19",
    api: 0,
    text_max: 1_000,
};

impl Server {
    /// Whether it knows what came with 4.0: the second version of what it says of itself.
    pub fn is_of_today(&self) -> bool {
        self.api > 0
    }

    /// The id of an account within the sandbox, where ids of all servers meet.
    pub fn world_id(&self, id: &str) -> String {
        format!("{id}@{}", self.host)
    }

    /// Whether an account is one of this server's.
    pub fn has(&self, account: &Account) -> bool {
        account.id.split_once('@').is_some_and(|(_, host)| host == self.host)
    }
}

/// The id that an account's own server knows it by.
pub fn own_id(world_id: &str) -> &str {
    world_id.split('@').next().unwrap_or_default()
}
