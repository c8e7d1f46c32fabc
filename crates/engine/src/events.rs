//! Hints that something changed, so that screens can read it again. A hint is never the truth itself.

use std::sync::Arc;

use postrider_core::ids::{OrganizationId, ProjectId};
use serde::Serialize;
use tokio::sync::broadcast;

use crate::replicas::Bell;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// One of `post`, `delivery`, `channel`, `notification`, `asset`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its version, where it has one.
    pub version: i64,
    /// Whose it is; never sent to others.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// In which project, if in one.
    #[serde(skip)]
    pub project_id: Option<ProjectId>,
}

/// What can change, as [`Hint::kind`] names it.
pub(crate) const KINDS: [&str; 5] = ["post", "delivery", "channel", "notification", "asset"];

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something changed.
    Changed(Hint),
    /// Something may have changed that was not heard: all is to be read again.
    Missed,
}

/// Where hints are sent, and listened for. A listener that falls behind misses some and reads everything again.
#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<News>,
    bell: Arc<Bell>,
}

impl Events {
    /// Hints that other replicas hear by a bell as well.
    pub(crate) fn told_by(bell: Arc<Bell>) -> Events {
        Events {
            sender: broadcast::channel(1024).0,
            bell,
        }
    }

    /// Tells whoever listens, at every replica.
    pub fn send(&self, hint: Hint) {
        self.bell.changed(&hint);
        self.here(News::Changed(hint));
    }

    /// Tells whoever listens at this replica.
    pub(crate) fn here(&self, news: News) {
        // Nobody listening is no failure.
        let _ = self.sender.send(news);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.sender.subscribe()
    }
}
