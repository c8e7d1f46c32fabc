//! The text that is really sent: the words, then the hashtags.

use std::collections::HashSet;

/// A hashtag as it is appended: with one `#`, without spaces; empty if nothing is left.
pub fn normalized_hashtag(tag: &str) -> String {
    let bare: String = tag
        .trim()
        .trim_start_matches(['#', '＃'])
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if bare.is_empty() { bare } else { format!("#{bare}") }
}

/// Appends the hashtags after a blank line, each once; one that stands in the text already (in any case) is left out.
pub fn with_hashtags(text: &str, hashtags: &[String]) -> String {
    // Folded words that stand already; a set, since a list of many thousand hashtags must not cost its square.
    let mut present: HashSet<String> = text
        .split_whitespace()
        .filter(|word| word.starts_with('#'))
        .map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_').to_lowercase())
        .collect();
    let mut appended: Vec<String> = Vec::new();
    for tag in hashtags {
        let tag = normalized_hashtag(tag);
        if !tag.is_empty() && present.insert(tag.to_lowercase()) {
            appended.push(tag);
        }
    }
    let text = text.trim_end();
    match (text.is_empty(), appended.is_empty()) {
        (_, true) => text.to_owned(),
        (true, false) => appended.join(" "),
        (false, false) => format!("{text}\n\n{}", appended.join(" ")),
    }
}

/// How many characters of a text stand for it in a list or a notice.
const HEADLINE_CHARS: usize = 60;

/// What a post is called where it has to be named: its title, else how its words begin, else its kind.
pub fn headline(content: &crate::post::Content) -> String {
    let candidates = [content.title.as_str(), content.text.as_str()]
        .into_iter()
        .chain(content.thread.first().map(|part| part.text.as_str()))
        .chain(content.poll.as_ref().map(|poll| poll.question.as_str()))
        .chain(content.link.as_ref().map(|link| link.url.as_str()));
    for candidate in candidates {
        let line = candidate.trim().lines().next().unwrap_or_default();
        if !line.is_empty() {
            let short: String = line.chars().take(HEADLINE_CHARS).collect();
            return if short.len() < line.len() {
                format!("{}…", short.trim_end())
            } else {
                short
            };
        }
    }
    content.content_type.key().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[&str]) -> Vec<String> {
        list.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn hashtags_follow_a_blank_line_each_once() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("Hi", &[], "Hi"),
            ("Hi", &["a", "#b", " # c d "], "Hi\n\n#a #b #cd"),
            ("Hi #Coffee!", &["coffee", "tea", "#TEA"], "Hi #Coffee!\n\n#tea"),
            ("", &["a"], "#a"),
            ("Hi  \n", &["", "#"], "Hi"),
        ];
        for (text, hashtags, expected) in cases {
            assert_eq!(with_hashtags(text, &tags(hashtags)), *expected);
        }
    }
}
