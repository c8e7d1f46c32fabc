//! How a server reads a text: what it counts (fact sheet section 4), and the HTML that it makes of it.

use unicode_segmentation::UnicodeSegmentation;

use super::limits::URL_CHARS;

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Url(&'a str),
    /// Name and server.
    Mention(&'a str, &'a str),
    Hashtag(&'a str),
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Length of the start of a text whose every sign fits.
fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

fn url_at(text: &str) -> Option<usize> {
    if !(text.starts_with("http://") || text.starts_with("https://")) {
        return None;
    }
    let end = run(text, |c| !c.is_whitespace() && !matches!(c, '<' | '>' | '"'));
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
    (!address.ends_with("//")).then_some(address.len())
}

fn mention_at(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('@')?;
    let (name, rest) = rest.split_at(run(rest, is_name));
    let rest = rest.strip_prefix('@')?;
    let host = rest[..run(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))].trim_end_matches(['.', '-']);
    (!name.is_empty() && host.contains('.')).then_some((name, host))
}

fn hashtag_at(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('#')?;
    let tag = &rest[..run(rest, |c| c.is_alphanumeric() || c == '_')];
    tag.chars().any(|c| !c.is_numeric()).then_some(tag)
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut from, mut before) = (0, ' ');
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        let rest = &text[at..];
        let begins = !(before.is_alphanumeric() || matches!(before, '_' | '/' | '@'));
        let special = match c {
            'h' if begins => url_at(rest).map(|bytes| (Piece::Url(&rest[..bytes]), bytes)),
            '@' if begins => mention_at(rest).map(|(name, host)| (Piece::Mention(name, host), name.len() + host.len() + 2)),
            '#' if begins => hashtag_at(rest).map(|tag| (Piece::Hashtag(tag), tag.len() + 1)),
            _ => None,
        };
        if let Some((piece, bytes)) = special {
            found.push(Piece::Plain(&text[from..at]));
            found.push(piece);
            (from, skip_to) = (at + bytes, at + bytes);
            before = 'x';
        } else {
            before = c;
        }
    }
    found.push(Piece::Plain(&text[from..]));
    found
}

/// How long a text is: every address counts the same, and of a mention its server does not count.
pub fn count(text: &str) -> usize {
    let of_piece = |piece: &Piece<'_>| match piece {
        Piece::Plain(text) => text.graphemes(true).count(),
        Piece::Url(_) => URL_CHARS,
        Piece::Mention(name, _) => name.len() + 1,
        Piece::Hashtag(tag) => tag.graphemes(true).count() + 1,
    };
    pieces(text).iter().map(of_piece).sum()
}

fn escaped(text: &str) -> String {
    html_escape::encode_quoted_attribute(text).into_owned()
}

/// An address as it is shown: without its scheme, and cut where it is long; all of it stands there all the same.
fn link(url: &str) -> String {
    let scheme = &url[..url.find("//").map_or(0, |at| at + 2)];
    let shown = &url[scheme.len()..];
    let cut = shown.char_indices().nth(30).map_or(shown.len(), |(at, _)| at);
    let class = if cut < shown.len() { "ellipsis" } else { "" };
    format!(
        "<a href=\"{0}\" rel=\"nofollow noopener\" target=\"_blank\"><span class=\"invisible\">{1}</span><span class=\"{class}\">{2}</span>\
         <span class=\"invisible\">{3}</span></a>",
        escaped(url),
        escaped(scheme),
        escaped(&shown[..cut]),
        escaped(&shown[cut..]),
    )
}

/// The HTML that readers get.
pub fn html(host: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let inner: String = pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => escaped(text),
            Piece::Url(url) => link(url),
            Piece::Mention(name, at) => {
                format!("<span class=\"h-card\" translate=\"no\"><a href=\"https://{at}/@{name}\" class=\"u-url mention\">@<span>{name}</span></a></span>")
            }
            Piece::Hashtag(tag) => format!(
                "<a href=\"https://{host}/tags/{0}\" class=\"mention hashtag\" rel=\"tag\">#<span>{0}</span></a>",
                escaped(tag)
            ),
        })
        .collect();
    let paragraphs: Vec<String> = inner
        .split("\n\n")
        .map(|paragraph| format!("<p>{}</p>", paragraph.trim_matches('\n').replace('\n', "<br />")))
        .collect();
    paragraphs.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_the_same_and_a_mentions_server_does_not() {
        for (text, counted) in [
            ("", 0),
            ("👨‍👩‍👧‍👦", 1),
            ("Read https://a.example/a/very/long/address/that/goes/on?and=on.", 29),
            ("(https://a.example)", 25),
            ("@ana@social.example hi", 7),
            ("ana@social.example", 18),
            ("#rye @ana", 9),
            ("https://", 8),
        ] {
            assert_eq!(count(text), counted, "{text:?}");
        }
    }

    #[test]
    fn readers_get_paragraphs_and_links() {
        assert_eq!(
            html("a.example", "One & two\nthree\n\n<b>"),
            "<p>One &amp; two<br />three</p><p>&lt;b&gt;</p>"
        );
        let linked = html("a.example", "See https://b.example/0123456789/0123456789/0123456789 #rye");
        assert!(linked.contains("class=\"ellipsis\">b.example/0123456789/012345678<"), "{linked}");
        assert!(linked.contains("href=\"https://a.example/tags/rye\""), "{linked}");
    }
}
