//! A post as one call of the Bot API: which method, with which fields and files. Words are sent without `parse_mode`, so that they stand as
//! they were written whatever signs they hold; Telegram finds addresses, hashtags and mentions by itself.

use postrider_core::delivery::FailureKind;
use postrider_core::post::{AssetKind, ContentType, SettingValue};
use postrider_provider::{AssetBody, Fault, FilePart, Job, MediaRef, Request, Val};
use serde_json::{Map, Value, json};

use super::{TOKEN, api};

/// Sheet section 7: the network may take its time.
const BUDGET_MS: u64 = 60_000;
/// The body cannot be sent in parts: a large file is given the time that it takes at this pace, one megabyte a second.
const BYTES_A_MS: u64 = 1_000;
/// What every message can be told.
const OF_ALL: &[&str] = &["disable_notification", "protect_content"];
/// What stands with each picture or video of a message.
const OF_SHOWN: &[&str] = &["has_spoiler", "show_caption_above_media"];
/// Endings by media type, where the type's own second half is none.
const ENDINGS: &[(&str, &str)] = &[("image/jpeg", "jpg")];

type Fields = Map<String, Value>;

/// The call that publishes.
///
/// # Errors
/// If the content type has none, or there is nothing to send.
pub fn call(job: &Job, chat: i64) -> Result<Request, Fault> {
    let mut fields = Fields::new();
    fields.insert("chat_id".into(), chat.into());
    switch(job, OF_ALL, &mut fields);
    let (method, files) = match (job.content.content_type, job.media.as_slice()) {
        (ContentType::Text | ContentType::Link, _) if !job.text.trim().is_empty() => {
            words(job, &mut fields);
            ("sendMessage", Vec::new())
        }
        (ContentType::Poll, _) => {
            poll(job, &mut fields);
            ("sendPoll", Vec::new())
        }
        (ContentType::Carousel, [_, _, ..]) => ("sendMediaGroup", album(job, &mut fields)),
        (ContentType::Image | ContentType::Video | ContentType::Gif | ContentType::Document, [file, ..]) => single(job, file, &mut fields),
        (ContentType::Reel | ContentType::Story | ContentType::Thread, _) => return Err(not_offered(job)),
        _ => return Err(empty()),
    };
    let label = format!("send the message ({})", job.content.content_type);
    let request = Request::post(label, api(method)).in_path(TOKEN);
    let mut request = if files.is_empty() {
        request.json(Value::Object(fields))
    } else {
        let bytes: u64 = job.media.iter().map(|file| file.facts.bytes).sum();
        let mut request = request.multipart(fields.into_iter().map(|(name, value)| (name, in_form(value))).collect(), files);
        request.budget_ms = request.budget_ms.max(bytes / BYTES_A_MS);
        request
    };
    request.budget_ms = request.budget_ms.max(BUDGET_MS);
    Ok(request)
}

/// In a form an object is written as JSON.
fn in_form(value: Value) -> Val {
    match value {
        Value::String(text) => Val::from(text),
        other => Val::from(other.to_string()),
    }
}

/// Settings bear the names of the fields that they are.
fn switch(job: &Job, names: &[&str], fields: &mut Fields) {
    for name in names {
        if let Some(SettingValue::Switch(on)) = job.settings.get(*name) {
            fields.insert((*name).into(), (*on).into());
        }
    }
}

fn words(job: &Job, fields: &mut Fields) {
    fields.insert("text".into(), job.text.as_str().into());
    let link = job.content.link.as_ref().filter(|_| job.content.content_type == ContentType::Link);
    let mut preview = Fields::new();
    // The page of the post, whichever address stands first in the text.
    if let Some(link) = link {
        preview.insert("url".into(), link.url.as_str().into());
    }
    if let Some(chosen) = job.setting("link_preview_options") {
        preview.insert(chosen.into(), true.into());
    }
    if !preview.is_empty() {
        fields.insert("link_preview_options".into(), Value::Object(preview));
    }
    if let (Some(link), Some(label)) = (link, job.setting("inline_keyboard")) {
        let buttons = json!({"inline_keyboard": [[{"text": label, "url": link.url}]]});
        fields.insert("reply_markup".into(), buttons);
    }
}

/// Channels take no votes by name, so that a poll is as the API has it: anonymous.
fn poll(job: &Job, fields: &mut Fields) {
    let Some(poll) = &job.content.poll else { return };
    let options: Vec<Value> = poll.options.iter().map(|option| json!({"text": option})).collect();
    fields.insert("question".into(), poll.question.as_str().into());
    fields.insert("options".into(), options.into());
    fields.insert("open_period".into(), (u64::from(poll.duration_minutes) * 60).into());
    if !job.text.trim().is_empty() {
        fields.insert("description".into(), job.text.as_str().into());
    }
    switch(job, &["allows_multiple_answers"], fields);
}

/// The first file's caption is the album's, as long as no other has one.
fn album(job: &Job, fields: &mut Fields) -> Vec<FilePart> {
    let mut media = Vec::new();
    let mut files = Vec::new();
    for (index, file) in job.media.iter().enumerate() {
        let field = format!("file{}", index + 1);
        let kind = if file.facts.kind == AssetKind::Video { "video" } else { "photo" };
        let mut item = Fields::new();
        item.insert("type".into(), kind.into());
        item.insert("media".into(), format!("attach://{field}").into());
        if index == 0 {
            caption(job, &mut item);
        }
        switch(job, OF_SHOWN, &mut item);
        measures(file, &mut item);
        media.push(Value::Object(item));
        files.push(part(file, &field));
    }
    fields.insert("media".into(), media.into());
    files
}

fn single(job: &Job, file: &MediaRef, fields: &mut Fields) -> (&'static str, Vec<FilePart>) {
    let (method, field) = match job.content.content_type {
        ContentType::Image => ("sendPhoto", "photo"),
        ContentType::Video => ("sendVideo", "video"),
        ContentType::Gif => ("sendAnimation", "animation"),
        _ => ("sendDocument", "document"),
    };
    caption(job, fields);
    if method != "sendDocument" {
        switch(job, OF_SHOWN, fields);
    }
    measures(file, fields);
    (method, vec![part(file, field)])
}

fn caption(job: &Job, fields: &mut Fields) {
    if !job.text.trim().is_empty() {
        fields.insert("caption".into(), job.text.as_str().into());
    }
}

/// What moves is shown in its shape before it was loaded.
fn measures(file: &MediaRef, fields: &mut Fields) {
    let facts = &file.facts;
    if !matches!(facts.kind, AssetKind::Video | AssetKind::Gif) {
        return;
    }
    let seconds = facts.duration_ms.map(|ms| Value::from(ms.div_ceil(1_000)));
    let measured = [
        ("width", facts.width.map(Value::from)),
        ("height", facts.height.map(Value::from)),
        ("duration", seconds),
        ("supports_streaming", (facts.kind == AssetKind::Video).then_some(Value::Bool(true))),
    ];
    for (name, value) in measured {
        if let Some(value) = value {
            fields.insert(name.into(), value);
        }
    }
}

fn part(file: &MediaRef, field: &str) -> FilePart {
    let mime = file.facts.mime.as_str();
    let known = ENDINGS.iter().find(|(known, _)| *known == mime);
    let ending = known.map_or_else(|| mime.rsplit('/').next().unwrap_or("bin"), |(_, ending)| ending);
    FilePart {
        field: field.to_owned(),
        name: format!("{field}.{ending}"),
        bytes: AssetBody {
            blob: file.blob.clone(),
            mime: mime.to_owned(),
            total_bytes: file.facts.bytes,
            range: None,
        },
    }
}

fn not_offered(job: &Job) -> Fault {
    Fault::stop(
        FailureKind::Content,
        "telegram.not_offered",
        format!("Telegram's bots publish no {}.", job.content.content_type),
        "Change the type.",
    )
}

fn empty() -> Fault {
    Fault::stop(
        FailureKind::Content,
        "telegram.empty",
        "There is nothing to send.",
        "Write a text or add media.",
    )
}
