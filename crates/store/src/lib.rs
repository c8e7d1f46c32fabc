//! Rows: plain functions over one database that may be SQLite or PostgreSQL.
//!
//! One file per noun, its statements on top. Rows of a tenant are read and written with a [`scope::Scope`] only; the few
//! functions that take none serve Postrider itself (the engine, the health check, cleaning up) and say so. This crate knows the
//! core and nothing else: no network, no file of media, no clock, no randomness, so ids and instants are handed in.
//!
//! A function that fails may have written part of what it does: drop the transaction then, and it never was.

pub mod assets;
pub mod attempts;
pub mod audit;
pub mod channels;
pub mod connections;
pub mod db;
pub mod deliveries;
pub mod discards;
pub mod error;
pub mod grants;
pub mod hot;
pub mod idempotency_keys;
pub mod instance;
pub mod leases;
pub mod mails;
pub mod media_addresses;
pub mod members;
pub mod moves;
pub mod notifications;
pub mod one_time_links;
pub mod organizations;
pub mod overdue;
pub mod page;
pub mod plans;
pub mod posts;
pub mod projects;
pub mod pulse;
pub mod quota_use;
mod record;
pub mod renditions;
pub mod risk_notices;
pub mod scope;
pub mod search;
pub mod server_apps;
pub mod sessions;
pub mod uploads;
pub mod users;

pub use db::{Arg, Db, Kind, Row, Tx};
pub use error::{Bound, Result, StoreError};
pub use page::{Listed, Page};
pub use scope::{Object, Projects, Scope};

/// Every statement of this crate that both databases take as it stands: file, name and text.
pub fn statements() -> Vec<(&'static str, &'static str, &'static str)> {
    let files: &[(&str, &[(&str, &str)])] = &[
        ("assets", assets::STATEMENTS),
        ("attempts", attempts::STATEMENTS),
        ("audit", audit::STATEMENTS),
        ("channels", channels::STATEMENTS),
        ("connections", connections::STATEMENTS),
        ("deliveries", deliveries::STATEMENTS),
        ("deliveries/act", deliveries::ACT_STATEMENTS),
        ("deliveries/calendar", deliveries::CALENDAR_STATEMENTS),
        ("deliveries/facts", deliveries::FACTS_STATEMENTS),
        ("deliveries/line", deliveries::LINE_STATEMENTS),
        ("deliveries/write", deliveries::WRITE_STATEMENTS),
        ("discards", discards::STATEMENTS),
        ("grants", grants::STATEMENTS),
        ("idempotency_keys", idempotency_keys::STATEMENTS),
        ("instance", instance::STATEMENTS),
        ("leases", leases::STATEMENTS),
        ("mails", mails::STATEMENTS),
        ("media_addresses", media_addresses::STATEMENTS),
        ("members", members::STATEMENTS),
        ("notifications", notifications::STATEMENTS),
        ("one_time_links", one_time_links::STATEMENTS),
        ("organizations", organizations::STATEMENTS),
        ("overdue", overdue::STATEMENTS),
        ("plans", plans::STATEMENTS),
        ("posts", posts::STATEMENTS),
        ("posts/edit", posts::EDIT_STATEMENTS),
        ("posts/list", posts::LIST_STATEMENTS),
        ("projects", projects::STATEMENTS),
        ("pulse", pulse::STATEMENTS),
        ("quota_use", quota_use::STATEMENTS),
        ("renditions", renditions::STATEMENTS),
        ("risk_notices", risk_notices::STATEMENTS),
        ("scope", scope::STATEMENTS),
        ("server_apps", server_apps::STATEMENTS),
        ("sessions", sessions::STATEMENTS),
        ("uploads", uploads::STATEMENTS),
        ("users", users::STATEMENTS),
    ];
    let all = files
        .iter()
        .flat_map(|(file, list)| list.iter().map(move |(name, sql)| (*file, *name, *sql)));
    all.collect()
}
