//! Lists of an account that were read just now, for all deliveries of it that are looked for: after a recovery there may be thousands on
//! one channel, and each would read the same pages again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::ids::ChannelId;
use postrider_provider::{Answer, Request};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// How long a page is of use, milliseconds.
const FRESH_MS: i64 = 60_000;

/// Pages by channel.
#[derive(Default)]
pub struct Recalled {
    channels: Mutex<HashMap<ChannelId, Arc<Turn<Pages>>>>,
}

/// The pages of one account's lists.
#[derive(Default)]
pub struct Pages(Vec<(Request, Answer)>);

impl Recalled {
    /// Waits for the turn on a channel's pages: who finds none reads them, for those who wait.
    pub fn turn(&self, channel: ChannelId) -> impl Future<Output = OwnedMutexGuard<Pages>> + use<> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let pages = channels.entry(channel).or_default().clone();
        drop(channels);
        pages.lock_owned()
    }

    /// Forgets the channels whose pages nobody waits for and that are of no use any more.
    pub fn forget_old(&self, now_ms: i64) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, pages| match pages.try_lock() {
            Ok(mut held) => {
                held.0.retain(|(_, answer)| now_ms - answer.at_ms <= FRESH_MS);
                !held.0.is_empty() || Arc::strong_count(pages) > 1
            }
            Err(_) => true,
        });
    }
}

impl Pages {
    /// The answer to a request that was asked at `since_ms` or later and still is of use.
    pub fn answer(&self, request: &Request, since_ms: i64, now_ms: i64) -> Option<Answer> {
        let fresh = |answer: &Answer| answer.at_ms >= since_ms && now_ms - answer.at_ms <= FRESH_MS;
        self.0
            .iter()
            .find(|(asked, answer)| asked == request && fresh(answer))
            .map(|(_, answer)| answer.clone())
    }

    /// Keeps a good answer.
    pub fn keep(&mut self, request: Request, answer: Answer) {
        if answer.ok() {
            self.0
                .retain(|(asked, old)| *asked != request && answer.at_ms - old.at_ms <= FRESH_MS);
            self.0.push((request, answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_334_400_000;

    fn page(at_ms: i64, status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            at_ms,
        }
    }

    #[tokio::test]
    async fn a_page_serves_who_may_take_one_so_old_and_goes_when_it_is_stale() {
        let recalled = Recalled::default();
        let channel = ChannelId::new(NOW_MS, [0; 10]);
        let (first, second) = (
            Request::get("list", "https://a.example/1"),
            Request::get("list", "https://a.example/2"),
        );
        let mut pages = recalled.turn(channel).await;
        pages.keep(first.clone(), page(NOW_MS, 200));
        pages.keep(second.clone(), page(NOW_MS, 500));
        assert!(pages.answer(&first, NOW_MS, NOW_MS + FRESH_MS).is_some());
        assert!(pages.answer(&first, NOW_MS + 1, NOW_MS + 1).is_none(), "older than asked for");
        assert!(pages.answer(&first, NOW_MS, NOW_MS + FRESH_MS + 1).is_none(), "stale");
        assert!(pages.answer(&second, 0, NOW_MS).is_none(), "no good answer");
        drop(pages);
        recalled.forget_old(NOW_MS + FRESH_MS);
        assert_eq!(recalled.channels.lock().unwrap().len(), 1);
        recalled.forget_old(NOW_MS + FRESH_MS + 1);
        assert!(recalled.channels.lock().unwrap().is_empty());
    }
}
