//! Names and addresses that people type.

use crate::problem::{Answer, Refused};

/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// The longest e-mail address, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// A name without space around it.
///
/// # Errors
/// If nothing is left, or it is too long, or it holds control characters.
pub fn name(field: &str, typed: &str) -> Answer<String> {
    let name = typed.trim();
    if name.is_empty() {
        return Err(Refused::invalid(field, "A name is needed."));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Refused::invalid(field, format!("A name has at most {NAME_CHARS_MAX} characters.")));
    }
    if name.chars().any(char::is_control) {
        return Err(Refused::invalid(field, "A name is one line."));
    }
    Ok(name.to_owned())
}

/// Refuses what can be no e-mail address. Whether it is one shows when mail arrives.
///
/// # Errors
/// With the field.
pub fn email(field: &str, typed: &str) -> Answer<()> {
    let parts = typed.split_once('@');
    let shaped = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if shaped && typed.len() <= EMAIL_BYTES_MAX && !typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Ok(())
    } else {
        Err(Refused::invalid(field, "This is not an e-mail address."))
    }
}
