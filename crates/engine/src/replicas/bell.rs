//! What waits to be told to the other replicas.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postrider_core::ids::ChannelId;
use postrider_store::db::PAYLOAD_BYTES_MAX;
use tokio::sync::{Notify, oneshot};

use super::message::{Changed, Message};
use crate::events::Hint;

/// How many hints one telling holds: each takes less than 200 bytes.
const HINTS_MAX: usize = PAYLOAD_BYTES_MAX / 2 / 200;
/// How many channels it holds of each kind: each takes less than 40 bytes.
const CHANNELS_MAX: usize = PAYLOAD_BYTES_MAX / 4 / 40;

#[derive(Default)]
struct Waiting {
    wake: bool,
    /// By kind and id: of what changed often, the last is told.
    changed: BTreeMap<(&'static str, String), Hint>,
    wanted: BTreeSet<ChannelId>,
    freed: BTreeSet<ChannelId>,
    /// Channels under way here that others wait for.
    wanted_by_others: BTreeSet<ChannelId>,
    /// Who waits here for a channel that is under way elsewhere. One for each: the others stand in line behind it.
    waiting_here: HashMap<ChannelId, oneshot::Sender<()>>,
}

/// Gathers what is to be told. On a database of one process it stays silent.
pub struct Bell {
    /// This replica's name; `None` if there are no others.
    name: Option<String>,
    waiting: Mutex<Waiting>,
    rung: Notify,
}

impl Bell {
    /// A bell of a replica of this name, or one that nobody hears.
    pub fn new(name: Option<String>) -> Bell {
        Bell {
            name,
            waiting: Mutex::default(),
            rung: Notify::new(),
        }
    }

    /// Whether somebody may hear it.
    pub fn rings(&self) -> bool {
        self.name.is_some()
    }

    /// This replica's name among the others.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, add: impl FnOnce(&mut Waiting)) {
        if self.rings() {
            add(&mut self.waiting());
            self.rung.notify_one();
        }
    }

    /// Something became due earlier.
    pub fn wake(&self) {
        self.ring(|waiting| waiting.wake = true);
    }

    /// Something changed.
    pub fn changed(&self, hint: &Hint) {
        self.ring(|waiting| {
            waiting.changed.insert((hint.kind, hint.id.clone()), hint.clone());
        });
    }

    /// Waits until another replica's commit on a channel is over, or for so long.
    pub async fn wait_for_lane(&self, channel: ChannelId, most: Duration) {
        let (go, gone) = oneshot::channel();
        self.ring(|waiting| {
            waiting.waiting_here.insert(channel, go);
            waiting.wanted.insert(channel);
        });
        // Whether it was told or not: the caller looks again.
        drop(tokio::time::timeout(most, gone).await);
        self.waiting().waiting_here.remove(&channel);
    }

    /// A commit on a channel is over and stored: who waits elsewhere is told.
    pub fn left_lane(&self, channel: ChannelId) {
        if self.rings() && self.waiting().wanted_by_others.remove(&channel) {
            self.ring(|waiting| {
                waiting.freed.insert(channel);
            });
        }
    }

    /// Another replica waits for a channel under way here.
    pub fn heard_wanted(&self, channel: ChannelId) {
        self.waiting().wanted_by_others.insert(channel);
    }

    /// A channel under way elsewhere is free.
    pub fn heard_free(&self, channel: ChannelId) {
        if let Some(go) = self.waiting().waiting_here.remove(&channel) {
            // Who stopped waiting does not need to know.
            let _ = go.send(());
        }
    }

    /// Resolves when there is something to tell.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }

    /// The next of what is to be told, short enough for one telling; `None` if nothing is left.
    pub fn next_payload(&self) -> Option<String> {
        let mut waiting = self.waiting();
        let mut message = Message {
            from: self.name.clone()?,
            wake: std::mem::take(&mut waiting.wake),
            ..Message::default()
        };
        while message.changed.len() < HINTS_MAX
            && let Some((_, hint)) = waiting.changed.pop_first()
        {
            message.changed.push(Changed::from(&hint));
        }
        let some = |channels: &mut BTreeSet<ChannelId>| {
            let rest = channels.iter().nth(CHANNELS_MAX).copied().map(|first| channels.split_off(&first));
            std::mem::replace(channels, rest.unwrap_or_default()).into_iter().collect()
        };
        message.wanted = some(&mut waiting.wanted);
        message.freed = some(&mut waiting.freed);
        let empty = !message.wake && message.changed.is_empty() && message.wanted.is_empty() && message.freed.is_empty();
        (!empty).then(|| serde_json::to_string(&message).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use postrider_core::ids::{DeliveryId, OrganizationId, ProjectId};

    use super::*;

    fn hint(number: u16, version: i64) -> Hint {
        let [high, low] = number.to_be_bytes();
        Hint {
            kind: "notification",
            id: DeliveryId::new(i64::MAX, [high, low, 0, 0, 0, 0, 0, 0, 0, 0]).to_string(),
            version,
            organization_id: OrganizationId::new(1, [1; 10]),
            project_id: Some(ProjectId::new(1, [2; 10])),
        }
    }

    fn told(bell: &Bell) -> Vec<Message> {
        std::iter::from_fn(|| bell.next_payload())
            .map(|payload| {
                assert!(payload.len() <= PAYLOAD_BYTES_MAX, "{} bytes", payload.len());
                Message::read(&payload).expect("it reads what it writes")
            })
            .collect()
    }

    #[test]
    fn what_came_together_is_told_at_once_and_the_last_of_what_changed_often() {
        let bell = Bell::new(Some("a".to_owned()));
        bell.wake();
        bell.changed(&hint(1, 1));
        bell.changed(&hint(1, 2));
        bell.changed(&hint(2, i64::MAX));
        let told = told(&bell);
        let [message] = told.as_slice() else { panic!("{told:?}") };
        assert!(message.wake && message.from == "a");
        assert_eq!(message.hints().collect::<Vec<_>>(), [hint(1, 2), hint(2, i64::MAX)]);
        assert!(bell.next_payload().is_none());
    }

    #[test]
    fn much_is_told_in_pieces_that_postgresql_takes_and_nothing_is_left_out() {
        let bell = Bell::new(Some("replica".repeat(6)));
        for number in 0..1_000 {
            bell.changed(&hint(number, i64::MAX));
            let [high, low] = number.to_be_bytes();
            let channel = ChannelId::new(i64::from(number), [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
            bell.ring(|waiting| {
                waiting.wanted.insert(channel);
                waiting.freed.insert(channel);
            });
        }
        let told = told(&bell);
        assert_eq!(told.iter().map(|message| message.changed.len()).sum::<usize>(), 1_000);
        assert_eq!(told.iter().map(|message| message.wanted.len()).sum::<usize>(), 1_000);
        assert_eq!(told.iter().map(|message| message.freed.len()).sum::<usize>(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_lane_goes_on_when_it_hears_that_it_is_free() {
        let (here, there) = (Bell::new(Some("here".to_owned())), Bell::new(Some("there".to_owned())));
        let channel = ChannelId::new(1, [1; 10]);
        let began = tokio::time::Instant::now();
        {
            let mut waits = std::pin::pin!(here.wait_for_lane(channel, Duration::from_secs(60)));
            assert!(futures::poll!(waits.as_mut()).is_pending());
            assert_eq!(told(&here)[0].wanted, [channel]);
            there.heard_wanted(channel);
            there.left_lane(channel);
            assert_eq!(told(&there)[0].freed, [channel]);
            there.left_lane(channel);
            assert!(there.next_payload().is_none(), "nobody waits any more");
            here.heard_free(channel);
            waits.await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        here.wait_for_lane(channel, Duration::from_secs(2)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(2), "who is not told looks by itself");
    }

    #[test]
    fn where_there_is_nobody_else_nothing_is_gathered() {
        let bell = Bell::new(None);
        bell.wake();
        bell.changed(&hint(1, 1));
        assert!(bell.next_payload().is_none());
        assert!(bell.waiting().changed.is_empty());
    }
}
