//! Changes as server-sent events: hints, never data.

use std::convert::Infallible;
use std::time::Duration;

use async_stream::stream;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use postrider_engine::events::{Hint, News};
use postrider_store::scope::Scope;
use postrider_store::{members, sessions};
use tokio::sync::broadcast::error::RecvError;

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::problem::Answer;
use crate::state::AppState;

/// How often a stream makes sure that the session still holds and learns of new projects.
const RELOAD: Duration = Duration::from_secs(30);

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/events",
        door(
            "events",
            Who::SignedIn,
            "Hints `{kind, id, version}` of post, delivery, channel and notification as they change; `resync` asks to read anew.",
        )
        .gives_bytes("text/event-stream"),
        stream,
    );
}

async fn stream(State(state): State<AppState>, asker: Asker) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let mut scopes = seen(&state, &asker).await?;
    let mut hints = state.engine.shared().events.listen();
    let stopping = state.stopping.clone();
    let told = stream! {
        // Whatever changed before this stream began is read anew.
        yield Ok(Event::default().event("resync").data("{}"));
        let mut reload = tokio::time::interval(RELOAD);
        reload.tick().await;
        loop {
            tokio::select! {
                biased;
                () = stopping.cancelled() => break,
                hint = hints.recv() => match hint {
                    Ok(News::Changed(hint)) if concerns(&scopes, &hint) => {
                        let data = serde_json::to_string(&hint).unwrap_or_default();
                        yield Ok(Event::default().event("hint").data(data));
                    }
                    Ok(News::Changed(_)) => {}
                    Ok(News::Missed) | Err(RecvError::Lagged(_)) => yield Ok(Event::default().event("resync").data("{}")),
                    Err(RecvError::Closed) => break,
                },
                _ = reload.tick() => match still(&state, &asker).await {
                    Some(fresh) => scopes = fresh,
                    None => break,
                },
            }
        }
    };
    Ok(Sse::new(told).keep_alive(KeepAlive::default()))
}

async fn seen(state: &AppState, asker: &Asker) -> Answer<Vec<Scope>> {
    let mut scopes = Vec::new();
    for membership in members::of_user(state.db(), asker.user_id()).await? {
        let scope = Scope::load(state.db(), asker.user_id(), membership.row.organization_id).await?;
        if scope.permissions.social_view {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

/// The scopes as they are now; `None` once the session is over.
async fn still(state: &AppState, asker: &Asker) -> Option<Vec<Scope>> {
    let open = sessions::list(state.db(), asker.user_id(), state.now_ms()).await.ok()?;
    if !open.iter().any(|session| session.id == asker.signed.session_id) {
        return None;
    }
    seen(state, asker).await.ok()
}

fn concerns(scopes: &[Scope], hint: &Hint) -> bool {
    scopes
        .iter()
        .any(|scope| scope.organization_id == hint.organization_id && hint.project_id.is_none_or(|project| scope.reaches(project)))
}
