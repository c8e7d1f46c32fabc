//! Notices to the person who asks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::ids::NotificationId;
use postrider_store::notifications::{self, Notification};
use postrider_store::page;

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::Instant;
use crate::dto::notification::{NotificationPage, NotificationPatch, NotificationQuery, NotificationView};
use crate::extract::{Asked, Id, Json as Body};
use crate::problem::Answer;
use crate::state::AppState;
use crate::trail;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/notifications",
        door("list_notifications", Who::SignedIn, "The notices, newest first.")
            .asks::<NotificationQuery>()
            .gives::<NotificationPage>(200),
        list,
    );
    api.patch(
        "/notifications/{id}",
        door("change_notification", Who::SignedIn, "Marks one as read or not.")
            .takes::<NotificationPatch>()
            .gives::<NotificationView>(200),
        change,
    );
    api.post(
        "/notifications/read-all",
        door("read_all_notifications", Who::SignedIn, "Marks all as read.").answers(204),
        read_all,
    );
}

fn view(row: Notification) -> NotificationView {
    NotificationView {
        id: row.id,
        organization_id: row.organization_id,
        kind: row.kind,
        text: row.text,
        subject: row.subject,
        created_at: Instant(row.created_at),
        read_at: row.read_at.map(Instant),
    }
}

async fn list(State(state): State<AppState>, asker: Asker, Asked(asked): Asked<NotificationQuery>) -> Answer<Json<NotificationPage>> {
    let page = page::Page {
        limit: crate::dto::page::bounded(asked.limit),
        cursor: asked.cursor,
    };
    let found = notifications::list(state.db(), asker.user_id(), asked.unread == Some(true), &page).await?;
    Ok(Json(NotificationPage {
        items: found.items.into_iter().map(view).collect(),
        next_cursor: found.next_cursor,
        unread: notifications::unread(state.db(), asker.user_id()).await?,
    }))
}

async fn change(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<NotificationId>,
    Body(asked): Body<NotificationPatch>,
) -> Answer<Json<NotificationView>> {
    let mut tx = state.db().begin().await?;
    let row = notifications::mark(&mut tx, asker.user_id(), id, asked.read.then(|| state.now_ms())).await?;
    tx.commit().await?;
    trail::changed(&state, "notification", id, 0, row.organization_id, None);
    Ok(Json(view(row)))
}

async fn read_all(State(state): State<AppState>, asker: Asker) -> Answer<StatusCode> {
    let mut tx = state.db().begin().await?;
    notifications::mark_all(&mut tx, asker.user_id(), state.now_ms()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
