//! `postrider restore`: a backup takes the place of what is there. What was there is moved aside, never deleted.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use postrider_core::ids::NotificationId;
use postrider_engine::entropy::{Entropy, SystemEntropy};
use postrider_engine::hold::Why;
use postrider_store::pulse::{self, Held, HeldWhy};
use postrider_store::{Db, StoreError};
use secrecy::ExposeSecret;

use super::make::sibling;
use super::manifest::{KEYS, MEDIA, Manifest, Open, copied, hashed};
use super::{postgres, sqlite_file};
use crate::assembly;
use crate::config::Config;

/// What belongs to a SQLite database beside its file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];
/// The copy that is made ready to take its place.
const READY: &str = "restoring";
/// Says that the copy is whole and the files are being exchanged.
const EXCHANGE: &str = "exchange";

/// Flags of `postrider restore`.
#[derive(Args)]
pub struct RestoreFlags {
    /// The folder that `postrider backup` made.
    backup: PathBuf,
    /// Moves the database that is there aside. Without it a database that is there is left alone.
    #[arg(long)]
    replace: bool,
}

/// Brings it back.
pub async fn run(config: &Config, flags: RestoreFlags) -> anyhow::Result<()> {
    let manifest = Manifest::checked(&flags.backup)?;
    let url = config.database.url.expose_secret();
    match sqlite_file(url) {
        Some(file) if manifest.kind == "sqlite" => sqlite(config, &flags, &manifest, &file).await?,
        None if manifest.kind == "postgres" => {
            postgres(config, url, &flags, &manifest).await?;
            media(config, &flags, &manifest).await?;
        }
        _ => bail!(
            "the backup is of {}, and database.url names another kind of database: nothing was changed",
            manifest.kind
        ),
    }
    keys(config, &flags, &manifest)?;
    println!("Restored the backup of {} (schema {}).", manifest.made_at, manifest.schema);
    if !manifest.media_included {
        println!(
            "Its media are not in it: the media folder must hold the {} files that it names.",
            manifest.media.len()
        );
    }
    println!(
        "Nothing is published before you run `postrider recover`, while the server runs or before it is started: what went out since the \
         backup was made is looked for at the networks first."
    );
    Ok(())
}

async fn sqlite(config: &Config, flags: &RestoreFlags, manifest: &Manifest, file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let _locked = Db::lock(file).map_err(|error| match error {
        StoreError::Locked => anyhow::anyhow!("a server runs on {}: stop it first. Nothing was changed", file.display()),
        other => other.into(),
    })?;
    exchange_whole(file)?;
    if file.exists() && !flags.replace {
        bail!(
            "{} is there already. With --replace it is moved aside (not deleted). Nothing was changed",
            file.display()
        );
    }
    let ready = sibling(file, READY);
    forget(&ready)?;
    if let Err(error) = made_ready(flags, manifest, &ready).await {
        forget(&ready)?;
        return Err(error.context("nothing was changed"));
    }
    media(config, flags, manifest).await?;
    let aside = sibling(file, &Timestamp::now().strftime("before-restore-%Y%m%dT%H%M%SZ").to_string());
    let marker = sibling(file, EXCHANGE);
    let mut marking = std::fs::File::create(sibling(&marker, "new"))?;
    marking.write_all(aside.as_os_str().as_encoded_bytes())?;
    // A marker without its words would name nothing after a power cut.
    marking.sync_all()?;
    std::fs::rename(sibling(&marker, "new"), &marker)?;
    synced(file)?;
    let moved = file.exists();
    exchange_whole(file)?;
    if moved {
        println!("What was there is now {}.", aside.display());
    }
    Ok(())
}

/// Copies the backup's database beside its place, held, and checked anew.
async fn made_ready(flags: &RestoreFlags, manifest: &Manifest, ready: &Path) -> anyhow::Result<()> {
    let (sha256, _) = copied(&flags.backup.join(&manifest.database.file), ready, Open::ToOwner)?;
    if sha256 != manifest.database.sha256 {
        bail!("the copy of the database differs from the backup's: the disk is not to be trusted");
    }
    let db = Db::open_beside(&format!("sqlite://{}", ready.display())).await?;
    let held = held(&db, manifest).await;
    db.close().await;
    held?;
    std::fs::File::open(ready)?.sync_all()?;
    Ok(())
}

/// Checks a database that was brought back, and holds publishing in it.
async fn held(db: &Db, manifest: &Manifest) -> anyhow::Result<()> {
    let schema = db.schema().await?;
    if schema.is_newer() {
        bail!(
            "the backup has schema {}, made by Postrider {}; this program knows up to {}: use the newer program",
            schema.version(),
            manifest.program,
            schema.newest_known()
        );
    }
    if schema.version() != manifest.schema {
        bail!(
            "the backup's list says schema {}, its database {}",
            manifest.schema,
            schema.version()
        );
    }
    if let Some(what) = db.broken().await? {
        bail!("the backup's database does not hold together: {what}");
    }
    let mut tx = db.begin().await?;
    let held = restored(manifest, super::now(db).await?);
    pulse::hold(&mut tx, held).await?;
    let why = Why::Database(held);
    pulse::tell_admins(
        &mut tx,
        &format!("Nothing is published. {} {}", why.text(), why.remedy()),
        held.at_ms,
        &|| NotificationId::new(held.at_ms, SystemEntropy.ten()),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

fn restored(manifest: &Manifest, at: Timestamp) -> Held {
    Held {
        why: HeldWhy::Restored,
        since_ms: manifest.made_at_ms,
        at_ms: at.as_millisecond(),
    }
}

/// Puts the media in their place. Files have names of their own, so that nothing that is there is touched; one that is there and
/// differs is set aside.
async fn media(config: &Config, flags: &RestoreFlags, manifest: &Manifest) -> anyhow::Result<()> {
    if !manifest.media_included {
        return Ok(());
    }
    let kept = assembly::blobs(config)?;
    let scratch = config.media.folder.join("scratch");
    std::fs::create_dir_all(&scratch).with_context(|| format!("making {}", scratch.display()))?;
    for entry in &manifest.media {
        let putting = || format!("putting {} into {kept}", entry.file);
        match kept.len(&entry.file).await {
            Ok(_) => {
                let there = kept.local(&entry.file, &scratch).await.with_context(putting)?;
                if hashed(&there)?.0 == entry.sha256 {
                    continue;
                }
                kept.set_aside(&entry.file).await.with_context(putting)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(putting),
        }
        // Moved in from there, so that the backup stays whole.
        let fresh = scratch.join(format!("{}.{READY}", entry.sha256));
        copied(&flags.backup.join(MEDIA).join(&entry.file), &fresh, Open::ToAll)?;
        kept.put_file(&entry.file, &fresh).await.with_context(putting)?;
    }
    Ok(())
}

fn keys(config: &Config, flags: &RestoreFlags, manifest: &Manifest) -> anyhow::Result<()> {
    let file = &config.vault.keys_file;
    match (&manifest.keys, config.vault.keys.is_empty()) {
        (Some(_), true) if !file.exists() => {
            let fresh = sibling(file, READY);
            copied(&flags.backup.join(KEYS), &fresh, Open::ToOwner)?;
            std::fs::rename(&fresh, file).with_context(|| format!("naming {}", file.display()))?;
            println!("The keys are in {}.", file.display());
        }
        (Some(_), true) => println!(
            "{} is there already and was left as it is: the backup's keys are in the backup.",
            file.display()
        ),
        _ => {}
    }
    Ok(())
}

async fn postgres(config: &Config, url: &str, flags: &RestoreFlags, manifest: &Manifest) -> anyhow::Result<()> {
    let db = Db::open_beside(url).await.context("opening the database")?;
    let schema = db.schema().await?;
    if !schema.applied.is_empty() {
        bail!(
            "the database is not empty. Stop every server, then move it aside: ALTER DATABASE name RENAME TO name_before_restore; CREATE DATABASE \
             name; and run this again. Nothing was changed"
        );
    }
    if manifest.schema > schema.newest_known() {
        bail!(
            "the backup has schema {}, made by Postrider {}; this program knows up to {}: use the newer program. Nothing was changed",
            manifest.schema,
            manifest.program,
            schema.newest_known()
        );
    }
    // Held from the first instant on: a server that is started meanwhile finds no database, or a held one.
    let hold = pulse::held_sql(restored(manifest, super::now(&db).await?));
    postgres::restore(&postgres::address(config), &flags.backup.join(&manifest.database.file), &hold)?;
    held(&db, manifest).await?;
    db.close().await;
    Ok(())
}

/// Ends an exchange of files that was broken off, before anybody opens the database.
///
/// # Errors
/// If somebody has the database, or the files cannot be moved.
pub fn finish(file: &Path) -> anyhow::Result<()> {
    if !sibling(file, EXCHANGE).exists() {
        return Ok(());
    }
    let _locked = Db::lock(file)?;
    tracing::warn!(file = %file.display(), "a restore was broken off while it exchanged the files; it is brought to its end");
    exchange_whole(file)
}

/// Moves the database that is there aside and the one that is ready into its place, from wherever it was broken off. The marker says
/// that the one that is ready is whole.
fn exchange_whole(file: &Path) -> anyhow::Result<()> {
    let marker = sibling(file, EXCHANGE);
    let Ok(aside) = std::fs::read_to_string(&marker) else {
        return Ok(());
    };
    let (ready, aside) = (sibling(file, READY), PathBuf::from(aside));
    // Once it has its place, what stands there is the restored one.
    if ready.exists() {
        for ending in BESIDE.into_iter().chain([""]) {
            let there = with(file, ending);
            if there.exists() {
                std::fs::rename(&there, with(&aside, ending)).with_context(|| format!("moving {} aside", there.display()))?;
            }
        }
        synced(file)?;
        std::fs::rename(&ready, file).with_context(|| format!("naming {}", file.display()))?;
        synced(file)?;
    }
    std::fs::remove_file(&marker)?;
    synced(file)
}

fn with(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a copy that was never whole.
fn forget(ready: &Path) -> anyhow::Result<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(with(ready, ending)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("removing {}", ready.display())),
        }
    }
    Ok(())
}

/// New names survive a power cut.
fn synced(file: &Path) -> anyhow::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        all.sort();
        all
    }

    /// Killed after any of its steps, the next start finds the old database or the new one, each whole, and both are kept.
    #[test]
    fn an_exchange_that_was_broken_off_is_brought_to_its_end() {
        let whole = [("db", "new"), ("db.aside", "old"), ("db.aside-shm", "old"), ("db.aside-wal", "old")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        for broken_off_after in 0..=4 {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("db");
            for (name, text) in [("db", "old"), ("db-wal", "old"), ("db-shm", "old"), ("db.restoring", "new")] {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let aside = folder.path().join("db.aside");
            std::fs::write(sibling(&file, EXCHANGE), aside.as_os_str().as_encoded_bytes()).unwrap();
            let steps = [
                ("db-wal", "db.aside-wal"),
                ("db-shm", "db.aside-shm"),
                ("db", "db.aside"),
                ("db.restoring", "db"),
            ];
            for (from, to) in steps.iter().take(broken_off_after) {
                std::fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
            }
            finish(&file).unwrap();
            let mut left = files(folder.path());
            left.retain(|(name, _)| name != "db.lock");
            assert_eq!(left, whole, "broken off after {broken_off_after} steps");
        }
    }

    #[test]
    fn a_copy_that_was_never_whole_takes_no_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db");
        std::fs::write(&file, "old").unwrap();
        std::fs::write(folder.path().join("db.restoring"), "half").unwrap();
        finish(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    }
}
