//! The rules table and the ways to connect, as data for the page.

use postrider_core::Network;
use serde::Serialize;
use utoipa::ToSchema;

/// What every network can do, and which of them this installation can connect.
#[derive(Debug, Serialize, ToSchema)]
pub struct Capabilities {
    /// The rules table: content types, limits, quotas, per network; the input of the page's own check.
    pub rules: serde_json::Value,
    /// The networks in the order in which they are shown.
    pub networks: Vec<NetworkView>,
    /// The largest file that can be uploaded, in bytes.
    pub upload_bytes_max: u64,
    /// Posts that may go out on one channel within any 60 minutes.
    pub posts_an_hour_max: u32,
}

/// A network and how it is connected here.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkView {
    /// Which.
    pub network: Network,
    /// Its name for people.
    pub label: String,
    /// The ways to connect; empty if this version cannot.
    pub variants: Vec<ConnectVariant>,
    /// Whether access can be renewed without the person.
    pub renews: bool,
    /// The content types that its API has drafts for.
    pub drafts: Vec<postrider_core::post::ContentType>,
}

/// One way to connect.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectVariant {
    /// To be sent as `variant`.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What the person does.
    pub by: ConnectBy,
    /// What the person types before.
    pub fields: Vec<FieldView>,
    /// What will be asked for, named before anything opens.
    pub permissions: Vec<PermissionView>,
    /// Whether the keys of the app are configured here.
    pub configured: bool,
}

/// How a person connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectBy {
    /// On the network's own pages, in a popup.
    Oauth,
    /// By what is typed alone.
    Form,
}

/// Something that a person types to connect.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// To be sent under this name.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it looks like.
    pub placeholder: String,
    /// Where it is found; empty if that needs no words.
    pub help: String,
    /// The page where it is found; null if there is none.
    pub help_url: Option<String>,
    /// Whether nobody may see it.
    pub secret: bool,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A permission that is asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermissionView {
    /// The network's name of it.
    pub scope: String,
    /// What it is for.
    pub purpose: String,
    /// What will not work without it.
    pub feature: String,
}
