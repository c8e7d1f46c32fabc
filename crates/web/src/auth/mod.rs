//! Who asks: sessions, their forgery check, passwords, and how often one may ask.

pub mod asker;
pub mod csrf;
pub mod password;
pub mod rate;
pub mod session;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use asker::Asker;
pub use session::COOKIE;

/// Whether a given secret is the one that is known, in a time that tells nothing of either, not even their lengths.
pub fn same_secret(given: &str, known: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(known)).into()
}
