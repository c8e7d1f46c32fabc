//! Files: sent along, fetched from an address, or named by the id that the bot was given for one.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::auth::Bot;
use super::error::{Answer, Refusal};
use super::input::Input;
use super::limits::{FILE_FETCHED_MAX, PHOTO_BYTES_MAX, PHOTO_FETCHED_MAX, RATIO_MAX, SIDES_MAX};
use crate::world::{FetchFailure, State, Stored, World};

/// What the server fetches as a document (fact sheet section 3).
const FETCHED_DOCUMENTS: &[&str] = &["application/pdf", "application/zip", "image/gif"];

/// A file of a message.
#[derive(Debug, Clone)]
pub struct File {
    /// The field of the message that it stands in.
    pub kind: &'static str,
    /// Its bytes.
    pub stored: Stored,
}

/// Files by their ids, which hold for one bot.
#[derive(Default)]
struct Known(HashMap<(String, String), File>);

/// The file of a message: `named` is what the call says in its field, `field` under which name bytes may have been sent along.
///
/// # Errors
/// As the server tells it.
pub async fn taken(world: &World, bot: &Bot, input: &Input, kind: &'static str, (field, named): (&str, Option<&str>)) -> Answer<File> {
    let attached = named.and_then(|named| named.strip_prefix("attach://"));
    if let Some(stored) = input.file(attached.unwrap_or(field)) {
        return fitting(kind, stored.clone(), false);
    }
    let named = named.filter(|_| attached.is_none());
    let Some(named) = named else {
        return Err(Refusal::bad(format!("there is no {kind} in the request")));
    };
    if named.starts_with("http://") || named.starts_with("https://") {
        return fitting(kind, fetched(world, kind, named).await?, true);
    }
    let key = (bot.id.clone(), named.to_owned());
    let known = world.with(|state| state.own::<Known>().0.get(&key).cloned());
    known.ok_or_else(|| Refusal::bad("wrong file identifier/HTTP URL specified"))
}

async fn fetched(world: &World, kind: &str, url: &str) -> Answer<Stored> {
    let most = if kind == "photo" { PHOTO_FETCHED_MAX } else { FILE_FETCHED_MAX };
    let stored = world.fetch_media(url, most).await.map_err(|failure| match failure {
        FetchFailure::Address => Refusal::bad("wrong file identifier/HTTP URL specified"),
        FetchFailure::Unreachable(_) | FetchFailure::Status(_) | FetchFailure::TooLarge(_) => {
            Refusal::bad("failed to get HTTP URL content")
        }
    })?;
    let fits = match kind {
        "photo" => stored.sniffed.starts_with("image/"),
        "document" => FETCHED_DOCUMENTS.contains(&stored.sniffed) || FETCHED_DOCUMENTS.contains(&stored.mime.as_str()),
        "animation" => matches!(stored.sniffed, "image/gif" | "video/mp4"),
        _ => stored.sniffed == "video/mp4",
    };
    if fits {
        Ok(stored)
    } else {
        Err(Refusal::bad("wrong type of the web page content"))
    }
}

/// Holds a file to what its kind bears. A video or an animation that is none becomes a document, as at the real server.
fn fitting(kind: &'static str, stored: Stored, was_fetched: bool) -> Answer<File> {
    let kind = match (kind, stored.sniffed) {
        ("video", "video/mp4") | ("animation", "video/mp4" | "image/gif") => kind,
        ("video" | "animation", _) => "document",
        _ => kind,
    };
    if stored.bytes == 0 {
        return Err(Refusal::bad("file must be non-empty"));
    }
    if kind == "photo" {
        if !was_fetched && stored.bytes > PHOTO_BYTES_MAX {
            return Err(Refusal::too_large());
        }
        let (width, height) = stored
            .pixels
            .filter(|_| stored.sniffed.starts_with("image/"))
            .ok_or_else(|| Refusal::bad("IMAGE_PROCESS_FAILED"))?;
        let (long, short) = (width.max(height), width.min(height));
        if width + height > SIDES_MAX || long > short.saturating_mul(RATIO_MAX) {
            return Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"));
        }
    }
    Ok(File { kind, stored })
}

/// A file as a message tells it. The bot may send it again by its id.
pub fn json(state: &mut State, bot: &Bot, file: &File) -> Value {
    let id = format!("AgAC{}", state.secret(40));
    let known = (bot.id.clone(), id.clone());
    state.own::<Known>().0.insert(known, file.clone());
    let (width, height) = file.stored.pixels.unwrap_or((0, 0));
    let whole = json!({
        "file_id": id,
        "file_unique_id": &file.stored.sha256[..16],
        "file_size": file.stored.bytes,
        "width": width,
        "height": height,
        "mime_type": file.stored.mime,
    });
    if file.kind != "photo" {
        return whole;
    }
    // The smallest first; a program keeps the id of the last.
    let mut small = whole.clone();
    small["file_id"] = format!("{id}s").into();
    small["width"] = width.min(90).into();
    small["height"] = height.min(90).into();
    json!([small, whole])
}
