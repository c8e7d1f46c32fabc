//! A person who posts the same words by hand, beside Postrider.

use postrider_core::Network;
use postrider_sandbox::{Post, PostState, Sandbox};
use serde_json::json;

use crate::plan::PlannedPost;

/// How such posts are told from others in the world.
const MARK: &str = "by_hand";

/// Posts the words of a planned post on its LinkedIn channel.
pub fn post(sandbox: &Sandbox, planned: &PlannedPost) {
    let now_us = sandbox.world().clock.now_us();
    let author = planned.berth.external_id.clone();
    let text = planned.content.text.clone();
    sandbox.world().with(|state| {
        let id = format!("urn:li:share:9{}", state.number("", 18));
        state.put_post(Post {
            network: Network::Linkedin,
            permalink: format!("https://www.linkedin.com/feed/update/{id}"),
            id,
            account: author.clone(),
            kind: "feed".to_owned(),
            text: text.clone(),
            media: Vec::new(),
            link: None,
            parent: None,
            state: PostState::Published,
            created_us: now_us,
            app: None,
            comments: Vec::new(),
            details: json!({"author": author, "template": text, "visibility": "PUBLIC", "feed": "MAIN_FEED", MARK: true}),
        });
    });
}

/// Whether a post was posted by hand.
pub fn is(post: &Post) -> bool {
    post.details[MARK] == true
}
