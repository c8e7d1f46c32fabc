//! A request as it went over the wire, and the file it is written to.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The variable that names the folder to write calls to; where it is not set nothing is written.
pub const RECORD: &str = "POSTRIDER_RECORD";
/// How the product names itself. A person's browser comes by on the way to the networks' pages, too.
const OURS: &str = "user-agent: postrider/";
/// Heads are shorter.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Longer bodies are files on their way: their length is kept.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The network's host.
    pub host: String,
    /// The verb.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, as it was written.
    pub query: String,
    /// The `Content-Type`.
    pub content_type: String,
    /// Names of the other headers, in lower case. What they say is not kept: access tokens are among it.
    pub headers: Vec<String>,
    /// The body in base64; empty if it was too long to be kept.
    pub body: String,
    /// How long the body was, in bytes.
    pub body_bytes: usize,
    /// The permissions that people are asked for at this host.
    pub permissions: Vec<String>,
}

/// The permissions that people are asked for, by the network's host.
pub type Asked = BTreeMap<String, Vec<String>>;

impl Call {
    /// Reads the bytes of an HTTP/1.1 request to a proxy whose paths begin with the network's host. `None` if it is no such request.
    pub fn read(bytes: &[u8]) -> Option<Call> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let body = &bytes[end + 4..];
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let (target, query) = target.split_once('?').unwrap_or((target, ""));
        let (host, path) = target.strip_prefix('/')?.split_once('/').unwrap_or((&target[1..], ""));
        let headers: Vec<(String, &str)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            .collect();
        let said = |name: &str| {
            headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let body = if said("transfer-encoding").is_some() {
            unchunked(body)?
        } else {
            body.to_vec()
        };
        let kept: &[u8] = if body.len() <= BODY_BYTES_MAX { &body } else { &[] };
        Some(Call {
            host: host.to_owned(),
            method: method.to_owned(),
            path: format!("/{path}"),
            query: query.to_owned(),
            content_type: said("content-type").unwrap_or_default(),
            headers: headers.into_iter().map(|(name, _)| name).collect(),
            body: STANDARD.encode(kept),
            body_bytes: body.len(),
            permissions: Vec::new(),
        })
    }

    /// The parameters of the query, decoded.
    pub fn parameters(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// Who is asked for what, without the ids in it.
    pub fn operation(&self) -> String {
        let bare = |segment: &str| match segment {
            id if id.len() > 4 && id.bytes().filter(u8::is_ascii_digit).count() > 3 => "{id}".to_owned(),
            word => word.to_owned(),
        };
        let path: Vec<String> = self.path.split('/').map(bare).collect();
        format!("{} {}{}", self.method, self.host, path.join("/"))
    }
}

/// A body that came in chunks, put together.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

/// Writes calls to a file of its own, one a line.
#[derive(Debug, Clone)]
pub struct Recorder {
    file: Arc<Mutex<File>>,
    asked: Arc<Asked>,
}

impl Recorder {
    /// Where [`RECORD`] names a folder: a new file in it. What people are asked for is written down with each call.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn from_environment(asked: impl FnOnce() -> Asked) -> std::io::Result<Option<Recorder>> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let Some(folder) = std::env::var_os(RECORD) else { return Ok(None) };
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let file = format!("{}-{number}.jsonl", std::process::id());
        std::fs::create_dir_all(&folder)?;
        Ok(Some(Recorder {
            file: Arc::new(Mutex::new(File::create(Path::new(&folder).join(file))?)),
            asked: Arc::new(asked()),
        }))
    }

    /// Writes down a request of the product, but for connections that are only opened ahead.
    ///
    /// # Panics
    /// If the bytes are no request, or the file cannot be written: what is missing in it would pass for obedient.
    pub fn write(&self, bytes: &[u8]) {
        let Some(mut call) = Call::read(bytes) else {
            panic!("no request: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
        };
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES_MAX)]).to_ascii_lowercase();
        let opens_ahead = call.method == "HEAD" && call.path == "/";
        if !head.contains(OURS) || opens_ahead {
            return;
        }
        call.permissions = self.asked.get(&call.host).cloned().unwrap_or_default();
        let written = serde_json::to_string(&call).map_err(std::io::Error::other).and_then(|line| {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(file, "{line}")
        });
        if let Err(error) = written {
            panic!("a request could not be written down: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_without_what_its_headers_say() {
        let bytes = b"POST /api.x.com/2/tweets?a=b%20c HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\n\r\n{\"text\":\"Hi\"}";
        let call = Call::read(bytes).unwrap();
        assert_eq!(
            (call.host.as_str(), call.path.as_str(), call.body_bytes),
            ("api.x.com", "/2/tweets", 13)
        );
        assert_eq!(call.parameters(), [("a".to_owned(), "b c".to_owned())]);
        assert!(!serde_json::to_string(&call).unwrap().contains("secret"));
        assert_eq!(Call::read(b"no request"), None);
        let chunked = b"POST /a/b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n";
        assert_eq!(Call::read(chunked).unwrap().body, STANDARD.encode("abcde"));
    }
}
