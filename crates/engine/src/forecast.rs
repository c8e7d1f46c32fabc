//! Gathers what the core needs to foretell a post on a channel: the same rows that the engine goes by when it is due.

use std::collections::BTreeMap;

use postrider_core::channel::Standing;
use postrider_core::delivery::{Gate, State};
use postrider_core::forecast::{Facts, Met, Outlook, SAME_WORDS_MS, Verdict, outlook, said, same};
use postrider_core::ids::AssetId;
use postrider_core::post::{AssetFacts, Content, Mode, Overrides};
use postrider_core::problem::Problem;
use postrider_core::quota;
use postrider_core::rules::ROLLING_HOUR_POSTS_MAX;
use postrider_core::rules::check::{CheckChannel, CheckInput, check};
use postrider_core::rules::render::Rendered;
use postrider_core::rules::schema::{HOUR_MS, ROLLING_HOUR};
use postrider_provider::goes_to_network;
use postrider_store::StoreError;
use postrider_store::channels::Channel;
use postrider_store::deliveries::{self, Delivery, Lined};
use postrider_store::quota_use::QuotaUse;
use postrider_store::scope::Scope;
use postrider_store::{organizations, plans, projects, quota_use};

use crate::shared::Shared;

/// One post on one channel, saved or not.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Where.
    pub channel: &'a Channel,
    /// The delivery that it is, or whose next version it is; `None` if nothing of it is saved.
    pub delivery: Option<&'a Delivery>,
    /// Whether it is told of as it is saved. If not, it is told of as if it were scheduled so.
    pub saved: bool,
    /// What the post says.
    pub content: &'a Content,
    /// What this channel says otherwise.
    pub overrides: &'a Overrides,
    /// For the public or as a draft.
    pub mode: Mode,
    /// When it is to go out, UTC milliseconds; `None`: now.
    pub due_at: Option<i64>,
    /// What was measured of the files that content and overrides name.
    pub assets: &'a BTreeMap<AssetId, AssetFacts>,
    /// What is wrong with it beside what the rules say.
    pub problems: &'a [Problem],
}

/// What is foretold.
#[derive(Debug, Clone)]
pub struct Foretold {
    /// For when, UTC milliseconds.
    pub at_ms: i64,
    /// The words as they are sent.
    pub words: Rendered,
    /// What will happen.
    pub outlook: Outlook,
    /// From when on files are sent ahead, UTC milliseconds; `None` if everything is sent at its instant.
    pub staged_from_ms: Option<i64>,
    /// How many more fit into the hour that ends at its instant, without this one.
    pub hour_left: i64,
    /// When it could be scheduled for instead, UTC milliseconds, if the hour is full.
    pub next_free_ms: Option<i64>,
    /// What the network said of its own quotas.
    pub quotas: Vec<QuotaUse>,
    /// What else the asking member sees that is due there within the hour before and after.
    pub neighbours: Vec<Lined>,
    /// Equal posts there that the asking member sees: to go out, or gone out in the last 24 hours.
    pub same: Vec<Lined>,
}

/// What is known of a channel that its posts depend on.
pub fn standing(channel: &Channel) -> Standing<'_> {
    Standing {
        id: channel.id,
        network: channel.network,
        name: &channel.name,
        status: channel.status,
        halted_because: channel
            .halted_at
            .map(|_| channel.halt_reason.as_deref().unwrap_or("it was halted by hand.")),
        access_ends_at_ms: channel.access_ends_at,
    }
}

/// Foretells what becomes of a post on a channel if nothing changes.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn foretell(shared: &Shared, scope: &Scope, ask: Ask<'_>) -> Result<Foretold, StoreError> {
    let (db, channel) = (&shared.db, ask.channel);
    let now_ms = shared.now_ms();
    let deferred = ask.delivery.filter(|delivery| ask.saved && delivery.state == State::Deferred);
    let deferred_until = deferred.and_then(|delivery| delivery.deferred_until);
    let at_ms = ask.due_at.unwrap_or(now_ms).max(deferred_until.unwrap_or(now_ms)).max(now_ms);
    let content = ask.content.overridden(ask.overrides);
    let network = channel.network;
    let capability = shared.registry.of(network).map(|adapter| adapter.capability());

    let span_ms = SAME_WORDS_MS + HOUR_MS;
    let mut line = deliveries::line(db, scope, channel.id, at_ms.min(now_ms) - span_ms, at_ms + span_ms).await?;
    line.retain(|lined| ask.delivery.is_none_or(|delivery| delivery.id != lined.id));
    let place = (ask.due_at.unwrap_or(now_ms), ask.delivery.map(|delivery| delivery.id));
    let before = |lined: &Lined| match place {
        // What is not saved stands behind all of its instant.
        (due_at, None) => instant(lined) <= due_at,
        (due_at, Some(id)) => (instant(lined), lined.id) < (due_at, id),
    };

    let equal: Vec<&Lined> = line
        .iter()
        .filter(|lined| goes(lined) || stands(lined))
        .filter(|lined| same(network, &content, &lined.content.overridden(&lined.overrides)))
        .collect();
    let said_before_ms = equal
        .iter()
        .filter(|lined| stands(lined) || before(lined))
        .map(|lined| instant(lined))
        .max();
    let said_again = equal.iter().any(|lined| goes(lined) && !before(lined));

    let made: Vec<i64> = line.iter().filter_map(|lined| lined.first_commit_at).collect();
    let ahead: Vec<i64> = line
        .iter()
        .filter(|lined| goes(lined) && before(lined))
        .map(|lined| instant(lined).max(lined.deferred_until.unwrap_or(0)).max(now_ms))
        .collect();
    let hour = Met {
        whose: "Postrider on one channel",
        max: i64::from(ROLLING_HOUR_POSTS_MAX),
        window: ROLLING_HOUR.window,
        made: &made,
        ahead: &ahead,
    };
    let times: Vec<i64> = line.iter().filter(|lined| goes(lined) || stands(lined)).map(instant).collect();
    let used = quota::used(hour.window, &times, at_ms).unwrap_or(0);
    let free_ms = quota::next_free(hour.window, hour.max, &times, at_ms).unwrap_or(at_ms);

    let to_network = capability.is_none_or(|capability| goes_to_network(capability, content.content_type, ask.mode));
    let outlook = outlook(Facts {
        now_ms,
        at_ms,
        due_at_ms: ask.due_at,
        state: ask.delivery.filter(|_| ask.saved).map(|delivery| delivery.state),
        gate: ask.delivery.map_or(Gate::None, |delivery| delivery.gate),
        content: &content,
        mode: ask.mode,
        goes_to_network: to_network,
        plan_allows: plans::of_organization(db, scope).await?.allow_social_publishing && organizations::get(db, scope).await?.planner_on,
        catch_up_ms: projects::get(db, scope, channel.project_id).await?.catch_up_ms,
        channel: standing(channel),
        problems: found_wrong(&ask),
        limits: &[hour],
        said_before_ms,
        said_again,
    });
    let lead_ms = capability.map_or(0, |capability| (capability.lead_ms)(content.content_type));
    let goes_out = matches!(outlook.verdict, Verdict::WillPublish | Verdict::WillWait);
    let (near, equal) = (
        line.iter().filter(|lined| (instant(lined) - at_ms).abs() < HOUR_MS),
        equal
            .into_iter()
            .filter(|lined| goes(lined) || at_ms - instant(lined) < SAME_WORDS_MS),
    );
    Ok(Foretold {
        at_ms,
        words: said(network, &content),
        staged_from_ms: (goes_out && lead_ms > 0 && at_ms > now_ms && !content.asset_ids().is_empty())
            .then(|| (at_ms - lead_ms).max(now_ms)),
        hour_left: (i64::from(ROLLING_HOUR_POSTS_MAX) - used).max(0),
        next_free_ms: (free_ms > at_ms).then_some(free_ms),
        quotas: quota_use::of_channel(db, scope, channel.id).await?,
        neighbours: near.filter(|lined| lined.in_sight).cloned().collect(),
        same: equal.filter(|lined| lined.in_sight).cloned().collect(),
        outlook,
    })
}

/// When it went out, or is to.
fn instant(lined: &Lined) -> i64 {
    lined.first_commit_at.or(lined.due_at).unwrap_or(0)
}

/// Whether it is still to go out: what approval keeps back does not take a place.
fn goes(lined: &Lined) -> bool {
    use State::{Deferred, Processing, Publishing, Scheduled, Staged, Staging};
    lined.first_commit_at.is_none()
        && lined.gate.open()
        && matches!(lined.state, Scheduled | Staging | Staged | Publishing | Processing | Deferred)
}

/// Whether it stands at the network, or may.
fn stands(lined: &Lined) -> bool {
    lined.first_commit_at.is_some() && lined.state != State::Failed
}

fn found_wrong(ask: &Ask<'_>) -> Vec<Problem> {
    let mut problems = ask.problems.to_vec();
    problems.extend(check(&CheckInput {
        content: ask.content.clone(),
        channels: vec![CheckChannel {
            network: ask.channel.network,
            channel_id: Some(ask.channel.id),
            overrides: ask.overrides.clone(),
            mode: ask.mode,
            text_max: None,
        }],
        assets: ask.assets.clone(),
    }));
    problems
}
