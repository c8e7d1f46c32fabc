//! Makes the files of a delivery ready: the rendition that the network needs, and an address from which it may fetch it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use postrider_core::delivery::FailureKind;
use postrider_core::ids::{AssetId, DeliveryId, RenditionId};
use postrider_core::post::Content;
use postrider_provider::ports::{MediaAsk, MediaRoom, Withdraw};
use postrider_provider::{Fault, MediaRef, Next};
use postrider_store::assets::Asset;
use postrider_store::media_addresses::MediaAddress;
use postrider_store::renditions::Rendition;
use postrider_store::{Db, StoreError, assets, media_addresses, renditions};
use tokio::sync::Mutex;

use super::{Addresses, Media, MediaError, Place, Recipe, suit};

/// How long an address works at least when it is handed out, in milliseconds: the networks' longest bound.
pub const ADDRESS_LEAST_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a fresh address works, in milliseconds: long enough to be handed out again while a delivery is tried for a day.
pub const ADDRESS_FRESH_MS: i64 = 2 * ADDRESS_LEAST_MS;

/// The media of deliveries.
pub struct Room {
    media: Media,
    db: Db,
    /// Two deliveries of one asset make one rendition.
    rendering: Mutex<()>,
}

/// What is sent: the file itself or a rendition.
struct Sendable {
    blob: String,
    facts: postrider_core::post::AssetFacts,
}

impl Room {
    /// A room over stored files and their rows.
    pub fn new(media: Media, db: Db) -> Self {
        Room {
            media,
            db,
            rendering: Mutex::new(()),
        }
    }

    async fn make_ready(&self, ask: &MediaAsk<'_>) -> Result<Vec<MediaRef>, Fault> {
        let ids = ask.content.asset_ids();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = assets::for_delivery(&self.db, ask.organization_id, &ids).await.map_err(store)?;
        let found: BTreeMap<AssetId, Asset> = found.into_iter().map(|asset| (asset.id, asset)).collect();
        let beyond_ms = ask.now_ms.saturating_add(ADDRESS_LEAST_MS);
        let known = media_addresses::of_delivery(&self.db, ask.delivery_id, beyond_ms)
            .await
            .map_err(store)?;
        let mut ready = Vec::with_capacity(ids.len());
        for id in ids {
            let asset = found.get(&id).ok_or_else(missing)?;
            let sendable = self.sendable(ask, asset).await?;
            let known = known
                .iter()
                .find(|address| address.blob == sendable.blob && address.mime == sendable.facts.mime);
            let public_url = match known {
                Some(address) => self.media.addresses.sign(&address.id, &address.mime, address.expires_at),
                None => self.open(ask, &sendable).await?,
            };
            ready.push(MediaRef {
                asset_id: id,
                blob: sendable.blob,
                facts: sendable.facts,
                original_bytes: asset.facts.bytes,
                alt_text: alt_text(ask.content, asset),
                public_url,
            });
        }
        Ok(ready)
    }

    async fn sendable(&self, ask: &MediaAsk<'_>, asset: &Asset) -> Result<Sendable, Fault> {
        let place = place(ask.content, asset.id);
        let Some(recipe) = suit(ask.network, ask.content.content_type, place, &asset.facts) else {
            return Ok(Sendable {
                blob: asset.blob.clone(),
                facts: asset.facts.clone(),
            });
        };
        let name = recipe.to_string();
        if let Some(made) = renditions::by_recipe(&self.db, asset.id, &name).await.map_err(store)? {
            return Ok(made.into());
        }
        let _turn = self.rendering.lock().await;
        if let Some(made) = renditions::by_recipe(&self.db, asset.id, &name).await.map_err(store)? {
            return Ok(made.into());
        }
        self.render(ask.now_ms, asset, recipe, name).await
    }

    async fn render(&self, now_ms: i64, asset: &Asset, recipe: Recipe, name: String) -> Result<Sendable, Fault> {
        let mut random = [0_u8; 10];
        getrandom::fill(&mut random).map_err(|error| broken(&MediaError::Broken(error.to_string())))?;
        let id = RenditionId::new(now_ms, random);
        let made = self
            .media
            .render(id, &asset.blob, &asset.facts, recipe)
            .await
            .map_err(|error| broken(&error))?;
        let row = Rendition {
            id,
            asset_id: asset.id,
            recipe: name,
            blob: made.blob.clone(),
            sha256: made.sha256,
            facts: made.facts,
            created_at: now_ms,
        };
        let mut tx = self.db.begin().await.map_err(store)?;
        let kept = renditions::create(&mut tx, &row).await.map_err(store)?;
        tx.commit().await.map_err(store)?;
        if kept.blob != made.blob {
            // Another process was faster; a leftover file costs room only.
            drop(self.media.blobs.delete(&made.blob).await);
        }
        Ok(kept.into())
    }

    async fn open(&self, ask: &MediaAsk<'_>, sendable: &Sendable) -> Result<String, Fault> {
        let address = MediaAddress {
            id: Addresses::fresh_id().map_err(|error| broken(&error.into()))?,
            delivery_id: Some(ask.delivery_id),
            blob: sendable.blob.clone(),
            mime: sendable.facts.mime.clone(),
            expires_at: ask.now_ms.saturating_add(ADDRESS_FRESH_MS),
            created_at: ask.now_ms,
        };
        let mut tx = self.db.begin().await.map_err(store)?;
        media_addresses::create(&mut tx, &address).await.map_err(store)?;
        tx.commit().await.map_err(store)?;
        Ok(self.media.addresses.sign(&address.id, &address.mime, address.expires_at))
    }

    async fn close(&self, delivery_id: DeliveryId) -> Result<(), Fault> {
        let now_ms = now_ms();
        let mut tx = self.db.begin().await.map_err(store)?;
        media_addresses::revoke_of_delivery(&mut tx, delivery_id, now_ms)
            .await
            .map_err(store)?;
        tx.commit().await.map_err(store)
    }

    async fn fetched(&self, ask: &Withdraw) -> Result<bool, Fault> {
        media_addresses::fetched_for(&self.db, ask.delivery_id, ask.intent_id)
            .await
            .map_err(store)
    }

    async fn take_back(&self, ask: Withdraw) -> Result<bool, Fault> {
        // An address that is over is forgotten, and with it whether anybody fetched from it. One that is being fetched from is left open.
        if ask.now_ms - ask.since_ms > ADDRESS_LEAST_MS || self.fetched(&ask).await? {
            return Ok(true);
        }
        self.close(ask.delivery_id).await?;
        // Once more, now that nothing can be fetched.
        self.fetched(&ask).await
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl From<Rendition> for Sendable {
    fn from(made: Rendition) -> Self {
        Sendable {
            blob: made.blob,
            facts: made.facts,
        }
    }
}

impl MediaRoom for Room {
    fn ready<'a>(&'a self, ask: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>> {
        Box::pin(self.make_ready(ask))
    }

    fn revoke<'a>(&'a self, delivery_id: DeliveryId) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.close(delivery_id))
    }

    fn withdraw<'a>(&'a self, ask: Withdraw) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(self.take_back(ask))
    }
}

fn place(content: &Content, id: AssetId) -> Place {
    if content.assets.iter().any(|used| used.asset_id == id) {
        Place::Post
    } else if content.thread.iter().any(|part| part.assets.iter().any(|used| used.asset_id == id)) {
        Place::ThreadPart
    } else {
        Place::LinkImage
    }
}

/// The post's own words for a file go before those of the gallery.
fn alt_text(content: &Content, asset: &Asset) -> String {
    let parts = content.thread.iter().flat_map(|part| part.assets.iter());
    let used = content
        .assets
        .iter()
        .chain(parts)
        .find(|used| used.asset_id == asset.id && !used.alt_text.is_empty());
    used.map_or_else(|| asset.alt_text.clone(), |used| used.alt_text.clone())
}

fn missing() -> Fault {
    let message = "A file of this post was deleted.";
    Fault::stop(
        FailureKind::Content,
        "media.missing",
        message,
        "Edit the post and add the file again, or take it out.",
    )
}

fn broken(error: &MediaError) -> Fault {
    match error {
        MediaError::Refused(refusal) => Fault::stop(FailureKind::Content, refusal.code, refusal.message.clone(), refusal.remedy),
        MediaError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => missing(),
        MediaError::Io(_) | MediaError::Broken(_) => {
            let remedy = "It is tried again by itself; an administrator looks at the media folder and the log if it goes on.";
            Fault::stop(
                FailureKind::Internal,
                "media.unprepared",
                "A file of this post could not be made ready.",
                remedy,
            )
            .next(Next::Repeat { at_ms: None })
        }
    }
}

fn store(error: StoreError) -> Fault {
    let remedy = "It is tried again by itself; an administrator looks at the database if it goes on.";
    Fault::stop(
        FailureKind::Internal,
        "media.unprepared",
        format!("A file of this post could not be made ready: {error}."),
        remedy,
    )
    .next(Next::Repeat { at_ms: None })
}
