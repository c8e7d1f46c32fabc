//! What the store needs to act on deliveries: the clock, ids, leads and the hour's bound.

use postrider_core::Network;
use postrider_core::delivery::{Context, Event, Refusal, Transition, step};
use postrider_core::ids::StepId;
use postrider_core::post::{ContentType, Mode};
use postrider_store::StoreError;
use postrider_store::audit::{self, Entry};
use postrider_store::deliveries::{self, Acting, Ask, Delivery};
use postrider_store::scope::Scope;

use crate::state::AppState;
use crate::trail;

type NewStep = Box<dyn Fn() -> StepId + Send + Sync>;
type Lead = Box<dyn Fn(Network, ContentType) -> i64 + Send + Sync>;

/// Keeps what [`Acting`] borrows.
pub struct Hands {
    now_ms: i64,
    new_step: NewStep,
    lead_ms: Lead,
}

impl Hands {
    /// For one request.
    pub fn of(state: &AppState) -> Self {
        let now_ms = state.now_ms();
        let shared = state.engine.shared().clone();
        let registry = shared.registry.clone();
        Hands {
            now_ms,
            new_step: Box::new(move || StepId::new(now_ms, shared.entropy.ten())),
            lead_ms: Box::new(move |network, kind| registry.of(network).map_or(0, |adapter| (adapter.capability().lead_ms)(kind))),
        }
    }

    /// What the store takes.
    pub fn acting(&self) -> Acting<'_> {
        Acting {
            now_ms: self.now_ms,
            new_step: &*self.new_step,
            lead_ms: &*self.lead_ms,
            within_quotas: true,
        }
    }
}

/// Does one thing to one delivery, and tells audit log, screens and engine.
///
/// # Errors
/// What the store refuses.
pub async fn act(
    state: &AppState,
    scope: &Scope,
    delivery: &Delivery,
    event: Event,
    ask: &Ask,
    told: &Entry,
) -> Result<Delivery, StoreError> {
    let hands = Hands::of(state);
    let mut tx = state.db().begin().await?;
    let done = deliveries::act(&mut tx, scope, delivery.id, event, ask, &hands.acting()).await?;
    audit::record(&mut tx, told).await?;
    tx.commit().await?;
    state.engine.wake();
    trail::delivery_changed(state, &done);
    Ok(done)
}

/// What an event would do to a delivery as it stands now.
///
/// # Errors
/// Why it cannot happen.
pub fn would(delivery: &Delivery, event: Event, now_ms: i64) -> Result<Transition, Refusal> {
    let context = Context {
        now_ms,
        due_at_ms: delivery.due_at,
        gate: delivery.gate,
        draft_mode: delivery.mode == Mode::Draft,
        catch_up_ms: 0,
        intent_open: delivery.past_recall(),
        unseen: delivery.looked_for(),
    };
    step(delivery.state, event, &context)
}
