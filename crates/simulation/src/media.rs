//! Files without a disk: each is a real picture, video or document with its own name at the end, so that no two are equal and a
//! network's copy tells of which post it is.

use std::io::Cursor;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use postrider_core::Network;
use postrider_core::delivery::FailureKind;
use postrider_core::ids::{AssetId, DeliveryId};
use postrider_core::post::{AssetFacts, AssetKind};
use postrider_provider::ports::{MediaAsk, MediaRoom, Withdraw};
use postrider_provider::{Blobs, Fault, MediaRef, Next};
use postrider_sandbox::{Fetch, Fetched};
use postrider_store::media_addresses::{self, MediaAddress};
use postrider_store::{Db, StoreError, args};
use sha2::{Digest, Sha256};

use crate::cell::Cell;

/// 540 × 960, 4 s, H.264 and AAC.
const VIDEO: &[u8] = include_bytes!("../../testkit/fixtures/upright.mp4");
const DOCUMENT: &[u8] = include_bytes!("../../services/tests/fixtures/pages.pdf");
/// Length and name of a box within a video.
const BOX_HEAD_BYTES: usize = 8;
/// How long an address is open, milliseconds.
const OPEN_MS: i64 = 48 * 3_600_000;
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

/// The files' addresses. Where taking one back keeps a second post from standing, it is a row as it is in the product.
pub struct Addresses(pub Db);

/// Whether what a network fetches is taken back before a lost answer is judged (publishing.md rule 15).
fn is_taken_back(network: Network, kind: AssetKind) -> bool {
    network == Network::Tiktok && kind == AssetKind::Image
}

/// Whether the posts of a kind have addresses that are rows.
pub fn has_addresses(cell: &Cell) -> bool {
    cell.carrier.is_some_and(|kind| is_taken_back(cell.network, kind))
}

/// Between a file's name and the number of its address.
const NUMBERED: char = '~';

impl Addresses {
    async fn make_ready(&self, ask: &MediaAsk<'_>) -> Result<Vec<MediaRef>, StoreError> {
        let mut files = Vec::new();
        for (number, asset_id) in ask.content.asset_ids().into_iter().enumerate() {
            let kind = kind_of(asset_id);
            let blob = name(kind, ask.delivery_id, number);
            let address = if is_taken_back(ask.network, kind) {
                self.address(ask, &blob).await?
            } else {
                blob.clone()
            };
            files.push(MediaRef {
                asset_id,
                facts: facts(kind, length(&blob)),
                original_bytes: plain(kind).len() as u64,
                alt_text: String::new(),
                public_url: format!("{PUBLIC}{address}"),
                blob,
            });
        }
        Ok(files)
    }

    async fn address(&self, ask: &MediaAsk<'_>, blob: &str) -> Result<String, StoreError> {
        let open = media_addresses::of_delivery(&self.0, ask.delivery_id, ask.now_ms).await?;
        if let Some(known) = open.into_iter().find(|known| known.blob == blob) {
            return Ok(known.id);
        }
        let mut number = 0;
        let mut tx = self.0.begin().await?;
        let address = loop {
            let id = format!("{blob}{NUMBERED}{number}");
            if tx.all("SELECT id FROM media_addresses WHERE id = $1", args![&id]).await?.is_empty() {
                break id;
            }
            number += 1;
        };
        let row = MediaAddress {
            id: address.clone(),
            delivery_id: Some(ask.delivery_id),
            blob: blob.to_owned(),
            mime: facts(AssetKind::Image, 0).mime,
            expires_at: ask.now_ms + OPEN_MS,
            created_at: ask.now_ms,
        };
        media_addresses::create(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(address)
    }

    async fn close(&self, delivery: DeliveryId) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        media_addresses::revoke_of_delivery(&mut tx, delivery, crate::template::BEGIN_MS).await?;
        tx.commit().await
    }

    async fn take_back(&self, ask: Withdraw) -> Result<bool, StoreError> {
        if media_addresses::fetched_for(&self.0, ask.delivery_id, ask.intent_id).await? {
            return Ok(true);
        }
        self.close(ask.delivery_id).await?;
        media_addresses::fetched_for(&self.0, ask.delivery_id, ask.intent_id).await
    }
}

/// A database that does not take it now does so later.
fn later(error: StoreError) -> Fault {
    Fault::stop(FailureKind::Internal, "media.unprepared", error.to_string(), "It is tried again.").next(Next::Repeat { at_ms: None })
}

impl MediaRoom for Addresses {
    fn ready<'a>(&'a self, ask: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>> {
        Box::pin(async move { self.make_ready(ask).await.map_err(later) })
    }

    fn revoke<'a>(&'a self, delivery: DeliveryId) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move { self.close(delivery).await.map_err(later) })
    }

    fn withdraw<'a>(&'a self, ask: Withdraw) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move { self.take_back(ask).await.map_err(later) })
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
pub fn fetch(db: Db) -> Fetch {
    std::sync::Arc::new(move |url: String| {
        let db = db.clone();
        Box::pin(async move {
            let Some(address) = url.strip_prefix(PUBLIC) else {
                return Err("no such host".to_owned());
            };
            let name = match address.split_once(NUMBERED) {
                Some((name, _)) => {
                    let open = media_addresses::fetched(&db, address).await.map_err(|error| error.to_string())?;
                    if !open {
                        return Ok(gone());
                    }
                    name
                }
                None => address,
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

/// An address that was taken back.
fn gone() -> Fetched {
    Fetched {
        status: 404,
        content_type: "text/plain".to_owned(),
        body: stream::iter([]).boxed(),
    }
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
