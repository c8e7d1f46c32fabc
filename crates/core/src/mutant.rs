//! Decisions that the simulation may have made otherwise, to see that it notices. Without the feature `mutants`, which nothing that is
//! shipped has, none can be.

/// One changed decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The commit call is made without its promise being stored.
    DropIntent,
    /// A worker's write asks neither for its fencing number nor for the version.
    SkipFence,
    /// What became of a call is looked for at once.
    ReadBackAtOnce,
    /// A call without an answer counts as not sent.
    RetryOnTimeout,
    /// Any 4xx counts as proof that nothing was published.
    Trust4xx,
    /// What another delivery has is adopted.
    AdoptTwice,
    /// A person may cancel after the point of no return.
    CancelAfterIntent,
    /// However late, it goes out.
    IgnoreCatchUp,
    /// What cannot be known counts as absent.
    UnknownIsAbsent,
    /// Nobody is told.
    SilentFailure,
    /// What is in doubt is not looked at again.
    ForgetDoubt,
    /// A call without an answer counts as done.
    LostIsPublished,
}

impl Mutant {
    /// Every one.
    pub const ALL: [Mutant; 12] = [
        Mutant::DropIntent,
        Mutant::SkipFence,
        Mutant::ReadBackAtOnce,
        Mutant::RetryOnTimeout,
        Mutant::Trust4xx,
        Mutant::AdoptTwice,
        Mutant::CancelAfterIntent,
        Mutant::IgnoreCatchUp,
        Mutant::UnknownIsAbsent,
        Mutant::SilentFailure,
        Mutant::ForgetDoubt,
        Mutant::LostIsPublished,
    ];

    /// Its name in tables.
    pub const fn key(self) -> &'static str {
        match self {
            Mutant::DropIntent => "drop_intent",
            Mutant::SkipFence => "skip_fence",
            Mutant::ReadBackAtOnce => "read_back_at_once",
            Mutant::RetryOnTimeout => "retry_on_timeout",
            Mutant::Trust4xx => "trust_4xx",
            Mutant::AdoptTwice => "adopt_twice",
            Mutant::CancelAfterIntent => "cancel_after_intent",
            Mutant::IgnoreCatchUp => "ignore_catch_up",
            Mutant::UnknownIsAbsent => "unknown_is_absent",
            Mutant::SilentFailure => "silent_failure",
            Mutant::ForgetDoubt => "forget_doubt",
            Mutant::LostIsPublished => "lost_is_published",
        }
    }
}

#[cfg(feature = "mutants")]
static ON: std::sync::OnceLock<Mutant> = std::sync::OnceLock::new();

/// Changes one decision for the rest of the process; a second one is not taken.
#[cfg(feature = "mutants")]
pub fn set(mutant: Mutant) {
    let _ = ON.set(mutant);
}

/// Whether a decision is changed.
#[cfg(feature = "mutants")]
pub fn on(mutant: Mutant) -> bool {
    ON.get() == Some(&mutant)
}

/// Whether a decision is changed: it never is.
#[cfg(not(feature = "mutants"))]
pub const fn on(_: Mutant) -> bool {
    false
}
