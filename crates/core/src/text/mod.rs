//! Text as the networks see it.

pub mod render;
