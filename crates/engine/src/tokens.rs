//! Keeps accesses alive: one refresher per grant at a time, and a stored token is never overwritten with nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::FailureKind;
use postrider_core::ids::GrantId;
use postrider_provider::{Flow, Manner, Next, Secrets, Sent, Verdict};
use postrider_store::hot::{self, GrantTokens};
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::hold::HELD_PAUSE;
use crate::job::{grant_aad, grant_view};
use crate::meters::Refresh;
use crate::shared::Shared;

/// How long one refresher has a grant to itself, in milliseconds: a call's budget and its settle time (publishing.md rule 14).
const REFRESH_LEASE_MS: i64 = 90_000;
/// How often someone else's renewal is looked for.
const OTHERS_PAUSE: Duration = Duration::from_millis(500);
/// How long someone else's renewal is waited for.
const OTHERS_TRIES_MAX: u32 = 60;
/// How often the grants are looked over.
const SWEEP_PAUSE: Duration = Duration::from_secs(60);
/// How long one replica keeps this work without a sign of life, milliseconds.
const DUTY_MS: i64 = 150_000;

/// Why an access was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum NotRenewed {
    /// The network said that the access is over.
    #[error("{0}")]
    Over(String),
    /// It did not work out this time.
    #[error("{0}")]
    NotNow(String),
}

/// It did not work out this time, for this reason.
pub fn not_now(error: impl std::fmt::Display) -> NotRenewed {
    NotRenewed::NotNow(error.to_string())
}

fn open(shared: &Shared, stored: &GrantTokens) -> Result<Secrets, NotRenewed> {
    let sealed = stored
        .grant
        .secrets
        .as_ref()
        .ok_or_else(|| NotRenewed::Over("the access was removed".to_owned()))?;
    shared.keyring.open(&grant_aad(stored.grant.id), sealed).map_err(not_now)
}

/// Whether the stored access is another than the one that was refused: then somebody else has renewed it already.
fn renewed_since(stored: &Secrets, refused: &Secrets) -> bool {
    match (stored.get("access"), refused.get("access")) {
        (Some(stored), Some(refused)) => stored.expose_secret() != refused.expose_secret(),
        _ => false,
    }
}

/// Renews a grant's access and gives its tokens as they stand then. `refused` are the tokens with which a call was refused, if
/// that is why.
///
/// # Errors
/// [`NotRenewed::Over`] only on the network's definite verdict; an outage never ends a channel.
pub async fn renew(shared: &Arc<Shared>, network: Network, grant: GrantId, refused: Option<&Secrets>) -> Result<Secrets, NotRenewed> {
    let adapter = shared
        .registry
        .of(network)
        .cloned()
        .ok_or_else(|| not_now("no adapter for this network"))?;
    if !shared.hold.free() {
        return Err(not_now("publishing is held"));
    }
    let before = hot::grant_tokens(&shared.db, grant).await.map_err(not_now)?;
    let stored = open(shared, &before)?;
    if refused.is_some_and(|refused| renewed_since(&stored, refused)) {
        return Ok(stored);
    }
    let now_ms = shared.now_ms();
    let lease_ends_ms = now_ms + REFRESH_LEASE_MS;
    let Some(epoch) = hot::take_refresh(&shared.db, grant, now_ms, lease_ends_ms).await.map_err(not_now)? else {
        return wait_for_others(shared, &before).await;
    };
    // Somebody may have renewed it between the reading and the taking; a token that was used once must not be used again.
    let taken = hot::grant_tokens(&shared.db, grant).await.map_err(not_now)?;
    let held = open(shared, &taken)?;
    if taken.refreshed_at != before.refreshed_at {
        hot::release_refresh(&shared.db, grant, epoch).await.map_err(not_now)?;
        return Ok(held);
    }
    let mut secrets = shared
        .apps
        .of(network, &before.grant.variant)
        .map(|app| app.secrets.clone())
        .unwrap_or_default();
    secrets.extend(held.clone());
    let app = shared
        .apps
        .of(network, &before.grant.variant)
        .map(|app| app.app.clone())
        .unwrap_or_default();
    let view = grant_view(&taken.grant, now_ms);
    let renewed = async {
        let mut answers = Vec::new();
        loop {
            match adapter.refresh(&app, &view, &answers) {
                Flow::Call(request) => {
                    // Rotating a token is a commit too: sent once, and after a lost answer nobody refreshes until the lease ends.
                    let send_by_ms = shared.now_ms() + i64::try_from(request.budget_ms).unwrap_or(30_000);
                    match shared.transport.send(&request, &secrets, Manner::Commit { send_by_ms }).await {
                        Sent::Answered(answer) => answers.push(answer),
                        Sent::NotSent(why) => {
                            hot::release_refresh(&shared.db, grant, epoch).await.map_err(not_now)?;
                            return Err(NotRenewed::NotNow(why));
                        }
                        Sent::Lost(why) => return Err(NotRenewed::NotNow(why)),
                    }
                }
                Flow::Done(granted) => {
                    let mut merged = held;
                    merged.extend(granted.secrets);
                    let sealed = shared.keyring.seal(&grant_aad(grant), &merged).map_err(not_now)?;
                    let now_ms = shared.now_ms();
                    let (ends, renewable_until) = (granted.expires_at_ms, granted.refresh_expires_at_ms);
                    // The network may have taken the old one out of use already: a database that is away for a moment must not cost
                    // the new one.
                    let stored = loop {
                        let sealed = sealed.clone();
                        match hot::store_refreshed(&shared.db, grant, epoch, sealed, ends, renewable_until, now_ms).await {
                            Err(error) if (error.is_transient() || error.is_lost_connection()) && shared.now_ms() < lease_ends_ms => {
                                tokio::time::sleep(OTHERS_PAUSE).await;
                            }
                            stored => break stored.map_err(not_now)?,
                        }
                    };
                    if stored {
                        return Ok(merged);
                    }
                    // Refused for having been stored already: the answer to a commit can be lost, too.
                    let stands = open(shared, &hot::grant_tokens(&shared.db, grant).await.map_err(not_now)?)?;
                    return if renewed_since(&stands, &merged) {
                        Err(not_now("somebody else renewed the access meanwhile"))
                    } else {
                        Ok(merged)
                    };
                }
                // There is nothing to renew it by, or it is too young for that: nothing was renewed since either, and it stands as it is.
                Flow::Fail(fault)
                    if before.grant.doubted
                        && (answers.is_empty() || fault.verdict == Verdict::None && fault.kind != FailureKind::Outage) =>
                {
                    hot::trust_grant(&shared.db, grant).await.map_err(not_now)?;
                    hot::release_refresh(&shared.db, grant, epoch).await.map_err(not_now)?;
                    return Ok(held);
                }
                Flow::Fail(fault) => {
                    let status = match fault.verdict {
                        Verdict::Expired => Some(ChannelStatus::Expired),
                        Verdict::Revoked => Some(ChannelStatus::Revoked),
                        Verdict::MissingPermission => Some(ChannelStatus::MissingPermission),
                        // What renews has ended itself: nothing of ours brings it back.
                        Verdict::None if fault.next == Next::Renew => Some(ChannelStatus::Expired),
                        Verdict::None | Verdict::AppUnknown => None,
                    };
                    // Nobody was asked, and nothing was refused: that it cannot be renewed does not end an access that still holds.
                    let holds = taken.grant.expires_at.is_some_and(|ends| ends > shared.now_ms());
                    let status = status.filter(|_| refused.is_some() || !answers.is_empty() || !holds);
                    let Some(status) = status else {
                        // The lease stays until it ends, so that a failing network is not asked again at once.
                        return Err(NotRenewed::NotNow(fault.message));
                    };
                    hot::judge_grant(&shared.db, grant, epoch, status.key(), &fault.message)
                        .await
                        .map_err(not_now)?;
                    hot::release_refresh(&shared.db, grant, epoch).await.map_err(not_now)?;
                    return Err(NotRenewed::Over(fault.message));
                }
            }
        }
    };
    let renewed: Result<Secrets, NotRenewed> = renewed.await;
    let outcome = match &renewed {
        Ok(_) => Refresh::Renewed,
        Err(NotRenewed::Over(_)) => Refresh::Over,
        Err(NotRenewed::NotNow(_)) => Refresh::NotNow,
    };
    shared.meters.refreshed(network, outcome);
    renewed
}

/// Somebody else is at it: their result serves us too.
async fn wait_for_others(shared: &Arc<Shared>, before: &GrantTokens) -> Result<Secrets, NotRenewed> {
    for _ in 0..OTHERS_TRIES_MAX {
        tokio::time::sleep(OTHERS_PAUSE).await;
        let now = hot::grant_tokens(&shared.db, before.grant.id).await.map_err(not_now)?;
        if now.refreshed_at != before.refreshed_at || now.grant.doubted != before.grant.doubted {
            return open(shared, &now);
        }
    }
    Err(not_now("another renewal of this access did not come to an end"))
}

/// Renews what ends soon, for unused channels too, until the engine stops. A renewal under way is brought to its end.
pub async fn keep_alive(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if shared.on_duty("tokens", DUTY_MS).await {
            renew_expiring(&shared, &stop).await;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(if shared.hold.free() { SWEEP_PAUSE } else { HELD_PAUSE }) => {}
        }
    }
}

/// Renews what ends soon, for unused channels too; begins with no other once it is stopped.
pub async fn renew_expiring(shared: &Arc<Shared>, stop: &CancellationToken) {
    if !shared.hold.free() {
        return;
    }
    let grants = match hot::expiring_grants(&shared.db, shared.now_ms()).await {
        Ok(grants) => grants,
        Err(error) => {
            tracing::warn!(%error, "the grants could not be looked over");
            return;
        }
    };
    let mut by_network: BTreeMap<Network, Vec<GrantId>> = BTreeMap::new();
    for grant in grants {
        match hot::grant_tokens(&shared.db, grant).await {
            Ok(stored) => by_network.entry(stored.network).or_default().push(grant),
            Err(error) => tracing::warn!(%grant, %error, "a grant could not be read"),
        }
    }
    let renews = |network: &Network| {
        let adapter = shared.registry.of(*network);
        adapter.is_some_and(|adapter| adapter.capability().renews)
    };
    by_network.retain(|network, _| renews(network));
    // Side by side: one network that does not answer holds up its own alone.
    join_all(by_network.into_iter().map(|(network, grants)| async move {
        for grant in grants {
            if stop.is_cancelled() {
                return;
            }
            if let Err(error) = renew(shared, network, grant, None).await {
                tracing::info!(%grant, %network, %error, "an access was not renewed");
            }
        }
    }))
    .await;
}
