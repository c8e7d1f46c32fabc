//! What a content type asks on every network.

use std::collections::BTreeMap;

use super::{Report, amount, either};
use crate::ids::AssetId;
use crate::network::Network;
use crate::post::{AssetFacts, AssetKind, AssetUse, Content, ContentType};
use crate::rules::offer;
use crate::text::render::with_hashtags;

/// The media of a type that is made of media.
pub(super) struct Shape {
    /// Fewest files.
    pub min: usize,
    /// Most files.
    pub max: usize,
    /// What they may be.
    pub kinds: &'static [AssetKind],
    /// What is asked for, in words.
    pub asks: &'static str,
}

/// Fewest options of a poll and parts of a thread.
pub(super) const PAIR_MIN: usize = 2;

const fn shape(min: usize, max: usize, kinds: &'static [AssetKind], asks: &'static str) -> Option<Shape> {
    Some(Shape { min, max, kinds, asks })
}

/// The media that a type is made of (product: content types); `None` where media are not what it is.
pub(super) const fn shape_of(content_type: ContentType) -> Option<Shape> {
    use AssetKind::{Document, Gif, Image, Video};
    match content_type {
        ContentType::Image => shape(1, 1, &[Image], "one picture"),
        ContentType::Carousel => shape(2, 10, &[Image], "two to ten pictures"),
        ContentType::Video => shape(1, 1, &[Video], "one video"),
        ContentType::Reel => shape(1, 1, &[Video], "one video"),
        ContentType::Story => shape(1, 1, &[Image, Video], "one picture or video"),
        ContentType::Gif => shape(1, 1, &[Gif], "one GIF"),
        ContentType::Document => shape(1, 1, &[Document], "one PDF"),
        ContentType::Text | ContentType::Link | ContentType::Poll | ContentType::Thread => None,
    }
}

pub(super) fn check(report: &mut Report<'_>, content: &Content, assets: &BTreeMap<AssetId, AssetFacts>) {
    let kind = content.content_type;
    if let Some(shape) = shape_of(kind) {
        files(report, content, &shape, assets);
    } else {
        known(report, "assets", &content.assets, assets);
    }
    match kind {
        ContentType::Text if with_hashtags(&content.text, &content.hashtags).trim().is_empty() => report.error(
            "text",
            "text.required",
            "A text post needs words.".to_owned(),
            None,
            "Write something, or change the type.".to_owned(),
        ),
        ContentType::Link => link(report, content),
        ContentType::Poll => poll(report, content),
        ContentType::Thread => thread(report, content, assets),
        _ => {}
    }
}

fn known(report: &mut Report<'_>, field: &str, used: &[AssetUse], assets: &BTreeMap<AssetId, AssetFacts>) {
    for (index, asset) in used.iter().enumerate() {
        if !assets.contains_key(&asset.asset_id) {
            report.error(
                &format!("{field}.{index}"),
                "assets.unknown",
                "This file is not in the project's library, or is still being uploaded.".to_owned(),
                None,
                "Wait until it is uploaded, or take it out.".to_owned(),
            );
        }
    }
}

fn files(report: &mut Report<'_>, content: &Content, shape: &Shape, assets: &BTreeMap<AssetId, AssetFacts>) {
    let kind = content.content_type.key();
    let found = content.assets.len();
    if found < shape.min {
        report.error(
            "assets",
            "assets.required",
            format!("A post of type {kind} needs {}.", shape.asks),
            Some((amount(shape.min), amount(found))),
            "Add what is missing, or change the type.".to_owned(),
        );
    }
    if found > shape.max {
        report.error(
            "assets",
            "assets.too_many",
            format!("A post of type {kind} takes {}.", shape.asks),
            Some((amount(shape.max), amount(found))),
            if shape.max == 1 && shape.kinds == [AssetKind::Image] {
                "Take some out, or change the type to carousel.".to_owned()
            } else {
                "Take some out.".to_owned()
            },
        );
    }
    known(report, "assets", &content.assets, assets);
    for (index, asset) in content.assets.iter().enumerate() {
        let Some(facts) = assets.get(&asset.asset_id) else { continue };
        if !shape.kinds.contains(&facts.kind) {
            report.error(
                &format!("assets.{index}"),
                "assets.kind",
                format!(
                    "A post of type {kind} takes {}; this file is of type {}.",
                    shape.asks,
                    facts.kind.key()
                ),
                None,
                format!("Take it out, or change the type to {}.", either(types_for(facts.kind))),
            );
        }
    }
}

/// The types that a single file of a kind makes.
const fn types_for(kind: AssetKind) -> &'static [ContentType] {
    match kind {
        AssetKind::Image => &[ContentType::Image, ContentType::Story],
        AssetKind::Gif => &[ContentType::Gif],
        AssetKind::Video => &[ContentType::Video, ContentType::Reel],
        AssetKind::Document => &[ContentType::Document],
    }
}

fn link(report: &mut Report<'_>, content: &Content) {
    let url = content.link.as_ref().map_or("", |link| link.url.trim());
    if url.is_empty() {
        report.error(
            "link.url",
            "link.required",
            "A link post needs an address.".to_owned(),
            None,
            "Enter the address, or change the type.".to_owned(),
        );
        return;
    }
    let valid = url::Url::parse(url).is_ok_and(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && parsed.host_str().is_some_and(|host| !host.is_empty())
            && !url.contains(char::is_whitespace)
    });
    if !valid {
        report.error(
            "link.url",
            "link.invalid",
            "This is not an address that starts with http:// or https://.".to_owned(),
            None,
            "Enter the whole address, such as https://example.com/page.".to_owned(),
        );
    }
}

fn poll(report: &mut Report<'_>, content: &Content) {
    let Some(poll) = &content.poll else {
        report.error(
            "poll",
            "poll.required",
            "A poll needs a question and options.".to_owned(),
            None,
            "Write the poll, or change the type.".to_owned(),
        );
        return;
    };
    if poll.question.trim().is_empty() && content.text.trim().is_empty() {
        report.error(
            "poll.question",
            "poll.question_required",
            "The poll asks nothing.".to_owned(),
            None,
            "Write the question.".to_owned(),
        );
    }
    if poll.options.len() < PAIR_MIN {
        report.error(
            "poll.options",
            "poll.options_too_few",
            "A poll needs at least two options.".to_owned(),
            Some((amount(PAIR_MIN), amount(poll.options.len()))),
            "Add an option.".to_owned(),
        );
    }
    for (index, option) in poll.options.iter().enumerate() {
        if option.trim().is_empty() {
            report.error(
                &format!("poll.options.{index}"),
                "poll.option_empty",
                "This option is empty.".to_owned(),
                None,
                "Write it, or take it out.".to_owned(),
            );
        }
    }
}

fn thread(report: &mut Report<'_>, content: &Content, assets: &BTreeMap<AssetId, AssetFacts>) {
    if content.thread.len() < PAIR_MIN {
        report.error(
            "thread",
            "thread.too_few",
            "A thread has at least two parts.".to_owned(),
            Some((amount(PAIR_MIN), amount(content.thread.len()))),
            "Add a part, or change the type to text.".to_owned(),
        );
    }
    for (index, part) in content.thread.iter().enumerate() {
        if part.text.trim().is_empty() && part.assets.is_empty() {
            report.error(
                &format!("thread.{index}.text"),
                "thread.part_empty",
                "This part is empty.".to_owned(),
                None,
                "Write it, add media, or take it out.".to_owned(),
            );
        }
        known(report, &format!("thread.{index}.assets"), &part.assets, assets);
    }
}

/// The types that a network takes and that the content's media make, for a remedy; all that it takes if none fits.
pub(super) fn fitting(network: Network, content: &Content, assets: &BTreeMap<AssetId, AssetFacts>) -> Vec<ContentType> {
    let offered: Vec<ContentType> = ContentType::ALL
        .into_iter()
        .filter(|kind| offer(network, *kind).is_some())
        .collect();
    let kinds: Vec<AssetKind> = content
        .assets
        .iter()
        .filter_map(|asset| assets.get(&asset.asset_id))
        .map(|facts| facts.kind)
        .collect();
    let fits = |kind: &ContentType| match shape_of(*kind) {
        Some(shape) => (shape.min..=shape.max).contains(&kinds.len()) && kinds.iter().all(|kind| shape.kinds.contains(kind)),
        None => kinds.is_empty() && *kind == ContentType::Text,
    };
    let fitting: Vec<ContentType> = offered.iter().copied().filter(|kind| fits(kind)).collect();
    if fitting.is_empty() { offered } else { fitting }
}
