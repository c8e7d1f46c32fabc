//! Bytes of stored files, by range, without a script ever running from them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use postrider_provider::Blobs;

use crate::problem::{Answer, Refused};
use crate::state::AppState;

/// How long a browser may keep a file that only its person sees: its bytes never change.
pub const PRIVATE: &str = "private, max-age=86400, immutable";
/// How a network's fetch of a file may be kept: not at all.
pub const NOT_KEPT: &str = "no-store";

/// Answers a file or the range asked for.
///
/// # Errors
/// 404 if the file is gone, 416 is answered as such.
pub async fn serve(state: &AppState, blob: &str, mime: &str, headers: &HeaderMap, keep: &'static str) -> Answer<Response<Body>> {
    let total = state.media.blobs.len(blob).await.map_err(gone)?;
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = match asked.map(|text| wanted(text, total)) {
        None | Some(Wanted::All) => None,
        Some(Wanted::Part(range)) => Some(range),
        Some(Wanted::Impossible) => {
            return Response::builder()
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(header::CONTENT_RANGE, format!("bytes */{total}"))
                .body(Body::empty())
                .map_err(Refused::internal);
        }
    };
    let stream = state.media.blobs.open(blob, range.clone()).await.map_err(gone)?;
    let length = range.as_ref().map_or(total, |range| range.end - range.start);
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, mime)
        .header(header::CONTENT_LENGTH, length)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, keep)
        // A PDF or a picture is shown by the browser's own viewer; nothing in it may run as this site.
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header(header::CONTENT_DISPOSITION, "inline")
        .body(Body::from_stream(stream))
        .map_err(Refused::internal)?;
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let told = format!("bytes {}-{}/{total}", range.start, range.end - 1);
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, HeaderValue::from_str(&told).map_err(Refused::internal)?);
    }
    Ok(response)
}

fn gone(error: std::io::Error) -> Refused {
    if error.kind() == std::io::ErrorKind::NotFound {
        Refused::not_found()
    } else {
        Refused::internal(error)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(std::ops::Range<u64>),
    Impossible,
}

/// Reads a single range; several, or what is no range, mean the whole file (RFC 9110 allows both).
fn wanted(text: &str, total: u64) -> Wanted {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Wanted::All;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..total.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..total,
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => total.saturating_sub(suffix)..total,
        (Err(_), Ok(0)) if first.is_empty() => return Wanted::Impossible,
        _ => return Wanted::All,
    };
    if range.start >= total {
        Wanted::Impossible
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file_or_refused() {
        let cases = [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=8-99", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Impossible),
            ("bytes=-0", Wanted::Impossible),
            ("bytes=3-1", Wanted::All),
            ("bytes=0-1,4-5", Wanted::All),
            ("lines=1-2", Wanted::All),
        ];
        for (text, expected) in cases {
            assert_eq!(wanted(text, 10), expected, "{text}");
        }
    }
}
