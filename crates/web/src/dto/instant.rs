//! An instant on the wire: RFC 3339 in UTC, milliseconds kept.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

/// UTC milliseconds inside, RFC 3339 outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{}", Timestamp::MAX),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: Timestamp = text
            .parse()
            .map_err(|_| serde::de::Error::custom("an instant is written as in RFC 3339, such as 2026-11-24T08:30:00Z"))?;
        Ok(Instant(at.as_millisecond()))
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds_and_read_from_any_offset() {
        assert_eq!(
            serde_json::to_string(&Instant(1_795_508_999_120)).ok().as_deref(),
            Some("\"2026-11-24T08:29:59.120Z\"")
        );
        assert_eq!(
            serde_json::from_str::<Instant>("\"2026-11-24T09:29:59.120+01:00\"").ok(),
            Some(Instant(1_795_508_999_120))
        );
        assert!(serde_json::from_str::<Instant>("\"tomorrow\"").is_err());
    }
}
