//! What tests of the whole house stand on: an installation in process, a client of its API, the networks' twin, media.
//!
//! Nothing here reaches into the product: a test does what a person or a program does over HTTP, and reads back what
//! followers see. Only the installation itself knows how the product is put together.

pub mod cells;
pub mod client;
pub mod clock;
pub mod connect;
pub mod installation;
pub mod media;
pub mod person;
pub mod proxy;
pub mod twin;

pub use client::{Answer, Client};
pub use connect::{Channel, Fleet};
pub use installation::{Installation, Options};
pub use proxy::{Proxy, Trouble};
pub use twin::Twin;
