//! An upload under way in a bucket: each request's bytes are files of their own, named by where they begin.
//!
//! What was received is what the pieces cover without a gap, so consecutive requests may reach different replicas, and two that send
//! the same bytes at once do no harm.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::buffered::BufWriter;
use postrider_core::ids::UploadId;
use postrider_provider::Blobs;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::BlobStore;
use super::ingest::hex;
use super::upload::UploadError;

/// The file that says that an upload was begun.
const BEGUN: &str = "begun";
/// After so many bytes a piece ends, and what came so far outlives this process.
const PIECE_BYTES: u64 = 64 * 1024 * 1024;

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

    /// The pieces in order, whether or not what says that it was begun is there, which the answer says too.
    async fn found(&self, id: UploadId) -> std::io::Result<(Vec<Piece>, bool)> {
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
        Ok((found, begun))
    }

    /// The pieces in order.
    async fn of(&self, id: UploadId) -> Result<Vec<Piece>, UploadError> {
        let (pieces, begun) = self.found(id).await?;
        if begun { Ok(pieces) } else { Err(UploadError::NotFound) }
    }

    pub async fn received_bytes(&self, id: UploadId) -> Result<u64, UploadError> {
        Ok(covered(&self.of(id).await?))
    }

    /// Takes bytes in from where the upload stands.
    pub fn add(&self, id: UploadId, first_byte: u64) -> Adding {
        Adding {
            blobs: self.blobs.clone(),
            id,
            next_byte: first_byte,
            open: None,
        }
    }

    /// Puts a complete upload together in one file.
    pub async fn whole(&self, id: UploadId, total_bytes: u64) -> Result<PathBuf, UploadError> {
        let pieces = self.of(id).await?;
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
        // The one that says that it was begun goes last: until then what is left of it is found. A piece whose request came to its end
        // after that has none.
        for piece in self.found(id).await?.0 {
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

/// Takes the bytes of one request in.
pub(super) struct Adding {
    blobs: BlobStore,
    id: UploadId,
    next_byte: u64,
    /// The piece under way, and its bytes so far.
    open: Option<(BufWriter, u64)>,
}

impl Adding {
    /// Adds bytes. They are kept once their piece is: the last one's with [`Adding::end`].
    pub async fn take(&mut self, chunk: Bytes) -> std::io::Result<()> {
        let length = chunk.len() as u64;
        if length == 0 {
            return Ok(());
        }
        let (mut writer, bytes) = match self.open.take() {
            Some(open) => open,
            None => (self.begin()?, 0),
        };
        if let Err(error) = writer.put(chunk).await {
            drop(writer.abort().await);
            return Err(super::blobs::io(error));
        }
        self.next_byte += length;
        self.open = Some((writer, bytes + length));
        if bytes + length >= PIECE_BYTES {
            self.end().await?;
        }
        Ok(())
    }

    fn begin(&self) -> std::io::Result<BufWriter> {
        let mut drawn = [0_u8; 8];
        getrandom::fill(&mut drawn).map_err(std::io::Error::from)?;
        self.blobs
            .writer(&format!("{}/{:020}-{}", folder(self.id), self.next_byte, hex(&drawn)))
    }

    /// Ends the piece under way, if there is one.
    pub async fn end(&mut self) -> std::io::Result<()> {
        match self.open.take() {
            Some((mut writer, _)) => writer.shutdown().await,
            None => Ok(()),
        }
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
    use std::convert::Infallible;
    use std::sync::Arc;

    use futures::{Stream, StreamExt, stream};
    use object_store::memory::InMemory;

    use super::super::Uploads;
    use super::super::failing::{FailingStore, Fails};
    use super::*;

    const ID: fn() -> UploadId = || UploadId::new(1_000, [1; 10]);

    fn uploads(store: &Arc<InMemory>) -> (Uploads, BlobStore) {
        let blobs = BlobStore::over(store.clone());
        (Uploads::in_bucket(blobs.clone(), Path::new("/nowhere")), blobs)
    }

    fn mebibytes(count: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
        let one = Bytes::from(vec![7; 1024 * 1024]);
        stream::iter(std::iter::repeat_n(Ok(one), count))
    }

    #[tokio::test]
    async fn what_came_before_the_process_ended_is_kept_piece_by_piece() {
        let store = Arc::new(InMemory::new());
        let (uploads, _) = uploads(&store);
        uploads.create(ID()).await.expect("begun");
        // It waits for bytes that never come, and is dropped as with the process.
        let first = mebibytes(70).chain(stream::pending());
        let mut long = std::pin::pin!(uploads.append(ID(), 0, 1 << 30, first));
        assert!(futures::poll!(long.as_mut()).is_pending());
        while uploads.received_bytes(ID()).await.expect("there") == 0 {
            assert!(futures::poll!(long.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        assert_eq!(uploads.received_bytes(ID()).await.expect("there"), PIECE_BYTES);
    }

    #[tokio::test]
    async fn one_request_may_be_of_several_pieces() {
        let store = Arc::new(InMemory::new());
        let (uploads, blobs) = uploads(&store);
        uploads.create(ID()).await.expect("begun");
        let bytes = 150 * 1024 * 1024;
        assert_eq!(uploads.append(ID(), 0, bytes, mebibytes(150)).await.expect("taken"), bytes);
        assert_eq!(uploads.received_bytes(ID()).await.expect("there"), bytes);
        let files: Vec<_> = blobs.list("uploads").try_collect().await.expect("listed");
        assert_eq!(files.len(), 4, "{files:?}");
    }

    #[tokio::test]
    async fn pieces_of_an_upload_that_is_gone_are_taken_away_too() {
        let store = Arc::new(InMemory::new());
        let (uploads, blobs) = uploads(&store);
        let folder = folder(ID());
        for name in ["00000000000000000000-aa", "00000000000000000005-bb"] {
            let written = blobs.put_bytes(&format!("{folder}/{name}"), Bytes::from_static(b"bread")).await;
            written.expect("written");
        }
        uploads.discard(ID()).await.expect("discarded");
        let left: Vec<_> = blobs.list(&folder).try_collect().await.expect("listed");
        assert_eq!(left, []);
    }

    #[tokio::test]
    async fn a_bucket_that_fails_is_told_and_keeps_nothing_half_done() {
        for fails in [Fails::Begin, Fails::Part, Fails::Complete] {
            let store = Arc::new(FailingStore::new(fails));
            let blobs = BlobStore::over(store.clone());
            let uploads = Uploads::in_bucket(blobs, Path::new("/nowhere"));
            uploads.create(ID()).await.expect("begun");
            let taken = uploads.append(ID(), 0, 1 << 30, mebibytes(40)).await;
            assert!(matches!(taken, Err(UploadError::Io(_))), "{fails:?}: {taken:?}");
            assert_eq!(store.half_done(), 0, "{fails:?}");
        }
    }

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
