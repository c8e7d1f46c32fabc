//! An installation as its users have it: the API, the engine and the networks over real sockets.

mod bad_input;
mod bots;
mod business;
mod cells;
mod chosen;
mod doubts;
mod late;
mod other_accounts;
mod outcomes;
mod overrides;
mod proven;
mod servers;
mod settings;
mod sockets;
