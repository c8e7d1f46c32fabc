//! A channel's line: what went out on it and what is to, around an instant.

use postrider_core::delivery::{Gate, State};
use postrider_core::ids::{ChannelId, DeliveryId, PostId};
use postrider_core::post::{Content, Mode, Overrides};

use crate::args;
use crate::channels;
use crate::db::Db;
use crate::error::Result;
use crate::record::{record, shown, statements};
use crate::scope::{Scope, with};

record! {
    /// A delivery in its channel's line.
    Lined {
        /// Which.
        id: DeliveryId = id,
        /// Of which post.
        post_id: PostId = id,
        /// Where it stands.
        state: State = id,
        /// What approval says.
        gate: Gate = id,
        /// For the public or as a draft.
        mode: Mode = key,
        /// Its instant, UTC milliseconds.
        due_at: Option<i64> = opt_int,
        /// When its first commit call was made, UTC milliseconds.
        first_commit_at: Option<i64> = opt_int,
        /// When the limit that holds it opens, UTC milliseconds.
        deferred_until: Option<i64> = opt_int,
        /// What this channel says otherwise.
        overrides: Overrides = json,
        /// What its post says.
        content: Content = json,
        /// Whether who asks sees the post: if not, it counts, and nothing of it is told.
        in_sight: bool = bool,
    }
}

/// The most rows of a line that are read: four times what fits into its hours in two days.
const ROWS_MAX: i64 = 2_000;

statements! {
    LINE = concat!("SELECT d.id, d.post_id, d.state, d.gate, d.mode, d.due_at, d.first_commit_at, d.deferred_until, d.overrides, p.content,
        CASE WHEN ", shown!("p"), " THEN TRUE ELSE FALSE END AS in_sight
        FROM deliveries d JOIN posts p ON p.id = d.post_id
        WHERE d.channel_id = $6 AND d.state NOT IN ('draft', 'canceled')
        AND ((d.due_at > $7 AND d.due_at < $8) OR (d.first_commit_at > $7 AND d.first_commit_at < $8))
        ORDER BY COALESCE(d.first_commit_at, d.due_at), d.id LIMIT $9");
}

/// What went out on a channel and what is to between two instants (UTC milliseconds), both outside; drafts and canceled ones left out.
/// All of it counts, whoever wrote it: [`Lined::in_sight`] says what may be shown.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the member does not see the channel; [`crate::StoreError::Db`].
pub async fn line(db: &Db, scope: &Scope, channel: ChannelId, after_ms: i64, before_ms: i64) -> Result<Vec<Lined>> {
    channels::get(db, scope, channel).await?;
    let more = args![channel, after_ms, before_ms, ROWS_MAX];
    Lined::all(&db.read(LINE, with(scope.sight(), more)).await?)
}
