//! What a rule is made of.

use serde::Serialize;

use crate::network::Network;
use crate::post::{AssetKind, ContentType};
use crate::text::count::Counter;

/// The day on which the figures were last held against their sources.
pub const CHECKED: &str = "2026-11-22";

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Pixels along a side.
    Pixels,
    /// Pixels of the whole picture, times frames where the measure says so.
    PixelArea,
    /// Thousandths of width divided by height: 800 is 4:5.
    RatioThousandths,
    /// Milliseconds.
    Ms,
    /// Thousandths of a frame a second.
    FrameRateThousandths,
    /// Minutes.
    Minutes,
    /// Frames of an animation.
    Frames,
    /// Pages of a document.
    Pages,
}

/// A figure with its unit, the page it was read on, and the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// The figure.
    pub value: i64,
    /// What it counts.
    pub unit: Unit,
    /// Where it stands: an official page, or how else it is known.
    pub source: &'static str,
    /// When it was last checked.
    pub checked: &'static str,
}

/// A figure with its unit and source.
pub const fn limit(value: i64, unit: Unit, source: &'static str) -> Limit {
    Limit {
        value,
        unit,
        source,
        checked: CHECKED,
    }
}

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

/// What is measured of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Longest file.
    BytesMax,
    /// Shortest file.
    BytesMin,
    /// Greatest width.
    WidthMax,
    /// Least width.
    WidthMin,
    /// Greatest height.
    HeightMax,
    /// Least height.
    HeightMin,
    /// Greatest width and height together.
    SidesSumMax,
    /// Most pixels.
    AreaMax,
    /// Most pixels times frames.
    AreaFramesMax,
    /// Widest: greatest width by height.
    RatioMax,
    /// Tallest: least width by height.
    RatioMin,
    /// Longest.
    DurationMax,
    /// Shortest.
    DurationMin,
    /// Most frames a second.
    FrameRateMax,
    /// Fewest frames a second.
    FrameRateMin,
    /// Most frames.
    FramesMax,
    /// Most pages.
    PagesMax,
}

impl Measure {
    /// The unit of its figure.
    pub const fn unit(self) -> Unit {
        match self {
            Measure::BytesMax | Measure::BytesMin => Unit::Bytes,
            Measure::WidthMax | Measure::WidthMin | Measure::HeightMax | Measure::HeightMin | Measure::SidesSumMax => Unit::Pixels,
            Measure::AreaMax | Measure::AreaFramesMax => Unit::PixelArea,
            Measure::RatioMax | Measure::RatioMin => Unit::RatioThousandths,
            Measure::DurationMax | Measure::DurationMin => Unit::Ms,
            Measure::FrameRateMax | Measure::FrameRateMin => Unit::FrameRateThousandths,
            Measure::FramesMax => Unit::Frames,
            Measure::PagesMax => Unit::Pages,
        }
    }

    /// Whether the figure is the least allowed rather than the most.
    pub const fn is_floor(self) -> bool {
        matches!(
            self,
            Measure::BytesMin | Measure::WidthMin | Measure::HeightMin | Measure::RatioMin | Measure::DurationMin | Measure::FrameRateMin
        )
    }
}

/// What becomes of a file beyond a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// The network refuses it: an error.
    Refused,
    /// It is converted before it is sent, by us or by the network: no problem at all.
    Converted,
    /// The network takes it but shows it worse, or only some accounts may: a warning.
    Advised,
}

/// One bound of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// What is measured.
    pub measure: Measure,
    /// The bound.
    pub limit: Limit,
    /// What becomes of a file beyond it.
    pub beyond: Beyond,
}

const fn bound(measure: Measure, value: i64, beyond: Beyond, source: &'static str) -> Bound {
    Bound {
        measure,
        limit: limit(value, measure.unit(), source),
        beyond,
    }
}

/// Beyond it the network refuses the file.
pub const fn refused(measure: Measure, value: i64, source: &'static str) -> Bound {
    bound(measure, value, Beyond::Refused, source)
}

/// Beyond it the file is converted before it is sent.
pub const fn converted(measure: Measure, value: i64, source: &'static str) -> Bound {
    bound(measure, value, Beyond::Converted, source)
}

/// Beyond it the file is taken, with a drawback.
pub const fn advised(measure: Measure, value: i64, source: &'static str) -> Bound {
    bound(measure, value, Beyond::Advised, source)
}

/// One kind of file that a cell takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FileRule {
    /// Which kind.
    pub kind: AssetKind,
    /// Media types that are sent as they are.
    pub mimes: &'static [&'static str],
    /// Media types that we turn into the first of `mimes`.
    pub converted_mimes: &'static [&'static str],
    /// Video codecs that are taken; empty: any.
    pub video_codecs: &'static [&'static str],
    /// Every bound.
    pub bounds: &'static [Bound],
    /// Whether the file stands alone in its post.
    pub alone: bool,
    /// The media type that it is turned into, where the kind itself changes: a GIF sent as a video.
    pub becomes: Option<&'static str>,
    /// Limits of its alt text; `None` if the network has none. Empty: no figure is known.
    pub alt_text: Option<&'static [TextLimit]>,
}

/// The still pictures that our media part reads and writes.
const STILLS: &[&str] = &["image/jpeg", "image/png", "image/webp"];

/// A still picture; whatever we can read is turned into the first of `mimes` if the network does not take it.
pub const fn image(mimes: &'static [&'static str], bounds: &'static [Bound]) -> FileRule {
    FileRule {
        kind: AssetKind::Image,
        mimes,
        converted_mimes: STILLS,
        video_codecs: &[],
        bounds,
        alone: false,
        becomes: None,
        alt_text: None,
    }
}

/// A video, sent as it is.
pub const fn video(mimes: &'static [&'static str], video_codecs: &'static [&'static str], bounds: &'static [Bound]) -> FileRule {
    FileRule {
        kind: AssetKind::Video,
        mimes,
        converted_mimes: &[],
        video_codecs,
        bounds,
        alone: true,
        becomes: None,
        alt_text: None,
    }
}

/// An animated GIF.
pub const fn gif(becomes: Option<&'static str>, bounds: &'static [Bound]) -> FileRule {
    FileRule {
        kind: AssetKind::Gif,
        mimes: &["image/gif"],
        converted_mimes: &[],
        video_codecs: &[],
        bounds,
        alone: true,
        becomes,
        alt_text: None,
    }
}

/// A PDF.
pub const fn pdf(bounds: &'static [Bound]) -> FileRule {
    FileRule {
        kind: AssetKind::Document,
        mimes: &["application/pdf"],
        converted_mimes: &[],
        video_codecs: &[],
        bounds,
        alone: true,
        becomes: None,
        alt_text: None,
    }
}

/// The media of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MediaRule {
    /// Fewest files.
    pub min: u32,
    /// Most files.
    pub max: Limit,
    /// What each file may be.
    pub files: &'static [FileRule],
    /// Whether all pictures must have the same ratio.
    pub same_ratio: bool,
}

/// From `min` to `max` files.
pub const fn media(min: u32, max: i64, files: &'static [FileRule], source: &'static str) -> MediaRule {
    MediaRule {
        min,
        max: limit(max, Unit::Count, source),
        files,
        same_ratio: false,
    }
}

/// No media.
pub const NO_MEDIA: MediaRule = media(0, 0, &[], "the content type");

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

/// Over which span a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Window {
    /// Any span of so many milliseconds, half-open.
    Rolling {
        /// Milliseconds.
        ms: i64,
    },
    /// A calendar day.
    Day {
        /// IANA zone whose midnight it is.
        zone: &'static str,
    },
}

/// Whose use a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One account.
    Channel,
    /// One authorisation, with all its accounts.
    Grant,
    /// The whole app at the network.
    App,
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Posts that were made; a carousel is one.
    Posts,
    /// Single messages: every part of a thread, every picture of an album.
    Messages,
    /// Requests of any kind.
    Calls,
}

/// How much a network takes in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Stable name, by which use is counted.
    pub key: &'static str,
    /// How many.
    pub max: Limit,
    /// Over which span.
    pub window: Window,
    /// Whose use.
    pub scope: Scope,
    /// Of what.
    pub counts: Counts,
    /// The content types concerned; empty: all.
    pub content_types: &'static [ContentType],
    /// Whether the network answers the true figure for an account, which then takes the place of this one.
    pub read_from_network: bool,
}

/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A quota of posts per channel over a rolling span.
pub const fn quota(key: &'static str, max: i64, ms: i64, source: &'static str) -> Quota {
    Quota {
        key,
        max: limit(max, Unit::Count, source),
        window: Window::Rolling { ms },
        scope: Scope::Channel,
        counts: Counts::Posts,
        content_types: &[],
        read_from_network: false,
    }
}

/// Our own bound, which holds on every network beside its own.
pub const ROLLING_HOUR: Quota = quota(
    "rolling_hour",
    super::ROLLING_HOUR_POSTS_MAX as i64,
    HOUR_MS,
    "Postrider's own rule: ten posts on one channel in any sixty minutes",
);

/// Everything that is known of a network's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NetworkRules {
    /// Which.
    pub network: Network,
    /// Its name for people.
    pub name: &'static str,
    /// The official pages that the figures come from.
    pub pages: &'static [&'static str],
    /// The cells.
    pub cells: Cells,
    /// Its quotas; our own is among them.
    pub quotas: &'static [Quota],
}
