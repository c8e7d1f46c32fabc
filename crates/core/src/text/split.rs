//! Splits a long text into parts for a thread.

use unicode_segmentation::UnicodeSegmentation;

use super::count::{Counter, count};

/// Parts of at most `max`, broken after a paragraph, else a sentence, else a word, and only if a word itself is too long, within it.
/// Nothing but white space at the breaks is lost. Empty if `max` is not positive or there are no words.
pub fn split(text: &str, counter: Counter, max: i64) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && max > 0 {
        if count(counter, rest) <= max {
            parts.push(rest.to_owned());
            break;
        }
        let cut = cut(rest, counter, max);
        let (part, tail) = rest.split_at(cut);
        parts.push(part.trim_end().to_owned());
        rest = tail.trim_start();
    }
    parts
}

/// Where the first part ends, in bytes; never 0.
fn cut(text: &str, counter: Counter, max: i64) -> usize {
    let fits = |end: &usize| *end > 0 && count(counter, text[..*end].trim_end()) <= max;
    let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, cluster)| at + cluster.len()).collect();
    // Counting is monotone up to the joining of addresses, so the longest fitting end is looked for from the front.
    let longest = ends.iter().copied().take_while(fits).last();
    let longest = longest.or_else(|| ends.first().copied()).unwrap_or(text.len());
    let head = &text[..longest];
    let broke_at_word = text[longest..].starts_with(char::is_whitespace);
    let after = |pattern: &str| head.rfind(pattern).map(|at| at + pattern.len());
    let sentence = [". ", "! ", "? ", "。", "\n"].into_iter().filter_map(after).max();
    let word = head
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace())
        .map(|(at, c)| at + c.len_utf8());
    let worthwhile = |at: &usize| *at * 2 >= longest;
    after("\n\n")
        .filter(worthwhile)
        .or(sentence.filter(worthwhile))
        .or(if broke_at_word { Some(longest) } else { word })
        .filter(fits)
        .unwrap_or(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_breaks_where_it_pauses() {
        let cases: &[(&str, i64, &[&str])] = &[
            ("short", 10, &["short"]),
            ("", 10, &[]),
            ("One sentence. Two more.", 15, &["One sentence.", "Two more."]),
            ("alpha beta gamma", 10, &["alpha beta", "gamma"]),
            ("aaaaaaaaaa", 4, &["aaaa", "aaaa", "aa"]),
            ("First part\n\nSecond", 14, &["First part", "Second"]),
        ];
        for (text, max, expected) in cases {
            assert_eq!(split(text, Counter::Graphemes, *max), *expected, "{text:?}");
        }
    }

    #[test]
    fn no_part_is_too_long_and_no_word_is_lost() {
        let text = "Kaffee und Kuchen. Wir backen jeden Tag frisch! Kommt vorbei: https://example.com/angebote/heute 🙂 bis morgen.";
        for max in 24..120 {
            let parts = split(text, Counter::Weighted, max);
            for part in &parts {
                assert!(count(Counter::Weighted, part) <= max, "{max}: {part}");
            }
            let words = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(words(&parts.concat()), words(text), "{max}");
        }
    }
}
