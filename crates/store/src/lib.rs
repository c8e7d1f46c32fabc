//! Rows: plain functions over one database that may be SQLite or PostgreSQL.
//!
//! One file per noun, its statements on top. Rows of a tenant are read and written with a [`scope::Scope`] only. This crate
//! knows the core and nothing else: no network, no file, no clock.

pub mod db;
pub mod error;
pub mod hot;

pub use db::{Arg, Db, Kind, Row, Tx};
pub use error::{Bound, Result, StoreError};
