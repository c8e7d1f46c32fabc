//! Addresses, hashtags, mentions and stock symbols in a text, with their places in bytes.

use std::sync::LazyLock;

use regex::Regex;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An address, with or without its scheme.
    Url,
    /// `#word`.
    Hashtag,
    /// `@name` or `@name@host`.
    Mention,
    /// `$ABC`.
    Cashtag,
}

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// An address as it stands; a hashtag, mention or symbol without its sign.
    pub value: String,
}

impl Found {
    /// Whether an address names its scheme.
    pub fn has_scheme(&self) -> bool {
        self.kind == Kind::Url && has_scheme(&self.value)
    }

    /// The address to open: with `https://` if it names no scheme.
    pub fn href(&self) -> String {
        if self.has_scheme() {
            self.value.clone()
        } else {
            format!("https://{}", self.value)
        }
    }
}

/// Endings by which a bare host is taken for an address. Others are addresses only with their scheme, or with three labels
/// and a country's two letters.
pub const BARE_ENDINGS: [&str; 40] = [
    "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "name", "pro", "app", "dev", "blog", "shop", "store", "online", "site",
    "website", "tech", "cloud", "agency", "studio", "design", "media", "news", "social", "life", "world", "live", "academy", "coffee",
    "company", "digital", "email", "club", "xyz", "top", "co", "tv",
];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?P<url>https?://[^\s<>\x22\x{3000}]+)",
        r"|(?P<bare>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?:/[^\s<>\x22\x{3000}]*)?)",
        r"|[@＠](?P<mention>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?:@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?)",
        r"|[#＃](?P<tag>[\p{L}\p{M}\p{N}_]+)",
        r"|\$(?P<cash>[a-z]{1,6})",
    ))
    .ok()
});

fn has_scheme(value: &str) -> bool {
    let starts = |scheme: &str| value.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    starts("https://") || starts("http://")
}

/// Leaves out punctuation that ends the sentence and not the address; a closing bracket stays if it was opened within.
fn trimmed(url: &str) -> &str {
    let mut url = url;
    while let Some(last) = url.chars().next_back() {
        let opening = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => None,
        };
        let stray = match opening {
            Some(open) => url.matches(last).count() > url.matches(open).count(),
            None => ".,;:!?'*…。、，！？»”’".contains(last),
        };
        if !stray {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url
}

fn is_bare_address(value: &str) -> bool {
    let host = value.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let ending = labels.last().copied().unwrap_or_default();
    BARE_ENDINGS.contains(&ending)
        || (ending.len() == 2 && (labels.len() >= 3 || value.contains('/')) && labels.iter().all(|label| label.len() > 1))
}

/// Everything found in a text, in order, without overlaps.
pub fn find(text: &str) -> Vec<Found> {
    let Some(pattern) = PATTERN.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(captures) = pattern.captures_at(text, from) {
        let Some(whole) = captures.get(0) else { break };
        let before = text[..whole.start()].chars().next_back();
        let within_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let candidate = if let Some(url) = captures.name("url") {
            let value = trimmed(url.as_str());
            (!within_word && value.len() > "https://".len()).then_some((Kind::Url, value))
        } else if let Some(bare) = captures.name("bare") {
            let value = trimmed(bare.as_str());
            let joined = before.is_some_and(|c| "@＠#＃/.-$".contains(c)) || text[whole.end()..].starts_with(['@', '_']);
            (!within_word && !joined && is_bare_address(value)).then_some((Kind::Url, value))
        } else if let Some(mention) = captures.name("mention") {
            (!within_word && before != Some('/')).then_some((Kind::Mention, mention.as_str()))
        } else if let Some(tag) = captures.name("tag") {
            let worded = tag.as_str().chars().any(|c| !c.is_numeric());
            (!within_word && worded && before != Some('/') && before != Some('&')).then_some((Kind::Hashtag, tag.as_str()))
        } else if let Some(cash) = captures.name("cash") {
            let ends = !text[whole.end()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            (!within_word && ends).then_some((Kind::Cashtag, cash.as_str()))
        } else {
            None
        };
        match candidate {
            Some((kind, value)) => {
                let end = if kind == Kind::Url {
                    whole.start() + value.len()
                } else {
                    whole.end()
                };
                found.push(Found {
                    kind,
                    start: whole.start(),
                    end,
                    value: value.to_owned(),
                });
                from = end;
            }
            None => {
                // A refused sign is stepped over alone, as an address or mention may begin within the match; a refused word whole.
                let skip = if captures.name("bare").is_some() || captures.name("cash").is_some() || captures.name("url").is_some() {
                    whole.len()
                } else {
                    text[whole.start()..].chars().next().map_or(1, char::len_utf8)
                };
                from = whole.start() + skip;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Kind, String)> {
        find(text)
            .into_iter()
            .map(|found| {
                assert!(text.is_char_boundary(found.start) && text.is_char_boundary(found.end));
                (found.kind, text[found.start..found.end].to_owned())
            })
            .collect()
    }

    #[test]
    fn entities_are_found_where_a_reader_sees_them() {
        use Kind::*;
        let cases: &[(&str, &[(Kind, &str)])] = &[
            ("Read https://a.example/x_(y). Now", &[(Url, "https://a.example/x_(y)")]),
            ("(https://a.example)", &[(Url, "https://a.example")]),
            ("HTTP://A.example!", &[(Url, "HTTP://A.example")]),
            ("https://", &[]),
            ("go to example.com, please", &[(Url, "example.com")]),
            ("shop.example.co.uk/a?b=1", &[(Url, "shop.example.co.uk/a?b=1")]),
            ("i.e. this.That and e.g. that", &[]),
            ("mail ana@example.com today", &[]),
            ("hi @ana and @bob.bsky.social.", &[(Mention, "@ana"), (Mention, "@bob.bsky.social")]),
            ("@ana@social.example", &[(Mention, "@ana@social.example")]),
            (
                "#Kaffee #2026 #top10 a#b #über_alles",
                &[(Hashtag, "#Kaffee"), (Hashtag, "#top10"), (Hashtag, "#über_alles")],
            ),
            ("＃日本", &[(Hashtag, "＃日本")]),
            ("$ABC costs $5, US$ABC no, $ABCDEFGH no", &[(Cashtag, "$ABC")]),
            ("https://a.example/#top @x", &[(Url, "https://a.example/#top"), (Mention, "@x")]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<(Kind, String)> = expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
            assert_eq!(all(text), expected, "{text:?}");
        }
    }

    #[test]
    fn places_are_bytes() {
        let found = find("é🙂 #a");
        assert_eq!((found[0].start, found[0].end, found[0].value.as_str()), (7, 9, "a"));
    }

    #[test]
    fn a_bare_address_opens_with_https() {
        assert_eq!(find("example.com")[0].href(), "https://example.com");
        assert_eq!(find("http://example.com")[0].href(), "http://example.com");
    }
}
