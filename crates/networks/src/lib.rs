#![doc = include_str!("../README.md")]

use std::sync::Arc;

pub mod bluesky;
pub mod facebook;
mod google;
pub mod google_business;
pub mod instagram;
mod key;
pub mod linkedin;
pub mod mastodon;
mod meta;
pub mod pinterest;
mod recall;
mod refusal;
pub mod telegram;
pub mod threads;
pub mod tiktok;
pub mod x;
pub mod youtube;

/// Every adapter that is written.
pub fn registry() -> postrider_provider::Registry {
    let mut registry = postrider_provider::Registry::default();
    registry.add(Arc::new(facebook::Facebook));
    registry.add(Arc::new(instagram::Instagram));
    registry.add(Arc::new(threads::Threads));
    registry.add(Arc::new(linkedin::Linkedin));
    registry.add(Arc::new(x::X));
    registry.add(Arc::new(tiktok::Tiktok));
    registry.add(Arc::new(youtube::Youtube));
    registry.add(Arc::new(google_business::GoogleBusiness));
    registry.add(Arc::new(pinterest::Pinterest));
    registry.add(Arc::new(bluesky::Bluesky));
    registry.add(Arc::new(mastodon::Mastodon));
    registry.add(Arc::new(telegram::Telegram));
    registry
}
