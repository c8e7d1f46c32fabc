//! Media.

use postrider_core::ids::{AssetId, ProjectId, UploadId, UserId};
use postrider_core::post::{AssetFacts, AssetKind};
use postrider_store::assets::Asset;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use crate::problem::ProblemDocument;

/// A stored file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetView {
    /// Which.
    pub id: AssetId,
    /// In which project.
    pub project_id: ProjectId,
    /// Who uploaded it.
    pub author_id: UserId,
    /// Its name, as uploaded.
    pub name: String,
    /// What it is, by its bytes.
    pub kind: AssetKind,
    /// What was measured of it.
    pub facts: AssetFacts,
    /// SHA-256 of the bytes as stored, in hexadecimal.
    pub sha256: String,
    /// Description for who cannot see it; the default where it is used.
    pub alt_text: String,
    /// Where the signed-in person reads the bytes.
    pub content_url: String,
    /// Where the signed-in person reads a small picture of it; null if there is none.
    pub thumbnail_url: Option<String>,
    /// When it was uploaded.
    pub created_at: Instant,
}

impl From<Asset> for AssetView {
    fn from(row: Asset) -> Self {
        AssetView {
            content_url: format!("{}/assets/{}/content", crate::api::BASE, row.id),
            thumbnail_url: row
                .thumbnail_blob
                .as_ref()
                .map(|_| format!("{}/assets/{}/thumbnail", crate::api::BASE, row.id)),
            id: row.id,
            project_id: row.project_id,
            author_id: row.author_id,
            name: row.name,
            kind: row.kind,
            facts: row.facts,
            sha256: row.sha256,
            alt_text: row.alt_text,
            created_at: Instant(row.created_at),
        }
    }
}

/// What to change of an asset.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetPatch {
    /// Another description.
    pub alt_text: String,
}

/// Which assets.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssetQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Of this kind only.
    pub kind: Option<AssetKind>,
}

/// How far an upload is.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// Which.
    pub id: UploadId,
    /// Bytes that are there.
    pub received_bytes: u64,
    /// Bytes that were announced.
    pub total_bytes: u64,
    /// The asset it became; also sent as `Postrider-Asset` with the last answer.
    pub asset: Option<AssetView>,
    /// Why the content was refused.
    pub failure: Option<ProblemDocument>,
}
