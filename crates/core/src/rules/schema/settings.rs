//! What a network lets a post be told beside its content: who sees it, what stands before it, in which language it is.

use serde::Serialize;

use super::{CHECKED, TextLimit};
use crate::post::ContentType;

/// One option of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SettingOption {
    /// The value as the network's API names it.
    pub value: &'static str,
    /// Its name for people.
    pub label: &'static str,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SettingKind {
    /// One of these.
    Choice {
        /// Which.
        options: &'static [SettingOption],
    },
    /// On or off.
    Switch,
    /// Words.
    Text {
        /// Every limit that holds.
        limits: &'static [TextLimit],
        /// Whether they count as a part of the post's text as well.
        counts_with_text: bool,
    },
    /// A language by its code of two or three letters (ISO 639).
    Language,
}

/// What a setting cannot be combined with: a choice of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// The other setting.
    pub key: &'static str,
    /// Its value.
    pub value: &'static str,
}

/// A setting of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name in API and database.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
    /// What can be chosen.
    #[serde(flatten)]
    pub kind: SettingKind,
    /// Whether a person has to choose before anything is published: the network allows no default. A draft there needs none.
    pub required: bool,
    /// What it cannot be combined with while it is switched on or chosen.
    pub clashes: &'static [Clash],
    /// The content types that it is for; empty for all.
    pub content_types: &'static [ContentType],
    /// Where it stands.
    pub source: &'static str,
    /// When it was last checked.
    pub checked: &'static str,
}

impl Setting {
    /// Whether a content type has it.
    pub fn is_for(&self, content_type: ContentType) -> bool {
        self.content_types.is_empty() || self.content_types.contains(&content_type)
    }
}

/// A setting for every content type.
pub const fn setting(key: &'static str, label: &'static str, help: &'static str, kind: SettingKind, source: &'static str) -> Setting {
    Setting {
        key,
        label,
        help,
        kind,
        required: false,
        clashes: &[],
        content_types: &[],
        source,
        checked: CHECKED,
    }
}

/// An option of a choice.
pub const fn option(value: &'static str, label: &'static str) -> SettingOption {
    SettingOption { value, label }
}
