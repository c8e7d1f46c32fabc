//! Rules of text and titles.

use serde::Serialize;

use super::{CHECKED, Limit, Unit, limit};
use crate::text::count::Counter;

/// The longest text, in the network's own way of counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TextLimit {
    /// The most that is taken.
    pub max: i64,
    /// How it is counted.
    pub counter: Counter,
    /// Where it stands.
    pub source: &'static str,
    /// When it was last checked.
    pub checked: &'static str,
}

/// A text limit with its source.
pub const fn text_limit(max: i64, counter: Counter, source: &'static str) -> TextLimit {
    TextLimit {
        max,
        counter,
        source,
        checked: CHECKED,
    }
}

/// What can be counted in a text beside its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// Hashtags, the appended ones included.
    Hashtags,
    /// Mentions.
    Mentions,
    /// Different addresses.
    Links,
    /// Stock symbols such as `$ABC`.
    Cashtags,
}

/// The most of one entity in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EntityLimit {
    /// Which.
    pub entity: Entity,
    /// How many.
    pub max: Limit,
}

/// At most so many of an entity.
pub const fn at_most(entity: Entity, max: i64, source: &'static str) -> EntityLimit {
    EntityLimit {
        entity,
        max: limit(max, Unit::Count, source),
    }
}

/// The rules of a post's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TextRule {
    /// Whether the text is sent at all: a story drops it.
    pub sent: bool,
    /// Every limit that holds; the first is the one to show.
    pub limits: &'static [TextLimit],
    /// The most of hashtags, mentions and so on.
    pub entities: &'static [EntityLimit],
    /// Characters that the network refuses.
    pub forbidden: &'static str,
}

/// A text of at most so much.
pub const fn text(limits: &'static [TextLimit]) -> TextRule {
    TextRule {
        sent: true,
        limits,
        entities: &[],
        forbidden: "",
    }
}

/// The text is left out.
pub const NO_TEXT: TextRule = TextRule {
    sent: false,
    limits: &[],
    entities: &[],
    forbidden: "",
};

/// The title, where the network has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TitleRule {
    /// Whether it must be there.
    pub required: bool,
    /// Its length.
    pub limits: &'static [TextLimit],
    /// Characters that the network refuses.
    pub forbidden: &'static str,
}
