//! `fields=id,message,attachments{media}`: which fields are asked for, and lists in pages.

use serde_json::{Map, Value, json};

use super::{Asked, Refusal};

/// The largest page that a list gives.
const LIMIT_MAX: u64 = 100;
const LIMIT_DEFAULT: u64 = 25;

/// Names of a comma list at the outermost level, without what stands in brackets or after a dot.
pub fn split_list(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_i32;
    let mut name = String::new();
    let mut cut = false;
    for letter in text.chars() {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                cut = false;
            }
            '.' if depth == 0 => cut = true,
            _ if depth == 0 && !cut && !letter.is_whitespace() => name.push(letter),
            _ => {}
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

/// A node's fields: those given without asking, and those given if asked for.
pub struct FieldSet {
    /// The node's type, for the error message.
    pub node: &'static str,
    /// What is given without `fields`.
    pub default: &'static [&'static str],
    /// Fields that exist but are absent from this node now.
    pub known: &'static [&'static str],
}

/// Picks the asked fields out of a whole node; `id` always comes.
///
/// # Errors
/// Code 100 for a field that the node type does not have.
pub fn choose(asked: Option<&str>, set: &FieldSet, mut whole: Map<String, Value>) -> Result<Value, Refusal> {
    let names = match asked {
        Some(text) => split_list(text),
        None => set.default.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut chosen = Map::new();
    for name in names {
        match whole.remove(&name) {
            Some(Value::Null) => {}
            Some(value) => {
                chosen.insert(name, value);
            }
            None if set.known.contains(&name.as_str()) || chosen.contains_key(&name) => {}
            None => {
                let message = format!("Tried accessing nonexisting field ({name}) on node type ({})", set.node);
                return Err(Refusal::parameter(message));
            }
        }
    }
    if let Some(id) = whole.remove("id") {
        chosen.insert("id".to_owned(), id);
    }
    Ok(Value::Object(chosen))
}

impl Asked {
    /// One page of a list, newest first, whose items are `(key, item)`: the key is the cursor.
    ///
    /// # Errors
    /// Code 100 for a limit that is no number.
    pub fn page_of(&self, items: Vec<(String, Value)>) -> Result<Value, Refusal> {
        let limit = self.params.whole("limit")?.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX) as usize;
        let after = self.params.text("after");
        let start = match after {
            Some(cursor) => items.iter().position(|(key, _)| key == cursor).map_or(items.len(), |at| at + 1),
            None => 0,
        };
        let more = items.len() > start + limit;
        let page: Vec<(String, Value)> = items.into_iter().skip(start).take(limit).collect();
        let mut answer = json!({"data": page.iter().map(|(_, item)| item.clone()).collect::<Vec<_>>()});
        if let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) {
            answer["paging"] = json!({"cursors": {"before": first, "after": last}});
            if more {
                let path = format!("/v{}.0/{}", self.version, self.segments.join("/"));
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                for name in ["fields", "since", "until", "access_token"] {
                    if let Some(value) = self.params.text(name) {
                        query.append_pair(name, value);
                    }
                }
                query.append_pair("limit", &limit.to_string()).append_pair("after", last);
                answer["paging"]["next"] = json!(self.world.url(&self.host, &format!("{path}?{}", query.finish())));
            }
        }
        Ok(answer)
    }

    /// The bounds `since` and `until` in UTC microseconds: unix seconds or an ISO instant.
    ///
    /// # Errors
    /// Code 100 for any other text.
    pub fn bounds_us(&self) -> Result<(i64, i64), Refusal> {
        let read = |name: &str, absent: i64| match self.params.text(name) {
            None => Ok(absent),
            Some(text) => instant_us(text).ok_or_else(|| Refusal::parameter(format!("Param {name} must be a timestamp"))),
        };
        Ok((read("since", i64::MIN)?, read("until", i64::MAX)?))
    }
}

/// Unix seconds or an ISO instant as UTC microseconds.
pub fn instant_us(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000);
    }
    let with_offset = text
        .strip_suffix("+0000")
        .map_or_else(|| text.to_owned(), |start| format!("{start}Z"));
    with_offset.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_microsecond())
}
