//! The runaway guard (product S12): what something that posts without end would do, and no person does.
//!
//! Both rules count posts that a network was really asked to make: a retry of what was refused or never sent is not another post,
//! nor is a further part of a thread or a comment.

use sha2::{Digest, Sha256};

use crate::ids::AssetId;
use crate::post::Content;
use crate::rules::ROLLING_HOUR_POSTS_MAX;
use crate::rules::schema::{DAY_MS, HOUR_MS};

/// The most posts made on one channel within [`BURST_SPAN_MS`]; the next is deferred.
pub const BURST_POSTS_MAX: i64 = ROLLING_HOUR_POSTS_MAX as i64;
/// The span of the burst cap, milliseconds, half-open.
pub const BURST_SPAN_MS: i64 = HOUR_MS;
/// The most posts of one likeness on one channel within [`ALIKE_SPAN_MS`]; the next halts the channel.
pub const ALIKE_POSTS_MAX: i64 = 3;
/// The span in which posts of one likeness are counted, milliseconds.
pub const ALIKE_SPAN_MS: i64 = DAY_MS;

/// A post that was made on a channel, or may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// When the network was asked for it, UTC milliseconds.
    pub at_ms: i64,
    /// Its likeness; `None` counts as like no other.
    pub likeness: Option<String>,
}

/// What the guard says of one more post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// It may go out.
    Go,
    /// The hour is full until this instant, UTC milliseconds.
    Wait {
        /// When the window opens.
        until_ms: i64,
    },
    /// The channel is to be halted.
    Halt,
}

/// What of a post tells it from others: two that differ in case, spaces, punctuation, emoji or the tracking part of an address
/// alone have one likeness. Numbers count, since a countdown is no runaway. Files are told apart by the length of the original in bytes, so
/// that one that was uploaded again is still the same, whatever is made of it for a network. The internal title does not count.
///
/// `None` if nothing is left to know it by, such as of emoji alone: that is like no other.
pub fn likeness(content: &Content, bytes_of: impl Fn(AssetId) -> Option<u64>) -> Option<String> {
    let mut hasher = Sha256::new();
    let mut known = false;
    let mut part = |kind: &str, text: &str| {
        let words: String = text.split_whitespace().map(bare).collect();
        if !words.is_empty() {
            known = true;
            hasher.update(format!("{kind}:{words}\n"));
        }
    };
    part("text", &content.text);
    for tag in &content.hashtags {
        part("tag", tag);
    }
    for thread in &content.thread {
        part("part", &thread.text);
    }
    if let Some(link) = &content.link {
        part("link", &link.url);
    }
    if let Some(poll) = &content.poll {
        part("poll", &poll.question);
        for option in &poll.options {
            part("option", option);
        }
    }
    let files = content.assets.iter().chain(content.thread.iter().flat_map(|part| &part.assets));
    for bytes in files.filter_map(|used| bytes_of(used.asset_id)) {
        part("file", &bytes.to_string());
    }
    known.then(|| format!("{:x}", hasher.finalize()).chars().take(32).collect())
}

/// A word without what may change from one run of a loop to the next.
fn bare(word: &str) -> String {
    let address = word.starts_with("http://") || word.starts_with("https://");
    let word = if address {
        word.split(['?', '#']).next().unwrap_or(word)
    } else {
        word
    };
    word.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What is to become of one more post at an instant (UTC milliseconds), beside those made on its channel. Those of its likeness that were
/// made until the channel's last halt was lifted were looked at by a person and do not count.
pub fn say(made: &[Made], likeness: Option<&str>, lifted_at_ms: i64, now_ms: i64) -> Say {
    let alike = made
        .iter()
        .filter(|post| likeness.is_some() && post.likeness.as_deref() == likeness)
        .filter(|post| post.at_ms > lifted_at_ms && post.at_ms > now_ms - ALIKE_SPAN_MS)
        .count();
    if alike as i64 >= ALIKE_POSTS_MAX {
        return Say::Halt;
    }
    let mut hour: Vec<i64> = made
        .iter()
        .map(|post| post.at_ms)
        .filter(|at| *at > now_ms - BURST_SPAN_MS)
        .collect();
    hour.sort_unstable_by(|a, b| b.cmp(a));
    match hour.get(BURST_POSTS_MAX as usize - 1) {
        Some(tenth_last) => Say::Wait {
            until_ms: tenth_last + BURST_SPAN_MS,
        },
        None => Say::Go,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::{AssetUse, ContentType, Link};
    use proptest::prelude::*;

    fn text(words: &str) -> Content {
        Content {
            text: words.to_owned(),
            ..Content::empty(ContentType::Text)
        }
    }

    fn of(content: &Content) -> Option<String> {
        likeness(content, |_| None)
    }

    #[test]
    fn what_a_loop_changes_does_not_change_the_likeness() {
        let same = [
            "Fresh bread, every morning! https://bread.example/a?utm_id=1",
            "fresh  bread every morning https://bread.example/a",
            "FRESH BREAD 🍞 every\nmorning… https://bread.example/a#2",
        ];
        assert!(of(&text(same[0])).is_some());
        for words in same {
            assert_eq!(of(&text(words)), of(&text(same[0])), "{words}");
        }
        for other in ["Fresh bread every evening", "Fresh bread, 2 mornings", ""] {
            assert_ne!(of(&text(other)), of(&text(same[0])), "{other}");
        }
    }

    #[test]
    fn what_has_nothing_to_be_known_by_is_like_no_other() {
        for words in ["", " \n", "🍞🍞", "…!"] {
            assert_eq!(of(&text(words)), None, "{words}");
        }
    }

    #[test]
    fn files_links_and_titles() {
        let words = text("New");
        let with_files = |lengths: &[u64]| {
            let ids: Vec<AssetId> = (0..lengths.len() as u8).map(|n| AssetId::new(0, [n; 10])).collect();
            let used = |id: &AssetId| AssetUse {
                asset_id: *id,
                alt_text: String::new(),
            };
            let content = Content {
                assets: ids.iter().map(used).collect(),
                ..words.clone()
            };
            likeness(&content, |id| Some(lengths[ids.iter().position(|known| *known == id)?]))
        };
        assert_ne!(with_files(&[10]), with_files(&[11]));
        assert_ne!(with_files(&[1, 0]), with_files(&[10]));
        let titled = Content {
            title: "Run 7".to_owned(),
            ..words.clone()
        };
        assert_eq!(of(&titled), of(&words));
        let linked = Content {
            link: Some(Link {
                url: "https://bread.example".to_owned(),
                ..Link::default()
            }),
            ..words.clone()
        };
        assert_ne!(of(&linked), of(&words));
    }

    fn made(times: &[i64], likeness: Option<&str>) -> Vec<Made> {
        let likeness = likeness.map(str::to_owned);
        times
            .iter()
            .map(|at_ms| Made {
                at_ms: *at_ms,
                likeness: likeness.clone(),
            })
            .collect()
    }

    #[test]
    fn the_fourth_alike_within_a_day_halts() {
        let three = made(&[1, 2, 3], Some("a"));
        let cases = [
            (Some("a"), 0, 4, Say::Halt),
            (Some("b"), 0, 4, Say::Go),
            (None, 0, 4, Say::Go),
            // Half-open: the first has left the window.
            (Some("a"), 0, 1 + ALIKE_SPAN_MS, Say::Go),
            (Some("a"), 0, ALIKE_SPAN_MS, Say::Halt),
            // Lifted after the first of them.
            (Some("a"), 1, 4, Say::Go),
        ];
        for (likeness, lifted, now, said) in cases {
            assert_eq!(say(&three, likeness, lifted, now), said, "{likeness:?} {lifted} {now}");
        }
        assert_eq!(say(&made(&[1, 2, 3], None), None, 0, 4), Say::Go);
    }

    #[test]
    fn the_eleventh_of_an_hour_waits_for_the_first_to_leave_it() {
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!(say(&made(&ten[..9], None), None, 0, 10), Say::Go);
        assert_eq!(say(&made(&ten, None), None, 0, 11), Say::Wait { until_ms: 1 + HOUR_MS });
        assert_eq!(say(&made(&ten, None), None, 0, HOUR_MS), Say::Wait { until_ms: 1 + HOUR_MS });
        assert_eq!(say(&made(&ten, None), None, 0, 1 + HOUR_MS), Say::Go);
    }

    proptest! {
        #[test]
        fn however_hard_something_tries_no_hour_holds_more_than_ten(gaps in prop::collection::vec(0_i64..20 * 60_000, 0..120)) {
            let (mut now, mut posts) = (0_i64, Vec::new());
            for gap in gaps {
                now += gap;
                match say(&posts, None, 0, now) {
                    Say::Go => posts.push(Made { at_ms: now, likeness: None }),
                    Say::Wait { until_ms } => {
                        prop_assert!(until_ms > now && until_ms <= now + BURST_SPAN_MS);
                        prop_assert_eq!(say(&posts, None, 0, until_ms), Say::Go);
                    }
                    Say::Halt => prop_assert!(false, "nothing is alike"),
                }
            }
            for run in posts.windows(11) {
                prop_assert!(run[10].at_ms - run[0].at_ms >= BURST_SPAN_MS);
            }
        }
    }
}
