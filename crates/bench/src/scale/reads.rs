//! What is read: what the engine and the page's first screens ask the store for.

use anyhow::{Context, bail};
use postrider_store::attempts::history;
use postrider_store::deliveries::calendar;
use postrider_store::page::Page;
use postrider_store::posts::{self, Filter};
use postrider_store::{Db, hot, notifications};

use super::fill::{DAY_MS, RARE, World};

/// How many due deliveries are taken up at once.
const CLAIMED: i64 = 200;
const ROWS: u32 = 50;
const ROWS_OF_A_MONTH: u32 = 200;

/// The names of the reads.
pub const ALL: &[&str] = &[
    "due query",
    "next wake-up",
    "overdue",
    "calendar month",
    "calendar month, last page",
    "wishes of a month",
    "library, first page",
    "library of all projects",
    "library, deep page",
    "search, a few hits",
    "search, everywhere",
    "search, no hit",
    "a post with its history",
    "notices",
    "unread notices",
];

/// Makes one read; answers how many rows came.
///
/// # Errors
/// If the database fails.
pub async fn read(db: &Db, world: &World, name: &str) -> anyhow::Result<usize> {
    let scope = &world.owner;
    let library = |filter: Filter, cursor: Option<String>| async move {
        let page = Page { limit: ROWS, cursor };
        anyhow::Ok(posts::list(db, scope, &filter, &page).await?.items.len())
    };
    let project = Filter {
        project: Some(world.project),
        ..Filter::default()
    };
    let search = |phrase: &str| Filter {
        search: Some(phrase.to_owned()),
        ..project.clone()
    };
    let month = |from_ms: i64| async move {
        let page = Page::first(ROWS_OF_A_MONTH);
        anyhow::Ok(
            calendar(db, scope, world.project, &[], from_ms, from_ms + 30 * DAY_MS, &page)
                .await?
                .items
                .len(),
        )
    };
    Ok(match name {
        "due query" => {
            // Not committed: the next round finds the same ones due.
            let mut tx = db.begin().await?;
            hot::claim(&mut tx, world.now_ms, 60_000, CLAIMED, &[]).await?.len()
        }
        "next wake-up" => usize::from(hot::next_wake(db, &[]).await?.is_some()),
        "overdue" => usize::try_from(hot::overdue(db, world.now_ms).await?.0)?,
        "calendar month" => month(world.now_ms + DAY_MS).await?,
        "calendar month, last page" => {
            let page = Page {
                limit: ROWS_OF_A_MONTH,
                cursor: Some(format!("{}.{}", world.late_in_month_ms, world.a_delivery)),
            };
            let from_ms = world.now_ms + DAY_MS;
            calendar(db, scope, world.project, &[], from_ms, from_ms + 30 * DAY_MS, &page)
                .await?
                .items
                .len()
        }
        "wishes of a month" => {
            let from_ms = world.now_ms + DAY_MS;
            let page = Page::first(ROWS_OF_A_MONTH);
            posts::wished(db, scope, world.project, from_ms, from_ms + 30 * DAY_MS, &page)
                .await?
                .items
                .len()
        }
        "library, first page" => library(project, None).await?,
        "library of all projects" => library(Filter::default(), None).await?,
        "library, deep page" => library(project, Some(world.deep_post.to_string())).await?,
        "search, a few hits" => library(search(RARE), None).await?,
        "search, everywhere" => library(search("from the shop"), None).await?,
        "search, no hit" => library(search("xylophone quartet"), None).await?,
        "a post with its history" => {
            let post = posts::with_deliveries(db, scope, world.a_post).await?;
            let delivery = post.deliveries.first().context("the post has no delivery")?.id;
            let versions = posts::versions(db, scope, world.a_post, &Page::default()).await?;
            let history = history(db, scope, delivery, &Page::default()).await?;
            versions.items.len() + history.attempts.len() + history.steps.items.len()
        }
        "notices" => notifications::list(db, scope.user_id, false, &Page::first(ROWS)).await?.items.len(),
        "unread notices" => usize::try_from(notifications::unread(db, scope.user_id).await?)?,
        other => bail!("there is no read `{other}`"),
    })
}
