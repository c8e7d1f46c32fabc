//! What the runaway guard stopped: waits for its hour, or the channel is halted. The promise's own statement refuses (see the store); here
//! is found out why.

use postrider_core::delivery::FailureKind;
use postrider_core::guard::{self, ALIKE_POSTS_MAX, BURST_POSTS_MAX, Say};
use postrider_core::ids::NotificationId;
use postrider_provider::{Fault, Next};
use postrider_store::{StoreError, hot};

use super::faults;
use super::run::{End, Run};
use crate::events::Hint;

/// What the guard tells the run's post from others by.
pub fn likeness(run: &Run) -> Option<String> {
    let job = run.job.as_ref()?;
    let files = || job.media.iter().chain(job.parts.iter().flat_map(|part| &part.media));
    guard::likeness(&job.content, |id| {
        files().find(|file| file.asset_id == id).map(|file| file.original_bytes)
    })
}

/// Whether the guard is why a promise was refused. Then the run has ended.
///
/// # Errors
/// If the delivery is not ours any more or the database does not write.
pub async fn stops(run: &mut Run, likeness: Option<&str>) -> Result<bool, End> {
    let now_ms = run.now_ms();
    let watched = match hot::watched(&run.shared.db, run.claimed.channel_id, now_ms).await {
        Ok(watched) => watched,
        Err(error) => {
            tracing::warn!(delivery = %run.claimed.id, %error, "what the guard counts could not be read");
            return Ok(false);
        }
    };
    match guard::say(&watched.made, likeness, watched.lifted_at, now_ms) {
        Say::Go => Ok(false),
        Say::Wait { until_ms } => {
            let fault = Fault::stop(
                FailureKind::Limit,
                "guard.hour",
                format!(
                    "{BURST_POSTS_MAX} posts went out on {} within 60 minutes.",
                    run.claimed.channel_name
                ),
                "It goes out by itself when the hour has room. It can be moved or canceled until then.",
            );
            faults::handle(run, fault.next(Next::Defer { until_ms })).await?;
            Ok(true)
        }
        Say::Halt => {
            if let Err(error) = halt(run, now_ms).await {
                tracing::warn!(channel = %run.claimed.channel_id, %error, "the channel could not be halted");
                return Ok(false);
            }
            // Looked at again, it is held as everything else on the channel.
            run.step_back_until(now_ms).await?;
            Ok(true)
        }
    }
}

async fn halt(run: &Run, now_ms: i64) -> Result<(), StoreError> {
    let (shared, claimed) = (&run.shared, &run.claimed);
    let reason = format!("More than {ALIKE_POSTS_MAX} posts of the same words and files were to go out within 24 hours.");
    let notice = format!(
        "{} is halted. {reason} Look at its last posts, then lift the halt where the channel stands.",
        claimed.channel_name
    );
    let new_notice = || NotificationId::new(now_ms, shared.entropy.ten());
    let mut tx = shared.db.begin().await?;
    let told = hot::halt(&mut tx, claimed.channel_id, &reason, &notice, new_notice, now_ms).await?;
    tx.commit().await?;
    tracing::warn!(channel = %claimed.channel_id, told = told.len(), "the guard halted the channel");
    for kind in ["channel", "notification"] {
        shared.events.send(Hint {
            kind,
            id: claimed.channel_id.to_string(),
            version: 0,
            organization_id: claimed.organization_id,
            project_id: Some(claimed.project_id),
        });
    }
    Ok(())
}
