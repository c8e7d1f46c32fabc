//! Gathers what the core needs to foretell a post on a channel: the same rows that the engine goes by when it is due.

use std::collections::BTreeMap;

use postrider_core::channel::Standing;
use postrider_core::delivery::{Gate, State};
use postrider_core::forecast::{Facts, Line, Outlook, Room, SAME_WORDS_MS, Verdict, Waiting, Words, outlook, said};
use postrider_core::guard;
use postrider_core::ids::AssetId;
use postrider_core::post::{AssetFacts, Content, Mode, Overrides};
use postrider_core::problem::Problem;
use postrider_core::quota;
use postrider_core::rules::check::{CheckChannel, CheckInput, blocks, check};
use postrider_core::rules::render::Rendered;
use postrider_core::rules::schema::{HOUR_MS, ROLLING_HOUR};
use postrider_core::rules::{self, ROLLING_HOUR_POSTS_MAX};
use postrider_provider::goes_to_network;
use postrider_store::channels::Channel;
use postrider_store::deliveries::{self, Delivery, Lined};
use postrider_store::quota_use::{self, OneMore};
use postrider_store::scope::Scope;
use postrider_store::{StoreError, assets, hot, organizations, plans, projects};

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
    /// The network's own quotas of the channel, as they stand at its instant without this one.
    pub quotas: Vec<QuotaLeft>,
    /// What else the asking member sees that is due there within the hour before and after.
    pub neighbours: Vec<Lined>,
    /// Equal posts there that the asking member sees: to go out, or gone out in the last 24 hours.
    pub same: Vec<Lined>,
}

/// How a network's quota of a channel stands.
#[derive(Debug, Clone)]
pub struct QuotaLeft {
    /// Which.
    pub quota: &'static rules::Quota,
    /// How many places it has.
    pub max: i64,
    /// How many are taken.
    pub used: i64,
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

/// How far around its instant a post's line matters, milliseconds: as long as the guard counts and equal words are told of, and the longest
/// that an hour holds one that is due before.
const SPAN_MS: i64 = SAME_WORDS_MS + HOUR_MS;

/// Foretells what becomes of a post on a channel if nothing changes.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn foretell(shared: &Shared, scope: &Scope, ask: Ask<'_>) -> Result<Foretold, StoreError> {
    let (db, channel) = (&shared.db, ask.channel);
    let now_ms = shared.now_ms();
    let deferred = ask.delivery.filter(|delivery| ask.saved && delivery.state == State::Deferred);
    let deferred_until_ms = deferred.and_then(|delivery| delivery.deferred_until);
    let at_ms = ask.due_at.unwrap_or(now_ms).max(deferred_until_ms.unwrap_or(now_ms)).max(now_ms);
    let content = ask.content.overridden(ask.overrides);
    let network = channel.network;
    let capability = shared.registry.of(network).map(|adapter| adapter.capability());
    let project = projects::get(db, scope, channel.project_id).await?;

    let mut lined = deliveries::line(db, scope, channel.id, at_ms - SPAN_MS, at_ms + SPAN_MS).await?;
    lined.retain(|lined| ask.delivery.is_none_or(|delivery| delivery.id != lined.id));
    let around = Around::read(shared, channel, lined, project.catch_up_ms).await?;
    let watched = hot::watched(db, channel.id, now_ms).await?;
    let place = (ask.due_at.unwrap_or(now_ms), ask.delivery.map(|delivery| delivery.id));
    let (before, after) = around.waiting(|lined| match place {
        // What is not saved stands behind all of its instant.
        (due_at, None) => instant(lined) <= due_at,
        (due_at, Some(id)) => (instant(lined), lined.id) < (due_at, id),
    });
    let said_there = around.said();
    let ours = Words::of(network, &content);
    let equal = |lined: &Lined| ours.is_some() && around.words_of(lined) == ours;
    let line = Line {
        made: &watched.made,
        lifted_at_ms: watched.lifted_at,
        said: &said_there,
        before: &before,
        after: &after,
        repeat_refused_ms: rules::of(network).repeat_refused_ms.map(|limit| limit.value),
    };

    let one_more = OneMore {
        channel: channel.id,
        network,
        content_type: content.content_type,
        mode: ask.mode,
        delivery: ask.delivery.map(|delivery| delivery.id),
    };
    let found = match quota_use::room(db, scope, &one_more, at_ms).await {
        Ok(room) => Ok(room),
        Err(StoreError::QuotaClosed { quota }) => Err(quota),
        Err(error) => return Err(error),
    };
    let room = match &found {
        Ok(room) => Room::Windows {
            all: &room.windows,
            full: room.full.as_ref(),
        },
        Err(quota) => Room::Closed(quota),
    };
    let to_network = capability.is_none_or(|capability| goes_to_network(capability, content.content_type, ask.mode));
    let outlook = outlook(Facts {
        now_ms,
        at_ms,
        due_at_ms: ask.due_at,
        deferred_until_ms,
        state: ask.delivery.filter(|_| ask.saved).map(|delivery| delivery.state),
        gate: ask.delivery.map_or(Gate::None, |delivery| delivery.gate),
        content: &content,
        likeness: likeness(&content, ask.assets),
        mode: ask.mode,
        goes_to_network: to_network,
        plan_allows: plans::of_organization(db, scope).await?.allow_social_publishing && organizations::get(db, scope).await?.planner_on,
        catch_up_ms: project.catch_up_ms,
        channel: standing(channel),
        outage_since_ms: shared.breakers.outage_since_ms(channel, now_ms),
        problems: found_wrong(&ask),
        line,
        room,
        said_again: after.iter().any(|other| ours.is_some() && other.words == ours),
    });

    let times: Vec<i64> = around.taking_places().map(instant).collect();
    let used = quota::used(ROLLING_HOUR.window, &times, at_ms).unwrap_or(0);
    let quotas = found.iter().flat_map(|room| &room.windows).filter(|window| {
        // Our own hour is told of beside them.
        window.quota.key != ROLLING_HOUR.key && quota_use::counts_on_channel(window.quota)
    });
    let quotas = quotas.map(|window| QuotaLeft {
        quota: window.quota,
        max: window.max,
        used: quota::used(window.quota.window, &window.times, at_ms).unwrap_or(0),
    });
    let next_free_ms = found.as_ref().ok().filter(|room| room.full.is_some()).map(|room| room.free_ms);
    let lead_ms = capability.map_or(0, |capability| (capability.lead_ms)(content.content_type));
    let goes_out = matches!(outlook.verdict, Verdict::WillPublish | Verdict::WillWait);
    let near = around.lined.iter().filter(|lined| (instant(lined) - at_ms).abs() < HOUR_MS);
    let same = around
        .lined
        .iter()
        .filter(|lined| (goes(lined) || (stands(lined) && at_ms - instant(lined) < SAME_WORDS_MS)) && equal(lined));
    Ok(Foretold {
        at_ms,
        words: said(network, &content),
        staged_from_ms: (goes_out && lead_ms > 0 && at_ms > now_ms && !content.asset_ids().is_empty())
            .then(|| (at_ms - lead_ms).max(now_ms)),
        hour_left: (i64::from(ROLLING_HOUR_POSTS_MAX) - used).max(0),
        next_free_ms,
        quotas: quotas.collect(),
        neighbours: near.filter(|lined| lined.in_sight).cloned().collect(),
        same: same.filter(|lined| lined.in_sight).cloned().collect(),
        outlook,
    })
}

/// What else there is on the channel, with what is known of its files.
struct Around<'a> {
    shared: &'a Shared,
    channel: &'a Channel,
    lined: Vec<Lined>,
    files: BTreeMap<AssetId, AssetFacts>,
    catch_up_ms: i64,
}

impl<'a> Around<'a> {
    async fn read(shared: &'a Shared, channel: &'a Channel, lined: Vec<Lined>, catch_up_ms: i64) -> Result<Self, StoreError> {
        let waiting = lined.iter().filter(|lined| goes(lined));
        let mut ids: Vec<AssetId> = waiting.flat_map(|lined| said_by(lined).asset_ids()).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = assets::for_delivery(&shared.db, channel.organization_id, &ids).await?;
        Ok(Around {
            shared,
            channel,
            lined,
            files: found.into_iter().map(|asset| (asset.id, asset.facts)).collect(),
            catch_up_ms,
        })
    }

    /// What is to go out there, as the guard is asked about it: what goes first where both ask at once, and what goes after.
    fn waiting(&self, goes_before: impl Fn(&Lined) -> bool) -> (Vec<Waiting>, Vec<Waiting>) {
        let asking = self.lined.iter().filter(|lined| goes(lined) && self.asks(lined));
        let (before, after): (Vec<&Lined>, Vec<&Lined>) = asking.partition(|lined| goes_before(lined));
        let waits = |lined: &&Lined| {
            let content = said_by(lined);
            Waiting {
                asks_ms: instant(lined).max(lined.deferred_until.unwrap_or(0)).max(self.shared.now_ms()),
                due_ms: instant(lined),
                likeness: likeness(&content, &self.files),
                words: Words::of(self.channel.network, &content),
            }
        };
        (before.iter().map(waits).collect(), after.iter().map(waits).collect())
    }

    /// Whether the network will be asked for it: not what a person posts, what is missed, or what the rules keep back.
    fn asks(&self, lined: &Lined) -> bool {
        let content = said_by(lined);
        let adapter = self.shared.registry.of(self.channel.network);
        let by_hand = adapter.is_some_and(|adapter| !goes_to_network(adapter.capability(), content.content_type, lined.mode));
        let waits = matches!(lined.state, State::Scheduled | State::Staging | State::Staged);
        let missed = waits && self.shared.now_ms() - instant(lined) > self.catch_up_ms;
        let files = content.asset_ids().into_iter();
        let files = files.filter_map(|id| Some((id, self.files.get(&id)?.clone()))).collect();
        !by_hand && !missed && !blocks(&by_the_rules(self.channel, &lined.content, &lined.overrides, lined.mode, files))
    }

    fn words_of(&self, lined: &Lined) -> Option<Words> {
        Words::of(self.channel.network, &said_by(lined))
    }

    /// What was said there, and when, UTC milliseconds.
    fn said(&self) -> Vec<(i64, Words)> {
        let standing = self.lined.iter().filter(|lined| stands(lined));
        standing.filter_map(|lined| Some((instant(lined), self.words_of(lined)?))).collect()
    }

    fn taking_places(&self) -> impl Iterator<Item = &Lined> {
        self.lined.iter().filter(|lined| goes(lined) || stands(lined))
    }
}

fn said_by(lined: &Lined) -> Content {
    lined.content.overridden(&lined.overrides)
}

fn likeness(content: &Content, files: &BTreeMap<AssetId, AssetFacts>) -> Option<String> {
    guard::likeness(content, |id| files.get(&id).map(|facts| facts.bytes))
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
    problems.extend(by_the_rules(ask.channel, ask.content, ask.overrides, ask.mode, ask.assets.clone()));
    problems
}

fn by_the_rules(
    channel: &Channel,
    content: &Content,
    overrides: &Overrides,
    mode: Mode,
    assets: BTreeMap<AssetId, AssetFacts>,
) -> Vec<Problem> {
    check(&CheckInput {
        content: content.clone(),
        channels: vec![CheckChannel {
            network: channel.network,
            channel_id: Some(channel.id),
            overrides: overrides.clone(),
            mode,
            text_max: channel.text_max(),
        }],
        assets,
    })
}
