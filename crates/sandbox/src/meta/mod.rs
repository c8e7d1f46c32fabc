//! What Facebook and Instagram share: the Graph API's manners. Nothing here knows a content type.

mod asked;
mod errors;
mod fields;
mod page;
mod params;
mod refusal;
mod rupload;
mod tokens;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, Request};
use serde_json::Value;

pub use asked::{Asked, is_instagram_id, split_version};
pub use errors::{ERROR_NAMES, named};
pub use fields::{FieldSet, choose, instant_us, split_list};
pub use page::{Choice, Form, refusal_page, sign_in_page};
pub use params::Params;
pub use refusal::Refusal;
pub use rupload::{Upload, UploadRefusal, Way};
pub use tokens::{app_secret_fits, bearer, live_token, person_id, person_of_id};

use crate::passage::Call;
use crate::world::World;

/// What a node or edge answers.
pub type Answer = Result<Value, Refusal>;

/// The oldest and the newest version served (fact sheet facebook.md §0), and the one that unversioned calls get.
const VERSION_OLDEST: u32 = 21;
const VERSION_NEWEST: u32 = 26;

/// Reads a request to a graph host, has it answered, and dresses the answer.
pub async fn graph(Shared(world): Shared<Arc<World>>, Extension(call): Extension<Call>, request: Request<Body>) -> Response {
    let (mut response, version, app) = match Asked::read(world.clone(), call, request).await {
        Ok(asked) => {
            let version = asked.version;
            let app = world.with(|state| {
                asked
                    .token
                    .as_ref()
                    .and_then(|token| state.token(token))
                    .map(|token| token.app.clone())
            });
            let answered = match asked.is_instagram() {
                true => crate::instagram::answer(asked).await,
                false => crate::facebook::answer(asked).await,
            };
            (dress(answered), version, app)
        }
        Err(refusal) => (refusal.into_response(), VERSION_OLDEST, None),
    };
    let served = version.clamp(VERSION_OLDEST, VERSION_NEWEST);
    if let Ok(value) = HeaderValue::from_str(&format!("v{served}.0")) {
        response.headers_mut().insert("facebook-api-version", value);
    }
    if let Some(usage) = app.and_then(|app| usage_header(&world, &app)) {
        response.headers_mut().insert("x-app-usage", usage);
    }
    response
}

fn dress(answered: Answer) -> Response {
    match answered {
        Ok(value) => Json(value).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

#[derive(Default)]
struct Usage {
    calls: std::collections::BTreeMap<String, u64>,
}

/// The usage header appears only after enough calls (fact sheet facebook.md §5). Percent of a made-up allowance.
fn usage_header(world: &World, app: &str) -> Option<HeaderValue> {
    const SHOWN_FROM_CALLS: u64 = 20;
    const ALLOWANCE_CALLS: u64 = 1_000_000;
    let calls = world.with(|state| {
        let calls = state.own::<Usage>().calls.entry(app.to_owned()).or_default();
        *calls += 1;
        *calls
    });
    let percent = (calls * 100 / ALLOWANCE_CALLS).min(99);
    let text = format!("{{\"call_count\":{percent},\"total_time\":{percent},\"total_cputime\":{percent}}}");
    (calls >= SHOWN_FROM_CALLS).then(|| HeaderValue::from_str(&text).ok()).flatten()
}
