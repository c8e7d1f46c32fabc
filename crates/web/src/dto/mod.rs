//! What goes over the wire: one file per noun. Handlers turn the store's rows into these and nothing else leaves the house.

pub mod asset;
pub mod calendar;
pub mod capability;
pub mod channel;
pub mod check;
pub mod connection;
pub mod delivery;
pub mod forecast;
pub mod instant;
pub mod link_preview;
pub mod notification;
mod of_rows;
pub mod organization;
pub mod page;
pub mod post;
pub mod project;
pub mod recovery;
pub mod schedule;
pub mod session;

pub use instant::Instant;
pub use page::{Page, PageQuery};

/// Reads a field that may be absent, null or a value, so that a patch can tell "leave it" from "take it away".
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}
