//! What the sandbox is started with, and what of it can be changed while it runs.

use serde::{Deserialize, Serialize};

/// How a sandbox behaves. Everything but `seed`, `public_base`, `start_us` and `media_bytes_max` can be changed while it runs
/// through `POST /_sandbox/settings`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where ids, tokens and codes come from: the same seed and the same requests give the same answers.
    pub seed: u64,
    /// The address under which clients reach the sandbox, without a slash at its end. Addresses that the networks hand out
    /// (upload addresses, next pages) begin with it.
    pub public_base: String,
    /// The instant at which the sandbox's clock starts, UTC microseconds. The system's time if absent.
    pub start_us: Option<i64>,
    /// How long a network takes before it does what a request asks, on a timer, milliseconds.
    pub latency_ms: u64,
    /// How long a network works on a container or video before it is ready, milliseconds on the sandbox's clock.
    pub processing_ms: u64,
    /// How long a new post stays missing from a network's lists (never from a read by its id), milliseconds.
    pub list_lag_ms: u64,
    /// How many bytes of media are kept to be shown; of what goes beyond it only digest and size are kept.
    pub media_bytes_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            public_base: "http://127.0.0.1:8090".to_owned(),
            start_us: None,
            latency_ms: 0,
            processing_ms: 2_000,
            list_lag_ms: 0,
            media_bytes_max: 256 * 1024 * 1024,
        }
    }
}

/// A change of the settings of a running sandbox; what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// See [`Settings::latency_ms`].
    pub latency_ms: Option<u64>,
    /// See [`Settings::processing_ms`].
    pub processing_ms: Option<u64>,
    /// See [`Settings::list_lag_ms`].
    pub list_lag_ms: Option<u64>,
}

impl Settings {
    /// Applies a change.
    pub fn apply(&mut self, change: Change) {
        self.latency_ms = change.latency_ms.unwrap_or(self.latency_ms);
        self.processing_ms = change.processing_ms.unwrap_or(self.processing_ms);
        self.list_lag_ms = change.list_lag_ms.unwrap_or(self.list_lag_ms);
    }
}
