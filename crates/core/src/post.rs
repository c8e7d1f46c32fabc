//! What is to be said: a post's content, and what a single channel changes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::AssetId;

/// The eleven kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// Words alone.
    Text,
    /// One picture.
    Image,
    /// Two to ten pictures.
    Carousel,
    /// One video in the feed.
    Video,
    /// One short upright video.
    Reel,
    /// One picture or video that is gone after a day.
    Story,
    /// One animated picture.
    Gif,
    /// One PDF.
    Document,
    /// An address with its card.
    Link,
    /// A question with options.
    Poll,
    /// Several parts, each answering the one before.
    Thread,
}

impl ContentType {
    /// Every content type, in the order of the picker.
    pub const ALL: [ContentType; 11] = [
        ContentType::Text,
        ContentType::Image,
        ContentType::Carousel,
        ContentType::Video,
        ContentType::Reel,
        ContentType::Story,
        ContentType::Gif,
        ContentType::Document,
        ContentType::Link,
        ContentType::Poll,
        ContentType::Thread,
    ];

    /// The name in code, API and database.
    pub const fn key(self) -> &'static str {
        match self {
            ContentType::Text => "text",
            ContentType::Image => "image",
            ContentType::Carousel => "carousel",
            ContentType::Video => "video",
            ContentType::Reel => "reel",
            ContentType::Story => "story",
            ContentType::Gif => "gif",
            ContentType::Document => "document",
            ContentType::Link => "link",
            ContentType::Poll => "poll",
            ContentType::Thread => "thread",
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A text that names no content type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a content type")]
pub struct UnknownContentType(pub String);

impl FromStr for ContentType {
    type Err = UnknownContentType;
    fn from_str(text: &str) -> Result<Self, UnknownContentType> {
        ContentType::ALL
            .into_iter()
            .find(|kind| kind.key() == text)
            .ok_or_else(|| UnknownContentType(text.to_owned()))
    }
}

/// An asset in a post, with the words that describe it to who cannot see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssetUse {
    /// The stored file.
    pub asset_id: AssetId,
    /// What it shows, in words; empty if nobody wrote any.
    #[serde(default)]
    pub alt_text: String,
}

/// An address with the card that stands for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// `http` or `https` address.
    pub url: String,
    /// Title of the card.
    #[serde(default)]
    pub title: String,
    /// Description of the card.
    #[serde(default)]
    pub description: String,
    /// Picture of the card, stored when the preview was fetched.
    #[serde(default)]
    pub image_asset_id: Option<AssetId>,
}

/// A question with options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// What can be answered.
    pub options: Vec<String>,
    /// How long answers are taken, in minutes.
    pub duration_minutes: u32,
}

/// One part of a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadPart {
    /// Words of this part.
    #[serde(default)]
    pub text: String,
    /// Media of this part.
    #[serde(default)]
    pub assets: Vec<AssetUse>,
}

/// What a post says, before any channel changes it. The title is internal, and the network's where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Content {
    /// The kind.
    pub content_type: ContentType,
    /// Title; empty if none.
    #[serde(default)]
    pub title: String,
    /// The words, without the hashtags that are appended.
    #[serde(default)]
    pub text: String,
    /// Hashtags to append, with or without their `#`.
    #[serde(default)]
    pub hashtags: Vec<String>,
    /// Media, in order.
    #[serde(default)]
    pub assets: Vec<AssetUse>,
    /// The link of a link post.
    #[serde(default)]
    pub link: Option<Link>,
    /// The poll of a poll post.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// The parts of a thread.
    #[serde(default)]
    pub thread: Vec<ThreadPart>,
    /// A comment to add under the post; empty if none.
    #[serde(default)]
    pub first_comment: String,
}

impl Content {
    /// Content of a kind with nothing in it.
    pub fn empty(content_type: ContentType) -> Self {
        Content {
            content_type,
            title: String::new(),
            text: String::new(),
            hashtags: Vec::new(),
            assets: Vec::new(),
            link: None,
            poll: None,
            thread: Vec::new(),
            first_comment: String::new(),
        }
    }

    /// This content as one channel says it: every override that is there takes the place of the original.
    pub fn overridden(&self, overrides: &Overrides) -> Content {
        let mut content = self.clone();
        if let Some(title) = &overrides.title {
            content.title.clone_from(title);
        }
        if let Some(text) = &overrides.text {
            content.text.clone_from(text);
        }
        if let Some(hashtags) = &overrides.hashtags {
            content.hashtags.clone_from(hashtags);
        }
        if let Some(assets) = &overrides.assets {
            content.assets.clone_from(assets);
        }
        if let Some(link) = &overrides.link {
            content.link = Some(link.clone());
        }
        if let Some(first_comment) = &overrides.first_comment {
            content.first_comment.clone_from(first_comment);
        }
        content
    }

    /// Every asset that the content names, thread parts and link picture included, in order and without repeats.
    pub fn asset_ids(&self) -> Vec<AssetId> {
        let mut ids: Vec<AssetId> = Vec::new();
        let parts = self.thread.iter().flat_map(|part| part.assets.iter());
        let used = self.assets.iter().chain(parts).map(|used| used.asset_id);
        let link_image = self.link.as_ref().and_then(|link| link.image_asset_id);
        for id in used.chain(link_image) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// What one channel says otherwise. A field that is absent means "as the post".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// Another title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Other hashtags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashtags: Option<Vec<String>>,
    /// Other media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<AssetUse>>,
    /// Another link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Another first comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_comment: Option<String>,
    /// What only this network lets a post be told, by the keys of its `settings` in the capabilities.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, SettingValue>)]
    pub settings: Settings,
}

impl Overrides {
    /// Whether the content itself is other than the post's.
    pub fn change_content(&self) -> bool {
        Overrides {
            settings: Settings::new(),
            ..self.clone()
        } != Overrides::default()
    }
}

/// What was chosen for a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// One of the options, a language, or words.
    Text(String),
}

/// The settings of one delivery by their keys. What is absent is as the network or the account has it.
pub type Settings = BTreeMap<String, SettingValue>;

/// How a delivery ends at the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// For followers to see.
    #[default]
    Publish,
    /// As a draft at the network, or, where its API has none, ready for a person to post.
    Draft,
}

impl Mode {
    /// The name in API and database.
    pub const fn key(self) -> &'static str {
        match self {
            Mode::Publish => "publish",
            Mode::Draft => "draft",
        }
    }
}

/// What kind of file an asset is, decided from its bytes and never from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// A still picture.
    Image,
    /// An animated GIF.
    Gif,
    /// A moving picture.
    Video,
    /// A PDF.
    Document,
}

impl AssetKind {
    /// The name in API and database.
    pub const fn key(self) -> &'static str {
        match self {
            AssetKind::Image => "image",
            AssetKind::Gif => "gif",
            AssetKind::Video => "video",
            AssetKind::Document => "document",
        }
    }
}

/// What was measured of an asset's bytes. A figure that could not be measured is absent, never guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AssetFacts {
    /// What it is.
    pub kind: AssetKind,
    /// Media type by content, such as `image/jpeg`.
    pub mime: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Width in pixels, as shown (rotation applied).
    #[serde(default)]
    pub width: Option<u32>,
    /// Height in pixels, as shown.
    #[serde(default)]
    pub height: Option<u32>,
    /// Duration in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<u64>,
    /// Frames a second.
    #[serde(default)]
    pub frame_rate: Option<f64>,
    /// Video codec, such as `h264`.
    #[serde(default)]
    pub video_codec: Option<String>,
    /// Audio codec, such as `aac`; absent if there is no sound.
    #[serde(default)]
    pub audio_codec: Option<String>,
    /// Pages of a document.
    #[serde(default)]
    pub pages: Option<u32>,
    /// Frames of an animation.
    #[serde(default)]
    pub frames: Option<u32>,
}
