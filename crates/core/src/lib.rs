#![doc = include_str!("../README.md")]

pub mod breaker;
pub mod channel;
pub mod delivery;
pub mod forecast;
pub mod guard;
pub mod ids;
pub mod mutant;
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
