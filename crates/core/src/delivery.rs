//! The life of a delivery: one table of (state, event) → (state, effects), or a refusal.
//!
//! Nothing else moves a delivery. The store applies what [`step`] decides by compare-and-set on state and version, so an
//! illegal transition cannot be written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! keyed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name in API and database.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.key())
            }
        }

        impl FromStr for $name {
            type Err = UnknownKey;
            fn from_str(text: &str) -> Result<Self, UnknownKey> {
                match text { $($key => Ok($name::$variant),)* _ => Err(UnknownKey(text.to_owned())) }
            }
        }
    };
}

/// A text that stands for no value of the enumeration asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown value `{0}`")]
pub struct UnknownKey(pub String);

keyed! {
    /// Where a delivery stands.
    State {
        /// Not to be sent.
        Draft = "draft",
        /// Waits for its instant.
        Scheduled = "scheduled",
        /// Uploads run ahead of the instant.
        Staging = "staging",
        /// Everything is at the network but the last call.
        Staged = "staged",
        /// Being sent.
        Publishing = "publishing",
        /// The network still works before the last call can be made.
        Processing = "processing",
        /// The last call was answered; the network is still making the post public.
        Confirming = "confirming",
        /// A limit holds it until an instant.
        Deferred = "deferred",
        /// Whether the post stands is not known.
        InDoubt = "in_doubt",
        /// Its time passed without it being sent.
        Missed = "missed",
        /// The network has no drafts: a person posts it.
        ReadyToPost = "ready_to_post",
        /// It was not published; the failure says why.
        Failed = "failed",
        /// A thread stopped midway.
        PublishedInPart = "published_in_part",
        /// It stands at the network.
        Published = "published",
        /// It stands at the network as a draft.
        Drafted = "drafted",
        /// Called off.
        Canceled = "canceled",
    }
}

keyed! {
    /// What approval says of a delivery.
    Gate {
        /// No approval is asked.
        None = "none",
        /// Asked, not decided.
        Pending = "pending",
        /// Accepted.
        Accepted = "accepted",
        /// Rejected.
        Rejected = "rejected",
        /// Accepted, then put on hold.
        Held = "held",
    }
}

impl Gate {
    /// Whether the gate lets a delivery out.
    pub const fn open(self) -> bool {
        matches!(self, Gate::None | Gate::Accepted)
    }
}

keyed! {
    /// What kind of failure ended a delivery.
    FailureKind {
        /// The content was refused.
        Content = "content",
        /// The access to the account ended.
        Connection = "connection",
        /// A permission is missing.
        Permission = "permission",
        /// A limit that does not open by itself.
        Limit = "limit",
        /// The network did not work.
        Outage = "outage",
        /// The network holds it for a repeat.
        Duplicate = "duplicate",
        /// Our own fault.
        Internal = "internal",
    }
}

keyed! {
    /// Why a delivery was missed.
    MissedWhy {
        /// More than `catch_up` late.
        TooLate = "too_late",
        /// Approval was not given in time.
        NotAccepted = "not_accepted",
        /// The plan no longer allows publishing.
        Plan = "plan",
    }
}

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
    /// A person says of a part in doubt: it is there; further parts follow.
    ResolvePartThere,
    /// A person says of one in doubt: it is not there, publish.
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
    /// The network refused it for good.
    Refused,
    /// A later part of a thread was refused.
    RefusedMidway,
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
    match (state, event) {
        (S::Draft | S::Missed, E::Schedule) | (S::Failed, E::Schedule | E::Reschedule) | (S::Missed, E::Reschedule) => {
            to(S::Scheduled, &[WakeForStaging])
        }
        (S::Scheduled, E::Schedule | E::Reschedule | E::Edit) => to(S::Scheduled, &[WakeForStaging]),
        (S::Staging | S::Staged, E::Schedule | E::Reschedule | E::Edit) => to(S::Scheduled, &[DiscardStaged, WakeForStaging]),
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
        (S::InDoubt, E::ResolveAbsent) => {
            if ctx.gate.open() {
                to(S::Publishing, &[NewGeneration, WakeNow])
            } else {
                Err(Refusal::Gate(ctx.gate))
            }
        }
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
        (S::InDoubt, E::ProvenAbsent) => to(S::Publishing, &[WakeNow]),
        (S::Publishing | S::Processing | S::Confirming, E::Refused) => to(S::Failed, &[Sleep, DiscardStaged, Notify]),
        (S::Publishing | S::Processing, E::RefusedMidway) => to(S::PublishedInPart, &[Sleep, Notify]),
        _ => not_now(),
    }
}

/// A post's status: always derived from its deliveries, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// Nothing is to be sent.
    Draft,
    /// Waits for its instant.
    Scheduled,
    /// On its way.
    Publishing,
    /// Stands at every network.
    Published,
    /// Some channels failed.
    PartiallyFailed,
    /// All channels failed.
    Failed,
    /// A person must do something.
    ActionRequired,
    /// Every delivery was called off.
    Canceled,
}

impl PostStatus {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            PostStatus::Draft => "draft",
            PostStatus::Scheduled => "scheduled",
            PostStatus::Publishing => "publishing",
            PostStatus::Published => "published",
            PostStatus::PartiallyFailed => "partially_failed",
            PostStatus::Failed => "failed",
            PostStatus::ActionRequired => "action_required",
            PostStatus::Canceled => "canceled",
        }
    }
}

/// What of a delivery the post's status depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryStanding {
    /// Its state.
    pub state: State,
    /// Whether it is in doubt and looking on the network was given up, so that a person must say.
    pub waits_for_person: bool,
}

/// Derives a post's status from its deliveries.
pub fn post_status(deliveries: &[DeliveryStanding]) -> PostStatus {
    use State as S;
    let alive: Vec<_> = deliveries.iter().filter(|d| d.state != S::Canceled).collect();
    if alive.is_empty() {
        return if deliveries.is_empty() {
            PostStatus::Draft
        } else {
            PostStatus::Canceled
        };
    }
    let any = |test: &dyn Fn(&DeliveryStanding) -> bool| alive.iter().any(|d| test(d));
    if alive.iter().all(|d| d.state == S::Failed) {
        PostStatus::Failed
    } else if any(&|d| matches!(d.state, S::Failed | S::PublishedInPart)) {
        PostStatus::PartiallyFailed
    } else if any(&|d| matches!(d.state, S::Missed | S::ReadyToPost) || (d.state == S::InDoubt && d.waits_for_person)) {
        PostStatus::ActionRequired
    } else if any(&|d| matches!(d.state, S::Publishing | S::Processing | S::Confirming | S::Deferred | S::InDoubt)) {
        PostStatus::Publishing
    } else if any(&|d| matches!(d.state, S::Scheduled | S::Staging | S::Staged)) {
        PostStatus::Scheduled
    } else if any(&|d| matches!(d.state, S::Published | S::Drafted)) {
        PostStatus::Published
    } else {
        PostStatus::Draft
    }
}

/// What of a delivery one commit call makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The post itself, or the first part of a thread.
    Root,
    /// The n-th answer of a thread, from 1.
    Reply(u32),
    /// The comment under the post.
    FirstComment,
    /// The cover picture.
    Thumbnail,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Root => f.write_str("root"),
            Part::Reply(n) => write!(f, "reply_{n}"),
            Part::FirstComment => f.write_str("first_comment"),
            Part::Thumbnail => f.write_str("thumbnail"),
        }
    }
}

impl FromStr for Part {
    type Err = UnknownKey;
    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        match text {
            "root" => Ok(Part::Root),
            "first_comment" => Ok(Part::FirstComment),
            "thumbnail" => Ok(Part::Thumbnail),
            _ => text
                .strip_prefix("reply_")
                .and_then(|n| n.parse().ok())
                .map(Part::Reply)
                .ok_or_else(|| UnknownKey(text.to_owned())),
        }
    }
}
