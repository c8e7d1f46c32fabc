//! Every network's twin: its manners, what it refuses, its figures, and what it can be made to do.

mod bluesky;
mod bluesky_oauth;
mod facebook;
mod faults;
mod figures;
mod google_business;
mod instagram;
mod linkedin;
mod mastodon;
mod pinterest;
mod stage;
mod telegram;
mod threads;
mod tiktok;
mod twin;
mod x;
mod youtube;
