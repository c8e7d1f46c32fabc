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
    /// The address of a page, which starts with `https://`.
    Address,
    /// A date and a time of day where the account is, such as `2026-11-23T09:00`.
    Moment,
}

/// A choice of another setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Chosen {
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
    /// Whether a person has to choose before anything is published: the network allows no default. A draft there needs none, and what goes
    /// only with other choices is asked for with these alone.
    pub required: bool,
    /// What it cannot be combined with while it is switched on or chosen.
    pub clashes: &'static [Chosen],
    /// The choices of which one has to be made for it to say anything; empty if it says something by itself.
    pub only_with: &'static [Chosen],
    /// The key of the moment that it cannot lie before.
    pub not_before: Option<&'static str>,
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
        only_with: &[],
        not_before: None,
        content_types: &[],
        source,
        checked: CHECKED,
    }
}

/// An option of a choice.
pub const fn option(value: &'static str, label: &'static str) -> SettingOption {
    SettingOption { value, label }
}
