//! Holds content against the rules and says what is wrong, where, and what to do.
//!
//! First what a content type itself asks (`kind`), then what each chosen network asks. The page runs the same checks on the
//! same table; `tests/rule_cases.json` binds the two.

mod extras;
mod kind;
mod media;
mod settings;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::{Cell, Unit};
use crate::ids::{AssetId, ChannelId};
use crate::network::Network;
use crate::post::{AssetFacts, Content, ContentType, Mode, Overrides};
use crate::problem::{Problem, Severity};

/// One channel that the content is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckChannel {
    /// Its network.
    pub network: Network,
    /// Which, if it is a connected one.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// What it says otherwise.
    #[serde(default)]
    pub overrides: Overrides,
    /// Whether it is published or left as a draft.
    #[serde(default)]
    pub mode: Mode,
    /// The longest text on this very channel, where its instance or its plan with the network differs from the table.
    #[serde(default)]
    pub text_max: Option<i64>,
}

/// Everything a check needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckInput {
    /// The post.
    pub content: Content,
    /// Where it is to go.
    #[serde(default)]
    pub channels: Vec<CheckChannel>,
    /// What was measured of every asset that the content or an override names.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, AssetFacts>)]
    pub assets: BTreeMap<AssetId, AssetFacts>,
}

/// Every problem, each once, in the order of the channels. A check never panics and asks nobody: what it does not know, it does
/// not judge.
pub fn check(input: &CheckInput) -> Vec<Problem> {
    let mut problems = Vec::new();
    if input.channels.is_empty() {
        let mut report = Report::general(&mut problems);
        kind::check(&mut report, &input.content, &input.assets);
    }
    for channel in &input.channels {
        let own = channel.overrides.change_content();
        let content = input.content.overridden(&channel.overrides);
        let mut general = if own {
            Report::of(&mut problems, channel)
        } else {
            Report::general(&mut problems)
        };
        kind::check(&mut general, &content, &input.assets);
        on_network(&mut Report::of(&mut problems, channel), channel, &content, &input.assets);
    }
    problems
}

fn on_network(report: &mut Report<'_>, channel: &CheckChannel, content: &Content, assets: &BTreeMap<AssetId, AssetFacts>) {
    let network = channel.network;
    let offer = match super::cell(network, content.content_type) {
        Cell::Offered(offer) => offer,
        Cell::NotOffered { reason } => {
            report.error(
                "content_type",
                "content_type.not_offered",
                (*reason).to_owned(),
                None,
                format!(
                    "Change the type to {}, or leave {} out.",
                    either(&kind::fitting(network, content, assets)),
                    network.name()
                ),
            );
            return;
        }
    };
    words::check(report, channel, content, offer);
    media::check(report, network, content, offer, assets);
    extras::check(report, channel, content, offer);
    settings::check(report, channel, content);
}

/// Whether problems stop a post from being scheduled.
pub fn blocks(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// A limit and what was found.
type Figures = Option<(i64, i64)>;

/// Where problems are written, for one channel or for the post itself.
struct Report<'a> {
    problems: &'a mut Vec<Problem>,
    network: Option<Network>,
    channel_id: Option<ChannelId>,
}

impl<'a> Report<'a> {
    fn general(problems: &'a mut Vec<Problem>) -> Self {
        Report {
            problems,
            network: None,
            channel_id: None,
        }
    }

    fn of(problems: &'a mut Vec<Problem>, channel: &CheckChannel) -> Self {
        Report {
            problems,
            network: Some(channel.network),
            channel_id: channel.channel_id,
        }
    }

    fn add(&mut self, field: &str, code: &'static str, severity: Severity, message: String, figures: Figures, remedy: String) {
        let problem = Problem {
            field: field.to_owned(),
            network: self.network,
            channel_id: self.channel_id,
            code: code.to_owned(),
            severity,
            message,
            limit: figures.map(|(limit, _)| limit),
            actual: figures.map(|(_, actual)| actual),
            remedy,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn error(&mut self, field: &str, code: &'static str, message: String, figures: Figures, remedy: String) {
        self.add(field, code, Severity::Error, message, figures, remedy);
    }

    fn warning(&mut self, field: &str, code: &'static str, message: String, figures: Figures, remedy: String) {
        self.add(field, code, Severity::Warning, message, figures, remedy);
    }
}

fn amount(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `a, b or c`.
fn either(kinds: &[ContentType]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.key()).collect();
    match names.as_slice() {
        [] => "another".to_owned(),
        [only] => (*only).to_owned(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// A figure as people write it.
fn shown(unit: Unit, value: i64) -> String {
    let tenths = |value: i64, by: i64, name: &str| {
        let whole = value / by;
        let tenth = (value % by) * 10 / by;
        if tenth == 0 {
            format!("{whole} {name}")
        } else {
            format!("{whole}.{tenth} {name}")
        }
    };
    match unit {
        Unit::Bytes if value >= 1_000_000_000 => tenths(value, 1_000_000_000, "GB"),
        Unit::Bytes if value >= 1_000_000 => tenths(value, 1_000_000, "MB"),
        Unit::Bytes if value >= 1_000 => tenths(value, 1_000, "kB"),
        Unit::Bytes => format!("{value} bytes"),
        Unit::Ms if value >= 600_000 => tenths(value, 60_000, "minutes"),
        Unit::Ms => tenths(value, 1_000, "seconds"),
        Unit::RatioThousandths => format!("{}.{:03}:1", value / 1_000, value % 1_000),
        Unit::FrameRateThousandths => tenths(value, 1_000, "frames a second"),
        Unit::Pixels | Unit::PixelArea => format!("{value} pixels"),
        Unit::Minutes => format!("{value} minutes"),
        Unit::Frames => format!("{value} frames"),
        Unit::Pages => format!("{value} pages"),
        Unit::Count => value.to_string(),
    }
}

/// What a content type asks whatever the network, for the export.
pub(super) fn type_rules(content_type: ContentType) -> super::export::TypeRules {
    let shape = kind::shape_of(content_type);
    super::export::TypeRules {
        content_type,
        media_min: shape.as_ref().map_or(0, |shape| shape.min),
        media_max: shape.as_ref().map(|shape| shape.max),
        kinds: shape.as_ref().map_or(&[], |shape| shape.kinds),
        items_min: match content_type {
            ContentType::Poll | ContentType::Thread => kind::PAIR_MIN,
            _ => 0,
        },
    }
}

/// Every code that a check can give; each has its case in `tests/rule_cases.json`.
pub const CODES: &[&str] = &[
    "alt_text.left_out",
    "alt_text.too_long",
    "assets.kind",
    "assets.left_out",
    "assets.mixed",
    "assets.ratio_differs",
    "assets.required",
    "assets.too_many",
    "assets.unknown",
    "content_type.not_offered",
    "first_comment.left_out",
    "first_comment.too_long",
    "link.description_too_long",
    "link.invalid",
    "link.not_tappable",
    "link.required",
    "link.title_required",
    "link.title_too_long",
    "link.too_long",
    "media.codec",
    "media.format",
    "media.ratio_too_tall",
    "media.ratio_too_wide",
    "media.too_fast",
    "media.too_high",
    "media.too_large",
    "media.too_long",
    "media.too_low",
    "media.too_many_frames",
    "media.too_many_pages",
    "media.too_many_pixels",
    "media.too_narrow",
    "media.too_short",
    "media.too_slow",
    "media.too_small",
    "media.too_wide",
    "mode.ready_to_post",
    "poll.duration_not_offered",
    "poll.option_empty",
    "poll.option_too_long",
    "poll.options_too_few",
    "poll.options_too_many",
    "poll.question_required",
    "poll.question_too_long",
    "poll.required",
    "poll.too_long",
    "poll.too_short",
    "settings.alone",
    "settings.invalid",
    "settings.not_together",
    "settings.out_of_order",
    "settings.required",
    "settings.too_long",
    "settings.unknown",
    "text.forbidden_character",
    "text.left_out",
    "text.required",
    "text.too_long",
    "text.too_many_cashtags",
    "text.too_many_hashtags",
    "text.too_many_links",
    "text.too_many_mentions",
    "thread.part_empty",
    "thread.too_few",
    "title.forbidden_character",
    "title.required",
    "title.too_long",
];
