//! A video goes to an address of its own, part by part and in order. Nothing of it is public before the last part has come: that call is
//! the one that publishes.

use postrider_provider::{Answer, AssetBody, Fault, Job, MediaRef, Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{Opened, Status};
use super::{api, error, read};

/// How much one part has: TikTok takes 5 to 64 MB. The last part takes what is left and is sent at the instant, so that it is kept small.
const PART_BYTES: u64 = 10_000_000;
/// The address works for an hour; what lies for longer than this begins anew.
const ADDRESS_MS_MAX: i64 = 55 * 60_000;
/// The slowest pace that a part is given time for, bytes a millisecond.
const BYTES_A_MS: u64 = 70;
const BUDGET_MS_MAX: u64 = postrider_provider::UPLOAD_BUDGET_MS;

/// A video on its way to TikTok.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// Under which name TikTok works on it.
    pub publish_id: String,
    url: String,
    bytes: u64,
    /// The next part, from 0.
    part: u64,
    /// TikTok expects another part than the one that was sent.
    pub lost: bool,
    opened_at_ms: i64,
}

/// How long each part but the last is, and how many there are; the last takes what is left.
fn plan(bytes: u64) -> (u64, u64) {
    match bytes / PART_BYTES {
        0 | 1 => (bytes, 1),
        parts => (PART_BYTES, parts),
    }
}

impl Upload {
    /// Whether only the last part is left.
    pub fn is_at_last(&self) -> bool {
        self.part + 1 >= plan(self.bytes).1
    }

    fn range(&self) -> std::ops::Range<u64> {
        let from = self.part * plan(self.bytes).0;
        from..if self.is_at_last() { self.bytes } else { from + plan(self.bytes).0 }
    }
}

/// Whether the address of the upload is over, or about to be.
pub fn expired(job: &Job, upload: &Upload) -> bool {
    job.now_ms >= upload.opened_at_ms + ADDRESS_MS_MAX
}

/// What TikTok is told of the file before it comes.
pub fn source(file: &MediaRef) -> Value {
    let (part, count) = plan(file.facts.bytes);
    json!({"source": "FILE_UPLOAD", "video_size": file.facts.bytes, "chunk_size": part, "total_chunk_count": count})
}

/// Takes the address that the file goes to.
pub fn opened(job: &Job, file: &MediaRef, answer: &Answer) -> Result<Upload, Fault> {
    let opened: Opened = read(answer, "ask for an upload")?;
    if opened.publish_id.is_empty() || opened.upload_url.is_empty() {
        return Err(error::unreadable("ask for an upload"));
    }
    Ok(Upload {
        publish_id: opened.publish_id,
        url: opened.upload_url,
        bytes: file.facts.bytes,
        opened_at_ms: job.now_ms,
        ..Upload::default()
    })
}

/// The call for the next part.
pub fn put(file: &MediaRef, upload: &Upload) -> Request {
    let range = upload.range();
    let said = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), upload.bytes);
    let label = match plan(upload.bytes).1 {
        1 => "upload the video".to_owned(),
        count => format!("upload part {} of {count}", upload.part + 1),
    };
    let mut request = Request::new(label, Method::Put, upload.url.as_str())
        .header("Content-Range", said)
        .asset(AssetBody {
            blob: file.blob.clone(),
            mime: file.facts.mime.clone(),
            total_bytes: file.facts.bytes,
            range: Some(range.clone()),
        });
    let takes_ms = (range.end - range.start) / BYTES_A_MS;
    request.budget_ms = (postrider_provider::CALL_BUDGET_MS + takes_ms).min(BUDGET_MS_MAX);
    request
}

/// What the answer to a part that is not the last means.
pub fn taken(upload: &mut Upload, answer: &Answer) -> Result<(), Fault> {
    match answer.status {
        416 => upload.lost = true,
        _ if answer.ok() => upload.part += 1,
        _ => return Err(error::of_upload(answer)),
    }
    Ok(())
}

/// Asks what TikTok says of a name.
pub fn status(publish_id: &str) -> Request {
    api("look at the post", "post/publish/status/fetch").json(json!({"publish_id": publish_id}))
}

/// Goes on from where TikTok says that it is.
pub fn place(upload: &mut Upload, answer: &Answer) -> Result<(), Fault> {
    let status: Status = read(answer, "look at the upload")?;
    let parts = plan(upload.bytes);
    // What came is whole parts; all of it cannot have come, as the last part was not sent.
    upload.part = (status.uploaded_bytes.unwrap_or(0) / parts.0.max(1)).min(parts.1 - 1);
    upload.lost = false;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_the_last_takes_what_is_left() {
        // Where each part ends.
        for (bytes, expected) in [
            (3_145_728, vec![3_145_728]),
            (19_999_999, vec![19_999_999]),
            (20_000_000, vec![10_000_000, 20_000_000]),
            (50_000_123, vec![10_000_000, 20_000_000, 30_000_000, 40_000_000, 50_000_123]),
        ] {
            let mut upload = Upload {
                bytes,
                ..Upload::default()
            };
            let mut ranges = vec![upload.range()];
            while !upload.is_at_last() {
                upload.part += 1;
                ranges.push(upload.range());
            }
            let starts: Vec<u64> = ranges.iter().skip(1).map(|range| range.start).collect();
            let ranges: Vec<u64> = ranges.iter().map(|range| range.end).collect();
            assert_eq!(starts, ranges[..ranges.len() - 1], "{bytes}: a gap");
            assert_eq!(ranges, expected, "{bytes}");
        }
    }

    #[test]
    fn the_largest_file_keeps_to_what_tiktok_takes() {
        let (part, count) = plan(4_000_000_000);
        let last = 4_000_000_000 - part * (count - 1);
        assert!((5_242_880..=64_000_000).contains(&part) && (1..=1_000).contains(&count) && last <= 128_000_000);
    }
}
