//! What a link looks like to followers: title, description, picture.

use bytes::Bytes;
use url::Url;

use super::page::{self, Metadata};
use super::{Excess, FetchError, Fetcher, PAGE_BYTES_MAX};

/// Longest title that is kept, in characters.
const TITLE_CHARS_MAX: usize = 300;
/// Longest description that is kept, in characters.
const DESCRIPTION_CHARS_MAX: usize = 1000;

/// The card of a link.
#[derive(Debug, Clone)]
pub struct LinkPreview {
    /// The page's address, after redirects.
    pub url: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// Its description; empty if it has none.
    pub description: String,
    /// Its host, without `www.`.
    pub domain: String,
    /// Its picture, if it names one that could be fetched.
    pub image: Option<PreviewImage>,
}

/// The picture of a card, not yet looked into.
#[derive(Debug, Clone)]
pub struct PreviewImage {
    /// Where it was found.
    pub url: String,
    /// A name for it, from its address.
    pub name: String,
    /// The file.
    pub bytes: Bytes,
}

/// Fetches the page and then its picture.
pub async fn link_preview(fetcher: &Fetcher, url: &str) -> Result<LinkPreview, FetchError> {
    let fetched = fetcher
        .fetch(url, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", PAGE_BYTES_MAX, Excess::Cut)
        .await?;
    let mime = fetched
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if !matches!(mime.as_str(), "" | "text/html" | "application/xhtml+xml") {
        return Err(FetchError::NotAPage(mime.chars().take(100).collect()));
    }
    let metadata = page::read(&fetched.body, &fetched.content_type);
    let base = metadata
        .base
        .as_deref()
        .and_then(|base| fetched.url.join(base).ok())
        .unwrap_or_else(|| fetched.url.clone());
    let picture = metadata.image.as_deref().and_then(|image| base.join(image).ok());
    let image = match picture {
        Some(picture) => image(fetcher, &picture).await,
        None => None,
    };
    Ok(card(&fetched.url, metadata, image))
}

async fn image(fetcher: &Fetcher, url: &Url) -> Option<PreviewImage> {
    let fetched = fetcher.picture(url.as_str()).await.ok()?;
    // By its bytes, whatever the server calls it.
    infer::is_image(&fetched.body).then(|| PreviewImage {
        name: fetched
            .url
            .path_segments()
            .and_then(|mut parts| parts.next_back())
            .filter(|name| !name.is_empty())
            .unwrap_or("picture")
            .to_owned(),
        url: fetched.url.to_string(),
        bytes: fetched.body,
    })
}

fn card(url: &Url, metadata: Metadata, image: Option<PreviewImage>) -> LinkPreview {
    let host = url.host_str().unwrap_or_default();
    LinkPreview {
        url: url.to_string(),
        title: cut(&metadata.title, TITLE_CHARS_MAX),
        description: cut(&metadata.description, DESCRIPTION_CHARS_MAX),
        domain: host.strip_prefix("www.").unwrap_or(host).to_owned(),
        image,
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}
