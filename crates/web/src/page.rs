//! The web page: embedded in the binary when built with `embed-ui`, and said to be missing otherwise.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

#[cfg(feature = "embed-ui")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web-ui/dist"]
struct Dist;

#[cfg(feature = "embed-ui")]
fn file(path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Dist::get(path).map(|file| file.data)
}

#[cfg(not(feature = "embed-ui"))]
fn file(_: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    None
}

/// Paths that are never the page's own: what is not found there is not found.
const NOT_THE_PAGE: &[&str] = &["api/", "oauth/", "media/", "assets/"];

/// Answers a file of the page, or its start, so that every address of the page can be opened directly.
pub async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(bytes) = file(path).filter(|_| !path.is_empty()) {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        // Files under assets/ carry a hash of their content in their names.
        let keep = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        return ([(header::CONTENT_TYPE, mime.as_ref()), (header::CACHE_CONTROL, keep)], bytes).into_response();
    }
    if NOT_THE_PAGE.iter().any(|prefix| path.starts_with(prefix)) {
        return crate::problem::Refused::not_found().into_response();
    }
    match file("index.html") {
        Some(bytes) => (
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-cache"),
            ],
            bytes,
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, Html(MISSING)).into_response(),
    }
}

const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Postrider</title>\
<h1>The page is not built into this binary</h1>\
<p>The API works: see <a href=\"/api/docs\">/api/docs</a>. To have the page, run <code>npm ci &amp;&amp; npm run build</code> in \
<code>web-ui</code> and build the binary with <code>--features embed-ui</code>, or use <code>./run</code>, which does both.</p></html>";
