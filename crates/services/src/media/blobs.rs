//! Where the bytes are: a folder today; the store behind it could be a bucket.

use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt, PutPayload};
use postrider_provider::Blobs;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// How many bytes are read at a time: few system calls, and 512 uploads at once stay within 128 MB.
const CHUNK_BYTES: usize = 256 * 1024;

/// Stored files by name, such as `assets/ast_….jpg`.
#[derive(Clone, Debug)]
pub struct BlobStore {
    store: Arc<LocalFileSystem>,
    folder: PathBuf,
}

/// An error of the store as one of I/O, so that readers see "not found" as such.
pub fn io(error: object_store::Error) -> std::io::Error {
    let kind = match &error {
        object_store::Error::NotFound { .. } => std::io::ErrorKind::NotFound,
        object_store::Error::InvalidPath { .. } => std::io::ErrorKind::InvalidInput,
        _ => std::io::ErrorKind::Other,
    };
    // The store's own text names the server's path.
    std::io::Error::new(kind, format!("the media store: {kind}"))
}

fn path(blob: &str) -> std::io::Result<Path> {
    Path::parse(blob).map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidInput))
}

impl BlobStore {
    /// Opens a folder, making it if it is not there.
    ///
    /// # Errors
    /// If it cannot be made or is not a folder.
    pub fn open(folder: &FilePath) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io)?.with_fsync(true);
        Ok(BlobStore {
            store: Arc::new(store),
            folder: folder.to_owned(),
        })
    }

    /// Stores bytes under a name, durably.
    ///
    /// # Errors
    /// If the disk fails or the name is no name.
    pub async fn put_bytes(&self, blob: &str, bytes: Bytes) -> std::io::Result<()> {
        self.store.put(&path(blob)?, PutPayload::from_bytes(bytes)).await.map_err(io)?;
        Ok(())
    }

    /// Moves a file in under a name, durably. A file of another disk is copied in chunks.
    ///
    /// # Errors
    /// If the disk fails or the name is no name.
    pub async fn put_file(&self, blob: &str, file: &FilePath) -> std::io::Result<()> {
        path(blob)?;
        let target = self.folder.join(blob);
        let folder = target.parent().map(ToOwned::to_owned).unwrap_or_else(|| self.folder.clone());
        let source = file.to_owned();
        let moved = move || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            let moving = std::fs::File::options().write(true).open(&source)?;
            // It counts as new from now on: it may have lain elsewhere for days, and its row is still to be written.
            moving.set_modified(SystemTime::now())?;
            moving.sync_all()?;
            drop(moving);
            if std::fs::rename(&source, &target).is_err() {
                let partial = target.with_extension("partial");
                std::fs::copy(&source, &partial)?;
                std::fs::File::open(&partial)?.sync_all()?;
                std::fs::rename(&partial, &target)?;
                std::fs::remove_file(&source)?;
            }
            // The new name itself must survive a power cut.
            std::fs::File::open(&folder)?.sync_all()
        };
        tokio::task::spawn_blocking(moved).await.map_err(std::io::Error::other)?
    }

    /// Length in bytes.
    ///
    /// # Errors
    /// If there is no such file.
    pub async fn len(&self, blob: &str) -> std::io::Result<u64> {
        Ok(self.store.head(&path(blob)?).await.map_err(io)?.size)
    }

    /// Reads a small file whole.
    ///
    /// # Errors
    /// If there is no such file.
    pub async fn read(&self, blob: &str) -> std::io::Result<Bytes> {
        self.store.get(&path(blob)?).await.map_err(io)?.bytes().await.map_err(io)
    }

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn delete(&self, blob: &str) -> std::io::Result<()> {
        match self.store.delete(&path(blob)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(io(error)),
        }
    }

    /// Moves a file into the folder `lost`, where nothing looks for it and a person can; one that is not there is left.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn set_aside(&self, blob: &str) -> std::io::Result<()> {
        match self.store.rename(&path(blob)?, &path(&format!("lost/{blob}"))?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(io(error)),
        }
    }

    /// The files of a folder that were last written before an instant.
    pub fn older_than(&self, folder: &str, before: SystemTime) -> BoxStream<'static, std::io::Result<String>> {
        let found = self.store.list(Some(&Path::from(folder)));
        let old = found.map_err(io).try_filter_map(move |about| {
            let old = SystemTime::from(about.last_modified) < before;
            std::future::ready(Ok(old.then(|| about.location.to_string())))
        });
        old.boxed()
    }

    /// Where a file lies, for tools that read files themselves.
    ///
    /// # Errors
    /// If the name is no name.
    pub fn file(&self, blob: &str) -> std::io::Result<PathBuf> {
        self.store.path_to_filesystem(&path(blob)?).map_err(io)
    }
}

impl Blobs for BlobStore {
    fn open<'a>(
        &'a self,
        blob: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, std::io::Result<BoxStream<'static, std::io::Result<Bytes>>>> {
        async move {
            if range.as_ref().is_some_and(Range::is_empty) {
                return Ok(futures::stream::empty().boxed());
            }
            let options = GetOptions::new().with_range(range.clone().map(GetRange::Bounded));
            let found = self.store.get_opts(&path(blob)?, options).await.map_err(io)?;
            // A range beyond the end would be cut silently, and a call would end short of its announced length.
            if range.as_ref().is_some_and(|range| found.range != *range) {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let read = found.range.clone();
            Ok(match found.payload {
                GetResultPayload::File(file, _) => {
                    let mut file = tokio::fs::File::from_std(file);
                    file.seek(std::io::SeekFrom::Start(read.start)).await?;
                    ReaderStream::with_capacity(file.take(read.end - read.start), CHUNK_BYTES).boxed()
                }
                GetResultPayload::Stream(stream) => stream.map_err(io).boxed(),
            })
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(store: &BlobStore, blob: &str, range: Option<Range<u64>>) -> std::io::Result<Vec<u8>> {
        let mut stream = store.open(blob, range).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    #[tokio::test]
    async fn a_stored_file_is_read_whole_and_by_range_until_it_is_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = BlobStore::open(folder.path()).expect("a store");
        let bytes: Vec<u8> = (0..700_000_u32).map(|number| (number % 251) as u8).collect();
        store.put_bytes("assets/a.bin", bytes.clone().into()).await.expect("stored");
        let file = folder.path().join("loose");
        std::fs::write(&file, &bytes).expect("written");
        store.put_file("assets/b.bin", &file).await.expect("stored");
        assert!(!file.exists());
        for blob in ["assets/a.bin", "assets/b.bin"] {
            assert_eq!(store.len(blob).await.expect("a length"), 700_000);
            assert!(all(&store, blob, None).await.expect("bytes") == bytes);
            assert!(all(&store, blob, Some(299_999..600_001)).await.expect("bytes") == bytes[299_999..600_001]);
            assert!(all(&store, blob, Some(5..5)).await.expect("bytes").is_empty());
            assert!(all(&store, blob, Some(699_999..700_001)).await.is_err());
            store.delete(blob).await.expect("deleted");
            store.delete(blob).await.expect("deleted already");
            assert_eq!(
                all(&store, blob, None).await.map_err(|error| error.kind()),
                Err(std::io::ErrorKind::NotFound)
            );
        }
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = BlobStore::open(&folder.path().join("media")).expect("a store");
        std::fs::write(folder.path().join("secret"), "x").expect("written");
        for blob in ["../secret", "a/../../secret", "./../secret", "a//b"] {
            assert!(all(&store, blob, None).await.is_err(), "{blob}");
            assert!(store.put_bytes(blob, Bytes::new()).await.is_err(), "{blob}");
            assert!(store.file(blob).is_err(), "{blob}");
        }
    }
}
