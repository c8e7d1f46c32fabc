//! Whether it runs and whether it is ready: from the scheduler's own progress, not from the process being up.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use postrider_engine::SchedulerStatus;
use postrider_engine::hold::UNWITNESSED;
use postrider_engine::store_clock::APART_MS_MAX;
use postrider_services::vault::known;
use postrider_store::pulse;
use serde_json::json;

use crate::state::AppState;

/// How long ago the scheduler may have looked for what is due, in milliseconds.
const LOOK_MS_MAX: i64 = 10_000;
/// How long something may wait to be taken up, in milliseconds. Ten thousand posts of one second are taken up within a few seconds.
const LAG_MS_MAX: i64 = 60_000;
/// The same where an outside clock drives the engine, in milliseconds: it ticks every minute, or every five.
const TICKED_LAG_MS_MAX: i64 = 600_000;
/// For how long what workers decided may not be stored, in milliseconds: a database that restarts is waited for.
const NOT_STORED_MS_MAX: i64 = 10_000;
/// How long the database may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long its answer is good for, milliseconds: whoever asks more often is judged by the same.
const ANSWER_MS: i64 = 1_000;

/// What readiness is judged by.
#[derive(Clone)]
pub struct Asked {
    /// How the scheduler gets on.
    status: SchedulerStatus,
    /// The key under which tokens are sealed.
    newest_key: Option<String>,
    /// Whether no server can write the witness.
    unwitnessed: bool,
}

/// What came of it.
pub struct Judged {
    /// Whether posts go out on time, or why not.
    pub ready: Result<(), String>,
    /// How the scheduler gets on, if the database answered.
    pub status: Option<SchedulerStatus>,
    /// What is amiss although posts go out on time.
    warning: Option<String>,
}

/// The process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// Whether posts go out on time, or why not.
pub async fn judge(state: &AppState) -> Judged {
    let asked = async {
        Some(Asked {
            status: state.engine.status().await.ok()?,
            newest_key: known::newest(state.db()).await.ok()?,
            unwitnessed: pulse::read(state.db()).await.ok()?.unwitnessed_since().is_some(),
        })
    };
    let asked = async { tokio::time::timeout(ANSWER_MAX, asked).await.ok().flatten() };
    let Some(asked) = state.asked.within(ANSWER_MS, || state.now_ms(), asked).await else {
        return Judged {
            ready: Err("the database does not answer".to_owned()),
            status: None,
            warning: None,
        };
    };
    let status = asked.status;
    let ready = match asked.newest_key.filter(|name| !state.engine.shared().keyring.holds(name)) {
        Some(name) => Err(format!(
            "tokens are sealed under the key {name}, which this server does not hold: give it that key and start it again"
        )),
        None => {
            let stopping = state.stopping.is_cancelled();
            // A server that publishes nothing is of use to whoever has to recover.
            let held = state.engine.shared().hold.why().filter(|_| state.config.publishes);
            let why = match held {
                Some(held) => Some(format!("publishing is held: {} {}", held.text(), held.remedy())),
                None => reason(&status, state.config.publishes, state.now_ms(), stopping).map(str::to_owned),
            };
            match why.or_else(|| apart(state.engine.shared().clock.ahead_ms())) {
                Some(why) => Err(why),
                None => Ok(()),
            }
        }
    };
    Judged {
        ready,
        status: Some(status),
        warning: asked.unwitnessed.then(|| format!("{} {}", UNWITNESSED.0, UNWITNESSED.1)),
    }
}

/// Whether posts go out on time: the database answers and stores, the accesses can be opened, the scheduler looks, nothing due lies
/// about.
pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let Judged { ready, status, warning } = judge(&state).await;
    let code = if ready.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut told = json!({"ready": ready.is_ok(), "why": ready.err(), "warning": warning});
    if let Some(status) = status {
        told["looked_ms_ago"] = (state.now_ms() - status.last_look_ms).into();
        told["lag_ms"] = status.lag_ms.into();
        told["overdue"] = status.overdue.into();
        told["oldest_overdue_ms"] = status.oldest_overdue_ms.into();
    }
    (code, Json(told))
}

/// Why a server whose clock differs from the database's is not ready.
fn apart(ahead_ms: i64) -> Option<String> {
    (ahead_ms.abs() > APART_MS_MAX).then(|| {
        format!(
            "the database's clock is {:.1} s {} this machine's: turn time synchronisation on at both",
            ahead_ms.abs() as f64 / 1_000.0,
            if ahead_ms > 0 { "ahead of" } else { "behind" }
        )
    })
}

/// `publishes`: whether this server does; one that does not need not look for what is due.
fn reason(status: &SchedulerStatus, publishes: bool, now_ms: i64, stopping: bool) -> Option<&'static str> {
    let lag_ms_max = if status.timer { LAG_MS_MAX } else { TICKED_LAG_MS_MAX };
    if stopping {
        Some("the server is stopping")
    } else if status.not_stored_ms > NOT_STORED_MS_MAX {
        Some("the database does not store what was decided")
    } else if publishes && status.timer && now_ms - status.last_look_ms > LOOK_MS_MAX {
        Some("the scheduler does not look for what is due")
    } else if status.oldest_overdue_ms > lag_ms_max {
        Some("a delivery is overdue and was not taken up")
    } else if status.lag_ms > lag_ms_max {
        Some("something that is to be done was not taken up")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_000_000_000;

    fn well() -> SchedulerStatus {
        SchedulerStatus {
            last_look_ms: NOW_MS - 500,
            last_claim_ms: 0,
            overdue: 10_000,
            oldest_overdue_ms: 3_000,
            lag_ms: 3_000,
            not_stored_ms: 0,
            timer: true,
        }
    }

    #[test]
    fn readiness_follows_the_scheduler_not_the_process() {
        let why = |change: fn(&mut SchedulerStatus)| {
            let mut status = well();
            change(&mut status);
            reason(&status, true, NOW_MS, false)
        };
        assert_eq!(why(|_| {}), None, "a burst of ten thousand is no failure");
        assert_eq!(why(|s| s.last_look_ms = 0), Some("the scheduler does not look for what is due"));
        assert_eq!(
            why(|s| s.oldest_overdue_ms = 60_001),
            Some("a delivery is overdue and was not taken up")
        );
        assert_eq!(why(|s| s.lag_ms = 60_001), Some("something that is to be done was not taken up"));
        assert_eq!(
            why(|s| s.not_stored_ms = 10_001),
            Some("the database does not store what was decided")
        );
        assert_eq!(reason(&well(), true, NOW_MS, true), Some("the server is stopping"));
        // Between two ticks of an outside clock nobody looks, and what became due lies for so long.
        let slept = |s: &mut SchedulerStatus| (s.timer, s.last_look_ms, s.oldest_overdue_ms, s.lag_ms) = (false, 0, 300_000, 300_000);
        assert_eq!(why(slept), None);
        let forgotten = |s: &mut SchedulerStatus| (s.timer, s.oldest_overdue_ms) = (false, 600_001);
        assert_eq!(why(forgotten), Some("a delivery is overdue and was not taken up"));
        let still = SchedulerStatus { last_look_ms: 0, ..well() };
        assert_eq!(reason(&still, false, NOW_MS, false), None, "it does not publish");
    }

    #[test]
    fn a_server_whose_clock_is_two_seconds_from_the_databases_is_not_ready() {
        for near in [0, APART_MS_MAX, -APART_MS_MAX] {
            assert_eq!(apart(near), None, "{near}");
        }
        assert!(apart(APART_MS_MAX + 1).unwrap().contains("2.0 s ahead of"));
        assert!(apart(-7_540).unwrap().contains("7.5 s behind"));
    }
}
