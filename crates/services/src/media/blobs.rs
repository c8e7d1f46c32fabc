//! Where the bytes are: a folder, or a bucket of an S3 server for replicas on several machines.

use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    Certificate, ClientOptions, GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
};
use postrider_provider::Blobs;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

/// How many bytes are read at a time: few system calls, and 512 uploads at once stay within 128 MB.
const CHUNK_BYTES: usize = 256 * 1024;
/// The pieces in which a large file goes to a bucket, in bytes: S3 takes no smaller ones than 5 MiB, and at most 10,000 of a file.
const PIECE_BYTES: usize = 8 * 1024 * 1024;
/// How many pieces of one file are on their way at once.
const PIECES_AT_ONCE: usize = 2;
/// How long a bucket may take to be connected to.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long a bucket may keep silent within an answer.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// For how long a call that a bucket could not take is repeated.
const RETRY_TIME: Duration = Duration::from_secs(20);
/// How often at most.
const RETRIES_MAX: usize = 5;

/// A bucket of an S3 server. It is the administrator's word: the guard against people's private addresses is not asked.
#[derive(Clone)]
pub struct Bucket {
    /// Address of the server, such as `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    /// Its name for the place, which goes into signatures.
    pub region: String,
    /// Name of the bucket; it must exist.
    pub name: String,
    /// What all names in the bucket begin with; empty if it is ours alone.
    pub prefix: String,
    /// Whether the bucket's name stands in the path (most servers) or before the host (AWS).
    pub path_style: bool,
    /// Public id of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: SecretString,
    /// PEM file of further root certificates.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone)]
enum Keeping {
    Folder(PathBuf),
    Bucket(String),
}

/// Stored files by name, such as `assets/ast_….jpg`.
#[derive(Clone)]
pub struct BlobStore {
    store: Arc<dyn ObjectStore>,
    keeping: Keeping,
}

impl std::fmt::Debug for BlobStore {
    // Not derived: the client of a bucket holds its key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlobStore({self})")
    }
}

impl std::fmt::Display for BlobStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.keeping {
            Keeping::Folder(folder) => write!(f, "the folder {}", folder.display()),
            Keeping::Bucket(name) => write!(f, "the bucket {name}"),
        }
    }
}

/// A stored file as tools read it. A copy goes when this is dropped.
#[derive(Debug)]
pub enum LocalFile {
    /// Where it is kept.
    Kept(PathBuf),
    /// Fetched from the bucket.
    Copy(tempfile::TempPath),
}

impl std::ops::Deref for LocalFile {
    type Target = FilePath;

    fn deref(&self) -> &FilePath {
        match self {
            LocalFile::Kept(path) => path,
            LocalFile::Copy(path) => path,
        }
    }
}

/// A file of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name.
    pub blob: String,
    /// Its length.
    pub bytes: u64,
    /// When it was last written.
    pub written: SystemTime,
}

/// An error of the store as one of I/O, so that readers see "not found" as such.
pub fn io(error: object_store::Error) -> std::io::Error {
    let kind = match &error {
        object_store::Error::NotFound { .. } => std::io::ErrorKind::NotFound,
        object_store::Error::InvalidPath { .. } => std::io::ErrorKind::InvalidInput,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => std::io::ErrorKind::PermissionDenied,
        _ => std::io::ErrorKind::Other,
    };
    // The store's own text names the server's path, so it is for the log alone.
    if !matches!(kind, std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidInput) {
        tracing::warn!(%error, "the media store refused");
    }
    std::io::Error::new(kind, format!("the media store: {kind}"))
}

fn path(blob: &str) -> std::io::Result<Path> {
    Path::parse(blob).map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidInput))
}

fn client(bucket: &Bucket) -> std::io::Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT_TIME)
        // A film may take as long as it takes, if only something comes.
        .with_timeout_disabled()
        .with_read_timeout(SILENCE_MAX);
    if let Some(file) = &bucket.ca_file {
        for certificate in Certificate::from_pem_bundle(&std::fs::read(file)?).map_err(io)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
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
            keeping: Keeping::Folder(folder.to_owned()),
        })
    }

    /// Opens a bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// If what is said of it makes no client.
    pub fn of_bucket(bucket: &Bucket) -> std::io::Result<Self> {
        let s3 = AmazonS3Builder::new()
            .with_endpoint(bucket.endpoint.trim_end_matches('/'))
            .with_region(&bucket.region)
            .with_bucket_name(&bucket.name)
            .with_virtual_hosted_style_request(!bucket.path_style)
            .with_access_key_id(&bucket.access_key_id)
            .with_secret_access_key(bucket.secret_access_key.expose_secret())
            .with_client_options(client(bucket)?)
            .with_retry(RetryConfig {
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_TIME,
                ..RetryConfig::default()
            })
            .build()
            .map_err(io)?;
        let store: Arc<dyn ObjectStore> = if bucket.prefix.is_empty() {
            Arc::new(s3)
        } else {
            Arc::new(PrefixStore::new(s3, path(bucket.prefix.trim_matches('/'))?))
        };
        Ok(BlobStore {
            store,
            keeping: Keeping::Bucket(bucket.name.clone()),
        })
    }

    /// Whether the bytes lie in a bucket, which other replicas see as well.
    pub fn in_bucket(&self) -> bool {
        matches!(self.keeping, Keeping::Bucket(_))
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
    /// If the disk or the bucket fails or the name is no name.
    pub async fn put_file(&self, blob: &str, file: &FilePath) -> std::io::Result<()> {
        match &self.keeping {
            Keeping::Folder(root) => self.move_in(root, blob, file).await,
            Keeping::Bucket(_) => {
                let mut source = tokio::fs::File::open(file).await?;
                let mut writer = self.writer(blob)?;
                if let Err(error) = tokio::io::copy(&mut source, &mut writer).await {
                    // What came of it is no file, and takes no room.
                    drop(writer.abort().await);
                    return Err(error);
                }
                // One that cannot be shut down has been aborted by that.
                writer.shutdown().await?;
                tokio::fs::remove_file(file).await
            }
        }
    }

    /// Takes bytes in as they come; the file is there once it is shut down.
    ///
    /// # Errors
    /// If the name is no name.
    pub(super) fn writer(&self, blob: &str) -> std::io::Result<BufWriter> {
        Ok(BufWriter::with_capacity(self.store.clone(), path(blob)?, PIECE_BYTES).with_max_concurrency(PIECES_AT_ONCE))
    }

    async fn move_in(&self, root: &FilePath, blob: &str, file: &FilePath) -> std::io::Result<()> {
        path(blob)?;
        let target = root.join(blob);
        let folder = target.parent().unwrap_or(root).to_owned();
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
        let old = self.list(folder).try_filter_map(move |file| {
            let old = file.written < before;
            std::future::ready(Ok(old.then_some(file.blob)))
        });
        old.boxed()
    }

    /// The files of a folder.
    pub(super) fn list(&self, folder: &str) -> BoxStream<'static, std::io::Result<Listed>> {
        let found = self.store.list(Some(&Path::from(folder)));
        let files = found.map_err(io).map_ok(|about| Listed {
            blob: about.location.to_string(),
            bytes: about.size,
            written: about.last_modified.into(),
        });
        files.boxed()
    }

    /// A file for tools that read files themselves; from a bucket it is fetched into the folder for work.
    ///
    /// # Errors
    /// If the name is no name, there is no such file, or the disk fails.
    pub async fn local(&self, blob: &str, scratch: &FilePath) -> std::io::Result<LocalFile> {
        path(blob)?;
        if let Keeping::Folder(folder) = &self.keeping {
            return Ok(LocalFile::Kept(folder.join(blob)));
        }
        let suffix = blob
            .rsplit_once('.')
            .map(|(_, extension)| format!(".{extension}"))
            .unwrap_or_default();
        let copy = tempfile::Builder::new().suffix(&suffix).tempfile_in(scratch)?.into_temp_path();
        let mut file = tokio::fs::File::create(&copy).await?;
        let mut bytes = self.open(blob, None).await?;
        while let Some(chunk) = bytes.try_next().await? {
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(LocalFile::Copy(copy))
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
impl BlobStore {
    /// A bucket of this name over any store.
    pub(super) fn over(store: Arc<dyn ObjectStore>) -> Self {
        BlobStore {
            store,
            keeping: Keeping::Bucket("test".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::failing::{FailingStore, Fails};
    use super::*;

    #[tokio::test]
    async fn a_bucket_that_fails_leaves_the_file_where_it_is_and_nothing_half_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("film");
        for (fails, bytes) in [
            (Fails::Put, 1_000),
            (Fails::Begin, 2 * PIECE_BYTES),
            (Fails::Part, 5 * PIECE_BYTES),
            (Fails::Complete, 2 * PIECE_BYTES),
        ] {
            std::fs::write(&file, vec![7; bytes]).expect("written");
            let store = Arc::new(FailingStore::new(fails));
            let put = BlobStore::over(store.clone()).put_file("assets/film", &file).await;
            assert!(put.is_err(), "{fails:?}");
            assert!(file.exists(), "{fails:?}");
            assert_eq!(store.half_done(), 0, "{fails:?}");
        }
        let store = Arc::new(FailingStore::new(Fails::Nothing));
        let blobs = BlobStore::over(store.clone());
        blobs.put_file("assets/film", &file).await.expect("stored");
        assert_eq!(blobs.len("assets/film").await.expect("there"), 2 * PIECE_BYTES as u64);
        assert!(!file.exists());
        assert_eq!(store.half_done(), 0);
    }
}
