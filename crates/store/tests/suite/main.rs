//! The store's laws, each held on SQLite and on PostgreSQL.

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
