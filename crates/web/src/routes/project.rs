//! Projects.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::ids::{OrganizationId, ProjectId};
use postrider_core::permission::Action;
use postrider_store::projects::{self, ApprovalPolicy, NewProject};
use postrider_store::scope::Object;
use postrider_store::{StoreError, organizations};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::project::{ProjectInput, ProjectPatch, ProjectView};
use crate::dto::{Page, PageQuery};
use crate::extract::{Asked, Id, IfMatch, Json as Body, Versioned, stale};
use crate::problem::{Answer, Refused};
use crate::setup::CATCH_UP_MS;
use crate::state::AppState;
use crate::{names, trail, zones};

/// The longest that a post may go out late by itself, in milliseconds.
const CATCH_UP_MS_MAX: i64 = 86_400_000;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/organizations/{id}/projects",
        door(
            "list_projects",
            Who::May(Action::PlannerOpen),
            "The projects that the person who asks sees.",
        )
        .asks::<PageQuery>()
        .gives::<Page<ProjectView>>(200),
        list,
    );
    api.post(
        "/organizations/{id}/projects",
        door("create_project", Who::May(Action::ProjectManage), "Makes a project.")
            .takes::<ProjectInput>()
            .gives::<ProjectView>(201),
        create,
    );
    api.get(
        "/projects/{id}",
        door("project", Who::May(Action::PlannerOpen), "One project.").gives::<ProjectView>(200),
        read,
    );
    api.patch(
        "/projects/{id}",
        door(
            "change_project",
            Who::May(Action::ProjectManage),
            "Changes its name, zone or catch-up.",
        )
        .if_match()
        .takes::<ProjectPatch>()
        .gives::<ProjectView>(200),
        change,
    );
}

async fn list(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<OrganizationId>,
    Asked(asked): Asked<PageQuery>,
) -> Answer<Json<Page<ProjectView>>> {
    let scope = asker.in_organization(id).await?;
    Ok(Json(Page::of(
        projects::list(state.db(), &scope, &asked.into()).await?,
        ProjectView::from,
    )))
}

async fn create(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<OrganizationId>,
    Body(asked): Body<ProjectInput>,
) -> Answer<(StatusCode, Versioned<Json<ProjectView>>)> {
    let scope = asker.in_organization(id).await?;
    let organization = organizations::get(state.db(), &scope).await?;
    let now_ms = state.now_ms();
    let project = NewProject {
        id: ProjectId::new(now_ms, state.ten()),
        name: names::name("name", &asked.name)?,
        time_zone: zones::known("time_zone", asked.time_zone.as_deref().unwrap_or(&organization.time_zone))?,
        catch_up_ms: CATCH_UP_MS,
        approval_policy: ApprovalPolicy::Optional,
        created_at: now_ms,
    };
    let mut tx = state.db().begin().await?;
    projects::create(&mut tx, &scope, &project).await?;
    trail::note(
        &state,
        &mut tx,
        &scope,
        &asker,
        "project.create",
        project.id,
        serde_json::json!({"name": project.name}),
    )
    .await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, view(projects::get(state.db(), &scope, project.id).await?)))
}

fn view(project: projects::Project) -> Versioned<Json<ProjectView>> {
    Versioned(project.version, Json(project.into()))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<ProjectId>) -> Answer<Versioned<Json<ProjectView>>> {
    let scope = asker.at(Object::Project(id)).await?;
    Ok(view(projects::get(state.db(), &scope, id).await?))
}

async fn change(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    IfMatch(version): IfMatch,
    Body(asked): Body<ProjectPatch>,
) -> Answer<Versioned<Json<ProjectView>>> {
    let scope = asker.at(Object::Project(id)).await?;
    if asked.catch_up_ms.is_some_and(|ms| !(0..=CATCH_UP_MS_MAX).contains(&ms)) {
        return Err(Refused::invalid("catch_up_ms", "It is between 0 and 24 hours, in milliseconds."));
    }
    let change = projects::Change {
        name: asked.name.map(|name| names::name("name", &name)).transpose()?,
        time_zone: asked.time_zone.map(|zone| zones::known("time_zone", &zone)).transpose()?,
        catch_up_ms: asked.catch_up_ms,
        approval_policy: None,
    };
    let mut tx = state.db().begin().await?;
    match projects::update(&mut tx, &scope, id, version, change, state.now_ms()).await {
        Err(StoreError::Conflict) => return Err(stale()),
        done => done?,
    }
    trail::note(&state, &mut tx, &scope, &asker, "project.change", id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(view(projects::get(state.db(), &scope, id).await?))
}
