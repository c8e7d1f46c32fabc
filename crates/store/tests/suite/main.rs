//! The store's laws, each held on SQLite and on PostgreSQL.

#[path = "../../../testkit/src/postgres.rs"]
#[allow(dead_code, reason = "measurements use the rest")]
mod postgres;
mod support;

mod acts;
mod contention;
mod database;
mod guard;
mod hot;
mod keys;
mod lists;
mod people;
mod pulse;
mod statements;
mod tenancy;
mod windows;
