//! What a post says, and how Google is told (fact sheet section 3).

use jiff::civil::DateTime;
use postrider_core::delivery::FailureKind;
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{Fault, Job, Method, Request};
use serde_json::{Value, json};

use super::posts;
use super::wire::Post;

/// What a post is about.
pub fn topic(job: &Job) -> &str {
    job.setting("topic_type").unwrap_or("STANDARD")
}

fn is_offer(job: &Job) -> bool {
    topic(job) == "OFFER"
}

/// An event has a period, and so has an offer.
fn has_period(job: &Job) -> bool {
    topic(job) != "STANDARD"
}

fn link(job: &Job) -> Option<&str> {
    let link = job.content.link.as_ref().filter(|_| job.content.content_type == ContentType::Link);
    link.map(|link| link.url.trim()).filter(|url| !url.is_empty())
}

/// What the button does, and where it leads.
fn button(job: &Job) -> Option<(&str, Option<&str>)> {
    match link(job) {
        _ if is_offer(job) => None,
        Some(url) => Some((job.setting("link_button").unwrap_or("LEARN_MORE"), Some(url))),
        None => match job.setting("call_to_action")? {
            // It dials the location's own number.
            "CALL" => Some(("CALL", None)),
            action => Some((action, job.setting("call_to_action_url"))),
        },
    }
}

/// Where an offer is taken: the link's page, if the post is one.
fn offer_page(job: &Job) -> Option<&str> {
    link(job).or_else(|| job.setting("redeem_online_url"))
}

/// Where a post's photo is fetched.
fn photo(job: &Job) -> Option<&str> {
    job.media.first().map(|file| file.public_url.as_str())
}

/// The words of a post, by which it is known: its text, its title, and where its button leads.
pub fn words(summary: &str, title: &str, url: &str) -> String {
    let all = [summary, title, url].join("\n");
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same of a delivery.
pub fn own_words(job: &Job) -> String {
    let url = button(job).and_then(|(_, url)| url);
    words(job.text.trim(), title(job), url.unwrap_or_default())
}

/// The same of a post as the list shows it.
pub fn listed_words(post: &Post) -> String {
    words(&post.summary, &post.event.title, &post.call_to_action.url)
}

fn title(job: &Job) -> &str {
    job.setting("event_title").filter(|_| has_period(job)).unwrap_or_default()
}

/// The period, by the clocks of the location.
fn period(job: &Job) -> Option<(DateTime, DateTime)> {
    let moment = |key| job.setting(key)?.parse::<DateTime>().ok();
    Some((moment("event_start")?, moment("event_end")?))
}

fn date(at: DateTime) -> Value {
    json!({"year": at.year(), "month": at.month(), "day": at.day()})
}

fn time(at: DateTime) -> Value {
    json!({"hours": at.hour(), "minutes": at.minute(), "seconds": 0, "nanos": 0})
}

/// The call that makes the post.
pub fn create(job: &Job, parent: &str) -> Request {
    let mut post = json!({"topicType": topic(job)});
    let mut say = |key: &str, value: Value| post[key] = value;
    if !job.text.trim().is_empty() {
        say("summary", job.text.trim().into());
    }
    if let Some(language) = job.setting("language").or_else(|| job.account.meta["language"].as_str()) {
        say("languageCode", language.into());
    }
    if let Some((action, url)) = button(job) {
        let mut button = json!({"actionType": action});
        if let Some(url) = url {
            button["url"] = url.into();
        }
        say("callToAction", button);
    }
    if let Some((start, end)) = period(job).filter(|_| has_period(job)) {
        let schedule = json!({"startDate": date(start), "startTime": time(start), "endDate": date(end), "endTime": time(end)});
        say("event", json!({"title": title(job), "schedule": schedule}));
    }
    if is_offer(job) {
        let mut offer = json!({});
        for (key, value) in [
            ("couponCode", job.setting("coupon_code")),
            ("redeemOnlineUrl", offer_page(job)),
            ("termsConditions", job.setting("terms_conditions")),
        ] {
            if let Some(value) = value {
                offer[key] = value.into();
            }
        }
        say("offer", offer);
    }
    if let Some(url) = photo(job) {
        say("media", json!([{"mediaFormat": "PHOTO", "sourceUrl": url}]));
    }
    posts("make the post", Method::Post, &format!("{parent}/localPosts")).json(post)
}

/// What Google's API has no way for, and what a post cannot be without.
pub fn not_served(job: &Job) -> Option<Fault> {
    let refused = |reason: &str, message: &str, remedy: &str| {
        let code = format!("google_business.{reason}");
        Some(Fault::stop(FailureKind::Content, code, message, remedy))
    };
    let content_type = job.content.content_type;
    if !matches!(content_type, ContentType::Text | ContentType::Image | ContentType::Link) {
        return refused(
            "content_type",
            &format!("Google's API takes no {content_type}."),
            "Change the type of the post.",
        );
    }
    let photos = job.media.iter().filter(|file| file.facts.kind == AssetKind::Image).count();
    if photos != job.media.len() || photos > 1 || (photos == 0 && content_type == ContentType::Image) {
        return refused("photo", "A post on Google has one photo.", "Choose one photo.");
    }
    if job.text.trim().is_empty() && photos == 0 {
        return refused("empty", "There is nothing to post.", "Write a text or add a photo.");
    }
    if has_period(job) && (title(job).is_empty() || period(job).is_none()) {
        return refused(
            "period",
            "An event or offer on Google needs a title, a beginning and an end.",
            "Write all three for this channel, then retry.",
        );
    }
    if period(job).is_some_and(|(start, end)| end < start) && has_period(job) {
        return refused(
            "period",
            "The event or offer ends before it begins.",
            "Change one of the two for this channel, then retry.",
        );
    }
    match button(job) {
        Some((action, None)) if action != "CALL" => refused(
            "button",
            "The button leads nowhere.",
            "Write its page for this channel, or choose no button, then retry.",
        ),
        _ => None,
    }
}
