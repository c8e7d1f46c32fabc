//! What a run stores: its lines of History, its notices, how the delivery stands, and when it comes back.

use postrider_core::delivery::{Event, State};
use postrider_core::ids::{AttemptId, NotificationId, StepId};
use postrider_core::mutant::{self, Mutant};
use postrider_store::hot::{Applied, AttemptRecord, Change, IntentChange, LOST, NewIntent, Notice, Outcome, StepRecord};
use postrider_store::moves;

use super::{End, Run};
use crate::events::Hint;
use crate::writer::NotStored;

/// How much of an answer or an error History keeps.
const DETAIL_CHARS_MAX: usize = 300;

impl Run {
    /// Stores a promise with where the delivery stands then; refused if it is not ours any more, or the database is not the newest known.
    ///
    /// # Errors
    /// If the database does not write.
    pub async fn intend(&self, intent: NewIntent) -> Result<Applied, NotStored> {
        let known = self.shared.hold.known();
        let asked = IntentChange {
            incarnation: known.incarnation,
            beat: known.beat,
            delivery_id: self.claimed.id,
            channel_id: self.claimed.channel_id,
            epoch: self.claimed.epoch,
            version: self.version,
            post_version: self.claimed.post_version,
            standing: self.standing.clone(),
            intent,
        };
        self.shared.writer.intend(asked).await
    }

    /// Notes that the intent was stored: it is under way on the channel.
    pub fn passed_point_of_no_return(&mut self) {
        self.version += 1;
        self.intent_open = true;
        self.holds_lane = true;
        self.tell_move();
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
        let took_ms = step.http_status.and(step.ended_at).map(|ended_at| ended_at - step.started_at);
        self.shared.meters.called(self.claimed.network, step.kind, &step.outcome, took_ms);
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

    /// Gives up what was uploaded ahead of time: it is put on the list of what is to be removed at the network with the next
    /// change, and the adapter remembers nothing any more.
    pub fn discard_staged(&mut self) {
        // Another database may have published the very thing that lies there ready, and nothing of ours deletes what stands.
        if self.committed() || self.standing.unseen_from.is_some() {
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
            quotas: std::mem::take(&mut self.quotas),
            leftover: self.leftover.take(),
        };
        let (told, judged) = (!change.notices.is_empty(), change.channel_status.is_some());
        let stored = self.shared.writer.change(change);
        if frees_lane {
            // The next on the channel may hand in its promise for the same group: it holds only if this is stored before it.
            self.leave_lane();
        }
        let stored = stored.await;
        if frees_lane {
            self.shared.bell.left_lane(self.claimed.channel_id);
        }
        match stored {
            Ok(Applied::Stored) => {
                self.version += 1;
                self.recorded |= !self.untried;
                if let (false, Some(_), Some(outcome)) = (self.untried, self.attempt.ended_at, self.attempt.outcome) {
                    self.shared.meters.attempt(self.claimed.network, outcome);
                }
                self.tell_move();
                self.hint(told, judged);
                Ok(())
            }
            Ok(Applied::Refused) => Err(End::NotOurs),
            Err(_) => Err(End::NotStored),
        }
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
        self.leave_findings();
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

    /// Says in the log that the delivery was moved, once that is stored.
    fn tell_move(&mut self) {
        let (from, to) = (self.told_state, self.standing.state);
        let event = self.moved_by.take();
        if from == to {
            return;
        }
        self.told_state = to;
        self.shared.meters.moved(self.claimed.network, to.key());
        tracing::info!(
            target: moves::TARGET,
            delivery = %self.claimed.id,
            channel = %self.claimed.channel_id,
            network = %self.claimed.network,
            %from,
            %to,
            event = event.map_or("", Event::key),
            attempt = %self.attempt.attempt_id,
            lateness_ms = self.standing.lateness_ms,
            failure = self.standing.failure_code.as_deref(),
            "delivery moved"
        );
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
