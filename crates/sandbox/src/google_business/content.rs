//! What the body of a post must look like.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde_json::Value;

use super::error::{Answer, Refusal};
use super::limits::{COUPON_CHARS_MAX, PHOTOS_MAX, SUMMARY_CHARS_MAX, TERMS_CHARS_MAX, TITLE_CHARS_MAX};

const FIELDS: &[&str] = &[
    "name",
    "languageCode",
    "summary",
    "callToAction",
    "createTime",
    "updateTime",
    "scheduledTime",
    "event",
    "state",
    "media",
    "searchUrl",
    "topicType",
    "alertType",
    "offer",
];
const TOPICS: &[&str] = &["STANDARD", "EVENT", "OFFER", "ALERT"];
const ACTIONS: &[&str] = &["BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"];

/// A post as it was asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it is about.
    pub topic: String,
    /// Everything that is kept as it was sent, but photos.
    pub said: Value,
    /// Where its photos are fetched.
    pub photos: Vec<String>,
    /// When it is to be shown, UTC microseconds.
    pub scheduled_us: Option<i64>,
}

/// Reads the body of a post.
///
/// # Errors
/// 400 with the field.
pub fn read(body: &Value, now_us: i64) -> Answer<Wanted> {
    let Some(fields) = body.as_object() else {
        return Err(Refusal::invalid("Invalid JSON payload received."));
    };
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Refusal::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
        )));
    }
    let topic = body["topicType"].as_str().unwrap_or_default();
    if !TOPICS.contains(&topic) {
        return Err(Refusal::field("topic_type", "A topic type is required."));
    }
    words(&body["summary"], "summary", SUMMARY_CHARS_MAX)?;
    let language = &body["languageCode"];
    if !language.is_null() && language.as_str().is_none_or(|code| !is_language(code)) {
        return Err(Refusal::field("language_code", "The language is no BCP-47 code."));
    }
    button(&body["callToAction"])?;
    event(&body["event"], matches!(topic, "EVENT" | "OFFER"))?;
    offer(&body["offer"], topic == "OFFER")?;
    let photos = photos(&body["media"])?;
    if body["summary"].as_str().is_none_or(|text| text.trim().is_empty()) && photos.is_empty() {
        return Err(Refusal::field("summary", "A post needs a text or a photo."));
    }
    let mut said = body.clone();
    if let Some(fields) = said.as_object_mut() {
        // An offer has a button of its own: another is passed over.
        let dropped = |name: &str| matches!(name, "media" | "name" | "state" | "createTime" | "updateTime" | "searchUrl");
        fields.retain(|name, _| !(dropped(name) || topic == "OFFER" && name == "callToAction"));
    }
    Ok(Wanted {
        topic: topic.to_owned(),
        said,
        photos,
        scheduled_us: scheduled(&body["scheduledTime"], now_us)?,
    })
}

fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn words(value: &Value, field: &str, max: usize) -> Answer<()> {
    match value {
        Value::Null => Ok(()),
        Value::String(text) if text.chars().count() <= max => Ok(()),
        Value::String(_) => Err(Refusal::field(field, format!("At most {max} characters are allowed."))),
        _ => Err(Refusal::invalid(format!("Invalid value at '{field}'"))),
    }
}

fn is_secure(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some())
}

fn button(button: &Value) -> Answer<()> {
    if button.is_null() {
        return Ok(());
    }
    let action = button["actionType"].as_str().unwrap_or_default();
    if !ACTIONS.contains(&action) {
        return Err(Refusal::field("call_to_action.action_type", "The action is not supported."));
    }
    match (action, button["url"].as_str()) {
        ("CALL", Some(_)) => Err(Refusal::field("call_to_action.url", "A call has no URL.")),
        ("CALL", None) => Ok(()),
        (_, Some(url)) if is_secure(url) => Ok(()),
        _ => Err(Refusal::field("call_to_action.url", "A valid https URL is required.")),
    }
}

fn moment(schedule: &Value, date: &str, time: &str) -> Answer<DateTime> {
    let lacking = || {
        Refusal::field(
            "event.schedule",
            "The schedule must contain all fields, with valid dates and times.",
        )
    };
    let (day, clock) = (&schedule[date], &schedule[time]);
    if !day.is_object() || !clock.is_object() {
        return Err(lacking());
    }
    // Zeros may be left out of a request as well.
    let part = |of: &Value, name: &str| match &of[name] {
        Value::Null => Some(0),
        value => value.as_i64().and_then(|number| i16::try_from(number).ok()),
    };
    let small = |of: &Value, name: &str| part(of, name).and_then(|number| i8::try_from(number).ok());
    let built = || {
        let date = Date::new(part(day, "year")?, small(day, "month")?, small(day, "day")?).ok()?;
        let time = Time::new(small(clock, "hours")?, small(clock, "minutes")?, small(clock, "seconds")?, 0).ok()?;
        Some(date.to_datetime(time))
    };
    built().ok_or_else(lacking)
}

fn event(event: &Value, needed: bool) -> Answer<()> {
    if event.is_null() && !needed {
        return Ok(());
    }
    if !needed {
        return Err(Refusal::field("event", "Only events and offers have an event."));
    }
    let title = event["title"].as_str().unwrap_or_default();
    if title.trim().is_empty() {
        return Err(Refusal::field("event.title", "A title is required."));
    }
    words(&event["title"], "event.title", TITLE_CHARS_MAX)?;
    let start = moment(&event["schedule"], "startDate", "startTime")?;
    let end = moment(&event["schedule"], "endDate", "endTime")?;
    if end < start {
        return Err(Refusal::field("event.schedule", "The end must not lie before the start."));
    }
    Ok(())
}

fn offer(offer: &Value, is_one: bool) -> Answer<()> {
    if offer.is_null() {
        return Ok(());
    }
    if !is_one {
        return Err(Refusal::field("offer", "Only offers have offer details."));
    }
    words(&offer["couponCode"], "offer.coupon_code", COUPON_CHARS_MAX)?;
    words(&offer["termsConditions"], "offer.terms_conditions", TERMS_CHARS_MAX)?;
    match offer["redeemOnlineUrl"].as_str() {
        Some(url) if !is_secure(url) => Err(Refusal::field("offer.redeem_online_url", "A valid https URL is required.")),
        _ => Ok(()),
    }
}

fn photos(media: &Value) -> Answer<Vec<String>> {
    let Some(items) = media.as_array() else {
        return match media {
            Value::Null => Ok(Vec::new()),
            _ => Err(Refusal::invalid("Invalid value at 'media'")),
        };
    };
    if items.len() > PHOTOS_MAX {
        return Err(Refusal::field("media", format!("At most {PHOTOS_MAX} photos are allowed.")));
    }
    let mut urls = Vec::new();
    for item in items {
        if item["mediaFormat"] != "PHOTO" {
            return Err(Refusal::field("media.media_format", "Posts support photos only."));
        }
        let url = item["sourceUrl"].as_str().filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| Refusal::field("media.source_url", "Only source_url is supported for posts."))?;
        urls.push(url.to_owned());
    }
    Ok(urls)
}

fn scheduled(at: &Value, now_us: i64) -> Answer<Option<i64>> {
    let refused = || Refusal::field("scheduled_time", "The time must be a time in the future.");
    let text = match at {
        Value::Null => return Ok(None),
        at => at.as_str().ok_or_else(refused)?,
    };
    let at_us = text.parse::<Timestamp>().map_err(|_| refused())?.as_microsecond();
    if at_us <= now_us {
        return Err(refused());
    }
    Ok(Some(at_us))
}
