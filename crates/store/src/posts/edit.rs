//! Changing a post, and throwing it away.

use postrider_core::delivery::{Event, State};
use postrider_core::ids::{PostId, ProjectId};
use postrider_core::post::Content;

use super::{Post, add_version, hold};
use crate::args;
use crate::db::{Arg, Tx};
use crate::deliveries::{self, Acting, Ask};
use crate::error::{Result, StoreError};
use crate::record::statements;
use crate::scope::Scope;
use crate::{projects, search};

/// What of a post is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What it says, whole.
    pub content: Option<Content>,
    /// Labels, whole.
    pub labels: Option<Vec<String>>,
    /// When it is wished for (UTC milliseconds), or that it no longer is.
    pub wished_at: Option<Option<i64>>,
}

statements! {
    UPDATE = "UPDATE posts SET version = version + 1, content_type = $3, content = $4, labels = $5, search_text = $6, wished_at = $7,
        updated_at = $8 WHERE id = $1 AND version = $2 AND deleted_at IS NULL RETURNING *";
    RETYPE = "UPDATE deliveries SET content_type = $2 WHERE post_id = $1
        AND state NOT IN ('published', 'drafted', 'canceled', 'published_in_part', 'ready_to_post')";
    ASSIGN = "UPDATE posts SET version = version + 1, project_id = $3, updated_at = $4
        WHERE id = $1 AND version = $2 AND deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = posts.id)
        RETURNING *";
    DELETE = "UPDATE posts SET version = version + 1, deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL";
}

/// Whether a delivery takes no part in what is done to its post any more.
const fn at_rest(state: State) -> bool {
    matches!(
        state,
        State::Published | State::Drafted | State::Canceled | State::PublishedInPart | State::ReadyToPost
    )
}

/// Changes a post that was read with `version`. Another content begins a version, and every delivery that still is to go out
/// is staged anew; what has gone out is left as it is.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if it has another version by now; [`StoreError::Refused`] if a delivery of it
/// is on its way; [`StoreError::Db`].
pub async fn edit(tx: &mut Tx, scope: &Scope, id: PostId, version: i64, change: Change, acting: &Acting<'_>) -> Result<Post> {
    let post = hold(tx, scope, id).await?;
    if post.version != version {
        return Err(StoreError::Conflict);
    }
    let content = change.content.unwrap_or_else(|| post.content.clone());
    let rewritten = content != post.content;
    if rewritten {
        let ask = Ask {
            detail: "The post was changed.".to_owned(),
            ..Ask::default()
        };
        for delivery in deliveries::held_of_post(tx, id).await? {
            if !at_rest(delivery.state) {
                deliveries::act(tx, scope, delivery.id, Event::Edit, &ask, acting).await?;
            }
        }
        tx.run(RETYPE, args![id, content.content_type]).await?;
    }
    let values = args![
        id,
        version,
        content.content_type,
        Arg::json(&content),
        Arg::json(&change.labels.unwrap_or_else(|| post.labels.clone())),
        search::text_of(&content),
        change.wished_at.unwrap_or(post.wished_at),
        acting.now_ms,
    ];
    let row = tx.optional(UPDATE, values).await?.ok_or(StoreError::Conflict)?;
    let post = Post::of(&row)?;
    if rewritten {
        add_version(tx, scope, &post, acting.now_ms).await?;
    }
    Ok(post)
}

/// Gives an idea a project, or a post without channels another one.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if it has another version by now, or channels; [`StoreError::Db`].
pub async fn assign(tx: &mut Tx, scope: &Scope, id: PostId, version: i64, project: ProjectId, now_ms: i64) -> Result<Post> {
    hold(tx, scope, id).await?;
    projects::held(tx, scope, project).await?;
    let row = tx.optional(ASSIGN, args![id, version, project, now_ms]).await?;
    Post::of(&row.ok_or(StoreError::Conflict)?)
}

/// Throws a post away here; at the networks nothing is deleted. What still is to go out is called off.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if it has another version than expected; [`StoreError::Refused`] while a
/// delivery of it is on its way; [`StoreError::Db`].
pub async fn delete(tx: &mut Tx, scope: &Scope, id: PostId, version: Option<i64>, acting: &Acting<'_>) -> Result<()> {
    let post = hold(tx, scope, id).await?;
    if version.is_some_and(|version| version != post.version) {
        return Err(StoreError::Conflict);
    }
    let ask = Ask {
        detail: "The post was deleted.".to_owned(),
        ..Ask::default()
    };
    for delivery in deliveries::held_of_post(tx, id).await? {
        let publishing = matches!(delivery.state, State::Publishing | State::Processing);
        if publishing {
            return Err(postrider_core::delivery::Refusal::TooLate.into());
        }
        if !at_rest(delivery.state) || delivery.state == State::ReadyToPost {
            deliveries::act(tx, scope, delivery.id, Event::Cancel, &ask, acting).await?;
        }
    }
    tx.run(DELETE, args![id, acting.now_ms]).await?;
    Ok(())
}
