//! What people do, and what they were told: the engine owes them exactly that.

use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::delivery::{Event, State};
use postrider_core::ids::{DeliveryId, PostId, StepId};
use postrider_core::post::Overrides;
use postrider_engine::entropy::Entropy;
use postrider_store::deliveries::{self, Acting, Ask, Delivery, Moment, NewDelivery};
use postrider_store::{Db, StoreError, posts};

use crate::plan::PlannedPost;
use crate::template::Template;
use crate::time::{SeededEntropy, Truth};

/// What was in force of a delivery from a moment on, as people were told.
#[derive(Debug, Clone, Copy)]
pub struct InForce {
    /// From when, UTC milliseconds.
    pub from_ms: i64,
    /// Its instant; `None` if it is not to go out.
    pub due_at: Option<i64>,
}

/// What people know of one delivery.
#[derive(Debug)]
pub struct Known {
    /// Which.
    pub id: DeliveryId,
    /// As it was planned.
    pub planned: PlannedPost,
    /// What was acknowledged, oldest first.
    pub in_force: Vec<InForce>,
    /// Whether a person said that it is there: of equal posts nobody can tell which one stands.
    pub said_there: bool,
}

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
    /// What they know.
    pub known: Mutex<Vec<Known>>,
}

impl People {
    fn lead_ms(&self) -> i64 {
        10 * 60_000
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
            overrides: Overrides::default(),
        };
        let made = deliveries::create(&mut tx, &self.template.scope, post.id, &delivery, now_ms).await?;
        tx.commit().await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).push(Known {
            id: made.id,
            planned: planned.clone(),
            in_force: Vec::new(),
            said_there: false,
        });
        self.act(made.id, Event::Schedule, Some(planned.due_at)).await?;
        Ok(made.id)
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
        let new_step = || StepId::new(now_ms, self.entropy.ten());
        let lead_ms = |_, _| self.lead_ms();
        let acting = Acting {
            now_ms,
            new_step: &new_step,
            lead_ms: &lead_ms,
            hour: None,
        };
        let mut tx = self.db.begin().await?;
        let done = deliveries::act(&mut tx, &self.template.scope, id, event, &ask, &acting).await?;
        tx.commit().await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter_mut().find(|known| known.id == id) {
            known.said_there |= matches!(event, Event::ResolveThere | Event::ResolvePartThere);
            known.in_force.push(InForce {
                from_ms: now_ms,
                due_at: match done.state {
                    State::Canceled | State::Draft => None,
                    _ if matches!(event, Event::PublishNow | Event::Retry | Event::ResolveAbsent) => Some(now_ms),
                    _ => done.due_at,
                },
            });
        }
        Ok(done)
    }

    /// A delivery as the page shows it.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub async fn look(&self, id: DeliveryId) -> Result<Delivery, StoreError> {
        deliveries::get(&self.db, &self.template.scope, id).await
    }
}
