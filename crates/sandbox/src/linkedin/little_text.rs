//! The "little text" that commentary is written in.
//!
//! Fifteen characters are reserved and must be escaped by a backslash to stand for themselves. The network does not refuse
//! a reserved character that stands alone: it answers 201 and keeps only what came before it. So does this parser.

/// The characters that have a meaning unless a backslash precedes them.
pub const RESERVED: &str = "|{}@[]()<>#\\*_~";

/// Something that a reader of the post can click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A hashtag, without its sign.
    Hashtag(String),
    /// A mention whose text named the entity rightly.
    Mention {
        /// What is shown.
        name: String,
        /// Whom it points to.
        urn: String,
    },
}

/// Commentary as the network understood it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commentary {
    /// What a reader sees.
    pub shown: String,
    /// What a read of the post answers: escapes kept, hashtags in template form.
    pub template: String,
    /// Hashtags and mentions, in order.
    pub marks: Vec<Mark>,
    /// How many characters of the sent text were kept, if it was cut.
    pub cut_at: Option<usize>,
}

/// Reads commentary. `name_of` answers the display name of a URN, and whether upper and lower case matter in it.
pub fn parse(text: &str, name_of: impl Fn(&str) -> Option<(String, bool)>) -> Commentary {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Commentary::default();
    let mut at = 0;
    while at < letters.len() {
        let Some(next) = token(&letters, at, &name_of, &mut out) else {
            out.cut_at = Some(at);
            break;
        };
        at = next;
    }
    out
}

fn token(letters: &[char], at: usize, name_of: &impl Fn(&str) -> Option<(String, bool)>, out: &mut Commentary) -> Option<usize> {
    match letters[at] {
        '\\' => {
            let escaped = *letters.get(at + 1).filter(|letter| RESERVED.contains(**letter))?;
            out.shown.push(escaped);
            out.template.extend(['\\', escaped]);
            Some(at + 2)
        }
        '#' | '＃' => {
            let word: String = letters[at + 1..].iter().take_while(|letter| letter.is_alphanumeric()).collect();
            if word.is_empty() {
                return None;
            }
            let next = at + 1 + word.chars().count();
            hashtag(word, out);
            Some(next)
        }
        '{' => {
            let end = at + letters[at..].iter().position(|letter| *letter == '}')?;
            let body: String = letters[at + 1..end].iter().collect();
            let word = ["hashtag|\\#|", "hashtag|#|", "hashtag|＃|"]
                .iter()
                .find_map(|head| body.strip_prefix(head))?;
            let word = unescaped(word)?;
            if word.is_empty() {
                return None;
            }
            hashtag(word, out);
            Some(end + 1)
        }
        '@' => mention(letters, at, name_of, out),
        letter if RESERVED.contains(letter) => None,
        letter => {
            out.shown.push(letter);
            out.template.push(letter);
            Some(at + 1)
        }
    }
}

fn hashtag(word: String, out: &mut Commentary) {
    out.shown.push('#');
    out.shown.push_str(&word);
    out.template.push_str(&format!("{{hashtag|\\#|{word}}}"));
    out.marks.push(Mark::Hashtag(word));
}

fn mention(letters: &[char], at: usize, name_of: &impl Fn(&str) -> Option<(String, bool)>, out: &mut Commentary) -> Option<usize> {
    if letters.get(at + 1) != Some(&'[') {
        return None;
    }
    let mut end = at + 2;
    while *letters.get(end)? != ']' {
        end += if letters[end] == '\\' { 2 } else { 1 };
    }
    let name = unescaped(&letters[at + 2..end].iter().collect::<String>())?;
    if letters.get(end + 1) != Some(&'(') {
        return None;
    }
    let close = end + 1 + letters[end + 1..].iter().position(|letter| *letter == ')')?;
    let urn: String = letters[end + 2..close].iter().collect();
    if !urn.starts_with("urn:li:organization:") && !urn.starts_with("urn:li:person:") {
        return None;
    }
    out.shown.push_str(&name);
    let right = name_of(&urn).is_some_and(|(known, exact)| {
        if exact {
            known == name
        } else {
            known.to_lowercase().contains(&name.to_lowercase())
        }
    });
    if right {
        out.template.push_str(&format!("@[{name}]({urn})"));
        out.marks.push(Mark::Mention { name, urn });
    } else {
        out.template.push_str(&escape(&name));
    }
    Some(close + 1)
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(letters.next().filter(|escaped| RESERVED.contains(*escaped))?),
            plain if RESERVED.contains(plain) => return None,
            plain => out.push(plain),
        }
    }
    Some(out)
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if RESERVED.contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(urn: &str) -> Option<(String, bool)> {
        match urn {
            "urn:li:organization:5551" => Some(("Keller Bakery".into(), true)),
            "urn:li:person:abc" => Some(("Mia Keller".into(), false)),
            _ => None,
        }
    }

    #[test]
    fn a_reserved_character_that_stands_alone_cuts_the_text_there() {
        for (sent, shown, cut) in [
            ("Fresh bread \\(every day\\) #baking", "Fresh bread (every day) #baking", None),
            ("Fresh bread (every day)", "Fresh bread ", Some(12)),
            ("a_b", "a", Some(1)),
            ("a\\_b \\\\ c", "a_b \\ c", None),
            ("back\\slash", "back", Some(4)),
            ("C# is", "C", Some(1)),
            ("#one#two", "#one#two", None),
            ("#snake_case", "#snake", Some(6)),
            ("{hashtag|\\#|bread} now", "#bread now", None),
            ("{other|x}", "", Some(0)),
            ("mail me@there", "mail me", Some(7)),
            ("a < b", "a ", Some(2)),
            ("", "", None),
            ("ends with \\", "ends with ", Some(10)),
        ] {
            let read = parse(sent, names);
            assert_eq!((read.shown.as_str(), read.cut_at), (shown, cut), "{sent}");
        }
    }

    #[test]
    fn a_mention_is_one_only_if_its_text_names_the_entity() {
        let right = parse("Hi @[Keller Bakery](urn:li:organization:5551)!", names);
        assert_eq!(
            right.marks,
            [Mark::Mention {
                name: "Keller Bakery".into(),
                urn: "urn:li:organization:5551".into()
            }]
        );
        assert_eq!(right.shown, "Hi Keller Bakery!");
        let wrong = parse("Hi @[keller bakery](urn:li:organization:5551)!", names);
        assert_eq!((wrong.marks.len(), wrong.shown.as_str()), (0, "Hi keller bakery!"));
        assert_eq!(parse("@[mia](urn:li:person:abc)", names).marks.len(), 1);
        assert_eq!(parse("x @[Name](nonsense)", names).shown, "x ");
    }

    #[test]
    fn a_read_answers_hashtags_in_template_form() {
        assert_eq!(parse("a \\(b\\) #c", names).template, "a \\(b\\) {hashtag|\\#|c}");
    }
}
