//! What is done with a post as a whole: to all its deliveries, or to those named.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::delivery::Event;
use postrider_core::ids::{DeliveryId, PostId};
use postrider_core::permission::Action;
use postrider_core::problem::Problem;
use postrider_store::posts;
use postrider_store::scope::{Object, Scope};

use super::post::view;
use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::post::{ActAnswer, ActInput, PostView, ScheduleInput};
use crate::extract::{Id, MaybeJson};
use crate::posting;
use crate::posting::acts::{self, Wanted};
use crate::problem::Answer;
use crate::state::AppState;
use crate::trail;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let key = ("Idempotency-Key", "A replay is answered with the first answer.");
    api.post(
        "/posts/{id}/schedule",
        door("schedule_post", Who::May(Action::PostSchedule), "Gives it a time, or another one.")
            .header(key.0, key.1)
            .takes::<ScheduleInput>()
            .gives::<ActAnswer>(200),
        schedule,
    );
    api.post(
        "/posts/{id}/unschedule",
        door(
            "unschedule_post",
            Who::May(Action::PostSchedule),
            "Takes its time away: a draft again.",
        )
        .header(key.0, key.1)
        .takes::<ActInput>()
        .gives::<ActAnswer>(200),
        unschedule,
    );
    api.post(
        "/posts/{id}/publish",
        door("publish_post", Who::May(Action::PostPublish), "Sends it now.")
            .header(key.0, key.1)
            .takes::<ActInput>()
            .gives::<ActAnswer>(200),
        publish,
    );
    api.post(
        "/posts/{id}/retry",
        door(
            "retry_post",
            Who::May(Action::DeliveryRetry),
            "Tries the failed channels again, and them alone.",
        )
        .header(key.0, key.1)
        .takes::<ActInput>()
        .gives::<ActAnswer>(200),
        retry,
    );
    api.post(
        "/posts/{id}/cancel",
        door(
            "cancel_post",
            Who::May(Action::DeliveryCancel),
            "Calls it off; it stays in History.",
        )
        .header(key.0, key.1)
        .takes::<ActInput>()
        .gives::<ActAnswer>(200),
        cancel,
    );
    api.post(
        "/posts/{id}/duplicate",
        door(
            "duplicate_post",
            Who::May(Action::PostCreate),
            "Makes a draft of equal content for the same channels.",
        )
        .header(key.0, key.1)
        .gives::<PostView>(201),
        duplicate,
    );
}

async fn answered(state: &AppState, scope: &Scope, id: PostId, warnings: Vec<Problem>) -> Answer<Json<ActAnswer>> {
    Ok(Json(ActAnswer {
        post: view(state, scope, id).await?,
        warnings,
    }))
}

/// Does one thing to the deliveries asked for, or to all that can, in one transaction.
async fn run(
    state: AppState,
    asker: Asker,
    id: PostId,
    event: Event,
    name: &str,
    ids: Option<Vec<DeliveryId>>,
    schedule: Option<crate::dto::schedule::Schedule>,
) -> Answer<Json<ActAnswer>> {
    let scope = asker.at(Object::Post(id)).await?;
    let row = posts::with_deliveries(state.db(), &scope, id).await?;
    asker.may(&scope, row.post.author_id)?;
    let wanted = Wanted { event, ids, schedule };
    let warnings = acts::run(&state, &scope, &row, &wanted, &asker, name).await?;
    answered(&state, &scope, id, warnings).await
}

async fn schedule(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    MaybeJson(asked): MaybeJson<ScheduleInput>,
) -> Answer<Json<ActAnswer>> {
    run(
        state,
        asker,
        id,
        Event::Schedule,
        "post.schedule",
        asked.delivery_ids,
        asked.schedule,
    )
    .await
}

async fn unschedule(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    MaybeJson(asked): MaybeJson<ActInput>,
) -> Answer<Json<ActAnswer>> {
    run(state, asker, id, Event::Unschedule, "post.unschedule", asked.delivery_ids, None).await
}

async fn publish(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    MaybeJson(asked): MaybeJson<ActInput>,
) -> Answer<Json<ActAnswer>> {
    run(state, asker, id, Event::PublishNow, "post.publish", asked.delivery_ids, None).await
}

async fn retry(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    MaybeJson(asked): MaybeJson<ActInput>,
) -> Answer<Json<ActAnswer>> {
    run(state, asker, id, Event::Retry, "post.retry", asked.delivery_ids, None).await
}

async fn cancel(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    MaybeJson(asked): MaybeJson<ActInput>,
) -> Answer<Json<ActAnswer>> {
    run(state, asker, id, Event::Cancel, "post.cancel", asked.delivery_ids, None).await
}

async fn duplicate(State(state): State<AppState>, asker: Asker, Id(id): Id<PostId>) -> Answer<(StatusCode, Json<PostView>)> {
    let scope = asker.at(Object::Post(id)).await?;
    let row = posts::with_deliveries(state.db(), &scope, id).await?;
    let copy = posting::write::duplicate(&state, &scope, &asker, &row).await?;
    trail::changed(&state, "post", copy, 1, scope.organization_id, row.post.project_id);
    Ok((StatusCode::CREATED, Json(view(&state, &scope, copy).await?)))
}
