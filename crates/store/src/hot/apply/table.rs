//! Rows as a table in a statement: many of them are written by one.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::db::{Arg, Kind, Row, Tx};
use crate::error::StoreError;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holds {
    Text,
    Int,
    Bool,
}

/// A column of the table: its name in the statement, and what it holds.
pub(super) type Column = (&'static str, Holds);

/// How many rows SQLite's texts of a statement take. A group is cut into the largest, and what is left goes into the smallest that
/// has room, the rest of it NULL.
const SIZES: [usize; 4] = [1, 8, 64, 256];

/// A statement over a table of rows named `j`. A row whose first column is NULL is none.
pub(super) struct Statement {
    columns: Vec<Column>,
    /// One text for each size. SQLite is given the cells one by one: it reads a cell of JSON by searching its row from the beginning.
    sqlite: Vec<String>,
    /// PostgreSQL is given the rows as one JSON list.
    postgres: String,
}

/// The rows of a statement, cell by cell in the order of its columns.
pub(super) type Rows = Vec<Vec<Arg>>;

impl Statement {
    /// Made of its columns and its text around the table.
    pub fn new(columns: &[Column], text: impl Fn(Kind, &str) -> String) -> Statement {
        let names: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, (name, _))| format!("column{} AS {name}", at + 1))
            .collect();
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        let values = |size| vec![row.as_str(); size].join(",");
        let types: Vec<String> = columns
            .iter()
            .map(|(name, holds)| {
                let sql = match holds {
                    Holds::Text => "text",
                    Holds::Int => "bigint",
                    Holds::Bool => "boolean",
                };
                format!("{name} {sql}")
            })
            .collect();
        Statement {
            columns: columns.to_vec(),
            sqlite: SIZES
                .iter()
                .map(|size| {
                    text(
                        Kind::Sqlite,
                        &format!("(SELECT {} FROM (VALUES {})) AS j", names.join(", "), values(*size)),
                    )
                })
                .collect(),
            postgres: text(Kind::Postgres, &format!("json_to_recordset($1::json) AS j({})", types.join(", "))),
        }
    }

    /// Its texts on a database.
    pub fn texts(&self, kind: Kind) -> Vec<&str> {
        match kind {
            Kind::Sqlite => self.sqlite.iter().map(String::as_str).collect(),
            Kind::Postgres => vec![&self.postgres],
        }
    }

    /// Runs it over all rows; answers what it returns.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn all(&'static self, tx: &mut Tx, rows: Rows) -> Result<Vec<Row>, StoreError> {
        let mut returned = Vec::new();
        for (text, args) in self.calls(tx.kind(), rows)? {
            returned.extend(tx.all(text, args).await?);
        }
        Ok(returned)
    }

    /// Runs it over all rows.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn run(&'static self, tx: &mut Tx, rows: Rows) -> Result<(), StoreError> {
        for (text, args) in self.calls(tx.kind(), rows)? {
            tx.run(text, args).await?;
        }
        Ok(())
    }

    fn calls(&'static self, kind: Kind, rows: Rows) -> Result<Vec<(&'static str, Vec<Arg>)>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        if kind == Kind::Postgres {
            let table = Table {
                columns: &self.columns,
                rows: &rows,
            };
            let json = serde_json::to_string(&table).map_err(|error| StoreError::Malformed { column: error.to_string() })?;
            return Ok(vec![(self.postgres.as_str(), vec![json.into()])]);
        }
        let largest = SIZES[SIZES.len() - 1];
        let mut calls = Vec::with_capacity(rows.len().div_ceil(largest));
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let left = rows.len();
            let at = SIZES.iter().position(|size| *size >= left).unwrap_or(SIZES.len() - 1);
            let mut args = Vec::with_capacity(SIZES[at] * self.columns.len());
            args.extend(rows.by_ref().take(SIZES[at]).flatten());
            args.resize(SIZES[at] * self.columns.len(), Arg::Text(None));
            calls.push((self.sqlite[at].as_str(), args));
        }
        Ok(calls)
    }
}

/// Rows as a JSON list of objects.
struct Table<'a> {
    columns: &'a [Column],
    rows: &'a Rows,
}

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.len()))?;
        for cells in self.rows {
            list.serialize_element(&Object {
                columns: self.columns,
                cells,
            })?;
        }
        list.end()
    }
}

struct Object<'a> {
    columns: &'a [Column],
    cells: &'a [Arg],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for ((name, _), cell) in self.columns.iter().zip(self.cells) {
            match cell {
                Arg::Text(Some(text)) => object.serialize_entry(name, text)?,
                Arg::Int(Some(number)) => object.serialize_entry(name, number)?,
                Arg::Bool(Some(yes)) => object.serialize_entry(name, yes)?,
                _ => {}
            }
        }
        object.end()
    }
}
