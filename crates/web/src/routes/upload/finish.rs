//! What becomes of a complete upload: an asset, or a refusal of its content.

use postrider_core::ids::AssetId;
use postrider_core::problem::Problem;
use postrider_services::media::{MediaError, Refusal};
use postrider_store::StoreError;
use postrider_store::assets::{self, NewAsset};
use postrider_store::audit::{self, Entry};
use postrider_store::scope::Scope;
use postrider_store::uploads::{self, Upload};

use super::tus::broken;
use crate::auth::Asker;
use crate::problem::{Answer, Code, ProblemDocument, Refused};
use crate::state::AppState;
use crate::trail;

/// Makes the asset of a complete upload, or notes why its content is refused. Whoever asks while it is under way waits for the same
/// asset. It is brought to its end even if who asked hangs up: what is half done could not be gone on with.
pub(super) async fn finish(state: &AppState, scope: &Scope, asker: &Asker, upload: &Upload) -> Answer<AssetId> {
    let id = AssetId::new(state.now_ms(), state.ten());
    let detail = serde_json::json!({"name": upload.name});
    let line = trail::line(state, scope, asker, "asset.create", id, detail);
    let work = assembled(state.clone(), scope.clone(), upload.clone(), id, line);
    tokio::spawn(work).await.map_err(Refused::internal)?
}

async fn assembled(state: AppState, scope: Scope, upload: Upload, id: AssetId, line: Entry) -> Answer<AssetId> {
    let turn = state.media.uploads.wait_for_turn(upload.id).await;
    // Another request may have brought it to its end meanwhile.
    let upload = uploads::get(state.db(), &scope, upload.id).await?;
    if let Some(asset) = upload.asset_id {
        return Ok(asset);
    }
    if let Some(failure) = upload.failure {
        return Err(refused_before(failure));
    }
    let total = u64::try_from(upload.total_bytes).unwrap_or(0);
    let file = turn.whole(total).await.map_err(broken)?;
    let taken = match state.media.ingest_file(id, &file).await {
        Ok(taken) => taken,
        Err(MediaError::Refused(refusal)) => {
            let refused = note_refusal(&state, &upload, refusal).await?;
            turn.discard().await.map_err(broken)?;
            return Err(refused);
        }
        Err(error) => return Err(Refused::internal(error)),
    };
    let kept: Vec<String> = [taken.blob.clone()].into_iter().chain(taken.thumbnail_blob.clone()).collect();
    let new = NewAsset {
        id,
        project_id: upload.project_id,
        name: upload.name.clone(),
        sha256: taken.sha256,
        facts: taken.facts,
        blob: taken.blob,
        thumbnail_blob: taken.thumbnail_blob,
        alt_text: String::new(),
        created_at: line.at,
    };
    match recorded(&state, &scope, &upload, &new, &line).await {
        Ok(()) => {}
        // Another server brought it to its end meanwhile: theirs stands.
        Err(StoreError::Conflict) => {
            state.media.forget(kept).await.map_err(Refused::internal)?;
            let upload = uploads::get(state.db(), &scope, upload.id).await?;
            return match (upload.asset_id, upload.failure) {
                (Some(asset), _) => Ok(asset),
                (None, Some(failure)) => Err(refused_before(failure)),
                (None, None) => Err(Refused::not_found()),
            };
        }
        Err(error) => return Err(error.into()),
    }
    turn.discard().await.map_err(broken)?;
    trail::changed(&state, "asset", id, 0, scope.organization_id, Some(upload.project_id));
    Ok(id)
}

async fn recorded(state: &AppState, scope: &Scope, upload: &Upload, new: &NewAsset, line: &Entry) -> Result<(), StoreError> {
    let mut tx = state.db().begin().await?;
    assets::create(&mut tx, scope, new).await?;
    uploads::finished(&mut tx, upload.id, new.id).await?;
    audit::record(&mut tx, line).await?;
    tx.commit().await
}

/// Notes with the upload why its content is refused, for who asks later.
async fn note_refusal(state: &AppState, upload: &Upload, refusal: Refusal) -> Answer<Refused> {
    let problem = Problem::from(refusal);
    let refused = Code::Media
        .because(problem.message.clone())
        .field("file")
        .remedy(problem.remedy.clone())
        .problems(vec![problem]);
    let document = serde_json::to_value(refused.document()).unwrap_or_default();
    let mut tx = state.db().begin().await?;
    uploads::refused(&mut tx, upload.id, &document).await?;
    tx.commit().await?;
    Ok(refused_before(document))
}

/// The refusal that was noted with an upload.
pub(super) fn refused_before(failure: serde_json::Value) -> Refused {
    let told: Option<ProblemDocument> = serde_json::from_value(failure).ok();
    told.map_or_else(Refused::not_found, |document| {
        let refused = Code::Media.because(document.detail).field("file").problems(document.problems);
        match document.remedy {
            Some(remedy) => refused.remedy(remedy),
            None => refused,
        }
    })
}
