//! A bucket in memory that fails where it is told to, and counts what was begun and neither completed nor aborted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result, UploadPart,
};

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// Nothing.
    Nothing,
    /// Storing a small file at once.
    Put,
    /// Beginning a large one.
    Begin,
    /// Each of its pieces.
    Part,
    /// Its end.
    Complete,
}

/// The bucket.
#[derive(Debug)]
pub struct FailingStore {
    memory: InMemory,
    fails: Fails,
    half_done: Arc<AtomicUsize>,
}

impl FailingStore {
    /// One that fails so.
    pub fn new(fails: Fails) -> Self {
        FailingStore {
            memory: InMemory::new(),
            fails,
            half_done: Arc::default(),
        }
    }

    /// How many large files were begun and neither completed nor aborted.
    pub fn half_done(&self) -> usize {
        self.half_done.load(Ordering::Relaxed)
    }
}

fn refused() -> Error {
    Error::Generic {
        store: "failing",
        source: "told to fail".into(),
    }
}

impl fmt::Display for FailingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a failing bucket")
    }
}

#[async_trait]
impl ObjectStore for FailingStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        if self.fails == Fails::Put {
            return Err(refused());
        }
        self.memory.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        if self.fails == Fails::Begin {
            return Err(refused());
        }
        self.half_done.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Large {
            memory: self.memory.put_multipart_opts(location, opts).await?,
            fails: self.fails,
            half_done: self.half_done.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.memory.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct Large {
    memory: Box<dyn MultipartUpload>,
    fails: Fails,
    half_done: Arc<AtomicUsize>,
}

#[async_trait]
impl MultipartUpload for Large {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        if self.fails == Fails::Part {
            return Box::pin(async { Err(refused()) });
        }
        self.memory.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        if self.fails == Fails::Complete {
            return Err(refused());
        }
        let done = self.memory.complete().await?;
        self.half_done.fetch_sub(1, Ordering::Relaxed);
        Ok(done)
    }

    async fn abort(&mut self) -> Result<()> {
        self.half_done.fetch_sub(1, Ordering::Relaxed);
        self.memory.abort().await
    }
}
