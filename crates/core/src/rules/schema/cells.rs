//! What a network does with a content type.

use serde::Serialize;

use super::{Limit, MediaRule, TextLimit, TextRule, TitleRule};
use crate::post::ContentType;

/// Where the address of a link post goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPlace {
    /// A field of its own: the network shows a card or a button.
    Field,
    /// The text: the network makes a card of it if it can.
    Text,
}

/// The link of a link post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LinkRule {
    /// Where the address goes.
    pub place: LinkPlace,
    /// Whether followers can tap it.
    pub tappable: bool,
    /// Whether the card needs a title.
    pub title_required: bool,
    /// Length of the address.
    pub url: &'static [TextLimit],
    /// Length of the card's title.
    pub title: &'static [TextLimit],
    /// Length of the card's description.
    pub description: &'static [TextLimit],
    /// Longest file of the card's picture; larger ones are converted.
    pub image_bytes_max: Option<Limit>,
}

/// The address stands in the text.
pub const LINK_IN_TEXT: LinkRule = LinkRule {
    place: LinkPlace::Text,
    tappable: true,
    title_required: false,
    url: &[],
    title: &[],
    description: &[],
    image_bytes_max: None,
};

/// The address has a field of its own.
pub const LINK_FIELD: LinkRule = LinkRule {
    place: LinkPlace::Field,
    ..LINK_IN_TEXT
};

/// A poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PollRule {
    /// Limits of the question; `None`: the network has no question, it stands in the text.
    pub question: Option<&'static [TextLimit]>,
    /// Fewest options.
    pub options_min: Limit,
    /// Most options.
    pub options_max: Limit,
    /// Length of an option.
    pub option: &'static [TextLimit],
    /// Whether the duration can be set.
    pub duration_settable: bool,
    /// Shortest duration in minutes.
    pub duration_min: Option<Limit>,
    /// Longest duration in minutes.
    pub duration_max: Option<Limit>,
    /// The only durations taken, in minutes; empty: any within the bounds.
    pub durations: &'static [u32],
}

/// A thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ThreadRule {
    /// Media of one part.
    pub media: MediaRule,
}

/// A content type that a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What is made of it where the network has no such thing itself; said by the composer.
    pub conversion: Option<&'static str>,
    /// The text.
    pub text: TextRule,
    /// The title, where the network has one.
    pub title: Option<TitleRule>,
    /// The media.
    pub media: MediaRule,
    /// The link.
    pub link: Option<LinkRule>,
    /// The poll.
    pub poll: Option<PollRule>,
    /// The thread.
    pub thread: Option<ThreadRule>,
    /// Limits of a first comment; `None` if the API has none. Empty: no figure is known.
    pub first_comment: Option<&'static [TextLimit]>,
    /// Whether the API keeps drafts of it; otherwise a draft becomes a reminder for a person.
    pub draft_api: bool,
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "cells are constants, handed out by reference")]
pub enum Cell {
    /// It is published, natively or by the conversion stated.
    Offered(Offer),
    /// It is not.
    NotOffered {
        /// The reason, which is the network's API.
        reason: &'static str,
    },
}

/// An empty cell.
pub const fn not_offered(reason: &'static str) -> Cell {
    Cell::NotOffered { reason }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// Words alone.
    pub text: Cell,
    /// One picture.
    pub image: Cell,
    /// Several pictures.
    pub carousel: Cell,
    /// One video.
    pub video: Cell,
    /// One short upright video.
    pub reel: Cell,
    /// One picture or video for a day.
    pub story: Cell,
    /// One animated picture.
    pub gif: Cell,
    /// One PDF.
    pub document: Cell,
    /// An address.
    pub link: Cell,
    /// A question.
    pub poll: Cell,
    /// Several parts.
    pub thread: Cell,
}

impl Cells {
    /// The cell of a content type.
    pub const fn of(&self, content_type: ContentType) -> &Cell {
        match content_type {
            ContentType::Text => &self.text,
            ContentType::Image => &self.image,
            ContentType::Carousel => &self.carousel,
            ContentType::Video => &self.video,
            ContentType::Reel => &self.reel,
            ContentType::Story => &self.story,
            ContentType::Gif => &self.gif,
            ContentType::Document => &self.document,
            ContentType::Link => &self.link,
            ContentType::Poll => &self.poll,
            ContentType::Thread => &self.thread,
        }
    }
}
