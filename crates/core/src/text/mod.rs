//! Text as the networks see it.

pub mod count;
mod emoji;
pub mod entities;
pub mod render;
pub mod split;
