//! PDFs: how many pages, and nothing in them that acts.

use std::path::Path;

use lopdf::{Document, Object};
use postrider_core::post::{AssetFacts, AssetKind};

use super::sniff::PDF;
use super::{MediaError, Refusal};

/// Longest PDF, in bytes: LinkedIn, the network with the most generous limit, takes 100 MB.
pub const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Deepest nesting of values that is looked into.
const DEPTH_MAX: usize = 64;

/// Names in a PDF that make it act, and what they mean. Viewers obey them; no network needs them.
const ACTS: &[(&[u8], &str)] = &[
    (b"JavaScript", "a script"),
    (b"JS", "a script"),
    (b"Launch", "a command that starts a program"),
    (b"EmbeddedFile", "an embedded file"),
    (b"EmbeddedFiles", "an embedded file"),
    (b"RichMedia", "embedded media"),
    (b"XFA", "a dynamic form"),
    (b"ImportData", "a command that imports data"),
    (b"SubmitForm", "a form that sends data"),
];

const REMEDY: &str = "Print the document to a new PDF and upload that.";

/// Measures a PDF.
///
/// # Errors
/// If it is too large, damaged, protected, empty, or acts.
pub fn measure(path: &Path, bytes: u64) -> Result<AssetFacts, MediaError> {
    if bytes > DOCUMENT_BYTES_MAX {
        let message = format!("The PDF is larger than {} MB.", DOCUMENT_BYTES_MAX / 1024 / 1024);
        return Err(Refusal::new("media.too_large", message, "Make the PDF smaller.")
            .figures(DOCUMENT_BYTES_MAX, bytes)
            .into());
    }
    let damaged = || Refusal::new("media.damaged", "The PDF cannot be read: it is damaged or cut off.", REMEDY);
    let document = Document::load(path).map_err(|error| match error {
        lopdf::Error::IO(error) => MediaError::Io(error),
        _ => damaged().into(),
    })?;
    if document.is_encrypted() || document.encryption_state.is_some() {
        let message = "The PDF is protected by a password or restrictions.";
        return Err(Refusal::new("media.protected", message, "Save the document without protection.").into());
    }
    let trailer = document
        .trailer
        .iter()
        .find_map(|(name, value)| act(name).or_else(|| acts(value, 0)));
    let found = trailer.or_else(|| document.objects.values().find_map(|object| acts(object, 0)));
    if let Some(what) = found {
        return Err(Refusal::new("media.active_document", format!("The PDF contains {what}."), REMEDY).into());
    }
    let pages = u32::try_from(document.get_pages().len()).unwrap_or(u32::MAX);
    if pages == 0 {
        return Err(damaged().into());
    }
    Ok(AssetFacts {
        kind: AssetKind::Document,
        mime: PDF.mime.to_owned(),
        bytes,
        width: None,
        height: None,
        duration_ms: None,
        frame_rate: None,
        video_codec: None,
        audio_codec: None,
        pages: Some(pages),
        frames: None,
    })
}

fn act(name: &[u8]) -> Option<&'static str> {
    ACTS.iter().find(|(act, _)| *act == name).map(|(_, what)| *what)
}

/// What a value makes the document do, if it does anything. Nesting beyond any real document counts as a trick.
fn acts(object: &Object, depth: usize) -> Option<&'static str> {
    if depth > DEPTH_MAX {
        return Some("values nested too deeply");
    }
    let within = |dictionary: &lopdf::Dictionary| {
        dictionary
            .iter()
            .find_map(|(name, value)| act(name).or_else(|| acts(value, depth + 1)))
    };
    match object {
        Object::Name(name) => act(name),
        Object::Array(values) => values.iter().find_map(|value| acts(value, depth + 1)),
        Object::Dictionary(dictionary) => within(dictionary),
        Object::Stream(stream) => within(&stream.dict),
        _ => None,
    }
}
