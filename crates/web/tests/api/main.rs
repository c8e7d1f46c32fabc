//! The API as its clients see it: over a real socket, against a real database, with the sandbox as the networks.

mod access;
mod app;
mod connecting;
mod foretelling;
mod keeping;
mod listening;
mod lists;
mod mailing;
mod operating;
mod posting;
mod recovery;
mod signing_in;
mod sweeping;
mod trail;
mod upkeep;
mod uploading;
