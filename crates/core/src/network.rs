//! The twelve networks, by name only. What each can do is data in [`crate::rules`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A social network that Postrider knows rules for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Facebook Pages.
    Facebook,
    /// Instagram professional accounts.
    Instagram,
    /// Threads.
    Threads,
    /// LinkedIn profiles and Pages.
    Linkedin,
    /// X.
    X,
    /// TikTok.
    Tiktok,
    /// YouTube.
    Youtube,
    /// Google Business Profile.
    GoogleBusiness,
    /// Pinterest.
    Pinterest,
    /// Bluesky and other AT Protocol servers.
    Bluesky,
    /// Mastodon instances.
    Mastodon,
    /// Telegram channels and groups.
    Telegram,
}

impl Network {
    /// Every network, in the order in which they are shown.
    pub const ALL: [Network; 12] = [
        Network::Facebook,
        Network::Instagram,
        Network::Threads,
        Network::Linkedin,
        Network::X,
        Network::Tiktok,
        Network::Youtube,
        Network::GoogleBusiness,
        Network::Pinterest,
        Network::Bluesky,
        Network::Mastodon,
        Network::Telegram,
    ];

    /// The name in code, API and database.
    pub const fn key(self) -> &'static str {
        match self {
            Network::Facebook => "facebook",
            Network::Instagram => "instagram",
            Network::Threads => "threads",
            Network::Linkedin => "linkedin",
            Network::X => "x",
            Network::Tiktok => "tiktok",
            Network::Youtube => "youtube",
            Network::GoogleBusiness => "google_business",
            Network::Pinterest => "pinterest",
            Network::Bluesky => "bluesky",
            Network::Mastodon => "mastodon",
            Network::Telegram => "telegram",
        }
    }

    /// The name as the network writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Facebook => "Facebook",
            Network::Instagram => "Instagram",
            Network::Threads => "Threads",
            Network::Linkedin => "LinkedIn",
            Network::X => "X",
            Network::Tiktok => "TikTok",
            Network::Youtube => "YouTube",
            Network::GoogleBusiness => "Google Business Profile",
            Network::Pinterest => "Pinterest",
            Network::Bluesky => "Bluesky",
            Network::Mastodon => "Mastodon",
            Network::Telegram => "Telegram",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network Postrider knows")]
pub struct UnknownNetwork(pub String);

impl FromStr for Network {
    type Err = UnknownNetwork;
    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        Network::ALL
            .into_iter()
            .find(|network| network.key() == text)
            .ok_or_else(|| UnknownNetwork(text.to_owned()))
    }
}
