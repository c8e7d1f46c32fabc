//! Who asks: sessions, their forgery check, passwords, and how often one may ask.

pub mod asker;
pub mod csrf;
pub mod password;
pub mod rate;
pub mod session;

pub use asker::Asker;
pub use session::COOKIE;
