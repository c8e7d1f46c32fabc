//! Posts: made, read, changed, deleted, checked, foretold.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::ids::{PostId, ProjectId};
use postrider_core::permission::Action;
use postrider_store::posts::{self, Filter};
use postrider_store::scope::{Object, Scope};
use postrider_store::{StoreError, page, projects};

use crate::acting::Hands;
use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::Page;
use crate::dto::check::{ChannelTime, CheckAnswer};
use crate::dto::forecast::{Forecast, ForecastQuery};
use crate::dto::post::{PostInput, PostPatch, PostQuery, PostView, excerpt};
use crate::extract::{Asked, Id, IfMatch, Json as Body, Versioned, stale};
use crate::posting::{self, foretell};
use crate::problem::Answer;
use crate::state::AppState;
use crate::views::Views;
use crate::{trail, zones};

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let see = Who::May(Action::PostRead);
    api.get(
        "/projects/{id}/posts",
        door(
            "list_posts",
            see,
            "The posts of a project that the person who asks sees, newest first.",
        )
        .asks::<PostQuery>()
        .gives::<Page<PostView>>(200),
        list,
    );
    api.post(
        "/projects/{id}/posts",
        door("create_post", Who::May(Action::PostCreate), "Makes a draft.")
            .header("Idempotency-Key", "A replay is answered with the first answer.")
            .takes::<PostInput>()
            .gives::<PostView>(201),
        create,
    );
    api.post(
        "/projects/{id}/posts/check",
        door(
            "check_post",
            Who::May(Action::PostCreate),
            "Says what is wrong with a post; stores nothing.",
        )
        .takes::<PostInput>()
        .gives::<CheckAnswer>(200),
        check,
    );
    api.post(
        "/projects/{id}/posts/forecast",
        door(
            "forecast_unsaved",
            Who::May(Action::PostCreate),
            "What would happen, per channel, if a post were scheduled as it stands in the body; without a time: if it went out now. Stores nothing.",
        )
        .asks::<ForecastQuery>()
        .takes::<PostInput>()
        .gives::<Forecast>(200),
        forecast_unsaved,
    );
    api.get(
        "/posts/{id}",
        door("post", see, "One post with its deliveries.").gives::<PostView>(200),
        read,
    );
    api.patch(
        "/posts/{id}",
        door(
            "change_post",
            Who::May(Action::PostEdit),
            "Changes a post; what was staged of it is discarded.",
        )
        .if_match()
        .takes::<PostPatch>()
        .gives::<PostView>(200),
        change,
    );
    api.delete(
        "/posts/{id}",
        door(
            "delete_post",
            Who::May(Action::PostDelete),
            "Deletes a post here, never at a network; refused while it is on its way.",
        )
        .answers(204),
        delete,
    );
    api.get(
        "/posts/{id}/forecast",
        door(
            "forecast",
            see,
            "What will happen if nothing changes, per channel on which the post has not gone out yet.",
        )
        .gives::<Forecast>(200),
        forecast,
    );
}

/// One post as it now stands, for who asks.
///
/// # Errors
/// 404 if who asks does not see it.
pub async fn view(state: &AppState, scope: &Scope, id: PostId) -> Answer<PostView> {
    let row = posts::with_deliveries(state.db(), scope, id).await?;
    let views = Views::of(state, scope, std::slice::from_ref(&row)).await?;
    Ok(views.post(&row))
}

fn versioned(view: PostView) -> Versioned<Json<PostView>> {
    Versioned(view.version, Json(view))
}

async fn list(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Asked(asked): Asked<PostQuery>,
) -> Answer<Json<Page<PostView>>> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let filter = Filter {
        project: Some(id),
        ideas: false,
        statuses: asked.status.into_iter().collect(),
        content_types: asked.content_type.into_iter().collect(),
        channels: asked.channel_id.into_iter().collect(),
        authors: asked.author_id.into_iter().collect(),
        label: asked.label,
        search: asked.search,
        from_ms: asked.from.map(|at| at.0),
        to_ms: asked.to.map(|at| at.0),
    };
    let page = page::Page {
        limit: crate::dto::page::bounded(asked.limit),
        cursor: asked.cursor,
    };
    let found = posts::list(state.db(), &scope, &filter, &page).await?;
    let views = Views::of(&state, &scope, &found.items).await?;
    Ok(Json(Page::of(found, |row| views.post(&row))))
}

async fn create(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Body(asked): Body<PostInput>,
) -> Answer<(StatusCode, Versioned<Json<PostView>>)> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let post = posting::write::create(&state, &scope, &asker, id, &asked).await?;
    let view = view(&state, &scope, post).await?;
    trail::changed(&state, "post", post, view.version, scope.organization_id, Some(id));
    Ok((StatusCode::CREATED, versioned(view)))
}

async fn check(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Body(asked): Body<PostInput>,
) -> Answer<Json<CheckAnswer>> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let meant = posting::write::meant(&state, &scope, id, &asked).await?;
    let mut problems = meant.problems(state.now_ms());
    let now_ms = state.now_ms();
    let schedule = match &asked.schedule {
        Some(schedule) => {
            match zones::resolve("schedule", schedule).and_then(|time| zones::future("schedule", &time, now_ms).map(|()| time)) {
                Ok(time) => Some(time),
                Err(refused) => {
                    problems.push(posting::as_problem(refused));
                    None
                }
            }
        }
        None => None,
    };
    let mut channel_schedules = Vec::new();
    for (index, delivery) in asked.deliveries.iter().enumerate() {
        let Some(own) = &delivery.schedule else { continue };
        let field = format!("deliveries.{index}.schedule");
        match zones::resolve(&field, own).and_then(|time| zones::future(&field, &time, now_ms).map(|()| time)) {
            Ok(time) => channel_schedules.push(ChannelTime {
                channel_id: delivery.channel_id,
                time,
            }),
            Err(refused) => problems.push(posting::as_problem(refused)),
        }
    }
    problems.sort_by_key(|problem| problem.severity);
    Ok(Json(CheckAnswer {
        problems,
        schedule,
        channel_schedules,
    }))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<PostId>) -> Answer<Versioned<Json<PostView>>> {
    let scope = asker.at(Object::Post(id)).await?;
    Ok(versioned(view(&state, &scope, id).await?))
}

async fn change(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<PostId>,
    IfMatch(version): IfMatch,
    Body(asked): Body<PostPatch>,
) -> Answer<Versioned<Json<PostView>>> {
    let scope = asker.at(Object::Post(id)).await?;
    let row = posts::with_deliveries(state.db(), &scope, id).await?;
    asker.may(&scope, row.post.author_id)?;
    match posting::write::change(&state, &scope, &asker, &row, version, &asked).await {
        Err(posting::write::Unchanged::Stale) => return Err(stale()),
        Err(posting::write::Unchanged::Refused(refused)) => return Err(refused),
        Ok(()) => {}
    }
    state.engine.wake();
    let view = view(&state, &scope, id).await?;
    trail::changed(&state, "post", id, view.version, scope.organization_id, view.project_id);
    Ok(versioned(view))
}

async fn delete(State(state): State<AppState>, asker: Asker, Id(id): Id<PostId>) -> Answer<StatusCode> {
    let scope = asker.at(Object::Post(id)).await?;
    let post = posts::get(state.db(), &scope, id).await?;
    asker.may(&scope, post.author_id)?;
    let hands = Hands::of(&state);
    let mut tx = state.db().begin().await?;
    posts::delete(&mut tx, &scope, id, None, &hands.acting())
        .await
        .map_err(|error: StoreError| crate::problem::Refused::from(error))?;
    trail::note(
        &state,
        &mut tx,
        &scope,
        &asker,
        "post.delete",
        id,
        serde_json::json!({"title": excerpt(&post.content)}),
    )
    .await?;
    tx.commit().await?;
    trail::changed(&state, "post", id, post.version + 1, scope.organization_id, post.project_id);
    Ok(StatusCode::NO_CONTENT)
}

async fn forecast_unsaved(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Asked(of): Asked<ForecastQuery>,
    Body(asked): Body<PostInput>,
) -> Answer<Json<Forecast>> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    Ok(Json(foretell::unsaved(&state, &scope, id, of.post_id, &asked).await?))
}

async fn forecast(State(state): State<AppState>, asker: Asker, Id(id): Id<PostId>) -> Answer<Json<Forecast>> {
    let scope = asker.at(Object::Post(id)).await?;
    Ok(Json(foretell::saved(&state, &scope, id).await?))
}
