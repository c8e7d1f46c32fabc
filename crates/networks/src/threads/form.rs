//! What each part says, and the form that prepares it (fact sheet threads.md section 3).

use postrider_core::delivery::Part;
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{Job, MediaRef, Val};
use serde_json::{Map, Value};

use super::state::{State, Which};

/// A poll's options by their names in the API.
const OPTIONS: [&str; 4] = ["option_a", "option_b", "option_c", "option_d"];

/// The media of a part; a carousel from two on.
pub fn media(job: &Job, part: Part) -> &[MediaRef] {
    match (job.content.content_type, part) {
        (_, Part::FirstComment | Part::Thumbnail) => &[],
        (ContentType::Thread, part) => job.parts.get(place(part)).map_or(&[], |part| part.media.as_slice()),
        (ContentType::Text | ContentType::Link | ContentType::Poll, _) => &[],
        _ => &job.media,
    }
}

fn place(part: Part) -> usize {
    match part {
        Part::Reply(n) => n as usize,
        Part::Root | Part::FirstComment | Part::Thumbnail => 0,
    }
}

/// The words of a part. A link without any becomes the words, as Threads takes no post of a link alone.
pub fn words(job: &Job, part: Part) -> &str {
    match (job.content.content_type, part, &job.content.link) {
        (_, Part::FirstComment, _) => job.content.first_comment.trim(),
        (ContentType::Thread, part, _) => job.parts.get(place(part)).map_or("", |part| part.text.as_str()),
        (ContentType::Link, _, Some(link)) if job.text.trim().is_empty() => &link.url,
        _ => &job.text,
    }
}

/// What the list calls a part's kind.
pub fn listed_type(job: &Job, part: Part) -> &'static str {
    match media(job, part) {
        [] => "TEXT_POST",
        [one] if is_video(one) => "VIDEO",
        [_] => "IMAGE",
        _ => "CAROUSEL_ALBUM",
    }
}

fn is_video(file: &MediaRef) -> bool {
    file.facts.kind == AssetKind::Video
}

pub fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

/// The form of a container.
pub fn form(job: &Job, state: &State, part: Part, which: Which) -> Vec<(String, Val)> {
    match which {
        Which::Item(index) => {
            let mut form = media(job, part).get(index).map(source).unwrap_or_default();
            form.push(field("is_carousel_item", "true"));
            form
        }
        Which::Whole => whole(job, state, part),
    }
}

fn source(file: &MediaRef) -> Vec<(String, Val)> {
    let (kind, address) = if is_video(file) {
        ("VIDEO", "video_url")
    } else {
        ("IMAGE", "image_url")
    };
    let mut form = vec![field("media_type", kind), field(address, &file.public_url)];
    if !file.alt_text.is_empty() {
        form.push(field("alt_text", &file.alt_text));
    }
    form
}

fn whole(job: &Job, state: &State, part: Part) -> Vec<(String, Val)> {
    let mut form = match media(job, part) {
        [] => vec![field("media_type", "TEXT")],
        [one] => source(one),
        _ => {
            let items: Vec<&str> = state.items.iter().map(|item| item.id.as_str()).collect();
            vec![field("media_type", "CAROUSEL"), field("children", &items.join(","))]
        }
    };
    let words = words(job, part);
    if !words.is_empty() {
        form.push(field("text", words));
    }
    if let Some(parent) = state.parent(part) {
        form.push(field("reply_to_id", parent));
    }
    if part == Part::Root {
        form.extend(attachment(job, words));
    }
    form
}

/// What stands under the words of a post without media.
fn attachment(job: &Job, words: &str) -> Option<(String, Val)> {
    match (job.content.content_type, &job.content.link, &job.content.poll) {
        // The first address in the words becomes the card by itself.
        (ContentType::Link, Some(link), _) if words != link.url => Some(field("link_attachment", &link.url)),
        (ContentType::Poll, _, Some(poll)) => {
            let options: Map<String, Value> = OPTIONS
                .iter()
                .zip(&poll.options)
                .map(|(name, option)| ((*name).to_owned(), option.as_str().into()))
                .collect();
            Some(field("poll_attachment", &Value::Object(options).to_string()))
        }
        _ => None,
    }
}
