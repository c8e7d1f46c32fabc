//! The networks of the sandbox: one line each. Adding a network is a folder and a line here.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use http::Method;
use postrider_core::network::Network;

use crate::figures::Figure;
use crate::world::{Account, State, World};

/// One operation of a network, as named in faults and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Whose operation it is: one host can serve two networks.
    pub network: Network,
    /// A name that is unique in the network, such as `publish_feed`.
    pub name: &'static str,
    /// Whether success makes something visible or is the last word on it.
    pub commit: bool,
}

impl Operation {
    /// A call that makes nothing visible.
    pub const fn safe(network: Network, name: &'static str) -> Self {
        Self {
            network,
            name,
            commit: false,
        }
    }

    /// A call that makes something visible.
    pub const fn commit(network: Network, name: &'static str) -> Self {
        Self {
            network,
            name,
            commit: true,
        }
    }
}

/// What can be known of a request before it is processed.
#[derive(Debug)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The network's real host, that is the first segment of the path.
    pub host: &'a str,
    /// The path at that host, with its leading slash.
    pub path: &'a str,
    /// The query, empty if none.
    pub query: &'a str,
    /// The content type, empty if none.
    pub content_type: &'a str,
    /// Which bytes of a whole the body has, empty if it does not say.
    pub content_range: &'a str,
    /// The body, if it is small or multipart of at most 16 MB; else empty.
    pub body: &'a [u8],
}

/// A network as the framework sees it.
pub struct Module {
    /// Which network it is.
    pub network: Network,
    /// The hosts that it answers for; a host shared by two networks is listed by the one whose routes it has.
    pub hosts: &'static [&'static str],
    /// Its routes, whose paths begin with the host: `/api.linkedin.com/rest/posts`.
    pub routes: fn() -> Router<Arc<World>>,
    /// Lays its seeded people's accounts into an empty world.
    pub seed: fn(&mut State),
    /// Names the operation that a request to one of its hosts asks for.
    pub operation: fn(&Head<'_>) -> Option<Operation>,
    /// Every operation that `operation` can name, for the faults page.
    pub operations: &'static [Operation],
    /// The network's own error answers by name; the list is [`Module::errors`].
    pub error: fn(&str) -> Option<Response>,
    /// The names that `error` knows. `rate_limited` is always one of them.
    pub errors: &'static [&'static str],
    /// What it bounds, to be held against the product's rules.
    pub figures: fn() -> Vec<Figure>,
    /// Makes one more account that the person (a key of [`crate::world::Person`]) may post to, for load tests.
    pub make_account: fn(&mut State, &str) -> Account,
}

/// Every network that the sandbox speaks.
pub const MODULES: &[Module] = &[
    crate::facebook::MODULE,
    crate::instagram::MODULE,
    crate::threads::MODULE,
    crate::linkedin::MODULE,
    crate::x::MODULE,
    crate::tiktok::MODULE,
    crate::youtube::MODULE,
    crate::google_business::MODULE,
    crate::pinterest::MODULE,
    crate::bluesky::MODULE,
    crate::mastodon::MODULE,
    crate::telegram::MODULE,
];

/// The module that answers for a host.
pub fn of_host(host: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.hosts.contains(&host))
}

/// The module of a network.
pub fn of_network(network: Network) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.network == network)
}
