//! What a post says as plain words, where a server tells it as HTML alone.

use postrider_core::text::entities::{self, Kind};

/// What may stand for a sign in HTML; the ampersand last, so that nothing is read twice.
const SIGNS: &[(&str, &str)] = &[
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The words of a post's HTML: paragraphs and lines apart, without tags.
pub fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for (index, piece) in html.split('<').enumerate() {
        let (tag, rest) = match piece.split_once('>') {
            Some(halves) if index > 0 => halves,
            _ => ("", piece),
        };
        if tag.starts_with("br") || tag.starts_with("/p") {
            text.push('\n');
        }
        text.push_str(rest);
    }
    let plain = SIGNS.iter().fold(text, |text, (sign, meant)| text.replace(sign, meant));
    folded(&plain)
}

/// The words as a server shows them in a post: of `@user@host` only `@user`.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for mention in entities::find(text).into_iter().filter(|found| found.kind == Kind::Mention) {
        let name = mention.value.split('@').next().unwrap_or_default();
        shown.push_str(&text[from..mention.start]);
        shown.push('@');
        shown.push_str(name);
        from = mention.end;
    }
    shown.push_str(&text[from..]);
    folded(&shown)
}

/// The words with one blank between them.
pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_shows_is_what_was_said() {
        let html = concat!(
            "<p>Fresh &amp; warm &lt;3<br />from <span class=\"h-card\"><a href=\"https://b.example/@ben\" class=\"u-url mention\">",
            "@<span>ben</span></a></span></p><p><a href=\"https://a.example/bread?from=oven\"><span class=\"invisible\">https://</span>",
            "<span class=\"ellipsis\">a.example/bread</span><span class=\"invisible\">?from=oven</span></a> ",
            "<a href=\"https://a.example/tags/rye\" class=\"mention hashtag\">#<span>rye</span></a> &amp;lt;</p>"
        );
        let said = "Fresh & warm <3\nfrom @ben@b.example\n\nhttps://a.example/bread?from=oven #rye &lt;";
        assert_eq!(words(html), shown(said));
        assert_ne!(words("<p>Fresh</p>"), shown("Stale"));
        assert_eq!(words("a > b"), "a > b");
    }
}
