//! The whole table, as JSON for programs and as Markdown for people.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::schema::{CHECKED, Cell, Offer, ROLLING_HOUR, TextLimit, Window};
use super::{cell, of};
use crate::network::Network;
use crate::post::{AssetKind, ContentType};
use crate::text::count::{LIGHT_RANGES, URL_WEIGHT};
use crate::text::entities::BARE_ENDINGS;

/// What every content type asks, whatever the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TypeRules {
    /// The type.
    pub content_type: ContentType,
    /// Fewest files; 0 where media are not what the type is.
    pub media_min: usize,
    /// Most files; `None` where the networks decide.
    pub media_max: Option<usize>,
    /// What the files may be; empty where the networks decide.
    pub kinds: &'static [AssetKind],
    /// Fewest options of a poll or parts of a thread.
    pub items_min: usize,
}

/// What every content type asks, in the order of the picker.
pub fn types() -> Vec<TypeRules> {
    ContentType::ALL.into_iter().map(super::check::type_rules).collect()
}

/// The answer of `GET /api/v1/capabilities`: everything that the page needs to run the same checks.
pub fn capabilities() -> Value {
    json!({
        "checked": CHECKED,
        "content_types": types(),
        "counting": {
            "url_weight": URL_WEIGHT,
            "weighted_light_ranges": LIGHT_RANGES,
            "bare_endings": BARE_ENDINGS.as_slice(),
        },
        "rolling_hour": ROLLING_HOUR,
        "networks": Network::ALL.map(of),
    })
}

/// The table for the documentation: the picker's grid, then each network's figures with their sources.
pub fn markdown() -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out);
    out
}

fn write(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "# What each network takes\n\nFigures checked on {CHECKED}. `=` natively, `~` by the conversion stated below, empty: not offered.\n"
    )?;
    write!(out, "| network |")?;
    for kind in ContentType::ALL {
        write!(out, " {kind} |")?;
    }
    writeln!(out, "\n| --- |{}", " --- |".repeat(ContentType::ALL.len()))?;
    for network in Network::ALL {
        write!(out, "| {} |", network.name())?;
        for kind in ContentType::ALL {
            let mark = match cell(network, kind) {
                Cell::Offered(offer) if offer.conversion.is_some() => "~",
                Cell::Offered(_) => "=",
                Cell::NotOffered { .. } => "",
            };
            write!(out, " {mark} |")?;
        }
        writeln!(out)?;
    }
    for network in Network::ALL {
        writeln!(out, "\n## {}\n", network.name())?;
        for kind in ContentType::ALL {
            match cell(network, kind) {
                Cell::NotOffered { reason } => writeln!(out, "- **{kind}**: not offered. {reason}")?,
                Cell::Offered(offer) => {
                    writeln!(
                        out,
                        "- **{kind}**{}",
                        offer.conversion.map(|said| format!(": {said}")).unwrap_or_default()
                    )?;
                    write_offer(out, offer)?;
                }
            }
        }
        writeln!(out, "\nQuotas:\n")?;
        for quota in of(network).quotas {
            let span = match quota.window {
                Window::Rolling { ms } => format!("any {} minutes", ms / 60_000),
                Window::Day { zone } => format!("a day in {zone}"),
            };
            writeln!(out, "- `{}`: {} in {span} ({})", quota.key, quota.max.value, quota.max.source)?;
        }
    }
    Ok(())
}

fn write_texts(out: &mut String, what: &str, limits: &[TextLimit]) -> std::fmt::Result {
    for limit in limits {
        writeln!(out, "  - {what}: {} by `{}` ({})", limit.max, counter_key(limit), limit.source)?;
    }
    Ok(())
}

fn counter_key(limit: &TextLimit) -> String {
    serde_json::to_value(limit.counter)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn write_offer(out: &mut String, offer: &Offer) -> std::fmt::Result {
    write_texts(out, "text", offer.text.limits)?;
    for entity in offer.text.entities {
        writeln!(out, "  - {:?}: {} ({})", entity.entity, entity.max.value, entity.max.source)?;
    }
    if let Some(title) = offer.title {
        write_texts(out, if title.required { "title (required)" } else { "title" }, title.limits)?;
    }
    if offer.media.max.value > 0 {
        writeln!(
            out,
            "  - files: {} to {} ({})",
            offer.media.min, offer.media.max.value, offer.media.max.source
        )?;
    }
    let parts = offer.thread.map(|thread| thread.media.files).unwrap_or_default();
    for file in offer.media.files.iter().chain(parts) {
        writeln!(out, "  - {}: {}", file.kind.key(), file.mimes.join(", "))?;
        for bound in file.bounds {
            let limit = bound.limit;
            writeln!(
                out,
                "    - {:?} {} {:?}, beyond it {:?} ({})",
                bound.measure, limit.value, limit.unit, bound.beyond, limit.source
            )?;
        }
    }
    if let Some(comment) = offer.first_comment {
        write_texts(out, "first comment", comment)?;
    }
    if let Some(poll) = offer.poll {
        writeln!(out, "  - poll: {} to {} options", poll.options_min.value, poll.options_max.value)?;
        write_texts(out, "poll option", poll.option)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_export_holds_every_cell_with_its_limits() {
        let table = capabilities();
        let networks = table["networks"].as_array().map(Vec::len);
        assert_eq!(networks, Some(Network::ALL.len()));
        for row in table["networks"].as_array().into_iter().flatten() {
            for kind in ContentType::ALL {
                let cell = &row["cells"][kind.key()];
                match cell["status"].as_str() {
                    Some("offered") => assert!(cell["media"]["max"]["source"].is_string(), "{row:?}"),
                    Some("not_offered") => assert!(cell["reason"].as_str().is_some_and(|reason| reason.ends_with(|c| ".;".contains(c)))),
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn the_page_for_people_names_every_network_and_type() {
        let page = markdown();
        for network in Network::ALL {
            assert!(page.contains(&format!("## {}\n", network.name())));
        }
        for kind in ContentType::ALL {
            assert!(page.contains(&format!(" {kind} |")));
        }
    }
}
