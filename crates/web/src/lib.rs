//! The HTTP face: API, sign-in, events, media addresses, and the page.
//!
//! It knows the core, the engine, the store and the services. It must never speak to a network itself, hold SQL, or let a
//! handler reach a tenant's row but through the asking person's scope. Every route is a row of data ([`api`]), from which
//! the router, the OpenAPI document and the permission test are made.

pub mod acting;
pub mod api;
pub mod auth;
mod blob;
mod docs;
pub mod dto;
pub mod extract;
mod health;
mod idempotency;
mod media_address;
mod names;
mod oauth_return;
mod page;
mod posting;
pub mod problem;
pub mod routes;
mod server;
pub mod setup;
pub mod state;
mod trail;
mod views;
mod zones;

pub use server::router;
pub use state::{AppState, Config, Parts};
