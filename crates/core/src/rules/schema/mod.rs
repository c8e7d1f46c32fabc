//! What a rule is made of.

mod cells;
mod files;
mod quotas;
mod settings;
mod words;

use serde::Serialize;

pub use cells::*;
pub use files::*;
pub use quotas::*;
pub use settings::*;
pub use words::*;

use crate::network::Network;

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
    /// What a post can be told beside its content.
    pub settings: &'static [Setting],
    /// Its quotas; our own is among them.
    pub quotas: &'static [Quota],
    /// Within how long it refuses the same words without files a second time; `None` if it does not, or says nothing of it.
    pub repeat_refused_ms: Option<Limit>,
}
