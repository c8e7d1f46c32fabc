//! Media.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use postrider_core::ids::{AssetId, ProjectId};
use postrider_core::permission::Action;
use postrider_store::scope::Object;
use postrider_store::{StoreError, assets, page, projects};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::blob;
use crate::dto::Page;
use crate::dto::asset::{AssetPatch, AssetQuery, AssetView};
use crate::extract::{Asked, Id, Json as Body};
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use crate::trail;

/// The longest description, in characters: above every network's.
const ALT_CHARS_MAX: usize = 5_000;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let see = Who::May(Action::AssetRead);
    let write = Who::May(Action::AssetWrite);
    api.get(
        "/projects/{id}/assets",
        door("list_assets", see, "The media of a project, newest first.")
            .asks::<AssetQuery>()
            .gives::<Page<AssetView>>(200),
        list,
    );
    api.get("/assets/{id}", door("asset", see, "One asset.").gives::<AssetView>(200), read);
    api.patch(
        "/assets/{id}",
        door("change_asset", write, "Changes its name or description.")
            .takes::<AssetPatch>()
            .gives::<AssetView>(200),
        change,
    );
    api.delete(
        "/assets/{id}",
        door(
            "delete_asset",
            write,
            "Deletes it; refused with `asset.in_use` while a post that is not finished uses it.",
        )
        .answers(204),
        delete,
    );
    api.get(
        "/assets/{id}/content",
        door("asset_content", see, "Its bytes; ranges are understood.")
            .header("Range", "Which bytes.")
            .gives_bytes("application/octet-stream"),
        content,
    );
    api.get(
        "/assets/{id}/thumbnail",
        door("asset_thumbnail", see, "A small picture of it.").gives_bytes("image/jpeg"),
        thumbnail,
    );
}

async fn list(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Asked(asked): Asked<AssetQuery>,
) -> Answer<Json<Page<AssetView>>> {
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let page = page::Page {
        limit: crate::dto::page::bounded(asked.limit),
        cursor: asked.cursor,
    };
    Ok(Json(Page::of(
        assets::list(state.db(), &scope, id, asked.kind, &page).await?,
        AssetView::from,
    )))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<AssetId>) -> Answer<Json<AssetView>> {
    let scope = asker.at(Object::Asset(id)).await?;
    Ok(Json(assets::get(state.db(), &scope, id).await?.into()))
}

async fn change(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<AssetId>,
    Body(asked): Body<AssetPatch>,
) -> Answer<Json<AssetView>> {
    let scope = asker.at(Object::Asset(id)).await?;
    if asked.alt_text.chars().count() > ALT_CHARS_MAX {
        return Err(Refused::invalid(
            "alt_text",
            format!("A description has at most {ALT_CHARS_MAX} characters."),
        ));
    }
    let mut tx = state.db().begin().await?;
    assets::describe(&mut tx, &scope, id, &asked.alt_text).await?;
    tx.commit().await?;
    Ok(Json(assets::get(state.db(), &scope, id).await?.into()))
}

async fn delete(State(state): State<AppState>, asker: Asker, Id(id): Id<AssetId>) -> Answer<StatusCode> {
    let scope = asker.at(Object::Asset(id)).await?;
    let mut tx = state.db().begin().await?;
    match assets::delete(&mut tx, &scope, id, state.now_ms()).await {
        Err(StoreError::Conflict) => {
            return Err(Code::AssetInUse
                .because("A post that is not finished uses this file.")
                .remedy("Take it out of the post first."));
        }
        done => done?,
    }
    trail::note(&state, &mut tx, &scope, &asker, "asset.delete", id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn content(State(state): State<AppState>, asker: Asker, Id(id): Id<AssetId>, headers: HeaderMap) -> Answer<Response<Bytes>> {
    let scope = asker.at(Object::Asset(id)).await?;
    let asset = assets::get(state.db(), &scope, id).await?;
    blob::serve(&state, &asset.blob, &asset.mime, &headers, blob::PRIVATE).await
}

async fn thumbnail(State(state): State<AppState>, asker: Asker, Id(id): Id<AssetId>, headers: HeaderMap) -> Answer<Response<Bytes>> {
    let scope = asker.at(Object::Asset(id)).await?;
    let asset = assets::get(state.db(), &scope, id).await?;
    let small = asset.thumbnail_blob.ok_or_else(Refused::not_found)?;
    blob::serve(&state, &small, "image/jpeg", &headers, blob::PRIVATE).await
}
