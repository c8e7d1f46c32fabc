//! Finding posts by words.

use postrider_core::post::Content;

/// What of a post's content is searched: title, words of all parts and hashtags, in lower case.
pub fn text_of(content: &Content) -> String {
    let parts = content.thread.iter().map(|part| part.text.as_str());
    let mut words: Vec<&str> = vec![&content.title, &content.text];
    words.extend(parts);
    words.extend(content.hashtags.iter().map(String::as_str));
    words.extend(content.poll.iter().map(|poll| poll.question.as_str()));
    words.retain(|word| !word.is_empty());
    words.join("\n").to_lowercase()
}

/// The pattern for `LIKE … ESCAPE '\'` that finds a phrase anywhere.
pub fn pattern(phrase: &str) -> String {
    let mut out = String::from("%");
    for symbol in phrase.trim().to_lowercase().chars() {
        if matches!(symbol, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(symbol);
    }
    out.push('%');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_to_the_database_are_only_signs() {
        assert_eq!(pattern(" 100%_Ä\\ "), "%100\\%\\_ä\\\\%");
    }
}
