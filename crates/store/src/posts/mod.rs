//! Posts: what is to be said, and its versions.

mod edit;
mod list;

use std::num::NonZero;

use postrider_core::delivery::PostStatus;
use postrider_core::delivery::post_status;
use postrider_core::ids::{OrganizationId, PostId, ProjectId, UserId};
use postrider_core::post::Content;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::deliveries::{self, Delivery};
use crate::error::Result;
use crate::page::{Listed, Page};
use crate::record::{record, shown, statements};
use crate::scope::{Scope, with};
use crate::{projects, search};

pub(crate) use edit::STATEMENTS as EDIT_STATEMENTS;
pub use edit::{Change, assign, delete, edit};
pub(crate) use list::STATEMENTS as LIST_STATEMENTS;
pub use list::{Filter, list, wished};

record! {
    /// What is to be said.
    Post {
        /// Which.
        id: PostId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// In which project; an idea has none.
        project_id: Option<ProjectId> = opt_id,
        /// Who wrote it first.
        author_id: UserId = id,
        /// Rises with each change.
        version: i64 = int,
        /// What it says.
        content: Content = json,
        /// Labels.
        labels: Vec<String> = json,
        /// When it is wished for while it is a draft, UTC milliseconds.
        wished_at: Option<i64> = opt_int,
        /// What was typed for its instant.
        local_time: Option<String> = opt_text,
        /// The zone of what was typed.
        zone: Option<String> = opt_text,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        updated_at: i64 = int,
    }
}

record! {
    /// What a post said once.
    PostVersion {
        /// Of which post.
        post_id: PostId = id,
        /// Which.
        version: i64 = int,
        /// What it said.
        content: Content = json,
        /// Who wrote it.
        author_id: UserId = id,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

/// A post with its deliveries.
#[derive(Debug, Clone)]
pub struct WithDeliveries {
    /// The post.
    pub post: Post,
    /// Its deliveries, the oldest first.
    pub deliveries: Vec<Delivery>,
}

impl WithDeliveries {
    /// The post's status, derived.
    pub fn status(&self) -> PostStatus {
        let standings: Vec<_> = self.deliveries.iter().map(Delivery::standing).collect();
        post_status(&standings)
    }
}

/// A post to be.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Which.
    pub id: PostId,
    /// In which project; none for an idea.
    pub project_id: Option<ProjectId>,
    /// What it says.
    pub content: Content,
    /// Labels.
    pub labels: Vec<String>,
    /// When it is wished for, UTC milliseconds.
    pub wished_at: Option<i64>,
    /// UTC milliseconds.
    pub created_at: i64,
}

statements! {
    CREATE = "INSERT INTO posts (id, organization_id, project_id, author_id, version, content_type, content, labels, search_text, wished_at,
        created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $10) RETURNING *";
    ADD_VERSION = "INSERT INTO post_versions (post_id, version, content, author_id, created_at) VALUES ($1, $2, $3, $4, $5)";
    GET = concat!("SELECT p.* FROM posts p WHERE ", shown!("p"), " AND p.id = $6");
    HOLD = concat!("UPDATE posts SET version = version WHERE id IN (SELECT p.id FROM posts p WHERE ", shown!("p"), " AND p.id = $6) RETURNING *");
    VERSIONS = "SELECT * FROM post_versions WHERE post_id = $1 AND ($2 = 0 OR version < $2) ORDER BY version DESC LIMIT $3";
    VERSION = "SELECT * FROM post_versions WHERE post_id = $1 AND version = $2";
}

/// Writes a post down. The asking user is its author.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the project is not the member's to see, or there is none and the member sees some projects
/// only; [`crate::StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, new: &NewPost) -> Result<Post> {
    match new.project_id {
        Some(project) => {
            projects::held(tx, scope, project).await?;
        }
        None if scope.projects != crate::scope::Projects::All || scope.client => return Err(crate::StoreError::NotFound),
        None => {}
    }
    let values = args![
        new.id,
        scope.organization_id,
        new.project_id,
        scope.user_id,
        new.content.content_type,
        Arg::json(&new.content),
        Arg::json(&new.labels),
        search::text_of(&new.content),
        new.wished_at,
        new.created_at,
    ];
    let post = Post::of(&tx.one(CREATE, values).await?)?;
    add_version(tx, scope, &post, new.created_at).await?;
    Ok(post)
}

async fn add_version(tx: &mut Tx, scope: &Scope, post: &Post, now_ms: i64) -> Result<()> {
    let values = args![post.id, post.version, Arg::json(&post.content), scope.user_id, now_ms];
    tx.run(ADD_VERSION, values).await?;
    Ok(())
}

/// One post.
///
/// # Errors
/// [`crate::StoreError::NotFound`]; [`crate::StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: PostId) -> Result<Post> {
    Post::of(&db.one(GET, with(scope.sight(), args![id])).await?)
}

/// One post with its deliveries.
///
/// # Errors
/// [`crate::StoreError::NotFound`]; [`crate::StoreError::Db`].
pub async fn with_deliveries(db: &Db, scope: &Scope, id: PostId) -> Result<WithDeliveries> {
    Ok(WithDeliveries {
        post: get(db, scope, id).await?,
        deliveries: deliveries::of_post(db, scope, id).await?,
    })
}

/// One post, held until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, scope: &Scope, id: PostId) -> Result<Post> {
    Post::of(&tx.one(HOLD, with(scope.sight(), args![id])).await?)
}

/// What a post said once, the newest first. The cursor is a version number.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the member does not see the post; [`crate::StoreError::BadCursor`]; [`crate::StoreError::Db`].
pub async fn versions(db: &Db, scope: &Scope, id: PostId, page: &Page) -> Result<Listed<PostVersion>> {
    get(db, scope, id).await?;
    let before = page.after::<NonZero<u32>>()?.map_or(0, |version| i64::from(version.get()));
    let rows = db.read(VERSIONS, vec![id.into(), before.into(), page.fetch()]).await?;
    Ok(page.cut(PostVersion::all(&rows)?, |version| version.version))
}

/// What a post said in one version.
///
/// # Errors
/// [`crate::StoreError::NotFound`]; [`crate::StoreError::Db`].
pub async fn version(db: &Db, scope: &Scope, id: PostId, version: i64) -> Result<PostVersion> {
    get(db, scope, id).await?;
    PostVersion::of(&db.one(VERSION, args![id, version]).await?)
}
