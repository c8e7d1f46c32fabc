//! Periodic work, done by one replica at a time.

use postrider_store::leases;

use crate::shared::Shared;

impl Shared {
    /// Whether this replica does a piece of periodic work now. It keeps the work for so long (milliseconds) unless it asks again; then
    /// another may take it. Where there are no others, it always does.
    ///
    /// By a row, not by an advisory lock: those belong to a session, which a pooler shares out.
    pub async fn on_duty(&self, work: &str, for_ms: i64) -> bool {
        if !self.bell.rings() {
            return true;
        }
        let now_ms = self.now_ms();
        match leases::take(&self.db, work, self.bell.name(), now_ms, now_ms + for_ms).await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::warn!(%error, work, "whose turn a piece of periodic work is could not be read");
                false
            }
        }
    }
}
