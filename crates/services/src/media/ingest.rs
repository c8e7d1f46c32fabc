//! Takes a file in: what it is, what it measures, what it looks like, where it is kept.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use postrider_core::ids::AssetId;
use postrider_core::post::{AssetFacts, AssetKind};
use sha2::{Digest, Sha256};

use super::sniff::{self, Format};
use super::workshop::Bench;
use super::{Addresses, BlobStore, Bucket, MediaError, Refusal, Tools, Uploads, Workshop, boxes, document, image, video};

/// Longest video, in bytes. Networks take up to some gigabytes; TikTok's 4 GB is the most of those that are uploaded to at once.
pub const VIDEO_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Longest upload of any kind, in bytes.
pub const UPLOAD_BYTES_MAX: u64 = VIDEO_BYTES_MAX;
const HASH_BUFFER_BYTES: usize = 256 * 1024;

/// What is known of a file that was taken in; the row of the asset is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// What was measured.
    pub facts: AssetFacts,
    /// SHA-256 of the kept bytes, in hexadecimal.
    pub sha256: String,
    /// Where the bytes are.
    pub blob: String,
    /// Where a small JPEG is; `None` for a document, and for a video where ffmpeg is not installed.
    pub thumbnail_blob: Option<String>,
}

/// The part of the house that takes files in, makes renditions, and opens them to networks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Media {
    /// Uploads under way.
    pub uploads: Uploads,
    /// Signs and checks public addresses.
    pub addresses: Arc<Addresses>,
    /// Where files are kept.
    pub blobs: BlobStore,
    /// The programs that are there.
    pub tools: Tools,
    /// One piece of heavy work at a time.
    pub workshop: Workshop,
    /// Where files lie while they are worked on; on the disk of the media, if those are in a folder.
    pub scratch: PathBuf,
}

impl Media {
    /// Opens the media of a folder: kept files in it, uploads under way in its `uploads`, work in its `scratch`.
    ///
    /// # Errors
    /// If a folder cannot be made.
    pub fn open(folder: &Path, tools: Tools, addresses: Addresses) -> std::io::Result<Self> {
        let uploads = Uploads::open(&folder.join("uploads"))?;
        Media::over(folder, BlobStore::open(folder)?, uploads, tools, addresses)
    }

    /// Opens the media of a bucket, uploads under way with them; of the folder only its `scratch` is used, for work.
    ///
    /// # Errors
    /// If the folder cannot be made, or what is said of the bucket makes no client. The bucket itself is not asked yet.
    pub fn open_bucket(bucket: &Bucket, folder: &Path, tools: Tools, addresses: Addresses) -> std::io::Result<Self> {
        let blobs = BlobStore::of_bucket(bucket)?;
        let uploads = Uploads::in_bucket(blobs.clone(), &folder.join("scratch"));
        Media::over(folder, blobs, uploads, tools, addresses)
    }

    fn over(folder: &Path, blobs: BlobStore, uploads: Uploads, tools: Tools, addresses: Addresses) -> std::io::Result<Self> {
        let scratch = folder.join("scratch");
        std::fs::create_dir_all(&scratch)?;
        Ok(Media {
            uploads,
            addresses: Arc::new(addresses),
            blobs,
            tools,
            workshop: Workshop::default(),
            scratch,
        })
    }

    /// Takes in a file and takes it away; on an error it is left where it is, for the caller to remove. Until then a picture is
    /// not changed in place, so that an upload cut short by a crash is still what was sent.
    ///
    /// # Errors
    /// If it is refused, or the disk fails.
    pub async fn ingest_file(&self, asset_id: AssetId, path: &Path) -> Result<Ingested, MediaError> {
        let bench = self.workshop.enter().await?;
        let file = path.to_owned();
        let (format, bytes) = bench
            .run(move || {
                let bytes = std::fs::metadata(&file)?.len();
                Ok((sniff::sniff(&file)?, bytes))
            })
            .await?;
        let taken = self.take_in(&bench, path, format, bytes).await?;
        let blob = format!("assets/{asset_id}.{}", taken.format.extension);
        let sha256 = match &taken.rewritten {
            Some(bytes) => hex(&Sha256::digest(bytes)),
            None => {
                let file = path.to_owned();
                bench.run(move || Ok(sha256(&file)?)).await?
            }
        };
        // Others may work while it is put where it is kept, which takes long in a bucket.
        drop(bench);
        match taken.rewritten {
            Some(bytes) => {
                self.blobs.put_bytes(&blob, bytes.into()).await?;
                tokio::fs::remove_file(path).await?;
            }
            None => self.blobs.put_file(&blob, path).await?,
        }
        let thumbnail_blob = match taken.thumbnail {
            Some(bytes) => {
                let blob = format!("thumbnails/{asset_id}.jpg");
                self.blobs.put_bytes(&blob, bytes).await?;
                Some(blob)
            }
            None => None,
        };
        Ok(Ingested {
            facts: taken.facts,
            sha256,
            blob,
            thumbnail_blob,
        })
    }

    /// Takes in a small file from memory, such as the picture of a link.
    ///
    /// # Errors
    /// If it is refused, or the disk fails.
    pub async fn ingest_bytes(&self, asset_id: AssetId, bytes: Bytes) -> Result<Ingested, MediaError> {
        let path = self.scratch.join(format!("{asset_id}.new"));
        tokio::fs::write(&path, &bytes).await?;
        let taken = self.ingest_file(asset_id, &path).await;
        if taken.is_err() {
            drop(tokio::fs::remove_file(&path).await);
        }
        taken
    }

    /// Removes what was kept of an asset or rendition.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn forget(&self, blobs: impl IntoIterator<Item = String>) -> std::io::Result<()> {
        for blob in blobs {
            self.blobs.delete(&blob).await?;
        }
        Ok(())
    }

    async fn take_in(&self, bench: &Bench<'_>, path: &Path, format: Format, bytes: u64) -> Result<Taken, MediaError> {
        let file = path.to_owned();
        match format.kind {
            AssetKind::Image => bench.run(move || picture(&file, format, bytes)).await,
            AssetKind::Gif => {
                bench
                    .run(move || {
                        let facts = image::measure_gif(&file, bytes)?;
                        if facts.frames == Some(1) {
                            return picture(&file, format, bytes);
                        }
                        let thumbnail = image::gif_thumbnail(&file)?;
                        Ok(Taken::as_it_is(facts, format, Some(thumbnail)))
                    })
                    .await
            }
            AssetKind::Video => {
                if bytes > VIDEO_BYTES_MAX {
                    let message = format!("The video is larger than {} GB.", VIDEO_BYTES_MAX / 1024 / 1024 / 1024);
                    return Err(Refusal::new("media.too_large", message, "Export the video smaller.")
                        .figures(VIDEO_BYTES_MAX, bytes)
                        .into());
                }
                bench
                    .run(move || {
                        boxes::check(&file)?;
                        boxes::scrub(&file)
                    })
                    .await?;
                let facts = video::measure(bench, &self.tools, path, format, bytes).await?;
                let poster = video::poster(&self.tools, path, facts.duration_ms).await;
                Ok(Taken::as_it_is(facts, format, poster))
            }
            AssetKind::Document => {
                bench
                    .run(move || Ok(Taken::as_it_is(document::measure(&file, bytes)?, format, None)))
                    .await
            }
        }
    }
}

/// A file that was looked into.
struct Taken {
    facts: AssetFacts,
    format: Format,
    thumbnail: Option<Bytes>,
    /// What is kept instead of the file.
    rewritten: Option<Vec<u8>>,
}

impl Taken {
    fn as_it_is(facts: AssetFacts, format: Format, thumbnail: Option<Bytes>) -> Self {
        Taken {
            facts,
            format,
            thumbnail,
            rewritten: None,
        }
    }
}

fn picture(path: &Path, format: Format, bytes: u64) -> Result<Taken, MediaError> {
    let picture = image::take_in(path, format, bytes)?;
    Ok(Taken {
        facts: picture.facts,
        format: picture.format,
        thumbnail: Some(picture.thumbnail),
        rewritten: picture.rewritten,
    })
}

/// SHA-256 of a file in hexadecimal, read in pieces.
pub(super) fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; HASH_BUFFER_BYTES];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    Ok(hex(&hasher.finalize()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
