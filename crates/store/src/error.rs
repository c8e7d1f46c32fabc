//! What can go wrong when rows are read and written, as far as a caller can act on it.

use postrider_core::delivery::Refusal;
use postrider_core::rules::Quota;

/// Which bound of a plan was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Channels of the organization that are not disconnected.
    Channels,
    /// Members of the organization.
    Members,
    /// Posts of the organization that wait for their instant.
    ScheduledPosts,
    /// Bytes of the organization's assets.
    StorageBytes,
    /// The plan allows no publishing to networks at all.
    Publishing,
}

impl Bound {
    /// The name in API answers.
    pub const fn key(self) -> &'static str {
        match self {
            Bound::Channels => "channels_max",
            Bound::Members => "members_max",
            Bound::ScheduledPosts => "scheduled_posts_max",
            Bound::StorageBytes => "storage_bytes_max",
            Bound::Publishing => "allow_social_publishing",
        }
    }
}

/// Why the store did not do what was asked. No message holds SQL, a path or a value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or it is not for who asks.
    #[error("not found")]
    NotFound,
    /// Somebody else was faster: the row has another version or state than the caller read.
    #[error("changed by somebody else in the meantime")]
    Conflict,
    /// The delivery's state does not take the event.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A value that must be unique stands already.
    #[error("already taken: {what}")]
    Taken {
        /// What is taken, such as `email`.
        what: &'static str,
    },
    /// The plan allows no more.
    #[error("the plan's bound `{}` is reached", bound.key())]
    Bound {
        /// Which bound.
        bound: Bound,
        /// How much the plan allows; 0 where it is a switch.
        allowed: i64,
    },
    /// A quota has no room at this time.
    #[error("the time is full: at most {}", postrider_core::quota::in_words(quota, *max))]
    WindowFull {
        /// The next instant at which every quota has room, UTC milliseconds.
        next_free_ms: i64,
        /// The quota that has none.
        quota: &'static Quota,
        /// How many places it has.
        max: i64,
    },
    /// A quota has no places at all: the network lets nothing through.
    #[error("the quota `{}` lets nothing through", quota.key)]
    QuotaClosed {
        /// Which.
        quota: &'static Quota,
    },
    /// An instant lies beyond the calendar.
    #[error("the time is beyond the calendar")]
    BeyondCalendar,
    /// A cursor that no list of this kind gave out.
    #[error("the cursor is not one of this list")]
    BadCursor,
    /// Another process holds the database file.
    #[error("another process uses this database")]
    Locked,
    /// A row holds what this program does not understand: it was written by another version, or by hand.
    #[error("a stored value of `{column}` is not understood")]
    Malformed {
        /// The column.
        column: String,
    },
    /// The database broke it off for another's sake: the same transaction may succeed when it is tried again.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The database did not do what it was asked.
    #[error("the database failed")]
    Db(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The database file or its lock could not be opened.
    #[error("the database could not be opened")]
    Open(#[source] std::io::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => StoreError::NotFound,
            broken_off if is_busy(&broken_off) => StoreError::Busy(broken_off),
            other => StoreError::Db(other),
        }
    }
}

impl StoreError {
    /// Says what is taken, if this is the database's word that something unique stands already.
    pub fn or_taken(self, what: &'static str) -> StoreError {
        match &self {
            StoreError::Db(sqlx::Error::Database(error)) if error.is_unique_violation() => StoreError::Taken { what },
            _ => self,
        }
    }

    /// What a busy database says, for simulations.
    pub fn busy() -> StoreError {
        StoreError::Busy(sqlx::Error::Protocol("the simulated database is busy".to_owned()))
    }

    /// Whether trying the same transaction again may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Busy(_))
    }

    /// Whether the database is gone and may come back. A transaction that was broken off so may stand or not: only who compares what
    /// it knew with what stands may try it again.
    pub fn is_lost_connection(&self) -> bool {
        matches!(self, StoreError::Db(error) if is_lost(error))
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // PostgreSQL: serialization failure, deadlock. SQLite: busy, busy snapshot.
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
}

fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // PostgreSQL: it stops, crashed or is starting; too many connections; a lost connection.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "53300")),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;
