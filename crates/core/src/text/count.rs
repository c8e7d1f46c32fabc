//! How long a text is, as each network counts.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use super::emoji::is_emoji;
use super::entities::{self, Kind};

/// A network's way of counting text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Unicode code points.
    Chars,
    /// What a reader takes for one character (UAX #29 extended clusters).
    Graphemes,
    /// UTF-16 code units: an emoji outside the basic plane is two.
    Utf16,
    /// UTF-8 bytes.
    Bytes,
    /// X, twitter-text configuration 3: addresses 23, emoji 2, most of the Latin, Greek, Cyrillic and Arabic scripts 1, all else 2.
    Weighted,
    /// Mastodon: graphemes, addresses 23, and of `@user@host` only `@user`.
    Mastodon,
    /// Threads: code points, but an emoji counts its UTF-8 bytes.
    Threads,
}

impl Counter {
    /// What is counted, in words for a message.
    pub const fn noun(self) -> &'static str {
        match self {
            Counter::Bytes => "bytes",
            _ => "characters",
        }
    }
}

/// What an address counts on X and Mastodon, whatever its length (docs.x.com: Counting characters; docs.joinmastodon.org: Posting).
pub const URL_WEIGHT: i64 = 23;
/// Code points that X counts once; all others count twice (twitter-text, config v3).
pub const LIGHT_RANGES: [(u32, u32); 4] = [(0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037)];

/// How long the text is by this way of counting.
pub fn count(counter: Counter, text: &str) -> i64 {
    match counter {
        Counter::Chars => signed(text.chars().count()),
        Counter::Graphemes => graphemes(text),
        Counter::Utf16 => signed(text.encode_utf16().count()),
        Counter::Bytes => signed(text.len()),
        Counter::Weighted => weighted(text),
        Counter::Mastodon => mastodon(text),
        Counter::Threads => text
            .graphemes(true)
            .map(|cluster| {
                signed(if is_emoji(cluster) {
                    cluster.len()
                } else {
                    cluster.chars().count()
                })
            })
            .sum(),
    }
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn graphemes(text: &str) -> i64 {
    signed(text.graphemes(true).count())
}

fn weighted(text: &str) -> i64 {
    let text: String = text.nfc().collect();
    let mut total = 0;
    let mut from = 0;
    for found in entities::find(&text).iter().filter(|found| found.kind == Kind::Url) {
        total += weigh(&text[from..found.start]) + URL_WEIGHT;
        from = found.end;
    }
    total + weigh(&text[from..])
}

fn weigh(text: &str) -> i64 {
    let point = |c: char| {
        let code = u32::from(c);
        if LIGHT_RANGES.iter().any(|(first, last)| (*first..=*last).contains(&code)) {
            1
        } else {
            2
        }
    };
    text.graphemes(true)
        .map(|cluster| if is_emoji(cluster) { 2 } else { cluster.chars().map(point).sum() })
        .sum()
}

fn mastodon(text: &str) -> i64 {
    let mut total = 0;
    let mut from = 0;
    for found in entities::find(text) {
        let counted = match found.kind {
            Kind::Url if found.has_scheme() => URL_WEIGHT,
            Kind::Mention => {
                let name = found.value.split('@').next().unwrap_or_default();
                1 + graphemes(name)
            }
            _ => continue,
        };
        total += graphemes(&text[from..found.start]) + counted;
        from = found.end;
    }
    total + graphemes(&text[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_counts_in_its_own_way() {
        use Counter::*;
        let family = "👨‍👩‍👧‍👦";
        let cases: &[(Counter, &str, i64)] = &[
            (Chars, "café", 4),
            (Graphemes, family, 1),
            (Graphemes, "e\u{301}", 1),
            (Utf16, "🙂", 2),
            (Utf16, family, 11),
            (Bytes, "é", 2),
            (Weighted, "café", 4),
            (Weighted, "cafe\u{301}", 4),
            (Weighted, "国", 2),
            (Weighted, "…", 2),
            (Weighted, family, 2),
            (Weighted, "https://example.com/a/very/long/path?with=a&query=string", 23),
            (Weighted, "see example.com now", 31),
            (Weighted, "(https://example.com)", 25),
            (Mastodon, "https://example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 23),
            (Mastodon, "example.com", 11),
            (Mastodon, "@ana@social.example hi", 7),
            (Threads, "🙂", 4),
            (Threads, "hé", 2),
        ];
        for (counter, text, expected) in cases {
            assert_eq!(count(*counter, text), *expected, "{counter:?} {text:?}");
        }
    }
}
