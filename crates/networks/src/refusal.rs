//! Refusals as data: one table per network says what each of its codes means. What no row names is an outage that proves
//! nothing (publishing.md rule 4).

use postrider_core::delivery::FailureKind;
use postrider_provider::{Fault, Next, Proof, Verdict};

/// What was seen of a refusal, in the network's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// HTTP status.
    pub status: u16,
    /// The network's code.
    pub code: String,
    /// Its second code, where it has one.
    pub sub: String,
    /// Its sentence.
    pub text: String,
    /// When it arrived, UTC milliseconds.
    pub at_ms: i64,
    /// When a window opens, if the answer says it, UTC milliseconds.
    pub until_ms: Option<i64>,
}

/// Which refusals a row is about. An empty text and status 0 match anything.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// HTTP status.
    pub status: u16,
    /// The network's code.
    pub code: &'static str,
    /// The second code.
    pub sub: &'static str,
    /// Either code, for networks that give the same number now as the one and now as the other.
    pub either: &'static str,
    /// A part of the sentence.
    pub text: &'static str,
}

/// Matches any refusal; rows name what differs.
pub const ANY: When = When {
    status: 0,
    code: "",
    sub: "",
    either: "",
    text: "",
};

impl When {
    fn matches(&self, seen: &Seen) -> bool {
        (self.status == 0 || self.status == seen.status)
            && (self.code.is_empty() || self.code == seen.code)
            && (self.sub.is_empty() || self.sub == seen.sub)
            && (self.either.is_empty() || self.either == seen.code || self.either == seen.sub)
            && (self.text.is_empty() || seen.text.contains(self.text))
    }
}

/// What the engine may do; instants are worked out when the refusal is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// A person changes something.
    Stop,
    /// Again, by the engine's own backoff.
    Repeat,
    /// Again after so many milliseconds.
    RepeatAfter(i64),
    /// When the answer says that the window opens, else after so many milliseconds.
    Defer(i64),
    /// Renew the access, then again.
    Renew,
    /// Begin anew.
    Restart,
}

/// A row of a network's table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which refusals.
    pub when: When,
    /// The stable code after the network's name.
    pub reason: &'static str,
    /// Of which kind.
    pub kind: FailureKind,
    /// What may be done.
    pub then: Then,
    /// Whether a commit that was answered so is known not to have published.
    pub proof: Proof,
    /// What it says of the channel.
    pub verdict: Verdict,
    /// What happened, in words.
    pub message: &'static str,
    /// What the person can do.
    pub remedy: &'static str,
}

impl Row {
    /// A row that ends the delivery, proving that nothing was published.
    pub const fn refused(when: When, reason: &'static str, kind: FailureKind, message: &'static str, remedy: &'static str) -> Self {
        Row {
            when,
            reason,
            kind,
            then: Then::Stop,
            proof: Proof::NotPublished,
            verdict: Verdict::None,
            message,
            remedy,
        }
    }

    /// The same with another next step.
    pub const fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// The same, proving nothing.
    pub const fn ambiguous(mut self) -> Self {
        self.proof = Proof::Ambiguous;
        self
    }

    /// The same with a verdict on the channel.
    pub const fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }
}

/// The network's own words are cut here: enough to search for, too few for a page.
const WORDS_CHARS_MAX: usize = 300;
/// Longer than any word of a sentence: it may be a token.
const WORD_CHARS_MAX: usize = 48;

/// Reads a refusal by a network's tables; the first row that matches decides.
pub fn read(network: &str, tables: &[&[Row]], seen: &Seen) -> Fault {
    let Some(row) = tables.iter().copied().flatten().find(|row| row.when.matches(seen)) else {
        return unlisted(network, seen);
    };
    let next = match row.then {
        Then::Stop => Next::Stop,
        Then::Repeat => Next::Repeat { at_ms: seen.until_ms },
        Then::RepeatAfter(ms) => Next::Repeat {
            at_ms: Some(seen.at_ms + ms),
        },
        Then::Defer(ms) => Next::Defer {
            until_ms: seen.until_ms.unwrap_or(seen.at_ms + ms),
        },
        Then::Renew => Next::Renew,
        Then::Restart => Next::Restart,
    };
    Fault {
        kind: row.kind,
        code: format!("{network}.{}", row.reason),
        message: with_words(row.message, seen),
        remedy: row.remedy.to_owned(),
        next,
        proof: row.proof,
        verdict: row.verdict,
    }
}

fn unlisted(network: &str, seen: &Seen) -> Fault {
    let server_side = seen.status >= 500 || seen.status == 408 || seen.status == 429;
    let (kind, next, remedy) = if server_side {
        (
            FailureKind::Outage,
            Next::Repeat { at_ms: seen.until_ms },
            "It is tried again by itself.",
        )
    } else {
        (
            FailureKind::Content,
            Next::Stop,
            "Read what the network says, change the post and retry.",
        )
    };
    let message = format!("The network answered with status {} that Postrider does not know", seen.status);
    Fault::stop(kind, format!("{network}.unlisted"), with_words(&message, seen), remedy)
        .next(next)
        .ambiguous()
}

fn with_words(message: &str, seen: &Seen) -> String {
    let words = shown(&seen.text);
    let code = [seen.code.as_str(), seen.sub.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
    match (words.is_empty(), code.is_empty()) {
        (true, true) => format!("{message}."),
        (true, false) => format!("{message} ({code})."),
        (false, true) => format!("{message}: {words}"),
        (false, false) => format!("{message} ({code}): {words}"),
    }
}

/// The network's sentence without anything that could be a token.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if word.chars().count() > WORD_CHARS_MAX { "…" } else { word })
        .collect();
    words.join(" ").chars().take(WORDS_CHARS_MAX).collect()
}

/// What a 2xx answer that cannot be read means: for a commit, that it probably stands.
pub fn unreadable(network: &str, what: &str) -> Fault {
    Fault::stop(
        FailureKind::Outage,
        format!("{network}.unreadable"),
        format!("The network's answer to “{what}” cannot be read."),
        "It is tried again by itself.",
    )
    .next(Next::Repeat { at_ms: None })
    .ambiguous()
}
