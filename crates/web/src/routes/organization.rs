//! Tenants, their members, plan and audit log.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::ids::OrganizationId;
use postrider_core::permission::Action;
use postrider_store::scope::Scope;
use postrider_store::{audit, members, organizations, page, plans};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::organization::{AuditLine, AuditQuery, MemberView, OrganizationInput, OrganizationPatch, OrganizationView, PlanView};
use crate::dto::{Instant, Page, PageQuery};
use crate::extract::{Asked, Id, Json as Body};
use crate::problem::Answer;
use crate::setup::{self, Founding, SELF_HOSTED};
use crate::state::AppState;
use crate::{names, trail, zones};

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/organizations",
        door("list_organizations", Who::SignedIn, "The organizations of the person who asks.")
            .asks::<PageQuery>()
            .gives::<Page<OrganizationView>>(200),
        list,
    );
    api.post(
        "/organizations",
        door(
            "create_organization",
            Who::InstanceAdmin,
            "Makes an organization, owned by who asks.",
        )
        .takes::<OrganizationInput>()
        .gives::<OrganizationView>(201),
        create,
    );
    api.get(
        "/organizations/{id}",
        door("organization", Who::May(Action::PlannerOpen), "One organization.").gives::<OrganizationView>(200),
        read,
    );
    api.patch(
        "/organizations/{id}",
        door(
            "change_organization",
            Who::May(Action::OrganizationManage),
            "Changes its name, zone or planner switch.",
        )
        .takes::<OrganizationPatch>()
        .gives::<OrganizationView>(200),
        change,
    );
    api.get(
        "/organizations/{id}/members",
        door("list_members", Who::May(Action::MemberRead), "Its members and their switches.")
            .asks::<PageQuery>()
            .gives::<Page<MemberView>>(200),
        members,
    );
    api.get(
        "/organizations/{id}/audit",
        door(
            "audit",
            Who::May(Action::AuditRead),
            "Who did what to which object and when, newest first.",
        )
        .asks::<AuditQuery>()
        .gives::<Page<AuditLine>>(200),
        audit,
    );
    api.get(
        "/organizations/{id}/plan",
        door("plan", Who::May(Action::PlannerOpen), "What its plan allows.").gives::<PlanView>(200),
        plan,
    );
}

async fn list(State(state): State<AppState>, asker: Asker, Asked(asked): Asked<PageQuery>) -> Answer<Json<Page<OrganizationView>>> {
    let limit = crate::dto::page::bounded(asked.limit) as usize;
    let after: Option<OrganizationId> = asked.after()?;
    let mine = members::of_user(state.db(), asker.user_id()).await?;
    let mut rest = mine
        .into_iter()
        .map(|membership| membership.row.organization_id)
        .filter(|id| after.is_none_or(|after| *id > after));
    let ids: Vec<OrganizationId> = rest.by_ref().take(limit).collect();
    let next_cursor = rest.next().and(ids.last()).map(ToString::to_string);
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        let scope = Scope::load(state.db(), asker.user_id(), id).await?;
        items.push(organizations::get(state.db(), &scope).await?.into());
    }
    Ok(Json(Page { items, next_cursor }))
}

async fn create(
    State(state): State<AppState>,
    asker: Asker,
    Body(asked): Body<OrganizationInput>,
) -> Answer<(StatusCode, Json<OrganizationView>)> {
    let name = names::name("name", &asked.name)?;
    let zone = zones::known("time_zone", asked.time_zone.as_deref().unwrap_or("UTC"))?;
    let plan = plans::by_name(state.db(), SELF_HOSTED).await?;
    let founding = Founding {
        project: name.clone(),
        name,
        time_zone: zone,
    };
    let entropy = state.engine.shared().entropy.as_ref();
    let mut tx = state.db().begin().await?;
    let id = setup::found(&mut tx, state.now_ms(), entropy, asker.user_id(), plan, founding).await?;
    tx.commit().await?;
    let scope = Scope::load(state.db(), asker.user_id(), id).await?;
    Ok((StatusCode::CREATED, Json(organizations::get(state.db(), &scope).await?.into())))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<OrganizationId>) -> Answer<Json<OrganizationView>> {
    let scope = asker.in_organization(id).await?;
    Ok(Json(organizations::get(state.db(), &scope).await?.into()))
}

async fn change(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<OrganizationId>,
    Body(asked): Body<OrganizationPatch>,
) -> Answer<Json<OrganizationView>> {
    let scope = asker.in_organization(id).await?;
    let change = organizations::Change {
        name: asked.name.map(|name| names::name("name", &name)).transpose()?,
        time_zone: asked.time_zone.map(|zone| zones::known("time_zone", &zone)).transpose()?,
        planner_on: asked.planner_on,
    };
    let mut tx = state.db().begin().await?;
    organizations::update(&mut tx, &scope, change).await?;
    trail::note(&state, &mut tx, &scope, &asker, "organization.change", id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Json(organizations::get(state.db(), &scope).await?.into()))
}

async fn members(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<OrganizationId>,
    Asked(asked): Asked<PageQuery>,
) -> Answer<Json<Page<MemberView>>> {
    let scope = asker.in_organization(id).await?;
    let page = asked.into();
    Ok(Json(Page::of(members::list(state.db(), &scope, &page).await?, MemberView::from)))
}

async fn audit(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<OrganizationId>,
    Asked(asked): Asked<AuditQuery>,
) -> Answer<Json<Page<AuditLine>>> {
    let scope = asker.in_organization(id).await?;
    let page = page::Page {
        limit: asked.limit.unwrap_or_default(),
        cursor: asked.cursor,
    };
    let filter = audit::Filter {
        object_id: asked.object_id,
        action: asked.action,
        ..audit::Filter::default()
    };
    let found = audit::list(state.db(), &scope, &filter, &page).await?;
    Ok(Json(Page::of(found, |line| AuditLine {
        id: line.id,
        at: Instant(line.at),
        user_id: line.user_id,
        action: line.action,
        object_id: line.object_id,
        detail: line.detail,
        address: line.address,
    })))
}

async fn plan(State(state): State<AppState>, asker: Asker, Id(id): Id<OrganizationId>) -> Answer<Json<PlanView>> {
    let scope = asker.in_organization(id).await?;
    Ok(Json(plans::of_organization(state.db(), &scope).await?.into()))
}
