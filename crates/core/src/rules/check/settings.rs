//! The settings that only one network has.

use super::words::within;
use super::{CheckChannel, Report};
use crate::post::{Content, Mode, SettingValue};
use crate::rules::of;
use crate::rules::schema::{Chosen, Setting, SettingKind, TextLimit};
use crate::text::count::count;

pub(super) fn check(report: &mut Report<'_>, channel: &CheckChannel, content: &Content) {
    let network = channel.network;
    let known = of(network).settings;
    let chosen = &channel.overrides.settings;
    for key in chosen.keys() {
        if !known.iter().any(|setting| setting.key == key) {
            report.error(
                &format!("settings.{key}"),
                "settings.unknown",
                format!("{} has no such setting.", network.name()),
                None,
                "Take it out.".to_owned(),
            );
        }
    }
    for setting in known.iter().filter(|setting| setting.is_for(content.content_type)) {
        let field = format!("settings.{}", setting.key);
        let applies = setting.only_with.is_empty() || setting.only_with.iter().any(|choice| is_chosen(channel, choice));
        match chosen.get(setting.key).filter(|value| !is_blank(setting, value)) {
            Some(value) => {
                fits(report, &field, setting, value);
                let clashes = setting.clashes.iter().filter(|_| *value != SettingValue::Switch(false));
                for clash in clashes.filter(|clash| is_chosen(channel, clash)) {
                    together(report, &field, known, setting, clash);
                }
                if !applies {
                    alone(report, &field, known, setting);
                }
                in_order(report, &field, channel, known, setting);
            }
            None if setting.required && applies && channel.mode == Mode::Publish => {
                missing(report, &field, channel, known, setting);
            }
            None => {}
        }
    }
}

/// Words that say nothing are none.
fn is_blank(setting: &Setting, value: &SettingValue) -> bool {
    let of_words = matches!(setting.kind, SettingKind::Text { .. } | SettingKind::Address | SettingKind::Moment);
    of_words && matches!(value, SettingValue::Text(text) if text.trim().is_empty())
}

fn is_chosen(channel: &CheckChannel, choice: &Chosen) -> bool {
    matches!(channel.overrides.settings.get(choice.key), Some(SettingValue::Text(text)) if text == choice.value)
}

/// The other setting by its name for people.
fn label_of(known: &[Setting], key: &str) -> &'static str {
    known.iter().find(|other| other.key == key).map_or("", |other| other.label)
}

/// The option of the other setting by its name for people.
fn option_of(known: &[Setting], choice: &Chosen) -> &'static str {
    let options = known.iter().find(|other| other.key == choice.key).map(|other| other.kind);
    let option = match options {
        Some(SettingKind::Choice { options }) => options.iter().find(|option| option.value == choice.value),
        _ => None,
    };
    option.map_or(choice.value, |option| option.label)
}

fn missing(report: &mut Report<'_>, field: &str, channel: &CheckChannel, known: &[Setting], setting: &Setting) {
    let name = channel.network.name();
    let when = match setting.only_with.iter().find(|choice| is_chosen(channel, choice)) {
        Some(choice) => format!("with {}: {}", label_of(known, choice.key), option_of(known, choice)),
        None => "on every post".to_owned(),
    };
    report.error(
        field,
        "settings.required",
        format!("Choose “{}”: {name} wants it {when}.", setting.label),
        None,
        format!("It stands with this channel, under “Only on {name}”."),
    );
}

fn together(report: &mut Report<'_>, field: &str, known: &[Setting], setting: &Setting, clash: &Chosen) {
    let other = label_of(known, clash.key);
    report.error(
        field,
        "settings.not_together",
        format!("{} does not go with {other}: {}.", setting.label, option_of(known, clash)),
        None,
        "Change one of the two.".to_owned(),
    );
}

fn alone(report: &mut Report<'_>, field: &str, known: &[Setting], setting: &Setting) {
    let other = setting.only_with.first().map_or("", |choice| label_of(known, choice.key));
    let options: Vec<&str> = setting.only_with.iter().map(|choice| option_of(known, choice)).collect();
    report.error(
        field,
        "settings.alone",
        format!("{} goes only with {other}: {}.", setting.label, options.join(" or ")),
        None,
        "Choose that, or take it out.".to_owned(),
    );
}

/// Moments that are written alike are in order as their texts are.
fn in_order(report: &mut Report<'_>, field: &str, channel: &CheckChannel, known: &[Setting], setting: &Setting) {
    let moment = |key: &str| match channel.overrides.settings.get(key) {
        Some(SettingValue::Text(text)) if is_moment(text) => Some(text.as_str()),
        _ => None,
    };
    let Some(first) = setting.not_before else { return };
    if let (Some(at), Some(from)) = (moment(setting.key), moment(first))
        && at < from
    {
        report.error(
            field,
            "settings.out_of_order",
            format!("{} lies before {}.", setting.label, label_of(known, first)),
            None,
            "Change one of the two.".to_owned(),
        );
    }
}

/// `2026-11-23T09:00`, if there is such a day.
fn is_moment(text: &str) -> bool {
    let shape = "dddd-dd-ddTdd:dd";
    let fits = |(sign, pattern): (u8, u8)| match pattern {
        b'd' => sign.is_ascii_digit(),
        other => sign == other,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits) && text.parse::<jiff::civil::DateTime>().is_ok()
}

fn is_secure_address(text: &str) -> bool {
    let parsed = url::Url::parse(text);
    parsed.is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty()))
        && !text.contains(char::is_whitespace)
}

fn fits(report: &mut Report<'_>, field: &str, setting: &Setting, value: &SettingValue) {
    let label = setting.label;
    let mut invalid = |what: String, remedy: &str| report.error(field, "settings.invalid", what, None, remedy.to_owned());
    match (setting.kind, value) {
        (SettingKind::Switch, SettingValue::Switch(_)) => {}
        (SettingKind::Choice { options }, SettingValue::Text(text)) if options.iter().any(|option| option.value == text) => {}
        (SettingKind::Language, SettingValue::Text(text))
            if matches!(text.len(), 2 | 3) && text.bytes().all(|byte| byte.is_ascii_lowercase()) => {}
        (SettingKind::Text { limits, .. }, SettingValue::Text(text)) => {
            for limit in limits {
                within(report, field, "settings.too_long", text, limit, label, "Shorten it.".to_owned());
            }
        }
        (SettingKind::Address, SettingValue::Text(text)) if is_secure_address(text.trim()) => {}
        (SettingKind::Moment, SettingValue::Text(text)) if is_moment(text) => {}
        (SettingKind::Address, _) => invalid(
            format!("{label} is not an address that starts with https://."),
            "Enter the whole address, such as https://example.com/page.",
        ),
        (SettingKind::Moment, _) => invalid(format!("{label} is a date and a time of day."), "Write it as 2026-11-23T09:00."),
        (SettingKind::Switch, _) => invalid(format!("{label} is on or off."), "Switch it on or off."),
        (SettingKind::Language, _) => invalid(
            format!("{label} is a code of two or three small letters."),
            "Write it as en, de or pt.",
        ),
        (SettingKind::Choice { .. }, _) => invalid(format!("{label} has no such option."), "Choose one of the options."),
        (SettingKind::Text { .. }, _) => invalid(format!("{label} takes words."), "Write it."),
    }
}

/// How much of a text's limit the settings take that count with it.
pub(super) fn counted_with_text(channel: &CheckChannel, content: &Content, limit: &TextLimit) -> i64 {
    let settings = of(channel.network).settings.iter();
    let counted = settings.filter(|setting| {
        setting.is_for(content.content_type)
            && matches!(
                setting.kind,
                SettingKind::Text {
                    counts_with_text: true,
                    ..
                }
            )
    });
    counted
        .map(|setting| match channel.overrides.settings.get(setting.key) {
            Some(SettingValue::Text(text)) => count(limit.counter, text),
            _ => 0,
        })
        .sum()
}
