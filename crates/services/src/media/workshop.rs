//! Heavy work one piece at a time, on a thread of its own.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::MediaError;

/// Lets one piece of heavy work through at a time.
#[derive(Debug, Clone)]
pub struct Workshop(Arc<Semaphore>);

impl Default for Workshop {
    fn default() -> Self {
        Workshop(Arc::new(Semaphore::new(1)))
    }
}

/// The right to do one piece of heavy work, as long as it is held.
#[derive(Debug)]
pub struct Bench<'a>(#[expect(dead_code, reason = "held for its drop")] SemaphorePermit<'a>);

impl Workshop {
    /// Waits for its turn.
    ///
    /// # Errors
    /// If the process is ending.
    pub async fn enter(&self) -> Result<Bench<'_>, MediaError> {
        self.0
            .acquire()
            .await
            .map(Bench)
            .map_err(|error| MediaError::Broken(error.to_string()))
    }
}

impl Bench<'_> {
    /// Does work that would hold up other tasks. Foreign bytes that make a decoder panic end the work, not the process.
    ///
    /// # Errors
    /// What the work returns, or that it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, MediaError> + Send + 'static) -> Result<T, MediaError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(_) => Err(MediaError::Broken("the work panicked".to_owned())),
        }
    }
}
