//! The life of a delivery: its states and the other words it is told in, the table that moves it, and the status that it gives its
//! post.

mod explain;
mod status;
mod table;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use explain::{Explanation, Facts, LastStep, OpenPromise, Sentence, explain};
pub use status::{DeliveryStanding, PostStatus, post_status};
pub use table::{Context, Effect, Event, Refusal, Transition, step};

macro_rules! keyed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name in API and database.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.key())
            }
        }

        impl FromStr for $name {
            type Err = UnknownKey;
            fn from_str(text: &str) -> Result<Self, UnknownKey> {
                match text { $($key => Ok($name::$variant),)* _ => Err(UnknownKey(text.to_owned())) }
            }
        }
    };
}

/// A text that stands for no value of the enumeration asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value `{0}`")]
pub struct UnknownKey(pub String);

keyed! {
    /// Where a delivery stands.
    State {
        /// Not to be sent.
        Draft = "draft",
        /// Waits for its instant.
        Scheduled = "scheduled",
        /// Uploads run ahead of the instant.
        Staging = "staging",
        /// Everything is at the network but the last call.
        Staged = "staged",
        /// Being sent.
        Publishing = "publishing",
        /// The network still works before the last call can be made.
        Processing = "processing",
        /// The last call was answered; the network is still making the post public.
        Confirming = "confirming",
        /// A limit holds it until an instant.
        Deferred = "deferred",
        /// Whether the post stands is not known.
        InDoubt = "in_doubt",
        /// Its time passed without it being sent.
        Missed = "missed",
        /// The network has no drafts: a person posts it.
        ReadyToPost = "ready_to_post",
        /// It was not published; the failure says why.
        Failed = "failed",
        /// A thread stopped midway.
        PublishedInPart = "published_in_part",
        /// It stands at the network.
        Published = "published",
        /// It stands at the network as a draft.
        Drafted = "drafted",
        /// Called off.
        Canceled = "canceled",
    }
}

keyed! {
    /// What approval says of a delivery.
    Gate {
        /// No approval is asked.
        None = "none",
        /// Asked, not decided.
        Pending = "pending",
        /// Accepted.
        Accepted = "accepted",
        /// Rejected.
        Rejected = "rejected",
        /// Accepted, then put on hold.
        Held = "held",
    }
}

impl Gate {
    /// Whether the gate lets a delivery out.
    pub const fn open(self) -> bool {
        matches!(self, Gate::None | Gate::Accepted)
    }
}

keyed! {
    /// What kind of failure ended a delivery.
    FailureKind {
        /// The content was refused.
        Content = "content",
        /// The access to the account ended.
        Connection = "connection",
        /// A permission is missing.
        Permission = "permission",
        /// A limit that does not open by itself.
        Limit = "limit",
        /// The network did not work.
        Outage = "outage",
        /// The network holds it for a repeat.
        Duplicate = "duplicate",
        /// Our own fault.
        Internal = "internal",
    }
}

keyed! {
    /// Why a delivery was missed.
    MissedWhy {
        /// More than `catch_up` late.
        TooLate = "too_late",
        /// Approval was not given in time.
        NotAccepted = "not_accepted",
        /// The plan no longer allows publishing.
        Plan = "plan",
        /// The guard had halted the channel.
        Halted = "halted",
    }
}

/// What of a delivery one commit call makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The post itself, or the first part of a thread.
    Root,
    /// The n-th answer of a thread, from 1.
    Reply(u32),
    /// The comment under the post.
    FirstComment,
    /// The cover picture.
    Thumbnail,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Root => f.write_str("root"),
            Part::Reply(n) => write!(f, "reply_{n}"),
            Part::FirstComment => f.write_str("first_comment"),
            Part::Thumbnail => f.write_str("thumbnail"),
        }
    }
}

impl FromStr for Part {
    type Err = UnknownKey;
    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        match text {
            "root" => Ok(Part::Root),
            "first_comment" => Ok(Part::FirstComment),
            "thumbnail" => Ok(Part::Thumbnail),
            _ => text
                .strip_prefix("reply_")
                .and_then(|n| n.parse().ok())
                .map(Part::Reply)
                .ok_or_else(|| UnknownKey(text.to_owned())),
        }
    }
}
