//! Shapes of the answers of Business Profile's APIs: accounts and locations in their first version, posts in the fourth. What is empty, zero
//! or false may be left out.

use serde::Deserialize;

/// Who signed in (OpenID Connect).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Person {
    pub sub: String,
    pub name: String,
    pub email: String,
}

/// `accounts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Accounts {
    pub accounts: Vec<Owner>,
    pub next_page_token: String,
}

/// Who holds locations: a person, a group or an organization.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Owner {
    /// `accounts/{id}`.
    pub name: String,
}

/// `locations`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Locations {
    pub locations: Vec<Location>,
    pub next_page_token: String,
}

/// A location.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Location {
    /// `locations/{id}`.
    pub name: String,
    pub title: String,
    pub store_code: String,
    pub language_code: String,
    pub storefront_address: Option<Address>,
    pub service_area: ServiceArea,
    pub open_info: OpenInfo,
    pub metadata: Metadata,
}

/// A postal address.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Address {
    pub region_code: String,
    pub postal_code: String,
    pub administrative_area: String,
    pub locality: String,
    pub address_lines: Vec<String>,
}

/// Where a business goes to its customers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceArea {
    pub places: Places,
}

/// The places that it serves.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Places {
    pub place_infos: Vec<Place>,
}

/// One of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Place {
    pub place_name: String,
}

/// Whether it is open.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OpenInfo {
    pub status: String,
}

/// What Google says of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    pub maps_uri: String,
    pub has_voice_of_merchant: bool,
}

/// Why a location has no say. One of the four is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Voice {
    pub has_voice_of_merchant: bool,
    pub verify: Option<Verify>,
    pub wait_for_voice_of_merchant: Option<Empty>,
    pub resolve_ownership_conflict: Option<Empty>,
    pub comply_with_guidelines: Option<Comply>,
}

/// What says all by being there.
#[derive(Debug, Default, Deserialize)]
pub struct Empty {}

/// It is to be verified.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Verify {
    pub has_pending_verification: bool,
}

/// It was suspended or disabled.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Comply {
    pub recommendation_reason: String,
}

/// `localPosts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Posts {
    pub local_posts: Vec<Post>,
    pub next_page_token: String,
}

/// A post.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Post {
    /// `accounts/{id}/locations/{id}/localPosts/{id}`.
    pub name: String,
    pub summary: String,
    pub topic_type: String,
    pub state: String,
    pub create_time: String,
    pub search_url: String,
    pub call_to_action: Button,
    pub event: Event,
}

/// Its button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Button {
    pub url: String,
}

/// Its event, or what an offer has of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    pub title: String,
}

/// A refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: Said,
}

/// What it says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    pub message: String,
    /// `PERMISSION_DENIED` and the like.
    pub status: String,
    pub details: Vec<Detail>,
}

/// More of it: an `ErrorInfo` or a `ValidationError`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Detail {
    pub reason: String,
    pub metadata: Info,
    pub error_details: Vec<Flaw>,
}

/// What a limit is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    pub quota_limit_value: String,
}

/// What is wrong with a field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flaw {
    pub field: String,
    pub message: String,
}
