//! What X makes of a text: how much it weighs, which addresses and symbols stand in it, and how a list shows it (fact sheet sections 3 and 5).

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::limits::ADDRESS_WEIGHT;

/// Endings by which a bare name is taken for an address; X knows all that there are.
const ENDINGS: &[&str] = &["com", "net", "org", "io", "app", "dev", "example", "co", "de", "fr", "it", "uk"];
const LIGHT: [(u32, u32); 4] = [(0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037)];

/// The addresses in a text, as they stand there.
pub fn addresses(text: &str) -> Vec<&str> {
    text.split_whitespace().filter_map(address).collect()
}

fn address(word: &str) -> Option<&str> {
    let word = word.trim_start_matches(['(', '"', '\'', '“']);
    let word = match word.find('(') {
        // A bracket that was opened within belongs to the address.
        Some(_) => word.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '”']),
        None => word.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '”', ')']),
    };
    let schemed = ["http://", "https://"]
        .iter()
        .any(|scheme| word.len() > scheme.len() && word.to_ascii_lowercase().starts_with(scheme));
    if schemed {
        return Some(word);
    }
    let host = word.split(['/', '?']).next()?;
    let (name, ending) = host.rsplit_once('.')?;
    let plain = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_host = name.split('.').all(plain) && ENDINGS.contains(&ending.to_ascii_lowercase().as_str());
    is_host.then_some(word)
}

/// The stock symbols in a text.
pub fn cashtags(text: &str) -> usize {
    let symbol = |word: &&str| {
        word.strip_prefix('$').is_some_and(|rest| {
            let name = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
            (1..=6).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
    };
    text.split_whitespace().filter(symbol).count()
}

/// Pictographs, flags and keycaps.
fn is_emoji(cluster: &str) -> bool {
    let pictograph = |c: char| matches!(u32::from(c), 0x1_F000..=0x1_FAFF | 0x2600..=0x27BF | 0x2B05..=0x2B55 | 0x231A..=0x23FF | 0x20E3);
    cluster.chars().any(pictograph)
}

fn weigh(text: &str) -> usize {
    let one = |c: char| {
        let code = u32::from(c);
        if LIGHT.iter().any(|(first, last)| (*first..=*last).contains(&code)) {
            1
        } else {
            2
        }
    };
    text.graphemes(true)
        .map(|cluster| if is_emoji(cluster) { 2 } else { cluster.chars().map(one).sum() })
        .sum()
}

/// How much a text weighs, letters and their marks put together first (NFC).
pub fn weight(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let mut rest = text.as_str();
    let mut total = 0;
    for address in addresses(&text) {
        let Some(at) = rest.find(address) else { continue };
        total += weigh(&rest[..at]) + ADDRESS_WEIGHT;
        rest = &rest[at + address.len()..];
    }
    total + weigh(rest)
}

/// A text as the filter for repeats compares it.
pub fn normal(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters for a short address, the same for the same number.
fn letters(seed: u64) -> String {
    let mut rest = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = String::new();
    for _ in 0..10 {
        text.push(char::from(b'a' + (rest % 26) as u8));
        rest = rest / 26 + seed;
    }
    text
}

/// The text as lists show it, and its `entities`: addresses shortened, one appended for the media, three signs escaped.
pub fn shown(id: &str, permalink: &str, text: &str, media_keys: &[Value], moving: bool) -> (String, Value) {
    let seed: u64 = id.parse().unwrap_or(1);
    let mut out = String::new();
    let mut urls = Vec::new();
    let mut rest = text;
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for address in addresses(text) {
        let Some(at) = rest.find(address) else { continue };
        let short = format!("https://t.co/{}", letters(seed + urls.len() as u64));
        let whole = if address.contains("://") {
            address.to_owned()
        } else {
            format!("http://{address}")
        };
        out.push_str(&escaped(&rest[..at]));
        out.push_str(&short);
        urls.push(json!({"url": short, "expanded_url": whole, "display_url": address}));
        rest = &rest[at + address.len()..];
    }
    out.push_str(&escaped(rest));
    if let Some(key) = media_keys.first() {
        let short = format!("https://t.co/{}", letters(seed + urls.len() as u64));
        let kind = if moving { "video" } else { "photo" };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&short);
        urls.push(json!({"url": short, "expanded_url": format!("{permalink}/{kind}/1"), "media_key": key}));
    }
    (out, if urls.is_empty() { Value::Null } else { json!({"urls": urls}) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_weighs_what_the_documentation_says() {
        for (text, expected) in [
            ("a".repeat(280), 280),
            ("国".repeat(141), 282),
            ("https://example.com/very/long".to_owned(), 23),
            ("see example.com now".to_owned(), 31),
            ("👨‍👩‍👧‍👦".to_owned(), 2),
            ("café".to_owned(), 4),
            ("cafe\u{301}".to_owned(), 4),
            ("…".to_owned(), 2),
        ] {
            assert_eq!(weight(&text), expected, "{text}");
        }
    }

    #[test]
    fn symbols_are_told_from_prices() {
        assert_eq!(cashtags("$ABC and $XYZ, not $5 nor US$7"), 2);
    }
}
