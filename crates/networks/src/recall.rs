//! Whether a post stands of which nothing is remembered: another database made it, if anybody did. It is known by what it says.

use postrider_provider::{Finding, IntentView, Job, PartReceipt};

/// The clocks of two machines may part by this much, milliseconds.
const SKEW_MS: i64 = 60_000;
/// A post that nobody here knows, made so near to the instant, may be this one with other words, milliseconds.
const NEAR_MS: i64 = 120_000;

/// A post of the account, as its list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The network's id.
    pub id: String,
    /// What it says.
    pub words: String,
    /// When it was made, UTC milliseconds.
    pub at_ms: i64,
    /// Where it stands.
    pub permalink: Option<String>,
    /// Whether it is of the kind that is looked for.
    pub fits: bool,
}

/// Whether a post that old cannot be it.
pub fn too_old(intent: &IntentView, at_ms: i64) -> bool {
    at_ms < intent.listed_from_ms - SKEW_MS
}

/// What the posts since the intent say: `words` are the delivery's own, empty if it has none.
pub fn judge(job: &Job, intent: &IntentView, words: &str, seen: Vec<Seen>) -> Finding {
    let nobodys = |post: &Seen| !too_old(intent, post.at_ms) && !job.known_external_ids.contains(&post.id);
    let mut unknown: Vec<Seen> = seen.into_iter().filter(nobodys).collect();
    // Where the same words went out more than once, each delivery takes the post that is nearest to its instant.
    unknown.sort_by_key(|post| ((post.at_ms - job.due_at_ms).abs(), post.at_ms));
    let words = folded(words);
    let same = |post: &&Seen| post.fits && !words.is_empty() && folded(&post.words) == words;
    let told = |post: &Seen| {
        let at = post.permalink.as_deref().unwrap_or(&post.id);
        format!("A post stands there that this database does not know ({at}): it may be this one.")
    };
    let near = |post: &Seen| (post.at_ms - job.due_at_ms).abs() <= NEAR_MS;
    // What is not due yet went out early only if somebody said so in the database that is gone: another's post may say the same.
    let early = |post: &&Seen| job.due_at_ms > job.now_ms && !near(post);
    if let Some(found) = unknown.iter().find(same) {
        if early(&found) {
            return Finding::Unclear(told(found));
        }
        return Finding::Found(PartReceipt {
            external_id: Some(found.id.clone()),
            permalink: found.permalink.clone(),
        });
    }
    // Without words only a person can tell; with others it is this one only if they were changed in a database that is gone.
    if let Some(post) = unknown.iter().find(|post| post.fits && words.is_empty()) {
        return Finding::Unclear(told(post));
    }
    match unknown.iter().find(|post| near(post)) {
        Some(post) => Finding::Unreadable(told(post)),
        None => Finding::AbsentInList,
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
