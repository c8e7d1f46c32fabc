//! What people do to a delivery. The core decides, this writes it: state, wake-up and what goes with them, in one statement
//! that succeeds only if the delivery still stands as it was read.

use postrider_core::Network;
use postrider_core::delivery::{Context, Effect, Event, Part, Refusal, State, step};
use postrider_core::ids::{DeliveryId, StepId};
use postrider_core::mutant::{self, Mutant};
use postrider_core::post::{Content, ContentType, Mode};

use super::{Delivery, hold};
use crate::args;
use crate::db::{Kind, Tx};
use crate::error::{Bound, Result, StoreError};
use crate::moves::Move;
use crate::quota_use::OneMore;
use crate::record::statements;
use crate::scope::Scope;
use crate::{channels, discards, media_addresses, plans, pulse, quota_use};

/// An instant with what was typed for it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// UTC milliseconds.
    pub due_at: i64,
    /// What was typed, such as `2026-11-24T09:30`.
    pub local_time: Option<String>,
    /// The zone of what was typed.
    pub zone: Option<String>,
}

/// What an act brings along.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The instant, for giving or changing one.
    pub at: Option<Moment>,
    /// The version that the person saw; another one by now is a conflict.
    pub expected_version: Option<i64>,
    /// The network's id, for saying that it is there.
    pub external_id: Option<String>,
    /// Where it stands, for saying that it is there.
    pub permalink: Option<String>,
    /// For History, in words.
    pub detail: String,
}

/// What acts need from outside, since this crate has no clock, no randomness and no rules.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Makes the id of a line of History.
    pub new_step: &'a (dyn Fn() -> StepId + Sync),
    /// How long before its instant a delivery is staged, milliseconds.
    pub lead_ms: &'a (dyn Fn(Network, ContentType) -> i64 + Sync),
    /// Whether what finds no room in a quota is refused.
    pub within_quotas: bool,
}

statements! {
    PROJECT = "SELECT catch_up_ms FROM projects WHERE id = $1";
    COMMITTED = "SELECT id FROM intents WHERE delivery_id = $1 AND outcome IN ('committed', 'person_there') LIMIT 1";
    RESOLVE = "UPDATE intents SET outcome = $2, decided_at = $3, external_id = COALESCE($4, external_id),
        permalink = COALESCE($5, permalink) WHERE delivery_id = $1 AND outcome IS NULL RETURNING send_by, settle_ms, resent_at, looks";
    LAST_INTENT = "SELECT send_by, settle_ms, resent_at, looks FROM intents WHERE delivery_id = $1 ORDER BY id DESC LIMIT 1";
    OPEN_PART = "SELECT i.part, p.content FROM intents i JOIN deliveries d ON d.id = i.delivery_id JOIN posts p ON p.id = d.post_id
        WHERE i.delivery_id = $1 AND i.outcome IS NULL ORDER BY i.id DESC LIMIT 1";
    END_ATTEMPT = "UPDATE attempts SET ended_at = $3, outcome = $4 WHERE delivery_id = $1 AND id = $2 AND ended_at IS NULL";
    STEP = "INSERT INTO steps (id, delivery_id, attempt_id, label, kind, started_at, ended_at, outcome, detail)
        VALUES ($1, $2, $3, $4, 'person', $5, $5, $6, $7)";
    WISH = "UPDATE posts SET wished_at = COALESCE(wished_at, $2) WHERE id = $1";
    WAITING = "SELECT id FROM deliveries WHERE post_id = $1 AND state IN ('scheduled', 'staging', 'staged', 'deferred') LIMIT 1";
    POST_VERSION = "SELECT version FROM posts WHERE id = $1";
    WRITE = "UPDATE deliveries SET state = $5, version = version + 1, due_at = $6, local_time = $7, zone = $8, wake_at = $9,
        generation = $10, attempt_id = $11, updated_at = $12, intent_open = $13,
        progress = CASE WHEN $14 THEN progress ELSE NULL END,
        published_version = CASE WHEN $15 THEN COALESCE(published_version, $16) ELSE NULL END,
        external_id = CASE WHEN $15 THEN COALESCE($17, external_id) ELSE NULL END,
        permalink = CASE WHEN $15 THEN COALESCE($18, permalink) ELSE NULL END,
        first_commit_at = CASE WHEN $15 THEN first_commit_at ELSE NULL END,
        lateness_ms = CASE WHEN $15 THEN lateness_ms ELSE NULL END,
        warning = CASE WHEN $15 THEN warning ELSE NULL END,
        kept_private = NULL, failure_kind = NULL, failure_code = NULL, failure_message = NULL, failure_remedy = NULL,
        missed_why = NULL, deferred_until = NULL, waits_for_person = FALSE, processing_since = NULL, retries = 0, retry_since = NULL,
        renewed = FALSE, unseen_from = CASE WHEN $19 THEN NULL ELSE unseen_from END,
        asked_at = CASE WHEN $20 THEN $12 ELSE asked_at END
        WHERE id = $1 AND state = $2 AND version = $3 AND intent_open = $4 RETURNING *";
}

/// How long a repeated call may be under way, milliseconds: the budget of a commit call.
const RESEND_BUDGET_MS: i64 = 30_000;

const fn label(event: Event) -> &'static str {
    match event {
        Event::Schedule => "schedule",
        Event::Unschedule => "unschedule",
        Event::Reschedule => "reschedule",
        Event::PublishNow => "publish_now",
        Event::Cancel => "cancel",
        Event::Edit => "edit",
        Event::Retry => "retry",
        Event::ResolveThere | Event::ResolvePartThere => "resolve_there",
        Event::ResolveAbsent => "resolve_absent",
        Event::MarkPosted => "mark_posted",
        // A worker's events are written by the hot path; a person can ask for none of them.
        _ => "worker",
    }
}

/// The channel before the delivery, as a promise locks them: else the two wait for each other until the database ends one of them.
pub(crate) const LOCK_CHANNEL: &str = "SELECT c.id FROM channels c JOIN deliveries d ON d.channel_id = c.id WHERE d.id = $1
    FOR NO KEY UPDATE OF c";

/// Whether [`admit`] may be asked, which holds the channel.
const fn may_admit(event: Event) -> bool {
    matches!(
        event,
        Event::Schedule | Event::Reschedule | Event::PublishNow | Event::Retry | Event::ResolveAbsent
    )
}

/// Does to a delivery what a person asks.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see it; [`StoreError::Refused`] if its state does not take the event or its
/// commit is on its way; [`StoreError::Conflict`] if it has another version than expected, or its channel is disconnected;
/// [`StoreError::Bound`] if the plan forbids it; [`StoreError::WindowFull`] if a quota is used up,
/// [`StoreError::QuotaClosed`] if it has no places at all;
/// [`StoreError::Taken`] (`external_id`) if another delivery is known to be that post; [`StoreError::Db`].
pub async fn act(tx: &mut Tx, scope: &Scope, id: DeliveryId, event: Event, ask: &Ask, acting: &Acting<'_>) -> Result<Delivery> {
    if tx.kind() == Kind::Postgres && may_admit(event) {
        tx.all(LOCK_CHANNEL, args![id]).await?;
    }
    let delivery = hold(tx, scope, id).await?;
    if ask.expected_version.is_some_and(|version| version != delivery.version) {
        return Err(StoreError::Conflict);
    }
    apply(tx, scope, &delivery, event, ask, acting).await
}

/// As [`act`], for a delivery that the transaction holds.
pub(super) async fn apply(
    tx: &mut Tx,
    scope: &Scope,
    delivery: &Delivery,
    event: Event,
    ask: &Ask,
    acting: &Acting<'_>,
) -> Result<Delivery> {
    if label(event) == "worker" {
        return Err(StoreError::Conflict);
    }
    let now_ms = acting.now_ms;
    let open = open_part(tx, delivery).await?;
    let event = match (event, &open) {
        (Event::ResolveThere, Some(open)) if open.more_follow => Event::ResolvePartThere,
        _ => event,
    };
    // Parts that stand at the network already: what is known of them must not be forgotten, or they would go out again.
    let partly_there = delivery.state == State::PublishedInPart || tx.optional(COMMITTED, args![delivery.id]).await?.is_some();
    let due_at = ask.at.as_ref().map(|moment| moment.due_at).or(delivery.due_at);
    let context = Context {
        now_ms,
        due_at_ms: due_at,
        gate: delivery.gate,
        draft_mode: delivery.mode == Mode::Draft,
        catch_up_ms: tx.one(PROJECT, args![delivery.project_id]).await?.int("catch_up_ms")?,
        intent_open: delivery.past_recall() && !mutant::on(Mutant::CancelAfterIntent),
        unseen: delivery.looked_for() || delivery.wake_at.is_some() && pulse::holds(tx, delivery.created_at).await?,
    };
    let decided = step(delivery.state, event, &context)?;
    let has = |effect: Effect| decided.effects.contains(&effect);

    let moment = moment_of(delivery, event, decided.state, ask, now_ms);
    if has(Effect::WakeForStaging) && moment.as_ref().is_none_or(|moment| moment.due_at <= 0) {
        return Err(StoreError::Conflict);
    }
    let goes_out = matches!(decided.state, State::Scheduled | State::Publishing) && !matches!(event, Event::Edit | Event::ResolvePartThere);
    // What is not accepted takes no place: its worker misses it.
    if goes_out && (event != Event::ResolveAbsent || delivery.gate.open()) {
        admit(tx, scope, delivery, event, moment.as_ref().map_or(now_ms, |m| m.due_at), acting).await?;
    }

    settle(tx, delivery, event, ask, now_ms).await?;
    let erase_progress = has(Effect::DiscardStaged) || (has(Effect::NewGeneration) && !partly_there);
    if erase_progress {
        // What a person believes to be absent may stand all the same, and nothing of ours deletes what stands.
        if event != Event::ResolveAbsent && delivery.unseen_from.is_none() {
            discards::add(tx, delivery.id, now_ms).await?;
        }
        media_addresses::revoke_of_delivery(tx, delivery.id, now_ms).await?;
    }
    let wake_at = if has(Effect::WakeForStaging) && delivery.unseen_from.is_some() {
        // It is looked for at once, so that it can be changed again.
        Some(now_ms)
    } else if has(Effect::WakeForStaging) {
        moment
            .as_ref()
            .map(|moment| moment.due_at - (acting.lead_ms)(delivery.network, delivery.content_type))
    } else if has(Effect::WakeNow) {
        Some(now_ms)
    } else if has(Effect::Sleep) {
        None
    } else {
        delivery.wake_at
    };
    if decided.state == State::Draft && delivery.state != State::Draft && delivery.due_at.is_some() {
        tx.run(WISH, args![delivery.post_id, delivery.due_at]).await?;
    }
    let ends_run = decided.state != delivery.state || has(Effect::DiscardStaged) || has(Effect::NewGeneration);
    if let (true, Some(attempt)) = (ends_run, delivery.attempt_id) {
        tx.run(END_ATTEMPT, args![delivery.id, attempt, now_ms, decided.state]).await?;
    }
    let stands = matches!(decided.state, State::Published | State::Drafted);
    let post_version = if stands {
        Some(tx.one(POST_VERSION, args![delivery.post_id]).await?.int("version")?)
    } else {
        None
    };
    // An answer or a comment has an id of its own, which is not the post's.
    let (external_id, permalink) = if open.is_none_or(|open| open.part == Part::Root) {
        (ask.external_id.clone(), ask.permalink.clone())
    } else {
        (None, None)
    };
    let values = args![
        delivery.id,
        delivery.state,
        delivery.version,
        delivery.intent_open,
        decided.state,
        moment.as_ref().map(|moment| moment.due_at),
        moment.as_ref().and_then(|moment| moment.local_time.clone()),
        moment.as_ref().and_then(|moment| moment.zone.clone()),
        wake_at,
        delivery.generation + i64::from(has(Effect::NewGeneration)),
        if ends_run { None } else { delivery.attempt_id },
        now_ms,
        delivery.intent_open && !matches!(event, Event::ResolveThere | Event::ResolveAbsent),
        !erase_progress,
        stands || partly_there,
        post_version,
        external_id,
        permalink,
        // A person has looked.
        event == Event::ResolveAbsent,
        goes_out,
    ];
    let row = tx.optional(WRITE, values).await?.ok_or(StoreError::Conflict)?;
    tx.moved(Move {
        delivery: delivery.id,
        channel: delivery.channel_id,
        network: delivery.network,
        from: delivery.state,
        to: decided.state,
        event: label(event),
    });
    let attempt = delivery.attempt_id.map(|attempt| attempt.to_string()).unwrap_or_default();
    let line = args![
        (acting.new_step)(),
        delivery.id,
        attempt,
        label(event),
        now_ms,
        decided.state,
        &ask.detail,
    ];
    tx.run(STEP, line).await?;
    Delivery::of(&row)
}

/// A part whose outcome is open.
struct OpenPart {
    part: Part,
    /// Whether something is to be sent after it.
    more_follow: bool,
}

async fn open_part(tx: &mut Tx, delivery: &Delivery) -> Result<Option<OpenPart>> {
    if !delivery.intent_open {
        return Ok(None);
    }
    let Some(row) = tx.optional(OPEN_PART, args![delivery.id]).await? else {
        return Ok(None);
    };
    let part: Part = row.id("part")?;
    let content = row.json::<Content>("content")?.overridden(&delivery.overrides);
    let more = delivery.content_type == ContentType::Thread || !content.first_comment.trim().is_empty();
    Ok(Some(OpenPart {
        part,
        more_follow: more && matches!(part, Part::Root | Part::Reply(_)),
    }))
}

/// The instant that the delivery has after the event.
fn moment_of(delivery: &Delivery, event: Event, state: State, ask: &Ask, now_ms: i64) -> Option<Moment> {
    match (event, state) {
        (Event::PublishNow, _) => Some(Moment {
            due_at: now_ms,
            local_time: None,
            zone: None,
        }),
        (_, State::Draft) if delivery.state != State::Draft => None,
        (Event::Schedule | Event::Reschedule, _) if ask.at.is_some() => ask.at.clone(),
        _ => delivery.due_at.map(|due_at| Moment {
            due_at,
            local_time: delivery.local_time.clone(),
            zone: delivery.zone.clone(),
        }),
    }
}

/// Refuses what must not go out: on a channel that is disconnected, against the plan, into a full hour.
async fn admit(tx: &mut Tx, scope: &Scope, delivery: &Delivery, event: Event, due_at: i64, acting: &Acting<'_>) -> Result<()> {
    plans::make_room(tx, delivery.organization_id, Bound::Publishing, 0).await?;
    if matches!(event, Event::Schedule | Event::Reschedule) && tx.optional(WAITING, args![delivery.post_id]).await?.is_none() {
        plans::make_room(tx, delivery.organization_id, Bound::ScheduledPosts, 1).await?;
    }
    let channel = channels::hold(tx, scope, delivery.channel_id).await?;
    if channel.disconnected_at.is_some() {
        return Err(StoreError::Conflict);
    }
    if !acting.within_quotas {
        return Ok(());
    }
    // What is tried again goes out now, whatever its instant was.
    let at = if matches!(event, Event::Retry | Event::ResolveAbsent) {
        acting.now_ms
    } else {
        due_at
    };
    let post = OneMore {
        channel: delivery.channel_id,
        network: delivery.network,
        content_type: delivery.content_type,
        mode: delivery.mode,
        delivery: Some(delivery.id),
    };
    let room = quota_use::room_in(&mut quota_use::Source::Tx(tx), scope, &post, at).await?;
    match room.full {
        None => Ok(()),
        Some(full) => Err(StoreError::WindowFull {
            next_free_ms: room.free_ms,
            quota: full.quota,
            max: full.max,
        }),
    }
}

/// Writes a person's word on an open intent. That nothing is there can be known once its call cannot be on its way any more.
async fn settle(tx: &mut Tx, delivery: &Delivery, event: Event, ask: &Ask, now_ms: i64) -> Result<()> {
    let outcome = match event {
        Event::ResolveThere | Event::ResolvePartThere => "person_there",
        Event::ResolveAbsent => "person_absent",
        _ => return Ok(()),
    };
    let values = args![delivery.id, outcome, now_ms, ask.external_id.clone(), ask.permalink.clone()];
    let resolved = tx.optional(RESOLVE, values).await.map_err(|error| error.or_taken("external_id"))?;
    if event != Event::ResolveAbsent {
        return Ok(());
    }
    let last = match resolved {
        Some(row) => Some(row),
        None => tx.optional(LAST_INTENT, args![delivery.id]).await?,
    };
    let Some(last) = last else { return Ok(()) };
    let resent_by = last.opt_int("resent_at")?.map(|at| at + RESEND_BUDGET_MS);
    let settled_at = resent_by.unwrap_or(0).max(last.int("send_by")?) + last.int("settle_ms")?;
    // Nobody has judged it yet: the engine's own wait, longer where the sender may be dead, holds for people too.
    let unjudged = last.int("looks")? == 0;
    if settled_at.max(delivery.wake_at.filter(|_| unjudged).unwrap_or(0)) > now_ms {
        return Err(Refusal::UnderWay.into());
    }
    Ok(())
}
