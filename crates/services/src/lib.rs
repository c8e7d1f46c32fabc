#![doc = include_str!("../README.md")]

pub mod fetch;
pub mod mail;
pub mod media;
pub mod vault;
