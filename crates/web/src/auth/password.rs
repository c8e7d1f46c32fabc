//! Passwords: argon2id, off the event loop, few at a time.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::problem::{Answer, Refused};

/// The shortest password, in characters.
pub const CHARS_MIN: usize = 10;
/// The longest password, in bytes: a bound on the work, far above any passphrase.
pub const BYTES_MAX: usize = 1024;

/// Each check takes 19 MiB for its time (argon2id's recommended settings), so only a few run at once.
const AT_ONCE: usize = 2;

/// Hashes and checks.
pub struct Passwords {
    room: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords {
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// Hashes a new password.
    ///
    /// # Errors
    /// If hashing fails, which is our fault.
    pub async fn hash(&self, password: String) -> Answer<String> {
        self.run(move || hash(&password)).await?.map_err(Refused::internal)
    }

    /// Whether it is the password of this hash. Without a hash the same work is done and the answer is no, so that the time taken does
    /// not tell who has an account.
    ///
    /// # Errors
    /// If the work cannot be done, which is our fault.
    pub async fn fits(&self, password: String, stored: Option<String>) -> Answer<bool> {
        self.run(move || {
            let known = stored.is_some();
            let against = stored.unwrap_or_else(|| decoy().to_owned());
            let fits =
                PasswordHash::new(&against).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            fits && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
        let permit = self.room.clone().acquire_owned().await.map_err(Refused::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(Refused::internal)
    }
}

/// Hashes a password with a fresh salt.
///
/// # Errors
/// If the system gives no randomness.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| argon2::password_hash::Error::Crypto)?;
    let salt = SaltString::encode_b64(&salt)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// A hash of nothing that anybody knows.
fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hash("no account has this password").unwrap_or_default())
}

/// Refuses a password that is too short or too long.
///
/// # Errors
/// With the field and the bound.
pub fn check(password: &str) -> Answer<()> {
    if password.chars().count() < CHARS_MIN {
        return Err(Refused::invalid(
            "password",
            format!("A password has at least {CHARS_MIN} characters."),
        ));
    }
    if password.len() > BYTES_MAX {
        return Err(Refused::invalid("password", format!("A password has at most {BYTES_MAX} bytes.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only_and_nobody_fits_none() {
        let passwords = Passwords::default();
        let stored = hash("correct horse battery").unwrap();
        let fits = |typed: &str, stored: Option<&String>| passwords.fits(typed.to_owned(), stored.cloned());
        assert!(fits("correct horse battery", Some(&stored)).await.unwrap());
        assert!(!fits("correct horse batterx", Some(&stored)).await.unwrap());
        assert!(!fits("no account has this password", None).await.unwrap());
        assert!(stored.starts_with("$argon2id$"));
    }
}
