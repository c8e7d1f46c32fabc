//! Every route, by noun. A handler reads who asks, what is asked, calls the store or the engine, and answers a view.

pub mod asset;
pub mod calendar;
pub mod capability;
pub mod channel;
pub mod connection;
pub mod delivery;
pub mod event;
pub mod internal;
pub mod link_preview;
pub mod notification;
pub mod organization;
pub mod post;
pub mod post_act;
pub mod project;
pub mod recovery;
pub mod session;
pub mod setup;
pub mod upload;

use crate::api::Api;

/// The whole API.
pub fn api() -> Api {
    let mut api = Api::default();
    session::routes(&mut api);
    setup::routes(&mut api);
    capability::routes(&mut api);
    organization::routes(&mut api);
    project::routes(&mut api);
    connection::routes(&mut api);
    channel::routes(&mut api);
    upload::routes(&mut api);
    asset::routes(&mut api);
    post::routes(&mut api);
    post_act::routes(&mut api);
    delivery::routes(&mut api);
    calendar::routes(&mut api);
    notification::routes(&mut api);
    link_preview::routes(&mut api);
    recovery::routes(&mut api);
    event::routes(&mut api);
    internal::routes(&mut api);
    api
}
