//! The boxes of MP4 and QuickTime files: whether the file is whole, and where it says who filmed it and where.
//!
//! Only box heads are read, so that a file of any length costs a few kilobytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::{MediaError, Refusal};

/// Most boxes of one level that are walked; real files have tens, fragmented ones some thousands.
const BOXES_MAX: usize = 100_000;
/// Deepest nesting that is walked: `moov`, `trak`, `udta`.
const DEPTH_MAX: usize = 3;
/// Longest index that is taken, in bytes: a ten-hour video has less.
const MOOV_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A box: where it lies and what it is.
struct Found {
    kind: [u8; 4],
    start: u64,
    content: u64,
    end: u64,
}

fn truncated() -> Refusal {
    Refusal::new(
        "media.truncated",
        "The video is cut off: its end is missing.",
        "Export or copy the video again, and upload the whole file.",
    )
}

fn read_box(file: &mut File, start: u64, end: u64) -> Result<Found, MediaError> {
    let mut head = [0_u8; 16];
    let (short, long) = (start + 8, start + 16);
    if short > end {
        return Err(truncated().into());
    }
    file.seek(SeekFrom::Start(start))?;
    let (first, second) = head.split_at_mut(8);
    file.read_exact(first)?;
    let size = u64::from(u32::from_be_bytes([first[0], first[1], first[2], first[3]]));
    let kind = [first[4], first[5], first[6], first[7]];
    let (content, end_of_box) = match size {
        // To the end of what holds it.
        0 => (short, end),
        1 => {
            if long > end {
                return Err(truncated().into());
            }
            file.read_exact(second)?;
            let mut size = [0_u8; 8];
            size.copy_from_slice(second);
            (long, start.saturating_add(u64::from_be_bytes(size)))
        }
        size => (short, start + size),
    };
    if end_of_box > end {
        return Err(truncated().into());
    }
    if end_of_box < content {
        return Err(Refusal::new("media.damaged", "The video is damaged.", "Export the video again.").into());
    }
    Ok(Found {
        kind,
        start,
        content,
        end: end_of_box,
    })
}

fn walk(file: &mut File, start: u64, end: u64) -> Result<Vec<Found>, MediaError> {
    let mut boxes = Vec::new();
    let mut at = start;
    while at < end {
        if boxes.len() == BOXES_MAX {
            return Err(Refusal::new("media.damaged", "The video has too many parts.", "Export the video again.").into());
        }
        let found = read_box(file, at, end)?;
        at = found.end;
        boxes.push(found);
    }
    Ok(boxes)
}

/// Checks that every box is there to its end, that there is an index and something to play.
///
/// # Errors
/// If the file is cut off or damaged.
pub fn check(path: &Path) -> Result<(), MediaError> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let boxes = walk(&mut file, 0, length)?;
    let index = boxes.iter().find(|found| &found.kind == b"moov");
    let plays = boxes.iter().any(|found| &found.kind == b"mdat" && found.end > found.content);
    match index {
        Some(index) if index.end - index.start > MOOV_BYTES_MAX => {
            let refusal = Refusal::new(
                "media.damaged",
                "The video's index is too long to be true.",
                "Export the video again.",
            );
            Err(refusal.figures(MOOV_BYTES_MAX, index.end - index.start).into())
        }
        Some(_) if plays => Ok(()),
        // Cameras write the index last.
        _ => Err(truncated().into()),
    }
}

/// Blanks what a camera noted beside the pictures: place, owner, model. The boxes become free space of the same length, so
/// that nothing moves and nothing need be copied.
///
/// # Errors
/// If the file cannot be read or written.
pub fn scrub(path: &Path) -> Result<(), MediaError> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut notes = Vec::new();
    collect(&mut file, 0, length, 1, &mut notes)?;
    for note in notes {
        file.seek(SeekFrom::Start(note.start + 4))?;
        file.write_all(b"free")?;
        file.seek(SeekFrom::Start(note.content))?;
        std::io::copy(&mut std::io::repeat(0).take(note.end - note.content), &mut file)?;
    }
    Ok(())
}

fn collect(file: &mut File, start: u64, end: u64, depth: usize, notes: &mut Vec<Found>) -> Result<(), MediaError> {
    for found in walk(file, start, end)? {
        match &found.kind {
            b"udta" | b"meta" => notes.push(found),
            // An `uuid` box at the top holds Adobe's XMP; deeper ones may belong to a codec.
            b"uuid" if depth == 1 => notes.push(found),
            b"moov" | b"trak" if depth < DEPTH_MAX => collect(file, found.content, found.end, depth + 1, notes)?,
            _ => {}
        }
    }
    Ok(())
}
