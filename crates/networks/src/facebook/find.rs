//! Whether a commit stands after its answer was lost.

use postrider_core::delivery::Part;
use postrider_core::post::Mode;
use postrider_provider::{Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress};

use super::publish::absolute;
use super::state::{Shape, State, shape};
use super::wire::{Comment, PostNode, Published, Story, VideoNode};
use super::{call, error};
use crate::meta::error::not_there;
use crate::meta::{instant_ms, list};
use crate::recall::{self, Seen};

/// How long a story is listed, milliseconds.
const STORY_MS: i64 = 24 * 3_600_000;

/// What a post with a video of its own is called; a link to a video elsewhere is called otherwise.
const OWN_VIDEOS: [&str; 3] = ["video_inline", "video_autoplay", "video_direct_response"];

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    if !intent.remembered {
        return unremembered(job, progress, intent, answers);
    }
    let comment = intent
        .match_key
        .strip_prefix("comment:")
        .filter(|_| intent.part == Part::FirstComment);
    let Some(answer) = answers.last() else {
        return match (comment, shape(job)) {
            (Some(object), _) => in_comments(job, object, answers),
            (None, Shape::Feed) if job.mode == Mode::Draft => Probe::Finding(Finding::Unreadable("Facebook lists no drafts.".to_owned())),
            // An upload that was not closed yet reads as a draft, too (facebook.md §3.5).
            (None, Shape::Reel) if job.mode == Mode::Draft => {
                Probe::Finding(Finding::Unreadable("Facebook does not tell a draft from an upload.".to_owned()))
            }
            (None, Shape::Feed) => Probe::Call(call::look_at_post(job, &intent.key)),
            (None, Shape::Video | Shape::Reel) => Probe::Call(call::look_at_video(job, &intent.key)),
            (None, Shape::PhotoStory) => in_stories(job, intent, answers),
            (None, Shape::VideoStory) => Probe::Call(call::look_at_video(job, &intent.match_key)),
        };
    };
    if shape(job) == Shape::VideoStory {
        return of_video_story(job, intent, answers);
    }
    if !answer.ok() {
        return Probe::Finding(error::fault(answer).finding());
    }
    let finding = match (comment, shape(job)) {
        (Some(object), _) => return in_comments(job, object, answers),
        (None, Shape::PhotoStory | Shape::VideoStory) => return in_stories(job, intent, answers),
        (None, Shape::Feed) => of_post(intent, answer),
        (None, Shape::Video | Shape::Reel) => of_video(job, intent, answer),
    };
    finding.map_or_else(|| unknown("Facebook's answer cannot be read."), Probe::Finding)
}

/// What another database may have posted, by its words. Drafts are in no list; a story has no words.
fn unremembered(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    if job.mode == Mode::Draft {
        return Probe::Finding(Finding::Unreadable("Facebook lists no drafts.".to_owned()));
    }
    let mut answers = answers;
    if let Some(own) = own_node(job, progress) {
        if let Some(told) = of_own(job, intent, &own, answers) {
            return told;
        }
        answers = &answers[1..];
    }
    if let Some(bad) = answers.iter().find(|answer| !answer.ok()) {
        return unknown(&error::fault(bad).message);
    }
    let too_old = |seen: &Seen| recall::too_old(intent, seen.at_ms);
    let (words, gathered) = match shape(job) {
        Shape::PhotoStory | Shape::VideoStory if job.now_ms - intent.stored_at_ms > STORY_MS => {
            return Probe::Finding(Finding::Unreadable("Facebook lists a story for a day only.".to_owned()));
        }
        Shape::PhotoStory | Shape::VideoStory => (
            "",
            list::gather("Facebook's list of stories", answers, call::stories(job), of_story, too_old),
        ),
        shape => (
            job.text.as_str(),
            list::gather(
                "Facebook's list of posts",
                answers,
                call::posts(job),
                |post: Published| of_published(shape, post),
                too_old,
            ),
        ),
    };
    match gathered {
        Ok(seen) => Probe::Finding(recall::judge(job, intent, words, seen)),
        Err(next) => *next,
    }
}

/// What this database put there ahead of time: the other one may have published that very thing.
fn own_node(job: &Job, progress: &Progress) -> Option<String> {
    let state: State = progress.read().ok()?;
    match shape(job) {
        Shape::Feed => state.post,
        Shape::Video | Shape::Reel | Shape::VideoStory => state.video.map(|video| video.id),
        Shape::PhotoStory => None,
    }
}

/// The next look at it; `None` once it is known not to stand, or not to be there any more. A video stands in no list while Facebook works on it.
fn of_own(job: &Job, intent: &IntentView, own: &str, answers: &[Answer]) -> Option<Probe> {
    let Some(node) = answers.first() else {
        return Some(Probe::Call(match shape(job) {
            Shape::Feed => call::look_at_post(job, own),
            _ => call::look_at_video(job, own),
        }));
    };
    let intent = IntentView {
        key: own.to_owned(),
        match_key: own.to_owned(),
        ..intent.clone()
    };
    let told = match shape(job) {
        _ if !node.ok() && !not_there(node) => Probe::Finding(error::fault(node).finding()),
        _ if !node.ok() => return None,
        Shape::VideoStory => of_video_story(job, &intent, answers),
        Shape::Feed => of_post(&intent, node).map_or_else(|| unknown("Facebook's answer cannot be read."), Probe::Finding),
        _ => of_video(job, &intent, node).map_or_else(|| unknown("Facebook's answer cannot be read."), Probe::Finding),
    };
    (!matches!(told, Probe::Finding(Finding::AbsentByFence | Finding::AbsentInList))).then_some(told)
}

fn of_story(story: Story) -> Option<Seen> {
    let at_ms = story.creation_time.parse::<i64>().ok()?.checked_mul(1_000)?;
    Some(Seen {
        id: story.post_id,
        words: String::new(),
        at_ms,
        permalink: story.url,
        fits: true,
    })
}

/// A video is known by its own id, everything else by its post's.
fn of_published(shape: Shape, post: Published) -> Option<Seen> {
    let video = post
        .attachments
        .data
        .iter()
        .find(|attachment| OWN_VIDEOS.contains(&attachment.kind.as_str()))
        .map(|attachment| attachment.target.id.clone());
    let moving = matches!(shape, Shape::Video | Shape::Reel);
    Some(Seen {
        at_ms: instant_ms(&post.created_time)?,
        words: post.message,
        permalink: post.permalink_url.as_deref().map(absolute),
        fits: moving == video.is_some(),
        id: video.filter(|_| moving).unwrap_or(post.id),
    })
}

fn of_post(intent: &IntentView, answer: &Answer) -> Option<Finding> {
    let post: PostNode = serde_json::from_slice(&answer.body).ok()?;
    Some(if post.is_published? {
        found(&intent.key, post.permalink_url.as_deref())
    } else {
        Finding::AbsentByFence
    })
}

fn of_video(job: &Job, intent: &IntentView, answer: &Answer) -> Option<Finding> {
    let video: VideoNode = serde_json::from_slice(&answer.body).ok()?;
    let status = &video.status;
    if status.video_status.is_empty() && status.processing_phase.status.is_empty() && status.publishing_phase.publish_status.is_empty() {
        return None;
    }
    let processed = !matches!(status.processing_phase.status.as_str(), "" | "not_started");
    let stands = match (shape(job), job.mode) {
        // The upload is closed by the commit itself, and processing begins with it.
        (_, Mode::Draft) => processed,
        (Shape::Reel, Mode::Publish) => match status.publishing_phase.publish_status.as_str() {
            "published" | "scheduled" => true,
            "draft" => false,
            _ => processed,
        },
        (_, Mode::Publish) => video.published?,
    };
    Some(if stands {
        found(&intent.key, video.permalink_url.as_deref())
    } else {
        Finding::AbsentByFence
    })
}

/// A video story stands in no list before its video has been worked on, but the video says that it was handed in to be shown
/// (facebook.md §3.5, §3.6). What says nothing of it leaves it to the list.
fn of_video_story(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    let (Some(video), pages) = (answers.first(), answers.get(1..).unwrap_or_default()) else {
        return unknown("Facebook was not asked.");
    };
    if let Some(refused) = answers.iter().find(|answer| !answer.ok()) {
        let finding = error::fault(refused).finding();
        if !std::ptr::eq(refused, video) || matches!(finding, Finding::NoAccess(_)) {
            return Probe::Finding(finding);
        }
    }
    let status = serde_json::from_slice::<VideoNode>(&video.body).map(|node| node.status.publishing_phase.publish_status);
    let taken_in = matches!(status.as_deref(), Ok("published" | "scheduled"));
    match in_stories(job, intent, pages) {
        Probe::Finding(Finding::AbsentInList) if taken_in => unknown("Facebook has taken the story in and does not show it yet."),
        probe => probe,
    }
}

fn in_stories(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    list::look("Facebook's list of stories", answers, call::stories(job), |story: &Story| {
        (story.media_id == intent.match_key).then(|| receipt(&story.post_id, story.url.as_deref()))
    })
}

fn in_comments(job: &Job, object: &str, answers: &[Answer]) -> Probe {
    let text = job.content.first_comment.trim();
    let by_us = |comment: &Comment| comment.from.id.is_empty() || comment.from.id == job.account.external_id;
    list::look(
        "Facebook's list of comments",
        answers,
        call::comments(job, object),
        |comment: &Comment| (comment.message == text && by_us(comment)).then(|| receipt(&comment.id, None)),
    )
}

fn receipt(id: &str, permalink: Option<&str>) -> PartReceipt {
    PartReceipt {
        external_id: Some(id.to_owned()).filter(|id| !id.is_empty()),
        permalink: permalink.map(absolute),
    }
}

fn found(id: &str, permalink: Option<&str>) -> Finding {
    Finding::Found(receipt(id, permalink))
}

fn unknown(why: &str) -> Probe {
    Probe::Finding(Finding::Unknown(why.to_owned()))
}
