//! Keys as they are written down, and a vault that follows the file in which they stand.

use std::fs::Metadata;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_provider::ports::Keyring;
use postrider_provider::{Fault, Secrets};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{KEY_BYTES, Vault, VaultError};

/// Why keys cannot be read. Never holds any of them.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("the key file {} cannot be {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What could not be done.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A line has no name.
    #[error("a vault key is written as id:BASE64-OF-32-BYTES")]
    Form,
    /// A key is no base64.
    #[error("the vault key `{0}` is not base64")]
    Base64(String),
    /// A key is of another length.
    #[error("the vault key `{0}` has not 32 bytes")]
    Length(String),
    /// The keys do not go together.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Reads keys that are written as `id:BASE64-OF-32-BYTES`, newest first.
///
/// # Errors
/// [`KeysError`].
pub fn vault_of(lines: &[SecretString]) -> Result<Vault, KeysError> {
    let keys: Result<Vec<_>, _> = lines.iter().map(parse).collect();
    Ok(Vault::from_keys(keys?)?)
}

fn parse(line: &SecretString) -> Result<(String, Zeroizing<[u8; KEY_BYTES]>), KeysError> {
    let (id, key) = line.expose_secret().split_once(':').ok_or(KeysError::Form)?;
    let bytes = STANDARD.decode(key.trim()).map_err(|_| KeysError::Base64(id.to_owned()))?;
    let bytes = Zeroizing::new(bytes);
    let bytes = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| KeysError::Length(id.to_owned()))?;
    Ok((id.to_owned(), Zeroizing::new(bytes)))
}

/// The lines of a key file.
///
/// # Errors
/// If it cannot be read.
pub fn lines(path: &Path) -> Result<Vec<SecretString>, KeysError> {
    let text = std::fs::read_to_string(path).map_err(|source| KeysError::File {
        path: path.to_owned(),
        what: "read",
        source,
    })?;
    let text = Zeroizing::new(text);
    let kept = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(kept.map(SecretString::from).collect())
}

/// Writes a key file anew beside the old one and puts it in its place, readable by its owner alone.
///
/// # Errors
/// If it cannot be written; then the old one stands as it was.
pub fn write(path: &Path, lines: &[SecretString]) -> Result<(), KeysError> {
    let failed = |source| KeysError::File {
        path: path.to_owned(),
        what: "written",
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let fresh = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(failed)?;
    for line in lines {
        writeln!(file, "{}", line.expose_secret()).map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    // Rows are sealed under the new key as soon as this returns: its name must last as well as its content.
    #[cfg(unix)]
    std::fs::File::open(
        path.parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    )
    .and_then(|folder| folder.sync_all())
    .map_err(failed)?;
    Ok(())
}

/// What tells one writing of the file from the next: a key more or less is another length.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let of = |about: Metadata| Some((about.modified().ok()?, about.len()));
    std::fs::metadata(path).ok().and_then(of)
}

struct Held {
    vault: Arc<Vault>,
    stamp: Stamp,
}

/// The vault of a key file. A server keeps it for as long as it runs while `rotate-keys` writes a new key into the file: from then on
/// this seals under the new key, and opens what others sealed under it.
pub struct KeyFile {
    path: PathBuf,
    held: RwLock<Held>,
}

impl KeyFile {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeysError> {
        let path = path.into();
        let held = read(&path)?;
        Ok(KeyFile {
            path,
            held: RwLock::new(held),
        })
    }

    /// The keys as they stand in the file now. A file that is gone or broken leaves those that are known in force: better an old key
    /// than none.
    pub fn vault(&self) -> Arc<Vault> {
        let now = stamp(&self.path);
        let (known, seen) = {
            let held = self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            (held.vault.clone(), held.stamp)
        };
        if now.is_none() || now == seen {
            return known;
        }
        match read(&self.path) {
            Ok(fresh) => {
                let vault = fresh.vault.clone();
                tracing::info!(newest = vault.newest(), "the vault's keys changed");
                *self.held.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
                vault
            }
            Err(error) => {
                tracing::error!(%error, "the vault's keys changed and cannot be read; those known before stay in force");
                known
            }
        }
    }
}

fn read(path: &Path) -> Result<Held, KeysError> {
    // Before the reading: what is written meanwhile is seen as a change the next time.
    let stamp = stamp(path);
    let vault = Arc::new(vault_of(&lines(path)?)?);
    Ok(Held { vault, stamp })
}

impl Keyring for KeyFile {
    fn open(&self, aad: &str, sealed: &[u8]) -> Result<Secrets, Fault> {
        self.vault().open(aad, sealed)
    }

    fn seal(&self, aad: &str, secrets: &Secrets) -> Result<Vec<u8>, Fault> {
        self.vault().seal(aad, secrets)
    }

    fn holds(&self, name: &str) -> bool {
        self.vault().holds(name)
    }
}
