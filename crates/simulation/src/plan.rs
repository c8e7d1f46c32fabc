//! What a seed stands for: which posts are due when, what people do to them, who dies when, and how bad the weather is.

use postrider_core::Network;
use postrider_core::delivery::Event;
use postrider_core::post::{AssetKind, AssetUse, Content, ContentType, Link, Mode, Poll, ThreadPart};
use postrider_core::rules::{self, Offer};

use crate::dice::Dice;
use crate::media;
use crate::template::{BEGIN_MS, Berth, Template};

/// A kind of post that a network takes: all posts of a run are of one, so that each trouble is known to have met it.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The network.
    pub network: Network,
    /// The type.
    pub content_type: ContentType,
    /// What carries it, where it has files.
    pub carrier: Option<AssetKind>,
    /// What the network takes.
    pub offer: &'static Offer,
}

impl Cell {
    /// Every cell of the networks at hand.
    pub fn all(template: &Template) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut networks: Vec<Network> = template.berths.iter().map(|berth| berth.network).collect();
        networks.sort_by_key(|network| network.key());
        networks.dedup();
        for network in networks {
            for content_type in ContentType::ALL {
                let Some(offer) = rules::offer(network, content_type) else {
                    continue;
                };
                let cell = |carrier| Cell {
                    network,
                    content_type,
                    carrier,
                    offer,
                };
                if offer.media.max.value == 0 {
                    cells.push(cell(None));
                } else {
                    // A GIF goes as a video or a picture where it goes at all: as far as publishing goes it is one of those.
                    let kinds = offer
                        .media
                        .files
                        .iter()
                        .map(|file| file.kind)
                        .filter(|kind| *kind != AssetKind::Gif);
                    cells.extend(kinds.map(|kind| cell(Some(kind))));
                }
            }
        }
        cells
    }

    /// Its name in tables.
    pub fn name(&self) -> String {
        let carrier = self.carrier.map_or("words", AssetKind::key);
        format!("{}/{}/{carrier}", self.network, self.content_type)
    }

    /// How many files a post of it has.
    fn files(&self) -> u8 {
        match (self.carrier, self.content_type) {
            (None, _) => 0,
            (Some(_), ContentType::Carousel) => 2,
            _ => 1,
        }
    }

    fn content(&self, words: &str, comment: bool) -> Content {
        let used = |number| {
            self.carrier.map(|kind| AssetUse {
                asset_id: media::asset(kind, number),
                alt_text: String::new(),
            })
        };
        let mut content = Content {
            title: format!("About {words}"),
            text: format!("{words} is out of the oven"),
            assets: (0..self.files()).filter_map(used).collect(),
            ..Content::empty(self.content_type)
        };
        match self.content_type {
            ContentType::Link => {
                content.link = Some(Link {
                    url: "https://example.com/bread".to_owned(),
                    title: "Our bread".to_owned(),
                    ..Link::default()
                });
            }
            ContentType::Poll => {
                content.poll = Some(Poll {
                    question: "Which bread?".to_owned(),
                    options: vec!["Rye".to_owned(), "Wheat".to_owned()],
                    duration_minutes: 1_440,
                });
            }
            ContentType::Thread => {
                content.text = String::new();
                content.assets = Vec::new();
                content.thread = (0..3)
                    .map(|part| ThreadPart {
                        text: format!("{words}p{part} is out of the oven"),
                        assets: Vec::new(),
                    })
                    .collect();
            }
            _ => {}
        }
        if comment && self.offer.first_comment.is_some() {
            content.first_comment = format!("{words}c tastes best warm");
        }
        content
    }
}

/// A post that is to go out on one channel.
#[derive(Debug, Clone)]
pub struct PlannedPost {
    /// The words that tell it from others; two may share them.
    pub words: String,
    /// Which channel.
    pub berth: Berth,
    /// What it says.
    pub content: Content,
    /// For the public or as a draft there.
    pub mode: Mode,
    /// UTC milliseconds.
    pub due_at: i64,
}

/// Something that a person does.
#[derive(Debug, Clone, Copy)]
pub struct PlannedAct {
    /// When, UTC milliseconds.
    pub at: i64,
    /// To which post.
    pub post: usize,
    /// What.
    pub event: Event,
    /// The new instant, where one is given, UTC milliseconds.
    pub due_at: i64,
}

/// The whole run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The kind of its posts.
    pub cell: Cell,
    /// Its posts.
    pub posts: Vec<PlannedPost>,
    /// What people do.
    pub acts: Vec<PlannedAct>,
    /// For each worker, the crossings at which its lives end, and how long it is gone after each, milliseconds.
    pub workers: Vec<Vec<(u64, u64)>>,
    /// How far each worker's clock is off, milliseconds.
    pub clocks_off_ms: Vec<i64>,
    /// When the weather becomes calm, UTC milliseconds.
    pub calm_from_ms: i64,
    /// Calls in a thousand that meet trouble.
    pub trouble: u64,
    /// Transactions in a thousand that meet a busy database.
    pub busy: u64,
    /// How long the networks work on a file, milliseconds.
    pub processing_ms: u64,
    /// How long lists lag, milliseconds.
    pub list_lag_ms: u64,
}

const MINUTE_MS: i64 = 60_000;
/// How long a worker may be gone at most, milliseconds: what was due meanwhile must not go out by itself any more, however it is counted.
const FAR_TOO_LATE_MS: u64 = 6 * 3_600_000;

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, template: &Template) -> Plan {
        let mut dice = Dice::of(seed, "plan");
        let cells = Cell::all(template);
        let cell = *dice.pick(&cells);
        let berths: Vec<&Berth> = template.berths.iter().filter(|berth| suits(berth, &cell)).collect();
        let count = dice.between(1, 5);
        let equal = dice.in_thousand(250) && cell.carrier.is_none() && cell.content_type != ContentType::Thread;
        let drafts = cell.offer.draft_api && dice.in_thousand(100);
        let mut posts = Vec::new();
        for number in 0..count {
            let words = if equal { "loaf000".to_owned() } else { format!("loaf{number:03}") };
            let due_at = BEGIN_MS + dice.between(5_000, 20 * MINUTE_MS) / 1_000 * 1_000;
            posts.push(PlannedPost {
                content: cell.content(&words, dice.in_thousand(400)),
                words,
                berth: (*dice.pick(&berths)).clone(),
                mode: if drafts { Mode::Draft } else { Mode::Publish },
                due_at,
            });
        }
        let acts = acts(&mut dice, &posts);
        let replicas = if dice.in_thousand(300) { 2 } else { 1 };
        let workers = (0..replicas).map(|_| lives(&mut dice)).collect();
        Plan {
            cell,
            acts,
            workers,
            clocks_off_ms: (0..replicas).map(|_| dice.between(-400, 400)).collect(),
            calm_from_ms: BEGIN_MS + dice.between(25, 60) * MINUTE_MS,
            trouble: *dice.pick(&[0, 100, 250, 400]),
            busy: *dice.pick(&[0, 0, 20, 100]),
            processing_ms: *dice.pick(&[500, 5_000, 40_000, 240_000]),
            list_lag_ms: *dice.pick(&[0, 0, 3_000, 25_000]),
            posts,
        }
    }
}

/// Whether a cell's posts can go to a channel: a network offers some kinds to some accounts only.
fn suits(berth: &Berth, cell: &Cell) -> bool {
    berth.network == cell.network
}

fn lives(dice: &mut Dice) -> Vec<(u64, u64)> {
    let deaths = *dice.pick(&[0, 0, 1, 1, 2, 4]);
    (0..deaths)
        .map(|_| {
            let gone_ms = if dice.in_thousand(30) {
                FAR_TOO_LATE_MS
            } else {
                *dice.pick(&[50, 1_000, 20_000, 130_000, 900_000])
            };
            (dice.below(160) + 1, gone_ms)
        })
        .collect()
}

fn acts(dice: &mut Dice, posts: &[PlannedPost]) -> Vec<PlannedAct> {
    let mut acts = Vec::new();
    for (post, planned) in posts.iter().enumerate() {
        if !dice.in_thousand(350) {
            continue;
        }
        // The worst moments are those around the instant.
        let near = planned.due_at + dice.between(-3_000, 3_000);
        let anywhere = BEGIN_MS + dice.between(1_000, 25 * MINUTE_MS);
        let at = if dice.in_thousand(600) { near } else { anywhere };
        let event = *dice.pick(&[
            Event::Cancel,
            Event::Cancel,
            Event::Reschedule,
            Event::Reschedule,
            Event::Unschedule,
            Event::PublishNow,
            Event::Retry,
        ]);
        acts.push(PlannedAct {
            at: at.max(BEGIN_MS + 1_000),
            post,
            event,
            due_at: at + dice.between(2_000, 10 * MINUTE_MS),
        });
    }
    acts.sort_by_key(|act| (act.at, act.post));
    acts
}
