//! Links, mentions and tags of a text as facets. The server finds none by itself; offsets are UTF-8 bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use postrider_core::text::entities;
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

/// A tag has at most 64 graphemes (lexicon `app.bsky.richtext.facet`).
const TAG_GRAPHEMES_MAX: usize = 64;

/// What a stretch of text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// An address.
    Link(String),
    /// A handle, without `@`.
    Mention(String),
    /// A tag, without `#`.
    Tag(String),
}

/// Every stretch of a text that means something, in order, none overlapping.
pub fn found(text: &str) -> Vec<(Range<usize>, Meaning)> {
    entities::find(text)
        .into_iter()
        .filter_map(|found| {
            let meaning = match found.kind {
                entities::Kind::Url => Meaning::Link(address(&found.href())),
                entities::Kind::Mention if is_handle(&found.value) => Meaning::Mention(found.value.to_lowercase()),
                entities::Kind::Hashtag if found.value.graphemes(true).count() <= TAG_GRAPHEMES_MAX => Meaning::Tag(found.value),
                _ => return None,
            };
            Some((found.start..found.end, meaning))
        })
        .collect()
}

/// The facets of a text; a handle that leads nowhere stays plain text.
pub fn facets(text: &str, dids: &BTreeMap<String, Option<String>>) -> Vec<Value> {
    found(text)
        .into_iter()
        .filter_map(|(range, meaning)| {
            let feature = match meaning {
                Meaning::Link(uri) => json!({"$type": "app.bsky.richtext.facet#link", "uri": uri}),
                Meaning::Mention(handle) => {
                    json!({"$type": "app.bsky.richtext.facet#mention", "did": dids.get(&handle)?.as_ref()?})
                }
                Meaning::Tag(tag) => json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}),
            };
            Some(json!({"index": {"byteStart": range.start, "byteEnd": range.end}, "features": [feature]}))
        })
        .collect()
}

/// The address in ASCII, as the lexicon's `uri` asks; what cannot be read stays as it was typed.
fn address(link: &str) -> String {
    if link.is_ascii() {
        return link.to_owned();
    }
    url::Url::parse(link).map_or_else(|_| link.to_owned(), |url| url.to_string())
}

/// A handle is a host name: labels with dots, the last of them no number.
fn is_handle(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    let well_formed = |label: &&str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let top_is_a_name = labels.last().is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()));
    labels.len() >= 2 && labels.iter().all(well_formed) && top_is_a_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_found_at_their_utf8_bytes() {
        let cases: &[(&str, &[(&str, Meaning)])] = &[
            ("Hi", &[]),
            (
                "é https://a.example/x.",
                &[("https://a.example/x", Meaning::Link("https://a.example/x".into()))],
            ),
            (
                "(https://a.example)",
                &[("https://a.example", Meaning::Link("https://a.example".into()))],
            ),
            (
                "https://w.example/a_(b)",
                &[("https://w.example/a_(b)", Meaning::Link("https://w.example/a_(b)".into()))],
            ),
            ("👋🏽 @Blue.Example!", &[("@Blue.Example", Meaning::Mention("blue.example".into()))]),
            ("mail@blue.example", &[]),
            ("@nobody", &[]),
            (
                "#coffee, #1 #été! ＃新",
                &[
                    ("#coffee", Meaning::Tag("coffee".into())),
                    ("#été", Meaning::Tag("été".into())),
                    ("＃新", Meaning::Tag("新".into())),
                ],
            ),
            ("https:// #", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<(&str, Meaning)> = found(text).into_iter().map(|(range, meaning)| (&text[range], meaning)).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
}
