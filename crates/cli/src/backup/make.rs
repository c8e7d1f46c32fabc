//! `postrider backup`: the whole installation at one instant, while servers run.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use postrider_store::{Db, Kind};
use secrecy::ExposeSecret;

use super::manifest::{Entry, FORMAT, KEYS, MEDIA, Manifest, Open, copied, hashed};
use super::postgres;
use crate::assembly;
use crate::config::Config;

/// Flags of `postrider backup`.
#[derive(Args)]
pub struct BackupFlags {
    /// Folder to make for the backup. Without it: `backup-TIME` in the present folder.
    #[arg(long)]
    to: Option<PathBuf>,
    /// Copies the files of media as well. Without it they are named with their hashes, and stay to be copied by other means.
    #[arg(long)]
    media: bool,
    /// Copies the key file as well. Who has such a backup can open every token in it.
    #[arg(long)]
    keys: bool,
}

/// Makes it.
pub async fn run(config: &Config, flags: BackupFlags) -> anyhow::Result<()> {
    let to = flags
        .to
        .clone()
        .unwrap_or_else(|| PathBuf::from(Timestamp::now().strftime("backup-%Y%m%dT%H%M%SZ").to_string()));
    if to.exists() {
        bail!(
            "{} is there already: a backup never overwrites anything. Name another folder by --to",
            to.display()
        );
    }
    // Under its own name only once it is whole.
    let partial = sibling(&to, "partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial)
            .with_context(|| format!("removing {}, left of a backup that was broken off", partial.display()))?;
    }
    std::fs::create_dir_all(&partial).with_context(|| format!("making {}", partial.display()))?;
    own(&partial, 0o700)?;
    match fill(config, &flags, &partial).await {
        Ok(manifest) => {
            std::fs::rename(&partial, &to).with_context(|| format!("naming {}", to.display()))?;
            told(&manifest, &to);
            Ok(())
        }
        Err(error) => {
            if let Err(left) = std::fs::remove_dir_all(&partial) {
                eprintln!("{} could not be removed: {left}", partial.display());
            }
            Err(error.context("no backup was made"))
        }
    }
}

/// Lets nobody else in: what is in a backup is everybody's secrets.
///
/// # Errors
/// If the disk fails.
fn own(path: &Path, mode: u32) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .with_context(|| format!("keeping others from {}", path.display()))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// The same path with something behind its name.
pub fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

async fn fill(config: &Config, flags: &BackupFlags, folder: &Path) -> anyhow::Result<Manifest> {
    let url = config.database.url.expose_secret();
    let db = Db::open_beside(url).await.context("opening the database")?;
    let schema = db.schema().await?;
    if !db.is_current().await.unwrap_or(false) {
        bail!(
            "the database has schema {}, this program has {}: use the program of the server",
            schema.version(),
            schema.newest_known()
        );
    }
    // Before the copy is begun: what went out since then may not be in it.
    let made_at = super::now(&db).await?;
    let (name, about) = match db.kind() {
        Kind::Sqlite => {
            let name = "database.sqlite";
            let file = folder.join(name);
            db.copy_into(&file).await.context("copying the database (is the disk full?)")?;
            own(&file, 0o600)?;
            let copy = Db::open_beside(&format!("sqlite://{}", file.display())).await?;
            if let Some(what) = copy.broken().await? {
                bail!("the copy does not hold together, so the database is damaged: {what}");
            }
            let about = copy.about().await?;
            copy.close().await;
            (name, about)
        }
        Kind::Postgres => {
            let name = "database.dump";
            let about = db.about().await?;
            postgres::dump(&postgres::address(config), &folder.join(name))?;
            own(&folder.join(name), 0o600)?;
            (name, about)
        }
    };
    let kind = if db.kind() == Kind::Sqlite { "sqlite" } else { "postgres" };
    db.close().await;
    let (sha256, bytes) = hashed(&folder.join(name))?;
    let (media, media_missing) = media(config, flags.media, folder, &about.blobs).await?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at_ms: made_at.as_millisecond(),
        made_at: format!("{made_at:.0}"),
        kind: kind.to_owned(),
        schema: about.schema,
        incarnation: about.pulse.incarnation,
        beat: about.pulse.beat,
        counts: about.counts.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect(),
        database: Entry {
            file: name.to_owned(),
            bytes,
            sha256,
        },
        media_included: flags.media,
        media,
        media_missing,
        keys: if flags.keys { Some(keys(config, folder)?) } else { None },
    };
    manifest.write(folder)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(manifest)
}

fn keys(config: &Config, folder: &Path) -> anyhow::Result<Entry> {
    if !config.vault.keys.is_empty() {
        bail!("the keys stand in the setting vault.keys, not in a file: keep a copy of them yourself, and leave --keys out");
    }
    let (sha256, bytes) = copied(&config.vault.keys_file, &folder.join(KEYS), Open::ToOwner)?;
    Ok(Entry {
        file: KEYS.to_owned(),
        bytes,
        sha256,
    })
}

/// Copies or names the files of media; and those that are not there.
async fn media(config: &Config, copy: bool, folder: &Path, blobs: &[(String, String)]) -> anyhow::Result<(Vec<Entry>, Vec<String>)> {
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    let kept = assembly::blobs(config)?;
    for (blob, known) in blobs {
        let bytes = match kept.len(blob).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push(blob.clone());
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("looking for {blob} in {kept}")),
        };
        let (sha256, bytes) = if copy {
            let source = kept
                .local(blob, folder)
                .await
                .with_context(|| format!("reading {blob} from {kept}"))?;
            copied(&source, &folder.join(MEDIA).join(blob), Open::ToAll)?
        } else {
            (known.clone(), bytes)
        };
        if !known.is_empty() && *known != sha256 {
            bail!("{blob} is not as it was uploaded: {kept} is damaged");
        }
        files.push(Entry {
            file: blob.clone(),
            bytes,
            sha256,
        });
    }
    Ok((files, missing))
}

fn told(manifest: &Manifest, to: &Path) {
    println!("Backup: {}", to.display());
    println!(
        "  database: {} of schema {}, {} bytes, checked",
        manifest.kind, manifest.schema, manifest.database.bytes
    );
    for (table, rows) in &manifest.counts {
        println!("  {table}: {rows}");
    }
    let bytes: u64 = manifest.media.iter().map(|file| file.bytes).sum();
    println!(
        "  media: {} files, {bytes} bytes, {}",
        manifest.media.len(),
        if manifest.media_included {
            "included"
        } else {
            "named only: copy the media folder as well, or use --media"
        }
    );
    for blob in &manifest.media_missing {
        println!("  media that was not there: {blob}");
    }
    match &manifest.keys {
        Some(_) => println!("  keys: INCLUDED. Who has this folder can open every token in it"),
        None => println!("  keys: not included. Without them the tokens cannot be opened: keep a copy of the keys elsewhere"),
    }
}
