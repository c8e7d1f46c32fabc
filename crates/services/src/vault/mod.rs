//! The vault: secrets under XChaCha20-Poly1305, each bound to the row that it belongs to.
//!
//! A sealed value is `version, length of the key id, key id, nonce (24 bytes), ciphertext with tag`. What stands before
//! the nonce is authenticated together with the row's name, so that a value moved to another row, or said to be under
//! another key, does not open.

pub mod file;
pub mod known;
pub mod rotate;

use std::collections::BTreeMap;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use postrider_core::delivery::FailureKind;
use postrider_provider::ports::Keyring;
use postrider_provider::{Fault, Secrets};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

pub use file::{KeyFile, KeysError};
pub use rotate::{Rotated, anything_sealed, rotate, unreadable};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Length of a key in bytes.
pub const KEY_BYTES: usize = 32;
/// Longest name of a key, in bytes.
pub const KEY_ID_BYTES_MAX: usize = 64;

/// Why a secret cannot be sealed or opened. Never holds any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key is configured.
    #[error("no vault key is configured")]
    NoKey,
    /// A key's name is empty, too long, or there twice.
    #[error("the vault key name `{0}` is empty, longer than {KEY_ID_BYTES_MAX} bytes, or given twice")]
    KeyName(String),
    /// The key that it was sealed under is not configured.
    #[error("it was sealed under the vault key `{0}`, which is not configured")]
    UnknownKey(String),
    /// The bytes are not of a form that this version writes.
    #[error("it is not a sealed value of this version")]
    Malformed,
    /// The bytes were changed, were sealed for another row, or under another key of the same name.
    #[error("it was changed, or sealed for another row or under another key of the same name")]
    Refused,
    /// The system gave no randomness.
    #[error("the system gave no randomness: {0}")]
    Randomness(String),
}

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// The keys, newest first.
pub struct Vault {
    keys: Vec<Key>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl Vault {
    /// Takes the keys, newest first: the first seals, all open.
    ///
    /// # Errors
    /// If there is none, or a name is empty, too long or there twice.
    pub fn from_keys(keys: Vec<(String, Zeroizing<[u8; KEY_BYTES]>)>) -> Result<Self, VaultError> {
        if keys.is_empty() {
            return Err(VaultError::NoKey);
        }
        let mut known: Vec<Key> = Vec::new();
        for (id, bytes) in keys {
            if id.is_empty() || id.len() > KEY_ID_BYTES_MAX || known.iter().any(|key| key.id == id) {
                return Err(VaultError::KeyName(id));
            }
            let cipher = XChaCha20Poly1305::new(bytes.as_ref().into());
            known.push(Key { id, cipher });
        }
        Ok(Vault { keys: known })
    }

    /// The name of the key that seals.
    pub fn newest(&self) -> &str {
        self.keys.first().map_or("", |key| key.id.as_str())
    }

    /// The names of all keys, newest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// The name of the key that a value was sealed under.
    ///
    /// # Errors
    /// If it is not a sealed value.
    pub fn key_of(sealed: &[u8]) -> Result<&str, VaultError> {
        Envelope::read(sealed).map(|envelope| envelope.key_id)
    }

    /// Seals bytes for the row that `aad` names.
    ///
    /// # Errors
    /// If no key is configured, or the system gives no randomness.
    pub fn seal_bytes(&self, aad: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.keys.first().ok_or(VaultError::NoKey)?;
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| VaultError::Randomness(error.to_string()))?;
        let mut sealed = Vec::with_capacity(2 + key.id.len() + NONCE_BYTES + plain.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.push(u8::try_from(key.id.len()).map_err(|_| VaultError::KeyName(key.id.clone()))?);
        sealed.extend_from_slice(key.id.as_bytes());
        let bound = bind(&sealed, aad);
        let payload = Payload { msg: plain, aad: &bound };
        let ciphertext = key
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| VaultError::Refused)?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens bytes that were sealed for the same `aad`.
    ///
    /// # Errors
    /// If the key is gone, or the bytes were sealed for another row or changed.
    pub fn open_bytes(&self, aad: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let envelope = Envelope::read(sealed)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.id == envelope.key_id)
            .ok_or_else(|| VaultError::UnknownKey(envelope.key_id.to_owned()))?;
        let bound = bind(envelope.head, aad);
        let payload = Payload {
            msg: envelope.ciphertext,
            aad: &bound,
        };
        let plain = key
            .cipher
            .decrypt(XNonce::from_slice(envelope.nonce), payload)
            .map_err(|_| VaultError::Refused)?;
        Ok(Zeroizing::new(plain))
    }
}

/// Head and row's name; the head says its own length, so that no two pairs read the same.
fn bind(head: &[u8], aad: &str) -> Vec<u8> {
    [head, aad.as_bytes()].concat()
}

struct Envelope<'a> {
    head: &'a [u8],
    key_id: &'a str,
    nonce: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(sealed: &'a [u8]) -> Result<Self, VaultError> {
        let (&[version, id_bytes], _) = sealed.split_first_chunk::<2>().ok_or(VaultError::Malformed)?;
        if version != VERSION {
            return Err(VaultError::Malformed);
        }
        let (head, rest) = sealed.split_at_checked(2 + usize::from(id_bytes)).ok_or(VaultError::Malformed)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or(VaultError::Malformed)?;
        let key_id = std::str::from_utf8(head.get(2..).unwrap_or_default()).map_err(|_| VaultError::Malformed)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(VaultError::Malformed);
        }
        Ok(Envelope {
            head,
            key_id,
            nonce,
            ciphertext,
        })
    }
}

impl Keyring for Vault {
    fn open(&self, aad: &str, sealed: &[u8]) -> Result<Secrets, Fault> {
        let plain = self.open_bytes(aad, sealed).map_err(fault)?;
        let texts: BTreeMap<String, String> = serde_json::from_slice(&plain).map_err(|_| fault(VaultError::Malformed))?;
        Ok(texts.into_iter().map(|(name, text)| (name, SecretString::from(text))).collect())
    }

    fn seal(&self, aad: &str, secrets: &Secrets) -> Result<Vec<u8>, Fault> {
        let texts: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.expose_secret()))
            .collect();
        let plain = serde_json::to_vec(&texts).map_err(|_| fault(VaultError::Malformed))?;
        self.seal_bytes(aad, &Zeroizing::new(plain)).map_err(fault)
    }

    fn holds(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

fn fault(error: VaultError) -> Fault {
    let (code, remedy) = match &error {
        VaultError::UnknownKey(_) => (
            "vault.unknown_key",
            "An administrator adds the old key to the configuration again, or the account is reconnected.",
        ),
        VaultError::Refused | VaultError::Malformed => ("vault.unreadable", "Reconnect the account."),
        VaultError::NoKey | VaultError::KeyName(_) | VaultError::Randomness(_) => {
            ("vault.unusable", "An administrator checks the vault keys in the configuration.")
        }
    };
    Fault::stop(
        FailureKind::Internal,
        code,
        format!("A stored secret cannot be used: {error}."),
        remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[(&str, u8)]) -> Vault {
        Vault::from_keys(
            keys.iter()
                .map(|(id, byte)| ((*id).to_owned(), Zeroizing::new([*byte; KEY_BYTES])))
                .collect(),
        )
        .expect("a vault")
    }

    fn tokens() -> Secrets {
        Secrets::from([
            ("access".to_owned(), SecretString::from("t0ken")),
            ("refresh".to_owned(), SecretString::from("ünïcode")),
        ])
    }

    #[test]
    fn what_was_sealed_for_a_row_opens_for_that_row_only() {
        let vault = vault(&[("k1", 1)]);
        let sealed = vault.seal("grants.secrets.grant_1", &tokens()).expect("sealed");
        let opened = vault.open("grants.secrets.grant_1", &sealed).expect("opened");
        assert_eq!(opened["access"].expose_secret(), "t0ken");
        assert_eq!(opened["refresh"].expose_secret(), "ünïcode");
        for other in ["grants.secrets.grant_2", "channels.secrets.grant_1", "", "grants.secrets.grant_1x"] {
            assert_eq!(
                vault.open(other, &sealed).map_err(|fault| fault.code).err().as_deref(),
                Some("vault.unreadable"),
                "{other}"
            );
        }
        assert!(!sealed.windows(5).any(|window| window == b"t0ken"));
    }

    #[test]
    fn no_single_bit_can_be_changed_and_no_byte_cut_off() {
        let vault = vault(&[("k1", 1), ("k2", 2)]);
        let sealed = vault.seal_bytes("row", b"secret").expect("sealed");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(vault.open_bytes("row", &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(vault.open_bytes("row", &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn the_same_secret_never_seals_to_the_same_bytes() {
        let vault = vault(&[("k1", 1)]);
        assert_ne!(vault.seal_bytes("row", b"x"), vault.seal_bytes("row", b"x"));
    }

    #[test]
    fn an_old_key_still_opens_and_the_newest_seals() {
        let old = vault(&[("2025", 1)]);
        let new = vault(&[("2026", 2), ("2025", 1)]);
        let sealed = old.seal_bytes("row", b"x").expect("sealed");
        assert_eq!(new.open_bytes("row", &sealed).expect("opened").as_slice(), b"x");
        let again = new.seal_bytes("row", b"x").expect("sealed");
        assert_eq!((Vault::key_of(&sealed), Vault::key_of(&again)), (Ok("2025"), Ok("2026")));
    }

    #[test]
    fn a_key_that_is_gone_is_named_in_the_error() {
        let sealed = vault(&[("2025", 1)]).seal("row", &tokens()).expect("sealed");
        let fault = vault(&[("2026", 2)]).open("row", &sealed).expect_err("no key");
        assert_eq!(fault.code, "vault.unknown_key");
        assert!(
            fault.message.contains("`2025`") && !fault.message.contains("t0ken"),
            "{}",
            fault.message
        );
    }

    #[test]
    fn keys_need_a_name_each_of_its_own() {
        let key = || Zeroizing::new([0; KEY_BYTES]);
        for keys in [
            Vec::new(),
            vec![(String::new(), key())],
            vec![("a".to_owned(), key()), ("a".to_owned(), key())],
            vec![("a".repeat(65), key())],
        ] {
            assert!(Vault::from_keys(keys).is_err());
        }
    }
}
