//! One breaker for each server of each network, in this process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use postrider_core::Network;
use postrider_core::breaker::{Breaker, Leave};
use postrider_provider::Sent;
use postrider_store::channels::Channel;

use crate::bulkheads::server;

/// The breakers that have something to remember.
#[derive(Default)]
pub struct Breakers(Mutex<BTreeMap<(Network, String), Breaker>>);

impl Breakers {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<(Network, String), Breaker>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a call to an address may be made at an instant (UTC milliseconds).
    pub fn leave(&self, network: Network, url: &str, now_ms: i64) -> Leave {
        self.with(|all| match all.get_mut(&(network, server(url).to_owned())) {
            Some(breaker) => breaker.leave(now_ms),
            None => Leave::Go,
        })
    }

    /// Learns from what became of a call at an instant (UTC milliseconds). A server that refuses works.
    pub fn learn(&self, network: Network, url: &str, sent: &Sent, now_ms: i64) {
        let key = (network, server(url).to_owned());
        let works = matches!(sent, Sent::Answered(answer) if answer.status < 500);
        if works {
            if self.with(|all| all.remove(&key)).is_some_and(|mut breaker| breaker.answered()) {
                tracing::info!(%network, server = key.1, "the network works again");
            }
        } else if self.with(|all| all.entry(key.clone()).or_default().failed(now_ms)) {
            tracing::warn!(%network, server = key.1, "the network does not work; it is asked again at growing intervals");
        }
    }

    /// A call that was let through is not made after all.
    pub fn forgo(&self, network: Network, url: &str) {
        self.with(|all| {
            if let Some(breaker) = all.get_mut(&(network, server(url).to_owned())) {
                breaker.forgo();
            }
        });
    }

    /// Since when the servers of a channel are not asked, as known at an instant (both UTC milliseconds).
    pub fn outage_since_ms(&self, channel: &Channel, now_ms: i64) -> Option<i64> {
        // Where a network is many servers, the account's own counts, which its detail names if it is known.
        let many = matches!(channel.network, Network::Bluesky | Network::Mastodon) && !channel.detail.is_empty();
        self.open_since_ms(channel.network, many.then_some(channel.detail.as_str()), now_ms)
    }

    /// For how long some server of a network has not been asked, milliseconds; 0 if each is. At an instant (UTC milliseconds).
    pub fn outage_ms(&self, network: Network, now_ms: i64) -> i64 {
        self.open_since_ms(network, None, now_ms).map_or(0, |since_ms| now_ms - since_ms)
    }

    /// Since when a network is not asked, as known at an instant (both UTC milliseconds): the earliest of its servers, or of those
    /// of one host.
    fn open_since_ms(&self, network: Network, host: Option<&str>, now_ms: i64) -> Option<i64> {
        // A server with a port of its own is named with it.
        let is_meant = |server: &str| host.is_none_or(|host| server == host || server.split(':').next() == Some(host));
        self.with(|all| {
            let meant = all.iter().filter(|((known, server), _)| *known == network && is_meant(server));
            meant.filter_map(|(_, breaker)| breaker.open_since_ms(now_ms)).min()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postrider_core::breaker::FAILURES_MAX;
    use postrider_provider::Answer;

    const HERE: &str = "https://here.example/xrpc/a";

    fn answered(status: u16) -> Sent {
        Sent::Answered(Answer {
            status,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            at_ms: 0,
        })
    }

    #[test]
    fn one_server_of_a_network_says_nothing_of_another() {
        let breakers = Breakers::default();
        for _ in 0..FAILURES_MAX {
            breakers.learn(Network::Bluesky, HERE, &Sent::Lost(String::new()), 7);
        }
        assert_eq!(breakers.open_since_ms(Network::Bluesky, None, 8), Some(7));
        assert_eq!(breakers.outage_ms(Network::Bluesky, 9), 2);
        assert_eq!(breakers.outage_ms(Network::Mastodon, 9), 0);
        assert_eq!(breakers.open_since_ms(Network::Bluesky, Some("here.example"), 8), Some(7));
        assert_eq!(breakers.open_since_ms(Network::Bluesky, Some("there.example"), 8), None);
        assert!(matches!(breakers.leave(Network::Bluesky, HERE, 8), Leave::Wait { .. }));
        assert_eq!(breakers.leave(Network::Bluesky, "https://there.example/", 8), Leave::Go);
        assert_eq!(breakers.leave(Network::Mastodon, HERE, 8), Leave::Go);
    }

    #[test]
    fn a_server_with_a_port_of_its_own_is_known_by_it() {
        let breakers = Breakers::default();
        let url = "https://social.example:8443/api/v1/statuses";
        for _ in 0..FAILURES_MAX {
            breakers.learn(Network::Mastodon, url, &Sent::Lost(String::new()), 7);
        }
        for (named, open) in [
            ("social.example:8443", true),
            ("social.example", true),
            ("social.example:8444", false),
        ] {
            assert_eq!(breakers.open_since_ms(Network::Mastodon, Some(named), 8).is_some(), open, "{named}");
        }
    }

    #[test]
    fn a_refusal_shows_that_it_works_and_a_server_error_does_not() {
        for (sent, open) in [
            (answered(503), true),
            (Sent::NotSent(String::new()), true),
            (answered(429), false),
            (answered(400), false),
        ] {
            let breakers = Breakers::default();
            for _ in 0..FAILURES_MAX {
                breakers.learn(Network::Bluesky, HERE, &sent, 0);
            }
            assert_eq!(breakers.open_since_ms(Network::Bluesky, None, 0).is_some(), open, "{sent:?}");
            breakers.learn(Network::Bluesky, HERE, &answered(200), 0);
            assert_eq!(breakers.open_since_ms(Network::Bluesky, None, 0), None);
        }
    }
}
