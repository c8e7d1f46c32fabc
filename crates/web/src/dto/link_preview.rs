//! The card of a link.

use postrider_core::ids::ProjectId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asset::AssetView;

/// Of which link.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LinkPreviewQuery {
    /// `http` or `https` address.
    pub url: String,
    /// If given, the card's picture is stored in this project, ready to be used.
    pub project_id: Option<ProjectId>,
}

/// What the page behind a link says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkPreviewView {
    /// The address after redirects.
    pub url: String,
    /// Its title; empty if it says none.
    pub title: String,
    /// Its description; empty if it says none.
    pub description: String,
    /// The domain, for the card's foot.
    pub domain: String,
    /// Its picture, stored.
    pub image: Option<AssetView>,
}
