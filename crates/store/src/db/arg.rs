//! Values that go into statements.

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{FailureKind, Gate, MissedWhy, Part, State};
use postrider_core::ids::*;
use postrider_core::post::{AssetKind, ContentType, Mode};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, error::BoxDynError};

/// One value for one `$n` of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A text, an id, a key or JSON.
    Text(Option<String>),
    /// A number, or an instant in UTC milliseconds.
    Int(Option<i64>),
    /// A yes or no.
    Bool(Option<bool>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
    /// A number with a fraction.
    Real(Option<f64>),
    /// A list of texts: an array on PostgreSQL, a JSON list on SQLite. For `IN LIST($n)`.
    Texts(Vec<String>),
    /// A list of numbers: an array on PostgreSQL, a JSON list on SQLite.
    Ints(Vec<i64>),
}

impl Arg {
    /// A list of whatever has a text, such as ids or states.
    pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> Arg {
        Arg::Texts(items.into_iter().map(|item| item.to_string()).collect())
    }

    /// Any value as JSON text.
    pub fn json<T: serde::Serialize>(value: &T) -> Arg {
        // Only a map with keys that are not texts, or a serializer that fails by hand, cannot be written; rows hold neither.
        Arg::Text(serde_json::to_string(value).ok())
    }

    pub(super) fn sqlite(self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        match self {
            Arg::Text(value) => arguments.add(value),
            Arg::Int(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
            Arg::Real(value) => arguments.add(value),
            Arg::Texts(values) => arguments.add(serde_json::to_string(&values)?),
            Arg::Ints(values) => arguments.add(serde_json::to_string(&values)?),
        }
    }

    pub(super) fn postgres(self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        match self {
            Arg::Text(value) => arguments.add(value),
            Arg::Int(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
            Arg::Real(value) => arguments.add(value),
            Arg::Texts(values) => arguments.add(values),
            Arg::Ints(values) => arguments.add(values),
        }
    }
}

macro_rules! from_plain {
    ($($plain:ty => $variant:ident,)*) => {$(
        impl From<$plain> for Arg {
            fn from(value: $plain) -> Arg {
                Arg::$variant(Some(value.into()))
            }
        }
        impl From<Option<$plain>> for Arg {
            fn from(value: Option<$plain>) -> Arg {
                Arg::$variant(value.map(Into::into))
            }
        }
    )*};
}

from_plain! {
    &str => Text,
    String => Text,
    &String => Text,
    i64 => Int,
    i32 => Int,
    u32 => Int,
    bool => Bool,
    Vec<u8> => Bytes,
    &[u8] => Bytes,
    f64 => Real,
}

macro_rules! from_shown {
    ($($shown:ty,)*) => {$(
        impl From<$shown> for Arg {
            fn from(value: $shown) -> Arg {
                Arg::Text(Some(value.to_string()))
            }
        }
        impl From<&$shown> for Arg {
            fn from(value: &$shown) -> Arg {
                Arg::Text(Some(value.to_string()))
            }
        }
        impl From<Option<$shown>> for Arg {
            fn from(value: Option<$shown>) -> Arg {
                Arg::Text(value.map(|value| value.to_string()))
            }
        }
    )*};
}

from_shown! {
    OrganizationId, ProjectId, UserId, MemberId, PlanId, SessionId, GrantId, ConnectionId, ChannelId, PostId, DeliveryId,
    AttemptId, StepId, IntentId, AssetId, RenditionId, UploadId, AuditId, NotificationId, MailId,
    Network, ChannelStatus, State, Gate, FailureKind, MissedWhy, Part, ContentType,
}

macro_rules! from_keyed {
    ($($keyed:ty,)*) => {$(
        impl From<$keyed> for Arg {
            fn from(value: $keyed) -> Arg {
                Arg::Text(Some(value.key().to_owned()))
            }
        }
        impl From<Option<$keyed>> for Arg {
            fn from(value: Option<$keyed>) -> Arg {
                Arg::Text(value.map(|value| value.key().to_owned()))
            }
        }
    )*};
}

from_keyed! { Mode, AssetKind, }

/// The values of a statement, in the order of their placeholders.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Arg::from($value)),*] };
}
