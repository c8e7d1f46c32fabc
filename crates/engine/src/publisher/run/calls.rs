//! What a run waits for: its files and secrets, its turn on the channel, and the network.

use std::pin::pin;
use std::time::Duration;

use postrider_core::breaker::Leave;
use postrider_core::delivery::{FailureKind, State};
use postrider_core::retry::OUTAGE_SPAN_MS;
use postrider_provider::{Body, CALL_BUDGET_MS, Fault, Manner, Method, Next, Request, Sent};
use postrider_store::hot::Claimed;

use super::store::clipped;
use super::{End, Run};
use crate::bulkheads::Places;
use crate::job;
use crate::lanes::Place;

impl Run {
    /// Waits for something that may take longer than the lease, and keeps the delivery meanwhile.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn holding<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
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
        let place = self.place.take();
        self.place = self.entered(place).await?;
        Ok(())
    }

    /// Waits until those with an earlier instant that are looked for on the channel have stored what was found, if this one stands among them.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn await_findings(&mut self) -> Result<(), End> {
        let place = self.finding.take();
        self.finding = self.entered(place).await?;
        Ok(())
    }

    async fn entered(&mut self, place: Option<Place>) -> Result<Option<Place>, End> {
        let Some(mut place) = place else { return Ok(None) };
        let entered = async move {
            place.enter().await;
            place
        };
        self.holding(entered).await.map(Some)
    }

    /// Leaves the line of those that are looked for: nothing is to be found.
    pub fn leave_findings(&mut self) {
        self.finding = None;
    }

    /// Steps back while the network is left alone because it does not work, and says whether it does: then the run has ended. Such a wait
    /// is an outage like any other, but no try of it; whoever waited for as long as outages are waited for is let through, so that
    /// nothing fails without having been asked for.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn kept_away(&mut self, url: &str) -> Result<bool, End> {
        let now_ms = self.now_ms();
        let since_ms = self.standing.retry_since.unwrap_or(now_ms);
        if now_ms - since_ms >= OUTAGE_SPAN_MS {
            return Ok(false);
        }
        let Leave::Wait { until_ms } = self.shared.breakers.leave(self.claimed.network, url, now_ms) else {
            return Ok(false);
        };
        let ahead_of_instant = matches!(self.standing.state, State::Scheduled | State::Staging | State::Staged);
        let until_ms = if ahead_of_instant {
            until_ms.min(self.due_at())
        } else {
            self.standing.retry_since = Some(since_ms);
            until_ms.min(since_ms + OUTAGE_SPAN_MS)
        };
        self.step_back_until(until_ms).await?;
        Ok(true)
    }

    /// Sends a repeatable call and stores what it taught. Where the network is left alone, nothing is sent and the run has ended.
    ///
    /// # Errors
    /// Outer: the delivery is not ours any more. Inner: what went wrong, by the adapter's table.
    pub async fn call(&mut self, request: Request) -> Result<Result<(), Fault>, End> {
        let Some(_places) = self.places_held(&request).await? else {
            return Ok(Err(unreachable_network(&self.claimed, "shutting down")));
        };
        if self.kept_away(&request.url).await? {
            return Ok(Ok(()));
        }
        if request.budget_ms > CALL_BUDGET_MS {
            // A long upload outlives the lease: it is extended before, so that nobody takes the delivery up meanwhile.
            let until = self.now_ms() + i64::try_from(request.budget_ms).unwrap_or(i64::MAX / 2) + self.shared.timing.lease_ms;
            self.standing.wake_at = Some(until);
            self.write().await?;
        }
        let mut line = self.line(&request.label, "call");
        let sent = self.ask(&request, Manner::Safe).await;
        line.ended_at = Some(self.now_ms());
        let result = match sent {
            Sent::Answered(answer) => {
                self.shared.hold.note_date(self.claimed.network, &answer);
                line.http_status = Some(i64::from(answer.status));
                self.note_quotas(&answer);
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
            // Not at each answer once there was a refusal: a round of good calls that ends in the same one would go on for ever.
            if self.standing.retries == 0 || self.standing.retry_since.is_some_and(|since| now_ms - since > OUTAGE_SPAN_MS) {
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

    /// Waits for the places that a call is made within, which may take longer than the lease, and keeps the delivery meanwhile.
    ///
    /// # Errors
    /// If the delivery is not ours any more or the database does not write.
    pub async fn places_held(&mut self, request: &Request) -> Result<Option<Places>, End> {
        let places = self.places(request);
        self.holding(places).await
    }

    fn places(&self, request: &Request) -> impl Future<Output = Option<Places>> + use<> {
        let upload = matches!(request.body, Body::Asset(_) | Body::Multipart { .. });
        self.shared
            .bulkheads
            .places(self.claimed.network, &request.url, self.claimed.channel_id, upload)
    }

    /// Sends a call, for which places are held. The network's breaker learns from it.
    pub async fn ask(&self, request: &Request, manner: Manner) -> Sent {
        let mut sent = self.shared.transport.send(request, &self.secrets, manner).await;
        if let Sent::Answered(answer) = &mut sent {
            // What the adapter counts from it goes by the engine's clock, whatever becomes of the machine's meanwhile.
            answer.at_ms = self.now_ms();
        }
        self.shared.breakers.learn(self.claimed.network, &request.url, &sent, self.now_ms());
        sent
    }

    /// Sends a call that looks for a post, whether or not the network is left alone: it is asked seldom enough, and somebody waits for
    /// the answer.
    pub async fn look(&self, request: &Request, manner: Manner) -> Sent {
        let Some(_places) = self.places(request).await else {
            return Sent::NotSent("shutting down".to_owned());
        };
        let sent = self.ask(request, manner).await;
        if let Sent::Answered(answer) = &sent {
            self.shared.hold.note_date(self.claimed.network, answer);
        }
        sent
    }

    /// Leaves the channel's line: the next in it may commit.
    pub fn leave_lane(&mut self) {
        self.place = None;
    }
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
