//! What one telling holds, as JSON.

use postrider_core::ids::{ChannelId, OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};

use crate::events::{Hint, KINDS};

/// One telling.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who tells it.
    pub from: String,
    /// Something became due earlier than was known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wake: bool,
    /// What changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Changed>,
    /// Channels on which somebody waits for the commit under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<ChannelId>,
    /// Channels that were wanted and are free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freed: Vec<ChannelId>,
}

/// A hint, with short names: a payload is short.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    k: String,
    i: String,
    v: i64,
    o: OrganizationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<ProjectId>,
}

impl From<&Hint> for Changed {
    fn from(hint: &Hint) -> Changed {
        Changed {
            k: hint.kind.to_owned(),
            i: hint.id.clone(),
            v: hint.version,
            o: hint.organization_id,
            p: hint.project_id,
        }
    }
}

impl Message {
    /// Reads one; `None` for what this version does not understand.
    pub fn read(payload: &str) -> Option<Message> {
        serde_json::from_str(payload).ok()
    }

    /// The hints it holds, of kinds that are known here.
    pub fn hints(&self) -> impl Iterator<Item = Hint> {
        self.changed.iter().filter_map(|changed| {
            Some(Hint {
                kind: KINDS.into_iter().find(|kind| *kind == changed.k)?,
                id: changed.i.clone(),
                version: changed.v,
                organization_id: changed.o,
                project_id: changed.p,
            })
        })
    }
}
