//! Meta's Graph API, as Facebook and Instagram share it: addresses, refusals, sign-in and the list of Pages.

pub mod error;
pub mod list;
pub mod login;
pub mod wire;

use postrider_core::post::AssetFacts;
use postrider_provider::{App, AssetBody, MediaRef};

/// The version to speak if none is set (fact sheet facebook.md section 0).
const VERSION: &str = "v25.0";

/// An address on one of Meta's hosts, with the version.
pub fn address(app: &App, host: &str, path: &str) -> String {
    let version = if app.api_version.is_empty() { VERSION } else { &app.api_version };
    format!("https://{host}/{version}/{path}")
}

/// All of a file, or a stretch of it.
pub fn bytes(file: &MediaRef, range: Option<std::ops::Range<u64>>) -> AssetBody {
    AssetBody {
        blob: file.blob.clone(),
        mime: file.facts.mime.clone(),
        total_bytes: file.facts.bytes,
        range,
    }
}

/// A file name that ends as the file is.
pub fn file_name(facts: &AssetFacts) -> String {
    let ending = match facts.mime.as_str() {
        "image/jpeg" => "jpg",
        "video/quicktime" => "mov",
        other => other.rsplit('/').next().unwrap_or("bin"),
    };
    format!("file.{ending}")
}

/// The pause before the n-th look at something in processing, in milliseconds: 5, 10, 20, then 30 s.
pub fn poll_pause_ms(polls: u32) -> i64 {
    (5_000_i64 << polls.min(3)).min(30_000)
}

/// An instant as Meta writes it, `2026-09-21T07:00:00+0000`, in UTC milliseconds.
pub fn instant_ms(text: &str) -> Option<i64> {
    let colon = match text.len().checked_sub(2) {
        Some(at) if text.is_char_boundary(at) && !text.ends_with('Z') && !text[..at].ends_with(':') => {
            format!("{}:{}", &text[..at], &text[at..])
        }
        _ => text.to_owned(),
    };
    colon.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::instant_ms;

    #[test]
    fn instants_are_read_with_and_without_a_colon_in_their_offset() {
        for text in ["2026-11-22T00:01:00+0000", "2026-11-22T00:01:00+00:00", "2026-11-22T00:01:00Z"] {
            assert_eq!(instant_ms(text), Some(1_795_305_660_000), "{text}");
        }
        for text in ["", "é", "yesterday", "+0"] {
            assert_eq!(instant_ms(text), None, "{text}");
        }
    }
}
