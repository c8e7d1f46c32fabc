//! The first owner, by a link that works once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use postrider_core::ids::{MemberId, OrganizationId, PlanId, ProjectId, UserId};
use postrider_core::permission::Role;
use postrider_store::members::{self, NewMember};
use postrider_store::one_time_links::{self, Purpose};
use postrider_store::organizations::{self, Organization};
use postrider_store::plans::{self, Plan};
use postrider_store::projects::{self, ApprovalPolicy, NewProject};
use postrider_store::scope::{Projects, Scope};
use postrider_store::users::{self, User};
use postrider_store::{StoreError, Tx};

use super::session::who;
use crate::api::{Api, Who, door};
use crate::auth::password;
use crate::auth::session::{self, Client};
use crate::dto::session::{SetUp, Setup};
use crate::extract::Json as Body;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use crate::{names, zones};

/// How late a post may go out by itself in a new project, in milliseconds (product S3: two hours at first).
pub const CATCH_UP_MS: i64 = 2 * 3_600_000;
/// The plan of whoever hosts it: everything on, no bounds (product T5).
pub const SELF_HOSTED: &str = "self-hosted";

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.post(
        "/setup",
        door(
            "set_up",
            Who::Anyone,
            "Makes the first owner and the organization by the one-time link, and signs in.",
        )
        .takes::<Setup>()
        .gives::<SetUp>(201),
        set_up,
    );
}

async fn set_up(State(state): State<AppState>, client: Client, Body(asked): Body<Setup>) -> Answer<impl IntoResponse> {
    let email = users::fold_email(&asked.email);
    state.rates.sign_in(&client.address, &email)?;
    names::email("email", &email)?;
    let name = names::name("name", &asked.name)?;
    let organization_name = names::name("organization", &asked.organization)?;
    let zone = zones::known("time_zone", asked.time_zone.as_deref().unwrap_or("UTC"))?;
    password::check(&asked.password)?;
    let hash = state.passwords.hash(asked.password).await?;

    let now_ms = state.now_ms();
    let user = User {
        id: UserId::new(now_ms, state.ten()),
        email,
        name,
        instance_admin: true,
        created_at: now_ms,
        disabled_at: None,
    };
    let mut tx = state.db().begin().await?;
    match one_time_links::consume(&mut tx, &session::token_hash(&asked.token), Purpose::FirstOwner, now_ms).await {
        Ok(_) => {}
        Err(StoreError::NotFound) => return Err(over()),
        Err(error) => return Err(error.into()),
    }
    users::create(&mut tx, &user, Some(&hash)).await?;
    let organization_id = found(&state, &mut tx, &user, organization_name, zone).await?;
    let (signed, cookie) = session::begin(&state, &mut tx, &user, &client).await?;
    tx.commit().await?;
    let me = who(&state, &signed).await?;
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(SetUp { me, organization_id })))
}

fn over() -> Refused {
    Code::LinkOver
        .because("The link was used, or its time is over.")
        .remedy("Start the server anew, or run `postrider admin create-owner`, for a fresh link.")
}

/// Founds an organization with its first project, owned by a user, in the plan of whoever hosts it.
///
/// # Errors
/// If the rows do not take it.
pub async fn found(state: &AppState, tx: &mut Tx, owner: &User, name: String, time_zone: String) -> Answer<OrganizationId> {
    let now_ms = state.now_ms();
    let plan_id = match plans::by_name(state.db(), SELF_HOSTED).await? {
        Some(plan) => plan.id,
        None => {
            let plan = Plan {
                id: PlanId::new(now_ms, state.ten()),
                name: SELF_HOSTED.to_owned(),
                allow_social_publishing: true,
                channels_max: None,
                members_max: None,
                scheduled_posts_max: None,
                storage_bytes_max: None,
                created_at: now_ms,
            };
            plans::create(tx, &plan).await?;
            plan.id
        }
    };
    let organization = Organization {
        id: OrganizationId::new(now_ms, state.ten()),
        name: name.clone(),
        time_zone: time_zone.clone(),
        planner_on: true,
        plan_id,
        created_at: now_ms,
    };
    organizations::create(tx, &organization).await?;
    let member_id = MemberId::new(now_ms, state.ten());
    let scope = Scope::founding(owner.id, organization.id, member_id);
    let member = NewMember {
        id: member_id,
        user_id: owner.id,
        role: Role::Owner,
        permissions: Role::Owner.permissions(),
        projects: Projects::All,
        created_at: now_ms,
    };
    members::add(tx, &scope, &member).await?;
    let project = NewProject {
        id: ProjectId::new(now_ms, state.ten()),
        name,
        time_zone,
        catch_up_ms: CATCH_UP_MS,
        approval_policy: ApprovalPolicy::Optional,
        created_at: now_ms,
    };
    projects::create(tx, &scope, &project).await?;
    Ok(organization.id)
}
