//! Why a file is not taken.

use postrider_core::problem::{Problem, Severity};

/// What is wrong with a file, for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable code, such as `media.truncated`.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// The limit that was passed, in the unit of the message.
    pub limit: Option<i64>,
    /// What was found, in the same unit.
    pub actual: Option<i64>,
}

impl Refusal {
    /// A refusal without figures.
    pub fn new(code: &'static str, message: impl Into<String>, remedy: &'static str) -> Self {
        Refusal {
            code,
            message: message.into(),
            remedy,
            limit: None,
            actual: None,
        }
    }

    /// The same with the figures.
    #[must_use]
    pub fn figures(mut self, limit: u64, actual: u64) -> Self {
        self.limit = i64::try_from(limit).ok();
        self.actual = i64::try_from(actual).ok();
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem {
            field: "file".to_owned(),
            network: None,
            channel_id: None,
            code: refusal.code.to_owned(),
            severity: Severity::Error,
            message: refusal.message,
            limit: refusal.limit,
            actual: refusal.actual,
            remedy: refusal.remedy.to_owned(),
        }
    }
}

/// Why work on a file failed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file is not taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk failed.
    #[error("a stored file cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The work itself failed.
    #[error("work on a file failed: {0}")]
    Broken(String),
}

impl From<object_store::Error> for MediaError {
    fn from(error: object_store::Error) -> Self {
        MediaError::Io(super::blobs::io(error))
    }
}
