//! What tus writes in headers: version, lengths, names, instants, and the refusals of its own.

use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_services::media::UploadError;

use crate::problem::{Answer, Code, Refused};

/// The version spoken.
pub(super) const VERSION: &str = "1.0.0";
/// The longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Where the bytes begin, or how many are there.
pub(super) const OFFSET: &str = "upload-offset";
pub(super) const LENGTH: &str = "upload-length";
pub(super) const METADATA: &str = "upload-metadata";
pub(super) const CHECKSUM: &str = "upload-checksum";
pub(super) const RESUMABLE: &str = "tus-resumable";

/// Says that the answer speaks tus.
pub(super) fn spoken(mut response: Response) -> Response {
    response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

/// Refuses who speaks another version.
pub(super) fn speaks(headers: &HeaderMap) -> Answer<()> {
    if headers.get(RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(Code::TusVersion.because("Send `Tus-Resumable: 1.0.0`."))
}

/// A number of bytes in a header.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Answer<u64> {
    let given = headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    given.ok_or_else(|| Refused::invalid(name, format!("`{name}` is a number of bytes.")))
}

/// `filename` and `filetype` of the metadata header.
pub(super) fn described(headers: &HeaderMap) -> (String, String) {
    let line = headers.get(METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let value = |wanted: &str| {
        line.split(',')
            .filter_map(|pair| pair.trim().split_once(' '))
            .find(|(key, _)| *key == wanted)
            .and_then(|(_, value)| STANDARD.decode(value.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    };
    // A path is no name: what browsers and programs send before the last separator is nobody's business.
    let name = value("filename");
    let name: String = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX)
        .collect();
    let mime: String = value("filetype").chars().filter(char::is_ascii_graphic).take(100).collect();
    (if name.is_empty() { "file".to_owned() } else { name }, mime)
}

/// An instant as `Expires` writes it.
pub(super) fn http_date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

/// What the client hears of bytes that were not taken.
pub(super) fn broken(error: UploadError) -> Refused {
    match error {
        UploadError::NotFound => Refused::not_found(),
        UploadError::OffsetMismatch { received_bytes } => Code::UploadOffset
            .because(format!("The upload stands at {received_bytes} bytes."))
            .field(OFFSET)
            .remedy("Ask by HEAD where it stands and go on from there."),
        UploadError::Busy => Code::UploadOffset
            .because("Another request is writing to this upload.")
            .remedy("Wait for it to end."),
        UploadError::TooLong { total_bytes } => Code::BodyLarge.because(format!("There are more bytes than the {total_bytes} announced.")),
        UploadError::Interrupted { received_bytes } => Code::BodySyntax.because(format!("The bytes broke off at {received_bytes}.")),
        UploadError::Io(error) => Refused::internal(error),
    }
}
