//! Where a network publishes by fetching: what it had not fetched when its addresses were taken back, it cannot show (publishing.md rule 15).

use postrider_provider::ports::Withdraw;
use postrider_store::hot::OpenIntent;

use crate::publisher::{DeliveryRun as Run, RunEnd as End, UNFETCHED};

/// Whether the network had fetched nothing of what the call names, and now cannot. A database that was brought back does not know who fetched
/// since its backup.
///
/// # Errors
/// If the delivery is not ours any more or the database does not write.
pub async fn is_sure(run: &mut Run, open: &OpenIntent) -> Result<bool, End> {
    if open.evidence != UNFETCHED || open.there || run.claimed.recovered {
        return Ok(false);
    }
    let ask = Withdraw {
        delivery_id: run.claimed.id,
        intent_id: open.id,
        since_ms: open.stored_at,
        now_ms: run.now_ms(),
    };
    let shared = run.shared.clone();
    let fetched = run.holding(shared.media.withdraw(ask)).await?;
    // Whatever is sent next names other addresses.
    run.job = None;
    match fetched {
        Ok(fetched) => Ok(!fetched),
        Err(fault) => {
            tracing::warn!(delivery = %run.claimed.id, error = %fault, "the addresses of its media could not be taken back");
            Ok(false)
        }
    }
}
