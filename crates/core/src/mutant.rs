//! Decisions that may be made otherwise, to see that the simulation notices. Without the feature `mutants`, which nothing that is
//! shipped has, none can be.

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// One changed decision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant { $($(#[$doc])* $name,)* }

        impl Mutant {
            /// Every one.
            pub const ALL: &'static [Mutant] = &[$(Mutant::$name,)*];

            /// Its name in tables, and for [`VARIABLE`].
            pub const fn key(self) -> &'static str {
                match self { $(Mutant::$name => $key,)* }
            }
        }
    };
}

mutants! {
    /// The commit call is made without its promise being stored.
    DropIntent = "drop_intent",
    /// A worker's write asks neither for its fencing number nor for the version.
    SkipFence = "skip_fence",
    /// The promise gives its call no time: the delivery comes back at once.
    ShortLease = "short_lease",
    /// What became of a call is looked for at once.
    ReadBackAtOnce = "read_back_at_once",
    /// A sender that may be dead is waited for no longer than one that lives.
    SenderLives = "sender_lives",
    /// A call without an answer counts as not sent.
    RetryOnTimeout = "retry_on_timeout",
    /// Any 4xx counts as proof that nothing was published.
    Trust4xx = "trust_4xx",
    /// What another delivery has is adopted.
    AdoptTwice = "adopt_twice",
    /// Each try makes a key of its own.
    RedrawKey = "redraw_key",
    /// A person may cancel after the point of no return.
    CancelAfterIntent = "cancel_after_intent",
    /// What approval says is not asked.
    IgnoreGate = "ignore_gate",
    /// However late, it goes out.
    IgnoreCatchUp = "ignore_catch_up",
    /// What cannot be known counts as absent.
    UnknownIsAbsent = "unknown_is_absent",
    /// Nobody is told.
    SilentFailure = "silent_failure",
    /// What is in doubt is not looked at again.
    ForgetDoubt = "forget_doubt",
    /// A call without an answer counts as done.
    LostIsPublished = "lost_is_published",
    /// A moment late is too late.
    MissAtOnce = "miss_at_once",
    /// An outage is not waited out.
    GiveUpAtOnce = "give_up_at_once",
    /// Whether publishing is held is not asked.
    IgnoreHold = "ignore_hold",
    /// The database is not compared with its witness.
    IgnoreWitness = "ignore_witness",
}

/// The environment variable that names the changed decision of a process.
#[cfg(feature = "mutants")]
pub const VARIABLE: &str = "POSTRIDER_MUTANT";

/// The decision that is changed in this process.
///
/// # Errors
/// The name in [`VARIABLE`], if there is no mutant of it.
#[cfg(feature = "mutants")]
pub fn chosen() -> Result<Option<Mutant>, String> {
    let Ok(name) = std::env::var(VARIABLE) else { return Ok(None) };
    let found = Mutant::ALL.iter().copied().find(|mutant| mutant.key() == name);
    found.map(Some).ok_or(name)
}

/// Whether a decision is changed.
#[cfg(feature = "mutants")]
pub fn on(mutant: Mutant) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<Mutant>> = std::sync::LazyLock::new(|| chosen().unwrap_or(None));
    *CHOSEN == Some(mutant)
}

/// Whether a decision is changed: it never is.
#[cfg(not(feature = "mutants"))]
pub const fn on(_: Mutant) -> bool {
    false
}
