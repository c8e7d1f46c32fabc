//! What a backup says of itself, and whether it is true.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the list in a backup's folder.
pub const MANIFEST: &str = "manifest.json";
/// The name of the list's own hash.
pub const MANIFEST_HASH: &str = "manifest.sha256";
/// The folder of media in a backup.
pub const MEDIA: &str = "media";
/// The copy of the key file in a backup.
pub const KEYS: &str = "vault.keys";
/// How a backup is laid out; another is not understood.
pub const FORMAT: u32 = 1;

/// A file of the backup, or one that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Below the backup's folder; of media, below the folder of media.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes; empty where it is only named and not known.
    pub sha256: String,
}

/// The list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// How the backup is laid out.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When it was begun, UTC milliseconds: whatever was sent since, it does not know.
    pub made_at_ms: i64,
    /// The same for people.
    pub made_at: String,
    /// `sqlite` or `postgres`.
    pub kind: String,
    /// The newest migration of the database.
    pub schema: i64,
    /// When the database was begun or last recovered, UTC milliseconds.
    pub incarnation: i64,
    /// How often its heart had beaten.
    pub beat: i64,
    /// Rows by table.
    pub counts: BTreeMap<String, i64>,
    /// The database.
    pub database: Entry,
    /// Whether the files of media are in the backup; else they are named only.
    pub media_included: bool,
    /// The files of media that the database names.
    pub media: Vec<Entry>,
    /// Files of media that were not in their folder when the backup was made.
    pub media_missing: Vec<String>,
    /// The key file, if it was asked for. Without it the tokens in the database cannot be opened.
    pub keys: Option<Entry>,
}

/// SHA-256 and length of a file.
pub fn hashed(file: &Path) -> anyhow::Result<(String, u64)> {
    let mut reader = File::open(file).with_context(|| format!("opening {}", file.display()))?;
    hash_of(&mut reader, &mut std::io::sink()).with_context(|| format!("reading {}", file.display()))
}

/// Who may read a copy, from its first byte on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Its owner alone: it holds secrets.
    ToOwner,
    /// Whoever may read other files of this process.
    ToAll,
}

fn created(file: &Path, open: Open) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true);
    if open == Open::ToOwner {
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // What is left of an earlier try keeps the rights that it has.
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => return options.create_new(true).open(file),
        }
    }
    options.create(true).truncate(true).open(file)
}

/// Copies a file durably; gives the SHA-256 and the length of what was copied.
pub fn copied(from: &Path, to: &Path, open: Open) -> anyhow::Result<(String, u64)> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let mut reader = File::open(from).with_context(|| format!("opening {}", from.display()))?;
    let mut writer = created(to, open).with_context(|| format!("making {}", to.display()))?;
    let done = hash_of(&mut reader, &mut writer).with_context(|| format!("writing {}", to.display()))?;
    writer.sync_all().with_context(|| format!("writing {}", to.display()))?;
    Ok(done)
}

fn hash_of(reader: &mut impl Read, writer: &mut impl Write) -> std::io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok((format!("{:x}", hasher.finalize()), bytes));
        }
        hasher.update(&buffer[..read]);
        writer.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

impl Manifest {
    /// Writes the list and its hash into the backup's folder.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        let hash = format!("{:x}\n", Sha256::digest(&text));
        for (name, bytes) in [(MANIFEST, text.as_slice()), (MANIFEST_HASH, hash.as_bytes())] {
            let path = folder.join(name);
            let mut file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
            file.write_all(bytes)
                .and_then(|()| file.sync_all())
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }

    /// Reads a backup's list and checks every file that it names, to the last byte. Nothing is changed.
    pub fn checked(folder: &Path) -> anyhow::Result<Manifest> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "{} is no backup: it has no {MANIFEST}. Name the folder that `postrider backup` made",
                folder.display()
            )
        })?;
        let told = std::fs::read_to_string(folder.join(MANIFEST_HASH)).unwrap_or_default();
        if told.trim() != format!("{:x}", Sha256::digest(&text)) {
            bail!("{MANIFEST} is not as it was written: the backup is damaged, and nothing of it is used");
        }
        let manifest: Manifest = serde_json::from_slice(&text).context("the backup's list cannot be read")?;
        if manifest.format != FORMAT {
            bail!(
                "the backup is laid out as {}, this program knows {FORMAT}: use Postrider {}",
                manifest.format,
                manifest.program
            );
        }
        manifest.check(folder, &manifest.database, Path::new(""))?;
        if let Some(keys) = &manifest.keys {
            manifest.check(folder, keys, Path::new(""))?;
        }
        if manifest.media_included {
            for file in &manifest.media {
                manifest.check(folder, file, Path::new(MEDIA))?;
            }
        }
        Ok(manifest)
    }

    fn check(&self, folder: &Path, entry: &Entry, below: &Path) -> anyhow::Result<()> {
        let name = below.join(&entry.file);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            bail!("the backup names a file outside of itself: {}", name.display());
        }
        let (sha256, bytes) = hashed(&folder.join(&name)).context("the backup is damaged, and nothing of it is used")?;
        if (sha256.as_str(), bytes) != (entry.sha256.as_str(), entry.bytes) {
            bail!(
                "{} is not as it was written: the backup is damaged, and nothing of it is used",
                name.display()
            );
        }
        Ok(())
    }
}
