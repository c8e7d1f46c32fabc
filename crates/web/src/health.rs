//! Whether it runs, whether it is ready, and how it gets on: from the scheduler's own progress, not from the process being up.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use postrider_engine::SchedulerStatus;
use postrider_services::vault::known;
use serde_json::json;

use crate::state::AppState;

/// How long ago the scheduler may have looked for what is due, in milliseconds.
const LOOK_MS_MAX: i64 = 10_000;
/// How late the oldest delivery that nobody took up may be, in milliseconds.
const OVERDUE_MS_MAX: i64 = 60_000;

/// The process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// Whether posts go out on time: the database answers, the accesses can be opened, the scheduler looks, nothing due lies about.
pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let Ok(status) = state.engine.status().await else {
        return unanswered();
    };
    let Ok(newest_key) = known::newest(state.db()).await else {
        return unanswered();
    };
    let looked_ms_ago = state.now_ms() - status.last_look_ms;
    let why = match newest_key.filter(|name| !state.engine.shared().keyring.holds(name)) {
        Some(name) => Some(format!(
            "tokens are sealed under the key {name}, which this server does not hold: give it that key and start it again"
        )),
        None => reason(&status, looked_ms_ago, state.stopping.is_cancelled()).map(str::to_owned),
    };
    let code = if why.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let told = json!({
        "ready": why.is_none(),
        "why": why,
        "looked_ms_ago": looked_ms_ago,
        "overdue": status.overdue,
        "oldest_overdue_ms": status.oldest_overdue_ms,
    });
    (code, Json(told))
}

fn unanswered() -> (StatusCode, Json<serde_json::Value>) {
    let told = json!({"ready": false, "why": "the database does not answer"});
    (StatusCode::SERVICE_UNAVAILABLE, Json(told))
}

fn reason(status: &SchedulerStatus, looked_ms_ago: i64, stopping: bool) -> Option<&'static str> {
    if stopping {
        Some("the server is stopping")
    } else if looked_ms_ago > LOOK_MS_MAX {
        Some("the scheduler does not look for what is due")
    } else if status.oldest_overdue_ms > OVERDUE_MS_MAX {
        Some("a delivery is overdue and was not taken up")
    } else {
        None
    }
}

/// Figures for Prometheus.
pub async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let Ok(status) = state.engine.status().await else {
        return (StatusCode::SERVICE_UNAVAILABLE, kind, String::new());
    };
    let now_ms = state.now_ms();
    let figures = [
        (
            "postrider_deliveries_overdue",
            "Due deliveries that nobody has taken up.",
            status.overdue,
        ),
        (
            "postrider_oldest_overdue_milliseconds",
            "How late the oldest of them is.",
            status.oldest_overdue_ms,
        ),
        (
            "postrider_scheduler_looked_milliseconds_ago",
            "How long ago the due index was read.",
            now_ms - status.last_look_ms,
        ),
        (
            "postrider_scheduler_claimed_at_milliseconds",
            "When a delivery was last taken up.",
            status.last_claim_ms,
        ),
    ];
    let text = figures
        .iter()
        .map(|(name, help, value)| format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"))
        .collect();
    (StatusCode::OK, kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_follows_the_scheduler_not_the_process() {
        let status = |oldest_overdue_ms| SchedulerStatus {
            last_look_ms: 0,
            last_claim_ms: 0,
            overdue: 0,
            oldest_overdue_ms,
        };
        assert_eq!(reason(&status(0), 500, false), None);
        assert!(reason(&status(0), LOOK_MS_MAX + 1, false).is_some());
        assert!(reason(&status(OVERDUE_MS_MAX + 1), 500, false).is_some());
        assert!(reason(&status(0), 500, true).is_some());
    }
}
