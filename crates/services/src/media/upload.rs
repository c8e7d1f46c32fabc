//! Resumable uploads: the storage side of tus 1.0.
//!
//! What was received is what lies in the part file, whatever a database row says: after a crash the file's length is the
//! offset to go on from. A chunk passes through as it comes; nothing but the chunk is in memory. In a bucket, files cannot grow: there
//! each request's bytes are files of their own ([`super::pieces`]).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use postrider_core::ids::UploadId;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

use super::BlobStore;
use super::pieces::{self, Pieces, remove};

/// Why bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no such upload, or it was finished or discarded.
    #[error("there is no such upload")]
    NotFound,
    /// The bytes do not begin where the upload stands (409).
    #[error("the upload stands at {received_bytes} bytes")]
    OffsetMismatch {
        /// Where it stands.
        received_bytes: u64,
    },
    /// Another request is writing to it (423).
    #[error("another request is writing to this upload")]
    Busy,
    /// More bytes than were announced (413).
    #[error("there are more bytes than the {total_bytes} announced")]
    TooLong {
        /// How many were announced.
        total_bytes: u64,
    },
    /// The sender broke off; what came is kept.
    #[error("the sender broke off at {received_bytes} bytes")]
    Interrupted {
        /// Where the upload stands now.
        received_bytes: u64,
    },
    /// The disk failed.
    #[error("the upload cannot be stored: {0}")]
    Io(#[from] std::io::Error),
}

/// Uploads under way: part files in a folder, or pieces in a bucket.
#[derive(Debug, Clone)]
pub struct Uploads {
    kept: Kept,
    turns: Arc<Turns>,
}

#[derive(Debug, Clone)]
enum Kept {
    Folder(PathBuf),
    Bucket(Pieces),
}

/// Where the bytes of one request go.
enum Adding {
    File(tokio::fs::File),
    Pieces(pieces::Adding),
}

impl Adding {
    async fn take(&mut self, chunk: Bytes) -> std::io::Result<()> {
        match self {
            Adding::File(file) => file.write_all(&chunk).await,
            Adding::Pieces(pieces) => pieces.take(chunk).await,
        }
    }

    async fn end(&mut self) -> std::io::Result<()> {
        match self {
            Adding::File(file) => {
                file.flush().await?;
                file.sync_data().await
            }
            Adding::Pieces(pieces) => pieces.end().await,
        }
    }
}

fn part(folder: &Path, id: UploadId) -> PathBuf {
    folder.join(format!("{id}.part"))
}

/// Who works on which upload.
#[derive(Debug, Default)]
struct Turns {
    taken: Mutex<BTreeSet<UploadId>>,
    freed: Notify,
}

/// The right to work on one upload: to write to it, to end it, or to make something of it. Nobody else of this process has it
/// meanwhile.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    id: UploadId,
    kept: Kept,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.turns.freed.notify_waiters();
    }
}

impl Turn {
    /// The file of a complete upload, to be moved or removed; then the upload is to be discarded.
    ///
    /// # Errors
    /// If bytes are missing, or there is no such upload any more.
    pub async fn whole(&self, total_bytes: u64) -> Result<PathBuf, UploadError> {
        let folder = match &self.kept {
            Kept::Folder(folder) => folder,
            Kept::Bucket(pieces) => return pieces.whole(self.id, total_bytes).await,
        };
        let file = part(folder, self.id);
        let received_bytes = length(&file).await?;
        if received_bytes != total_bytes {
            return Err(UploadError::OffsetMismatch { received_bytes });
        }
        Ok(file)
    }

    /// Forgets the upload; one that is not there is forgotten already.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn discard(self) -> Result<(), UploadError> {
        match &self.kept {
            Kept::Folder(folder) => remove(&part(folder, self.id)).await?,
            Kept::Bucket(pieces) => pieces.discard(self.id).await?,
        }
        Ok(())
    }
}

async fn length(file: &Path) -> Result<u64, UploadError> {
    match tokio::fs::metadata(file).await {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(UploadError::NotFound),
        Err(error) => Err(error.into()),
    }
}

impl Uploads {
    /// Opens a folder, making it if it is not there. It is best on the disk of the media.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Uploads {
            kept: Kept::Folder(folder.to_owned()),
            turns: Arc::default(),
        })
    }

    /// Uploads in a bucket, put together in a folder for work.
    pub fn in_bucket(blobs: BlobStore, scratch: &Path) -> Self {
        Uploads {
            kept: Kept::Bucket(Pieces::new(blobs, scratch.to_owned())),
            turns: Arc::default(),
        }
    }

    /// Uploads of which something was last written before an instant.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub(super) async fn older_than(&self, before: SystemTime) -> std::io::Result<Vec<UploadId>> {
        match &self.kept {
            Kept::Folder(folder) => {
                let names = super::sweep::old_names(folder, before).await?;
                Ok(names.iter().filter_map(|name| super::sweep::named_after(name)).collect())
            }
            Kept::Bucket(pieces) => pieces.older_than(before).await,
        }
    }

    fn turn(&self, id: UploadId) -> Result<Turn, UploadError> {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.insert(id) {
            return Err(UploadError::Busy);
        }
        Ok(Turn {
            turns: self.turns.clone(),
            id,
            kept: self.kept.clone(),
        })
    }

    /// Waits until nobody else of this process works on an upload, and keeps everybody else from it as long as the turn is held.
    pub async fn wait_for_turn(&self, id: UploadId) -> Turn {
        loop {
            // Listens before it looks: a turn that is given back in between is heard.
            let mut freed = std::pin::pin!(self.turns.freed.notified());
            freed.as_mut().enable();
            match self.turn(id) {
                Ok(turn) => return turn,
                Err(_) => freed.await,
            }
        }
    }

    /// Begins an upload.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn create(&self, id: UploadId) -> Result<(), UploadError> {
        match &self.kept {
            Kept::Folder(folder) => drop(tokio::fs::File::create_new(part(folder, id)).await?),
            Kept::Bucket(pieces) => pieces.create(id).await?,
        }
        Ok(())
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// If there is no such upload.
    pub async fn received_bytes(&self, id: UploadId) -> Result<u64, UploadError> {
        match &self.kept {
            Kept::Folder(folder) => length(&part(folder, id)).await,
            Kept::Bucket(pieces) => pieces.received_bytes(id).await,
        }
    }

    /// Adds bytes at an offset and says where the upload then stands. What came before an error is kept.
    ///
    /// # Errors
    /// If the offset is not where it stands, somebody else writes, too much comes, or the sender or the disk fails.
    pub async fn append<E>(
        &self,
        id: UploadId,
        offset_bytes: u64,
        total_bytes: u64,
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<u64, UploadError> {
        let _turn = self.turn(id)?;
        let mut received_bytes = self.received_bytes(id).await?;
        if received_bytes != offset_bytes {
            return Err(UploadError::OffsetMismatch { received_bytes });
        }
        let mut adding = match &self.kept {
            Kept::Folder(folder) => Adding::File(tokio::fs::File::options().append(true).open(part(folder, id)).await?),
            Kept::Bucket(pieces) => Adding::Pieces(pieces.add(id, offset_bytes)),
        };
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
            adding.take(chunk).await?;
            received_bytes += length;
        }
        // Written before it is answered for: the next request begins where this one says it ended.
        adding.end().await?;
        ended.map(|()| received_bytes)
    }

    /// Forgets an upload; one that is not there is forgotten already.
    ///
    /// # Errors
    /// If somebody else works on it, or the disk fails.
    pub async fn discard(&self, id: UploadId) -> Result<(), UploadError> {
        self.turn(id)?.discard().await
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    fn id(number: u8) -> UploadId {
        UploadId::new(1_000, [number; 10])
    }

    fn bytes(parts: &[&'static [u8]]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
        let parts: Vec<Result<Bytes, Infallible>> = parts.iter().map(|part| Ok(Bytes::from_static(part))).collect();
        stream::iter(parts)
    }

    #[tokio::test]
    async fn an_upload_goes_on_where_the_file_ends_even_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path()).expect("a folder");
        uploads.create(id(1)).await.expect("begun");
        assert_eq!(uploads.append(id(1), 0, 10, bytes(&[b"abc", b"de"])).await.expect("taken"), 5);
        let broken = stream::iter([Ok(Bytes::from_static(b"fg")), Err("gone")]);
        let cut = uploads.append(id(1), 5, 10, broken).await;
        assert!(matches!(cut, Err(UploadError::Interrupted { received_bytes: 7 })), "{cut:?}");

        let restarted = Uploads::open(folder.path()).expect("a folder");
        assert_eq!(restarted.received_bytes(id(1)).await.expect("there"), 7);
        let wrong = restarted.append(id(1), 5, 10, bytes(&[b"fgh"])).await;
        assert!(matches!(wrong, Err(UploadError::OffsetMismatch { received_bytes: 7 })), "{wrong:?}");
        let turn = restarted.wait_for_turn(id(1)).await;
        let early = turn.whole(10).await;
        assert!(matches!(early, Err(UploadError::OffsetMismatch { received_bytes: 7 })), "{early:?}");
        drop(turn);
        assert_eq!(restarted.append(id(1), 7, 10, bytes(&[b"hij"])).await.expect("taken"), 10);
        let turn = restarted.wait_for_turn(id(1)).await;
        let file = turn.whole(10).await.expect("complete");
        assert_eq!(std::fs::read(file).expect("bytes"), b"abcdefghij");
    }

    #[tokio::test]
    async fn more_than_was_announced_is_refused_and_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path()).expect("a folder");
        uploads.create(id(2)).await.expect("begun");
        let long = uploads.append(id(2), 0, 4, bytes(&[b"abc", b"de"])).await;
        assert!(matches!(long, Err(UploadError::TooLong { total_bytes: 4 })), "{long:?}");
        assert_eq!(uploads.received_bytes(id(2)).await.expect("there"), 3);
    }

    #[tokio::test]
    async fn only_one_request_writes_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path()).expect("a folder");
        uploads.create(id(3)).await.expect("begun");
        let turn = uploads.turn(id(3)).expect("free");
        let second = uploads.append(id(3), 0, 4, bytes(&[b"ab"])).await;
        assert!(matches!(second, Err(UploadError::Busy)), "{second:?}");
        assert!(matches!(uploads.discard(id(3)).await, Err(UploadError::Busy)));
        let mut waiting = std::pin::pin!(uploads.wait_for_turn(id(3)));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        drop(turn);
        drop(waiting.await);
        assert_eq!(uploads.append(id(3), 0, 4, bytes(&[b"ab"])).await.expect("taken"), 2);
    }

    #[tokio::test]
    async fn a_discarded_upload_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let uploads = Uploads::open(folder.path()).expect("a folder");
        uploads.create(id(4)).await.expect("begun");
        uploads.discard(id(4)).await.expect("discarded");
        uploads.discard(id(4)).await.expect("discarded already");
        let gone = uploads.append(id(4), 0, 4, bytes(&[b"ab"])).await;
        assert!(matches!(gone, Err(UploadError::NotFound)), "{gone:?}");
    }
}
