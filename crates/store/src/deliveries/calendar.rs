//! What goes out when.

use std::str::FromStr;

use postrider_core::Network;
use postrider_core::delivery::{Gate, State};
use postrider_core::ids::{ChannelId, DeliveryId, PostId, ProjectId, UserId};
use postrider_core::post::{Content, ContentType, Mode};

use crate::args;
use crate::db::{Arg, Db};
use crate::error::{Result, StoreError};
use crate::page::{Listed, Page};
use crate::record::{record, shown, statements};
use crate::scope::{Scope, with};

record! {
    /// A delivery in the calendar, with its post's content.
    Entry {
        /// Which.
        id: DeliveryId = id,
        /// Of which post.
        post_id: PostId = id,
        /// In which project.
        project_id: ProjectId = id,
        /// On which channel.
        channel_id: ChannelId = id,
        /// On which network.
        network: Network = id,
        /// The kind of content.
        content_type: ContentType = id,
        /// For the public or as a draft.
        mode: Mode = key,
        /// Where it stands.
        state: State = id,
        /// What approval says.
        gate: Gate = id,
        /// In doubt, and looking was given up.
        waits_for_person: bool = bool,
        /// Its instant, UTC milliseconds.
        due_at: i64 = int,
        /// Address for people.
        permalink: Option<String> = opt_text,
        /// Rises with each change.
        version: i64 = int,
        /// Who wrote the post.
        author_id: UserId = id,
        /// What the post says.
        content: Content = json,
    }
}

statements! {
    // CROSS JOIN keeps SQLite from walking all posts first.
    RANGE = concat!("SELECT d.*, p.author_id, p.content FROM deliveries d CROSS JOIN posts p WHERE p.id = d.post_id AND ", shown!("p"), "
        AND d.project_id = $6 AND ($7 OR d.channel_id IN LIST($8))
        AND d.due_at >= $9 AND d.due_at < $10 AND d.state <> 'canceled'
        AND (d.due_at > $11 OR (d.due_at = $11 AND d.id > $12))
        ORDER BY d.due_at, d.id LIMIT $13");
}

/// The place of an entry in the list: its instant, and among those of one instant its id.
struct Place {
    due_at: i64,
    id: DeliveryId,
}

impl FromStr for Place {
    type Err = StoreError;

    fn from_str(cursor: &str) -> Result<Self> {
        let (due_at, id) = cursor.split_once('.').ok_or(StoreError::BadCursor)?;
        Ok(Place {
            due_at: due_at.parse().map_err(|_| StoreError::BadCursor)?,
            id: id.parse().map_err(|_| StoreError::BadCursor)?,
        })
    }
}

/// A project's deliveries with an instant from `from_ms` on and before `to_ms`, in order; canceled ones left out. With an empty list
/// of channels, those of all.
///
/// # Errors
/// [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn calendar(
    db: &Db,
    scope: &Scope,
    project: ProjectId,
    channels: &[ChannelId],
    from_ms: i64,
    to_ms: i64,
    page: &Page,
) -> Result<Listed<Entry>> {
    // Near even without a cursor: SQLite may begin its search at this bound.
    let after = page.after::<Place>()?.map_or_else(
        || (from_ms.saturating_sub(1), String::new()),
        |place| (place.due_at, place.id.to_string()),
    );
    let mut more = args![project, channels.is_empty()];
    more.push(Arg::list(channels));
    // Not from the beginning again: what stands before the cursor was told.
    more.extend(args![from_ms.max(after.0), to_ms, after.0, after.1]);
    more.push(page.fetch());
    let rows = db.read(RANGE, with(scope.sight(), more)).await?;
    Ok(page.cut(Entry::all(&rows)?, |entry| format!("{}.{}", entry.due_at, entry.id)))
}
