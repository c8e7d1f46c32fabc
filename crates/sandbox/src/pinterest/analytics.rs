//! Numbers of a Pin. They are made up from its id; what is true to Pinterest is what may be asked, and how it is answered (section 9).

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use axum::{Json, Router, routing};
use http::HeaderMap;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::at;
use super::error::{Answer, Refusal};
use super::limits::NUMBERS_DAYS_MAX;
use super::publish::known;
use super::rest::{Category, paced, params};
use crate::world::World;

const METRICS: &[&str] = &[
    "IMPRESSION",
    "OUTBOUND_CLICK",
    "PIN_CLICK",
    "SAVE",
    "SAVE_RATE",
    "TOTAL_COMMENTS",
    "TOTAL_REACTIONS",
    "USER_FOLLOW",
    "PROFILE_VISIT",
];
/// What only a video has.
const VIDEO_METRICS: &[&str] = &[
    "VIDEO_MRC_VIEW",
    "VIDEO_10S_VIEW",
    "QUARTILE_95_PERCENT_VIEW",
    "VIDEO_V50_WATCH_TIME",
    "VIDEO_START",
    "VIDEO_AVG_WATCH_TIME",
];
/// How long figures take to be final, days.
const LAG_DAYS: i64 = 2;

/// The routes of numbers.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&at("pins/{id}/analytics"), routing::get(of_pin))
}

fn date(query: &std::collections::BTreeMap<String, String>, name: &str) -> Answer<Date> {
    let text = query
        .get(name)
        .ok_or_else(|| Refusal::invalid(format!("'{name}' is a required property")))?;
    text.parse()
        .map_err(|_| Refusal::invalid(format!("'{name}': '{text}' is not a date of the form YYYY-MM-DD")))
}

async fn of_pin(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = params(query.as_deref());
    paced(
        &world,
        &headers,
        Category::Analytics,
        &["boards:read", "pins:read"],
        async |token| {
            let now_us = world.clock.now_us();
            let today = Timestamp::from_microsecond(now_us)
                .unwrap_or(Timestamp::UNIX_EPOCH)
                .to_zoned(TimeZone::UTC)
                .date();
            let (start, end) = (date(&query, "start_date")?, date(&query, "end_date")?);
            if end < start {
                return Err(Refusal::invalid("'end_date' is before 'start_date'"));
            }
            if start < today.saturating_sub(NUMBERS_DAYS_MAX.days()) {
                return Err(Refusal::invalid(format!(
                    "'start_date' is more than {NUMBERS_DAYS_MAX} days in the past"
                )));
            }
            let asked = query.get("metric_types").cloned().unwrap_or_default();
            let asked: Vec<&str> = asked.split(',').filter(|name| !name.is_empty()).collect();
            world.with(|state| {
                let pin = known(state, &token, &id)?;
                let serves = |name: &str| METRICS.contains(&name) || (pin.kind == "video" && VIDEO_METRICS.contains(&name));
                if asked.is_empty() {
                    return Err(Refusal::invalid("'metric_types' is a required property"));
                }
                if let Some(name) = asked.iter().find(|name| !serves(name)) {
                    return Err(Refusal::invalid(format!(
                        "'metric_types': '{name}' is not one of the metrics of this Pin"
                    )));
                }
                Ok(Json(numbers(&id, &asked, start, end, today)))
            })
        },
    )
    .await
}

fn numbers(id: &str, asked: &[&str], start: Date, end: Date, today: Date) -> Value {
    let seed: i64 = id.bytes().map(i64::from).sum();
    let mut days = Vec::new();
    let mut sums: Map<String, Value> = Map::new();
    let mut day = start;
    while day <= end.min(today) {
        let ready = day <= today.saturating_sub(LAG_DAYS.days());
        let mut metrics = Map::new();
        for (index, name) in asked.iter().enumerate() {
            let value = if ready {
                (seed + i64::from(day.day()) * 7) % 50 + index as i64
            } else {
                0
            };
            metrics.insert((*name).to_owned(), value.into());
            let sum = sums.entry((*name).to_owned()).or_insert_with(|| 0.into());
            *sum = (sum.as_i64().unwrap_or_default() + value).into();
        }
        let status = if ready { "READY" } else { "PROCESSING" };
        days.push(json!({"date": day.to_string(), "data_status": status, "metrics": metrics}));
        day = day.saturating_add(1.days());
    }
    json!({"all": {
        "daily_metrics": days,
        "summary_metrics": sums,
        "lifetime_metrics": {"TOTAL_COMMENTS": seed % 5, "TOTAL_REACTIONS": seed % 11},
    }})
}
