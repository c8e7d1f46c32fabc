//! Links, mentions and tags of a text as facets. The server finds none by itself; offsets are UTF-8 bytes.

use std::collections::BTreeMap;
use std::ops::Range;

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
    let mut found = Vec::new();
    for (start, word) in words(text) {
        let lead = word.len() - word.trim_start_matches(['(', '[', '"', '\'', '«', '“']).len();
        let bare = &word[lead..];
        let at = start + lead;
        if let Some(link) = link(bare) {
            found.push((at..at + link.len(), Meaning::Link(address(link))));
        } else if let Some(handle) = bare.strip_prefix('@').and_then(handle) {
            found.push((at..at + 1 + handle.len(), Meaning::Mention(handle.to_lowercase())));
        } else if let Some((mark, tag)) = tag(bare) {
            found.push((at..at + mark + tag.len(), Meaning::Tag(tag.to_owned())));
        }
    }
    found
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

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive(char::is_whitespace)
        .scan(0, |next, chunk| {
            let start = *next;
            *next += chunk.len();
            Some((start, chunk.trim_end()))
        })
        .filter(|(_, word)| !word.is_empty())
}

fn link(word: &str) -> Option<&str> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let mut link = word;
    loop {
        let trimmed = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '»', '”', ']', '…']);
        let trimmed = match trimmed.strip_suffix(')') {
            Some(rest) if !rest.contains('(') => rest,
            _ => trimmed,
        };
        if trimmed == link {
            break;
        }
        link = trimmed;
    }
    (link.len() > scheme.len()).then_some(link)
}

/// The address in ASCII, as the lexicon's `uri` asks; what cannot be read stays as it was typed.
fn address(link: &str) -> String {
    if link.is_ascii() {
        return link.to_owned();
    }
    url::Url::parse(link).map_or_else(|_| link.to_owned(), |url| url.to_string())
}

fn handle(word: &str) -> Option<&str> {
    let end = word
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.')
        .unwrap_or(word.len());
    let handle = word[..end].trim_end_matches(['.', '-']);
    let labels: Vec<&str> = handle.split('.').collect();
    let well_formed = labels.len() >= 2
        && labels
            .iter()
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let top_is_a_name = labels.last().is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()));
    (well_formed && top_is_a_name).then_some(handle)
}

fn tag(word: &str) -> Option<(usize, &str)> {
    let mark = word.chars().next().filter(|c| matches!(c, '#' | '＃'))?.len_utf8();
    let rest = &word[mark..];
    let end = rest.find(['#', '＃']).unwrap_or(rest.len());
    let tag = rest[..end].trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_' && !is_symbol(c));
    let only_digits = tag.chars().all(|c| c.is_ascii_digit());
    (!tag.is_empty() && !only_digits && tag.graphemes(true).count() <= TAG_GRAPHEMES_MAX).then_some((mark, tag))
}

/// Marks beyond ASCII and general punctuation (emoji, combining marks) may end a tag.
fn is_symbol(c: char) -> bool {
    !c.is_ascii() && !matches!(u32::from(c), 0x80..=0xbf | 0x2010..=0x205e | 0x3001..=0x3003 | 0x300a..=0x3011)
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
