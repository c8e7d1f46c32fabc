//! One table of (state, event) → (state, effects), or a refusal.
//!
//! Nothing else moves a delivery. The store applies what [`step`] decides by compare-and-set on state and version, so an
//! illegal transition cannot be written.

use super::{Gate, MissedWhy, State};

/// What happens to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A person gives it a time.
    Schedule,
    /// A person takes its time away.
    Unschedule,
    /// A person gives it another time.
    Reschedule,
    /// A person sends it now.
    PublishNow,
    /// A person calls it off.
    Cancel,
    /// A person changes the content.
    Edit,
    /// A person tries a failed one again.
    Retry,
    /// A person says of one in doubt: it is there.
    ResolveThere,
    /// A person says of a part in doubt, or reconcile finds it: it is there; more is to follow.
    ResolvePartThere,
    /// A person says of one in doubt: it is not there, publish if it may go out.
    ResolveAbsent,
    /// A person posted it by hand.
    MarkPosted,
    /// The lead before its instant is reached.
    StageLead,
    /// Everything but the last call is done.
    StageDone,
    /// Staging failed for the content or the connection: the author is told, the instant stays.
    StageFailed,
    /// Its instant is reached.
    Due,
    /// The network needs time before the last call.
    NetworkWorks,
    /// The network is ready for the last call.
    NetworkReady,
    /// A limit holds it.
    QuotaMet,
    /// The held one's window opens.
    WindowOpens,
    /// The last call was answered and the post stands.
    Committed,
    /// The last call was answered; the network is still making it public.
    CommittedUnconfirmed,
    /// The network has no drafts.
    NoDrafts,
    /// The outcome of a commit is not known.
    OutcomeUnknown,
    /// Reconcile found the post.
    Found,
    /// Reconcile proved that it is not there.
    ProvenAbsent,
    /// It may have gone out without this database knowing: a backup was brought back, or nobody ran for a while.
    Unseen,
    /// The network refused it for good.
    Refused,
    /// A later part of a thread was refused.
    RefusedMidway,
}

impl Event {
    /// Its name in the log.
    pub const fn key(self) -> &'static str {
        match self {
            Event::Schedule => "schedule",
            Event::Unschedule => "unschedule",
            Event::Reschedule => "reschedule",
            Event::PublishNow => "publish_now",
            Event::Cancel => "cancel",
            Event::Edit => "edit",
            Event::Retry => "retry",
            Event::ResolveThere => "resolve_there",
            Event::ResolvePartThere => "resolve_part_there",
            Event::ResolveAbsent => "resolve_absent",
            Event::MarkPosted => "mark_posted",
            Event::StageLead => "stage_lead",
            Event::StageDone => "stage_done",
            Event::StageFailed => "stage_failed",
            Event::Due => "due",
            Event::NetworkWorks => "network_works",
            Event::NetworkReady => "network_ready",
            Event::QuotaMet => "quota_met",
            Event::WindowOpens => "window_opens",
            Event::Committed => "committed",
            Event::CommittedUnconfirmed => "committed_unconfirmed",
            Event::NoDrafts => "no_drafts",
            Event::OutcomeUnknown => "outcome_unknown",
            Event::Found => "found",
            Event::ProvenAbsent => "proven_absent",
            Event::Unseen => "unseen",
            Event::Refused => "refused",
            Event::RefusedMidway => "refused_midway",
        }
    }
}

/// What an event needs to know beside the state.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Its instant, if it has one, UTC milliseconds.
    pub due_at_ms: Option<i64>,
    /// What approval says.
    pub gate: Gate,
    /// Whether it goes to the network as a draft.
    pub draft_mode: bool,
    /// How late it may still be sent by itself, in milliseconds.
    pub catch_up_ms: i64,
    /// Whether an intent without an outcome is stored: the point of no return.
    pub intent_open: bool,
    /// Whether its database was brought back from a copy, and it is still looked for at the network.
    pub unseen: bool,
}

/// What the caller does beside writing the new state, in one transaction with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Look at it when its stage lead is reached, or at once if it is.
    WakeForStaging,
    /// Look at it at once.
    WakeNow,
    /// Do not look at it again by itself.
    Sleep,
    /// Remove what was put at the network ahead of time.
    DiscardStaged,
    /// Begin a new generation: new keys, new intent, after the settle time.
    NewGeneration,
    /// Tell the people concerned.
    Notify,
}

/// A decided transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Where it stands now.
    pub state: State,
    /// Why, if it is [`State::Missed`].
    pub missed: Option<MissedWhy>,
    /// What else to do.
    pub effects: Vec<Effect>,
}

/// Why an event cannot happen to a delivery as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The last call is on its way: what was asked came too late.
    #[error("the post is already on its way to the network")]
    TooLate,
    /// What was sent last may still arrive: nobody can have seen yet that it is not there.
    #[error("what was sent last may still arrive")]
    UnderWay,
    /// Its database was brought back from a copy: whether it went out since is not known yet.
    #[error("it is not known yet whether the post went out since the database was copied")]
    Unseen,
    /// The event does not apply in this state.
    #[error("a delivery that is `{state}` cannot take `{event:?}`")]
    NotNow {
        /// Where it stands.
        state: State,
        /// What was asked.
        event: Event,
    },
    /// Approval does not let it out.
    #[error("approval is `{0}`")]
    Gate(Gate),
}

impl Refusal {
    /// The stable code in API answers.
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::TooLate => "too_late",
            Refusal::UnderWay => "delivery.under_way",
            Refusal::Unseen => "delivery.unseen",
            Refusal::NotNow { .. } => "delivery.state",
            Refusal::Gate(_) => "approval.required",
        }
    }
}

fn to(state: State, effects: &[Effect]) -> Result<Transition, Refusal> {
    Ok(Transition {
        state,
        missed: None,
        effects: effects.to_vec(),
    })
}

fn missed(why: MissedWhy) -> Result<Transition, Refusal> {
    Ok(Transition {
        state: State::Missed,
        missed: Some(why),
        effects: vec![Effect::Sleep, Effect::DiscardStaged, Effect::Notify],
    })
}

/// Decides what an event does to a delivery.
///
/// # Errors
/// [`Refusal`] if the event does not apply: the state stays as it is and nothing is written.
pub fn step(state: State, event: Event, ctx: &Context) -> Result<Transition, Refusal> {
    use Effect::*;
    use Event as E;
    use State as S;

    let not_now = || Err(Refusal::NotNow { state, event });
    let by_person = matches!(
        event,
        E::Unschedule | E::Reschedule | E::Cancel | E::Edit | E::PublishNow | E::Schedule
    );
    if by_person && (ctx.intent_open || state == S::Confirming) {
        return Err(Refusal::TooLate);
    }
    if by_person && ctx.unseen {
        return Err(Refusal::Unseen);
    }
    // What is not due yet was doubted ahead of its instant, and waits for it again.
    let ahead = ctx.due_at_ms.is_some_and(|due_at| due_at > ctx.now_ms);
    match (state, event) {
        (S::Draft | S::Missed, E::Schedule) | (S::Failed, E::Schedule | E::Reschedule) | (S::Missed, E::Reschedule) => {
            to(S::Scheduled, &[WakeForStaging])
        }
        // Scheduled, too, may have something at the network: of a staging that failed midway.
        (S::Scheduled | S::Staging | S::Staged, E::Schedule | E::Reschedule | E::Edit) => {
            to(S::Scheduled, &[DiscardStaged, WakeForStaging])
        }
        (S::Publishing | S::Processing | S::Deferred, E::Reschedule | E::Schedule) => to(S::Scheduled, &[DiscardStaged, WakeForStaging]),
        (S::Draft, E::Edit) => to(S::Draft, &[]),
        (S::Failed | S::Missed, E::Edit) => to(S::Draft, &[DiscardStaged, Sleep]),
        (S::Deferred | S::Publishing | S::Processing, E::Edit) => not_now(),
        (S::Scheduled | S::Staging | S::Staged | S::Deferred | S::Publishing | S::Processing, E::Unschedule) => {
            to(S::Draft, &[DiscardStaged, Sleep])
        }
        (
            S::Draft
            | S::Scheduled
            | S::Staging
            | S::Staged
            | S::Deferred
            | S::Publishing
            | S::Processing
            | S::Missed
            | S::ReadyToPost
            | S::Failed,
            E::Cancel,
        ) => to(S::Canceled, &[DiscardStaged, Sleep]),
        (S::InDoubt, E::Cancel | E::Unschedule | E::Reschedule | E::Schedule | E::PublishNow | E::Edit) => Err(Refusal::TooLate),
        (S::Draft | S::Scheduled | S::Staging | S::Staged | S::Missed, E::PublishNow) => {
            if ctx.gate.open() {
                to(S::Publishing, &[WakeNow])
            } else {
                Err(Refusal::Gate(ctx.gate))
            }
        }
        (S::Failed | S::PublishedInPart, E::Retry) => {
            if ctx.gate.open() {
                to(S::Publishing, &[NewGeneration, WakeNow])
            } else {
                Err(Refusal::Gate(ctx.gate))
            }
        }
        (S::InDoubt, E::ResolveThere) => to(if ctx.draft_mode { S::Drafted } else { S::Published }, &[Sleep]),
        (S::InDoubt, E::ResolvePartThere) => to(S::Publishing, &[WakeNow]),
        (S::InDoubt, E::ResolveAbsent) if ahead => to(S::Scheduled, &[NewGeneration, WakeForStaging]),
        // Without acceptance the worker misses it at once, and tells: it is not left in doubt until somebody accepts it.
        (S::InDoubt, E::ResolveAbsent) => to(S::Publishing, &[NewGeneration, WakeNow]),
        (S::ReadyToPost, E::MarkPosted) => to(S::Published, &[Sleep]),
        (S::Scheduled, E::StageLead) => to(S::Staging, &[WakeNow]),
        (S::Staging, E::StageDone) => to(S::Staged, &[]),
        (S::Staging, E::StageFailed) => to(S::Scheduled, &[Notify]),
        (S::Scheduled | S::Staging | S::Staged, E::Due) => {
            let late_ms = ctx.now_ms - ctx.due_at_ms.unwrap_or(ctx.now_ms);
            if !ctx.gate.open() {
                missed(MissedWhy::NotAccepted)
            } else if late_ms > ctx.catch_up_ms {
                missed(MissedWhy::TooLate)
            } else {
                to(S::Publishing, &[WakeNow])
            }
        }
        (S::Publishing, E::NetworkWorks) => to(S::Processing, &[]),
        (S::Processing, E::NetworkWorks) => to(S::Processing, &[]),
        (S::Processing, E::NetworkReady) => to(S::Publishing, &[WakeNow]),
        (S::Publishing | S::Processing, E::QuotaMet) => to(S::Deferred, &[Notify]),
        (S::Deferred, E::WindowOpens) if !ctx.gate.open() => missed(MissedWhy::NotAccepted),
        (S::Deferred, E::WindowOpens) => to(S::Publishing, &[WakeNow]),
        (S::Publishing | S::Confirming, E::Committed) => to(if ctx.draft_mode { S::Drafted } else { S::Published }, &[Sleep]),
        (S::Publishing, E::CommittedUnconfirmed) => to(S::Confirming, &[]),
        (S::Publishing, E::NoDrafts) => to(S::ReadyToPost, &[Sleep, Notify]),
        (S::Publishing, E::OutcomeUnknown) => to(S::InDoubt, &[Notify]),
        (S::InDoubt, E::Found) => to(if ctx.draft_mode { S::Drafted } else { S::Published }, &[Sleep]),
        (S::Scheduled | S::Staging | S::Staged | S::Deferred | S::Publishing | S::Processing | S::Confirming, E::Unseen) => {
            to(S::InDoubt, &[])
        }
        (S::InDoubt, E::ProvenAbsent) if ahead => to(S::Scheduled, &[WakeForStaging]),
        (S::InDoubt, E::ProvenAbsent) => to(S::Publishing, &[WakeNow]),
        (S::Publishing | S::Processing | S::Confirming, E::Refused) => to(S::Failed, &[Sleep, DiscardStaged, Notify]),
        (S::Publishing | S::Processing, E::RefusedMidway) => to(S::PublishedInPart, &[Sleep, Notify]),
        _ => not_now(),
    }
}
