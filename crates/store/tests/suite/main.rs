//! The store's laws, each held on SQLite and on PostgreSQL.

#[path = "../../../testkit/src/postgres.rs"]
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
mod statements;
mod tenancy;
mod windows;
