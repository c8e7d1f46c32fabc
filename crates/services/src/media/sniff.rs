//! What a file is, by its bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use postrider_core::post::AssetKind;

use super::{MediaError, Refusal};

/// How much of a file is looked at, in bytes.
const HEAD_BYTES: u64 = 8 * 1024;

/// A kind of file that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What it is. A GIF of one frame is a picture; that shows only when its frames are counted.
    pub kind: AssetKind,
    /// Its media type.
    pub mime: &'static str,
    /// The ending of its name.
    pub extension: &'static str,
}

const fn format(kind: AssetKind, mime: &'static str, extension: &'static str) -> Format {
    Format { kind, mime, extension }
}

/// JPEG.
pub const JPEG: Format = format(AssetKind::Image, "image/jpeg", "jpg");
/// PNG.
pub const PNG: Format = format(AssetKind::Image, "image/png", "png");
/// WebP.
pub const WEBP: Format = format(AssetKind::Image, "image/webp", "webp");
/// GIF.
pub const GIF: Format = format(AssetKind::Gif, "image/gif", "gif");
/// MP4.
pub const MP4: Format = format(AssetKind::Video, "video/mp4", "mp4");
/// QuickTime.
pub const MOV: Format = format(AssetKind::Video, "video/quicktime", "mov");
/// PDF.
pub const PDF: Format = format(AssetKind::Document, "application/pdf", "pdf");

/// Every format that is taken.
pub const FORMATS: [Format; 7] = [JPEG, PNG, WEBP, GIF, MP4, MOV, PDF];

const TAKEN: &str = "Use a JPEG, PNG, WebP or GIF picture, an MP4 or MOV video, or a PDF.";

/// Looks at a file.
///
/// # Errors
/// If it is empty or of a kind that is not taken.
pub fn sniff(file: &Path) -> Result<Format, MediaError> {
    let mut head = Vec::new();
    File::open(file)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(judge(&head)?)
}

/// Judges the first bytes of a file.
///
/// # Errors
/// If it is empty or of a kind that is not taken.
pub fn judge(head: &[u8]) -> Result<Format, Refusal> {
    if head.is_empty() {
        return Err(Refusal::new("media.empty", "The file is empty.", "Choose another file."));
    }
    if let Some(brand) = brand(head) {
        return by_brand(&brand);
    }
    // A PDF may have a few bytes before its mark; ours must not hide something else there.
    if head.starts_with(b"%PDF-") {
        return Ok(PDF);
    }
    match infer::get(head).map(|found| found.mime_type()) {
        Some("image/jpeg") => Ok(JPEG),
        Some("image/png") => Ok(PNG),
        Some("image/webp") => Ok(WEBP),
        Some("image/gif") => Ok(GIF),
        // Marked-up text is told apart by what it holds.
        Some(mime) if mime.starts_with("text/") => Err(text_or_unknown(head)),
        Some(mime) if mime.starts_with("image/") || mime.starts_with("video/") || mime.starts_with("audio/") => Err(unsupported(mime)),
        Some(mime) if mime.starts_with("application/") && infer::is_app(head) => Err(Refusal::new(
            "media.program",
            format!("This file is a program ({mime}), not a picture, video or PDF."),
            TAKEN,
        )),
        Some(mime) => Err(unsupported(mime)),
        None => Err(text_or_unknown(head)),
    }
}

fn unsupported(mime: &str) -> Refusal {
    Refusal::new("media.unsupported", format!("Files of the type {mime} are not taken."), TAKEN)
}

/// The major brand of an ISO media file.
fn brand(head: &[u8]) -> Option<[u8; 4]> {
    let kind = head.get(4..8)?;
    let brand = head.get(8..12)?.try_into().ok()?;
    match kind {
        b"ftyp" => Some(brand),
        // QuickTime of old cameras begins without naming itself.
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" if head.get(..4) != Some(b"\x89PNG") => Some(*b"qt  "),
        _ => None,
    }
}

fn by_brand(brand: &[u8; 4]) -> Result<Format, Refusal> {
    match brand {
        b"qt  " => Ok(MOV),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"avif" | b"avis" => Err(Refusal::new(
            "media.unsupported",
            "HEIC and AVIF pictures are not taken by the networks.",
            "Export the picture as JPEG.",
        )),
        b"M4A " | b"M4B " | b"M4P " => Err(Refusal::new("media.unsupported", "Sound files are not taken.", TAKEN)),
        b"crx " => Err(Refusal::new(
            "media.unsupported",
            "Camera raw pictures are not taken.",
            "Export the picture as JPEG.",
        )),
        _ => Ok(MP4),
    }
}

fn text_or_unknown(head: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    if text.contains("<svg") {
        let message = "SVG pictures are not taken: they can hold scripts, and no network shows them.";
        return Refusal::new("media.svg", message, "Export the picture as PNG.");
    }
    if ["<!doctype html", "<html", "<script", "<body", "<head"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        return Refusal::new("media.html", "This file is a web page, not a picture, video or PDF.", TAKEN);
    }
    Refusal::new("media.unknown", "This file is none of the kinds that can be posted.", TAKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let table: [(&[u8], Result<Format, &str>); 24] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", Ok(JPEG)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok(PNG)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Ok(WEBP)),
            (b"GIF89a\x01\0\x01\0", Ok(GIF)),
            (b"\0\0\0\x18ftypisom\0\0\x02\0", Ok(MP4)),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Ok(MP4)),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", Ok(MOV)),
            (b"\0\0\0\x08wide\0\0\0\x10mdat", Ok(MOV)),
            (b"%PDF-1.7\n", Ok(PDF)),
            (b"", Err("media.empty")),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Err("media.unsupported")),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Err("media.unsupported")),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", Err("media.unsupported")),
            (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Err("media.unsupported")),
            (b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0", Err("media.unsupported")),
            (
                b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04webm",
                Err("media.unsupported"),
            ),
            (b"ID3\x03\0\0\0\0\0\0", Err("media.unsupported")),
            (b"PK\x03\x04\x14\0\0\0", Err("media.unsupported")),
            (b"MZ\x90\0\x03\0\0\0", Err("media.program")),
            (
                b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                Err("media.program"),
            ),
            (b"<?xml version=\"1.0\"?><svg xmlns=\"x\" onload=\"a()\">", Err("media.svg")),
            (b"  <!DOCTYPE html><html>", Err("media.html")),
            (b"hello world", Err("media.unknown")),
            (b"x%PDF-1.7", Err("media.unknown")),
        ];
        for (head, expected) in table {
            let judged = judge(head).map_err(|refusal| refusal.code);
            assert_eq!(judged, expected, "{}", String::from_utf8_lossy(head));
        }
    }
}
