//! Every adapter: its exact requests, its refusals, how a lost answer is resolved, and connecting.

mod bluesky;
mod driver;
mod facebook;
mod google_business;
mod instagram;
mod linkedin;
mod mastodon;
mod pinterest;
mod rules;
mod telegram;
mod threads;
mod tiktok;
mod x;
mod youtube;
