//! The library: posts by what they are, where they stand and what they say.

use std::collections::HashMap;

use postrider_core::delivery::PostStatus;
use postrider_core::ids::{ChannelId, PostId, ProjectId, UserId};
use postrider_core::post::ContentType;

use super::{Post, WithDeliveries};
use crate::args;
use crate::db::{Arg, Db};
use crate::deliveries::{self, Delivery};
use crate::error::Result;
use crate::page::{Listed, Page};
use crate::record::{shown, statements};
use crate::scope::{Scope, with};
use crate::search;

/// Which posts are wanted; an empty list or `None` asks nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Ideas without a project only.
    pub ideas: bool,
    /// With one of these derived statuses.
    pub statuses: Vec<PostStatus>,
    /// Of one of these kinds.
    pub content_types: Vec<ContentType>,
    /// With one of these channels.
    pub channels: Vec<ChannelId>,
    /// By one of these people.
    pub authors: Vec<UserId>,
    /// With this label.
    pub label: Option<String>,
    /// With these words in title, text or hashtags.
    pub search: Option<String>,
    /// With an instant (or, without any, a wish) from here on, UTC milliseconds.
    pub from_ms: Option<i64>,
    /// With an instant (or, without any, a wish) before, UTC milliseconds.
    pub to_ms: Option<i64>,
}

/// A post's derived status. The order is that of `core::delivery::post_status`; a test compares the two.
macro_rules! status_of {
    ($post:literal) => {
        concat!(
            "(SELECT CASE
                WHEN COUNT(*) = 0 THEN 'draft'
                WHEN COUNT(CASE WHEN s.state <> 'canceled' THEN 1 END) = 0 THEN 'canceled'
                WHEN COUNT(CASE WHEN s.state = 'failed' THEN 1 END) = COUNT(CASE WHEN s.state <> 'canceled' THEN 1 END) THEN 'failed'
                WHEN COUNT(CASE WHEN s.state IN ('failed', 'published_in_part') THEN 1 END) > 0 THEN 'partially_failed'
                WHEN COUNT(CASE WHEN s.state IN ('missed', 'ready_to_post') OR (s.state = 'in_doubt' AND s.waits_for_person) THEN 1 END) > 0
                    THEN 'action_required'
                WHEN COUNT(CASE WHEN s.state IN ('publishing', 'processing', 'confirming', 'deferred', 'in_doubt') THEN 1 END) > 0
                    THEN 'publishing'
                WHEN COUNT(CASE WHEN s.state IN ('scheduled', 'staging', 'staged') THEN 1 END) > 0 THEN 'scheduled'
                WHEN COUNT(CASE WHEN s.state IN ('published', 'drafted') THEN 1 END) > 0 THEN 'published'
                ELSE 'draft' END
            FROM deliveries s WHERE s.post_id = ",
            $post,
            ".id)"
        )
    };
}

/// Behind every id, in the order of any language.
const AFTER_ALL: &str = "zzzz";

/// A page of posts that meet a condition, by the values of [`list`], and what is asked besides.
macro_rules! list {
    ($from:literal, $of:literal) => {
        concat!(
            $from,
            " WHERE ",
            shown!("p"),
            "
        AND ",
            $of,
            "
        AND (NOT $7 OR p.project_id IS NULL)
        AND ($8 OR p.content_type IN LIST($9))
        AND ($10 OR p.author_id IN LIST($11))
        AND ($12 OR EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.channel_id IN LIST($13)))
        AND (CAST($14 AS TEXT) IS NULL OR p.labels LIKE $14 ESCAPE '\\')
        AND (CAST($15 AS TEXT) IS NULL OR p.search_text LIKE $15 ESCAPE '\\')
        AND ($16 OR (p.wished_at >= $17 AND p.wished_at < $18)
            OR EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.due_at >= $17 AND d.due_at < $18))
        AND p.id < $19
        AND ($20 OR ",
            status_of!("p"),
            " IN LIST($21))
        ORDER BY p.id DESC LIMIT $22"
        )
    };
}

statements! {
    // One by one, so that each begins at the index that fits: SQLite does not look at what a value is.
    OF_PROJECT = list!("SELECT p.* FROM posts p", "p.project_id = $6");
    OF_ORGANIZATION = list!("SELECT p.* FROM posts p", "CAST($6 AS TEXT) IS NULL");
    AMONG = list!(
        "WITH among (id) AS LIST($23) SELECT p.* FROM among CROSS JOIN posts p",
        "p.id = among.id AND (CAST($6 AS TEXT) IS NULL OR p.project_id = $6)"
    );
    WISHED = concat!("SELECT p.* FROM posts p WHERE ", shown!("p"), "
        AND p.project_id = $6 AND p.wished_at >= $7 AND p.wished_at < $8
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.state NOT IN ('draft', 'canceled'))
        AND (CAST($9 AS TEXT) IS NULL OR p.id > $9) ORDER BY p.id LIMIT $10");
}

/// Posts, the newest first, with their deliveries: two queries whatever the number.
///
/// # Errors
/// [`crate::StoreError::BadCursor`]; [`crate::StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, filter: &Filter, page: &Page) -> Result<Listed<WithDeliveries>> {
    let label = filter
        .label
        .as_deref()
        .and_then(|label| serde_json::to_string(label).ok())
        .map(|quoted| format!("%{}%", escape(&quoted)));
    let mut more = args![filter.project, filter.ideas, filter.content_types.is_empty()];
    more.push(Arg::list(&filter.content_types));
    more.push(filter.authors.is_empty().into());
    more.push(Arg::list(&filter.authors));
    more.push(filter.channels.is_empty().into());
    more.push(Arg::list(&filter.channels));
    more.push(label.into());
    let phrase = filter.search.as_deref().filter(|phrase| !phrase.trim().is_empty());
    more.push(phrase.map(search::pattern).into());
    more.push((filter.from_ms.is_none() && filter.to_ms.is_none()).into());
    more.push(filter.from_ms.unwrap_or(i64::MIN).into());
    more.push(filter.to_ms.unwrap_or(i64::MAX).into());
    // Always a bound, so that a page begins where it is, not at the newest.
    more.push(
        page.after::<PostId>()?
            .map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string())
            .into(),
    );
    more.push(filter.statuses.is_empty().into());
    more.push(Arg::list(filter.statuses.iter().map(|status| status.key())));
    more.push(page.fetch());
    let among = match phrase {
        Some(phrase) => search::candidates(db, phrase).await?,
        None => None,
    };
    let sql = match (&among, filter.project) {
        (Some(_), _) => AMONG,
        (None, Some(_)) => OF_PROJECT,
        (None, None) => OF_ORGANIZATION,
    };
    more.extend(among.map(Arg::Texts));
    let rows = db.read_planned(sql, with(scope.sight(), more)).await?;
    let found = page.cut(Post::all(&rows)?, |post| post.id);
    let ids: Vec<PostId> = found.items.iter().map(|post| post.id).collect();
    let mut deliveries: HashMap<PostId, Vec<Delivery>> = HashMap::new();
    for delivery in deliveries::of_posts(db, scope, &ids).await? {
        deliveries.entry(delivery.post_id).or_default().push(delivery);
    }
    let items = found.items.into_iter().map(|post| WithDeliveries {
        deliveries: deliveries.remove(&post.id).unwrap_or_default(),
        post,
    });
    Ok(Listed {
        items: items.collect(),
        next_cursor: found.next_cursor,
    })
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for symbol in text.chars() {
        if matches!(symbol, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(symbol);
    }
    out
}

/// A project's posts that are wished for between two instants and have no time yet, for the calendar.
///
/// # Errors
/// [`crate::StoreError::BadCursor`]; [`crate::StoreError::Db`].
pub async fn wished(db: &Db, scope: &Scope, project: ProjectId, from_ms: i64, to_ms: i64, page: &Page) -> Result<Listed<Post>> {
    let mut more = args![project, from_ms, to_ms];
    more.extend([page.after::<PostId>()?.into(), page.fetch()]);
    let rows = db.read(WISHED, with(scope.sight(), more)).await?;
    Ok(page.cut(Post::all(&rows)?, |post| post.id))
}
