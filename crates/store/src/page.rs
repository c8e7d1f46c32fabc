//! Lists come in pages: so many rows after the last one seen, by id.

use std::fmt::Display;
use std::str::FromStr;

use crate::db::Arg;
use crate::error::{Result, StoreError};

/// The most rows a page holds.
pub const LIMIT_MAX: u32 = 200;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many rows at most; 0 means 50.
    pub limit: u32,
    /// `next_cursor` of the page before; `None` begins.
    pub cursor: Option<String>,
}

impl Page {
    /// The first page of so many rows.
    pub fn first(limit: u32) -> Page {
        Page { limit, cursor: None }
    }

    pub(crate) fn rows(&self) -> usize {
        let asked = if self.limit == 0 { 50 } else { self.limit };
        asked.min(LIMIT_MAX) as usize
    }

    /// One row more than asked, to see whether there is another page.
    pub(crate) fn fetch(&self) -> Arg {
        Arg::Int(Some(self.rows() as i64 + 1))
    }

    /// The row that the page follows. A cursor that no list of such rows gave out would compare with ids as any text does, and skip rows
    /// or all of them without a word.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`].
    pub fn after<T: FromStr>(&self) -> Result<Option<T>> {
        match &self.cursor {
            Some(cursor) => cursor.parse().map(Some).map_err(|_| StoreError::BadCursor),
            None => Ok(None),
        }
    }

    pub(crate) fn cut<T, C: Display>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> C) -> Listed<T> {
        let rows = self.rows();
        let more = items.len() > rows;
        items.truncate(rows);
        let next_cursor = if more {
            items.last().map(|item| cursor(item).to_string())
        } else {
            None
        };
        Listed { items, next_cursor }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next_cursor: Option<String>,
}
