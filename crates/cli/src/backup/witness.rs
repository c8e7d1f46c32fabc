//! The witness in a file or in the bucket of the media: small, written whole or not at all.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;
use postrider_engine::hold::{Mark, Witness};
use postrider_services::media::BlobStore;

use super::make::sibling;

/// Its name beside the media.
pub const WITNESS: &str = "witness.json";

/// A witness that is kept in a file, apart from the database.
pub struct FileWitness(PathBuf);

impl FileWitness {
    /// In this file.
    pub fn at(file: PathBuf) -> FileWitness {
        FileWitness(file)
    }
}

fn write(file: &PathBuf, mark: Mark) -> std::io::Result<()> {
    // Several processes may keep one witness.
    let fresh = sibling(file, &format!("new-{}", std::process::id()));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut writer = File::create(&fresh)?;
    writer.write_all(&serde_json::to_vec(&mark).map_err(std::io::Error::other)?)?;
    writer.sync_all()?;
    std::fs::rename(fresh, file)
}

impl Witness for FileWitness {
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>> {
        async { parsed(tokio::fs::read(&self.0).await) }.boxed()
    }

    fn write(&self, mark: Mark) -> BoxFuture<'_, std::io::Result<()>> {
        let file = self.0.clone();
        async move {
            let written = tokio::task::spawn_blocking(move || write(&file, mark));
            written.await.map_err(std::io::Error::other)?
        }
        .boxed()
    }
}

/// A witness that is kept in the bucket of the media, where every server sees it.
pub struct BlobWitness(BlobStore);

impl BlobWitness {
    /// In this bucket.
    pub fn in_bucket(bucket: BlobStore) -> BlobWitness {
        BlobWitness(bucket)
    }
}

impl Witness for BlobWitness {
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>> {
        async { parsed(self.0.read(WITNESS).await) }.boxed()
    }

    fn write(&self, mark: Mark) -> BoxFuture<'_, std::io::Result<()>> {
        async move {
            let bytes = serde_json::to_vec(&mark).map_err(std::io::Error::other)?;
            self.0.put_bytes(WITNESS, bytes.into()).await
        }
        .boxed()
    }
}

/// A mark as it was read; none where there is no witness yet.
fn parsed(read: std::io::Result<impl AsRef<[u8]>>) -> std::io::Result<Option<Mark>> {
    match read {
        Ok(bytes) => serde_json::from_slice(bytes.as_ref()).map(Some).map_err(std::io::Error::other),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
