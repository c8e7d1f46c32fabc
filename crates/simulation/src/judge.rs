//! Compares what stands at the networks with what the installation says, by true time.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use postrider_core::Network;
use postrider_core::delivery::{FailureKind, State};
use postrider_core::ids::DeliveryId;
use postrider_core::post::{ContentType, Mode};
use postrider_sandbox::Sandbox;
use postrider_store::args;

use crate::known::Known;
use crate::people::{People, Seen};
use crate::plan::Plan;
use crate::run::World;
use crate::stands::{self, Stands, standing};
use crate::weather::{Trouble, Weather};

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
    /// The lines of History of the delivery, for who looks into it.
    pub history: Vec<String>,
}

/// How late a worker whose clock is off and a network that is slow may look, milliseconds.
pub const CLOCKS_MS: i64 = 1_000;

/// A post with other words than an older database knows is shown to a person if it stands so near to the instant, milliseconds.
const NEAR_MS: i64 = 120_000;

/// How outages of a network's work on a file are called: it is not tried again by itself.
const WORK_FAILED: &str = ".processing";

const ENDED: &str = "SELECT state, retries, failure_message FROM deliveries WHERE id = $1";

/// What is judged.
pub struct Judge<'a> {
    /// How it was meant.
    pub plan: &'a Plan,
    /// What people know.
    pub people: &'a People,
    /// What its tasks shared.
    pub world: &'a World,
    /// The truth.
    pub sandbox: &'a Sandbox,
    /// What went wrong.
    pub weather: &'a Weather,
}

/// Troubles after which nobody can read what stands: a person is asked.
pub const BLINDING: [Trouble; 3] = [Trouble::AccessExpires, Trouble::AccessRevoked, Trouble::PermissionWithdrawn];

/// Troubles of a network's work on a file.
pub const WORKS: [Trouble; 2] = [Trouble::ProcessingFails, Trouble::ProcessingSlow];

impl Judge<'_> {
    /// Judges a run that has ended.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub async fn judge(&self) -> anyhow::Result<(Vec<Violation>, BTreeMap<String, u64>)> {
        let mut broken = Vec::new();
        let mut ends: BTreeMap<String, u64> = BTreeMap::new();
        let posts = standing(self.sandbox);
        let told = self.told().await?;
        let acknowledged = self.people.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        for known in &acknowledged {
            let id = known.id;
            let stands = stands::of(&known.planned, id, &posts);
            let Some(delivery) = self.people.look(id).await? else {
                *ends.entry("erased".to_owned()).or_default() += 1;
                let called_off = known.in_force.last().is_some_and(|force| force.due_at.is_none());
                if !known.disconnected || !called_off || !stands.is_empty() {
                    broken.push(Violation {
                        invariant: "nothing lost",
                        seen: format!("{id} is no more, {} of its parts stand", stands.len()),
                        history: Vec::new(),
                    });
                }
                continue;
            };
            *ends.entry(delivery.state.key().to_owned()).or_default() += 1;
            let before = broken.len();
            self.one(known, &delivery, &stands, &told, &mut broken);
            self.goes_out(known, &delivery, &stands, &mut broken).await?;
            let quiet = self.nothing_went_wrong();
            let gave_up = delivery.failed_for(FailureKind::Outage, WORK_FAILED);
            if !quiet && !gave_up && broken.len() == before {
                continue;
            }
            if gave_up && let Some(seen) = self.gave_up_early(id, delivery.due_at.unwrap_or(i64::MAX)).await? {
                broken.push(Violation {
                    invariant: "outages are waited out",
                    seen: format!("{id}: {seen}"),
                    history: Vec::new(),
                });
            }
            let mut history = self.history(id).await?;
            history.extend(Self::acknowledged(known));
            if quiet && history.iter().any(|line| line.contains(" look for ")) {
                broken.push(Violation {
                    invariant: "no doubt without a cause",
                    seen: format!("{id} was looked for although nothing went wrong"),
                    history: Vec::new(),
                });
            }
            broken
                .iter_mut()
                .skip(before)
                .for_each(|violation| violation.history.clone_from(&history));
        }
        self.equal_posts(&acknowledged, &posts, &mut broken).await?;
        let sent = self.world.networks.sent_while_held.load(Ordering::Relaxed);
        if sent > 0 {
            broken.push(Violation {
                invariant: "nothing is sent while publishing is held",
                seen: format!("{sent} calls were made from an older database before anybody recovered"),
                history: Vec::new(),
            });
        }
        if self.weather.saw(Trouble::ArrivesMuchLater) {
            // Nothing but a fence helps then, and what a fence promises is this alone.
            broken.retain(|violation| violation.invariant == "nothing twice");
        }
        Ok((broken, ends))
    }

    /// The kinds of notices by delivery.
    async fn told(&self) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self
            .people
            .db
            .read("SELECT kind, subject FROM notifications ORDER BY id", args![])
            .await?
        {
            let subject: serde_json::Value = row.json("subject")?;
            let delivery = subject["delivery_id"].as_str().unwrap_or_default().to_owned();
            told.entry(delivery).or_default().push(row.text("kind")?);
        }
        Ok(told)
    }

    /// What people were told of a delivery, in words, times as seconds of the run.
    pub(crate) fn acknowledged(known: &Known) -> Vec<String> {
        let seconds = |at_ms: i64| (at_ms - crate::template::BEGIN_MS) as f64 / 1_000.0;
        let mut lines = Vec::new();
        for force in &known.in_force {
            let due = force.due_at.map(seconds);
            lines.push(format!("{:>9.3} in force: due {due:?}", seconds(force.from_ms)));
        }
        for (from_ms, gate) in &known.gates {
            lines.push(format!("{:>9.3} approval: {}", seconds(*from_ms), gate.key()));
        }
        lines.extend(known.edited_at.map(|at_ms| format!("{:>9.3} edited", seconds(at_ms))));
        lines
    }

    /// What was done for a delivery, in words, times as seconds of the run.
    pub(crate) async fn history(&self, id: DeliveryId) -> anyhow::Result<Vec<String>> {
        let sql = "SELECT * FROM steps WHERE delivery_id = $1 ORDER BY started_at, id";
        let mut lines = Vec::new();
        for row in self.people.db.read(sql, args![id]).await? {
            let seconds = |at_ms: i64| (at_ms - crate::template::BEGIN_MS) as f64 / 1_000.0;
            lines.push(format!(
                "{:>9.3} {:>9.3} {:8} {:28} {:?} {} {}",
                seconds(row.int("started_at")?),
                row.opt_int("ended_at")?.map_or(0.0, seconds),
                row.text("kind")?,
                row.text("label")?,
                row.opt_int("http_status")?,
                row.text("outcome")?,
                row.text("detail")?,
            ));
        }
        for row in self.people.db.read(ENDED, args![id]).await? {
            let (tries, why) = (row.int("retries")?, row.opt_text("failure_message")?.unwrap_or_default());
            lines.push(format!("{} after {tries} repeats: {why}", row.text("state")?));
        }
        Ok(lines)
    }

    pub(crate) fn nothing_went_wrong(&self) -> bool {
        // A network that takes no repeats leaves a doubt by itself.
        self.weather.counts().is_empty() && !self.plan.has_equal()
    }

    /// Whether a person's equal post may have been taken for a delivery's: nothing tells them apart (docs/reliability.md).
    fn may_be_by_hand(&self, known: &Known) -> bool {
        let first = &self.plan.posts[0];
        let same = known.planned.words == first.words && known.planned.berth.external_id == first.berth.external_id;
        same && self.plan.by_hand_at.is_some()
    }

    /// Whether a network may have taken a file and failed to process it after it had answered that the post stands: what it answered is
    /// what is told (docs/reliability.md).
    fn may_have_failed_later(&self) -> bool {
        self.weather.saw(Trouble::ProcessingFails)
    }

    /// Whether the engine can find out by itself what became of a delivery of the run.
    pub(crate) fn is_readable(&self, known: &Known) -> bool {
        let planned = &known.planned;
        let unread = match planned.berth.network {
            // Nobody reads a profile; and of equal posts only one may stand within ten minutes.
            Network::Linkedin => planned.berth.kind != "page" || self.shared_words(known),
            // The same words are taken once in a while.
            Network::X => self.shared_words(known),
            Network::Facebook | Network::Tiktok => planned.mode == Mode::Draft,
            _ => false,
        };
        // Who never heard a renewal's answer has no access where a renewal is taken once (publishing.md rule 12).
        let ended =
            self.world.networks.renewal_refused.load(Ordering::Relaxed) || BLINDING.iter().any(|trouble| self.weather.saw(*trouble));
        !unread && !ended && self.plan.by_hand_at.is_none()
    }

    /// Whether an older database cannot know that its post stands.
    fn is_unknown(known: &Known, delivery: &Seen, stands: &[Stands]) -> bool {
        Self::is_over_there(known, delivery.state) && stands.iter().all(|thing| known.is_after_copy(thing.created_ms))
    }

    /// Whether a delivery was called off, over or not approved in an older database, or a person called off since what it took for scheduled.
    fn is_over_there(known: &Known, state: State) -> bool {
        let Some(older) = known.older else { return false };
        let over = matches!(
            older.state,
            State::Canceled | State::Draft | State::Missed | State::Failed | State::PublishedInPart | State::ReadyToPost
        );
        let called_off = matches!(state, State::Canceled | State::Draft);
        over || called_off || !older.gate.open()
    }

    /// Whether an older database left it to a person, who was told: a post for later that may have gone out early since cannot be read, or
    /// says other words now than those it would be known by (docs/reliability.md).
    fn is_a_persons(&self, known: &Known, stands: &[Stands]) -> bool {
        let Some(older) = known.older else { return false };
        let early = older.due_at.is_some_and(|due_at| due_at > older.back_ms);
        Self::has_moved(known, stands) || early && !self.is_readable(known)
    }

    /// Whether it stands with other words and at another time than an older database would look for.
    fn has_moved(known: &Known, stands: &[Stands]) -> bool {
        let Some(older) = known.older.filter(|older| older.edited_since) else {
            return false;
        };
        let elsewhen = |thing: &Stands| older.due_at.is_none_or(|due_at| (thing.created_ms - due_at).abs() > NEAR_MS);
        stands.iter().any(|thing| known.is_after_copy(thing.created_ms) && elsewhen(thing))
    }

    /// Whether TikTok works on pictures without end or gave them up: its list shows them once they were looked over, and what it does not
    /// show for an hour is a person's (docs/reliability.md).
    fn is_unlisted(&self) -> bool {
        self.plan.cell.is_listed_late() && WORKS.iter().any(|trouble| self.weather.saw(*trouble))
    }

    /// Whether two posts of the run say the same, so that what stands cannot be told apart.
    pub(crate) fn shared_words(&self, known: &Known) -> bool {
        let words = &known.planned.words;
        self.plan.posts.iter().filter(|post| post.words == *words).count() > 1
    }

    fn one(&self, known: &Known, delivery: &Seen, stands: &[Stands], told: &BTreeMap<String, Vec<String>>, broken: &mut Vec<Violation>) {
        let mut violate = |invariant, seen: String| {
            broken.push(Violation {
                invariant,
                seen: format!("{} ({}, {}): {seen}", known.planned.words, known.id, delivery.state.key()),
                history: Vec::new(),
            });
        };
        let shared = self.shared_words(known);
        let mut parts: BTreeMap<&str, usize> = BTreeMap::new();
        for thing in stands {
            *parts.entry(thing.part.as_str()).or_default() += 1;
        }
        let whole: usize = if self.plan.cell.content_type == ContentType::Thread { 3 } else { 1 };
        let there = parts.iter().filter(|(part, _)| **part != "comment").count();
        if !shared {
            // A person's word begins a new generation, past the fence that a much later call is held back by.
            let unfenced = known.asked_at.is_some() && self.weather.saw(Trouble::ArrivesMuchLater);
            for (part, times) in &parts {
                if *times > 1 && !unfenced && !self.is_a_persons(known, stands) {
                    violate("nothing twice", format!("{part} stands {times} times"));
                }
            }
            match delivery.state {
                State::Published | State::Drafted if there < whole && !self.may_be_by_hand(known) && !self.may_have_failed_later() => {
                    violate("nothing lost", format!("{there} of {whole} parts stand"));
                }
                // Of a thread whose account an older database cannot enter any more, what stands is looked for when somebody retries.
                State::PublishedInPart if there == 0 || there == whole && known.older.is_none() => {
                    violate("every end is true", format!("{there} of {whole} parts stand"));
                }
                // A call that arrives long after its sender is gone may come when nobody looks any more, and nothing is sent after it.
                State::Failed if there == 1 && self.weather.saw(Trouble::ArrivesMuchLater) => {}
                State::Failed | State::Canceled | State::Missed | State::Draft
                    if there > 0 && !Self::is_unknown(known, delivery, stands) && !Self::has_moved(known, stands) =>
                {
                    violate("every end is true", format!("{there} of {whole} parts stand"));
                }
                _ => {}
            }
        }
        let ended = matches!(
            delivery.state,
            State::Published
                | State::Drafted
                | State::PublishedInPart
                | State::Failed
                | State::Canceled
                | State::Missed
                | State::Draft
                | State::ReadyToPost
        );
        // Each opening counts among the 30 reels that a Page may open in a day, and each post among an account's at TikTok: repeats can use
        // them up, and the rest waits for tomorrow.
        let counted = match known.planned.berth.network {
            Network::Facebook => self.plan.cell.content_type == ContentType::Reel,
            network => network == Network::Tiktok,
        };
        let day_is_full = delivery.state == State::Deferred && counted;
        // What a person said to be there without saying where leaves its comment to nobody.
        let nowhere = known.said_there && known.older.is_some() && delivery.state == State::InDoubt;
        // What Threads calls a missing permission it says of posts that stand as well: whoever says that it does not is asked again, until the
        // channel's health is looked at, which comes every six hours and in no run.
        let refused = known.asked_at.is_some() && delivery.state == State::InDoubt && self.weather.saw(Trouble::PermissionWithdrawn);
        let endless = refused && known.planned.berth.network == Network::Threads;
        if !ended && !day_is_full && !nowhere && !endless {
            violate("every delivery ends", format!("wakes at {:?}", delivery.wake_at));
        }
        if known.planned.mode == Mode::Draft && stands.iter().any(|thing| thing.public && thing.part != "comment") {
            violate("a draft stays a draft", "it is public".to_owned());
        }
        let kinds = told.get(&known.id.to_string()).map(Vec::as_slice).unwrap_or_default();
        if !shared {
            self.timely(known, stands, kinds, &mut violate);
        }
        // Who could not look until now for all the trouble could not know.
        let in_calm = |asked_ms: i64| asked_ms > self.plan.calm_from_ms + crate::run::LOOK_PAUSE_MS;
        // Older databases know posts by their words alone, and so does whoever did not run for a while; a story has none.
        let wordless = delivery.unseen && self.plan.cell.content_type == ContentType::Story;
        // Whose video is worked on without end is taken in and never shown.
        let unshown = self.plan.cell.content_type == ContentType::Story && self.weather.counts().contains_key("processing_endless");
        // A private video of the same words may be one that was meant to be seen, and that YouTube locked.
        let locked = delivery.unseen && known.planned.berth.network == Network::Youtube;
        let unknowable = wordless || unshown || locked || self.is_unlisted();
        if known.asked_at.is_some_and(in_calm) && known.older.is_none() && !unknowable && self.is_readable(known) {
            violate(
                "no doubt where the network can be read",
                "a person was asked whether it is there".to_owned(),
            );
        }
        let owed = match delivery.state {
            State::Failed | State::PublishedInPart => Some("post.failed"),
            State::Missed => Some("post.missed"),
            State::ReadyToPost => Some("post.ready"),
            _ => None,
        };
        for owed in owed.into_iter().chain(known.asked_at.map(|_| "post.in_doubt")) {
            if !kinds.iter().any(|kind| kind == owed) {
                violate("people are told", format!("no {owed} among {kinds:?}"));
            }
        }
    }
}
