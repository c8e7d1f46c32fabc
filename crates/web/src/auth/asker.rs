//! Who asks, and in which organization. The only way for a handler to a [`Scope`], which is the only way to a tenant's rows: so the
//! permission that the route's row names is asked for before any row is read.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use postrider_core::ids::{OrganizationId, UserId};
use postrider_core::permission::Action;
use postrider_store::Db;
use postrider_store::scope::{self, Object, Scope};

use super::session::{Client, Signed};
use crate::api::Who;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// A person who is signed in.
pub struct Asker {
    /// Session and user.
    pub signed: Signed,
    /// The browser.
    pub client: Client,
    who: Who,
    db: Db,
}

impl<S> FromRequestParts<S> for Asker
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let signed = parts.extensions.get::<Signed>().cloned().ok_or_else(|| {
            Code::SessionRequired
                .because("This needs a session.")
                .remedy("Sign in by POST /api/v1/session.")
        })?;
        let who = parts.extensions.get::<Who>().copied().unwrap_or(Who::InstanceAdmin);
        if who == Who::InstanceAdmin && !signed.user.instance_admin {
            let refused = Code::Permission.because("This needs an administrator of the installation.");
            return Err(refused);
        }
        let Ok(client) = Client::from_request_parts(parts, state).await;
        Ok(Asker {
            signed,
            client,
            who,
            db: AppState::from_ref(state).db().clone(),
        })
    }
}

impl Asker {
    /// Who.
    pub fn user_id(&self) -> UserId {
        self.signed.user.id
    }

    /// What this person may see of an organization, if the permissions allow what the route does at all.
    ///
    /// # Errors
    /// 404 for who is no member, 403 for a member without the permission.
    pub async fn in_organization(&self, organization: OrganizationId) -> Answer<Scope> {
        let scope = Scope::load(&self.db, self.user_id(), organization).await?;
        match self.who {
            // Whether the post is the person's own is known once it is read: [`Asker::may`].
            Who::May(action) if !scope.permissions.allows(action, true) => Err(Refused::missing(action)),
            _ => Ok(scope),
        }
    }

    /// The same for the organization that something belongs to.
    ///
    /// # Errors
    /// 404 if there is no such thing or who asks is no member, 403 for a member without the permission.
    pub async fn at(&self, object: Object) -> Answer<Scope> {
        let organization = scope::organization_of(&self.db, object).await?;
        self.in_organization(organization).await
    }

    /// Refuses what the route does to a post that `author` wrote.
    ///
    /// # Errors
    /// 403.
    pub fn may(&self, scope: &Scope, author: UserId) -> Answer<()> {
        match self.who {
            Who::May(action) => allowed(scope, action, author),
            _ => Ok(()),
        }
    }
}

/// Refuses an act on a post that `author` wrote, if the permissions do not reach that far.
///
/// # Errors
/// 403.
pub fn allowed(scope: &Scope, action: Action, author: UserId) -> Answer<()> {
    if scope.may(action, author) {
        Ok(())
    } else {
        Err(Refused::missing(action))
    }
}
