//! Files without a disk: each is a real picture, video or document with its own name at the end, so that no two are equal and a
//! network's copy tells of which post it is.

use std::io::Cursor;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use postrider_core::ids::{AssetId, DeliveryId};
use postrider_core::post::{AssetFacts, AssetKind};
use postrider_provider::ports::{MediaAsk, MediaRoom, Withdraw};
use postrider_provider::{Blobs, Fault, MediaRef};
use postrider_sandbox::{Fetch, Fetched};
use sha2::{Digest, Sha256};

/// 540 × 960, 4 s, H.264 and AAC.
const VIDEO: &[u8] = include_bytes!("../../testkit/fixtures/upright.mp4");
const DOCUMENT: &[u8] = include_bytes!("../../services/tests/fixtures/pages.pdf");
/// Length and name of a box within a video.
const BOX_HEAD_BYTES: usize = 8;
/// Where networks fetch files from.
const PUBLIC: &str = "https://postrider.test/m/";

static PICTURE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let image = image::RgbImage::from_fn(320, 320, |x, y| image::Rgb([(x / 2) as u8, (y / 2) as u8, 90]));
    let mut bytes = Cursor::new(Vec::new());
    // An encoder that writes to memory does not fail.
    let _ = image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Jpeg);
    bytes.into_inner()
});

/// Ids of assets say what they are: the first of their random bytes is the kind.
pub fn asset(kind: AssetKind, number: u8) -> AssetId {
    let kind = match kind {
        AssetKind::Image => 1,
        AssetKind::Video => 2,
        AssetKind::Gif => 3,
        AssetKind::Document => 4,
    };
    AssetId::new(crate::template::BEGIN_MS, [kind, number, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn kind_of(id: AssetId) -> AssetKind {
    [AssetKind::Image, AssetKind::Video, AssetKind::Gif, AssetKind::Document]
        .into_iter()
        .find(|kind| (0..=u8::MAX).take(32).any(|number| asset(*kind, number) == id))
        .unwrap_or(AssetKind::Image)
}

fn plain(kind: AssetKind) -> &'static [u8] {
    match kind {
        AssetKind::Video => VIDEO,
        AssetKind::Document => DOCUMENT,
        AssetKind::Image | AssetKind::Gif => &PICTURE,
    }
}

/// A file by its name, which says its kind and whose it is: `image-del_…-0`.
fn file(name: &str) -> Bytes {
    let kind = kind_by_name(name);
    let mut bytes = Vec::with_capacity(length(name));
    bytes.extend_from_slice(plain(kind));
    if kind == AssetKind::Video {
        // A box that players pass over.
        let length = u32::try_from(name.len() + BOX_HEAD_BYTES).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(b"free");
    }
    bytes.extend_from_slice(name.as_bytes());
    Bytes::from(bytes)
}

/// The digest by which a network's copy of a delivery's file is known, lower-case hex.
pub fn digest(asset: AssetId, delivery: DeliveryId, number: usize) -> String {
    Sha256::digest(file(&name(kind_of(asset), delivery, number)))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// How long a file is, for who need not have it.
fn length(name: &str) -> usize {
    let kind = kind_by_name(name);
    let head = if kind == AssetKind::Video { BOX_HEAD_BYTES } else { 0 };
    plain(kind).len() + head + name.len()
}

fn name(kind: AssetKind, delivery: DeliveryId, number: usize) -> String {
    format!("{}-{delivery}-{number}", kind.key())
}

fn facts(kind: AssetKind, bytes: usize) -> AssetFacts {
    let (mime, width, height) = match kind {
        AssetKind::Video => ("video/mp4", Some(540), Some(960)),
        AssetKind::Document => ("application/pdf", None, None),
        AssetKind::Image | AssetKind::Gif => ("image/jpeg", Some(320), Some(320)),
    };
    let video = kind == AssetKind::Video;
    AssetFacts {
        kind,
        mime: mime.to_owned(),
        bytes: bytes as u64,
        width,
        height,
        duration_ms: video.then_some(4_000),
        frame_rate: video.then_some(30.0),
        video_codec: video.then(|| "h264".to_owned()),
        audio_codec: video.then(|| "aac".to_owned()),
        pages: (kind == AssetKind::Document).then_some(3),
        frames: None,
    }
}

/// What is known of an asset before it is readied for a network.
pub fn measured(id: AssetId) -> AssetFacts {
    let kind = kind_of(id);
    facts(kind, plain(kind).len())
}

/// All files.
pub struct MediaShelf;

impl MediaRoom for MediaShelf {
    fn ready<'a>(&'a self, ask: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>> {
        let files = ask.content.asset_ids().into_iter().enumerate().map(|(number, asset_id)| {
            let kind = kind_of(asset_id);
            let blob = name(kind, ask.delivery_id, number);
            MediaRef {
                asset_id,
                facts: facts(kind, length(&blob)),
                original_bytes: plain(kind).len() as u64,
                alt_text: String::new(),
                public_url: format!("{PUBLIC}{blob}"),
                blob,
            }
        });
        let files = files.collect();
        Box::pin(async move { Ok(files) })
    }

    fn revoke<'a>(&'a self, _: DeliveryId) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn withdraw<'a>(&'a self, _: Withdraw) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async { Ok(true) })
    }
}

impl Blobs for MediaShelf {
    fn open<'a>(
        &'a self,
        blob: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, std::io::Result<BoxStream<'static, std::io::Result<Bytes>>>> {
        let whole = file(blob);
        let part = range.map_or_else(
            || whole.clone(),
            |range| {
                let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(whole.len());
                whole.slice(usize::try_from(range.start).unwrap_or(end).min(end)..end)
            },
        );
        Box::pin(async move { Ok(stream::iter([Ok(part)]).boxed()) })
    }
}

/// How networks fetch a file from an address of ours.
pub fn fetch() -> Fetch {
    std::sync::Arc::new(|url: String| {
        Box::pin(async move {
            let Some(name) = url.strip_prefix(PUBLIC) else {
                return Err("no such host".to_owned());
            };
            let mime = facts(kind_by_name(name), 0).mime;
            let bytes = file(name);
            Ok(Fetched {
                status: 200,
                content_type: mime,
                body: stream::iter([Ok(bytes)]).boxed(),
            })
        })
    })
}

fn kind_by_name(name: &str) -> AssetKind {
    match name.split('-').next() {
        Some("video") => AssetKind::Video,
        Some("document") => AssetKind::Document,
        _ => AssetKind::Image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_long_as_is_said() {
        for name in ["image-del_1-0", "video-del_1-0", "document-del_1-12"] {
            assert_eq!(length(name), file(name).len(), "{name}");
        }
    }
}
