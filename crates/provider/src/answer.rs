//! What a network answered, or that it did not.

use bytes::Bytes;
use serde_json::Value;

/// An answer that arrived whole.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, capped by the transport.
    pub body: Bytes,
    /// When it arrived, UTC milliseconds.
    pub at_ms: i64,
}

impl Answer {
    /// The first header of a (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Whether the status is 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer {{ status: {}, {} bytes }}", self.status, self.body.len())
    }
}

/// What became of a call.
#[derive(Debug, Clone)]
pub enum Sent {
    /// The network answered.
    Answered(Answer),
    /// Nothing reached the network: the connection could not be made, or `send_by` had passed before the first byte.
    NotSent(String),
    /// It may have reached the network; no whole answer came.
    Lost(String),
}
