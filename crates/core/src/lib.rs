//! The pure core: words, states, rules and decisions.
//!
//! It has no clock, no randomness, no environment, no I/O: `now` comes in as a parameter, decisions go out. It must never
//! depend on tokio, sqlx, reqwest or axum.

pub mod channel;
pub mod delivery;
pub mod ids;
pub mod network;
pub mod permission;
pub mod post;
pub mod problem;
pub mod quota;
pub mod retry;
pub mod rules;
pub mod schedule;
pub mod text;

pub use network::Network;
