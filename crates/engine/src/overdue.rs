//! Tells people that something is overdue, and that it no longer is. Apart from the scheduler: one that stands still tells nobody.

use std::sync::Arc;
use std::time::Duration;

use postrider_core::ids::NotificationId;
use postrider_store::overdue::{self, Overdue, Whose};
use postrider_store::{StoreError, Tx};
use tokio_util::sync::CancellationToken;

use crate::events::Hint;
use crate::shared::Shared;

/// How late something is before people are told, milliseconds.
pub const TOLD_AFTER_MS: i64 = 60_000;
/// How often it is looked for.
const PAUSE: Duration = Duration::from_secs(15);

/// Looks until it is stopped.
pub async fn watch(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = look(&shared).await {
            tracing::warn!(%error, "what is overdue could not be looked for");
        }
    }
}

/// Looks now: begins the spells that began, ends those that are over.
///
/// # Errors
/// If the database fails.
pub async fn look(shared: &Shared) -> Result<(), StoreError> {
    let now_ms = shared.now_ms();
    let mut all = overdue::by_project(&shared.db, now_ms, now_ms - TOLD_AFTER_MS).await?;
    if let Some(oldest) = all.iter().map(|overdue| overdue.oldest).min() {
        let deliveries = all.iter().map(|overdue| overdue.deliveries).sum();
        tracing::warn!(
            deliveries,
            oldest_ms = now_ms - oldest,
            "posts are overdue and nothing was done about them"
        );
        all.push(Overdue {
            whose: Whose::Installation,
            deliveries,
            oldest,
        });
    }
    let mut over = overdue::open(&shared.db).await?;
    let mut begun = all.clone();
    begun.retain(|overdue| !overdue::is_among(overdue.whose, &over));
    over.retain(|scope| {
        !all.iter()
            .any(|overdue| overdue::is_among(overdue.whose, std::slice::from_ref(scope)))
    });
    if begun.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut tx: Tx = shared.db.begin().await?;
    let new_id = || NotificationId::new(now_ms, shared.entropy.ten());
    let mut told = Vec::new();
    for overdue in &begun {
        if overdue::begin(&mut tx, overdue, now_ms, &new_id).await? > 0 {
            told.push(overdue.whose);
        }
    }
    for scope in &over {
        overdue::end(&mut tx, scope, now_ms).await?;
    }
    tx.commit().await?;
    for whose in told {
        if let Whose::Project(organization_id, project_id) = whose {
            shared.events.send(Hint {
                kind: "notification",
                id: project_id.to_string(),
                version: now_ms,
                organization_id,
                project_id: Some(project_id),
            });
        }
    }
    Ok(())
}
