//! The whole server: API, return addresses, media, health, and the page behind everything else.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::trace::TraceLayer;

use crate::auth::{rate, session};
use crate::problem::{Code, Refused};
use crate::state::AppState;
use crate::{docs, health, idempotency, media_address, metrics, oauth_return, own_client, pace, page, routes, unread};

/// The router of everything.
pub fn router(state: AppState) -> Router {
    let api = routes::api()
        .into_router()
        .fallback(async || -> Refused { Refused::not_found() })
        .method_not_allowed_fallback(async || -> Refused { Code::Method.because("This path does not know this verb.") })
        .layer(from_fn_with_state(state.clone(), idempotency::once))
        .layer(from_fn_with_state(state.clone(), rate::bound))
        .layer(from_fn_with_state(state.clone(), session::attach));
    let policy = policy(&state);
    Router::new()
        .merge(api)
        .route("/api/openapi.json", get(docs::document))
        .route("/api/docs", get(docs::page))
        .route("/oauth/return.js", get(oauth_return::script))
        .route("/oauth/failed.js", get(oauth_return::failed_script))
        .route("/oauth/callback/{network}", get(oauth_return::take))
        .route("/oauth/client/{network}", get(own_client::serve))
        .route("/media/{id}/{name}", get(media_address::serve))
        .merge(health_routes())
        .fallback(page::serve)
        .layer(
            CompressionLayer::new().compress_when(
                DefaultPredicate::new()
                    .and(NotForContentType::new("video/"))
                    .and(NotForContentType::new("application/pdf")),
            ),
        )
        .layer(from_fn(unread::let_finish))
        .layer(from_fn_with_state(state.clone(), pace::keep))
        .layer(from_fn(move |request: Request, next: Next| {
            let policy = policy.clone();
            async move { hardened(next.run(request).await, policy) }
        }))
        // Path and status only: queries hold codes and signatures.
        .layer(
            TraceLayer::new_for_http().make_span_with(
                |request: &Request| tracing::debug_span!("request", method = %request.method(), path = request.uri().path()),
            ),
        )
        .with_state(state)
}

fn health_routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::tell))
}

/// The router of a process that publishes alone: whether it runs, is ready, and how it gets on.
pub(crate) fn watch_router(state: AppState) -> Router {
    health_routes().with_state(state)
}

/// What the page may load. Scripts come from here alone. Styles are inline as well: the page's components set them at run time (sizes,
/// positions, themes), and a style cannot call out, since every source of pictures, fonts and connections is named here.
fn policy(state: &AppState) -> HeaderValue {
    let pictures = state.config.image_sources.join(" ");
    let text = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https: {pictures}; \
         media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"))
}

fn hardened(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in HARDENING {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

const HARDENING: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    // The popup of a network must be able to speak to the page that opened it.
    ("cross-origin-opener-policy", "same-origin-allow-popups"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];
