//! The first people of an installation: the owner's one-time link, and what an organization begins with. The route, the command line
//! and the demo make theirs here, so that all begin alike.

use postrider_core::ids::{MemberId, OrganizationId, PlanId, ProjectId, UserId};
use postrider_core::permission::Role;
use postrider_core::schedule::zone;
use postrider_engine::entropy::Entropy;
use postrider_store::members::{self, NewMember};
use postrider_store::one_time_links::{self, Purpose};
use postrider_store::organizations::{self, Organization};
use postrider_store::plans::{self, Plan};
use postrider_store::projects::{self, ApprovalPolicy, NewProject};
use postrider_store::scope::{Projects, Scope};
use postrider_store::users::{self, User};
use postrider_store::{Db, StoreError, Tx};

use crate::auth::{password, session};
use crate::names;
use crate::problem::Refused;

/// How late a post may go out by itself in a new project, in milliseconds (product S3: two hours at first).
pub const CATCH_UP_MS: i64 = 2 * 3_600_000;
/// How long the first owner's link works, in milliseconds.
pub const LINK_MS: i64 = 3_600_000;
/// The plan of whoever hosts it: everything on, no bounds (product T5).
pub const SELF_HOSTED: &str = "self-hosted";

/// Why nobody was made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// What was typed cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The rows did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for SetupError {
    fn from(refused: Refused) -> Self {
        SetupError::Invalid(refused.document().detail)
    }
}

/// An owner to make, with an organization and its first project.
pub struct OwnerInput {
    /// E-mail to sign in with.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The password.
    pub password: String,
    /// Name of the organization.
    pub organization: String,
    /// IANA zone.
    pub time_zone: String,
    /// Name of the first project.
    pub project: String,
}

/// What an organization begins with.
pub struct Founding {
    /// Its name.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Name of the first project.
    pub project: String,
}

/// Refuses a password that is too short or too long.
///
/// # Errors
/// [`SetupError::Invalid`] in words.
pub fn check_password(typed: &str) -> Result<(), SetupError> {
    Ok(password::check(typed)?)
}

/// Makes an owner, who also administers the installation, with an organization and its first project.
///
/// # Errors
/// [`SetupError::Invalid`] in words; [`SetupError::Store`] if the e-mail is taken or the rows fail.
pub async fn create_owner(db: &Db, now_ms: i64, entropy: &dyn Entropy, owner: OwnerInput) -> Result<(UserId, OrganizationId), SetupError> {
    let email = users::fold_email(&owner.email);
    names::email("email", &email)?;
    check_password(&owner.password)?;
    zone::zone(&owner.time_zone).map_err(|error| SetupError::Invalid(error.to_string()))?;
    let founding = Founding {
        name: names::name("organization", &owner.organization)?,
        time_zone: owner.time_zone,
        project: names::name("project", &owner.project)?,
    };
    let user = User {
        id: UserId::new(now_ms, entropy.ten()),
        email,
        name: names::name("name", &owner.name)?,
        instance_admin: true,
        created_at: now_ms,
        disabled_at: None,
    };
    let typed = owner.password;
    let hashed = tokio::task::spawn_blocking(move || password::hash(&typed)).await;
    let hash = hashed
        .map_err(|error| SetupError::Invalid(error.to_string()))?
        .map_err(|error| SetupError::Invalid(error.to_string()))?;
    let plan = plans::by_name(db, SELF_HOSTED).await?;
    let mut tx = db.begin().await?;
    users::create(&mut tx, &user, Some(&hash)).await?;
    let organization = found(&mut tx, now_ms, entropy, user.id, plan, founding).await?;
    tx.commit().await?;
    Ok((user.id, organization))
}

/// Stores a link that makes the first owner once; answers its token. Links made before no longer work.
///
/// # Errors
/// If the rows or the system's randomness fail.
pub async fn first_owner_link(db: &Db, now_ms: i64, _: &dyn Entropy) -> Result<String, SetupError> {
    let token = session::secret()?;
    let mut tx = db.begin().await?;
    one_time_links::void(&mut tx, Purpose::FirstOwner, now_ms).await?;
    let hash = session::token_hash(&token);
    one_time_links::create(&mut tx, &hash, Purpose::FirstOwner, None, now_ms, now_ms + LINK_MS).await?;
    tx.commit().await?;
    Ok(token)
}

/// Founds an organization with its first project, owned by a user. `plan` is the one of whoever hosts it, made here if there is none.
///
/// # Errors
/// If the rows do not take it.
pub async fn found(
    tx: &mut Tx,
    now_ms: i64,
    entropy: &dyn Entropy,
    owner: UserId,
    plan: Option<Plan>,
    founding: Founding,
) -> Result<OrganizationId, StoreError> {
    let plan_id = match plan {
        Some(plan) => plan.id,
        None => {
            let plan = self_hosted(now_ms, entropy);
            plans::create(tx, &plan).await?;
            plan.id
        }
    };
    let organization = Organization {
        id: OrganizationId::new(now_ms, entropy.ten()),
        name: founding.name,
        time_zone: founding.time_zone.clone(),
        planner_on: true,
        plan_id,
        created_at: now_ms,
    };
    organizations::create(tx, &organization).await?;
    let member_id = MemberId::new(now_ms, entropy.ten());
    let scope = Scope::founding(owner, organization.id, member_id);
    let member = NewMember {
        id: member_id,
        user_id: owner,
        role: Role::Owner,
        permissions: Role::Owner.permissions(),
        projects: Projects::All,
        created_at: now_ms,
    };
    members::add(tx, &scope, &member).await?;
    let project = NewProject {
        id: ProjectId::new(now_ms, entropy.ten()),
        name: founding.project,
        time_zone: founding.time_zone,
        catch_up_ms: CATCH_UP_MS,
        approval_policy: ApprovalPolicy::Optional,
        created_at: now_ms,
    };
    projects::create(tx, &scope, &project).await?;
    Ok(organization.id)
}

fn self_hosted(now_ms: i64, entropy: &dyn Entropy) -> Plan {
    Plan {
        id: PlanId::new(now_ms, entropy.ten()),
        name: SELF_HOSTED.to_owned(),
        allow_social_publishing: true,
        channels_max: None,
        members_max: None,
        scheduled_posts_max: None,
        storage_bytes_max: None,
        created_at: now_ms,
    }
}
