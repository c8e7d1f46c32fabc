//! Typed, prefixed identifiers: `post_…`, `chan_…`, `dlv_…`.
//!
//! An id is a UUIDv7 (48 bits of milliseconds, then randomness) written in 26 characters of lower-case Crockford
//! base 32, so that ids sort by the time they were made. This crate draws neither time nor randomness: whoever makes an
//! id hands both in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ENCODED_CHARS: usize = 26;

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid `{prefix}_…` id")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn encode(value: u128) -> [u8; ENCODED_CHARS] {
    let mut out = [0_u8; ENCODED_CHARS];
    for (index, slot) in out.iter_mut().enumerate() {
        let shift = 5 * (ENCODED_CHARS - 1 - index);
        *slot = ALPHABET[((value >> shift) & 31) as usize];
    }
    out
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != ENCODED_CHARS {
        return None;
    }
    let mut value: u128 = 0;
    for (index, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|candidate| *candidate == byte)? as u128;
        // 26 characters carry 130 bits: the first may use three of its five only.
        if index == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit;
    }
    Some(value)
}

/// The 128 bits of a UUIDv7 made at `now_ms` (UTC milliseconds) from ten random bytes.
pub fn uuid_v7(now_ms: i64, random: [u8; 10]) -> u128 {
    let time = (now_ms.max(0) as u128) & ((1 << 48) - 1);
    let mut rest: u128 = 0;
    for byte in random {
        rest = (rest << 8) | u128::from(byte);
    }
    let value = (time << 80) | rest;
    let version_cleared = value & !(0xf << 76) & !(0x3 << 62);
    version_cleared | (0x7 << 76) | (0x2 << 62)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The prefix that stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id from the instant (UTC milliseconds) and ten random bytes.
            pub fn new(now_ms: i64, random: [u8; 10]) -> Self {
                Self(uuid_v7(now_ms, random))
            }

            /// When it was made, UTC milliseconds.
            pub fn made_at_ms(self) -> i64 {
                // 48 bits.
                i64::try_from(self.0 >> 80).unwrap_or(0)
            }

            /// The bare 128 bits, for deriving keys.
            pub fn bits(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let encoded = encode(self.0);
                write!(f, "{}_{}", $prefix, std::str::from_utf8(&encoded).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(InvalidId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!("Id of the form `", $prefix, "_…`.")))
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// A tenant.
    OrganizationId = "org";
    /// One client or brand of an organization.
    ProjectId = "proj";
    /// A person who signs in.
    UserId = "user";
    /// A user's membership in an organization.
    MemberId = "mem";
    /// A bundle of bounds and features.
    PlanId = "plan";
    /// A signed-in browser.
    SessionId = "sess";
    /// One authorisation given by a person at a network.
    GrantId = "grant";
    /// An authorisation in progress.
    ConnectionId = "conn";
    /// One account that can be posted to.
    ChannelId = "chan";
    /// What is to be said.
    PostId = "post";
    /// One post to one channel.
    DeliveryId = "dlv";
    /// One run at a delivery.
    AttemptId = "att";
    /// One recorded step of an attempt.
    StepId = "step";
    /// The promise to make one commit call.
    IntentId = "int";
    /// A stored media file.
    AssetId = "ast";
    /// A file made from an asset to suit a network.
    RenditionId = "rend";
    /// A resumable upload in progress.
    UploadId = "upl";
    /// A line of the audit log.
    AuditId = "aud";
    /// A notice to a person.
    NotificationId = "ntf";
    /// A mail in the outbox.
    MailId = "mail";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = PostId::new(1_790_000_000_123, [7, 1, 255, 0, 3, 4, 5, 6, 7, 9]);
        let text = id.to_string();
        assert!(text.starts_with("post_"));
        assert_eq!(text.parse::<PostId>(), Ok(id));
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = DeliveryId::new(1_000, [255; 10]).to_string();
        let late = DeliveryId::new(1_001, [0; 10]).to_string();
        assert!(early < late);
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = PostId::new(5, [1; 10]).to_string();
        assert!(text.parse::<ChannelId>().is_err());
        for nonsense in [
            "",
            "post_",
            "post_zz",
            "post_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "POST_0",
            "post_0123456789012345678901234é",
        ] {
            assert!(nonsense.parse::<PostId>().is_err(), "{nonsense}");
        }
    }
}
