//! Texts: how long they are, and their markup.

use super::error::{Answer, Refusal};

/// Tags of HTML that the server knows.
const TAGS: &[&str] = &[
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-emoji",
];
/// Signs that stand for themselves in MarkdownV2 only behind a backslash.
const RESERVED: &str = ">#+-={}.!()]|";
/// Signs that begin and end something in MarkdownV2.
const PAIRED: &[(char, &str)] = &[('*', "Bold"), ('_', "Italic"), ('~', "Strikethrough"), ('`', "Code")];

/// Units of UTF-16.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text without its markup.
///
/// # Errors
/// 400 if the markup cannot be read.
pub fn parsed(text: &str, mode: Option<&str>) -> Answer<String> {
    match mode.map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => Ok(text.to_owned()),
        Some("html") => html(text),
        Some("markdownv2") => markdown(text),
        Some("markdown") => Ok(text.replace(['*', '_', '`'], "")),
        Some(_) => Err(Refusal::bad("unsupported parse_mode")),
    }
}

fn wrong(what: impl std::fmt::Display) -> Refusal {
    Refusal::bad(format!("can't parse entities: {what}"))
}

fn html(text: &str) -> Answer<String> {
    let mut plain = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let offset = text.len() - rest.len() + start;
        plain.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        let end = inside
            .find('>')
            .ok_or_else(|| wrong(format!("Unclosed start tag at byte offset {offset}")))?;
        let tag = &inside[..end];
        rest = &inside[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let name = name.trim().to_ascii_lowercase();
            let expected = open.pop();
            if expected.as_ref() != Some(&name) {
                let expected = expected.map_or_else(|| "none".to_owned(), |tag| format!("\"</{tag}>\""));
                return Err(wrong(format!(
                    "Unmatched end tag at byte offset {offset}, expected {expected}, found \"</{name}>\""
                )));
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
        if !TAGS.contains(&name.as_str()) {
            return Err(wrong(format!("Unsupported start tag \"{name}\" at byte offset {offset}")));
        }
        open.push(name);
    }
    plain.push_str(rest);
    match open.pop() {
        Some(tag) => Err(wrong(format!("Can't find end tag corresponding to start tag \"{tag}\""))),
        None => Ok(html_escape::decode_html_entities(&plain).into_owned()),
    }
}

fn markdown(text: &str) -> Answer<String> {
    let mut plain = String::new();
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut signs = text.char_indices();
    while let Some((offset, sign)) = signs.next() {
        let paired = PAIRED.iter().any(|(known, _)| *known == sign);
        match sign {
            '\\' => plain.extend(signs.next().map(|(_, escaped)| escaped)),
            '[' => {
                let rest = &text[offset + 1..];
                let link = rest
                    .split_once("](")
                    .and_then(|(words, rest)| Some((words, rest.split_once(')')?.0)));
                let (words, address) = link.ok_or_else(|| wrong(format!("Can't find end of a URL at byte offset {offset}")))?;
                plain.push_str(words);
                let after = offset + 1 + words.len() + 2 + address.len() + 1;
                while signs.clone().next().is_some_and(|(at, _)| at < after) {
                    signs.next();
                }
            }
            _ if paired && open.last().is_some_and(|(known, _)| *known == sign) => {
                open.pop();
            }
            _ if paired => open.push((sign, offset)),
            _ if RESERVED.contains(sign) => {
                return Err(wrong(format!(
                    "Character '{sign}' is reserved and must be escaped with the preceding '\\'"
                )));
            }
            _ => plain.push(sign),
        }
    }
    match open.pop() {
        Some((sign, offset)) => {
            let name = PAIRED.iter().find(|(known, _)| *known == sign).map_or("", |(_, name)| *name);
            Err(wrong(format!("Can't find end of {name} entity at byte offset {offset}")))
        }
        None => Ok(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_taken_out_or_refused_where_it_is_wrong() {
        let html = |text: &str| parsed(text, Some("HTML"));
        assert_eq!(
            html("<b>Bread</b> &amp; <a href=\"https://a.example\">tea</a>"),
            Ok("Bread & tea".to_owned())
        );
        assert!(html("<p>Bread</p>").is_err() && html("<b>Bread").is_err() && html("<b>Bread</i>").is_err());
        let markdown = |text: &str| parsed(text, Some("MarkdownV2"));
        assert_eq!(markdown("*Bread* [tea](https://a.example) 1\\.5"), Ok("Bread tea 1.5".to_owned()));
        assert!(markdown("1.5").is_err() && markdown("*Bread").is_err() && markdown("[tea").is_err());
        assert_eq!(parsed("<p> *1.5", None), Ok("<p> *1.5".to_owned()));
        assert!(parsed("x", Some("bbcode")).is_err());
        assert_eq!(units("👍é"), 3);
    }
}
