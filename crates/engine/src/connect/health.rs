//! Looks at every channel from time to time: an access that ended shows on its card before a post fails of it (product C6).

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::delivery::FailureKind;
use postrider_store::StoreError;
use postrider_store::channels::{self, Channel};
use tokio_util::sync::CancellationToken;

use super::{ConnectError, verify};
use crate::shared::Shared;

/// How long after it was last seen a channel is looked at again, milliseconds.
pub const CHECK_MS: i64 = 6 * 3_600_000;
/// The same after its network had nothing definite to say.
const AGAIN_MS: i64 = 3_600_000;
/// How many channels are looked at in one round.
const CHANNELS_MAX: i64 = 500;
/// After so many in a row that a network left without an answer, its others wait as well.
const OUTAGES_MAX: u32 = 3;

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Channels of which the network said something definite.
    pub seen: usize,
    /// Channels that stayed as they were: they are looked at again later.
    pub unanswered: usize,
}

/// Looks at the channels that nobody has looked at for [`CHECK_MS`]; networks side by side. Where publishing is held, or the access stands
/// in doubt after a recovery, nothing is asked: tokens that a backup brought back may be others by now.
///
/// # Errors
/// If the rows cannot be read or written.
pub async fn check_due(shared: &Arc<Shared>, stop: &CancellationToken) -> Result<Checked, StoreError> {
    if !shared.hold.free() {
        return Ok(Checked::default());
    }
    let now_ms = shared.now_ms();
    let due = channels::for_check(&shared.db, now_ms - CHECK_MS, now_ms, CHANNELS_MAX).await?;
    let mut by_network: BTreeMap<Network, Vec<Channel>> = BTreeMap::new();
    for channel in due {
        by_network.entry(channel.network).or_default().push(channel);
    }
    let mut all = Checked::default();
    let networks = by_network
        .into_values()
        .map(|channels| async move { check(shared, channels, stop).await });
    for checked in join_all(networks).await {
        let checked = checked?;
        all.seen += checked.seen;
        all.unanswered += checked.unanswered;
    }
    Ok(all)
}

/// The channels of one network, one after the other.
async fn check(shared: &Arc<Shared>, channels: Vec<Channel>, stop: &CancellationToken) -> Result<Checked, StoreError> {
    let (mut checked, mut outages) = (Checked::default(), 0);
    for channel in channels {
        if stop.is_cancelled() {
            break;
        }
        if outages < OUTAGES_MAX {
            match verify(shared, &channel).await {
                Ok(()) => {
                    checked.seen += 1;
                    outages = 0;
                    continue;
                }
                // Somebody disconnected it meanwhile.
                Err(ConnectError::Over | ConnectError::Store(StoreError::NotFound)) => continue,
                Err(ConnectError::Network(fault)) if fault.kind == FailureKind::Outage => outages += 1,
                Err(error) => {
                    outages = 0;
                    tracing::info!(channel = %channel.id, network = %channel.network, %error, "a channel could not be looked at");
                }
            }
        }
        checked.unanswered += 1;
        channels::check_later(&shared.db, channel.id, shared.now_ms() + AGAIN_MS).await?;
    }
    Ok(checked)
}
