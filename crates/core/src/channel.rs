//! A channel's standing, and what it means for the posts that depend on it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::delivery::UnknownKey;
use crate::ids::ChannelId;
use crate::network::Network;
use crate::problem::{Problem, Severity};

macro_rules! statuses {
    ($($(#[$doc:meta])* $variant:ident = $key:literal,)*) => {
        /// Whether a channel can be used.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ChannelStatus { $($(#[$doc])* $variant,)* }

        impl ChannelStatus {
            /// The name in API and database.
            pub const fn key(self) -> &'static str {
                match self { $(ChannelStatus::$variant => $key,)* }
            }
        }

        impl FromStr for ChannelStatus {
            type Err = UnknownKey;
            fn from_str(text: &str) -> Result<Self, UnknownKey> {
                match text { $($key => Ok(ChannelStatus::$variant),)* _ => Err(UnknownKey(text.to_owned())) }
            }
        }
    };
}

statuses! {
    /// It works.
    Active = "active",
    /// It works, cannot be renewed by itself, and ends within 14 days.
    Expiring = "expiring",
    /// The access ended.
    Expired = "expired",
    /// The access was taken away.
    Revoked = "revoked",
    /// A permission that publishing needs was not given.
    MissingPermission = "missing_permission",
    /// A person disconnected it.
    Disconnected = "disconnected",
}

impl ChannelStatus {
    /// Whether a post can go out on it.
    pub const fn usable(self) -> bool {
        matches!(self, ChannelStatus::Active | ChannelStatus::Expiring)
    }
}

impl fmt::Display for ChannelStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// How long before its end an access that cannot be renewed by itself counts as ending soon, in milliseconds (product C3: 14 days).
pub const EXPIRING_MS: i64 = 14 * 86_400_000;

/// What puts the posts of a channel at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It cannot be used as it stands: a post on it fails.
    Unusable,
    /// The guard halted it: a post on it is held, and missed if nobody lifts the halt in time.
    Halted,
    /// Its access ends before the post is due: the post fails.
    AccessEnds,
    /// Its access ends soon, though after the post is due.
    Expiring,
}

impl Risk {
    /// The name in API and database.
    pub const fn key(self) -> &'static str {
        match self {
            Risk::Unusable => "unusable",
            Risk::Halted => "halted",
            Risk::AccessEnds => "access_ends",
            Risk::Expiring => "expiring",
        }
    }

    /// Whether a post does not go out if nothing changes.
    pub const fn stops(self) -> bool {
        !matches!(self, Risk::Expiring)
    }
}

/// What is known of a channel that posts depend on.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Which.
    pub id: ChannelId,
    /// On which network.
    pub network: Network,
    /// Its name for people.
    pub name: &'a str,
    /// Whether it can be used.
    pub status: ChannelStatus,
    /// Why it is halted; `None` if it is not.
    pub halted_because: Option<&'a str>,
    /// When its access ends for good, UTC milliseconds.
    pub access_ends_at_ms: Option<i64>,
}

impl Standing<'_> {
    /// What puts a post at risk that is due at an instant (UTC milliseconds), if anything does.
    pub fn risk(&self, now_ms: i64, due_at_ms: i64) -> Option<Risk> {
        let end = self.access_ends_at_ms;
        if !self.status.usable() {
            Some(Risk::Unusable)
        } else if self.halted_because.is_some() {
            Some(Risk::Halted)
        } else if end.is_some_and(|end| end <= due_at_ms.max(now_ms)) {
            Some(Risk::AccessEnds)
        } else if self.status == ChannelStatus::Expiring || end.is_some_and(|end| end - now_ms < EXPIRING_MS) {
            Some(Risk::Expiring)
        } else {
            None
        }
    }

    /// A risk in words. It is a warning: such a post can be scheduled (product P9).
    pub fn told(&self, risk: Risk) -> Problem {
        let name = self.name;
        let (code, message, remedy) = match risk {
            Risk::Unusable => (
                "channel.unusable",
                format!("{name} is `{}`: as it stands, posts on it fail.", self.status),
                "Reconnect the channel.",
            ),
            Risk::Halted => (
                "channel.halted",
                format!(
                    "{name} is halted, and nothing goes out on it: {}",
                    self.halted_because.unwrap_or("no reason is stored.")
                ),
                "Look at its last posts, then have the halt lifted by someone who may publish: what it held goes out then.",
            ),
            Risk::AccessEnds => (
                "channel.access_ends",
                format!("The access to {name} ends before then, and cannot be renewed by itself."),
                "Reconnect the channel before its time.",
            ),
            Risk::Expiring => (
                "channel.expiring",
                format!("The access to {name} ends soon, and cannot be renewed by itself. This post still goes out."),
                "Reconnect the channel when you can.",
            ),
        };
        Problem {
            field: "deliveries".to_owned(),
            network: Some(self.network),
            channel_id: Some(self.id),
            code: code.to_owned(),
            severity: Severity::Warning,
            message,
            limit: None,
            actual: None,
            remedy: remedy.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_000 * 86_400_000;
    const DAY_MS: i64 = 86_400_000;

    fn standing(status: ChannelStatus, halted: Option<&'static str>, ends_in_days: Option<i64>) -> Standing<'static> {
        Standing {
            id: ChannelId::new(NOW_MS, [0; 10]),
            network: Network::Linkedin,
            name: "Harbour Bakery",
            status,
            halted_because: halted,
            access_ends_at_ms: ends_in_days.map(|days| NOW_MS + days * DAY_MS),
        }
    }

    #[test]
    fn a_post_is_at_risk_by_what_its_channel_is_at_its_instant() {
        use ChannelStatus::{Active, Expired, Expiring};
        let cases = [
            (standing(Active, None, None), 100, None),
            (standing(Active, None, Some(60)), 1, None),
            (standing(Active, None, Some(60)), 60, Some(Risk::AccessEnds)),
            (standing(Expiring, None, Some(5)), 4, Some(Risk::Expiring)),
            (standing(Active, None, Some(5)), 4, Some(Risk::Expiring)),
            (standing(Expiring, None, Some(5)), 6, Some(Risk::AccessEnds)),
            (standing(Active, Some("four alike"), None), 1, Some(Risk::Halted)),
            (standing(Expired, Some("four alike"), Some(-1)), 1, Some(Risk::Unusable)),
        ];
        for (channel, due_in_days, expected) in cases {
            assert_eq!(channel.risk(NOW_MS, NOW_MS + due_in_days * DAY_MS), expected, "{channel:?}");
        }
        // What is overdue goes out now, if at all.
        assert_eq!(
            standing(Active, None, Some(0)).risk(NOW_MS, NOW_MS - DAY_MS),
            Some(Risk::AccessEnds)
        );
    }
}
