//! Posts as they are meant: what they name must be there, and what would not go out is told. [`write`] puts them down, [`acts`] sends them on.

pub mod acts;
mod bounds;
pub mod foretell;
pub mod write;

use std::collections::BTreeMap;

use postrider_core::ids::{AssetId, ChannelId, ProjectId};
use postrider_core::post::{AssetFacts, Content, Mode, Overrides};
use postrider_core::problem::{Problem, Severity};
use postrider_core::rules::check::{CheckChannel, CheckInput, blocks, check};
use postrider_engine::forecast;
use postrider_store::channels::{self, Channel};
use postrider_store::scope::Scope;
use postrider_store::{StoreError, assets};

use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// One channel with what it says otherwise.
pub struct Aim {
    /// The channel.
    pub channel: Channel,
    /// What it says otherwise.
    pub overrides: Overrides,
    /// How it ends.
    pub mode: Mode,
}

/// Content with everything that it names.
pub struct Meant {
    /// What is said.
    pub content: Content,
    /// Where.
    pub aims: Vec<Aim>,
    /// The files named, measured.
    pub assets: BTreeMap<AssetId, AssetFacts>,
}

impl Meant {
    /// Reads what content and channels name. What is not there, or is another project's, is refused with its field.
    ///
    /// # Errors
    /// 422 with the field.
    pub async fn read(
        state: &AppState,
        scope: &Scope,
        project: Option<ProjectId>,
        content: Content,
        wanted: &[(ChannelId, Overrides, Mode)],
    ) -> Answer<Self> {
        bounds::bounded("", &content)?;
        let mut aims = Vec::with_capacity(wanted.len());
        for (index, (id, overrides, mode)) in wanted.iter().enumerate() {
            bounds::bounded(&format!("deliveries.{index}.overrides."), &content.overridden(overrides))?;
            let field = || format!("deliveries.{index}.channel_id");
            let channel = match channels::get(state.db(), scope, *id).await {
                Ok(channel) if Some(channel.project_id) == project => channel,
                Ok(_) | Err(StoreError::NotFound) => return Err(Refused::invalid(field(), "This channel is not in the project.")),
                Err(error) => return Err(error.into()),
            };
            aims.push(Aim {
                channel,
                overrides: overrides.clone(),
                mode: *mode,
            });
        }
        let mut ids = content.asset_ids();
        for aim in &aims {
            ids.extend(content.overridden(&aim.overrides).asset_ids());
        }
        ids.sort_unstable();
        ids.dedup();
        let found = assets::by_ids(state.db(), scope, &ids).await?;
        let known: BTreeMap<AssetId, AssetFacts> = found
            .into_iter()
            .filter(|asset| Some(asset.project_id) == project)
            .map(|asset| (asset.id, asset.facts))
            .collect();
        if let Some(missing) = ids.iter().find(|id| !known.contains_key(id)) {
            return Err(Refused::invalid("assets", format!("The file {missing} is not in the project.")));
        }
        Ok(Meant {
            content,
            aims,
            assets: known,
        })
    }

    /// What is wrong with it, by the rules and by its channels' standing.
    pub fn problems(&self, now_ms: i64) -> Vec<Problem> {
        let input = CheckInput {
            content: self.content.clone(),
            channels: self
                .aims
                .iter()
                .map(|aim| CheckChannel {
                    network: aim.channel.network,
                    channel_id: Some(aim.channel.id),
                    overrides: aim.overrides.clone(),
                    mode: aim.mode,
                    text_max: aim.channel.text_max(),
                })
                .collect(),
            assets: self.assets.clone(),
        };
        let mut problems = check(&input);
        problems.extend(self.aims.iter().filter_map(|aim| standing(&aim.channel, now_ms)));
        problems
    }
}

/// The warning of a channel that cannot be used as it stands (product P9).
pub fn standing(channel: &Channel, now_ms: i64) -> Option<Problem> {
    let standing = forecast::standing(channel);
    let risk = standing.risk(now_ms, now_ms).filter(|risk| risk.stops())?;
    Some(standing.told(risk))
}

/// A refusal as one problem among others.
pub fn as_problem(refused: Refused) -> Problem {
    let document = refused.document();
    Problem {
        field: document.field.unwrap_or_default(),
        network: None,
        channel_id: None,
        code: document.code,
        severity: Severity::Error,
        message: document.detail,
        limit: None,
        actual: None,
        remedy: document.remedy.unwrap_or_default(),
    }
}

/// Refuses content that would not publish.
///
/// # Errors
/// 422 `post.problems` with the list.
pub fn publishable(problems: Vec<Problem>) -> Answer<Vec<Problem>> {
    if blocks(&problems) {
        return Err(Code::Content
            .because("What is listed would keep it from being published. It can be kept as a draft.")
            .problems(problems));
    }
    Ok(problems)
}
