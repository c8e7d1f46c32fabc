//! How much a network takes in a span.

use serde::Serialize;

use super::{Limit, Unit, limit};
use crate::post::{ContentType, Mode};
use crate::rules::ROLLING_HOUR_POSTS_MAX;

/// Over which span a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Window {
    /// Any span of so many milliseconds, half-open.
    Rolling {
        /// Milliseconds.
        ms: i64,
    },
    /// A calendar day.
    Day {
        /// IANA zone whose midnight it is.
        zone: &'static str,
    },
}

/// Whose use a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One account.
    Channel,
    /// One authorisation, with all its accounts.
    Grant,
    /// The whole app at the network.
    App,
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Posts that were made; a carousel is one.
    Posts,
    /// Single messages: every part of a thread, every picture of an album.
    Messages,
    /// Requests of any kind.
    Calls,
    /// What requests cost by the network's own price list.
    Units,
}

/// How much a network takes in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Stable name, by which use is counted.
    pub key: &'static str,
    /// How many.
    pub max: Limit,
    /// Over which span.
    pub window: Window,
    /// Whose use.
    pub scope: Scope,
    /// Of what.
    pub counts: Counts,
    /// The content types concerned; empty: all.
    pub content_types: &'static [ContentType],
    /// Whether only drafts left at the network count.
    pub drafts_only: bool,
    /// Whether the network answers the true figure for an account, which then takes the place of this one.
    pub read_from_network: bool,
}

impl Quota {
    /// Whether a post of a kind takes a place of it. What each post costs of a price list shows only as its calls are made: the network counts.
    pub fn concerns(&self, content_type: ContentType, mode: Mode) -> bool {
        self.counts != Counts::Units
            && (self.content_types.is_empty() || self.content_types.contains(&content_type))
            && (!self.drafts_only || mode == Mode::Draft)
    }
}

/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A quota of posts per channel over a rolling span.
pub const fn quota(key: &'static str, max: i64, ms: i64, source: &'static str) -> Quota {
    Quota {
        key,
        max: limit(max, Unit::Count, source),
        window: Window::Rolling { ms },
        scope: Scope::Channel,
        counts: Counts::Posts,
        content_types: &[],
        drafts_only: false,
        read_from_network: false,
    }
}

/// Our own bound, which holds on every network beside its own.
pub const ROLLING_HOUR: Quota = quota(
    "rolling_hour",
    ROLLING_HOUR_POSTS_MAX as i64,
    HOUR_MS,
    "Postrider's own rule: ten posts on one channel in any sixty minutes",
);
