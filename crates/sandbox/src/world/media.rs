//! Bytes that were uploaded or fetched: hashed as they stream by, kept under a cap.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use super::model::Media;

/// How much of a file is looked at for its kind and its size in pixels.
const HEAD_BYTES_MAX: usize = 512 * 1024;

#[derive(Default)]
struct Kept {
    files: HashMap<String, (String, Bytes)>,
    used: u64,
}

/// The files that can still be shown.
pub struct MediaStore {
    cap: u64,
    kept: Mutex<Kept>,
}

/// A file that was taken in whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Digest of its bytes, lower-case hex.
    pub sha256: String,
    /// The bare 32 bytes of that digest.
    pub digest: [u8; 32],
    /// Size.
    pub bytes: u64,
    /// Content type as claimed by whoever sent it.
    pub mime: String,
    /// Content type by its first bytes; empty if it is none of those known.
    pub sniffed: &'static str,
    /// Width and height in pixels, for pictures and MP4 files that can be read.
    pub pixels: Option<(u32, u32)>,
    /// Length in milliseconds, for MP4 and QuickTime files whose header was kept.
    pub duration_ms: Option<u64>,
}

impl Stored {
    /// The file as part of a post.
    pub fn media(&self, alt: Option<String>) -> Media {
        let mime = if self.sniffed.is_empty() {
            self.mime.clone()
        } else {
            self.sniffed.to_owned()
        };
        Media {
            sha256: self.sha256.clone(),
            bytes: self.bytes,
            mime,
            alt,
        }
    }
}

/// Takes in one file piece by piece.
pub struct Intake {
    hash: Sha256,
    bytes: u64,
    body: BytesMut,
    keep_max: usize,
}

impl Intake {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        let room = self.keep_max.saturating_sub(self.body.len());
        self.body.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// How much was taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl MediaStore {
    /// A store of at most `cap` bytes.
    pub fn new(cap: u64) -> Self {
        Self {
            cap,
            kept: Mutex::default(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to take a file in.
    pub fn intake(&self) -> Intake {
        let room = self.cap.saturating_sub(self.held().used);
        Intake {
            hash: Sha256::new(),
            bytes: 0,
            body: BytesMut::new(),
            keep_max: usize::try_from(room).unwrap_or(usize::MAX).max(HEAD_BYTES_MAX),
        }
    }

    /// Ends taking a file in; keeps its bytes if there is room.
    pub fn finish(&self, intake: Intake, mime: &str) -> Stored {
        let digest: [u8; 32] = intake.hash.finalize().into();
        let sha256 = hex(&digest);
        let body = intake.body.freeze();
        let sniffed = sniff(&body);
        let stored = Stored {
            sha256: sha256.clone(),
            digest,
            bytes: intake.bytes,
            mime: mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
            sniffed,
            pixels: if sniffed.starts_with("image/") {
                pixels(&body)
            } else {
                track_pixels(&body)
            },
            duration_ms: if sniffed.starts_with("video/") { movie_ms(&body) } else { None },
        };
        let mut kept = self.held();
        let whole = body.len() as u64 == intake.bytes;
        if whole && kept.used + intake.bytes <= self.cap && !kept.files.contains_key(&sha256) {
            kept.used += intake.bytes;
            let shown_as = if sniffed.is_empty() {
                stored.mime.clone()
            } else {
                sniffed.to_owned()
            };
            kept.files.insert(sha256, (shown_as, body));
        }
        stored
    }

    /// Takes in a file that is already whole.
    pub fn put(&self, bytes: &[u8], mime: &str) -> Stored {
        let mut intake = self.intake();
        intake.push(bytes);
        self.finish(intake, mime)
    }

    /// Content type and bytes of a kept file.
    pub fn get(&self, sha256: &str) -> Option<(String, Bytes)> {
        self.held().files.get(sha256).cloned()
    }

    /// Forgets all files.
    pub fn clear(&self) {
        *self.held() = Kept::default();
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The content type by a file's first bytes.
pub fn sniff(head: &[u8]) -> &'static str {
    match head {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "image/tiff",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "video/webm",
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => "video/quicktime",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        _ => "",
    }
}

fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    image::ImageReader::new(Cursor::new(head))
        .with_guessed_format()
        .ok()?
        .into_dimensions()
        .ok()
}

fn box_at<'a>(body: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let at = body.windows(4).position(|window| window == name)?;
    body.get(at + 4..)
}

fn number_at(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at + 4)?;
    Some(four.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

/// Duration over time scale of the movie header (ISO 14496-12, `mvhd`).
fn movie_ms(body: &[u8]) -> Option<u64> {
    let header = box_at(body, b"mvhd")?;
    let (scale, duration) = match header.first()? {
        1 => (number_at(header, 20)?, (number_at(header, 24)? << 32) | number_at(header, 28)?),
        _ => (number_at(header, 12)?, number_at(header, 16)?),
    };
    duration.checked_mul(1_000)?.checked_div(scale)
}

/// Width and height of the first track that has any (ISO 14496-12, `tkhd`, 16.16 fixed point).
fn track_pixels(body: &[u8]) -> Option<(u32, u32)> {
    let mut rest = body;
    while let Some(header) = box_at(rest, b"tkhd") {
        let at = if header.first() == Some(&1) { 88 } else { 76 };
        if let (Some(width), Some(height)) = (number_at(header, at), number_at(header, at + 4))
            && width >> 16 > 0
            && height >> 16 > 0
        {
            return Some(((width >> 16) as u32, (height >> 16) as u32));
        }
        rest = header;
    }
    None
}
