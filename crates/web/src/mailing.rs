//! Sends what lies in the outbox of mail. Any server does: each takes one after the other, and none what another has taken.

use std::time::Duration;

use postrider_services::mail::Mailer;

use crate::state::AppState;

/// How often the outbox is looked into.
const PAUSE: Duration = Duration::from_secs(15);

/// Sends what is due, until the server stops; does nothing where no mail server is set up.
pub async fn run(state: AppState) {
    let Some(mailer) = state.config.mail.clone() else { return };
    let mut times = tokio::time::interval(PAUSE);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            _ = times.tick() => {}
        }
        while !state.stopping.is_cancelled() && once(&state, &mailer).await {}
    }
}

/// Sends the next mail; `false` if there is none, or if it could not be seen.
pub async fn once(state: &AppState, mailer: &Mailer) -> bool {
    match mailer.send_next(state.db(), || state.now_ms()).await {
        Ok(sent) => sent,
        Err(error) => {
            tracing::warn!(%error, "the outbox of mail could not be read or written; it is tried again");
            false
        }
    }
}
