//! A delivery in a worker's hands: what is known of it, what was decided, and what is still to be written.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use postrider_core::delivery::{self, Context, Event, FailureKind, MissedWhy, Part, State};
use postrider_core::ids::{AttemptId, NotificationId, StepId};
use postrider_core::mutant::{self, Mutant};
use postrider_core::post::Mode;
use postrider_core::retry::OUTAGE_SPAN_MS;
use postrider_provider::{
    Answer, Body, CALL_BUDGET_MS, Fault, Job, Manner, Method, Next, PartReceipt, Progress, Receipt, Request, Secrets, Sent, Step,
};
use postrider_store::hot::{Applied, AttemptRecord, Change, Claimed, LOST, Notice, Outcome, Standing, StepRecord};

use tokio::sync::Semaphore;

use super::SharedAdapter;
use crate::events::Hint;
use crate::job;
use crate::lanes::Place;
use crate::shared::Shared;

/// Why a run ends before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A person or another worker has the delivery now.
    NotOurs,
    /// The database does not write.
    NotStored,
}

/// How much of an answer or an error History keeps.
const DETAIL_CHARS_MAX: usize = 300;

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
    place: Option<Place>,
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
    leftover: Option<String>,
}

impl Run {
    /// Takes up a claimed delivery.
    pub fn new(shared: Arc<Shared>, adapter: SharedAdapter, mut claimed: Claimed) -> Run {
        if mutant::on(Mutant::IgnoreCatchUp) {
            claimed.catch_up_ms = i64::MAX / 4;
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
        Run {
            intent_open: claimed.intent_open,
            version: claimed.version,
            adapter,
            standing,
            progress,
            job: None,
            secrets: Secrets::new(),
            missed: None,
            goes_on: true,
            place: None,
            attempt,
            lost_attempt: claimed.standing.attempt_id.as_deref().and_then(|id| id.parse().ok()),
            holds_lane: false,
            untried: false,
            recorded: false,
            outcomes: Vec::new(),
            steps: Vec::new(),
            notices: Vec::new(),
            channel_status: None,
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

    /// Waits for something that may take longer than the lease, and keeps the delivery meanwhile.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    async fn holding<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        let pause = Duration::from_millis(u64::try_from(self.shared.timing.lease_ms / 3).unwrap_or(0));
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(pause) => {}
            }
            self.standing.wake_at = Some(self.now_ms() + self.shared.timing.lease_ms);
            self.write().await?;
        }
    }

    /// Readies job and secrets, once.
    ///
    /// # Errors
    /// Outer: the delivery is not ours any more. Inner: a file cannot be readied or the access cannot be opened.
    pub async fn ready(&mut self) -> Result<Result<(), Fault>, End> {
        if self.job.is_none() {
            let (shared, claimed) = (self.shared.clone(), self.claimed.clone());
            self.secrets = match job::secrets(&shared, &claimed) {
                Ok(secrets) => secrets,
                Err(fault) => return Ok(Err(fault)),
            };
            match self.holding(job::build(&shared, &claimed)).await? {
                Ok(job) => self.job = Some(job),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        Ok(Ok(()))
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
        };
        match delivery::step(self.standing.state, event, &ctx) {
            Ok(done) => {
                self.standing.state = done.state;
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

    /// Takes a place in the channel's line.
    pub fn line_up(&mut self) {
        if self.place.is_none() {
            self.place = Some(self.shared.lanes.line_up(self.claimed.channel_id, self.due_at(), self.claimed.id));
        }
    }

    /// Whether it is the next on its channel.
    pub fn leads_lane(&self) -> bool {
        self.place.as_ref().is_some_and(Place::leads)
    }

    /// Waits for its turn on the channel.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn enter_lane(&mut self) -> Result<(), End> {
        self.line_up();
        if let Some(mut place) = self.place.take() {
            let entered = async move {
                place.enter().await;
                place
            };
            self.place = Some(self.holding(entered).await?);
        }
        Ok(())
    }

    /// Notes that the intent was stored: it is under way on the channel.
    pub fn passed_point_of_no_return(&mut self) {
        self.version += 1;
        self.intent_open = true;
        self.holds_lane = true;
    }

    /// Notes what became of an intent, to be written with the next change.
    pub fn close_intent(&mut self, outcome: Outcome) {
        self.intent_open = outcome.outcome.is_none();
        self.outcomes.push(outcome);
    }

    /// Ends the attempt before this one in History if its worker did not: once the intent is stored, the delivery knows this one alone.
    ///
    /// # Errors
    /// As [`Run::write`].
    pub async fn close_lost_attempt(&mut self) -> Result<(), End> {
        if self.lost_attempt.is_none() {
            return Ok(());
        }
        self.standing.wake_at = Some(self.now_ms() + self.shared.timing.lease_ms);
        self.write().await
    }

    /// Under which attempt a call stands whose worker died: its own.
    pub fn attempt_of_lost_call(&self) -> AttemptId {
        self.lost_attempt.unwrap_or(self.attempt.attempt_id)
    }

    /// Adds a line of History, to be written with the next change.
    pub fn record(&mut self, step: StepRecord) {
        self.steps.push(step);
    }

    /// A line of History that begins now.
    pub fn line(&self, label: &str, kind: &'static str) -> StepRecord {
        let now_ms = self.now_ms();
        StepRecord {
            step_id: StepId::new(now_ms, self.shared.entropy.ten()),
            attempt_id: self.attempt.attempt_id.to_string(),
            label: label.to_owned(),
            kind,
            started_at: now_ms,
            ended_at: None,
            http_status: None,
            outcome: String::new(),
            detail: String::new(),
        }
    }

    /// Tells the author, with the next change. The text goes on from the name of the post's channel.
    pub fn tell(&mut self, kind: &'static str, text: &str) {
        if mutant::on(Mutant::SilentFailure) {
            return;
        }
        let title = postrider_core::text::render::headline(&self.claimed.content);
        self.notices.push(Notice {
            notification_id: NotificationId::new(self.now_ms(), self.shared.entropy.ten()),
            kind,
            text: format!("“{title}” on {} {text}", self.claimed.channel_name),
        });
    }

    /// Notes a network's definite verdict on the channel, with the next change.
    pub fn judge_channel(&mut self, status: &'static str, reason: String) {
        self.channel_status = Some((status, reason));
    }

    /// Sends a repeatable call and stores what it taught.
    ///
    /// # Errors
    /// Outer: the delivery is not ours any more. Inner: what went wrong, by the adapter's table.
    pub async fn call(&mut self, request: Request) -> Result<Result<(), Fault>, End> {
        let share = self.share(&request);
        // A place among the calls may take longer to get than the lease is long.
        let _permit = match self.holding(share.acquire_owned()).await? {
            Ok(permit) => permit,
            Err(_) => return Ok(Err(unreachable_network(&self.claimed, "shutting down"))),
        };
        if request.budget_ms > CALL_BUDGET_MS {
            // A long upload outlives the lease: it is extended before, so that nobody takes the delivery up meanwhile.
            let until = self.now_ms() + i64::try_from(request.budget_ms).unwrap_or(i64::MAX / 2) + self.shared.timing.lease_ms;
            self.standing.wake_at = Some(until);
            self.write().await?;
        }
        let mut line = self.line(&request.label, "call");
        let sent = self.shared.transport.send(&request, &self.secrets, Manner::Safe).await;
        line.ended_at = Some(self.now_ms());
        let result = match sent {
            Sent::Answered(answer) => {
                line.http_status = Some(i64::from(answer.status));
                self.absorb(&answer).map(|_| ())
            }
            // Repeating it does no harm: lost is as good as not sent.
            Sent::NotSent(why) | Sent::Lost(why) => Err(unreachable_network(&self.claimed, &why)),
        };
        match &result {
            Ok(()) => "ok".clone_into(&mut line.outcome),
            Err(fault) => {
                "refused".clone_into(&mut line.outcome);
                line.detail = clipped(&fault.message);
            }
        }
        self.record(line);
        if result.is_ok() {
            let now_ms = self.now_ms();
            // Not at each answer: a round of good calls that ends in the same refusal would go on for ever.
            if self.standing.retry_since.is_some_and(|since| now_ms - since > OUTAGE_SPAN_MS) {
                self.standing.retries = 0;
                self.standing.retry_since = None;
            }
            // What was only read can be read again: it is stored with the next write, unless the lease would not last for another
            // call and the wait before it.
            let lease_ms = self.shared.timing.lease_ms;
            let fresh = self.standing.wake_at.is_some_and(|end| end - now_ms > lease_ms * 5 / 6);
            if request.method != Method::Get || !fresh {
                self.standing.wake_at = Some(now_ms + lease_ms);
                self.write().await?;
            }
        }
        Ok(result)
    }

    /// The network's share that a call is made within.
    fn share(&self, request: &Request) -> Arc<Semaphore> {
        let bulkhead = self.shared.bulkhead(self.claimed.network);
        let upload = matches!(request.body, Body::Asset(_) | Body::Multipart { .. });
        if upload { bulkhead.uploads } else { bulkhead.calls }
    }

    /// Sends a call within the network's share.
    pub async fn send(&self, request: &Request, manner: Manner) -> Sent {
        let Ok(_permit) = self.share(request).acquire_owned().await else {
            return Sent::NotSent("shutting down".to_owned());
        };
        self.shared.transport.send(request, &self.secrets, manner).await
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

    /// Gives up what was uploaded ahead of time: it is put on the list of what is to be removed at the network with the next
    /// change, and the adapter remembers nothing any more.
    pub fn discard_staged(&mut self) {
        if self.committed() {
            return;
        }
        let staged = std::mem::take(&mut self.progress);
        let nothing_to_remove = self.job.as_ref().is_some_and(|job| self.adapter.discard(job, &staged).is_empty());
        if !staged.0.is_null() && !nothing_to_remove {
            self.leftover = serde_json::to_string(&staged).ok();
        }
    }

    /// Stores everything decided so far; the run goes on.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn write(&mut self) -> Result<(), End> {
        self.standing.progress = if self.progress.0.is_null() {
            None
        } else {
            serde_json::to_string(&self.progress).ok()
        };
        let runs_on = !self.untried && self.attempt.ended_at.is_none();
        self.standing.attempt_id = runs_on.then(|| self.attempt.attempt_id.to_string());
        let lost_attempt = self.lost_attempt.take().map(|attempt_id| AttemptRecord {
            attempt_id,
            started_at: attempt_id.made_at_ms(),
            ended_at: Some(self.now_ms()),
            outcome: Some(LOST),
        });
        let frees_lane = std::mem::take(&mut self.holds_lane);
        let change = Change {
            delivery_id: self.claimed.id,
            channel_id: self.claimed.channel_id,
            epoch: self.claimed.epoch,
            version: self.version,
            standing: self.standing.clone(),
            intent_open: self.intent_open,
            frees_lane,
            outcomes: std::mem::take(&mut self.outcomes),
            steps: std::mem::take(&mut self.steps),
            attempt: (!self.untried).then(|| self.attempt.clone()),
            lost_attempt,
            notices: std::mem::take(&mut self.notices),
            channel_status: self.channel_status.take(),
            leftover: self.leftover.take(),
        };
        let (told, judged) = (!change.notices.is_empty(), change.channel_status.is_some());
        let stored = self.shared.writer.change(change);
        if frees_lane {
            // The next on the channel may hand in its promise for the same group: it holds only if this is stored before it.
            self.leave_lane();
        }
        match stored.await {
            Ok(Applied::Stored) => {
                self.version += 1;
                self.recorded |= !self.untried;
                self.hint(told, judged);
                Ok(())
            }
            Ok(Applied::Refused) => Err(End::NotOurs),
            Err(_) => Err(End::NotStored),
        }
    }

    /// Leaves the channel's line: the next in it may commit.
    pub fn leave_lane(&mut self) {
        self.place = None;
    }

    /// Steps back; without a trace in History where nothing was tried in this run. The delivery comes back at the instant (UTC milliseconds).
    ///
    /// # Errors
    /// As [`Run::write`].
    pub async fn step_back_until(&mut self, until_ms: i64) -> Result<(), End> {
        self.untried = !self.recorded && self.steps.is_empty();
        self.pause_until(until_ms).await
    }

    /// Stores a wait: the delivery comes back at the instant (UTC milliseconds).
    ///
    /// # Errors
    /// As [`Run::write`].
    pub async fn pause_until(&mut self, until_ms: i64) -> Result<(), End> {
        self.goes_on = false;
        let forgotten = mutant::on(Mutant::ForgetDoubt) && self.standing.state == State::InDoubt;
        self.standing.wake_at = (!forgotten).then_some(until_ms);
        self.attempt.ended_at = Some(self.now_ms());
        self.attempt.outcome = Some(self.standing.state.key());
        let written = self.write().await;
        self.leave_lane();
        self.shared.wake.notify_one();
        written
    }

    /// Stores the end: nothing more is done by itself.
    ///
    /// # Errors
    /// As [`Run::write`].
    pub async fn end(&mut self) -> Result<(), End> {
        self.goes_on = false;
        self.standing.wake_at = None;
        self.attempt.ended_at = Some(self.now_ms());
        self.attempt.outcome = Some(self.standing.state.key());
        let written = self.write().await;
        self.leave_lane();
        written
    }

    /// Stores that there is nothing to do.
    ///
    /// # Errors
    /// As [`Run::write`].
    pub async fn sleep(&mut self) -> Result<(), End> {
        self.end().await
    }

    fn hint(&self, told: bool, judged: bool) {
        let hint = |kind: &'static str, id: String, version: i64| Hint {
            kind,
            id,
            version,
            organization_id: self.claimed.organization_id,
            project_id: Some(self.claimed.project_id),
        };
        self.shared.events.send(hint("delivery", self.claimed.id.to_string(), self.version));
        self.shared
            .events
            .send(hint("post", self.claimed.post_id.to_string(), self.version));
        if told {
            self.shared
                .events
                .send(hint("notification", self.claimed.id.to_string(), self.version));
        }
        if judged {
            self.shared
                .events
                .send(hint("channel", self.claimed.channel_id.to_string(), self.version));
        }
    }
}

/// A text short enough for History.
pub fn clipped(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).collect()
}

/// The network could not be reached.
pub fn unreachable_network(claimed: &Claimed, why: &str) -> Fault {
    Fault::stop(
        FailureKind::Outage,
        "network.unreachable",
        format!("{} could not be reached: {why}.", claimed.network.name()),
        "Nothing to do: it is tried again by itself for half an hour.",
    )
    .next(Next::Repeat { at_ms: None })
}
