//! Reads a page's metadata: Open Graph first, then Twitter's, then what HTML itself says.

use std::cell::RefCell;

use encoding_rs::{Encoding, UTF_8};
use lol_html::{HtmlRewriter, Settings, element, text};

/// What a page says of itself. Texts have their entities resolved and their white space folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Its title; empty if it has none.
    pub title: String,
    /// Its description; empty if it has none.
    pub description: String,
    /// The address of its picture, as written.
    pub image: Option<String>,
    /// What its relative addresses are relative to, if it says so.
    pub base: Option<String>,
}

/// The meta names that are read, best first, for each thing.
const TITLES: [&str; 2] = ["og:title", "twitter:title"];
const DESCRIPTIONS: [&str; 3] = ["og:description", "twitter:description", "description"];
const IMAGES: [&str; 5] = [
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
];

#[derive(Default)]
struct Found {
    metas: Vec<(String, String)>,
    title: String,
    title_open: bool,
    title_closed: bool,
    base: Option<String>,
}

/// Reads the metadata of a page. A page that is not HTML gives none.
pub fn read(body: &[u8], content_type: &str) -> Metadata {
    let text = decode(body, content_type);
    let found = RefCell::new(Found::default());
    let handlers = vec![
        element!("meta", |meta| {
            let name = meta.get_attribute("property").or_else(|| meta.get_attribute("name"));
            if let (Some(name), Some(content)) = (name, meta.get_attribute("content")) {
                found.borrow_mut().metas.push((name.trim().to_ascii_lowercase(), content));
            }
            Ok(())
        }),
        element!("base[href]", |base| {
            let mut found = found.borrow_mut();
            if found.base.is_none() {
                found.base = base.get_attribute("href").map(|href| fold(&href));
            }
            Ok(())
        }),
        // Pictures drawn in the page have titles of their own.
        element!("title", |_| {
            let mut found = found.borrow_mut();
            found.title_closed = found.title_open;
            found.title_open = true;
            Ok(())
        }),
        text!("title", |chunk| {
            let mut found = found.borrow_mut();
            if !found.title_closed {
                found.title.push_str(chunk.as_str());
            }
            Ok(())
        }),
    ];
    let settings = handlers
        .into_iter()
        .fold(Settings::new().with_strict(false), Settings::append_element_content_handler);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // What was read before a page that cannot be read on is kept.
    if rewriter.write(text.as_bytes()).is_ok() {
        drop(rewriter.end());
    } else {
        drop(rewriter);
    }
    let found = found.into_inner();
    let best = |names: &[&str]| {
        names.iter().find_map(|name| {
            let meta = found
                .metas
                .iter()
                .find(|(meta, content)| meta == name && !content.trim().is_empty());
            meta.map(|(_, content)| fold(content))
        })
    };
    Metadata {
        title: best(&TITLES).unwrap_or_else(|| fold(&found.title)),
        description: best(&DESCRIPTIONS).unwrap_or_default(),
        image: best(&IMAGES),
        base: found.base,
    }
}

/// Entities resolved, white space folded, control characters left out.
fn fold(text: &str) -> String {
    let text = html_escape::decode_html_entities(text);
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|char| !char.is_control()).collect())
        .collect();
    words.join(" ")
}

/// The page as text: by its byte order mark, what the server says, what the page says, else UTF-8.
fn decode<'a>(body: &'a [u8], content_type: &str) -> std::borrow::Cow<'a, str> {
    let marked = Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let said = || label(content_type).and_then(|label| Encoding::for_label(label.as_bytes()));
    let written = || {
        let head = body.get(..body.len().min(2048)).unwrap_or_default();
        label(&String::from_utf8_lossy(head)).and_then(|label| Encoding::for_label(label.as_bytes()))
    };
    marked.or_else(said).or_else(written).unwrap_or(UTF_8).decode(body).0
}

/// What follows the first `charset=`.
fn label(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset=")?;
    let label: String = after
        .trim_start_matches([' ', '"', '\''])
        .chars()
        .take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | ':' | '.'))
        .collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_graph_goes_before_twitter_and_both_before_html() {
        let page = r#"<html><head><title>Plain &amp; simple</title>
            <meta name="description" content="from meta">
            <meta name="twitter:title" content="from twitter"><meta name="twitter:image" content="/t.png">
            <meta property="og:title" content="From  &quot;OG&quot;&#33;
              two lines"><meta property="og:image" content="  "></head><body><svg><title>no</title></svg></body></html>"#;
        let metadata = read(page.as_bytes(), "text/html");
        assert_eq!(metadata.title, "From \"OG\"! two lines");
        assert_eq!(metadata.description, "from meta");
        assert_eq!(metadata.image.as_deref(), Some("/t.png"));
        let bare = read(b"<title>Plain &amp; simple</title><svg><title>no</title></svg>", "");
        assert_eq!(bare.title, "Plain & simple");
    }

    #[test]
    fn a_page_is_read_in_its_own_charset() {
        let table: [(&[u8], &str, &str); 5] = [
            (b"<title>Gr\xfc\xdfe</title>", "text/html; charset=ISO-8859-1", "Grüße"),
            (b"<meta charset=\"windows-1252\"><title>\x80 5</title>", "text/html", "€ 5"),
            ("<title>Grüße</title>".as_bytes(), "text/html", "Grüße"),
            (b"<meta charset=shift_jis><title>\x93\xfa\x96{</title>", "", "日本"),
            (
                b"\xff\xfe<\0t\0i\0t\0l\0e\0>\0A\0<\0/\0t\0i\0t\0l\0e\0>\0",
                "text/html; charset=utf-8",
                "A",
            ),
        ];
        for (body, content_type, title) in table {
            assert_eq!(read(body, content_type).title, title);
        }
    }

    #[test]
    fn nonsense_gives_no_metadata_and_no_panic() {
        for body in [
            &b""[..],
            b"\0\xff\xfe",
            b"<title",
            b"<meta property=og:title content=",
            b"{\"a\":1}",
        ] {
            assert_eq!(read(body, "text/html; charset=").title, "", "{body:?}");
        }
        let deep = "<div>".repeat(100_000);
        assert_eq!(read(deep.as_bytes(), "text/html"), Metadata::default());
    }
}
