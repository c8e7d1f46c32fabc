//! What becomes of a complete upload: an asset, or a refusal of its content.

use postrider_core::ids::{AssetId, UploadId};
use postrider_core::problem::Problem;
use postrider_services::media::{MediaError, Refusal, Turn};
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
    if let Some(ended) = ended(&state, &scope, upload.id).await? {
        return ended;
    }
    let made = match made(&state, &scope, &upload, id, &line, &turn).await {
        Ok(()) => Ok(id),
        // Another server may have brought it to its end, and have taken the bytes away under our hands: then theirs stands.
        Err(error) => match ended(&state, &scope, upload.id).await? {
            Some(theirs) => theirs,
            None => return Err(error),
        },
    };
    turn.discard().await.map_err(broken)?;
    if made.as_ref().is_ok_and(|made| *made == id) {
        trail::changed(&state, "asset", id, 0, scope.organization_id, Some(upload.project_id));
    }
    made
}

/// What became of an upload, if it has ended.
async fn ended(state: &AppState, scope: &Scope, id: UploadId) -> Answer<Option<Answer<AssetId>>> {
    let upload = uploads::get(state.db(), scope, id).await?;
    Ok(match (upload.asset_id, upload.failure) {
        (Some(asset), _) => Some(Ok(asset)),
        (None, Some(failure)) => Some(Err(refused_before(failure))),
        (None, None) => None,
    })
}

/// Makes an asset of the bytes, or notes why they are refused.
async fn made(state: &AppState, scope: &Scope, upload: &Upload, id: AssetId, line: &Entry, turn: &Turn) -> Answer<()> {
    let total = u64::try_from(upload.total_bytes).unwrap_or(0);
    let file = turn.whole(total).await.map_err(broken)?;
    let taken = match state.media.ingest_file(id, &file).await {
        Ok(taken) => taken,
        Err(MediaError::Refused(refusal)) => return Err(note_refusal(state, upload, refusal).await?),
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
    match recorded(state, scope, upload, &new, line).await {
        Err(StoreError::Conflict) => {
            state.media.forget(kept).await.map_err(Refused::internal)?;
            Err(StoreError::Conflict.into())
        }
        recorded => Ok(recorded?),
    }
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
