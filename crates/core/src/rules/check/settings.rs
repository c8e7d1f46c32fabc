//! The settings that only one network has.

use super::words::within;
use super::{CheckChannel, Report};
use crate::post::{Content, Mode, SettingValue};
use crate::rules::of;
use crate::rules::schema::{Clash, Setting, SettingKind, TextLimit};
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
        match chosen.get(setting.key) {
            Some(value) => {
                fits(report, &field, setting, value);
                let clashes = setting.clashes.iter().filter(|_| *value != SettingValue::Switch(false));
                for clash in clashes.filter(|clash| is_chosen(channel, clash)) {
                    together(report, &field, known, setting, clash);
                }
            }
            None if setting.required && channel.mode == Mode::Publish => report.error(
                &field,
                "settings.required",
                format!("Choose “{}”: {} wants it on every post.", setting.label, network.name()),
                None,
                format!("It stands with this channel, under “Only on {}”.", network.name()),
            ),
            None => {}
        }
    }
}

fn is_chosen(channel: &CheckChannel, clash: &Clash) -> bool {
    matches!(channel.overrides.settings.get(clash.key), Some(SettingValue::Text(text)) if text == clash.value)
}

fn together(report: &mut Report<'_>, field: &str, known: &[Setting], setting: &Setting, clash: &Clash) {
    let Some(other) = known.iter().find(|other| other.key == clash.key) else {
        return;
    };
    let value = match other.kind {
        SettingKind::Choice { options } => options.iter().find(|option| option.value == clash.value),
        _ => None,
    };
    report.error(
        field,
        "settings.not_together",
        format!(
            "{} does not go with {}: {}.",
            setting.label,
            other.label,
            value.map_or(clash.value, |option| option.label)
        ),
        None,
        "Change one of the two.".to_owned(),
    );
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
