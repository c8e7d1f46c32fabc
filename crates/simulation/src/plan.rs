//! What a seed stands for: which posts are due when, what people do to them, who dies when, and how bad the weather is.

use postrider_core::Network;
use postrider_core::delivery::{Event, Gate};
use postrider_core::guard::ALIKE_POSTS_MAX;
use postrider_core::post::{Content, ContentType, Mode};

use crate::aim::{Focus, Special, focus, in_turn, special};
use crate::cell::Cell;
use crate::coverage::Step;
use crate::dice::Dice;
use crate::template::{BEGIN_MS, Berth, Template};
use crate::upheaval::Upheaval;
use crate::weather::Trouble;

/// A post that is to go out on one channel.
#[derive(Debug, Clone)]
pub struct PlannedPost {
    /// The words that tell it from others; two may share them.
    pub words: String,
    /// Which channel.
    pub berth: Berth,
    /// What it says.
    pub content: Content,
    /// What it says once edited.
    pub edited: Content,
    /// For the public or as a draft there.
    pub mode: Mode,
    /// UTC milliseconds.
    pub due_at: i64,
    /// What approval says at first.
    pub gate: Gate,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Something of the core's table.
    Move(Event),
    /// Writes other words.
    Edit,
    /// Lets approval say something else.
    Approve(Gate),
    /// Looks at the account and says what is there.
    Resolve,
    /// Throws the post away.
    Delete,
    /// Takes the channel off.
    Disconnect,
}

/// Something that a person does.
#[derive(Debug, Clone, Copy)]
pub struct PlannedAct {
    /// When, UTC milliseconds.
    pub at: i64,
    /// To which post.
    pub post: usize,
    /// What.
    pub deed: Deed,
    /// The new instant, where one is given, UTC milliseconds.
    pub due_at: i64,
}

/// One life of a worker.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlannedLife {
    /// The crossing at which it ends; `None` if it does not end by itself.
    pub dies_at: Option<u64>,
    /// How long the worker is gone after it, milliseconds.
    pub gone_ms: u64,
    /// The crossing at which it is stopped, and for how long, milliseconds.
    pub stops_at: Option<(u64, u64)>,
}

impl PlannedLife {
    /// How long it keeps the worker from its work, milliseconds.
    pub fn away_ms(&self) -> u64 {
        self.gone_ms + self.stops_at.map_or(0, |(_, for_ms)| for_ms)
    }
}

/// How long a call is under way at most once its sender stopped writing, milliseconds: a little less than the silence that the
/// protocol waits for (publishing.md rule 3), and so much less that the list which is read then holds it.
#[derive(Debug, Clone, Copy)]
pub struct OnTheWay {
    /// Of a sender that lives.
    pub living_sender_ms: i64,
    /// Of one that may be dead.
    pub dead_sender_ms: i64,
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
    /// When somebody posts the words of the first post by hand, UTC milliseconds.
    pub by_hand_at: Option<i64>,
    /// The lives of each worker; after the last it lives on.
    pub workers: Vec<Vec<PlannedLife>>,
    /// How far each worker's clock is off, milliseconds: from when on, UTC milliseconds, and how far.
    pub clocks: Vec<Vec<(i64, i64)>>,
    /// When the weather becomes calm, UTC milliseconds.
    pub calm_from_ms: i64,
    /// When the accesses end, if they end soon and are to be renewed, UTC milliseconds.
    pub accesses_end_at: Option<i64>,
    /// Calls in a thousand that meet trouble.
    pub trouble: u64,
    /// What happens once.
    pub special: Option<Special>,
    /// What is met more often than anything else: each run tries some troubles at one step, in turn.
    pub focus: Option<Focus>,
    /// Transactions in a thousand that meet a busy database.
    pub busy: u64,
    /// When the database is gone, UTC milliseconds.
    pub database_gone: Option<(i64, i64)>,
    /// How long the networks work on a file, milliseconds.
    pub processing_ms: u64,
    /// How long lists lag, milliseconds.
    pub list_lag_ms: u64,
    /// How long calls are under way.
    pub on_the_way: OnTheWay,
    /// What happens to the installation as a whole.
    pub upheaval: Upheaval,
}

const MINUTE_MS: i64 = 60_000;
/// How long a worker may be gone at most, milliseconds: what was due meanwhile must not go out by itself any more, however it is counted.
const FAR_TOO_LATE_MS: u64 = 6 * 3_600_000;
/// In so many runs of a thousand nothing goes wrong at all: then nothing may be in doubt.
const QUIET_IN_THOUSAND: u64 = 30;
/// In so many runs of a thousand the accesses end soon.
const ENDING_IN_THOUSAND: u64 = 150;
/// Longer than any network's work is waited for, milliseconds.
pub const ENDLESS_MS: u64 = 26 * 3_600_000;
/// How far a clock is off at most, milliseconds.
const CLOCK_OFF_MS: i64 = 900;
/// The silence after a call's end before a list is read twice, half a minute apart (publishing.md rule 3), milliseconds.
const SILENCE_MS: i64 = 60_000;
const STORY_SILENCE_MS: i64 = 120_000;
const DEAD_SENDER_SILENCE_MS: i64 = 120_000;
const LIST_AGAIN_MS: i64 = 30_000;
/// What clocks that are off take from it, milliseconds.
const SLACK_MS: i64 = 2_000;

impl Plan {
    /// Whether two of its posts say the same.
    pub fn has_equal(&self) -> bool {
        self.posts.iter().skip(1).any(|post| post.words == self.posts[0].words)
    }

    /// The plan of a seed.
    pub fn of(seed: u64, template: &Template) -> Plan {
        let mut dice = Dice::of(seed, "plan");
        // Kinds, troubles and steps in turn: what chance leaves short would have to be waited for.
        let cells = Cell::all(template);
        let kinds: Vec<&[Cell]> = cells.chunk_by(Cell::is_like).collect();
        let (kind, round) = in_turn(&kinds, seed);
        let quiet = dice.in_thousand(QUIET_IN_THOUSAND);
        let ending = !quiet && dice.in_thousand(ENDING_IN_THOUSAND);
        let focus = (!quiet).then(|| focus(kind, round, ending)).flatten();
        let meets = |cell: &&Cell| {
            let first = focus.as_ref().map(|focus| (focus.troubles[0], focus.step));
            first.is_none_or(|(trouble, step)| cell.may_meet(trouble, step).is_ok())
        };
        let cell = **dice.pick(&kind.iter().filter(meets).collect::<Vec<_>>());
        let focus = focus.map(|mut focus| {
            focus.troubles.retain(|trouble| cell.may_meet(*trouble, focus.step).is_ok());
            focus
        });
        let on_commits = focus.as_ref().is_some_and(|focus| focus.step == Step::Commit);
        let of_network: Vec<&[Cell]> = kinds.iter().copied().filter(|kind| kind[0].network == cell.network).collect();
        let special = if quiet {
            None
        } else {
            special(&mut dice, &cell, round, &of_network)
        };
        let posts = posts(&mut dice, template, &cell, special, on_commits);
        // What a person does begins anew at the network, past the fence that a much later call is held back by.
        let much_later = special.is_some_and(|special| special.trouble == Trouble::ArrivesMuchLater);
        let acts = if much_later {
            Vec::new()
        } else {
            acts(&mut dice, &posts, on_commits)
        };
        let by_hand = !quiet && cell.network == Network::Linkedin && cell.carrier.is_none() && dice.in_thousand(150);
        let by_hand_at = by_hand.then(|| posts[0].due_at + dice.between(-2 * MINUTE_MS, MINUTE_MS));
        let replicas: usize = if dice.in_thousand(300) { 2 } else { 1 };
        let gone_from = posts[0].due_at + dice.between(-2_000, 20_000);
        let gone_ms = *dice.pick(&[1_000, 7_000, 40_000, 10 * MINUTE_MS]);
        let (list_lag_ms, on_the_way) = lag(&mut dice, &cell);
        Plan {
            cell,
            acts,
            by_hand_at: by_hand_at.map(|at| at.max(BEGIN_MS)),
            workers: (0..replicas)
                .map(|_| if quiet { Vec::new() } else { lives(&mut dice, on_commits) })
                .collect(),
            clocks: (0..replicas).map(|_| if quiet { Vec::new() } else { clock(&mut dice) }).collect(),
            calm_from_ms: BEGIN_MS + dice.between(25, 60) * MINUTE_MS,
            accesses_end_at: ending.then(|| BEGIN_MS + dice.between(2, 30) * MINUTE_MS),
            trouble: match *dice.pick(&[100, 200, 320, 320]) {
                _ if quiet => 0,
                // Else few posts would come so far.
                often if on_commits => often / 2,
                often => often,
            },
            special,
            focus,
            busy: if quiet { 0 } else { *dice.pick(&[0, 0, 20, 100]) },
            database_gone: (!quiet && dice.in_thousand(80)).then_some((gone_from, gone_from + gone_ms)),
            processing_ms: *dice.pick(&[500, 5_000, 40_000, 240_000]),
            list_lag_ms,
            on_the_way,
            // Not where few calls are to meet their trouble: commits.
            upheaval: if quiet || on_commits {
                Upheaval::default()
            } else {
                Upheaval::of(seed, &posts, replicas, much_later)
            },
            posts,
        }
    }
}

fn posts(dice: &mut Dice, template: &Template, cell: &Cell, special: Option<Special>, on_commits: bool) -> Vec<PlannedPost> {
    let berths: Vec<&Berth> = template.berths.iter().filter(|berth| berth.network == cell.network).collect();
    // More in an hour would wait for their turn.
    let count = dice.between(7, 10);
    // Where posts are found by their words alone, equal ones are the hard case.
    let often = match cell.network {
        Network::Linkedin => 500,
        // They are few, and so are their commits.
        _ if on_commits => 120,
        _ => 250,
    };
    let equal = dice.in_thousand(often) && cell.carrier.is_none() && cell.content_type != ContentType::Thread;
    // More of them on one channel would halt it.
    let count = if equal { count.min(ALIKE_POSTS_MAX) } else { count };
    // Drafts have no fence, and comments none anywhere but at Bluesky.
    let much_later = special.is_some_and(|special| special.trouble == Trouble::ArrivesMuchLater);
    let drafts = cell.offer.draft_api && dice.in_thousand(100) && !much_later;
    let comments = !much_later || cell.network == Network::Bluesky;
    let anywhen = |dice: &mut Dice| BEGIN_MS + dice.between(5_000, 20 * MINUTE_MS) / 1_000 * 1_000;
    let first_due_at = anywhen(dice);
    let first_berth = (*dice.pick(&berths)).clone();
    (0..count)
        .map(|number| {
            let words = if equal { "loaf000".to_owned() } else { format!("loaf{number:03}") };
            // Equal ones meet on one channel, at about the same time.
            let (berth, due_at) = if equal && dice.in_thousand(700) {
                (first_berth.clone(), first_due_at + dice.between(0, 3) * 1_000)
            } else {
                ((*dice.pick(&berths)).clone(), anywhen(dice))
            };
            let comment = dice.in_thousand(400) && comments;
            PlannedPost {
                content: cell.content(&words, comment, false),
                edited: cell.content(&words, comment, true),
                words,
                berth,
                mode: if drafts { Mode::Draft } else { Mode::Publish },
                due_at,
                gate: if dice.in_thousand(120) { Gate::Pending } else { Gate::None },
            }
        })
        .collect()
}

/// How long lists lag, and what that leaves for calls to be under way.
fn lag(dice: &mut Dice, cell: &Cell) -> (u64, OnTheWay) {
    let story = cell.network == Network::Facebook && cell.content_type == ContentType::Story;
    let (silence_ms, longest_ms) = if story { (STORY_SILENCE_MS, 140_000) } else { (SILENCE_MS, 80_000) };
    let lag_ms = *dice.pick(&[0, 0, 3_000, 25_000, longest_ms]);
    let left = |silence: i64| (silence - SLACK_MS).min(silence + LIST_AGAIN_MS - SLACK_MS - lag_ms);
    let on_the_way = OnTheWay {
        living_sender_ms: left(silence_ms),
        dead_sender_ms: left(silence_ms.max(DEAD_SENDER_SILENCE_MS)),
    };
    (u64::try_from(lag_ms).unwrap_or(0), on_the_way)
}

/// A clock that is a little off, and is set now and then.
fn clock(dice: &mut Dice) -> Vec<(i64, i64)> {
    let mut offs = vec![(BEGIN_MS, dice.between(-400, 400))];
    if dice.in_thousand(250) {
        for _ in 0..3 {
            let at = BEGIN_MS + dice.between(5_000, 25 * MINUTE_MS);
            offs.push((at, dice.between(-CLOCK_OFF_MS, CLOCK_OFF_MS)));
        }
        offs.sort_by_key(|(at, _)| *at);
    }
    offs
}

/// Where commits are to meet their trouble, workers die less often: what is missed commits nothing.
fn lives(dice: &mut Dice, on_commits: bool) -> Vec<PlannedLife> {
    let deaths = *dice.pick(&[0, 0, 1, 1, 2, 4]);
    let deaths = if on_commits { deaths / 2 } else { deaths };
    let mut lives: Vec<PlannedLife> = (0..deaths)
        .map(|_| {
            let gone_ms = if dice.in_thousand(30) {
                FAR_TOO_LATE_MS
            } else {
                *dice.pick(&[50, 1_000, 20_000, 130_000, 900_000])
            };
            PlannedLife {
                dies_at: Some(dice.below(160) + 1),
                gone_ms,
                stops_at: stop(dice),
            }
        })
        .collect();
    lives.push(PlannedLife {
        stops_at: stop(dice),
        ..PlannedLife::default()
    });
    lives
}

fn stop(dice: &mut Dice) -> Option<(u64, u64)> {
    let (at, for_ms) = (dice.below(160) + 1, *dice.pick(&[5_000, 70_000, 200_000, 900_000]));
    dice.in_thousand(80).then_some((at, for_ms))
}

/// Where commits are to meet their trouble, people call off less.
fn acts(dice: &mut Dice, posts: &[PlannedPost], on_commits: bool) -> Vec<PlannedAct> {
    let often = if on_commits { 150 } else { 400 };
    let mut acts = Vec::new();
    for (post, planned) in posts.iter().enumerate() {
        // The worst moments are those around the instant.
        let near = planned.due_at + dice.between(-3_000, 3_000);
        let anywhere = BEGIN_MS + dice.between(1_000, 25 * MINUTE_MS);
        let at = if dice.in_thousand(600) { near } else { anywhere };
        let deed = *dice.pick(&[
            Deed::Move(Event::Cancel),
            Deed::Move(Event::Cancel),
            Deed::Move(Event::Reschedule),
            Deed::Move(Event::Reschedule),
            Deed::Move(Event::Unschedule),
            Deed::Move(Event::PublishNow),
            Deed::Move(Event::Retry),
            Deed::Edit,
            Deed::Edit,
            Deed::Resolve,
            Deed::Delete,
            Deed::Disconnect,
            Deed::Approve(Gate::Held),
            Deed::Approve(Gate::Rejected),
        ]);
        let ahead_ms = dice.between(2_000, 10 * MINUTE_MS);
        let act = |at: i64, deed| PlannedAct {
            at: at.max(BEGIN_MS + 1_000),
            post,
            deed,
            due_at: at + ahead_ms,
        };
        if planned.gate == Gate::Pending {
            acts.push(act(at, Deed::Approve(Gate::Accepted)));
        } else if dice.in_thousand(often) {
            acts.push(act(at, deed));
            // What was held may be let out again.
            if matches!(deed, Deed::Approve(_)) {
                acts.push(act(at + 4_000, Deed::Approve(Gate::Accepted)));
            }
        }
    }
    acts.sort_by_key(|act| (act.at, act.post));
    acts
}
