//! Places for the deliveries in hand, shared by the networks: one that hangs never has all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::Network;

use crate::shared::Shared;

/// How many deliveries may be in hand, and whose are.
pub struct Room {
    max: usize,
    held: Mutex<BTreeMap<Network, usize>>,
}

/// A delivery's place. Dropping it gives it free.
pub struct Place {
    shared: Arc<Shared>,
    network: Network,
}

/// Whether a network has all that it may have: half of what the others leave.
fn crowded(max: usize, held: &BTreeMap<Network, usize>, network: Network) -> bool {
    let own = held.get(&network).copied().unwrap_or(0);
    let others: usize = held.values().sum::<usize>() - own;
    own >= max.saturating_sub(others) / 2
}

impl Room {
    /// With so many places.
    pub fn new(max: usize) -> Room {
        Room {
            max,
            held: Mutex::new(BTreeMap::new()),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<Network, usize>) -> T) -> T {
        look(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many places are free.
    pub fn free(&self) -> usize {
        self.with(|held| self.max.saturating_sub(held.values().sum()))
    }

    /// The networks of which no more are to be taken up now.
    pub fn crowded(&self) -> Vec<Network> {
        self.with(|held| held.keys().copied().filter(|network| crowded(self.max, held, *network)).collect())
    }
}

impl Place {
    /// Takes a place for a delivery of a network.
    pub fn take(shared: &Arc<Shared>, network: Network) -> Place {
        shared.room.with(|held| *held.entry(network).or_default() += 1);
        Place {
            shared: shared.clone(),
            network,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let room = &self.shared.room;
        let opens = room.with(|held| {
            let was = crowded(room.max, held, self.network);
            if let Some(own) = held.get_mut(&self.network) {
                *own -= 1;
                if *own == 0 {
                    held.remove(&self.network);
                }
            }
            was
        });
        if opens {
            self.shared.wake.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(room: &Room, network: Network) -> usize {
        let mut taken = 0;
        while !room.crowded().contains(&network) {
            room.with(|held| *held.entry(network).or_default() += 1);
            taken += 1;
        }
        taken
    }

    #[test]
    fn however_many_networks_hang_the_next_one_has_places() {
        let room = Room::new(1_024);
        let taken: Vec<usize> = [Network::Bluesky, Network::Facebook, Network::Instagram, Network::Linkedin]
            .into_iter()
            .map(|network| fill(&room, network))
            .collect();
        assert_eq!(taken, [512, 256, 128, 64]);
        assert_eq!(room.free(), 64);
    }

    #[test]
    fn nobody_is_crowded_in_an_empty_room() {
        assert!(Room::new(16).crowded().is_empty());
    }
}
