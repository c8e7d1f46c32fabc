//! How many calls are under way at once: on a network, on one server of it (an app's, or an instance's), on one channel. Whoever hangs uses
//! up its own share and nobody else's.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::Network;
use postrider_core::ids::ChannelId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::shared::Bounds;

/// So many channels' shares are kept before those that nobody uses are dropped.
const CHANNELS_KEPT: usize = 4_096;

/// One kind of call's shares.
struct Shares<K>(Mutex<HashMap<K, Arc<Semaphore>>>);

impl<K: Eq + Hash> Shares<K> {
    fn new() -> Self {
        Shares(Mutex::new(HashMap::new()))
    }

    fn of(&self, key: K, max: usize) -> Arc<Semaphore> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() > CHANNELS_KEPT {
            shares.retain(|_, share| Arc::strong_count(share) > 1);
        }
        shares.entry(key).or_insert_with(|| Arc::new(Semaphore::new(max))).clone()
    }
}

/// The shares of all networks, servers and channels.
pub struct Bulkheads {
    bounds: Bounds,
    networks: Shares<(Network, bool)>,
    servers: Shares<(Network, String, bool)>,
    channels: Shares<(ChannelId, bool)>,
}

/// How many of a network's places are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Busy {
    /// By small calls.
    pub calls: usize,
    /// By uploads.
    pub uploads: usize,
}

/// Places for one call. Dropping it gives them free.
pub struct Places {
    _places: [OwnedSemaphorePermit; 3],
}

/// The server that an address is at.
pub fn server(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

impl Bulkheads {
    /// With these bounds.
    pub fn new(bounds: Bounds) -> Bulkheads {
        Bulkheads {
            bounds,
            networks: Shares::new(),
            servers: Shares::new(),
            channels: Shares::new(),
        }
    }

    /// How many calls of each network hold a place, in the order of the networks.
    pub fn busy(&self) -> Vec<(Network, Busy)> {
        let shares = self.networks.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut busy: BTreeMap<Network, Busy> = BTreeMap::new();
        for ((network, upload), share) in shares.iter() {
            let of_network = busy.entry(*network).or_default();
            if *upload {
                of_network.uploads = self.bounds.uploads_max.saturating_sub(share.available_permits());
            } else {
                of_network.calls = self.bounds.calls_max.saturating_sub(share.available_permits());
            }
        }
        busy.into_iter().collect()
    }

    /// Waits for places for one call, or one upload. The narrowest first, so that whoever waits holds nothing that others need.
    pub fn places(&self, network: Network, url: &str, channel: ChannelId, upload: bool) -> impl Future<Output = Option<Places>> + use<> {
        let bounds = &self.bounds;
        let (on_network, on_server, on_channel) = if upload {
            (bounds.uploads_max, bounds.uploads_max, bounds.channel_uploads_max)
        } else {
            (bounds.calls_max, bounds.server_calls_max, bounds.channel_calls_max)
        };
        let channel = self.channels.of((channel, upload), on_channel);
        let server = self.servers.of((network, server(url).to_owned(), upload), on_server);
        let network = self.networks.of((network, upload), on_network);
        async move {
            let places = [
                channel.acquire_owned().await.ok()?,
                server.acquire_owned().await.ok()?,
                network.acquire_owned().await.ok()?,
            ];
            Some(Places { _places: places })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn channel(n: u8) -> ChannelId {
        ChannelId::new(1, [n; 10])
    }

    fn bulkheads() -> Bulkheads {
        Bulkheads::new(Bounds {
            calls_max: 6,
            server_calls_max: 4,
            channel_calls_max: 2,
            uploads_max: 1,
            channel_uploads_max: 1,
            ..Bounds::default()
        })
    }

    const HERE: &str = "https://here.example/xrpc/a";
    const THERE: &str = "https://there.example/xrpc/a";

    #[test]
    fn a_channel_a_server_and_a_network_each_use_up_their_own_share() {
        let all = bulkheads();
        let take = |network, url, n, upload| all.places(network, url, channel(n), upload).now_or_never().flatten();
        let mut held = Vec::new();
        let mut taken = |network, url, n| {
            let places = take(network, url, n, false);
            let got = places.is_some();
            held.extend(places);
            got
        };
        assert!(taken(Network::Bluesky, HERE, 1) && taken(Network::Bluesky, HERE, 1));
        assert!(!taken(Network::Bluesky, HERE, 1), "the channel's share is used up");
        assert!(taken(Network::Bluesky, HERE, 2) && taken(Network::Bluesky, HERE, 3));
        assert!(!taken(Network::Bluesky, HERE, 4), "the server's share is used up");
        assert!(taken(Network::Bluesky, THERE, 4) && taken(Network::Bluesky, THERE, 5));
        assert!(!taken(Network::Bluesky, THERE, 6), "the network's share is used up");
        assert!(taken(Network::Mastodon, HERE, 7), "another network has its own");
        drop(held);
        assert!(take(Network::Bluesky, HERE, 1, false).is_some());
    }

    #[test]
    fn uploads_do_not_use_up_the_share_of_calls() {
        let all = bulkheads();
        let upload = all.places(Network::Bluesky, HERE, channel(1), true).now_or_never().flatten();
        assert!(upload.is_some());
        assert!(
            all.places(Network::Bluesky, HERE, channel(2), true)
                .now_or_never()
                .flatten()
                .is_none()
        );
        assert!(
            all.places(Network::Bluesky, HERE, channel(1), false)
                .now_or_never()
                .flatten()
                .is_some()
        );
    }
}
