//! Who signs in and who is asking.

use postrider_core::ids::{OrganizationId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;
use super::organization::Membership;

/// E-mail and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// In any case.
    pub email: String,
    /// As it was set.
    pub password: String,
}

/// The first owner, by the link that the server printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The token of the one-time link.
    pub token: String,
    /// E-mail to sign in with.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// At least 10 characters.
    #[schema(min_length = 10)]
    pub password: String,
    /// Name of the organization to make.
    pub organization: String,
    /// IANA zone of the organization; UTC if absent.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// A user as others see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// Which.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
}

/// Who asks, and what this person may do where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The person.
    pub user: Person,
    /// Whether plans and organizations of the whole installation may be changed.
    pub instance_admin: bool,
    /// To be sent as `X-CSRF-Token` with every write of this session.
    pub csrf_token: String,
    /// This session.
    pub session_id: SessionId,
    /// Where the person is a member.
    pub organizations: Vec<Membership>,
    /// The server's instant, to tell a wrong clock in the browser.
    pub now: Instant,
}

/// A signed-in browser.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Which.
    pub id: SessionId,
    /// What the browser calls itself.
    pub user_agent: String,
    /// From where it was last seen.
    pub address: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used.
    pub last_seen_at: Instant,
    /// When it ends by itself.
    pub expires_at: Instant,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Where the owner ends up.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetUp {
    /// Who was made, already signed in.
    pub me: Me,
    /// The organization that was made.
    pub organization_id: OrganizationId,
}
