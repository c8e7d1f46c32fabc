//! What the database was asked for last, for whoever asks soon after: readiness and figures are anybody's to read as often as he likes,
//! and must not be a way to keep the database busy.

use tokio::sync::Mutex;

/// The last answer, and when it came, UTC milliseconds. That there was none is kept as well: a database that hangs is waited for by one
/// at a time, and all who waited meanwhile hear of the same.
pub struct Kept<T>(Mutex<Option<(i64, Option<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(None))
    }
}

impl<T: Clone> Kept<T> {
    /// The last answer if it came within so many milliseconds; else a new one is asked for, by one for all who wait.
    pub async fn within(&self, age_ms_max: i64, now_ms: impl Fn() -> i64, ask: impl Future<Output = Option<T>>) -> Option<T> {
        let mut kept = self.0.lock().await;
        let age_ms = kept.as_ref().map(|(at_ms, _)| now_ms() - at_ms);
        if let Some((_, answer)) = kept.as_ref()
            && age_ms.is_some_and(|age_ms| (0..age_ms_max).contains(&age_ms))
        {
            return answer.clone();
        }
        let answer = ask.await;
        *kept = Some((now_ms(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_cost_one_question_in_its_time() {
        let (kept, now_ms, asked) = (Kept::default(), AtomicI64::new(0), AtomicUsize::new(0));
        let ask = || {
            kept.within(1_000, || now_ms.load(Ordering::Relaxed), async {
                tokio::task::yield_now().await;
                let number = asked.fetch_add(1, Ordering::Relaxed);
                // The third question is not answered.
                (number != 2).then_some(number)
            })
        };
        let all = || futures::future::join_all((0..50).map(|_| ask()));
        assert_eq!(all().await, vec![Some(0); 50]);
        now_ms.store(999, Ordering::Relaxed);
        assert_eq!(ask().await, Some(0));
        now_ms.store(1_000, Ordering::Relaxed);
        assert_eq!(all().await, vec![Some(1); 50]);
        now_ms.store(2_000, Ordering::Relaxed);
        assert_eq!(all().await, vec![None; 50], "who waits for what does not answer does not ask again");
        // A clock that was set back makes nothing last.
        now_ms.store(500, Ordering::Relaxed);
        assert_eq!(ask().await, Some(3));
    }
}
