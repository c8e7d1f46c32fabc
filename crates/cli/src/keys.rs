//! The keys that seal tokens: read, made when there are none, rotated.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_provider::ports::Keyring;
use postrider_services::vault::{KeyFile, Vault, anything_sealed, file, known, rotate as reseal, unreadable};
use postrider_store::{Db, server_apps};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::assembly;
use crate::config::Config;

/// Whether there is any key yet.
pub fn any(config: &Config) -> bool {
    !config.vault.keys.is_empty() || config.vault.keys_file.exists()
}

/// The vault that the database's tokens were sealed with. At the very first start its key is made; later a missing key is an error, and
/// tokens that no key opens are told.
pub async fn keyring(config: &Config, db: &Db) -> anyhow::Result<Arc<dyn Keyring>> {
    if !any(config) {
        let path = &config.vault.keys_file;
        if anything_sealed(db).await? {
            bail!(
                "the key file {} does not exist, but the database holds tokens that were sealed with it. Bring it back from your copy, or give \
                 the keys as vault.keys. If they are lost, `postrider rotate-keys --keys-lost` makes a new one; then every account must be connected anew",
                path.display()
            );
        }
        make_first(path)?;
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
    tell(config, db, &vault).await?;
    if config.vault.keys.is_empty() {
        return Ok(Arc::new(KeyFile::open(&config.vault.keys_file)?));
    }
    Ok(Arc::new(vault))
}

/// Makes the key file with a first key. Of several processes that start at once on one file, one makes it: what the others would seal
/// under keys of their own nobody could open.
fn make_first(path: &Path) -> anyhow::Result<()> {
    let own = path.with_extension(format!("{}.new", std::process::id()));
    file::write(&own, &[new_line()?])?;
    let made = std::fs::hard_link(&own, path);
    std::fs::remove_file(&own).with_context(|| format!("{} cannot be removed", own.display()))?;
    match made {
        Ok(()) => tracing::info!(file = %path.display(), "made a key for tokens; keep a copy of this file apart from the database"),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("the key file {} cannot be made", path.display())),
    }
    Ok(())
}

/// Tells the other processes what this server holds, and under which key secrets are sealed.
async fn tell(config: &Config, db: &Db, vault: &Vault) -> anyhow::Result<()> {
    match known::newest(db).await? {
        Some(name) if !vault.holds(&name) => tracing::error!(
            key = name,
            "tokens are sealed under a key that this server does not hold: it is not ready until it is started with that key"
        ),
        _ => known::set_newest(db, vault.newest()).await?,
    }
    let holds = known::ServerKeys {
        names: vault.names().map(str::to_owned).collect(),
        follows_file: config.vault.keys.is_empty(),
    };
    known::set_server(db, &holds).await?;
    Ok(())
}

/// Refuses a key that servers that run could not know: what is sealed under it would be lost to them.
async fn knowable(config: &Config, db: &Db, may_be_served: bool) -> anyhow::Result<()> {
    let own = if any(config) { Some(vault(config)?) } else { None };
    if let Some(name) = known::newest(db).await?
        && !own.as_ref().is_some_and(|own| own.holds(&name))
    {
        bail!(
            "tokens are sealed under the key {name}, which is not among the keys here. Run this with the settings of the servers (vault.keys or \
             vault.keys_file). If that key is lost, add --keys-lost; then every account must be connected anew"
        );
    }
    let Some(server) = known::server(db).await?.filter(|_| may_be_served) else {
        return Ok(());
    };
    if config.vault.keys.is_empty() && !server.follows_file {
        bail!(
            "the servers have their keys from vault.keys, so they would not know one that is made here. Put a new key (a name, a colon, 32 bytes in \
             base64) into vault.keys behind the present ones, start every server again with it; then put it first, start every server again, and \
             run this with the same settings"
        );
    }
    if let Some(own) = own.filter(|_| !config.vault.keys.is_empty())
        && !server.names.iter().any(|name| name == own.newest())
    {
        bail!(
            "the servers do not know the key {} yet. Start every server again with it among its vault.keys, then run this again",
            own.newest()
        );
    }
    Ok(())
}

/// The vault with the configured keys.
pub fn vault(config: &Config) -> anyhow::Result<Vault> {
    file::vault_of(&lines(config)?).context("the vault's keys")
}

fn lines(config: &Config) -> anyhow::Result<Vec<SecretString>> {
    if config.vault.keys.is_empty() {
        Ok(file::lines(&config.vault.keys_file)?)
    } else {
        Ok(config.vault.keys.clone())
    }
}

fn new_line() -> anyhow::Result<SecretString> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    // Two keys of one second have different names.
    let mut mark = [0_u8; 3];
    getrandom::fill(bytes.as_mut_slice())
        .and_then(|()| getrandom::fill(&mut mark))
        .context("the operating system gives no randomness")?;
    let made = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
    let mark: String = mark.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SecretString::from(format!("k{made}-{mark}:{}", STANDARD.encode(bytes.as_slice()))))
}

/// How the rows of apps at servers are named: [`server_apps`].
const APPS: &str = "server_apps.secrets.";

/// How often everything is gone through again while servers that run still store what they had sealed before the new key was there.
const ROUNDS_MAX: usize = 10;

/// `postrider rotate-keys`: a new key comes first, everything sealed is sealed anew under it, older keys stay in the file. Servers that
/// read the same file go on meanwhile.
pub async fn rotate(config: &Config, keys_lost: bool) -> anyhow::Result<()> {
    let beside = assembly::database_beside(config).await?;
    let db = beside.db;
    // Whether a server runs on PostgreSQL cannot be seen from here.
    let may_be_served = beside.served || !config.database.url.expose_secret().starts_with("sqlite:");
    if !keys_lost {
        knowable(config, &db, may_be_served).await?;
    }
    let by_file = config.vault.keys.is_empty();
    if by_file {
        let mut all = vec![new_line()?];
        if any(config) {
            all.extend(lines(config)?);
        }
        // What cannot be read again must not take the place of what can.
        file::vault_of(&all).context("the keys that are there")?;
        file::write(&config.vault.keys_file, &all)?;
    }
    let vault = vault(config)?;
    // First of all, so that a server that cannot follow says so before it meets what it cannot read.
    known::set_newest(&db, vault.newest()).await?;
    let mut sum = 0;
    let mut left = 0;
    let mut unreadable = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let done = reseal(&vault, &db)
            .await
            .context("sealing anew stopped; what is done stays done, run it again")?;
        sum += done.resealed;
        left = done.resealed + done.overtaken;
        unreadable = done.unreadable;
        if left == 0 {
            break;
        }
    }
    if keys_lost {
        // Servers get to know this installation anew.
        let (apps, left): (Vec<String>, _) = unreadable.into_iter().partition(|row| row.starts_with(APPS));
        for id in apps.iter().filter_map(|row| row.strip_prefix(APPS)) {
            server_apps::forget_lost(&db, id).await?;
            println!("Opened under no key that is known, and was forgotten: {APPS}{id}. It is made anew by itself.");
        }
        unreadable = left;
    }
    db.close().await;
    println!("Sealed anew under key {}: {sum}", vault.newest());
    for row in &unreadable {
        println!("Opens under no key that is known, and was left as it is: {row}");
    }
    if left > 0 {
        bail!("some secrets were stored under an older key meanwhile: run it again");
    }
    let path = config.vault.keys_file.display();
    if by_file {
        println!("Older keys stay in {path} until you remove their lines. Servers that read this file use the new key from now on.");
        println!("A server with a copy of its own needs the new line as well: until it has it, it cannot read what is sealed anew.");
    } else {
        println!("The newest key of vault.keys was used. Every server must know it; older keys can be taken out of vault.keys now.");
    }
    Ok(())
}
