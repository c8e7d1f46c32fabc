//! The calendar of a project.

use axum::Json;
use axum::extract::State;
use postrider_core::ids::{PostId, ProjectId};
use postrider_core::permission::Action;
use postrider_store::posts::{self, WithDeliveries};
use postrider_store::scope::Object;
use postrider_store::{deliveries, page, projects};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::calendar::{CalendarEntry, CalendarQuery, RANGE_DAYS_MAX};
use crate::dto::page::LIMIT_MAX;
use crate::dto::post::excerpt;
use crate::dto::{Instant, Page};
use crate::extract::{Asked, Id};
use crate::problem::{Answer, Code};
use crate::state::AppState;
use crate::views::Views;

const DAY_MS: i64 = 86_400_000;
/// Before the cursor of drafts, which follow after everything with a time.
const DRAFTS: &str = "drafts.";

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/projects/{id}/calendar",
        door(
            "calendar",
            Who::May(Action::PlannerOpen),
            "What stands in a range of days, by its instant.",
        )
        .asks::<CalendarQuery>()
        .gives::<Page<CalendarEntry>>(200),
        range,
    );
}

async fn range(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Asked(asked): Asked<CalendarQuery>,
) -> Answer<Json<Page<CalendarEntry>>> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let (from_ms, to_ms) = (asked.from.0, asked.to.0);
    if to_ms <= from_ms || to_ms - from_ms > RANGE_DAYS_MAX * DAY_MS {
        return Err(Code::Query
            .because(format!("`to` is after `from`, and at most {RANGE_DAYS_MAX} days after it."))
            .field("to"));
    }
    let limit = asked.limit.unwrap_or(LIMIT_MAX).clamp(1, LIMIT_MAX);
    let drafts_cursor = asked
        .cursor
        .as_deref()
        .and_then(|cursor| cursor.strip_prefix(DRAFTS))
        .map(str::to_owned);

    let (mut spots, mut next_cursor) = (Vec::new(), None);
    if drafts_cursor.is_none() {
        let page = page::Page {
            limit,
            cursor: asked.cursor.clone(),
        };
        let channels: Vec<_> = asked.channel_id.into_iter().collect();
        let due = deliveries::calendar(state.db(), &scope, id, &channels, from_ms, to_ms, &page).await?;
        for entry in due.items {
            // Deliveries of one post at one instant share a spot.
            match spots
                .iter_mut()
                .find(|spot: &&mut Spot| spot.post == entry.post_id && spot.at_ms == entry.due_at)
            {
                Some(spot) => spot.deliveries.push(entry.id),
                None => spots.push(Spot {
                    post: entry.post_id,
                    at_ms: entry.due_at,
                    binding: true,
                    deliveries: vec![entry.id],
                }),
            }
        }
        next_cursor = due.next_cursor;
    }
    if next_cursor.is_none() && asked.channel_id.is_none() {
        let page = page::Page {
            limit,
            cursor: drafts_cursor,
        };
        let wished = posts::wished(state.db(), &scope, id, from_ms, to_ms, &page).await?;
        let at_hand: Vec<PostId> = spots.iter().map(|spot| spot.post).collect();
        for post in wished.items.into_iter().filter(|post| !at_hand.contains(&post.id)) {
            spots.push(Spot {
                post: post.id,
                at_ms: post.wished_at.unwrap_or(post.created_at),
                binding: false,
                deliveries: Vec::new(),
            });
        }
        next_cursor = wished.next_cursor.map(|cursor| format!("{DRAFTS}{cursor}"));
    }

    let mut rows: Vec<WithDeliveries> = Vec::new();
    for spot in &spots {
        if !rows.iter().any(|row| row.post.id == spot.post) {
            rows.push(posts::with_deliveries(state.db(), &scope, spot.post).await?);
        }
    }
    let views = Views::of(&state, &scope, &rows).await?;
    let items = spots
        .iter()
        .filter_map(|spot| {
            let row = rows.iter().find(|row| row.post.id == spot.post)?;
            let here = row
                .deliveries
                .iter()
                .filter(|delivery| !spot.binding || spot.deliveries.contains(&delivery.id));
            let binding = spot.binding
                && here
                    .clone()
                    .any(|delivery| delivery.state != postrider_core::delivery::State::Draft);
            Some(CalendarEntry {
                post_id: row.post.id,
                project_id: row.post.project_id,
                title: excerpt(&row.post.content),
                content_type: row.post.content.content_type,
                status: row.status(),
                at: Instant(spot.at_ms),
                binding,
                deliveries: here.filter_map(|delivery| views.delivery(&row.post, delivery)).collect(),
            })
        })
        .filter(|entry| asked.content_type.is_none_or(|kind| kind == entry.content_type))
        .filter(|entry| asked.status.is_none_or(|status| status == entry.status))
        .collect();
    Ok(Json(Page { items, next_cursor }))
}

/// A post at an instant.
struct Spot {
    post: PostId,
    at_ms: i64,
    binding: bool,
    deliveries: Vec<postrider_core::ids::DeliveryId>,
}
