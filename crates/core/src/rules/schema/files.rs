//! Rules of media.

use serde::Serialize;

use super::{Limit, TextLimit, Unit, limit};
use crate::post::AssetKind;

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
