//! Turns a claimed row into what an adapter is given.

use std::collections::BTreeMap;

use postrider_core::delivery::FailureKind;
use postrider_core::ids::AssetId;
use postrider_core::post::{AssetUse, Content};
use postrider_core::rules;
use postrider_core::rules::render::rendered;
use postrider_provider::ports::MediaAsk;
use postrider_provider::{Account, Fault, GrantView, Job, JobPart, MediaRef, Secrets, Verdict};
use postrider_store::hot::{Claimed, Grant};

use crate::shared::Shared;

/// The `aad` under which a grant's tokens are sealed.
pub fn grant_aad(grant: postrider_core::ids::GrantId) -> String {
    format!("grants.secrets.{grant}")
}

/// The `aad` under which a channel's own secrets are sealed.
pub fn channel_aad(channel: postrider_core::ids::ChannelId) -> String {
    format!("channels.secrets.{channel}")
}

/// A grant as adapters see it.
pub fn grant_view(grant: &Grant, now_ms: i64) -> GrantView {
    GrantView {
        variant: grant.variant.clone(),
        scopes: grant.scopes.clone(),
        subject: grant.subject.clone(),
        meta: grant.meta.clone(),
        expires_at_ms: grant.expires_at,
        now_ms,
    }
}

/// The account as adapters see it.
pub fn account(claimed: &Claimed) -> Account {
    Account {
        external_id: claimed.channel_external_id.clone(),
        handle: claimed.channel_handle.clone(),
        kind: claimed.channel_kind.clone(),
        variant: claimed.grant.variant.clone(),
        meta: claimed.channel_meta.clone(),
    }
}

/// Opens every secret that a call for this delivery may name: the app's, the grant's, the channel's own.
///
/// # Errors
/// If the access was erased, or cannot be opened with the keys at hand.
pub fn secrets(shared: &Shared, claimed: &Claimed) -> Result<Secrets, Fault> {
    let mut all = shared
        .apps
        .of(claimed.network, &claimed.grant.variant)
        .map(|app| app.secrets.clone())
        .unwrap_or_default();
    let sealed = claimed.grant.secrets.as_ref().ok_or_else(|| {
        Fault::stop(
            FailureKind::Connection,
            "connection.erased",
            format!("The access to {} was removed.", claimed.channel_name),
            "Reconnect the channel, then retry.",
        )
        .verdict(Verdict::Revoked)
    })?;
    all.extend(shared.keyring.open(&grant_aad(claimed.grant.id), sealed)?);
    if let Some(own) = &claimed.channel_secrets {
        all.extend(shared.keyring.open(&channel_aad(claimed.channel_id), own)?);
    }
    Ok(all)
}

fn used(found: &BTreeMap<AssetId, MediaRef>, uses: &[AssetUse]) -> Vec<MediaRef> {
    uses.iter()
        .filter_map(|used| {
            let mut media = found.get(&used.asset_id)?.clone();
            if !used.alt_text.is_empty() {
                media.alt_text.clone_from(&used.alt_text);
            }
            Some(media)
        })
        .collect()
}

/// The job of a claimed delivery, its media readied for the network.
///
/// # Errors
/// If a file cannot be readied, or the network does not take the type.
pub async fn build(shared: &Shared, claimed: &Claimed) -> Result<Job, Fault> {
    let content = claimed.content.overridden(&claimed.overrides);
    let ids = content.asset_ids();
    let media: BTreeMap<AssetId, MediaRef> = if ids.is_empty() {
        BTreeMap::new()
    } else {
        let ask = MediaAsk {
            organization_id: claimed.organization_id,
            delivery_id: claimed.id,
            network: claimed.network,
            content: &content,
            now_ms: shared.now_ms(),
        };
        ids.into_iter().zip(shared.media.ready(&ask).await?).collect()
    };
    with_media(shared, claimed, content, &media)
}

/// The job without its media: enough to remove what it left at the network.
///
/// # Errors
/// If the network does not take the type.
pub fn bare(shared: &Shared, claimed: &Claimed) -> Result<Job, Fault> {
    with_media(shared, claimed, claimed.content.overridden(&claimed.overrides), &BTreeMap::new())
}

fn with_media(shared: &Shared, claimed: &Claimed, content: Content, media: &BTreeMap<AssetId, MediaRef>) -> Result<Job, Fault> {
    let now_ms = shared.now_ms();
    let app = shared
        .apps
        .of(claimed.network, &claimed.grant.variant)
        .map(|app| app.app.clone())
        .unwrap_or_default();
    let offer = rules::offer(claimed.network, content.content_type).ok_or_else(|| {
        Fault::stop(
            FailureKind::Content,
            "content_type.not_offered",
            format!("{} takes no {} posts.", claimed.network.name(), content.content_type),
            "Change the type of the post, or take the channel off it.",
        )
    })?;
    let words = rendered(&content, offer);
    let parts = content.thread.iter().zip(words.parts).map(|(part, text)| JobPart {
        text,
        media: used(media, &part.assets),
    });
    Ok(Job {
        delivery_id: claimed.id,
        generation: u32::try_from(claimed.standing.generation).unwrap_or(0),
        now_ms,
        due_at_ms: claimed.due_at.unwrap_or(claimed.created_at),
        created_at_ms: claimed.created_at,
        app,
        account: account(claimed),
        parts: parts.collect(),
        media: used(media, &content.assets),
        link_image: content.link.as_ref().and_then(|link| media.get(&link.image_asset_id?)).cloned(),
        text: words.text,
        settings: rules::settings_for(claimed.network, content.content_type, &claimed.overrides.settings),
        content,
        mode: claimed.mode,
        known_external_ids: Vec::new(),
    })
}
