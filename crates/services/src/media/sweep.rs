//! Takes away the files that nobody needs any more: those of assets that were thrown away, and those that a crash left behind without
//! a row. A picture or video without a row is set aside in `lost`, never deleted: an older copy of the database, put back beside the
//! present folder, does not know the newest ones either.
//!
//! A file goes before its row. A crash in between leaves a row that the next sweep meets again; the other way round it would leave a
//! file that nobody knows of.

use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::TryStreamExt;
use postrider_core::ids::{AssetId, RenditionId, UploadId};
use postrider_store::{Db, StoreError, assets, instance, renditions, uploads};

use super::ingest::hex;
use super::{Media, UploadError};

/// For how long what was thrown away, or is not known yet, is left alone, in milliseconds: whatever was under way has ended by then.
pub const GRACE_MS: i64 = 86_400_000;
/// How many assets are looked at at one go.
const ASSETS_MAX: i64 = 200;
/// How many files are compared with the rows at one go.
const FILES_MAX: usize = 500;
/// How many files that cannot be taken away are passed over: where there are more, the disk fails.
const STUCK_MAX: usize = 100;

/// What was taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Assets, with all of their files.
    pub assets: usize,
    /// Files without a row.
    pub files: usize,
    /// What could not be taken away; each is named in the log.
    pub stuck: usize,
}

impl Swept {
    /// Whether something is gone. What is not is passed over, so that it does not keep all others there.
    fn is_gone(&mut self, what: &str, taken: std::io::Result<()>) -> std::io::Result<bool> {
        let Err(error) = taken else { return Ok(true) };
        self.stuck += 1;
        tracing::warn!(what, %error, "this could not be taken away");
        if self.stuck > STUCK_MAX { Err(error) } else { Ok(false) }
    }
}

/// Why a sweep did not come to its end. It begins anew the next time.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The rows cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk fails.
    #[error("the media store fails")]
    Disk(#[from] std::io::Error),
}

/// Sweeps once what is kept for all servers; one of them does it. Each takes away its own work with [`sweep_scratch`].
///
/// # Errors
/// [`SweepError`]; what was taken away until then is gone.
pub async fn sweep(media: &Media, db: &Db, now_ms: i64) -> Result<Swept, SweepError> {
    let before_ms = now_ms - GRACE_MS;
    let mut swept = Swept::default();
    thrown_away(media, db, before_ms, &mut swept).await?;
    if !belongs(media, db, now_ms).await? {
        tracing::warn!("the media folder holds files of another database: those that this one does not know are left alone");
        return Ok(swept);
    }
    for folder in ["assets", "thumbnails"] {
        lost_assets(media, db, folder, before_ms, &mut swept).await?;
    }
    lost_renditions(media, db, before_ms, &mut swept).await?;
    unknown_uploads(media, db, before_ms, &mut swept).await?;
    Ok(swept)
}

/// The file that says to which database a media folder belongs.
const OWNER: &str = "owner";

/// Whether the folder is this database's. To a server that was started on another database by mistake every file would look lost. A
/// folder that nobody marked is taken if it is empty, or holds a file that the database knows.
async fn belongs(media: &Media, db: &Db, now_ms: i64) -> Result<bool, SweepError> {
    let mut drawn = [0_u8; 16];
    getrandom::fill(&mut drawn).map_err(std::io::Error::from)?;
    let id = instance::set_first(db, "media_folder", &hex(&drawn)).await?;
    match media.blobs.read(OWNER).await {
        Ok(owner) => return Ok(owner == id),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let files: Vec<(AssetId, String)> = named(media, "assets", now_ms).await?;
    let mut ours = files.is_empty();
    for chunk in files.chunks(FILES_MAX) {
        ours = ours || !assets::known(db, &ids(chunk)).await?.is_empty();
    }
    if ours {
        media.blobs.put_bytes(OWNER, id.into()).await?;
    }
    Ok(ours)
}

async fn thrown_away(media: &Media, db: &Db, before_ms: i64, swept: &mut Swept) -> Result<(), SweepError> {
    let mut after = None;
    loop {
        let found = assets::erasable(db, before_ms, after, ASSETS_MAX).await?;
        for asset in &found {
            let made = renditions::of_asset(db, asset.id).await?;
            let blobs = made.into_iter().map(|rendition| rendition.blob);
            let blobs = blobs.chain(asset.thumbnail_blob.clone()).chain([asset.blob.clone()]);
            if swept.is_gone(&asset.blob, media.forget(blobs).await)? {
                let mut tx = db.begin().await?;
                assets::erase(&mut tx, asset.id).await?;
                tx.commit().await?;
                swept.assets += 1;
            }
        }
        after = found.last().map(|asset| asset.id);
        if found.len() < usize::try_from(ASSETS_MAX).unwrap_or(0) {
            return Ok(());
        }
    }
}

/// The id that a file is named after; `None` for a file that was not written by Postrider.
pub(super) fn named_after<T: FromStr>(name: &str) -> Option<T> {
    name.split('.').next()?.parse().ok()
}

/// The files of a folder that are named after an id and were last written before an instant.
async fn named<T: FromStr>(media: &Media, folder: &str, before_ms: i64) -> std::io::Result<Vec<(T, String)>> {
    let old: Vec<String> = media.blobs.older_than(folder, instant(before_ms)).try_collect().await?;
    let named = old.into_iter().filter_map(|blob| {
        let id = blob.rsplit('/').next().and_then(named_after)?;
        Some((id, blob))
    });
    Ok(named.collect())
}

async fn lost_assets(media: &Media, db: &Db, folder: &str, before_ms: i64, swept: &mut Swept) -> Result<(), SweepError> {
    for chunk in named::<AssetId>(media, folder, before_ms).await?.chunks(FILES_MAX) {
        let known = assets::known(db, &ids(chunk)).await?;
        for (_, blob) in chunk.iter().filter(|(id, _)| !known.contains(id)) {
            let gone = swept.is_gone(blob, media.blobs.set_aside(blob).await)?;
            swept.files += usize::from(gone);
        }
    }
    Ok(())
}

async fn lost_renditions(media: &Media, db: &Db, before_ms: i64, swept: &mut Swept) -> Result<(), SweepError> {
    for chunk in named::<RenditionId>(media, "renditions", before_ms).await?.chunks(FILES_MAX) {
        let known = renditions::known(db, &ids(chunk)).await?;
        for (_, blob) in chunk.iter().filter(|(id, _)| !known.contains(id)) {
            let gone = swept.is_gone(blob, media.blobs.delete(blob).await)?;
            swept.files += usize::from(gone);
        }
    }
    Ok(())
}

fn ids<T: Copy>(files: &[(T, String)]) -> Vec<T> {
    files.iter().map(|(id, _)| *id).collect()
}

async fn unknown_uploads(media: &Media, db: &Db, before_ms: i64, swept: &mut Swept) -> Result<(), SweepError> {
    let ids: Vec<UploadId> = media.uploads.older_than(instant(before_ms)).await?;
    for chunk in ids.chunks(FILES_MAX) {
        let known = uploads::known(db, chunk).await?;
        for id in chunk.iter().filter(|id| !known.contains(id)) {
            let taken = match media.uploads.discard(*id).await {
                Ok(()) => Ok(()),
                Err(UploadError::Io(error)) => Err(error),
                // Somebody writes to it, so it is not left behind.
                Err(_) => continue,
            };
            let gone = swept.is_gone(&format!("uploads/{id}"), taken)?;
            swept.files += usize::from(gone);
        }
    }
    Ok(())
}

/// Takes away this machine's work that was never ended.
///
/// # Errors
/// If the disk fails.
pub async fn sweep_scratch(media: &Media, now_ms: i64) -> std::io::Result<Swept> {
    let folder = &media.scratch;
    let mut swept = Swept::default();
    for name in old_names(folder, instant(now_ms - GRACE_MS)).await? {
        let taken = match tokio::fs::remove_file(folder.join(&name)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let gone = swept.is_gone(&format!("scratch/{name}"), taken)?;
        swept.files += usize::from(gone);
    }
    Ok(swept)
}

/// The names of files in a folder that were last written before an instant.
pub(super) async fn old_names(folder: &Path, before: SystemTime) -> std::io::Result<Vec<String>> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        // One that is gone meanwhile was ended by its owner.
        let Ok(about) = entry.metadata().await else { continue };
        if about.is_file()
            && about.modified()? < before
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    Ok(names)
}

fn instant(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
