#![doc = include_str!("../README.md")]

pub mod acting;
pub mod api;
pub mod auth;
mod blob;
mod docs;
pub mod dto;
pub mod extract;
mod health;
mod idempotency;
mod kept;
mod listen;
pub mod mailing;
mod media_address;
mod metrics;
mod names;
mod oauth_return;
mod own_client;
mod pace;
mod page;
mod posting;
pub mod problem;
pub mod routes;
mod server;
pub mod setup;
pub mod state;
mod trail;
mod unread;
pub mod upkeep;
mod views;
mod zones;

pub use listen::{serve, watch};
pub use server::router;
pub use state::{AppState, Config, Parts};
