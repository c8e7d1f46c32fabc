//! A file before its post: sent, and looked at until the server has worked on it. Nobody sees it, and what no post names the server drops
//! after a day.

use postrider_core::delivery::FailureKind;
use postrider_provider::{Answer, AssetBody, Fault, FilePart, Job, Method, Next, Request, Val};

use super::state::{State, Uploaded, files};
use super::wire::Attachment;
use super::{error, server};

/// How long is waited for the server's work on a file: the first time, and at most, milliseconds (fact sheet section 3).
const LOOK_MS: std::ops::RangeInclusive<i64> = 1_000..=15_000;
/// How long its work is waited for altogether (fact sheet section 3).
const WORK_MS_MAX: i64 = 10 * 60_000;
/// The body cannot be sent in parts: a large file is given the time that it takes at this pace, one megabyte a second.
const BYTES_A_MS: u64 = 1_000;
/// Endings by media type, where the type's own second half is none: servers hold a name against what the bytes are.
const ENDINGS: &[(&str, &str)] = &[("image/jpeg", "jpg"), ("video/quicktime", "mov"), ("video/x-m4v", "m4v")];

/// The name that a file is sent under.
fn name(index: usize, mime: &str) -> String {
    let known = ENDINGS.iter().find(|(known, _)| *known == mime);
    let ending = known.map_or_else(|| mime.rsplit('/').next().unwrap_or("bin"), |(_, ending)| ending);
    format!("file-{}.{ending}", index + 1)
}

/// The call that sends a file.
pub fn send(job: &Job, index: usize) -> Request {
    let request = Request::post(
        format!("upload file {}", index + 1),
        format!("{}/api/v2/media", server::of(&job.account.meta)),
    )
    .bearer("access");
    let Some(file) = files(job).get(index).copied() else {
        return request;
    };
    let mut fields = Vec::new();
    if !file.alt_text.is_empty() {
        fields.push(("description".to_owned(), Val::from(file.alt_text.as_str())));
    }
    let part = FilePart {
        field: "file".to_owned(),
        name: name(index, &file.facts.mime),
        bytes: AssetBody {
            blob: file.blob.clone(),
            mime: file.facts.mime.clone(),
            total_bytes: file.facts.bytes,
            range: None,
        },
    };
    let mut request = request.multipart(fields, vec![part]);
    request.budget_ms = request.budget_ms.max(file.facts.bytes / BYTES_A_MS);
    request
}

/// The call that asks whether the server has worked on a file.
pub fn look(job: &Job, id: &str) -> Request {
    Request::get("look at the file", address(job, id)).bearer("access")
}

fn address(job: &Job, id: &str) -> String {
    format!("{}/api/v1/media/{id}", server::of(&job.account.meta))
}

/// Notes a file that the server took in: 202 says that it works on it.
pub fn sent(state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let taken: Attachment = error::accepted(answer, "upload the file")?;
    state.files.push(Uploaded {
        id: taken.id,
        ready: answer.status != 202,
        looks: 0,
        look_at_ms: answer.at_ms + LOOK_MS.start(),
        taken_at_ms: answer.at_ms,
    });
    Ok(())
}

/// Notes what a look at a file said.
pub fn looked(job: &Job, file: &mut Uploaded, answer: &Answer) -> Result<(), Fault> {
    match answer.status {
        206 => {}
        // It was left unattached for a day: the server has dropped it.
        404 => return Err(error::fault(answer).next(Next::Restart)),
        422 => return Err(error::unusable(answer)),
        _ => {
            error::accepted::<Attachment>(answer, "look at the file")?;
            file.ready = true;
            return Ok(());
        }
    }
    let now_ms = job.now_ms.max(answer.at_ms);
    if now_ms - file.taken_at_ms > WORK_MS_MAX {
        return Err(Fault::stop(
            FailureKind::Outage,
            "mastodon.processing",
            "The server did not finish its work on the file within ten minutes.",
            "Retry, or use another file.",
        ));
    }
    file.looks += 1;
    let pause_ms = LOOK_MS.start() << file.looks.min(10);
    file.look_at_ms = now_ms + pause_ms.min(*LOOK_MS.end());
    Ok(())
}

/// Calls that take back the files that no post names (since 4.4; older servers drop them after a day).
pub fn removals(job: &Job, state: &State) -> Vec<Request> {
    if !state.posts.is_empty() {
        return Vec::new();
    }
    let remove = |(index, file): (usize, &Uploaded)| {
        let label = format!("remove file {}", index + 1);
        Request::new(label, Method::Delete, address(job, &file.id)).bearer("access")
    };
    state.files.iter().enumerate().map(remove).collect()
}

/// Whether there is nothing to remove: it is gone, a post has it, or the server removes by itself and has no such call.
pub fn is_gone(answer: &Answer) -> bool {
    matches!(answer.status, 404 | 405 | 410 | 422)
}
