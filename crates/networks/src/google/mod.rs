//! Google's accounts, as YouTube and Business Profile share them: the sign-in, and how refusals are told.

pub mod error;
pub mod login;
pub mod wire;
