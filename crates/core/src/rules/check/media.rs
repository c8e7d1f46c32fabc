//! Files: how many, of which kind, and every bound.

use std::collections::BTreeMap;

use super::kind::{fitting, shape_of};
use super::words::within;
use super::{Report, amount, either, shown};
use crate::ids::AssetId;
use crate::network::Network;
use crate::post::{AssetFacts, AssetKind, AssetUse, Content, ContentType};
use crate::rules::schema::{Beyond, Bound, FileRule, Measure, MediaRule, Offer};

type Facts = BTreeMap<AssetId, AssetFacts>;

pub(super) fn check(report: &mut Report<'_>, network: Network, content: &Content, offer: &Offer, assets: &Facts) {
    if content.content_type == ContentType::Thread
        && let Some(thread) = &offer.thread
    {
        for (index, part) in content.thread.iter().enumerate() {
            list(
                report,
                network,
                &format!("thread.{index}.assets"),
                &part.assets,
                &thread.media,
                content.content_type,
                assets,
            );
        }
    }
    if offer.media.max.value == 0 {
        if !content.assets.is_empty() {
            report.warning(
                "assets",
                "assets.left_out",
                format!(
                    "{} sends a post of type {} without media: yours are left out.",
                    network.name(),
                    content.content_type
                ),
                None,
                format!("Change the type to {} to send them.", either(&fitting(network, content, assets))),
            );
        }
        return;
    }
    let found = amount(content.assets.len());
    let min = i64::from(offer.media.min);
    let type_min = shape_of(content.content_type).map_or(0, |shape| amount(shape.min));
    if found < min && found >= type_min {
        report.error(
            "assets",
            "assets.required",
            format!("{} takes a post of type {} only with media.", network.name(), content.content_type),
            Some((min, found)),
            format!(
                "Add a picture or a video, change the type to {}, or leave {} out.",
                either(&media_types(network)),
                network.name()
            ),
        );
    }
    list(
        report,
        network,
        "assets",
        &content.assets,
        &within_type(&offer.media, content.content_type),
        content.content_type,
        assets,
    );
}

/// The network's types that are made of media.
fn media_types(network: Network) -> Vec<ContentType> {
    ContentType::ALL
        .into_iter()
        .filter(|kind| shape_of(*kind).is_some() && crate::rules::offer(network, *kind).is_some())
        .collect()
}

/// A network's own most is of no use beyond what the type takes, which is said once for all networks.
fn within_type(rule: &MediaRule, content_type: ContentType) -> MediaRule {
    let mut rule = *rule;
    if shape_of(content_type).is_some_and(|shape| amount(shape.max) <= rule.max.value) {
        rule.max.value = i64::MAX;
    }
    rule
}

fn list(
    report: &mut Report<'_>,
    network: Network,
    field: &str,
    used: &[AssetUse],
    rule: &MediaRule,
    content_type: ContentType,
    assets: &Facts,
) {
    let found = amount(used.len());
    let max = rule.max.value;
    if found > max {
        report.error(
            field,
            "assets.too_many",
            format!("{} takes {max} files here; these are {found}.", network.name()),
            Some((max, found)),
            format!("Take {} out, or choose other media for {} alone.", found - max, network.name()),
        );
    }
    let mut loners = false;
    let mut ratios: Vec<(i128, i128)> = Vec::new();
    for (index, asset) in used.iter().enumerate() {
        let Some(facts) = assets.get(&asset.asset_id) else { continue };
        let field = format!("{field}.{index}");
        let Some(file) = rule.files.iter().find(|file| file.kind == facts.kind) else {
            if shape_of(content_type).is_none_or(|shape| shape.kinds.contains(&facts.kind)) {
                kind(report, network, &field, facts);
            }
            continue;
        };
        loners |= file.alone && found > 1;
        if let (Some(width), Some(height)) = (facts.width, facts.height) {
            ratios.push((i128::from(width), i128::from(height)));
        }
        format(report, network, &field, facts, file);
        for bound in file.bounds {
            hold(report, network, &field, facts, bound);
        }
        alt_text(report, network, &field, &asset.alt_text, file);
    }
    if loners {
        report.error(
            field,
            "assets.mixed",
            format!("On {} a video, GIF or document stands alone in a post.", network.name()),
            None,
            format!(
                "Leave only it, or only pictures, or choose other media for {} alone.",
                network.name()
            ),
        );
    }
    if rule.same_ratio
        && let Some((&(w, h), rest)) = ratios.split_first()
        && rest.iter().any(|(w2, h2)| ((w * h2) - (w2 * h)).abs() * 100 > w * h2)
    {
        report.error(
            field,
            "assets.ratio_differs",
            format!("{} wants every picture of a carousel in the same ratio.", network.name()),
            None,
            "Crop them to one ratio.".to_owned(),
        );
    }
}

/// What the type itself refuses is said once for all networks; this is said where only the network refuses it.
fn kind(report: &mut Report<'_>, network: Network, field: &str, facts: &AssetFacts) {
    report.error(
        field,
        "assets.kind",
        format!("{} takes no {} here.", network.name(), facts.kind.key()),
        None,
        format!("Take it out, or choose other media for {} alone.", network.name()),
    );
}

fn format(report: &mut Report<'_>, network: Network, field: &str, facts: &AssetFacts, file: &FileRule) {
    let mime = facts.mime.as_str();
    if !file.mimes.contains(&mime) && !file.converted_mimes.contains(&mime) {
        report.error(
            field,
            "media.format",
            format!("{} does not take {mime}.", network.name()),
            None,
            format!("Upload it as {}.", file.mimes.join(" or ")),
        );
    }
    if let Some(codec) = facts.video_codec.as_deref()
        && !file.video_codecs.is_empty()
        && !file.video_codecs.contains(&codec)
    {
        report.error(
            field,
            "media.codec",
            format!("{} does not take videos in {codec}.", network.name()),
            None,
            format!("Export the video in {}.", file.video_codecs.join(" or ")),
        );
    }
}

/// What a measure finds in the facts; `None` if it was not measured.
fn measured(measure: Measure, facts: &AssetFacts) -> Option<i64> {
    let width = facts.width.map(i64::from);
    let height = facts.height.map(i64::from);
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    match measure {
        Measure::BytesMax | Measure::BytesMin => Some(signed(facts.bytes)),
        Measure::WidthMax | Measure::WidthMin => width,
        Measure::HeightMax | Measure::HeightMin => height,
        Measure::SidesSumMax => Some(width? + height?),
        Measure::AreaMax => Some(width?.saturating_mul(height?)),
        Measure::AreaFramesMax => Some(width?.saturating_mul(height?).saturating_mul(i64::from(facts.frames?))),
        Measure::RatioMax | Measure::RatioMin => Some((width? * 1_000).checked_div(height?)?),
        Measure::DurationMax | Measure::DurationMin => facts.duration_ms.map(signed),
        // Cameras write 23.976 for 24 and 59.94 for 60, and the networks' figures are whole.
        Measure::FrameRateMax | Measure::FrameRateMin => facts
            .frame_rate
            .filter(|rate| rate.is_finite() && rate.abs() < 1e6)
            .map(|rate| rate.round() as i64 * 1_000),
        Measure::FramesMax => facts.frames.map(i64::from),
        Measure::PagesMax => facts.pages.map(i64::from),
    }
}

/// The code of a bound that is not kept.
pub(super) const fn code(measure: Measure) -> &'static str {
    match measure {
        Measure::BytesMax => "media.too_large",
        Measure::BytesMin => "media.too_small",
        Measure::WidthMax => "media.too_wide",
        Measure::WidthMin => "media.too_narrow",
        Measure::HeightMax => "media.too_high",
        Measure::HeightMin => "media.too_low",
        Measure::SidesSumMax => "media.sides_too_long",
        Measure::AreaMax | Measure::AreaFramesMax => "media.too_many_pixels",
        Measure::RatioMax => "media.ratio_too_wide",
        Measure::RatioMin => "media.ratio_too_tall",
        Measure::DurationMax => "media.too_long",
        Measure::DurationMin => "media.too_short",
        Measure::FrameRateMax => "media.too_fast",
        Measure::FrameRateMin => "media.too_slow",
        Measure::FramesMax => "media.too_many_frames",
        Measure::PagesMax => "media.too_many_pages",
    }
}

const fn remedy(measure: Measure) -> &'static str {
    match measure {
        Measure::RatioMax | Measure::RatioMin => "Crop it, or choose another file.",
        Measure::DurationMax => "Cut it shorter, or choose another file.",
        Measure::DurationMin => "Choose a longer video.",
        Measure::PagesMax => "Take pages out.",
        Measure::FrameRateMax | Measure::FrameRateMin => "Export it with another frame rate.",
        Measure::BytesMax | Measure::FramesMax | Measure::AreaMax | Measure::AreaFramesMax | Measure::SidesSumMax => {
            "Make it smaller, or choose another file."
        }
        Measure::WidthMax | Measure::HeightMax => "Scale it down, or choose another file.",
        Measure::BytesMin | Measure::WidthMin | Measure::HeightMin => "Choose a larger file.",
    }
}

fn hold(report: &mut Report<'_>, network: Network, field: &str, facts: &AssetFacts, bound: &Bound) {
    let Some(actual) = measured(bound.measure, facts) else { return };
    let limit = bound.limit.value;
    let kept = if bound.measure.is_floor() {
        actual >= limit
    } else {
        actual <= limit
    };
    if kept || bound.beyond == Beyond::Converted {
        return;
    }
    let edge = if bound.measure.is_floor() { "at least" } else { "at most" };
    let what = match facts.kind {
        AssetKind::Image => "pictures",
        AssetKind::Gif => "GIFs",
        AssetKind::Video => "videos",
        AssetKind::Document => "documents",
    };
    let figures = (shown(bound.limit.unit, limit), shown(bound.limit.unit, actual));
    let code = code(bound.measure);
    let remedy = remedy(bound.measure).to_owned();
    if bound.beyond == Beyond::Advised {
        let message = format!(
            "{} advises {what} of {edge} {} here; this has {}. It may be refused or shown worse.",
            network.name(),
            figures.0,
            figures.1
        );
        report.warning(field, code, message, Some((limit, actual)), remedy);
    } else {
        let message = format!(
            "{} takes {what} of {edge} {} here; this has {}.",
            network.name(),
            figures.0,
            figures.1
        );
        report.error(field, code, message, Some((limit, actual)), remedy);
    }
}

fn alt_text(report: &mut Report<'_>, network: Network, field: &str, alt_text: &str, file: &FileRule) {
    if alt_text.trim().is_empty() {
        return;
    }
    let field = format!("{field}.alt_text");
    let Some(limits) = file.alt_text else {
        report.warning(
            &field,
            "alt_text.left_out",
            format!("{} takes no alt text here: yours is left out.", network.name()),
            None,
            "Nothing to do; the other networks get it.".to_owned(),
        );
        return;
    };
    for limit in limits {
        let what = format!("{}'s alt text", network.name());
        within(
            report,
            &field,
            "alt_text.too_long",
            alt_text,
            limit,
            &what,
            "Shorten it.".to_owned(),
        );
    }
}
