//! Signing in and out, and the sessions one can list and revoke.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use postrider_core::ids::SessionId;
use postrider_store::scope::Scope;
use postrider_store::{StoreError, members, organizations, page, plans, projects, sessions, users};

use crate::api::{Api, Who, door};
use crate::auth::session::{self, Client, Signed};
use crate::auth::{Asker, password};
use crate::dto::organization::Membership;
use crate::dto::session::{Me, Person, SessionView, SignIn};
use crate::dto::{Instant, Page, PageQuery};
use crate::extract::{Asked, Id, Json as Body};
use crate::problem::{Answer, Code};
use crate::state::AppState;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.post(
        "/session",
        door("sign_in", Who::Anyone, "Signs in; sets the session's cookie.")
            .takes::<SignIn>()
            .gives::<Me>(200),
        sign_in,
    );
    api.delete("/session", door("sign_out", Who::SignedIn, "Signs out.").answers(204), sign_out);
    api.get(
        "/me",
        door("me", Who::SignedIn, "Who asks, where, with which permissions.").gives::<Me>(200),
        me,
    );
    api.get(
        "/sessions",
        door(
            "list_sessions",
            Who::SignedIn,
            "The browsers that are signed in as the person who asks.",
        )
        .asks::<PageQuery>()
        .gives::<Page<SessionView>>(200),
        list,
    );
    api.delete(
        "/sessions/{id}",
        door("revoke_session", Who::SignedIn, "Signs another browser out.").answers(204),
        revoke,
    );
}

async fn sign_in(
    State(state): State<AppState>,
    client: Client,
    before: Option<Extension<Signed>>,
    Body(typed): Body<SignIn>,
) -> Answer<impl IntoResponse> {
    let email = users::fold_email(&typed.email);
    state.rates.sign_in(&client.address, &email)?;
    if typed.password.len() > password::BYTES_MAX {
        return Err(refused());
    }
    let found = users::with_password(state.db(), &email)
        .await?
        .filter(|found| found.user.disabled_at.is_none());
    let stored = found.as_ref().and_then(|found| found.password_hash.clone());
    let fits = state.passwords.fits(typed.password, stored).await?;
    let user = found.filter(|_| fits).ok_or_else(refused)?.user;
    let mut tx = state.db().begin().await?;
    // The browser forgets the session it had, so nobody else shall go on using it.
    if let Some(Extension(before)) = before {
        match sessions::revoke(&mut tx, before.user.id, before.session_id).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (signed, cookie) = session::begin(&state, &mut tx, &user, &client).await?;
    tx.commit().await?;
    Ok(([(SET_COOKIE, cookie)], Json(who(&state, &signed).await?)))
}

fn refused() -> crate::problem::Refused {
    Code::SessionRefused
        .because("No account has this e-mail and this password.")
        .remedy("Check both; an administrator can set a new password.")
}

async fn sign_out(State(state): State<AppState>, asker: Asker) -> Answer<impl IntoResponse> {
    let mut tx = state.db().begin().await?;
    sessions::revoke(&mut tx, asker.user_id(), asker.signed.session_id).await?;
    tx.commit().await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, session::end_cookie(&state)?)]))
}

async fn me(State(state): State<AppState>, asker: Asker) -> Answer<Json<Me>> {
    Ok(Json(who(&state, &asker.signed).await?))
}

/// Who is signed in, with every membership.
///
/// # Errors
/// If the database does not answer.
pub async fn who(state: &AppState, signed: &Signed) -> Answer<Me> {
    let mut memberships = Vec::new();
    for membership in members::of_user(state.db(), signed.user.id).await? {
        let scope = Scope::load(state.db(), signed.user.id, membership.row.organization_id).await?;
        let seen = projects::list(state.db(), &scope, &page::Page::first(page::LIMIT_MAX)).await?;
        memberships.push(Membership {
            organization: organizations::get(state.db(), &scope).await?.into(),
            role: membership.row.role,
            permissions: membership.row.permissions,
            plan: plans::of_organization(state.db(), &scope).await?.into(),
            projects: seen.items.into_iter().map(Into::into).collect(),
        });
    }
    Ok(Me {
        user: person(&signed.user),
        instance_admin: signed.user.instance_admin,
        csrf_token: signed.csrf_token.clone(),
        session_id: signed.session_id,
        organizations: memberships,
        now: Instant(state.now_ms()),
    })
}

fn person(user: &users::User) -> Person {
    Person {
        id: user.id,
        name: user.name.clone(),
        email: user.email.clone(),
    }
}

async fn list(State(state): State<AppState>, asker: Asker, Asked(asked): Asked<PageQuery>) -> Answer<Json<Page<SessionView>>> {
    let found = sessions::list(state.db(), asker.user_id(), state.now_ms()).await?;
    let after: Option<SessionId> = asked.after()?;
    let limit = crate::dto::page::bounded(asked.limit) as usize;
    let mut rest = found.into_iter().filter(|session| after.is_none_or(|after| session.id < after));
    let items: Vec<SessionView> = rest
        .by_ref()
        .take(limit)
        .map(|session| SessionView {
            id: session.id,
            current: session.id == asker.signed.session_id,
            user_agent: session.user_agent,
            address: session.address,
            created_at: Instant(session.created_at),
            last_seen_at: Instant(session.last_seen_at),
            expires_at: Instant(session.expires_at),
        })
        .collect();
    let next_cursor = rest.next().and(items.last()).map(|last| last.id.to_string());
    Ok(Json(Page { items, next_cursor }))
}

async fn revoke(State(state): State<AppState>, asker: Asker, Id(id): Id<SessionId>) -> Answer<StatusCode> {
    let mut tx = state.db().begin().await?;
    sessions::revoke(&mut tx, asker.user_id(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
