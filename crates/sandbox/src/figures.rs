//! The sandbox's own figures as one table, so that they can be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::{AssetKind, ContentType};

use crate::registry::MODULES;

/// What a figure bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Length of the text, as the network counts it first.
    TextMax,
    /// Hashtags in the text.
    HashtagsMax,
    /// Mentions in the text.
    MentionsMax,
    /// Length of the first comment.
    CommentMax,
    /// Fewest files.
    FilesMin,
    /// Most files.
    FilesMax,
    /// Length of a description of a file of this kind.
    AltMax(AssetKind),
    /// Size of a file of this kind.
    BytesMax(AssetKind),
    /// Smallest size of a file of this kind.
    BytesMin(AssetKind),
    /// Shortest file of this kind, milliseconds.
    MsMin(AssetKind),
    /// Longest file of this kind, milliseconds.
    MsMax(AssetKind),
    /// Narrowest shape, width over height in thousandths.
    RatioMin(AssetKind),
    /// Widest shape, width over height in thousandths.
    RatioMax(AssetKind),
    /// Fewest pixels across.
    WidthMin(AssetKind),
    /// Fewest pixels down.
    HeightMin(AssetKind),
    /// Most pixels in all.
    AreaMax(AssetKind),
    /// Posts of this content type in 24 hours.
    PerDay,
}

/// One figure of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Whose.
    pub network: Network,
    /// Of which content type.
    pub content: ContentType,
    /// What it bounds.
    pub what: What,
    /// The figure.
    pub value: i64,
}

/// The rows of one content type.
pub const fn rows<const N: usize>(network: Network, content: ContentType, rows: [(What, i64); N]) -> [Figure; N] {
    let mut figures = [Figure {
        network,
        content,
        what: What::TextMax,
        value: 0,
    }; N];
    let mut index = 0;
    while index < N {
        figures[index].what = rows[index].0;
        figures[index].value = rows[index].1;
        index += 1;
    }
    figures
}

/// Every figure that both tables could know.
pub fn figures() -> Vec<Figure> {
    MODULES.iter().flat_map(|module| (module.figures)()).collect()
}
