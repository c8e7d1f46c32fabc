//! Hints that something changed, so that screens can read it again. A hint is never the truth itself.

use postrider_core::ids::{OrganizationId, ProjectId};
use serde::Serialize;
use tokio::sync::broadcast;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// `post`, `delivery`, `channel`, `notification`, `asset`.
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

/// Where hints are sent, and listened for. A listener that falls behind misses some and reads everything again.
#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<Hint>,
}

impl Default for Events {
    fn default() -> Self {
        Events {
            sender: broadcast::channel(1024).0,
        }
    }
}

impl Events {
    /// Tells whoever listens.
    pub fn send(&self, hint: Hint) {
        // Nobody listening is no failure.
        let _ = self.sender.send(hint);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Hint> {
        self.sender.subscribe()
    }
}
