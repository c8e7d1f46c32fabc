//! What is known of the database outside of it.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// How far the database had come when it was last seen. Later ones are greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// When it was begun or last recovered, UTC milliseconds.
    pub incarnation: i64,
    /// How often its heart had beaten.
    pub beat: i64,
}

/// Keeps the mark where no backup of the database brings it back.
pub trait Witness: Send + Sync {
    /// The mark, if there is one yet.
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>>;
    /// Keeps a mark, durably.
    fn write(&self, mark: Mark) -> BoxFuture<'_, std::io::Result<()>>;
}

/// None: a database that was brought back by other means than `postrider restore` is not noticed.
pub struct NoWitness;

impl Witness for NoWitness {
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>> {
        async { Ok(None) }.boxed()
    }

    fn write(&self, _: Mark) -> BoxFuture<'_, std::io::Result<()>> {
        async { Ok(()) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn who_was_recovered_later_is_ahead_however_often_the_other_beat() {
        let old = Mark { incarnation: 1, beat: 900 };
        let recovered = Mark { incarnation: 2, beat: 3 };
        assert!(recovered > old);
        assert!(Mark { beat: 901, ..old } > old);
    }
}
