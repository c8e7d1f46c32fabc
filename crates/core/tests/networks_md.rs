//! The table of what is published where, for people: written from the rules, so that it cannot say otherwise.

use std::fmt::Write;
use std::path::Path;

use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_core::rules::schema::{Cell, FileRule, Limit, Measure, Offer, TextLimit};
use postrider_core::rules::{cell, of};

/// The tests that the page names: where they stand, and what they are called.
const TESTS: [(&str, &str); 4] = [
    ("cells.rs", "every_offered_cell_is_published_and_followers_see_what_was_meant"),
    ("cells.rs", "not_offered_cells_are_refused_with_the_reason"),
    ("overrides.rs", "every_override_reaches_its_channel_alone_and_drafts_stay_hidden"),
    ("settings.rs", "every_setting_is_seen_at_its_network_each_way_that_it_is_set"),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A name of serde's, in words.
fn words(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).expect("plain data");
    value.as_str().unwrap_or_default().replace('_', " ")
}

fn figure(value: i64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn texts(limits: &[TextLimit]) -> String {
    let one = |limit: &TextLimit| format!("{} {}", figure(limit.max), words(limit.counter));
    let all: Vec<String> = limits.iter().map(one).collect();
    if all.is_empty() {
        "no known limit".to_owned()
    } else {
        all.join(", ")
    }
}

fn measured(measure: Measure, limit: &Limit) -> Option<String> {
    Some(match measure {
        Measure::BytesMax if limit.value >= 1_000_000 => format!("{} MB", figure(limit.value / 1_000_000)),
        Measure::BytesMax => format!("{} kB", figure(limit.value / 1_000)),
        Measure::DurationMax => format!("{} s", figure(limit.value / 1_000)),
        Measure::PagesMax => format!("{} pages", figure(limit.value)),
        _ => return None,
    })
}

fn file(rule: &FileRule) -> String {
    let bounds: Vec<String> = rule
        .bounds
        .iter()
        .filter_map(|bound| measured(bound.measure, &bound.limit))
        .collect();
    let most = if bounds.is_empty() {
        String::new()
    } else {
        format!(" up to {}", bounds.join(" and "))
    };
    format!("{}{most}", words(rule.kind))
}

fn media(offer: &Offer) -> String {
    let rule = offer.thread.map_or(offer.media, |thread| thread.media);
    if rule.max.value == 0 {
        return "none".to_owned();
    }
    let count = match (i64::from(rule.min), rule.max.value) {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let kinds: Vec<String> = rule.files.iter().map(file).collect();
    let each = if offer.thread.is_some() { " in each part" } else { "" };
    format!("{count}{each}: {}", kinds.join("; "))
}

fn overview() -> String {
    let mut page = String::new();
    let head: Vec<&str> = Network::ALL.iter().map(|network| of(*network).name).collect();
    writeln!(page, "| | {} |", head.join(" | ")).unwrap();
    writeln!(page, "|---|{}", "---|".repeat(head.len())).unwrap();
    for content_type in ContentType::ALL {
        let cells = Network::ALL.iter().map(|network| match cell(*network, content_type) {
            Cell::Offered(offer) => {
                let how = if offer.conversion.is_some() { "converted" } else { "yes" };
                if offer.draft_api {
                    format!("{how}, drafts")
                } else {
                    how.to_owned()
                }
            }
            Cell::NotOffered { .. } => "–".to_owned(),
        });
        writeln!(page, "| {} | {} |", words(content_type), cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    page
}

fn section(network: Network) -> String {
    let rules = of(network);
    let mut page = format!("\n## {}\n", rules.name);
    writeln!(
        page,
        "| type | how | text | media | title | first comment | draft |\n|---|---|---|---|---|---|---|"
    )
    .unwrap();
    let mut empty = String::new();
    for content_type in ContentType::ALL {
        match cell(network, content_type) {
            Cell::Offered(offer) => {
                let text = if offer.text.sent {
                    texts(offer.text.limits)
                } else {
                    "none".to_owned()
                };
                let title = offer.title.map_or("none".to_owned(), |title| texts(title.limits));
                let comment = offer.first_comment.map_or("none".to_owned(), texts);
                let draft = if offer.draft_api { "at the network" } else { "a reminder" };
                writeln!(
                    page,
                    "| {} | {} | {text} | {} | {title} | {comment} | {draft} |",
                    words(content_type),
                    offer.conversion.unwrap_or("as it is"),
                    media(offer)
                )
                .unwrap();
            }
            Cell::NotOffered { reason } => writeln!(empty, "- No {}: {reason}", words(content_type)).unwrap(),
        }
    }
    if !empty.is_empty() {
        write!(page, "\n{empty}").unwrap();
    }
    if !rules.settings.is_empty() {
        let names: Vec<&str> = rules.settings.iter().map(|setting| setting.label).collect();
        writeln!(page, "\nOnly here: {}.", names.join(", ")).unwrap();
    }
    writeln!(page, "\nFrom {}.", rules.pages.join(", ")).unwrap();
    page
}

fn page() -> String {
    let mut page = "# What is published where\n\nWritten from `crates/core/src/rules` by `UPDATE=1 cargo test --package postrider-core --test networks_md`; the composer's picker shows the same.\n\n"
        .to_owned();
    for (what, (file, name)) in [
        "Every offered cell is published and read back by",
        "Every empty one is refused with its reason by",
        "Drafts stay hidden, and what a channel says otherwise reaches it alone, by",
        "Every setting is seen both ways by",
    ]
    .into_iter()
    .zip(TESTS)
    {
        writeln!(page, "- {what} `{name}` (`crates/testkit/tests/whole/{file}`).").unwrap();
    }
    page.push('\n');
    page.push_str(&overview());
    page.extend(Network::ALL.into_iter().map(section));
    page
}

/// `UPDATE=1` writes it anew.
#[test]
fn the_page_of_the_networks_is_current() {
    let path = root().join("docs/networks.md");
    let current = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &current).expect("the page can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == current, "docs/networks.md is stale: run this test with UPDATE=1");
}

#[test]
fn the_tests_that_it_names_are_there() {
    for (file, name) in TESTS {
        let path = root().join("crates/testkit/tests/whole").join(file);
        let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(source.contains(&format!("fn {name}(")), "{file} has no {name}");
    }
}
