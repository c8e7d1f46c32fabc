//! Requests that were taken off the wire, against the networks' own machine-readable descriptions: path, verb, parameters, fields, types
//! and the values that a field may have; and that people are asked for the permissions that it needs.
//!
//! The behaviour suites write down what they send ([`Recorder`]); [`check`] holds it against the folder of descriptions. These are others'
//! files and not part of the project: where they are not, nothing is checked. What has no description is named with the reason.

mod body;
mod bot_api;
mod breaks;
mod call;
mod described;
mod discovery;
mod graph;
mod lexicon;
mod needs;
mod openapi;
mod report;
mod schema;

pub use call::{Asked, Call, RECORD, Recorder};
pub use report::{Report, check, recorded};
