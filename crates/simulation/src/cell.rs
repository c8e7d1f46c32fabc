//! The kinds of posts that runs are made of, and what each of them can meet.

use postrider_core::Network;
use postrider_core::post::{AssetKind, AssetUse, Content, ContentType, Link, Poll, ThreadPart};
use postrider_core::rules::{self, Offer};

use crate::coverage::Step;
use crate::media;
use crate::template::Template;
use crate::weather::Trouble;

/// What posts say, and what they say once edited.
pub const FIRST: &str = "is out of the oven";
/// See [`FIRST`].
pub const EDITED: &str = "is fresh again";

/// What a link leads to.
pub fn link() -> Link {
    Link {
        url: "https://example.com/bread".to_owned(),
        title: "Our bread".to_owned(),
        ..Link::default()
    }
}

/// What a poll asks.
pub fn poll() -> Poll {
    Poll {
        question: "Which bread?".to_owned(),
        options: vec!["Rye".to_owned(), "Wheat".to_owned()],
        duration_minutes: 1_440,
    }
}

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

/// Troubles that posts of a kind cannot meet at some steps.
struct Cannot {
    troubles: &'static [Trouble],
    at: &'static [Step],
    of: fn(&Cell) -> bool,
    why: &'static str,
}

const CANNOT: &[Cannot] = &[
    Cannot {
        troubles: &[Trouble::ArrivesMuchLater],
        at: &Step::ALL,
        of: |cell| !cell.is_fenced(),
        why: "the network has no fence of its own, and nothing else helps (docs/reliability.md)",
    },
    Cannot {
        troubles: &[Trouble::ProcessingSlow, Trouble::ProcessingFails],
        at: &Step::ALL,
        of: |cell| cell.carrier.is_none(),
        why: "there is no file to work on",
    },
    Cannot {
        troubles: &[Trouble::PermissionWithdrawn],
        at: &Step::ALL,
        of: |cell| cell.network == Network::Bluesky,
        why: "an app password has no permissions of its own",
    },
    Cannot {
        troubles: Trouble::ALL,
        at: &[Step::Prepare],
        of: |cell| cell.carrier == Some(AssetKind::Image) && matches!(cell.network, Network::Pinterest | Network::Tiktok),
        why: "the network fetches pictures itself, with the call that makes the post",
    },
];

impl Cell {
    /// Every cell of the networks at hand.
    pub fn all(template: &Template) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut networks: Vec<Network> = template.berths.iter().map(|berth| berth.network).collect();
        networks.sort_by_key(|network| network.key());
        networks.dedup();
        networks.retain(|network| template.playing.is_empty() || template.playing.contains(network));
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

    /// Whether both are of one network and one type, whatever carries them.
    pub fn is_like(&self, other: &Cell) -> bool {
        (self.network, self.content_type) == (other.network, other.content_type)
    }

    /// Its network and type, as tables say them.
    pub fn kind(&self) -> String {
        format!("{}/{}", self.network, self.content_type)
    }

    /// Its name: its kind, and what carries it.
    pub fn name(&self) -> String {
        let carrier = self.carrier.map_or("words", AssetKind::key);
        format!("{}/{carrier}", self.kind())
    }

    /// Whether a trouble may meet a step of its posts; else why not.
    ///
    /// # Errors
    /// The reason.
    pub fn may_meet(&self, trouble: Trouble, step: Step) -> Result<(), &'static str> {
        if !trouble.meets(step) {
            return Err("it is of other steps");
        }
        let met = CANNOT
            .iter()
            .find(|cannot| cannot.at.contains(&step) && cannot.troubles.contains(&trouble) && (cannot.of)(self));
        met.map_or(Ok(()), |cannot| Err(cannot.why))
    }

    /// Whether a call that arrives when nobody waits for it any more does no harm at its network.
    fn is_fenced(&self) -> bool {
        match self.network {
            Network::Bluesky | Network::Instagram | Network::Threads | Network::Tiktok | Network::Youtube => true,
            Network::Facebook => self.content_type != ContentType::Story,
            _ => false,
        }
    }

    /// Whether its network lists it only once it was looked over.
    pub fn is_listed_late(&self) -> bool {
        self.network == Network::Tiktok && self.carrier == Some(AssetKind::Image)
    }

    /// How many files a post of it has.
    fn files(&self) -> u8 {
        match (self.carrier, self.content_type) {
            (None, _) => 0,
            (Some(_), ContentType::Carousel) => 2,
            _ => 1,
        }
    }

    /// What a post of it says. Once edited it says so.
    pub fn content(&self, words: &str, comment: bool, edited: bool) -> Content {
        let news = if edited { EDITED } else { FIRST };
        let used = |number| {
            self.carrier.map(|kind| AssetUse {
                asset_id: media::asset(kind, number),
                alt_text: String::new(),
            })
        };
        let mut content = Content {
            title: format!("About {words}"),
            text: format!("{words} {news}"),
            assets: (0..self.files()).filter_map(used).collect(),
            ..Content::empty(self.content_type)
        };
        match self.content_type {
            ContentType::Link => {
                content.link = Some(link());
            }
            ContentType::Poll => {
                content.poll = Some(poll());
            }
            ContentType::Thread => {
                content.text = String::new();
                content.assets = Vec::new();
                content.thread = (0..3)
                    .map(|part| ThreadPart {
                        text: format!("{words}p{part} {news}"),
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
