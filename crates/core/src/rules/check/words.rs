//! Text, title and what is counted in them.

use std::collections::BTreeSet;

use super::settings::counted_with_text;
use super::{CheckChannel, Report, amount};
use crate::network::Network;
use crate::post::{Content, ContentType};
use crate::rules::offer;
use crate::rules::render::rendered;
use crate::rules::schema::{Entity, Offer, TextLimit};
use crate::text::count::count;
use crate::text::entities::{self, Kind};

pub(super) fn check(report: &mut Report<'_>, channel: &CheckChannel, content: &Content, offer: &Offer) {
    let network = channel.network;
    let text = rendered(content, offer);
    if !offer.text.sent {
        if !content.text.trim().is_empty() || !content.hashtags.is_empty() {
            report.warning(
                "text",
                "text.left_out",
                format!(
                    "{} sends no text with a {}: yours is left out.",
                    network.name(),
                    content.content_type
                ),
                None,
                "Put the words into the picture, or change the type.".to_owned(),
            );
        }
    } else if content.content_type == ContentType::Thread {
        for (index, part) in text.parts.iter().enumerate() {
            body(report, channel, &format!("thread.{index}.text"), part, offer, content);
        }
    } else {
        body(report, channel, "text", &text.text, offer, content);
    }
    title(report, network, content, offer);
}

/// Writes down that a limit is not kept, if it is not.
pub(super) fn within(report: &mut Report<'_>, field: &str, code: &'static str, text: &str, limit: &TextLimit, what: &str, remedy: String) {
    let max = limit.max;
    let actual = count(limit.counter, text);
    if actual <= max {
        return;
    }
    let message = format!("{what} takes {max} {}; this has {actual}.", limit.counter.noun());
    report.error(field, code, message, Some((max, actual)), remedy);
}

fn body(report: &mut Report<'_>, channel: &CheckChannel, field: &str, text: &str, rule: &Offer, content: &Content) {
    let network = channel.network;
    let kind = content.content_type;
    for (index, limit) in rule.text.limits.iter().enumerate() {
        let own_max = channel.text_max.filter(|_| index == 0);
        let taken = counted_with_text(channel, content, limit);
        let limit = TextLimit {
            max: (own_max.unwrap_or(limit.max) - taken).max(0),
            ..*limit
        };
        let or_thread = if kind == ContentType::Text && offer(network, ContentType::Thread).is_some() {
            ", or change the type to thread"
        } else {
            ""
        };
        let remedy = format!("Shorten it, or write a shorter text for {} alone{or_thread}.", network.name());
        let beside = if taken > 0 { " beside what its settings say" } else { "" };
        let what = format!("{}'s text{beside}", network.name());
        within(report, field, "text.too_long", text, &limit, &what, remedy);
    }
    for entity in rule.text.entities {
        let found = entities_in(entity.entity, text);
        let max = entity.max.value;
        if found > max {
            let (code, noun) = match entity.entity {
                Entity::Hashtags => ("text.too_many_hashtags", "hashtags"),
                Entity::Mentions => ("text.too_many_mentions", "mentions"),
                Entity::Links => ("text.too_many_links", "different addresses"),
                Entity::Cashtags => ("text.too_many_cashtags", "stock symbols"),
            };
            report.error(
                field,
                code,
                format!("{} takes {max} {noun}; this has {found}.", network.name()),
                Some((max, found)),
                format!("Take {} out, or write another text for {} alone.", found - max, network.name()),
            );
        }
    }
    forbidden(report, field, "text.forbidden_character", text, rule.text.forbidden, network);
}

fn entities_in(entity: Entity, text: &str) -> i64 {
    let found = entities::find(text);
    let of = |kind: Kind| found.iter().filter(move |found| found.kind == kind);
    match entity {
        Entity::Hashtags => amount(of(Kind::Hashtag).count()),
        Entity::Mentions => amount(of(Kind::Mention).count()),
        Entity::Cashtags => amount(of(Kind::Cashtag).count()),
        Entity::Links => amount(of(Kind::Url).map(|url| url.href()).collect::<BTreeSet<_>>().len()),
    }
}

fn forbidden(report: &mut Report<'_>, field: &str, code: &'static str, text: &str, forbidden: &str, network: Network) {
    if let Some(bad) = text.chars().find(|c| forbidden.contains(*c)) {
        report.error(
            field,
            code,
            format!("{} takes no “{bad}” here.", network.name()),
            None,
            format!("Take it out, or write it otherwise for {} alone.", network.name()),
        );
    }
}

fn title(report: &mut Report<'_>, network: Network, content: &Content, offer: &Offer) {
    let Some(rule) = offer.title else { return };
    let title = content.title.trim();
    if title.is_empty() {
        if rule.required {
            report.error(
                "title",
                "title.required",
                format!("{} asks for a title.", network.name()),
                None,
                "Write a title.".to_owned(),
            );
        }
        return;
    }
    for limit in rule.limits {
        let remedy = format!("Shorten it, or write a shorter title for {} alone.", network.name());
        let what = format!("{}'s title", network.name());
        within(report, "title", "title.too_long", title, limit, &what, remedy);
    }
    forbidden(report, "title", "title.forbidden_character", title, rule.forbidden, network);
}
