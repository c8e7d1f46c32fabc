//! What an adapter is given: one delivery, its account, its media.

use std::collections::BTreeMap;

use postrider_core::delivery::Part;
use postrider_core::ids::{AssetId, DeliveryId};
use postrider_core::post::{AssetFacts, Content, Mode, SettingValue, Settings};
use serde_json::Value;

/// Addresses and settings of the app registered at a network; secrets are named, never here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct App {
    /// Public id of the app.
    pub client_id: String,
    /// Version of the network's API to speak, where it has one (`v25.0`, `202607`).
    pub api_version: String,
    /// Other settings of the network, by name.
    pub settings: BTreeMap<String, String>,
}

/// The account that is posted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The network's id of it.
    pub external_id: String,
    /// Its handle, without `@`; empty if the network has none.
    pub handle: String,
    /// Kind of account: `page`, `profile`, `professional`, `repo`, …
    pub kind: String,
    /// How it was connected, where a network has several ways (`instagram_login`, `facebook_login`).
    pub variant: String,
    /// What the adapter noted when it found the account. Holds no secret.
    pub meta: Value,
}

/// A file as it will be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaRef {
    /// The asset it comes from.
    pub asset_id: AssetId,
    /// Where the bytes are, for [`crate::AssetBody::blob`].
    pub blob: String,
    /// What was measured of these bytes.
    pub facts: AssetFacts,
    /// Length of the asset as it was uploaded, bytes: what the runaway guard knows the file by, whatever was made of it for a network.
    pub original_bytes: u64,
    /// Description for who cannot see it.
    pub alt_text: String,
    /// Signed public address from which a network may fetch it; expires.
    pub public_url: String,
}

/// A part of a thread, ready to send.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPart {
    /// The text as rendered for the network (hashtags appended to the last part).
    pub text: String,
    /// Its media.
    pub media: Vec<MediaRef>,
}

/// One delivery, as an adapter sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Which.
    pub delivery_id: DeliveryId,
    /// How many times a person began it anew; part of every derived key.
    pub generation: u32,
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Its instant, UTC milliseconds.
    pub due_at_ms: i64,
    /// When the delivery was first made, UTC milliseconds: constant over attempts, so that a frozen record can carry it.
    pub created_at_ms: i64,
    /// The app.
    pub app: App,
    /// The account.
    pub account: Account,
    /// The content with this channel's overrides.
    pub content: Content,
    /// What only this network lets the post be told.
    pub settings: Settings,
    /// The text as rendered: words, then hashtags.
    pub text: String,
    /// The parts of a thread, rendered; empty for other types.
    pub parts: Vec<JobPart>,
    /// The media of the post, in order, as it suits the network.
    pub media: Vec<MediaRef>,
    /// The picture of the link card, if there is one.
    pub link_image: Option<MediaRef>,
    /// For the network's public or as a draft there.
    pub mode: Mode,
    /// Posts on this channel already known to be somebody else's or another delivery's: never candidates of a read-back.
    pub known_external_ids: Vec<String>,
}

impl Job {
    /// The option, language or words of a setting; `None` where it is as the network or the account has it.
    pub fn setting(&self, key: &str) -> Option<&str> {
        match self.settings.get(key) {
            Some(SettingValue::Text(text)) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// Whether a setting is switched on.
    pub fn is_switched_on(&self, key: &str) -> bool {
        self.settings.get(key) == Some(&SettingValue::Switch(true))
    }
}

/// The adapter's own memory between steps. Stored after each; holds no secret.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Progress(pub Value);

impl Progress {
    /// Reads it as the adapter's own type; a fresh one if nothing is stored yet.
    ///
    /// # Errors
    /// If what is stored is not of that type: a fault of ours.
    pub fn read<T: serde::de::DeserializeOwned + Default>(&self) -> Result<T, crate::Fault> {
        if self.0.is_null() {
            return Ok(T::default());
        }
        serde_json::from_value(self.0.clone()).map_err(|error| {
            crate::Fault::stop(
                postrider_core::delivery::FailureKind::Internal,
                "progress.unreadable",
                format!("The stored progress of this delivery cannot be read: {error}"),
                "Retry to begin it anew.",
            )
        })
    }

    /// Stores the adapter's own type.
    pub fn write<T: serde::Serialize>(value: &T) -> Self {
        Progress(serde_json::to_value(value).unwrap_or(Value::Null))
    }
}

/// What a commit's outcome is looked for by.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentView {
    /// Which part was sent.
    pub part: Part,
    /// The key that was sent, where the network takes one.
    pub key: String,
    /// What tells this commit from others: an upload id, a container, a text.
    pub match_key: String,
    /// When the intent was stored, UTC milliseconds.
    pub stored_at_ms: i64,
    /// The same by the network's clock, if that is behind: nothing that it lists as older can be it.
    pub listed_from_ms: i64,
    /// Whether it is known here what was sent. If not, this database was brought back or was not in use, another made the call, if any
    /// did: key and match key say nothing, and it is looked for by what it says. [`crate::Finding::Unreadable`] if that cannot be.
    pub remembered: bool,
    /// Whether another database may have made this very call, after somebody had begun the delivery anew there: then under the key of a
    /// later generation.
    pub unseen: bool,
    /// When the first call could at the latest have been sent, UTC milliseconds.
    pub send_by_ms: i64,
}
