//! The apps registered at the networks: what the administrator configured.

use std::collections::BTreeMap;

use postrider_core::Network;
use postrider_provider::{App, Secrets};

/// One app's public settings and its secrets.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// What adapters may see.
    pub app: App,
    /// By name: `client_secret`.
    pub secrets: Secrets,
}

/// The apps by network and way of connecting. The empty variant stands for every way without an app of its own.
#[derive(Debug, Clone, Default)]
pub struct Apps {
    apps: BTreeMap<(Network, String), Credentials>,
}

impl Apps {
    /// Sets the app of a network; an empty `variant` for every way of connecting that has none of its own.
    pub fn set(&mut self, network: Network, variant: &str, credentials: Credentials) {
        self.apps.insert((network, variant.to_owned()), credentials);
    }

    /// The app to use, if one is configured.
    pub fn of(&self, network: Network, variant: &str) -> Option<&Credentials> {
        self.apps
            .get(&(network, variant.to_owned()))
            .or_else(|| self.apps.get(&(network, String::new())))
    }
}
