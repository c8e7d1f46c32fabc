//! Figures for Prometheus: how the engine stands now, beside what it counted.
//!
//! No figure tells of anybody's rows: labels are words of ours in fixed numbers. Prometheus' own library, with a registry per
//! server rather than one per process, so that each test's server tells of itself.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postrider_store::hot;
use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::auth::same_secret;
use crate::health;
use crate::state::AppState;

/// The text format of OpenMetrics, which Prometheus asks for first.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long counts of deliveries are good for, milliseconds: whoever asks more often gets the same.
const COUNTS_MS: i64 = 5_000;
/// How long counting may take.
const COUNT_MAX: Duration = Duration::from_secs(5);

/// `GET /metrics`
pub async fn tell(State(state): State<AppState>, request: Request) -> Response {
    if let Some(refused) = refusal(&state, &request) {
        return refused;
    }
    let mut text = String::new();
    let written = text::encode_registry(&mut text, &standing(&state).await)
        .and_then(|()| state.engine.shared().meters.write(&mut text))
        .and_then(|()| text::encode_eof(&mut text));
    match written {
        Ok(()) => ([(header::CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// By these headers proxies say for whom they ask.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// Who neither knows the token nor, without one, is a program on this host that asks directly. A proxy on this host need not say that it is
/// one; but where one is, people reach the server by another address than this host's own.
fn refusal(state: &AppState, request: &Request) -> Option<Response> {
    let headers = request.headers();
    match &state.config.metrics_token {
        Some(token) if same_secret(bearer(headers), token.expose_secret()) => None,
        Some(_) => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            let text = "This needs the token of server.metrics_token.\n";
            Some((StatusCode::UNAUTHORIZED, challenge, text).into_response())
        }
        None => {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
            let forwarded = state.config.proxy_hops > 0 || FORWARDED.iter().any(|name| headers.contains_key(*name));
            if !forwarded && names_this_host(&state.config.public_base) && peer.is_some_and(is_here) {
                return None;
            }
            let text = "Without server.metrics_token, figures are told on this host alone, directly, and only while server.public_base \
                        is an address of this host.\n";
            Some((StatusCode::FORBIDDEN, text).into_response())
        }
    }
}

/// Whether people reach this server from this host alone.
fn names_this_host(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => is_here(address.into()),
        Some(Host::Ipv6(address)) => is_here(address.into()),
        None => false,
    }
}

fn is_here(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn bearer(headers: &HeaderMap) -> &str {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .unwrap_or_default()
}

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Seconds = Gauge<f64, AtomicU64>;

/// Gauges as they stand this moment.
async fn standing(state: &AppState) -> Registry {
    let mut registry = Registry::with_prefix("postrider");
    let one = |registry: &mut Registry, name: &str, help: &str, value: i64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let seconds = |registry: &mut Registry, name: &str, help: &str, ms: i64| {
        let gauge = Seconds::default();
        gauge.set(ms as f64 / 1_000.0);
        registry.register(name, help, gauge);
    };
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "What runs", build);
    let health::Judged {
        ready: readiness, status, ..
    } = health::judge(state).await;
    one(
        &mut registry,
        "ready",
        "1 if posts go out on time, as /readyz says; 0 if not",
        i64::from(readiness.is_ok()),
    );
    let shared = state.engine.shared();
    if let Some(status) = status {
        one(
            &mut registry,
            "deliveries_overdue",
            "Due deliveries that nobody has taken up",
            status.overdue,
        );
        let help = "How late the oldest due delivery is that nobody has taken up; 0 if there is none";
        seconds(&mut registry, "oldest_overdue_seconds", help, status.oldest_overdue_ms);
        let help = "How long ago the scheduler should have taken up the first thing that waits for it; 0 if nothing does";
        seconds(&mut registry, "scheduler_lag_seconds", help, status.lag_ms);
        let help = "When the scheduler last looked for what is due and could take it up, since the epoch";
        seconds(&mut registry, "scheduler_last_look_timestamp_seconds", help, status.last_look_ms);
        let help = "When the scheduler last took something up, since the epoch; 0 if never";
        seconds(&mut registry, "scheduler_last_claim_timestamp_seconds", help, status.last_claim_ms);
        let help = "For how long nothing that workers decided could be stored; 0 if it can";
        seconds(&mut registry, "not_stored_seconds", help, status.not_stored_ms);
    }
    one(
        &mut registry,
        "deliveries_held",
        "Deliveries that workers of this process hold",
        i64::try_from(shared.under_way.len()).unwrap_or(i64::MAX),
    );
    let counted = tokio::time::timeout(COUNT_MAX, hot::standings(state.db(), state.now_ms()));
    let counted = async { counted.await.ok()?.ok() };
    if let Some(standings) = state.standings.within(COUNTS_MS, || state.now_ms(), counted).await {
        let by_state: Family<Labels<1>, Gauge> = Family::default();
        for (delivery_state, deliveries) in &standings.by_state {
            by_state.get_or_create_owned(&[("state", delivery_state.key())]).set(*deliveries);
        }
        registry.register(
            "deliveries",
            "Deliveries that the engine will look at within 25 hours, by state",
            by_state,
        );
        one(
            &mut registry,
            "deliveries_waiting_for_person",
            "Deliveries in doubt of which a person must say whether they were published",
            standings.waiting_for_person,
        );
    }
    let calls: Family<Labels<2>, Gauge> = Family::default();
    for (network, busy) in shared.bulkheads.busy() {
        for (kind, busy) in [("call", busy.calls), ("upload", busy.uploads)] {
            calls
                .get_or_create_owned(&[("network", network.key()), ("kind", kind)])
                .set(i64::try_from(busy).unwrap_or(i64::MAX));
        }
    }
    registry.register(
        "calls_under_way",
        "Calls to a network that hold a place among those it may have at once",
        calls,
    );
    let outages: Family<Labels<1>, Seconds> = Family::default();
    for adapter in shared.registry.all() {
        let network = adapter.network();
        let outage_ms = shared.breakers.outage_ms(network, state.now_ms());
        outages
            .get_or_create_owned(&[("network", network.key())])
            .set(outage_ms as f64 / 1_000.0);
    }
    registry.register(
        "network_outage_seconds",
        "For how long a server of the network has been left alone by this process because it did not work; 0 if none is",
        outages,
    );
    let connections: Family<Labels<2>, Gauge> = Family::default();
    for pool in state.db().pools() {
        for (use_of, count) in [("busy", pool.busy), ("idle", pool.idle)] {
            connections
                .get_or_create_owned(&[("pool", pool.name), ("state", use_of)])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
    registry.register("database_connections", "Connections to the database", connections);
    registry
}
