//! A delivery in a worker's hands: what is known of it and what was decided; [`calls`] is what it waits for, [`store`] what it writes.

mod calls;
mod store;

use std::sync::Arc;

use postrider_core::delivery::{self, Context, Event, FailureKind, MissedWhy, Part, State};
use postrider_core::ids::AttemptId;
use postrider_core::mutant::{self, Mutant};
use postrider_core::post::Mode;
use postrider_provider::{Answer, Fault, Job, PartReceipt, Progress, Receipt, Secrets, Step};
use postrider_store::hot::{AttemptRecord, Claimed, Notice, Outcome, Standing, StepRecord};
use postrider_store::quota_use::QuotaUse;

use super::{SharedAdapter, Turn};
use crate::job;
use crate::lanes::Place;
use crate::shared::Shared;

pub use calls::unreachable_network;
pub use store::clipped;

/// Why a run ends before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A person or another worker has the delivery now.
    NotOurs,
    /// The database does not write.
    NotStored,
}

/// One run.
pub struct Run {
    /// What everybody shares.
    pub shared: Arc<Shared>,
    /// The network's adapter.
    pub adapter: SharedAdapter,
    /// As it was claimed.
    pub claimed: Claimed,
    /// How it stands after what was decided so far.
    pub standing: Standing,
    /// The adapter's memory.
    pub progress: Progress,
    /// What the adapter is given; built when first needed.
    pub job: Option<Job>,
    /// Tokens, opened when first needed.
    pub secrets: Secrets,
    /// Whether an intent is stored without an outcome.
    pub intent_open: bool,
    /// Why it was missed, if it was.
    pub missed: Option<MissedWhy>,
    /// Whether the loop that called goes on after a fault was handled.
    pub goes_on: bool,
    version: i64,
    /// The state that was last stored, and what moved it from there.
    told_state: State,
    moved_by: Option<Event>,
    place: Option<Place>,
    /// In the line of those that are looked for.
    finding: Option<Place>,
    attempt: AttemptRecord,
    /// The run before this one, if its worker did not live to end it.
    lost_attempt: Option<AttemptId>,
    holds_lane: bool,
    /// Nothing was tried in this run, so that no attempt is written.
    untried: bool,
    /// Whether the attempt stands in History already.
    recorded: bool,
    outcomes: Vec<Outcome>,
    steps: Vec<StepRecord>,
    notices: Vec<Notice>,
    channel_status: Option<(&'static str, String)>,
    quotas: Vec<QuotaUse>,
    leftover: Option<String>,
}

impl Run {
    /// Takes up a claimed delivery.
    pub fn new(shared: Arc<Shared>, adapter: SharedAdapter, mut claimed: Claimed, turn: Option<Turn>) -> Run {
        if mutant::on(Mutant::IgnoreGate) {
            claimed.gate = postrider_core::delivery::Gate::None;
        }
        if mutant::on(Mutant::IgnoreCatchUp) {
            claimed.catch_up_ms = i64::MAX / 4;
        }
        if mutant::on(Mutant::MissAtOnce) {
            claimed.catch_up_ms = 0;
        }
        let standing = claimed.standing.clone();
        let progress = standing
            .progress
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .map_or_else(Progress::default, Progress);
        let now_ms = shared.now_ms();
        let attempt = AttemptRecord {
            attempt_id: AttemptId::new(now_ms, shared.entropy.ten()),
            started_at: now_ms,
            ended_at: None,
            outcome: None,
        };
        let (place, finding) = match turn {
            Some(Turn::Commit(place)) => (Some(place), None),
            Some(Turn::Finding(place)) => (None, Some(place)),
            None => (None, None),
        };
        Run {
            intent_open: claimed.intent_open,
            version: claimed.version,
            told_state: claimed.standing.state,
            moved_by: None,
            adapter,
            standing,
            progress,
            job: None,
            secrets: Secrets::new(),
            missed: None,
            goes_on: true,
            place,
            finding,
            attempt,
            lost_attempt: claimed.standing.attempt_id.as_deref().and_then(|id| id.parse().ok()),
            holds_lane: false,
            untried: false,
            recorded: false,
            outcomes: Vec::new(),
            steps: Vec::new(),
            notices: Vec::new(),
            channel_status: None,
            quotas: Vec::new(),
            leftover: None,
            shared,
            claimed,
        }
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.shared.now_ms()
    }

    /// Its instant; one without is due since it was made.
    pub fn due_at(&self) -> i64 {
        self.claimed.due_at.unwrap_or(self.claimed.created_at)
    }

    /// Whether its root is at the network already.
    pub fn committed(&self) -> bool {
        self.standing.published_version.is_some()
    }

    /// The attempt that this run is.
    pub fn attempt_id(&self) -> AttemptId {
        self.attempt.attempt_id
    }

    /// The version that the next write names.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Takes a part as standing, as if its answer had come; without the files if they cannot be readied any more.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn adopt(&mut self, part: Part, found: &PartReceipt) -> Result<(), End> {
        let bare = match (self.ready().await?, &self.job) {
            (Ok(()), _) | (Err(_), Some(_)) => None,
            (Err(_), None) => job::bare(&self.shared, &self.claimed).ok(),
        };
        if let Some(job) = self.job.as_ref().or(bare.as_ref()) {
            self.progress = self.adapter.adopt(job, &self.progress, part, found);
        }
        Ok(())
    }

    /// What the adapter does next.
    pub fn next(&mut self) -> Step {
        let now_ms = self.now_ms();
        match &mut self.job {
            Some(job) => {
                job.now_ms = now_ms;
                self.adapter.next(job, &self.progress)
            }
            None => Step::Fail(Fault::stop(
                FailureKind::Internal,
                "job.not_ready",
                "The delivery was not made ready before it was sent.",
                "Retry; if it happens again, report it.",
            )),
        }
    }

    /// Notes what an answer says of the channel's quotas, to be written with the next change.
    pub fn note_quotas(&mut self, answer: &Answer) {
        let said = self.adapter.quotas(answer);
        self.quotas.extend(said.into_iter().map(|said| QuotaUse {
            channel_id: self.claimed.channel_id,
            quota: said.key.to_owned(),
            used: said.used,
            quota_limit: said.limit,
            window_ms: said.window_ms,
            seen_at: answer.at_ms,
        }));
    }

    /// What an answer means to the adapter.
    ///
    /// # Errors
    /// What went wrong, by the adapter's error table.
    pub fn absorb(&mut self, answer: &Answer) -> Result<Option<PartReceipt>, Fault> {
        let Some(job) = &self.job else { return Ok(None) };
        let absorbed = self.adapter.absorb(job, &self.progress, answer)?;
        self.progress = absorbed.progress;
        Ok(absorbed.receipt)
    }

    /// Moves the state by the core's table. `None` if the table refuses: then nothing changed.
    pub fn transition(&mut self, event: Event) -> Option<State> {
        let ctx = Context {
            now_ms: self.now_ms(),
            due_at_ms: self.claimed.due_at,
            gate: self.claimed.gate,
            draft_mode: self.claimed.mode == Mode::Draft,
            catch_up_ms: self.claimed.catch_up_ms,
            intent_open: self.intent_open,
            unseen: false,
        };
        match delivery::step(self.standing.state, event, &ctx) {
            Ok(done) => {
                self.standing.state = done.state;
                self.moved_by = Some(event);
                self.missed = done.missed;
                self.standing.missed_why = done.missed.map(|why| why.key().to_owned());
                Some(done.state)
            }
            Err(refusal) => {
                tracing::error!(delivery = %self.claimed.id, %refusal, "the engine asked for what the table does not know");
                None
            }
        }
    }

    /// Ends it as missed for a reason that the table does not see by itself.
    pub fn miss(&mut self, why: MissedWhy) {
        self.standing.state = State::Missed;
        self.missed = Some(why);
        self.standing.missed_why = Some(why.key().to_owned());
    }

    /// Takes what the adapter says of the finished post.
    pub fn finish(&mut self, receipt: Receipt) {
        let state = self.standing.state;
        if matches!(state, State::Publishing | State::Confirming | State::Processing) {
            if state == State::Processing {
                self.standing.state = State::Publishing;
            }
            self.transition(Event::Committed);
        }
        self.standing.published_version.get_or_insert(self.claimed.post_version);
        if receipt.external_id.is_some() {
            self.standing.external_id = receipt.external_id;
        }
        if receipt.permalink.is_some() {
            self.standing.permalink = receipt.permalink;
        }
        self.standing.kept_private = receipt.kept_private;
        if receipt.warning.is_some() {
            self.standing.warning = receipt.warning;
        }
        self.clear_failure();
    }

    /// Counts what went wrong.
    pub fn met(&self, fault: &Fault) {
        self.shared.meters.fault(self.claimed.network, fault.kind);
    }

    /// Notes what a network said, or that it said nothing.
    pub fn note_failure(&mut self, fault: Option<&Fault>) {
        self.standing.failure_kind = fault.map(|fault| fault.kind.key().to_owned());
        self.standing.failure_code = fault.map(|fault| fault.code.clone());
        self.standing.failure_message = fault.map(|fault| fault.message.clone());
        self.standing.failure_remedy = fault.map(|fault| fault.remedy.clone());
    }

    /// Forgets an earlier failure.
    pub fn clear_failure(&mut self) {
        self.note_failure(None);
        self.standing.deferred_until = None;
        self.standing.retries = 0;
        self.standing.retry_since = None;
    }
}
