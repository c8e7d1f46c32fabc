//! What the engine asks of the services beside it, so that neither knows the other.

use futures::future::BoxFuture;
use postrider_core::Network;
use postrider_core::ids::{DeliveryId, IntentId, OrganizationId};
use postrider_core::post::Content;

use crate::adapter::Secrets;
use crate::fault::Fault;
use crate::job::MediaRef;

/// Opens and seals the secrets of a row. `aad` names table, column and row: `grants.secrets.grant_…`.
pub trait Keyring: Send + Sync {
    /// Opens what was sealed for the same `aad`.
    ///
    /// # Errors
    /// If the key is gone, or the bytes were sealed for another row or changed.
    fn open(&self, aad: &str, sealed: &[u8]) -> Result<Secrets, Fault>;
    /// Seals under the newest key.
    ///
    /// # Errors
    /// If no key is configured.
    fn seal(&self, aad: &str, secrets: &Secrets) -> Result<Vec<u8>, Fault>;
    /// Whether the key of this name is there.
    fn holds(&self, name: &str) -> bool;
}

/// Which media a delivery needs.
#[derive(Debug, Clone)]
pub struct MediaAsk<'a> {
    /// Whose.
    pub organization_id: OrganizationId,
    /// For which delivery: its public addresses are made and revoked with it.
    pub delivery_id: DeliveryId,
    /// For which network: a rendition is made where it does not take the file as it is.
    pub network: Network,
    /// The content with the channel's overrides.
    pub content: &'a Content,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// Which addresses are to be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Withdraw {
    /// Those of this delivery.
    pub delivery_id: DeliveryId,
    /// The promise of the call that named them: what was fetched for an earlier one does not matter.
    pub intent_id: IntentId,
    /// When that was stored, UTC milliseconds.
    pub since_ms: i64,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// Makes files ready for a network.
pub trait MediaRoom: Send + Sync {
    /// One file for every id of [`Content::asset_ids`], in that order, as the network takes it, with a public address
    /// that outlives the network's longest bound (24 h).
    fn ready<'a>(&'a self, ask: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>>;
    /// Makes the delivery's public addresses answer 404 from now on.
    fn revoke<'a>(&'a self, delivery_id: DeliveryId) -> BoxFuture<'a, Result<(), Fault>>;
    /// The same, unless something was fetched from one of them already, or that is not known. Says whether that is so: if not, nothing
    /// was fetched, and nothing ever will be.
    fn withdraw<'a>(&'a self, ask: Withdraw) -> BoxFuture<'a, Result<bool, Fault>>;
}
