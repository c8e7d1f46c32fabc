//! The card of a link, fetched by the server.

use axum::Json;
use axum::extract::State;
use postrider_core::ids::{AssetId, ProjectId};
use postrider_core::permission::Action;
use postrider_services::fetch::{FetchError, PreviewImage};
use postrider_store::assets::{self, NewAsset};
use postrider_store::projects;
use postrider_store::scope::{Object, Scope};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::auth::asker::allowed;
use crate::dto::asset::AssetView;
use crate::dto::link_preview::{LinkPreviewQuery, LinkPreviewView};
use crate::extract::Asked;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/link-preview",
        door("link_preview", Who::SignedIn, "What the page behind a link says of itself.")
            .asks::<LinkPreviewQuery>()
            .gives::<LinkPreviewView>(200),
        preview,
    );
}

async fn preview(State(state): State<AppState>, asker: Asker, Asked(asked): Asked<LinkPreviewQuery>) -> Answer<Json<LinkPreviewView>> {
    let scope = match asked.project_id {
        Some(id) => {
            let scope = asker.at(Object::Project(id)).await?;
            allowed(&scope, Action::AssetWrite, scope.user_id)?;
            projects::get(state.db(), &scope, id).await?;
            Some((scope, id))
        }
        None => None,
    };
    let found = state.fetch.link_preview(&asked.url).await.map_err(unreadable)?;
    let image = match (scope, found.image) {
        (Some((scope, project)), Some(image)) => keep(&state, &scope, project, image).await?,
        _ => None,
    };
    Ok(Json(LinkPreviewView {
        url: found.url,
        title: found.title,
        description: found.description,
        domain: found.domain,
        image,
    }))
}

fn unreadable(error: FetchError) -> Refused {
    Code::LinkUnreadable
        .because(format!("{error}."))
        .field("url")
        .remedy("The link can be posted all the same; fill in title and description yourself.")
}

/// Stores a card's picture. One that cannot be used is left out: the card goes without.
async fn keep(state: &AppState, scope: &Scope, project: ProjectId, image: PreviewImage) -> Answer<Option<AssetView>> {
    let now_ms = state.now_ms();
    let id = AssetId::new(now_ms, state.ten());
    let Ok(taken) = state.media.ingest_bytes(id, image.bytes).await else {
        return Ok(None);
    };
    let new = NewAsset {
        id,
        project_id: project,
        name: image.name,
        sha256: taken.sha256,
        facts: taken.facts,
        blob: taken.blob,
        thumbnail_blob: taken.thumbnail_blob,
        alt_text: String::new(),
        created_at: now_ms,
    };
    let mut tx = state.db().begin().await?;
    let row = assets::create(&mut tx, scope, &new).await?;
    tx.commit().await?;
    Ok(Some(row.into()))
}
