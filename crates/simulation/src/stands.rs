//! What stands at the networks.

use postrider_core::ids::DeliveryId;
use postrider_core::post::Mode;
use postrider_sandbox::{Post, PostState, Sandbox};

use crate::by_hand;
use crate::cell::FIRST;
use crate::media;
use crate::plan::PlannedPost;

/// One published thing at a network that is some delivery's part.
pub struct Stands {
    /// Which.
    pub part: String,
    /// Since when, UTC milliseconds.
    pub created_ms: i64,
    /// Whether others than its owner see it.
    pub public: bool,
    /// Whether it says what was said before any edit.
    pub first_words: bool,
}

/// Everything that stands at the networks, under the account's id as its channel knows it.
pub fn standing(sandbox: &Sandbox) -> Vec<Post> {
    sandbox.world().with(|state| {
        let mut posts = Vec::new();
        for account in state.accounts() {
            // A network may know one account by different ids towards different apps.
            let others = account.details["also"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|id| id.as_str());
            for id in others.map(str::to_owned).chain([account.id.clone()]) {
                posts.extend(state.posts_of(account.network, &account.id).cloned().map(|post| Post {
                    account: id.clone(),
                    ..post
                }));
            }
        }
        posts.retain(|post| post.state != PostState::Hidden && !by_hand::is(post));
        posts
    })
}

/// What stands of a delivery.
pub fn of(planned: &PlannedPost, id: DeliveryId, posts: &[Post]) -> Vec<Stands> {
    let files = planned.content.assets.iter().enumerate();
    let digests: Vec<String> = files.map(|(number, used)| media::digest(used.asset_id, id, number)).collect();
    let words = &planned.words;
    let mut stands = Vec::new();
    for post in posts {
        let by_file = post.media.iter().any(|file| digests.contains(&file.sha256));
        let part = (0..3)
            .map(|part| format!("{words}p{part}"))
            .find(|part| post.text.contains(part.as_str()));
        let by_words = post.text.contains(&format!("{words} ")) && digests.is_empty();
        let comment = post.text.contains(&format!("{words}c "));
        let part = match part {
            Some(part) => part,
            None if comment => "comment".to_owned(),
            None if by_file || by_words => "root".to_owned(),
            None => String::new(),
        };
        // What went up ahead and nobody sees yet is no post.
        let goes_up_ahead = planned.mode == Mode::Publish && post.state != PostState::Published;
        if post.account != planned.berth.external_id || goes_up_ahead {
            continue;
        }
        if !part.is_empty() {
            stands.push(Stands {
                part,
                created_ms: post.created_us / 1_000,
                public: post.state == PostState::Published,
                first_words: post.text.contains(FIRST),
            });
        }
        for comment in &post.comments {
            if comment.text.contains(&format!("{words}c ")) {
                stands.push(Stands {
                    part: "comment".to_owned(),
                    created_ms: comment.created_us / 1_000,
                    public: true,
                    first_words: false,
                });
            }
        }
    }
    stands
}
