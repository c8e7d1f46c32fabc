//! What went wrong with a call, and what may be done next.

use postrider_core::delivery::FailureKind;

use crate::step::Finding;

/// What may be done next. The wording for people is apart from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It ends here; a person changes something and retries.
    Stop,
    /// The same step may be repeated, at this instant (UTC milliseconds) at the earliest if one is given.
    Repeat {
        /// Not before; `None` for the engine's own backoff.
        at_ms: Option<i64>,
    },
    /// A limit: held until this instant (UTC milliseconds), then it goes on by itself.
    Defer {
        /// When the window opens.
        until_ms: i64,
    },
    /// The access token is said to have expired: renew once, repeat the step.
    Renew,
    /// Throw the progress away and begin again with a fresh one (a container expired, an upload was lost).
    Restart,
}

/// Whether a refused commit is known not to have published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// On the adapter's allow-list: nothing was published.
    NotPublished,
    /// Everything else: it may stand.
    Ambiguous,
    /// The network had taken it and then gave it up for good: nobody saw it, and nobody will.
    NeverPublic,
}

/// What a definite refusal says of the channel's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    None,
    /// The access ended.
    Expired,
    /// The access was taken away.
    Revoked,
    /// A permission is missing.
    MissingPermission,
    /// The server does not know the app: it is to be registered there again.
    AppUnknown,
}

/// A refusal, read by the adapter's error table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// Of which kind.
    pub kind: FailureKind,
    /// Stable code, `network.reason`, such as `instagram.container_expired`.
    pub code: String,
    /// What happened, in words for a person, without any token.
    pub message: String,
    /// What the person can do.
    pub remedy: String,
    /// What the engine may do.
    pub next: Next,
    /// For a commit: whether nothing was published.
    pub proof: Proof,
    /// What it says of the channel.
    pub verdict: Verdict,
}

impl Fault {
    /// What is known of a commit whose look was refused with this.
    pub fn finding(self) -> Finding {
        match self.next {
            Next::Renew => Finding::NoAccess(self.message),
            _ => Finding::Unknown(self.message),
        }
    }

    /// What happened and what to do about it, as sentences: networks end theirs as they like.
    pub fn told(&self) -> String {
        let message = self.message.trim_end();
        let stop = if message.is_empty() || message.ends_with(['.', '!', '?', '…']) {
            ""
        } else {
            "."
        };
        format!("{message}{stop} {}", self.remedy).trim().to_owned()
    }

    /// A fault that ends the delivery and proves that nothing was published.
    pub fn stop(kind: FailureKind, code: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Fault {
            kind,
            code: code.into(),
            message: message.into(),
            remedy: remedy.into(),
            next: Next::Stop,
            proof: Proof::NotPublished,
            verdict: Verdict::None,
        }
    }

    /// The same with another next step.
    #[must_use]
    pub fn next(mut self, next: Next) -> Self {
        self.next = next;
        self
    }

    /// The same, not proving anything about a commit.
    #[must_use]
    pub fn ambiguous(mut self) -> Self {
        self.proof = Proof::Ambiguous;
        self
    }

    /// The same with a verdict on the channel.
    #[must_use]
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_network_said_ends_before_the_advice_begins() {
        for (message, told) in [
            ("The photo is too wide", "The photo is too wide. Use another."),
            ("The photo is too wide.", "The photo is too wide. Use another."),
            ("Really? ", "Really? Use another."),
            ("", "Use another."),
        ] {
            assert_eq!(Fault::stop(FailureKind::Content, "x", message, "Use another.").told(), told);
        }
    }
}
