//! What an adapter decides.

use postrider_core::delivery::Part;

use crate::fault::Fault;
use crate::job::Progress;
use crate::request::Request;

/// What shows, after a lost answer, whether a commit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The network itself keeps a second from standing, so that one reading of what was committed tells: absent there is absent.
    Fenced,
    /// The network fetches what it shows from addresses of ours, which are taken back before it is looked for: if nobody had fetched
    /// anything by then, it cannot stand. Else the network is read, and what is not found there may stand all the same.
    Unfetched,
    /// The network can be read: go on only after `Absent`.
    ReadBack,
    /// Nothing can be known: a person decides.
    None,
}

/// A call that makes something public.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The call.
    pub request: Request,
    /// What it makes.
    pub part: Part,
    /// The derived key that it carries; empty where the network takes none.
    pub key: String,
    /// What its outcome is looked for by.
    pub match_key: String,
    /// How a lost answer is resolved.
    pub evidence: Evidence,
    /// Least silence after `send_by` before its outcome may be judged, in milliseconds; the engine takes at least 60 s.
    pub settle_ms: i64,
}

/// What the network is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Its work before the last call: the delivery is `processing`.
    Processing,
    /// Its work after the last call: the delivery is `confirming`.
    Confirming,
    /// Nothing more can be done ahead of this instant.
    Window,
}

/// Where a finished post stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The network's id; `None` where it gives none.
    pub external_id: Option<String>,
    /// Address for people; `None` where it gives none.
    pub permalink: Option<String>,
    /// Why the public does not see it, if it does not.
    pub kept_private: Option<String>,
    /// What was lost beside the post (a comment, a cover), in words.
    pub warning: Option<String>,
}

/// The next thing to do for a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A repeatable call.
    Call(Request),
    /// A call that makes something public.
    Commit(Box<Commit>),
    /// Look again at this instant, UTC milliseconds.
    Wait {
        /// When.
        until_ms: i64,
        /// What for.
        why: Waiting,
    },
    /// Finished.
    Done(Receipt),
    /// It cannot go on.
    Fail(Fault),
}

/// What a commit's answer said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartReceipt {
    /// The network's id of the part; `None` where the answer names none.
    pub external_id: Option<String>,
    /// Its address, if the answer gave one.
    pub permalink: Option<String>,
}

/// What an answer taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Absorbed {
    /// The memory to store.
    pub progress: Progress,
    /// For a commit: what it made.
    pub receipt: Option<PartReceipt>,
}

/// What looking for a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It stands.
    Found(PartReceipt),
    /// The network's own fence shows that it does not.
    AbsentByFence,
    /// It is in no list that was read: proof only when read twice, 30 s apart.
    AbsentInList,
    /// Cannot be told now.
    Unknown(String),
    /// The access was refused because it ended: it may be told once it is renewed.
    NoAccess(String),
    /// Can never be told: a person must say.
    Unreadable(String),
    /// Something stands that may be it, and only a person can tell.
    Unclear(String),
}

/// The next thing to do to learn a commit's outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// A reading call; its answer is added to the answers so far.
    Call(Request),
    /// The identical commit once more, where the network's duplicate filter names the first (LinkedIn profiles). Recorded before it is sent; again only once it can no longer be under way, and only while the filter holds.
    Resend(Request),
    /// What it says.
    Finding(Finding),
}

/// The next thing to do in a flow of few calls (sign-in, accounts, verify): the answers so far are handed back each time.
#[derive(Debug, Clone)]
pub enum Flow<T> {
    /// One more call.
    Call(Request),
    /// The end.
    Done(T),
    /// It cannot go on.
    Fail(Fault),
}
