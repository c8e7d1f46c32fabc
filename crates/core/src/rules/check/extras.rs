//! Link, poll, first comment and drafts.

use super::settings::counted_with_text;
use super::words::within;
use super::{CheckChannel, Report, amount};
use crate::network::Network;
use crate::post::{Content, ContentType, Link, Mode, Poll};
use crate::rules::schema::{LinkRule, Offer, PollRule, TextLimit};

pub(super) fn check(report: &mut Report<'_>, channel: &CheckChannel, content: &Content, offer: &Offer) {
    let network = channel.network;
    if content.content_type == ContentType::Link
        && let (Some(rule), Some(link)) = (&offer.link, &content.link)
        && !link.url.trim().is_empty()
    {
        check_link(report, network, link, rule);
    }
    if content.content_type == ContentType::Poll
        && let (Some(rule), Some(poll)) = (&offer.poll, &content.poll)
    {
        check_poll(report, network, poll, rule);
    }
    first_comment(report, channel, content, offer);
    if channel.mode == Mode::Draft && !offer.draft_api {
        report.warning(
            "mode",
            "mode.ready_to_post",
            format!("{}'s API keeps no drafts of this type.", network.name()),
            None,
            "At its time you get a reminder with everything to hand, and post it yourself.".to_owned(),
        );
    }
}

fn check_link(report: &mut Report<'_>, network: Network, link: &Link, rule: &LinkRule) {
    let name = network.name();
    for limit in rule.url {
        let what = format!("{name}'s link");
        within(
            report,
            "link.url",
            "link.too_long",
            link.url.trim(),
            limit,
            &what,
            "Use a shorter address.".to_owned(),
        );
    }
    if rule.title_required && link.title.trim().is_empty() {
        report.error(
            "link.title",
            "link.title_required",
            format!("{name} reads no page itself: the card needs a title."),
            None,
            "Write the card's title.".to_owned(),
        );
    }
    for limit in rule.title {
        let what = format!("{name}'s card title");
        within(
            report,
            "link.title",
            "link.title_too_long",
            &link.title,
            limit,
            &what,
            "Shorten it.".to_owned(),
        );
    }
    for limit in rule.description {
        let what = format!("{name}'s card description");
        within(
            report,
            "link.description",
            "link.description_too_long",
            &link.description,
            limit,
            &what,
            "Shorten it.".to_owned(),
        );
    }
    if !rule.tappable {
        report.warning(
            "link.url",
            "link.not_tappable",
            format!("On {name} the address stands in the caption and cannot be tapped."),
            None,
            "Nothing to do, if that is meant.".to_owned(),
        );
    }
}

fn check_poll(report: &mut Report<'_>, network: Network, poll: &Poll, rule: &PollRule) {
    let name = network.name();
    if let Some(limits) = rule.question {
        if poll.question.trim().is_empty() {
            report.error(
                "poll.question",
                "poll.question_required",
                format!("{name} asks for the poll's question."),
                None,
                "Write the question.".to_owned(),
            );
        }
        for limit in limits {
            let what = format!("{name}'s poll question");
            within(
                report,
                "poll.question",
                "poll.question_too_long",
                &poll.question,
                limit,
                &what,
                "Shorten it.".to_owned(),
            );
        }
    }
    let options = amount(poll.options.len());
    let max = rule.options_max.value;
    if options > max {
        report.error(
            "poll.options",
            "poll.options_too_many",
            format!("{name} takes {max} options; these are {options}."),
            Some((max, options)),
            format!("Take {} out.", options - max),
        );
    }
    for (index, option) in poll.options.iter().enumerate() {
        for limit in rule.option {
            let what = format!("{name}'s poll option");
            let field = format!("poll.options.{index}");
            within(
                report,
                &field,
                "poll.option_too_long",
                option,
                limit,
                &what,
                "Shorten it.".to_owned(),
            );
        }
    }
    duration(report, network, poll, rule);
}

fn duration(report: &mut Report<'_>, network: Network, poll: &Poll, rule: &PollRule) {
    let name = network.name();
    let minutes = i64::from(poll.duration_minutes);
    if !rule.durations.is_empty() {
        if !rule.durations.contains(&poll.duration_minutes) {
            let days: Vec<String> = rule.durations.iter().map(|minutes| (minutes / 1_440).to_string()).collect();
            report.error(
                "poll.duration_minutes",
                "poll.duration_not_offered",
                format!("{name}'s polls last {} days.", days.join(", ")),
                None,
                "Choose one of these.".to_owned(),
            );
        }
        return;
    }
    if let Some(min) = rule.duration_min.filter(|min| minutes < min.value) {
        report.error(
            "poll.duration_minutes",
            "poll.too_short",
            format!("{name}'s polls last at least {} minutes.", min.value),
            Some((min.value, minutes)),
            "Give it more time.".to_owned(),
        );
    }
    if let Some(max) = rule.duration_max.filter(|max| minutes > max.value) {
        report.error(
            "poll.duration_minutes",
            "poll.too_long",
            format!("{name}'s polls last at most {} minutes.", max.value),
            Some((max.value, minutes)),
            "Give it less time.".to_owned(),
        );
    }
}

fn first_comment(report: &mut Report<'_>, channel: &CheckChannel, content: &Content, offer: &Offer) {
    if content.first_comment.trim().is_empty() {
        return;
    }
    let name = channel.network.name();
    let Some(limits) = offer.first_comment else {
        report.warning(
            "first_comment",
            "first_comment.left_out",
            format!("{name} takes no first comment here: yours is left out."),
            None,
            "Put it into the text if it matters there.".to_owned(),
        );
        return;
    };
    for (index, limit) in limits.iter().enumerate() {
        // A comment that is a post of its own has a post's bounds: the server's own, and what the settings say beside it.
        let is_a_post = offer
            .text
            .limits
            .get(index)
            .is_some_and(|text| text.max == limit.max && text.counter == limit.counter);
        let own_max = channel.text_max.filter(|_| is_a_post && index == 0);
        let taken = if is_a_post { counted_with_text(channel, content, limit) } else { 0 };
        let limit = &TextLimit {
            max: (own_max.unwrap_or(limit.max) - taken).max(0),
            ..*limit
        };
        let what = format!("{name}'s comment");
        within(
            report,
            "first_comment",
            "first_comment.too_long",
            &content.first_comment,
            limit,
            &what,
            "Shorten it.".to_owned(),
        );
    }
}
