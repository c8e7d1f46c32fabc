//! A person at the networks' own pages, as tests play one.

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = tag.get(start..)?;
    let value = rest.get(..rest.find('"')?)?;
    Some(html_escape::decode_html_entities(value).into_owned())
}

/// What a person sends from a page: signs in as `person`, leaves everything ticked but what is refused, and agrees.
pub fn filled(page: &str, person: &str, refused: &[&str]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut agree = None;
    let mut chosen = false;
    let tags = page.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("button"));
    for tag in tags.filter_map(|tag| tag.split('>').next()) {
        let (Some(name), Some(value)) = (attribute(tag, "name"), attribute(tag, "value")) else {
            continue;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        match (name.as_str(), kind.as_str()) {
            ("person", "hidden") => fields.push((name, value)),
            ("person", _) if value == person => {
                fields.push((name, value));
                chosen = true;
            }
            ("person", _) => {}
            ("decision", _) if matches!(value.as_str(), "continue" | "allow") => agree = Some((name, value)),
            ("decision", _) => {}
            (_, "checkbox") if refused.contains(&value.as_str()) => {}
            _ => fields.push((name, value)),
        }
    }
    // A person button is pressed by itself; where people are ticked, the agreeing button is pressed as well.
    let by_button = chosen && agree.is_none();
    if !by_button && let Some(agree) = agree {
        fields.push(agree);
    }
    fields
}
