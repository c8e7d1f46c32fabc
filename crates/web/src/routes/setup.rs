//! The first owner, by a link that works once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use postrider_core::ids::UserId;
use postrider_store::one_time_links::{self, Purpose};
use postrider_store::users::{self, User};
use postrider_store::{StoreError, plans};

use super::session::who;
use crate::api::{Api, Who, door};
use crate::auth::password;
use crate::auth::session::{self, Client};
use crate::dto::session::{SetUp, Setup};
use crate::extract::Json as Body;
use crate::problem::{Answer, Code, Refused};
use crate::setup::{self, Founding, SELF_HOSTED};
use crate::state::AppState;
use crate::{names, zones};

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
    let organization = names::name("organization", &asked.organization)?;
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
    let plan = plans::by_name(state.db(), SELF_HOSTED).await?;
    let mut tx = state.db().begin().await?;
    match one_time_links::consume(&mut tx, &session::token_hash(&asked.token), Purpose::FirstOwner, now_ms).await {
        Ok(_) => {}
        Err(StoreError::NotFound) => return Err(over()),
        Err(error) => return Err(error.into()),
    }
    users::create(&mut tx, &user, Some(&hash)).await?;
    let founding = Founding {
        project: organization.clone(),
        name: organization,
        time_zone: zone,
    };
    let entropy = state.engine.shared().entropy.as_ref();
    let organization_id = setup::found(&mut tx, now_ms, entropy, user.id, plan, founding).await?;
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
