//! An upload under way in a bucket: each request's bytes are a file of their own, named by where they begin.
//!
//! What was received is what the pieces cover without a gap, so consecutive requests may reach different replicas, and two that send
//! the same bytes at once do no harm.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use postrider_core::ids::UploadId;
use postrider_provider::Blobs;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::BlobStore;
use super::ingest::hex;
use super::upload::UploadError;

/// The file that says that an upload was begun.
const BEGUN: &str = "begun";

/// The pieces of all uploads.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    blobs: BlobStore,
    /// Where an upload is put together.
    scratch: PathBuf,
}

/// Some bytes of an upload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    first_byte: u64,
    bytes: u64,
    blob: String,
}

/// Up to where pieces in order cover an upload without a gap, in bytes.
fn covered(pieces: &[Piece]) -> u64 {
    pieces.iter().fold(0, |stands, piece| {
        if piece.first_byte <= stands {
            stands.max(piece.first_byte + piece.bytes)
        } else {
            stands
        }
    })
}

fn folder(id: UploadId) -> String {
    format!("uploads/{id}")
}

impl Pieces {
    pub fn new(blobs: BlobStore, scratch: PathBuf) -> Self {
        Pieces { blobs, scratch }
    }

    pub async fn create(&self, id: UploadId) -> std::io::Result<()> {
        self.blobs.put_bytes(&format!("{}/{BEGUN}", folder(id)), Bytes::new()).await
    }

    /// The pieces in order; `None` if there is no such upload.
    async fn of(&self, id: UploadId) -> std::io::Result<Option<Vec<Piece>>> {
        let mut found = Vec::new();
        let mut begun = false;
        let mut files = self.blobs.list(&folder(id));
        while let Some(file) = files.try_next().await? {
            let name = file.blob.rsplit('/').next().unwrap_or_default();
            begun |= name == BEGUN;
            if let Some(first_byte) = name.split('-').next().and_then(|number| number.parse().ok()) {
                found.push(Piece {
                    first_byte,
                    bytes: file.bytes,
                    blob: file.blob,
                });
            }
        }
        found.sort();
        Ok(begun.then_some(found))
    }

    pub async fn received_bytes(&self, id: UploadId) -> Result<u64, UploadError> {
        Ok(covered(&self.of(id).await?.ok_or(UploadError::NotFound)?))
    }

    /// Adds bytes from where the upload stands, and says where it then does.
    pub async fn append<E>(
        &self,
        id: UploadId,
        offset_bytes: u64,
        total_bytes: u64,
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<u64, UploadError> {
        let mut received_bytes = self.received_bytes(id).await?;
        if received_bytes != offset_bytes {
            return Err(UploadError::OffsetMismatch { received_bytes });
        }
        let mut drawn = [0_u8; 8];
        getrandom::fill(&mut drawn).map_err(std::io::Error::from)?;
        let mut writer = self.blobs.writer(&format!("{}/{offset_bytes:020}-{}", folder(id), hex(&drawn)))?;
        let mut ended = Ok(());
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else {
                ended = Err(UploadError::Interrupted { received_bytes });
                break;
            };
            let length = chunk.len() as u64;
            if received_bytes + length > total_bytes {
                ended = Err(UploadError::TooLong { total_bytes });
                break;
            }
            writer.put(chunk).await.map_err(super::blobs::io)?;
            received_bytes += length;
        }
        // Also what came before an error is kept, and nothing is answered for before it is.
        if received_bytes > offset_bytes {
            writer.shutdown().await?;
        } else {
            drop(writer.abort().await);
        }
        ended.map(|()| received_bytes)
    }

    /// Puts a complete upload together in one file.
    pub async fn whole(&self, id: UploadId, total_bytes: u64) -> Result<PathBuf, UploadError> {
        let pieces = self.of(id).await?.ok_or(UploadError::NotFound)?;
        let received_bytes = covered(&pieces);
        if received_bytes != total_bytes {
            return Err(UploadError::OffsetMismatch { received_bytes });
        }
        let path = self.file(id);
        let mut file = tokio::fs::File::create(&path).await?;
        let mut stands = 0;
        for piece in pieces {
            let end = piece.first_byte + piece.bytes;
            if end <= stands {
                continue;
            }
            file.seek(std::io::SeekFrom::Start(stands)).await?;
            let mut bytes = self.blobs.open(&piece.blob, Some(stands - piece.first_byte..piece.bytes)).await?;
            while let Some(chunk) = bytes.try_next().await? {
                file.write_all(&chunk).await?;
            }
            stands = end;
        }
        file.flush().await?;
        file.sync_data().await?;
        Ok(path)
    }

    fn file(&self, id: UploadId) -> PathBuf {
        self.scratch.join(format!("{id}.part"))
    }

    pub async fn discard(&self, id: UploadId) -> std::io::Result<()> {
        remove(&self.file(id)).await?;
        // The one that says that it was begun goes last: until then what is left of it is found.
        for piece in self.of(id).await?.unwrap_or_default() {
            self.blobs.delete(&piece.blob).await?;
        }
        self.blobs.delete(&format!("{}/{BEGUN}", folder(id))).await
    }

    /// Uploads of which something was last written before an instant.
    pub async fn older_than(&self, before: SystemTime) -> std::io::Result<Vec<UploadId>> {
        let old: Vec<String> = self.blobs.older_than("uploads", before).try_collect().await?;
        let mut ids: Vec<UploadId> = old.iter().filter_map(|blob| blob.split('/').nth(1)?.parse().ok()).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }
}

/// Removes a file; one that is not there is removed already.
pub(super) async fn remove(file: &Path) -> std::io::Result<()> {
    match tokio::fs::remove_file(file).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pieces_cover_without_a_gap_was_received() {
        let piece = |first_byte, bytes| Piece {
            first_byte,
            bytes,
            blob: String::new(),
        };
        for (pieces, stands) in [
            (vec![], 0),
            (vec![piece(0, 5)], 5),
            (vec![piece(0, 5), piece(5, 3)], 8),
            (vec![piece(0, 5), piece(6, 3)], 5),
            (vec![piece(0, 3), piece(0, 5), piece(3, 4), piece(5, 1)], 7),
            (vec![piece(2, 5)], 0),
        ] {
            assert_eq!(covered(&pieces), stands, "{pieces:?}");
        }
    }
}
