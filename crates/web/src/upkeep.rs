//! What nobody needs any more is erased from time to time: sessions and keys that are over, connections that were never finished, uploads
//! that were never ended, addresses that networks no longer fetch from; and, once a day, the files of media that was thrown away or left
//! behind. On the same round channels are looked at that nobody has looked at for long, and people are told of those that may not last.

use std::time::Duration;

use postrider_engine::{at_risk, connect};
use postrider_services::media::UploadError;
use postrider_services::media::sweep::{Swept, sweep, sweep_scratch};
use postrider_store::{idempotency_keys, mails, media_addresses, sessions, uploads};

use crate::problem::Answer;
use crate::state::AppState;

/// How often it is looked for.
const PAUSE: Duration = Duration::from_secs(600);
/// How long one server keeps this work without a sign of life, in milliseconds.
const DUTY_MS: i64 = 1_500_000;
/// How long a write's first answer is kept for replays, in milliseconds.
const REPLAY_MS: i64 = 86_400_000;
/// How long what became of a mail is kept, in milliseconds: 30 days.
const MAILS_MS: i64 = 30 * 86_400_000;
/// How many turns pass between two sweeps of the media: a day. Each looks at every file.
const SWEEP_TURNS: u64 = 144;
/// How many uploads are erased at one go.
const UPLOADS_MAX: i64 = 500;

/// Erases what is over, now and every ten minutes, until the server stops; of several servers one does it.
pub async fn run(state: AppState) {
    let mut times = tokio::time::interval(PAUSE);
    for turn in 0_u64.. {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            _ = times.tick() => {}
        }
        let on_duty = state.engine.shared().on_duty("upkeep", DUTY_MS).await;
        if on_duty && once(&state).await.is_err() {
            tracing::warn!("what is over could not all be erased; it is tried again in ten minutes");
        }
        if turn % SWEEP_TURNS == 0 {
            if let Err(error) = sweep_scratch(&state.media, state.now_ms()).await {
                tracing::warn!(%error, "work on media that was never ended could not all be taken away; it is tried again tomorrow");
            }
            if on_duty {
                files(&state).await;
            }
        }
    }
}

/// Erases what is over now. Each kind is tried, whatever became of the others.
///
/// # Errors
/// The first that failed; its cause is in the log.
pub async fn once(state: &AppState) -> Answer<()> {
    let (db, now_ms) = (state.db(), state.now_ms());
    let sessions = sessions::erase_expired(db, now_ms).await;
    let replays = idempotency_keys::erase_old(db, now_ms - REPLAY_MS).await;
    let addresses = media_addresses::erase_over(db, now_ms).await;
    let mail = mails::erase_old(db, now_ms - MAILS_MS).await;
    let unused = connect::end_unused(state.engine.shared()).await;
    let uploads = abandoned(state, now_ms).await;
    let checked = connect::check_due(state.engine.shared(), &state.stopping).await;
    let told = at_risk::tell(state.engine.shared(), state.config.mail.is_some()).await;
    sessions?;
    replays?;
    addresses?;
    mail?;
    unused?;
    uploads?;
    checked?;
    told?;
    Ok(())
}

/// Takes away the files of media that was thrown away or left behind.
pub async fn files(state: &AppState) {
    match sweep(&state.media, state.db(), state.now_ms()).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => tracing::info!(
            assets = swept.assets,
            files = swept.files,
            stuck = swept.stuck,
            "media that nobody needs any more was taken away"
        ),
        Err(error) => tracing::warn!(%error, "media that nobody needs any more could not all be taken away; it is tried again tomorrow"),
    }
}

/// Removes the bytes of uploads that nobody went on with, then their rows; an asset that one became stays.
async fn abandoned(state: &AppState, now_ms: i64) -> Answer<()> {
    for upload in uploads::over(state.db(), now_ms, UPLOADS_MAX).await? {
        match state.media.uploads.discard(upload.id).await {
            Ok(()) => {}
            // Somebody goes on with it just now, which gives it new time.
            Err(UploadError::Busy) => continue,
            // It must not keep the others there.
            Err(error) => {
                tracing::warn!(upload = %upload.id, %error, "the bytes of an upload could not be removed");
                continue;
            }
        }
        let mut tx = state.db().begin().await?;
        uploads::forget(&mut tx, upload.id).await?;
        tx.commit().await?;
    }
    Ok(())
}
