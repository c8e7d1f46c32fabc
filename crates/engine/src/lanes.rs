//! Order within a channel: of the deliveries that are ready for their commit, one at a time, earliest instant first. The same for those that
//! are looked for: the earlier stores first what was found.
//!
//! This is the order inside one process. Between processes the store lets in one promise under way on a channel (`intents_lane`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::ids::{ChannelId, DeliveryId};
use tokio::sync::oneshot;

/// By instant; the number tells two runs at one delivery apart, of which the first lost its lease.
type Key = (i64, DeliveryId, u64);

#[derive(Default)]
struct Lane {
    busy: bool,
    /// Everyone who will commit on this channel, or is looked for there; a sender once it is ready to.
    line: BTreeMap<Key, Option<oneshot::Sender<()>>>,
}

impl Lane {
    /// Lets the first in line go, if it is ready and nobody is under way.
    fn advance(&mut self) {
        while !self.busy {
            let Some(mut first) = self.line.first_entry() else { return };
            let Some(go) = first.get_mut().take() else { return };
            first.remove();
            self.busy = go.send(()).is_ok();
        }
    }
}

/// The lanes of all channels.
#[derive(Clone, Default)]
pub struct Lanes {
    lanes: Arc<Mutex<HashMap<ChannelId, Lane>>>,
    places: Arc<AtomicU64>,
}

/// A place in line. Dropping it leaves the line, or the lane if it was entered.
pub struct Place {
    lanes: Lanes,
    channel: ChannelId,
    key: Key,
    entered: bool,
}

impl Lanes {
    /// Takes a place in a channel's line by the delivery's instant (UTC milliseconds), before it is ready.
    pub fn line_up(&self, channel: ChannelId, due_at_ms: i64, delivery: DeliveryId) -> Place {
        let key = (due_at_ms, delivery, self.places.fetch_add(1, Ordering::Relaxed));
        self.with(|lanes| lanes.entry(channel).or_default().line.insert(key, None));
        Place {
            lanes: self.clone(),
            channel,
            key,
            entered: false,
        }
    }

    /// Whether a commit of this process is under way on a channel.
    pub fn is_busy(&self, channel: ChannelId) -> bool {
        self.with(|lanes| lanes.get(&channel).is_some_and(|lane| lane.busy))
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashMap<ChannelId, Lane>) -> T) -> T {
        change(&mut self.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Place {
    /// Whether nobody stands before it and nobody is under way.
    pub fn leads(&self) -> bool {
        self.lanes.with(|lanes| {
            let lane = lanes.get(&self.channel);
            lane.is_some_and(|lane| !lane.busy && lane.line.first_key_value().is_some_and(|(first, _)| *first == self.key))
        })
    }

    /// Waits until everyone with an earlier instant has gone and nobody is under way.
    pub async fn enter(&mut self) {
        if self.entered {
            return;
        }
        let (go, went) = oneshot::channel();
        self.lanes.with(|lanes| {
            let lane = lanes.entry(self.channel).or_default();
            lane.line.insert(self.key, Some(go));
            lane.advance();
        });
        // The sender lives in the line until it is used or this place is dropped.
        self.entered = went.await.is_ok();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lanes.with(|lanes| {
            if let Some(lane) = lanes.get_mut(&self.channel) {
                // Whoever is no longer in line was let go, even if it was dropped before it noticed.
                if lane.line.remove(&self.key).is_none() {
                    lane.busy = false;
                }
                lane.advance();
                if lane.line.is_empty() && !lane.busy {
                    lanes.remove(&self.channel);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn channel() -> ChannelId {
        ChannelId::new(1, [1; 10])
    }

    fn delivery(n: u8) -> DeliveryId {
        DeliveryId::new(1, [n; 10])
    }

    #[test]
    fn the_earlier_instant_goes_first_whoever_is_ready_first() {
        let lanes = Lanes::default();
        let mut late = lanes.line_up(channel(), 20, delivery(1));
        let mut early = lanes.line_up(channel(), 10, delivery(2));
        assert!(early.leads() && !late.leads());
        {
            let mut late_enters = Box::pin(late.enter());
            assert!(late_enters.as_mut().now_or_never().is_none());
            assert!(early.enter().now_or_never().is_some());
            assert!(late_enters.as_mut().now_or_never().is_none());
            drop(early);
            assert!(late_enters.as_mut().now_or_never().is_some());
        }
        drop(late);
        assert!(lanes.with(|all| all.is_empty()));
    }

    #[test]
    fn one_that_gives_up_does_not_hold_up_the_others() {
        let lanes = Lanes::default();
        let first = lanes.line_up(channel(), 10, delivery(1));
        let mut second = lanes.line_up(channel(), 20, delivery(2));
        drop(first);
        assert!(second.enter().now_or_never().is_some());
    }

    #[test]
    fn channels_do_not_wait_for_each_other() {
        let lanes = Lanes::default();
        let mut here = lanes.line_up(channel(), 10, delivery(1));
        let mut there = lanes.line_up(ChannelId::new(2, [2; 10]), 20, delivery(2));
        assert!(here.enter().now_or_never().is_some());
        assert!(there.enter().now_or_never().is_some());
    }

    #[test]
    fn a_second_run_at_a_delivery_does_not_put_the_first_ones_lane_in_disorder() {
        let lanes = Lanes::default();
        let mut under_way = lanes.line_up(channel(), 10, delivery(1));
        assert!(under_way.enter().now_or_never().is_some());
        let slept = lanes.line_up(channel(), 20, delivery(2));
        let mut awake = lanes.line_up(channel(), 20, delivery(2));
        drop(slept);
        let mut enters = Box::pin(awake.enter());
        assert!(enters.as_mut().now_or_never().is_none(), "somebody is under way");
        drop(under_way);
        assert!(enters.as_mut().now_or_never().is_some());
    }
}
