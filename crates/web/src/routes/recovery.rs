//! What holds publishing for the whole installation, and the administrator's way on.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_engine::hold::{UNWITNESSED, Why};
use postrider_store::{pulse, sessions};

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::Instant;
use crate::dto::recovery::{HeldView, LookedFor, LookedForDelivery, RecoveryAsk, RecoveryView, UnwitnessedView};
use crate::extract::Json as Body;
use crate::problem::{Answer, Code};
use crate::state::AppState;

/// How many deliveries are listed.
const LISTED: i64 = 50;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/recovery",
        door(
            "recovery",
            Who::SignedIn,
            "What holds publishing for the whole installation, if anything does.",
        )
        .gives::<RecoveryView>(200),
        look,
    );
    api.post(
        "/recovery",
        door(
            "recover",
            Who::InstanceAdmin,
            "Goes on publishing after a database was brought back, or the clock was not confirmed.",
        )
        .takes::<RecoveryAsk>()
        .answers(204),
        recover,
    );
}

async fn look(State(state): State<AppState>, asker: Asker) -> Answer<Json<RecoveryView>> {
    let held = match state.engine.shared().hold.why() {
        None | Some(Why::Starting) => None,
        Some(why) => Some(HeldView {
            why: why.key().to_owned(),
            text: why.text(),
            remedy: why.remedy().to_owned(),
            since: match why {
                Why::Database(held) => Some(Instant(held.since_ms)),
                _ => None,
            },
            looked_for: match why {
                Why::Database(_) if asker.signed.user.instance_admin => Some(looked_for(&state).await?),
                _ => None,
            },
        }),
    };
    let unwitnessed = if asker.signed.user.instance_admin {
        pulse::read(state.db()).await?.unwitnessed_since()
    } else {
        None
    };
    let (text, remedy) = UNWITNESSED;
    let unwitnessed = unwitnessed.map(|since_ms| UnwitnessedView {
        text: text.to_owned(),
        remedy: remedy.to_owned(),
        since: Instant(since_ms),
    });
    Ok(Json(RecoveryView { held, unwitnessed }))
}

async fn looked_for(state: &AppState) -> Answer<LookedFor> {
    let now_ms = state.now_ms();
    let (count, due) = pulse::count(state.db(), now_ms).await?;
    let registry = &state.engine.shared().registry;
    let items = pulse::waiting(state.db(), LISTED).await?.into_iter().map(|row| LookedForDelivery {
        asks: row.due_at.is_some_and(|due_at| due_at <= now_ms)
            && registry
                .of(row.network)
                .is_some_and(|adapter| !(adapter.capability().reads_back)(&row.channel_kind)),
        id: row.id,
        network: row.network,
        channel_name: row.channel_name,
        state: row.state,
        due_at: row.due_at.map(Instant),
    });
    Ok(LookedFor {
        count,
        due,
        items: items.collect(),
    })
}

async fn recover(State(state): State<AppState>, asker: Asker, Body(ask): Body<RecoveryAsk>) -> Answer<StatusCode> {
    let hold = &state.engine.shared().hold;
    let now_ms = state.now_ms();
    let who = asker.user_id();
    if ask.clock_is_right {
        // Whatever this server knows of it: it may be another that holds for its clock.
        pulse::confirm_clock(state.db(), now_ms).await?;
        tracing::warn!(user = %who, "an administrator says that the clock is right");
        hold.look_again();
        return Ok(StatusCode::NO_CONTENT);
    }
    match hold.why() {
        Some(Why::Clock { .. }) => {
            return Err(Code::Conflict
                .because("The clock holds publishing.")
                .remedy("Say `clock_is_right`, or turn time synchronisation on."));
        }
        Some(Why::Database(held)) => {
            // One that cannot be read holds publishing by itself.
            let witnessed = state.engine.shared().witness.read().await.ok().flatten();
            let mut tx = state.db().begin().await?;
            let marked = pulse::recover(&mut tx, held.since_ms, now_ms, witnessed.map(|mark| mark.incarnation)).await?;
            sessions::revoke_older(&mut tx, held.at_ms, Some(asker.signed.session_id)).await?;
            tx.commit().await?;
            tracing::warn!(user = %who, marked, "an administrator recovers after a database was brought back");
        }
        Some(why @ Why::Witness) => return Err(Code::Conflict.because(why.text()).remedy(why.remedy())),
        None | Some(Why::Starting) => {
            return Err(Code::Conflict.because("Nothing holds publishing.").remedy("Nothing to do."));
        }
    }
    hold.look_again();
    Ok(StatusCode::NO_CONTENT)
}
