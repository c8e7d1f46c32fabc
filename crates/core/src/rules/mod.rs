//! The rules: which content type each network takes, and every limit, as data with its source.
//!
//! [`schema`] says what a rule is; one file per network holds its figures and nothing else; [`check`] holds content
//! against them; [`render`] says which text is really sent; [`export`] gives the whole table as JSON and Markdown.

mod bluesky;
pub mod check;
pub mod export;
mod facebook;
mod google_business;
mod instagram;
mod linkedin;
mod mastodon;
mod pinterest;
pub mod render;
pub mod schema;
mod telegram;
mod threads;
mod tiktok;
mod x;
mod youtube;

pub use schema::{Cell, NetworkRules, Offer, Quota};

use crate::network::Network;
use crate::post::{ContentType, Settings};

/// Posts that one channel may carry within any sixty minutes, on every network. Ours, not a network's: it keeps accounts out
/// of the networks' spam filters.
pub const ROLLING_HOUR_POSTS_MAX: u32 = 10;

/// The rules of a network.
pub const fn of(network: Network) -> &'static NetworkRules {
    match network {
        Network::Facebook => &facebook::RULES,
        Network::Instagram => &instagram::RULES,
        Network::Threads => &threads::RULES,
        Network::Linkedin => &linkedin::RULES,
        Network::X => &x::RULES,
        Network::Tiktok => &tiktok::RULES,
        Network::Youtube => &youtube::RULES,
        Network::GoogleBusiness => &google_business::RULES,
        Network::Pinterest => &pinterest::RULES,
        Network::Bluesky => &bluesky::RULES,
        Network::Mastodon => &mastodon::RULES,
        Network::Telegram => &telegram::RULES,
    }
}

/// What a network does with a content type.
pub const fn cell(network: Network, content_type: ContentType) -> &'static Cell {
    of(network).cells.of(content_type)
}

/// The offer of a cell, if the network takes the content type.
pub const fn offer(network: Network, content_type: ContentType) -> Option<&'static Offer> {
    match cell(network, content_type) {
        Cell::Offered(offer) => Some(offer),
        Cell::NotOffered { .. } => None,
    }
}
/// Of what was chosen, what a network knows for a content type: the rest stays with the post for when its type changes again.
pub fn settings_for(network: Network, content_type: ContentType, chosen: &Settings) -> Settings {
    let known = of(network).settings.iter().filter(|setting| setting.is_for(content_type));
    known
        .filter_map(|setting| Some((setting.key.to_owned(), chosen.get(setting.key)?.clone())))
        .collect()
}
