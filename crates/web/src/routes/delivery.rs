//! Deliveries, one channel of a post each.

use axum::Json;
use axum::extract::State;
use postrider_core::delivery::Event;
use postrider_core::ids::{DeliveryId, PostId};
use postrider_core::permission::Action;
use postrider_store::attempts::{self, Step};
use postrider_store::deliveries::{self, Ask, Delivery};
use postrider_store::posts::{self, WithDeliveries};
use postrider_store::scope::{Object, Scope};
use url::Url;

use crate::acting::act;
use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::delivery::{AttemptView, DeliveryView, HistoryView, MarkPosted, ResolveInput, StepView};
use crate::dto::{Instant, Page, PageQuery};
use crate::extract::{Asked, Id, Json as Body};
use crate::posting::acts;
use crate::problem::{Answer, Refused};
use crate::state::AppState;
use crate::trail;
use crate::views::Views;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let see = Who::May(Action::DeliveryRead);
    api.get(
        "/posts/{id}/deliveries",
        door("list_deliveries", see, "The deliveries of a post.")
            .asks::<PageQuery>()
            .gives::<Page<DeliveryView>>(200),
        list,
    );
    api.get(
        "/deliveries/{id}",
        door("delivery", see, "One delivery.").gives::<DeliveryView>(200),
        read,
    );
    api.get(
        "/deliveries/{id}/history",
        door("history", see, "Each attempt, each step, when, how long, what was answered.")
            .asks::<PageQuery>()
            .gives::<HistoryView>(200),
        history,
    );
    api.post(
        "/deliveries/{id}/retry",
        door("retry_delivery", Who::May(Action::DeliveryRetry), "Tries it again.").gives::<DeliveryView>(200),
        retry,
    );
    api.post(
        "/deliveries/{id}/cancel",
        door("cancel_delivery", Who::May(Action::DeliveryCancel), "Calls it off.").gives::<DeliveryView>(200),
        cancel,
    );
    api.post(
        "/deliveries/{id}/resolve",
        door(
            "resolve_delivery",
            Who::May(Action::DeliveryResolve),
            "Says of one in doubt: it is there, or it is not and is to be published if it may be.",
        )
        .takes::<ResolveInput>()
        .gives::<DeliveryView>(200),
        resolve,
    );
    api.post(
        "/deliveries/{id}/mark-posted",
        door("mark_posted", Who::May(Action::DeliveryMarkPosted), "Says that a person posted it.")
            .takes::<MarkPosted>()
            .gives::<DeliveryView>(200),
        mark_posted,
    );
}

async fn row_of(state: &AppState, scope: &Scope, delivery: Delivery) -> Answer<WithDeliveries> {
    Ok(WithDeliveries {
        post: posts::get(state.db(), scope, delivery.post_id).await?,
        deliveries: vec![delivery],
    })
}

async fn view(state: &AppState, scope: &Scope, delivery: Delivery) -> Answer<DeliveryView> {
    let row = row_of(state, scope, delivery).await?;
    let views = Views::of(state, scope, std::slice::from_ref(&row)).await?;
    row.deliveries
        .first()
        .and_then(|delivery| views.delivery(&row.post, delivery))
        .ok_or_else(Refused::not_found)
}

async fn list(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    Asked(asked): Asked<PageQuery>,
) -> Answer<Json<Page<DeliveryView>>> {
    let scope = asker.at(Object::Post(id)).await?;
    let row = posts::with_deliveries(state.db(), &scope, id).await?;
    let views = Views::of(&state, &scope, std::slice::from_ref(&row)).await?;
    let limit = crate::dto::page::bounded(asked.limit) as usize;
    let after: Option<DeliveryId> = asked.after()?;
    let mut rest = row
        .deliveries
        .iter()
        .filter(|delivery| after.is_none_or(|after| delivery.id > after));
    let items: Vec<DeliveryView> = rest
        .by_ref()
        .take(limit)
        .filter_map(|delivery| views.delivery(&row.post, delivery))
        .collect();
    let next_cursor = rest.next().and(items.last()).map(|last| last.id.to_string());
    Ok(Json(Page { items, next_cursor }))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<DeliveryId>) -> Answer<Json<DeliveryView>> {
    let scope = asker.at(Object::Delivery(id)).await?;
    let delivery = deliveries::get(state.db(), &scope, id).await?;
    Ok(Json(view(&state, &scope, delivery).await?))
}

async fn history(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<DeliveryId>,
    Asked(asked): Asked<PageQuery>,
) -> Answer<Json<HistoryView>> {
    let scope = asker.at(Object::Delivery(id)).await?;
    let delivery = deliveries::get(state.db(), &scope, id).await?;
    let found = attempts::history(state.db(), &scope, id, &asked.into()).await?;
    let of = |attempt: &str| -> Vec<StepView> {
        found
            .steps
            .items
            .iter()
            .filter(|step| step.attempt_id == attempt)
            .map(step)
            .collect()
    };
    let mut told: Vec<AttemptView> = found
        .attempts
        .iter()
        .map(|attempt| AttemptView {
            id: Some(attempt.id),
            started_at: Some(Instant(attempt.started_at)),
            ended_at: attempt.ended_at.map(Instant),
            outcome: attempt.outcome.clone(),
            steps: of(&attempt.id.to_string()),
        })
        .collect();
    let outside = of("");
    if !outside.is_empty() {
        told.push(AttemptView {
            id: None,
            started_at: outside.first().map(|step| step.started_at),
            ended_at: None,
            outcome: None,
            steps: outside,
        });
    }
    told.sort_by_key(|attempt| std::cmp::Reverse(attempt.started_at));
    Ok(Json(HistoryView {
        delivery: view(&state, &scope, delivery).await?,
        attempts: told,
        next_cursor: found.steps.next_cursor,
    }))
}

fn step(row: &Step) -> StepView {
    StepView {
        id: row.id,
        label: row.label.clone(),
        kind: row.kind.clone(),
        started_at: Instant(row.started_at),
        ended_at: row.ended_at.map(Instant),
        took_ms: row.ended_at.map(|end| end - row.started_at),
        http_status: row.http_status,
        outcome: row.outcome.clone(),
        detail: row.detail.clone(),
    }
}

/// Does one thing to one delivery.
async fn run(state: &AppState, asker: &Asker, id: DeliveryId, event: Event, ask: Ask, name: &str) -> Answer<Json<DeliveryView>> {
    let scope = asker.at(Object::Delivery(id)).await?;
    let row = row_of(state, &scope, deliveries::get(state.db(), &scope, id).await?).await?;
    asker.may(&scope, row.post.author_id)?;
    let delivery = row.deliveries.first().ok_or_else(Refused::not_found)?;
    acts::ready(state, &scope, &row, &[delivery], event).await?;
    let told = trail::line(state, &scope, asker, name, id, serde_json::json!({}));
    let done = act(state, &scope, delivery, event, &ask, &told).await?;
    Ok(Json(view(state, &scope, done).await?))
}

async fn retry(State(state): State<AppState>, asker: Asker, Id(id): Id<DeliveryId>) -> Answer<Json<DeliveryView>> {
    run(&state, &asker, id, Event::Retry, Ask::default(), "delivery.retry").await
}

async fn cancel(State(state): State<AppState>, asker: Asker, Id(id): Id<DeliveryId>) -> Answer<Json<DeliveryView>> {
    run(&state, &asker, id, Event::Cancel, Ask::default(), "delivery.cancel").await
}

async fn resolve(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<DeliveryId>,
    Body(asked): Body<ResolveInput>,
) -> Answer<Json<DeliveryView>> {
    let event = if asked.there { Event::ResolveThere } else { Event::ResolveAbsent };
    let ask = Ask {
        permalink: address("permalink", asked.permalink.filter(|_| asked.there))?,
        ..Ask::default()
    };
    run(&state, &asker, id, event, ask, "delivery.resolve").await
}

async fn mark_posted(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<DeliveryId>,
    Body(asked): Body<MarkPosted>,
) -> Answer<Json<DeliveryView>> {
    let ask = Ask {
        permalink: address("permalink", asked.permalink)?,
        ..Ask::default()
    };
    run(&state, &asker, id, Event::MarkPosted, ask, "delivery.mark_posted").await
}

/// An address that can be shown as a link.
fn address(field: &str, typed: Option<String>) -> Answer<Option<String>> {
    let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) else {
        return Ok(None);
    };
    match Url::parse(typed.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url.into())),
        _ => Err(Refused::invalid(field, "This is not a web address.")),
    }
}
