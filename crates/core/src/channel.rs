//! A channel's standing, and whether it may be published to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::delivery::UnknownKey;

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
