//! Lines of the log that say how deliveries were moved: one for each, told once it is stored.

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::ids::{ChannelId, DeliveryId};

/// Where the log says so, whoever moved it. A filter names it as any other target.
pub const TARGET: &str = "postrider::delivery";

/// What somebody other than the engine did, which tells its own with the attempt.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// Which.
    pub delivery: DeliveryId,
    /// On which channel.
    pub channel: ChannelId,
    /// On which network.
    pub network: Network,
    /// Where it stood.
    pub from: State,
    /// Where it stands.
    pub to: State,
    /// By what.
    pub event: &'static str,
}

impl Move {
    /// Says so; nothing if it stands where it stood.
    pub(crate) fn tell(&self) {
        if self.from != self.to {
            tracing::info!(
                target: TARGET,
                delivery = %self.delivery,
                channel = %self.channel,
                network = %self.network,
                from = %self.from,
                to = %self.to,
                event = self.event,
                "delivery moved"
            );
        }
    }
}
