//! What holds publishing for the whole installation, and how it goes on.

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::ids::DeliveryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;

/// Whether anything is published.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryView {
    /// What holds publishing; null if it is free.
    pub held: Option<HeldView>,
    /// That the witness cannot be written; null if it can, and for who is no administrator of the installation.
    pub unwitnessed: Option<UnwitnessedView>,
}

/// A witness that no server can write.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnwitnessedView {
    /// What follows from it.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
    /// When one last could.
    pub since: Instant,
}

/// What holds publishing.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    /// `restored` or `behind`: the database was brought back from a copy; `witness`: what would tell that cannot be read; `clock`: the clock
    /// is not confirmed.
    pub why: String,
    /// The same in words.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
    /// Since when it is not known what went out; null where that is not the trouble.
    pub since: Option<Instant>,
    /// What recovering looks for; null for who is no administrator of the installation.
    pub looked_for: Option<LookedFor>,
}

/// What recovering looks for at the networks before it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookedFor {
    /// How many deliveries.
    pub count: i64,
    /// How many of them are due already.
    pub due: i64,
    /// The first of them, by their instants.
    pub items: Vec<LookedForDelivery>,
}

/// A delivery that recovering looks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookedForDelivery {
    /// Which.
    pub id: DeliveryId,
    /// On which network.
    pub network: Network,
    /// Name of its channel.
    pub channel_name: String,
    /// Where it stands.
    pub state: State,
    /// Its instant.
    pub due_at: Option<Instant>,
    /// Whether a person is asked, because the network cannot be read; else it is read back.
    pub asks: bool,
}

/// How publishing goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryAsk {
    /// Says that the servers' clock is right, and nothing else; where a server holds publishing for it, that goes on.
    #[serde(default)]
    pub clock_is_right: bool,
}
