//! Values that come out of statements.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::error::{Result, StoreError};

/// A row of either database, read by the names of its columns.
pub enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident, $opt:ident: $kind:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`StoreError::Malformed`] if it is NULL; [`StoreError::Db`] if there is no such column or it is of another kind.
        pub fn $name(&self, column: &str) -> Result<$kind> {
            self.$opt(column)?.ok_or_else(|| malformed(column))
        }

        $(#[$doc])*
        /// May be NULL.
        ///
        /// # Errors
        /// [`StoreError::Db`] if there is no such column or it is of another kind.
        pub fn $opt(&self, column: &str) -> Result<Option<$kind>> {
            Ok(match self {
                // SQLite's columns have no types of their own: the value says what it is.
                Row::Sqlite(row) => row.try_get_unchecked::<Option<$kind>, _>(column)?,
                Row::Postgres(row) => row.try_get::<Option<$kind>, _>(column)?,
            })
        }
    )*};
}

fn malformed(column: &str) -> StoreError {
    StoreError::Malformed { column: column.to_owned() }
}

impl Row {
    getters! {
        /// A text.
        text, opt_text: String;
        /// A number, or an instant in UTC milliseconds.
        int, opt_int: i64;
        /// A yes or no.
        bool, opt_bool: bool;
        /// Bytes.
        bytes, opt_bytes: Vec<u8>;
        /// A number with a fraction.
        real, opt_real: f64;
    }

    /// A text that stands for a value: an id, a state, a network.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if it is NULL or stands for none.
    pub fn id<T: FromStr>(&self, column: &str) -> Result<T> {
        self.text(column)?.parse().map_err(|_| malformed(column))
    }

    /// As [`Row::id`]; may be NULL.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if it is there and stands for no value.
    pub fn opt_id<T: FromStr>(&self, column: &str) -> Result<Option<T>> {
        self.opt_text(column)?
            .map(|text| text.parse().map_err(|_| malformed(column)))
            .transpose()
    }

    /// A JSON text.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if it is NULL or has another shape.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|_| malformed(column))
    }

    /// A JSON text; may be NULL.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if it is there and has another shape.
    pub fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        self.opt_text(column)?
            .map(|text| serde_json::from_str(&text).map_err(|_| malformed(column)))
            .transpose()
    }

    /// A text that is one of serde's names of an enumeration, such as a mode.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if it is NULL or no such name.
    pub fn key<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        serde_json::from_value(serde_json::Value::String(self.text(column)?)).map_err(|_| malformed(column))
    }
}
