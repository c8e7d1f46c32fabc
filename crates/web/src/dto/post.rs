//! Posts.

use postrider_core::delivery::PostStatus;
use postrider_core::ids::{ChannelId, DeliveryId, OrganizationId, PostId, ProjectId, UserId};
use postrider_core::post::{AssetUse, Content, ContentType, Link, Mode, Overrides, Poll, ThreadPart};
use postrider_core::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use super::asset::AssetView;
use super::delivery::DeliveryView;
use super::schedule::Schedule;
use super::session::Person;

/// A post to make or to check.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostInput {
    /// The kind.
    pub content_type: ContentType,
    /// Title: internal, and the network's where it has one.
    #[serde(default)]
    pub title: String,
    /// The words, without the hashtags that are appended.
    #[serde(default)]
    pub text: String,
    /// Hashtags to append.
    #[serde(default)]
    pub hashtags: Vec<String>,
    /// Media, in order.
    #[serde(default)]
    pub assets: Vec<AssetUse>,
    /// The link of a link post.
    #[serde(default)]
    pub link: Option<Link>,
    /// The poll of a poll post.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// The parts of a thread.
    #[serde(default)]
    pub thread: Vec<ThreadPart>,
    /// A comment to add under the post.
    #[serde(default)]
    pub first_comment: String,
    /// Labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The channels.
    #[serde(default)]
    pub deliveries: Vec<DeliveryInput>,
    /// The time that is wished for all channels. It is kept with the draft; `schedule` makes it binding.
    #[serde(default)]
    pub schedule: Option<Schedule>,
}

impl PostInput {
    /// What it says.
    pub fn content(&self) -> Content {
        Content {
            content_type: self.content_type,
            title: self.title.clone(),
            text: self.text.clone(),
            hashtags: self.hashtags.clone(),
            assets: self.assets.clone(),
            link: self.link.clone(),
            poll: self.poll.clone(),
            thread: self.thread.clone(),
            first_comment: self.first_comment.clone(),
        }
    }
}

/// The longest excerpt, in characters.
const EXCERPT_CHARS_MAX: usize = 80;

/// A post's title, or the beginning of its words, for a line in a list.
pub fn excerpt(content: &Content) -> String {
    let thread = content.thread.first().map(|part| part.text.as_str()).unwrap_or_default();
    let words = [content.title.as_str(), content.text.as_str(), thread]
        .into_iter()
        .map(str::trim)
        .find(|words| !words.is_empty())
        .unwrap_or_default();
    let line = words.lines().next().unwrap_or_default();
    if line.chars().count() <= EXCERPT_CHARS_MAX {
        return line.to_owned();
    }
    let cut: String = line.chars().take(EXCERPT_CHARS_MAX - 1).collect();
    format!("{}…", cut.trim_end())
}

/// What to change of a post. What is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostPatch {
    /// Another kind.
    #[serde(default)]
    pub content_type: Option<ContentType>,
    /// Another title.
    #[serde(default)]
    pub title: Option<String>,
    /// Other words.
    #[serde(default)]
    pub text: Option<String>,
    /// Other hashtags.
    #[serde(default)]
    pub hashtags: Option<Vec<String>>,
    /// Other media.
    #[serde(default)]
    pub assets: Option<Vec<AssetUse>>,
    /// Another link; null takes it away.
    #[serde(default, deserialize_with = "super::present")]
    #[schema(value_type = Option<Link>)]
    pub link: Option<Option<Link>>,
    /// Another poll; null takes it away.
    #[serde(default, deserialize_with = "super::present")]
    #[schema(value_type = Option<Poll>)]
    pub poll: Option<Option<Poll>>,
    /// Other thread parts.
    #[serde(default)]
    pub thread: Option<Vec<ThreadPart>>,
    /// Another first comment.
    #[serde(default)]
    pub first_comment: Option<String>,
    /// Other labels.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// The channels from now on: one that is absent is taken off, one that is new is added.
    #[serde(default)]
    pub deliveries: Option<Vec<DeliveryInput>>,
    /// Another wished time; null takes it away.
    #[serde(default, deserialize_with = "super::present")]
    #[schema(value_type = Option<Schedule>)]
    pub schedule: Option<Option<Schedule>>,
}

impl PostPatch {
    /// What a post says after the change; `None` if it says the same.
    pub fn content(&self, before: &Content) -> Option<Content> {
        let content = Content {
            content_type: self.content_type.unwrap_or(before.content_type),
            title: self.title.clone().unwrap_or_else(|| before.title.clone()),
            text: self.text.clone().unwrap_or_else(|| before.text.clone()),
            hashtags: self.hashtags.clone().unwrap_or_else(|| before.hashtags.clone()),
            assets: self.assets.clone().unwrap_or_else(|| before.assets.clone()),
            link: self.link.clone().unwrap_or_else(|| before.link.clone()),
            poll: self.poll.clone().unwrap_or_else(|| before.poll.clone()),
            thread: self.thread.clone().unwrap_or_else(|| before.thread.clone()),
            first_comment: self.first_comment.clone().unwrap_or_else(|| before.first_comment.clone()),
        };
        (content != *before).then_some(content)
    }
}

/// One channel of a post.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryInput {
    /// Which channel.
    pub channel_id: ChannelId,
    /// For followers to see, or as a draft.
    #[serde(default)]
    pub mode: Mode,
    /// What this channel says otherwise.
    #[serde(default)]
    pub overrides: Overrides,
    /// Its own time; the post's if absent.
    #[serde(default)]
    pub schedule: Option<Schedule>,
}

/// A post with its deliveries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostView {
    /// Which.
    pub id: PostId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// In which project; null for an idea.
    pub project_id: Option<ProjectId>,
    /// Who wrote it.
    pub author: Person,
    /// Changes with every edit; also the `ETag`.
    pub version: i64,
    /// Derived from the deliveries.
    pub status: PostStatus,
    /// The kind.
    pub content_type: ContentType,
    /// Title; empty if none.
    pub title: String,
    /// The words.
    pub text: String,
    /// Hashtags to append.
    pub hashtags: Vec<String>,
    /// Media, in order.
    pub assets: Vec<AssetUse>,
    /// The link.
    pub link: Option<Link>,
    /// The poll.
    pub poll: Option<Poll>,
    /// The parts of a thread.
    pub thread: Vec<ThreadPart>,
    /// The comment under the post.
    pub first_comment: String,
    /// Labels.
    pub labels: Vec<String>,
    /// The assets that the post and its overrides name, measured.
    pub media: Vec<AssetView>,
    /// The wished or binding time of the whole post, as typed.
    pub schedule: Option<Schedule>,
    /// One per channel.
    pub deliveries: Vec<DeliveryView>,
    /// What the person who asks may do with it now.
    pub may: Vec<PostAct>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Something that can be done with a post now, by who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostAct {
    /// Change it.
    Edit,
    /// Give it a time.
    Schedule,
    /// Take its time away.
    Unschedule,
    /// Send it now.
    Publish,
    /// Try the failed channels again.
    Retry,
    /// Call it off.
    Cancel,
    /// Delete it here.
    Delete,
}

/// Which posts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Words to look for in title, text and hashtags.
    pub search: Option<String>,
    /// Of this status only.
    pub status: Option<PostStatus>,
    /// Of this type only.
    pub content_type: Option<ContentType>,
    /// On this channel only.
    pub channel_id: Option<ChannelId>,
    /// By this author only.
    pub author_id: Option<UserId>,
    /// With this label only.
    pub label: Option<String>,
    /// With a delivery due (or, for drafts, made) at or after this instant.
    #[param(value_type = Option<Instant>)]
    pub from: Option<Instant>,
    /// With a delivery due (or, for drafts, made) before this instant.
    #[param(value_type = Option<Instant>)]
    pub to: Option<Instant>,
}

/// When, and for which deliveries.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    /// When; the time kept with the draft if absent. A delivery's own time goes before it.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Which; all that can if absent.
    #[serde(default)]
    pub delivery_ids: Option<Vec<DeliveryId>>,
}

/// For which deliveries.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActInput {
    /// Which; all that can if absent.
    #[serde(default)]
    pub delivery_ids: Option<Vec<DeliveryId>>,
}

/// What an act left behind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActAnswer {
    /// The post as it now stands.
    pub post: PostView,
    /// What does not stop it but should be known, such as an inactive channel or a moved clock.
    pub warnings: Vec<Problem>,
}
