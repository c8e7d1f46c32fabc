//! The keys that seal tokens: read, made when there are none, rotated.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_services::vault::{Vault, anything_sealed, rotate as reseal, unreadable};
use postrider_store::Db;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::assembly;
use crate::config::Config;

type Key = (String, Zeroizing<[u8; 32]>);

/// Whether there is any key yet.
pub fn any(config: &Config) -> bool {
    !config.vault.keys.is_empty() || config.vault.keys_file.exists()
}

/// The vault that the database's tokens were sealed with. At the very first start its key is made; later a missing key is an error, and
/// tokens that no key opens are told.
pub async fn vault_of(config: &Config, db: &Db) -> anyhow::Result<Vault> {
    if !any(config) {
        let path = &config.vault.keys_file;
        if anything_sealed(db).await? {
            bail!(
                "the key file {} does not exist, but the database holds tokens that were sealed with it. Bring it back from your copy, or give \
                 the keys as vault.keys. If they are lost, `postrider rotate-keys` makes a new one; then every account must be connected anew",
                path.display()
            );
        }
        write(path, &[new_line()?])?;
        tracing::info!(file = %path.display(), "made a key for tokens; keep a copy of this file apart from the database");
    }
    let vault = vault(config)?;
    let closed = unreadable(&vault, db).await?;
    if !closed.is_empty() {
        tracing::error!(
            count = closed.len(),
            first = closed.first(),
            "stored tokens open under none of the vault's keys: posts on their channels fail until the old keys are back, or the accounts are connected anew"
        );
    }
    Ok(vault)
}

/// The vault with the configured keys.
pub fn vault(config: &Config) -> anyhow::Result<Vault> {
    let lines = lines(config)?;
    let keys = lines.iter().map(parse).collect::<anyhow::Result<Vec<Key>>>()?;
    Vault::from_keys(keys).context("the vault's keys")
}

fn lines(config: &Config) -> anyhow::Result<Vec<SecretString>> {
    if !config.vault.keys.is_empty() {
        return Ok(config.vault.keys.clone());
    }
    let path = &config.vault.keys_file;
    let text = Zeroizing::new(std::fs::read_to_string(path).with_context(|| format!("the key file {} cannot be read", path.display()))?);
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(SecretString::from)
        .collect())
}

fn parse(line: &SecretString) -> anyhow::Result<Key> {
    let Some((id, key)) = line.expose_secret().split_once(':') else {
        bail!("a vault key is written as id:BASE64-OF-32-BYTES");
    };
    let bytes = Zeroizing::new(
        STANDARD
            .decode(key.trim())
            .with_context(|| format!("the vault key `{id}` is not base64"))?,
    );
    let Ok(bytes) = <[u8; 32]>::try_from(bytes.as_slice()) else {
        bail!("the vault key `{id}` has not 32 bytes");
    };
    Ok((id.to_owned(), Zeroizing::new(bytes)))
}

fn new_line() -> anyhow::Result<SecretString> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).context("the operating system gives no randomness")?;
    let made = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
    Ok(SecretString::from(format!("k{made}:{}", STANDARD.encode(bytes.as_slice()))))
}

/// Writes the file anew beside the old one and puts it in its place, readable by its owner alone.
fn write(path: &Path, lines: &[SecretString]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let fresh = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(&fresh)
        .with_context(|| format!("{} cannot be written", fresh.display()))?;
    for line in lines {
        writeln!(file, "{}", line.expose_secret())?;
    }
    file.sync_all()?;
    std::fs::rename(&fresh, path).with_context(|| format!("{} cannot be written", path.display()))
}

/// `postrider rotate-keys`: a new key comes first, everything sealed is sealed anew under it, older keys stay in the file.
pub async fn rotate(config: &Config) -> anyhow::Result<()> {
    // The database first: while a server holds it, no key is made that the server would not know.
    let db = assembly::database(config).await?;
    if config.vault.keys.is_empty() {
        let mut all = vec![new_line()?];
        if any(config) {
            all.extend(lines(config)?);
        }
        write(&config.vault.keys_file, &all)?;
    }
    let vault = vault(config)?;
    let done = reseal(&vault, &db)
        .await
        .context("sealing anew stopped; what is done stays done, run it again")?;
    println!("Sealed anew under key {}: {done:?}", vault.newest());
    if config.vault.keys.is_empty() {
        println!(
            "Older keys stay in {} until you remove their lines.",
            config.vault.keys_file.display()
        );
    }
    println!("Start every server anew: one that runs does not know the new key.");
    db.close().await;
    Ok(())
}
