//! What people do, and what they were told: the engine owes them exactly that.

use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::Network;
use postrider_core::delivery::{Event, FailureKind, Gate, Part, State};
use postrider_core::ids::{ChannelId, DeliveryId, PostId, StepId};
use postrider_core::post::{Overrides, SettingValue};
use postrider_core::rules;
use postrider_core::rules::schema::SettingKind;
use postrider_engine::entropy::Entropy;
use postrider_sandbox::Sandbox;
use postrider_store::deliveries::{self, Acting, Ask, Delivery, Moment, NewDelivery};
use postrider_store::{Db, StoreError, args, channels, posts};

use crate::known::{InForce, Known};
use crate::plan::{Deed, PlannedAct, PlannedPost};
use crate::stands::{self, standing};
use crate::template::Template;
use crate::time::{SeededEntropy, Truth};

/// People at their page.
pub struct People {
    /// Their way to the rows, which no worker's death closes.
    pub db: Db,
    /// Who they are.
    pub template: Arc<Template>,
    /// The time on the wall.
    pub truth: Arc<Truth>,
    /// Their ids.
    pub entropy: SeededEntropy,
    /// What they see at the networks.
    pub sandbox: Sandbox,
    /// What they know.
    pub known: Mutex<Vec<Known>>,
}

const LOOK: &str = "SELECT state, due_at, wake_at, failure_kind, failure_code, channel_id, unseen_why FROM deliveries WHERE id = $1";
const OPEN_PART: &str = "SELECT part FROM intents WHERE delivery_id = $1 AND outcome IS NULL";
/// How approval is given and taken back: exactly if no promise is open.
/// As with every act of a person, whoever has it in hand has it no more, and it is taken up anew.
const APPROVE: &str = "UPDATE deliveries SET gate = $2, version = version + 1, updated_at = $3,
    wake_at = CASE WHEN wake_at > $3 THEN $3 ELSE wake_at END WHERE id = $1 AND intent_open = false";

/// The first option of whatever a network asks a person to choose.
fn chosen(network: Network) -> Overrides {
    let mut overrides = Overrides::default();
    for setting in rules::of(network).settings.iter().filter(|setting| setting.required) {
        if let SettingKind::Choice { options } = setting.kind {
            let first = SettingValue::Text(options[0].value.to_owned());
            overrides.settings.insert(setting.key.to_owned(), first);
        }
    }
    overrides
}

impl People {
    fn lead_ms(&self) -> i64 {
        10 * 60_000
    }

    fn with<T>(&self, id: DeliveryId, change: impl FnOnce(&mut Known) -> T) -> Option<T> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter_mut().find(|known| known.id == id).map(change)
    }

    /// Writes a post and schedules it.
    ///
    /// # Errors
    /// If the rows do not take it.
    pub async fn schedule(&self, planned: &PlannedPost) -> Result<DeliveryId, StoreError> {
        let now_ms = self.truth.now_ms();
        let new = posts::NewPost {
            id: PostId::new(now_ms, self.entropy.ten()),
            project_id: Some(self.template.project),
            content: planned.content.clone(),
            labels: Vec::new(),
            wished_at: None,
            created_at: now_ms,
        };
        let mut tx = self.db.begin().await?;
        let post = posts::create(&mut tx, &self.template.scope, &new).await?;
        let delivery = NewDelivery {
            id: DeliveryId::new(now_ms, self.entropy.ten()),
            channel_id: planned.berth.id,
            mode: planned.mode,
            overrides: chosen(planned.berth.network),
        };
        let made = deliveries::create(&mut tx, &self.template.scope, post.id, &delivery, now_ms).await?;
        tx.commit().await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).push(Known {
            id: made.id,
            post: post.id,
            planned: planned.clone(),
            in_force: Vec::new(),
            edited_at: None,
            disconnected: false,
            gates: vec![(now_ms, Gate::None)],
            said_there: false,
            asked_at: None,
            older: None,
        });
        if planned.gate != Gate::None {
            self.approve(made.id, planned.gate).await?;
        }
        self.act(made.id, Event::Schedule, Some(planned.due_at)).await?;
        Ok(made.id)
    }

    /// Does what is planned, and says whether it was done: what the state does not take is refused, and nothing changed.
    ///
    /// # Errors
    /// If it went wrong otherwise.
    pub async fn perform(&self, act: &PlannedAct, id: DeliveryId) -> Result<bool, StoreError> {
        match self.try_to(act, id).await {
            Ok(()) => Ok(true),
            Err(StoreError::Refused(_) | StoreError::Conflict | StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn try_to(&self, act: &PlannedAct, id: DeliveryId) -> Result<(), StoreError> {
        match act.deed {
            Deed::Move(event) => {
                let due_at = matches!(event, Event::Reschedule).then_some(act.due_at);
                self.act(id, event, due_at).await?;
            }
            Deed::Approve(gate) => self.approve(id, gate).await?,
            Deed::Edit => self.edit(id).await?,
            Deed::Delete => self.delete(id).await?,
            Deed::Disconnect => self.disconnect(id).await?,
            Deed::Resolve => {
                if self.look(id).await?.is_some_and(|seen| seen.state == State::InDoubt) {
                    self.resolve(id).await?;
                }
            }
        }
        Ok(())
    }

    /// Does something; what is acknowledged is in force from now on.
    ///
    /// # Errors
    /// If it was refused: then nothing changed.
    pub async fn act(&self, id: DeliveryId, event: Event, due_at: Option<i64>) -> Result<Delivery, StoreError> {
        let now_ms = self.truth.now_ms();
        let ask = Ask {
            at: due_at.map(|due_at| Moment {
                due_at,
                local_time: None,
                zone: None,
            }),
            ..Ask::default()
        };
        let mut tx = self.db.begin().await?;
        let done = {
            let new_step = || StepId::new(now_ms, self.entropy.ten());
            let lead_ms = |_, _| self.lead_ms();
            let acting = acting(now_ms, &new_step, &lead_ms);
            deliveries::act(&mut tx, &self.template.scope, id, event, &ask, &acting).await?
        };
        tx.commit().await?;
        self.with(id, |known| {
            known.said_there |= matches!(event, Event::ResolveThere | Event::ResolvePartThere);
            let at_once = matches!(event, Event::PublishNow | Event::Retry | Event::ResolveAbsent);
            let due_at = in_force(done.state, if at_once { Some(now_ms) } else { done.due_at });
            known.in_force.push(InForce::said(now_ms, due_at));
        });
        Ok(done)
    }

    /// Looks at the account and says whether what is in doubt is there.
    ///
    /// # Errors
    /// If it was refused.
    pub async fn resolve(&self, id: DeliveryId) -> Result<(), StoreError> {
        let part = match self.db.optional(OPEN_PART, args![id]).await? {
            Some(row) => row.id("part")?,
            None => Part::Root,
        };
        let posts = standing(&self.sandbox);
        let there = self.with(id, |known| {
            let part = match part {
                Part::FirstComment => "comment".to_owned(),
                Part::Reply(number) => format!("{}p{number}", known.planned.words),
                Part::Root if !known.planned.content.thread.is_empty() => format!("{}p0", known.planned.words),
                Part::Root | Part::Thumbnail => "root".to_owned(),
            };
            stands::of(&known.planned, id, &posts).iter().any(|thing| thing.part == part)
        });
        let event = if there == Some(true) {
            Event::ResolveThere
        } else {
            Event::ResolveAbsent
        };
        self.act(id, event, None).await?;
        Ok(())
    }

    /// Is asked about a doubt, and answers.
    pub async fn asked(&self, id: DeliveryId) {
        let now_ms = self.truth.now_ms();
        self.with(id, |known| known.asked_at.get_or_insert(now_ms).to_owned());
        // Whoever was faster, it is looked at again.
        let _ = self.resolve(id).await;
    }

    async fn approve(&self, id: DeliveryId, gate: Gate) -> Result<(), StoreError> {
        let now_ms = self.truth.now_ms();
        if self.db.run(APPROVE, args![id, gate, now_ms]).await? > 0 {
            self.with(id, |known| known.gates.push((now_ms, gate)));
        }
        Ok(())
    }

    async fn edit(&self, id: DeliveryId) -> Result<(), StoreError> {
        let now_ms = self.truth.now_ms();
        let Some((post, content)) = self.with(id, |known| (known.post, known.planned.edited.clone())) else {
            return Ok(());
        };
        let version = posts::get(&self.db, &self.template.scope, post).await?.version;
        let change = posts::Change {
            content: Some(content),
            ..posts::Change::default()
        };
        let mut tx = self.db.begin().await?;
        {
            let new_step = || StepId::new(now_ms, self.entropy.ten());
            let lead_ms = |_, _| self.lead_ms();
            let acting = acting(now_ms, &new_step, &lead_ms);
            posts::edit(&mut tx, &self.template.scope, post, version, change, &acting).await?;
        }
        tx.commit().await?;
        let done = self.look(id).await?.ok_or(StoreError::NotFound)?;
        self.with(id, |known| {
            // What stands already, or is being worked on there, says what it says.
            if !matches!(done.state, State::Published | State::Drafted | State::PublishedInPart) {
                known.edited_at.get_or_insert(now_ms);
            }
            known.in_force.push(InForce::said(now_ms, in_force(done.state, done.due_at)));
        });
        Ok(())
    }

    async fn delete(&self, id: DeliveryId) -> Result<(), StoreError> {
        let now_ms = self.truth.now_ms();
        let Some(post) = self.with(id, |known| known.post) else {
            return Ok(());
        };
        let mut tx = self.db.begin().await?;
        {
            let new_step = || StepId::new(now_ms, self.entropy.ten());
            let lead_ms = |_, _| self.lead_ms();
            let acting = acting(now_ms, &new_step, &lead_ms);
            posts::delete(&mut tx, &self.template.scope, post, None, &acting).await?;
        }
        tx.commit().await?;
        let done = self.look(id).await?.ok_or(StoreError::NotFound)?;
        // What was sent already stays there, and may show only once the network has worked on it.
        if !matches!(
            done.state,
            State::Published | State::Drafted | State::PublishedInPart | State::Confirming
        ) {
            self.with(id, |known| known.in_force.push(InForce::said(now_ms, None)));
        }
        Ok(())
    }

    async fn disconnect(&self, id: DeliveryId) -> Result<(), StoreError> {
        let channel = self.look(id).await?.ok_or(StoreError::NotFound)?.channel;
        let mut tx = self.db.begin().await?;
        channels::disconnect(&mut tx, &self.template.scope, channel, self.truth.now_ms()).await?;
        tx.commit().await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter_mut()
            .filter(|known| known.planned.berth.id == channel)
            .for_each(|known| known.disconnected = true);
        Ok(())
    }

    /// What people know, and how each delivery stands: what a copy of the database made now knows.
    ///
    /// # Errors
    /// If a row cannot be read.
    pub async fn copied(&self) -> Result<Copied, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut all = Vec::new();
        for known in known {
            let seen = self.look(known.id).await?;
            all.push((known, seen));
        }
        Ok(Copied {
            at_ms: self.truth.now_ms(),
            all,
        })
    }

    /// The database is as it was copied: what people did since is undone.
    pub fn brought_back(&self, copied: &Copied) {
        let now_ms = self.truth.now_ms();
        for (then, seen) in &copied.all {
            if let Some(seen) = seen {
                self.with(then.id, |known| known.brought_back(then, seen, copied.at_ms, now_ms));
            }
        }
    }

    /// How a delivery stands, whether or not its post was thrown away; `None` if it is no more.
    ///
    /// # Errors
    /// If the row cannot be read.
    pub async fn look(&self, id: DeliveryId) -> Result<Option<Seen>, StoreError> {
        let Some(row) = self.db.optional(LOOK, args![id]).await? else {
            return Ok(None);
        };
        Ok(Some(Seen {
            state: row.id("state")?,
            due_at: row.opt_int("due_at")?,
            wake_at: row.opt_int("wake_at")?,
            failure: row.opt_id("failure_kind")?.zip(row.opt_text("failure_code")?),
            channel: row.id("channel_id")?,
            unseen: row.opt_text("unseen_why")?.is_some(),
        }))
    }
}

/// What a copy of the database knows.
pub struct Copied {
    at_ms: i64,
    all: Vec<(Known, Option<Seen>)>,
}

/// How a delivery stands.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where.
    pub state: State,
    /// Its instant, UTC milliseconds.
    pub due_at: Option<i64>,
    /// When the engine looks next, UTC milliseconds.
    pub wake_at: Option<i64>,
    /// Why it failed, where it did: kind and code.
    pub failure: Option<(FailureKind, String)>,
    /// On which channel.
    pub channel: ChannelId,
    /// Whether it had to be looked for: after a copy was brought back, or after nobody ran.
    pub unseen: bool,
}

impl Seen {
    /// Whether it failed for a kind of reason, but for codes that end so.
    pub fn failed_for(&self, kind: FailureKind, but: &str) -> bool {
        let failure = self.failure.as_ref().filter(|_| self.state == State::Failed);
        failure.is_some_and(|(of, code)| *of == kind && !code.ends_with(but))
    }
}

fn in_force(state: State, due_at: Option<i64>) -> Option<i64> {
    match state {
        State::Canceled | State::Draft => None,
        _ => due_at,
    }
}

fn acting<'a>(
    now_ms: i64,
    new_step: &'a (dyn Fn() -> StepId + Sync),
    lead_ms: &'a (dyn Fn(postrider_core::Network, postrider_core::post::ContentType) -> i64 + Sync),
) -> Acting<'a> {
    Acting {
        now_ms,
        new_step,
        lead_ms,
        within_quotas: false,
    }
}
