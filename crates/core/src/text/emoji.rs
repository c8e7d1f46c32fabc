//! Which grapheme clusters are emoji.

use std::sync::LazyLock;

use regex::Regex;

/// Emoji by themselves, text signs made emoji by U+FE0F, keycaps, and pictographs. The three marks ©, ® and ™ are emoji with
/// U+FE0F only.
static EMOJI: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\p{Emoji_Presentation}|\p{Emoji}\x{FE0F}|[#*0-9]\x{20E3}|[\p{Extended_Pictographic}--[©®™]]").ok());

/// Whether one grapheme cluster is shown as an emoji. U+FE0E asks for the text form and takes it out.
pub(super) fn is_emoji(cluster: &str) -> bool {
    !cluster.is_ascii() && !cluster.contains('\u{FE0E}') && EMOJI.as_ref().is_some_and(|emoji| emoji.is_match(cluster))
}

#[cfg(test)]
mod tests {
    use super::is_emoji;

    #[test]
    fn emoji_are_told_from_signs() {
        for yes in ["🙂", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "❤️", "1️⃣", "©️", "☺"] {
            assert!(is_emoji(yes), "{yes}");
        }
        for no in ["a", "1", "#", "©", "é", "国", "☺\u{FE0E}", "…"] {
            assert!(!is_emoji(no), "{no}");
        }
    }
}
