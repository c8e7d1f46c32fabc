//! Shapes of Graph answers that both networks read.

use serde::Deserialize;
use serde_json::Value;

/// The answer to most writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Made {
    pub id: Option<String>,
    pub post_id: Option<String>,
}

/// A page of a list. One without entries has an empty `data`; without `data` it is no list, and says of nothing that it is not there.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub paging: Option<Paging>,
}

/// Where the list goes on.
#[derive(Debug, Deserialize)]
pub struct Paging {
    #[serde(default)]
    pub next: Option<String>,
    #[serde(default)]
    pub cursors: Option<Cursors>,
}

/// The last entry's mark.
#[derive(Debug, Deserialize)]
pub struct Cursors {
    #[serde(default)]
    pub after: Option<String>,
}

impl<T> List<T> {
    /// The mark to go on from; `None` on the last page.
    pub fn after(&self) -> Option<&str> {
        let paging = self.paging.as_ref().filter(|paging| paging.next.is_some())?;
        paging.cursors.as_ref()?.after.as_deref()
    }
}

/// An access token, of any of the exchanges.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
}

/// Who signed in.
#[derive(Debug, Deserialize)]
pub struct Me {
    pub id: String,
    #[serde(default)]
    pub name: String,
}

/// One of `/me/permissions`.
#[derive(Debug, Deserialize)]
pub struct GivenPermission {
    pub permission: String,
    pub status: String,
}

/// A business, for the Pages it holds.
#[derive(Debug, Deserialize)]
pub struct Business {
    pub id: String,
}

/// A Page, with its token if the person may use it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    pub id: String,
    pub name: String,
    pub username: String,
    pub category: String,
    pub tasks: Vec<String>,
    pub access_token: Option<String>,
    pub picture: Value,
    pub instagram_business_account: Option<InstagramAccount>,
}

impl Page {
    /// Where its picture is.
    pub fn picture_url(&self) -> Option<String> {
        self.picture["data"]["url"].as_str().map(str::to_owned)
    }
}

/// The Instagram account that is linked to a Page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InstagramAccount {
    pub id: String,
    pub username: String,
    pub name: String,
    pub profile_picture_url: Option<String>,
}

/// Every refusal of Graph, of Instagram's own sign-in, and of the upload host.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: GraphError,
    pub error_message: String,
    pub error_type: String,
    pub debug_info: DebugInfo,
}

/// Graph's own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GraphError {
    pub message: String,
    pub code: i64,
    pub error_subcode: i64,
    pub is_transient: bool,
    pub error_user_msg: Option<String>,
}

/// The upload host's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DebugInfo {
    #[serde(rename = "type")]
    pub kind: String,
    pub message: String,
    pub retriable: bool,
}
