//! Services beside the engine: the vault, the media, safe fetching.
//!
//! They know core, provider and store. They never publish and never decide: the engine does.

pub mod fetch;
pub mod media;
pub mod vault;
