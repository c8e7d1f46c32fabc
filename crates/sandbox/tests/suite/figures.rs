//! Where the sandbox's figures and the product's differ: every difference is listed here, with its reason.

use std::collections::BTreeSet;

use postrider_core::post::AssetKind;
use postrider_core::rules::schema::{Entity, FileRule, Measure, Offer, Window};
use postrider_core::rules::{of, offer};
use postrider_sandbox::{Figure, What, figures};

/// Network, content type and what is bounded; the sandbox's figure; the product's (none: it leaves it to the network); why.
const DIFFERENCES: &[(&str, i64, Option<i64>, &str)] = &[
    ("facebook Image BytesMax(Image)", 10_485_760, Some(10_000_000), MEGABYTE),
    ("instagram Reel BytesMax(Video)", 314_572_800, Some(300_000_000), MEGABYTE),
    ("instagram Story BytesMax(Video)", 104_857_600, Some(100_000_000), MEGABYTE),
    ("threads Image BytesMax(Image)", 8_388_608, Some(8_000_000), MEGABYTE),
    ("threads Video BytesMax(Video)", 1_073_741_824, Some(1_000_000_000), MEGABYTE),
    ("linkedin Document BytesMax(Document)", 104_857_600, Some(100_000_000), MEGABYTE),
    ("linkedin Video BytesMax(Video)", 524_288_000, Some(500_000_000), MEGABYTE),
    ("tiktok Image BytesMax(Image)", 20_971_520, Some(20_000_000), MEGABYTE),
    ("tiktok Video BytesMax(Video)", 4_294_967_296, Some(4_000_000_000), MEGABYTE),
    ("pinterest Image BytesMax(Image)", 20_971_520, Some(20_000_000), MEGABYTE),
    ("pinterest Video BytesMax(Video)", 2_147_483_648, Some(2_000_000_000), MEGABYTE),
    ("x Image BytesMax(Image)", 5_242_880, Some(5_000_000), MEGABYTE),
    ("x Gif BytesMax(Gif)", 15_728_640, Some(15_000_000), MEGABYTE),
    ("x Video BytesMax(Video)", 536_870_912, Some(512_000_000), MEGABYTE),
    (
        "linkedin Image BytesMax(Image)",
        104_857_600,
        Some(10_000_000),
        "LinkedIn documents no size, so the sandbox bounds only its memory and the product converts early",
    ),
    (
        "bluesky Video BytesMax(Video)",
        300_000_000,
        Some(52_428_800),
        "the lexicon's figure holds for the video service; the product sends a blob, which the account's server bounds",
    ),
    (
        "instagram Image PerDay",
        100,
        Some(50),
        "the guide says 100 and the reference 50; the product reads the account's own figure and is careful until then",
    ),
];
const MEGABYTE: &str = "the documentation says MB or GB: the sandbox takes the wider reading, the product keeps to the narrower";

fn bound(offer: &Offer, kind: AssetKind, measure: Measure) -> Option<i64> {
    let file: &FileRule = offer.media.files.iter().find(|file| file.kind == kind)?;
    file.bounds
        .iter()
        .find(|bound| bound.measure == measure)
        .map(|bound| bound.limit.value)
}

fn entities(offer: &Offer, entity: Entity) -> Option<i64> {
    offer
        .text
        .entities
        .iter()
        .find(|limit| limit.entity == entity)
        .map(|limit| limit.max.value)
}

fn per_day(figure: &Figure) -> Option<i64> {
    let covers = |types: &[postrider_core::post::ContentType]| types.is_empty() || types.contains(&figure.content);
    let quotas = of(figure.network).quotas.iter().filter(|quota| covers(quota.content_types));
    quotas
        .filter(|quota| matches!(quota.window, Window::Rolling { ms } if ms == 86_400_000))
        .map(|quota| quota.max.value)
        .next()
}

fn rule(figure: &Figure) -> Option<i64> {
    let offer = offer(figure.network, figure.content)?;
    match figure.what {
        What::TextMax => offer.text.limits.first().map(|limit| limit.max),
        What::HashtagsMax => entities(offer, Entity::Hashtags),
        What::MentionsMax => entities(offer, Entity::Mentions),
        What::CommentMax => offer.first_comment?.first().map(|limit| limit.max),
        What::FilesMin => Some(i64::from(offer.media.min)),
        What::FilesMax => Some(offer.media.max.value),
        What::AltMax(kind) => offer
            .media
            .files
            .iter()
            .find(|file| file.kind == kind)?
            .alt_text?
            .first()
            .map(|limit| limit.max),
        What::BytesMax(kind) => bound(offer, kind, Measure::BytesMax),
        What::BytesMin(kind) => bound(offer, kind, Measure::BytesMin),
        What::MsMin(kind) => bound(offer, kind, Measure::DurationMin),
        What::MsMax(kind) => bound(offer, kind, Measure::DurationMax),
        What::RatioMin(kind) => bound(offer, kind, Measure::RatioMin),
        What::RatioMax(kind) => bound(offer, kind, Measure::RatioMax),
        What::WidthMin(kind) => bound(offer, kind, Measure::WidthMin),
        What::HeightMin(kind) => bound(offer, kind, Measure::HeightMin),
        What::AreaMax(kind) => bound(offer, kind, Measure::AreaMax),
        What::PerDay => per_day(figure),
    }
}

#[test]
fn every_difference_between_the_two_tables_is_known() {
    let line = |name: &str, sandbox: i64, rules: Option<i64>| format!("{name}: sandbox {sandbox}, rules {rules:?}");
    let found: BTreeSet<String> = figures()
        .iter()
        .filter(|figure| rule(figure) != Some(figure.value))
        .map(|figure| {
            line(
                &format!("{} {:?} {:?}", figure.network, figure.content, figure.what),
                figure.value,
                rule(figure),
            )
        })
        .collect();
    let known: BTreeSet<String> = DIFFERENCES
        .iter()
        .map(|(name, sandbox, rules, _)| line(name, *sandbox, *rules))
        .collect();
    assert_eq!(found, known);
}

#[test]
fn each_network_of_the_sandbox_has_figures() {
    let named: BTreeSet<_> = figures().iter().map(|figure| figure.network).collect();
    let spoken: BTreeSet<_> = postrider_sandbox::MODULES.iter().map(|module| module.network).collect();
    assert_eq!(named, spoken);
}
