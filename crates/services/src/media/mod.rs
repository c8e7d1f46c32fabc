//! The media: uploads, what a file really is, its measures, thumbnails, renditions, public addresses.
//!
//! A file is judged by its bytes, never by its name. Large files are never held in memory: they stream, and tools work on the
//! file where it lies. Heavy work is done one piece at a time beside the engine ([`workshop`]), so that publishing never waits
//! for it.

pub mod address;
pub mod blobs;
mod boxes;
mod document;
#[cfg(test)]
mod failing;
pub mod image;
pub mod ingest;
mod pieces;
mod refusal;
pub mod renditions;
pub mod room;
pub mod sniff;
pub mod sweep;
pub mod tools;
pub mod upload;
mod video;
pub mod workshop;

pub use address::Addresses;
pub use blobs::{BlobStore, Bucket, LocalFile};
pub use ingest::{Ingested, Media};
pub use refusal::{MediaError, Refusal};
pub use renditions::{Place, Recipe, suit};
pub use room::Room;
pub use tools::Tools;
pub use upload::{Turn, UploadError, Uploads};
pub use workshop::Workshop;
