//! LinkedIn's "little text": a text is silently cut at the first reserved character that is not escaped, while the API
//! answers that all is well. So everything is escaped in one pass, but for hashtags and mentions.

/// Characters that mean something to LinkedIn (little-text grammar).
const RESERVED: &[char] = &['|', '{', '}', '@', '[', ']', '(', ')', '<', '>', '#', '\\', '*', '_', '~'];

/// A text as it is sent. `#word` stays live, and `@[Name](urn:li:organization:1)` stays a mention.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        if let Some(mention) = mention(rest) {
            out.push_str("@[");
            mention.name.chars().for_each(|c| push(&mut out, c));
            out.push_str("](");
            out.push_str(mention.urn);
            out.push(')');
            rest = &rest[mention.len..];
            before = Some(')');
            continue;
        }
        if matches!(c, '#' | '＃') && opens_hashtag(before) && rest[c.len_utf8()..].starts_with(char::is_alphanumeric) {
            out.push('#');
        } else {
            push(&mut out, c);
        }
        before = Some(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn push(out: &mut String, c: char) {
    if RESERVED.contains(&c) {
        out.push('\\');
    }
    out.push(c);
}

/// A `#` inside a word or an address is no hashtag.
fn opens_hashtag(before: Option<char>) -> bool {
    before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '\'' | '«' | '“' | '„'))
}

struct Mention<'a> {
    name: &'a str,
    urn: &'a str,
    len: usize,
}

fn mention(text: &str) -> Option<Mention<'_>> {
    let inner = text.strip_prefix("@[")?;
    let (name, after) = inner.split_once("](")?;
    let (urn, _) = after.split_once(')')?;
    let known = ["urn:li:person:", "urn:li:organization:"].into_iter().any(|kind| {
        urn.strip_prefix(kind)
            .is_some_and(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    });
    let plain_name = !name.is_empty() && !name.contains('\n');
    (known && plain_name).then_some(Mention {
        name,
        urn,
        len: "@[".len() + name.len() + "](".len() + urn.len() + 1,
    })
}

/// What people read: escapes undone, hashtag templates and mentions as their words. Two texts are the same post if this
/// is the same.
pub fn plain(little: &str) -> String {
    let mut out = String::with_capacity(little.len());
    let mut rest = little;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{hashtag|")
            && let Some((template, tail)) = after.split_once('}')
            && let Some((_, word)) = template.split_once('|')
        {
            out.push('#');
            out.push_str(&unescaped(word));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix("@[")
            && let Some((name, after)) = after.split_once("](")
            && let Some((_, tail)) = after.split_once(')')
        {
            out.push_str(&unescaped(name));
            rest = tail;
        } else if c == '\\' {
            let escaped = rest[1..].chars().next();
            out.extend(escaped);
            rest = &rest[1 + escaped.map_or(0, char::len_utf8)..];
        } else {
            out.push(if c == '＃' { '#' } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_reserved_is_escaped_but_hashtags_and_mentions() {
        let cases = [
            ("Fresh bread (every day) #baking", r"Fresh bread \(every day\) #baking"),
            (r"a\b |{}@[]()<>*_~", r"a\\b \|\{\}\@\[\]\(\)\<\>\*\_\~"),
            ("C# and # and #1 ＃新", r"C\# and \# and #1 #新"),
            ("https://a.example/x_(y)#part", r"https://a.example/x\_\(y\)\#part"),
            (
                "by @[Blue (Café)](urn:li:organization:2414)!",
                r"by @[Blue \(Café\)](urn:li:organization:2414)!",
            ),
            ("@[x](javascript:1)", r"\@\[x\]\(javascript:1\)"),
            ("mail@x.example", r"mail\@x.example"),
            ("#a_b", r"#a\_b"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn what_is_read_back_is_the_same_text() {
        let cases = [
            ("Fresh bread (every day) #baking", r"Fresh bread \(every day\) {hashtag|\#|baking}"),
            ("by Blue Café, a_b", r"by @[Blue Café](urn:li:organization:2414), a\_b"),
            ("two\n\nlines ", r"two  lines"),
        ];
        for (text, read) in cases {
            assert_eq!(plain(&escaped(text)), plain(read), "{text}");
        }
        assert_ne!(plain(&escaped("one")), plain("other"));
        assert_eq!(plain("end\\"), "end");
    }
}
