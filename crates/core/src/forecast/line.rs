//! A channel's line: who goes out on it before a post, each let out or held by the runaway guard as the engine asks it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::guard::{self, Made, Say};
use crate::ids::AssetId;
use crate::network::Network;
use crate::post::Content;
use crate::rules::render::Rendered;

use super::said;

/// What a post says on a network, to know equal posts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    rendered: Rendered,
    address: Option<String>,
    files: Vec<AssetId>,
}

impl Words {
    /// Of content; `None` if it says nothing: of two without words and files nothing is known to be the same.
    pub fn of(network: Network, content: &Content) -> Option<Words> {
        let rendered = said(network, content);
        let files = content.asset_ids();
        let silent = rendered.text.trim().is_empty() && rendered.parts.iter().all(|part| part.trim().is_empty());
        (!silent || !files.is_empty()).then(|| Words {
            rendered,
            address: content.link.as_ref().map(|link| link.url.clone()),
            files,
        })
    }

    /// Whether a network that refuses repeats can know them again: what carries files is never the same to it, as each upload has an id of
    /// its own.
    fn repeatable(&self) -> bool {
        self.files.is_empty()
    }
}

/// A post that is to go out.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// When it asks to, UTC milliseconds.
    pub asks_ms: i64,
    /// Its instant, UTC milliseconds: of those that ask at once the earlier goes first.
    pub due_ms: i64,
    /// What the guard knows it by.
    pub likeness: Option<String>,
    /// What it says.
    pub words: Option<Words>,
}

/// What was made on a channel and what is to be, around one post.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The posts that the guard counts.
    pub made: &'a [Made],
    /// When a person last lifted a halt, UTC milliseconds; 0 if never.
    pub lifted_at_ms: i64,
    /// What was said there, and when, UTC milliseconds.
    pub said: &'a [(i64, Words)],
    /// Who goes first where both ask at once.
    pub before: &'a [Waiting],
    /// Who goes after it then. A halt of theirs may hold it all the same, if it has to wait.
    pub after: &'a [Waiting],
    /// For how long the network refuses what it was told before, milliseconds; `None` if it does not.
    pub repeat_refused_ms: Option<i64>,
}

/// What the guard does with a post when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It goes out.
    Goes {
        /// When, UTC milliseconds.
        at_ms: i64,
        /// When the same words went out there last, UTC milliseconds.
        said_ms: Option<i64>,
    },
    /// It is one too many of a likeness: the channel is halted for it.
    Halts,
    /// Another of the line is that, and the channel is halted before it.
    Held,
}

impl Line<'_> {
    /// When a post goes out. `counted` says whether the guard looks at it at all: what a person posts it does not.
    pub fn turn(&self, ours: &Waiting, counted: bool) -> Turn {
        let others = self
            .before
            .iter()
            .map(|post| (post, 0))
            .chain(self.after.iter().map(|post| (post, 2)));
        let posts: Vec<(&Waiting, u8)> = others.chain([(ours, 1)]).collect();
        let mut asking: BinaryHeap<_> = posts
            .iter()
            .enumerate()
            .map(|(index, (post, rank))| Reverse((post.asks_ms, post.due_ms, *rank, index)))
            .collect();
        let mut made = self.made.to_vec();
        let mut said: Vec<(i64, &Words)> = self.said.iter().map(|(at_ms, words)| (*at_ms, words)).collect();
        while let Some(Reverse((now_ms, due_ms, rank, index))) = asking.pop() {
            let (post, is_ours) = (posts[index].0, rank == 1);
            let said_ms = post.words.as_ref().and_then(|words| {
                let equal = said.iter().filter(|(_, known)| *known == words);
                equal.map(|(at_ms, _)| *at_ms).max()
            });
            if is_ours && !counted {
                return Turn::Goes { at_ms: now_ms, said_ms };
            }
            match guard::say(&made, post.likeness.as_deref(), self.lifted_at_ms, now_ms) {
                Say::Wait { until_ms } => asking.push(Reverse((until_ms, due_ms, rank, index))),
                Say::Halt if is_ours => return Turn::Halts,
                Say::Halt => return Turn::Held,
                Say::Go if is_ours => return Turn::Goes { at_ms: now_ms, said_ms },
                // What the network refuses is not made.
                Say::Go if self.refuses(post.words.as_ref(), said_ms, now_ms) => {}
                Say::Go => {
                    made.push(Made {
                        at_ms: now_ms,
                        likeness: post.likeness.clone(),
                    });
                    said.extend(post.words.as_ref().map(|words| (now_ms, words)));
                }
            }
        }
        Turn::Held
    }

    /// Whether the network refuses words at an instant (UTC milliseconds) that were last said at another.
    pub(super) fn refuses(&self, words: Option<&Words>, said_ms: Option<i64>, at_ms: i64) -> bool {
        words.is_some_and(Words::repeatable)
            && said_ms
                .zip(self.repeat_refused_ms)
                .is_some_and(|(said_ms, window_ms)| at_ms - said_ms < window_ms)
    }
}
