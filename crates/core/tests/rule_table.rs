//! Laws of the rules table itself.

use std::collections::BTreeSet;

use postrider_core::Network;
use postrider_core::post::{AssetKind, ContentType};
use postrider_core::rules::export::{capabilities, types};
use postrider_core::rules::schema::{Cell, Measure, ROLLING_HOUR, Unit, Window};
use postrider_core::rules::{cell, of, offer};
use serde_json::Value;

/// Which types are offered where: what the product promises, and beyond it what each API takes.
#[rustfmt::skip]
const GRID: &[(Network, &str)] = &[
    //                         text image carousel video reel story gif document link poll thread
    (Network::Facebook,       "yes  yes   yes      yes   yes  yes   yes .        yes  .    ."),
    (Network::Instagram,      "yes  yes   yes      yes   yes  yes   .   .        yes  .    ."),
    (Network::Threads,        "yes  yes   yes      yes   .    .     .   .        yes  yes  yes"),
    (Network::Linkedin,       "yes  yes   yes      yes   .    .     yes yes      yes  yes  ."),
    (Network::X,              "yes  yes   yes      yes   .    .     yes .        yes  yes  yes"),
    (Network::Tiktok,         "yes  yes   yes      yes   yes  .     .   .        yes  .    ."),
    (Network::Youtube,        ".    .     .        yes   yes  .     .   .        .    .    ."),
    (Network::GoogleBusiness, "yes  yes   .        .     .    .     .   .        yes  .    ."),
    (Network::Pinterest,      ".    yes   yes      yes   .    .     yes .        yes  .    ."),
    (Network::Bluesky,        "yes  yes   yes      yes   .    .     yes .        yes  .    yes"),
    (Network::Mastodon,       "yes  yes   yes      yes   .    .     yes .        yes  yes  yes"),
    (Network::Telegram,       "yes  yes   yes      yes   .    .     yes yes      yes  yes  ."),
];

#[test]
fn a_type_is_offered_where_the_grid_says() {
    assert_eq!(GRID.len(), Network::ALL.len());
    for (network, row) in GRID {
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells.len(), ContentType::ALL.len(), "{network}");
        for (kind, expected) in ContentType::ALL.into_iter().zip(cells) {
            assert_eq!(offer(*network, kind).is_some(), expected == "yes", "{network} {kind}");
        }
    }
}

#[test]
fn what_is_not_native_is_said() {
    let said = [
        (Network::Instagram, ContentType::Text),
        (Network::Instagram, ContentType::Link),
        (Network::Instagram, ContentType::Video),
        (Network::Tiktok, ContentType::Text),
        (Network::Tiktok, ContentType::Link),
        (Network::Facebook, ContentType::Gif),
    ];
    for (network, kind) in said {
        assert!(
            offer(network, kind).is_some_and(|offer| offer.conversion.is_some()),
            "{network} {kind}"
        );
    }
    for network in Network::ALL {
        for kind in ContentType::ALL {
            if let Cell::NotOffered { reason } = cell(network, kind) {
                assert!(reason.ends_with('.') && reason.len() > 12, "{network} {kind}: {reason}");
            }
        }
    }
}

#[test]
fn a_cell_takes_the_files_that_its_type_is_made_of() {
    for rules in types().into_iter().filter(|rules| rules.media_min > 0) {
        for network in Network::ALL {
            let Some(offer) = offer(network, rules.content_type) else {
                continue;
            };
            let taken: BTreeSet<AssetKind> = offer.media.files.iter().map(|file| file.kind).collect();
            let asked: BTreeSet<AssetKind> = rules.kinds.iter().copied().collect();
            assert_eq!(taken, asked, "{network} {}", rules.content_type);
            assert!(i64::from(offer.media.min) <= offer.media.max.value);
            assert_eq!(offer.media.min as usize, rules.media_min, "{network} {}", rules.content_type);
        }
    }
}

#[test]
fn parts_that_only_one_type_has_stand_only_there() {
    for network in Network::ALL {
        for kind in ContentType::ALL {
            let Some(offer) = offer(network, kind) else { continue };
            assert_eq!(offer.poll.is_some(), kind == ContentType::Poll, "{network} {kind}");
            assert_eq!(offer.thread.is_some(), kind == ContentType::Thread, "{network} {kind}");
            assert_eq!(offer.link.is_some(), kind == ContentType::Link, "{network} {kind}");
            assert_eq!(offer.text.sent, !offer.text.limits.is_empty(), "{network} {kind}");
        }
    }
}

#[test]
fn no_bound_contradicts_another() {
    use Measure::*;
    const PAIRS: &[(Measure, Measure)] = &[
        (BytesMin, BytesMax),
        (WidthMin, WidthMax),
        (HeightMin, HeightMax),
        (RatioMin, RatioMax),
        (DurationMin, DurationMax),
        (FrameRateMin, FrameRateMax),
    ];
    for network in Network::ALL {
        for kind in ContentType::ALL {
            for file in offer(network, kind).map(|offer| offer.media.files).unwrap_or_default() {
                let value = |measure: Measure| {
                    file.bounds
                        .iter()
                        .find(|bound| bound.measure == measure)
                        .map(|bound| bound.limit.value)
                };
                for (low, high) in PAIRS {
                    if let (Some(low), Some(high)) = (value(*low), value(*high)) {
                        assert!(low < high, "{network} {kind} {file:?}");
                    }
                }
                for bound in file.bounds {
                    assert_eq!(bound.limit.unit, bound.measure.unit());
                    assert!(bound.limit.value > 0, "{network} {kind}");
                }
                assert!(file.mimes.iter().all(|mime| mime.contains('/')), "{network} {kind}");
            }
        }
    }
}

#[test]
fn every_network_keeps_the_rolling_hour_and_names_its_quotas_once() {
    let mut keys = BTreeSet::new();
    for network in Network::ALL {
        let quotas = of(network).quotas;
        assert_eq!(quotas.first(), Some(&ROLLING_HOUR), "{network}");
        for quota in &quotas[1..] {
            assert!(keys.insert(quota.key), "{} stands twice", quota.key);
            assert!(quota.max.value > 0 && quota.max.unit == Unit::Count);
            if let Window::Day { zone } = quota.window {
                assert!(postrider_core::schedule::zone::zone(zone).is_ok(), "{zone}");
            }
        }
    }
    assert_eq!(ROLLING_HOUR.max.value, 10);
    assert_eq!(ROLLING_HOUR.window, Window::Rolling { ms: 3_600_000 });
}

/// Walks the export: whatever has a source has a day, and the other way round.
fn sourced(value: &Value, found: &mut usize) {
    match value {
        Value::Object(map) => {
            if let Some(source) = map.get("source") {
                *found += 1;
                assert!(source.as_str().is_some_and(|source| source.len() > 3), "{value}");
                assert_eq!(map.get("checked").and_then(Value::as_str), Some("2026-11-22"), "{value}");
            }
            map.values().for_each(|value| sourced(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| sourced(value, found)),
        _ => {}
    }
}

#[test]
fn every_limit_carries_its_source_and_day() {
    let mut found = 0;
    sourced(&capabilities(), &mut found);
    assert!(found > 500, "only {found} limits");
}
