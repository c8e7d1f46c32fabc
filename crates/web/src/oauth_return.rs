//! Where networks return to: takes the code, then tells the page that opened the popup, or goes on in the same tab.

use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use postrider_core::Network;
use postrider_engine::connect::{self, ConnectError, Return};
use serde::Deserialize;
use url::Url;

use crate::auth::session;
use crate::problem::{Answer, Code, Refused};
use crate::routes::connection::{declined, redirect_uri};
use crate::state::AppState;

/// What networks add to the address. Each names its refusal in its own way.
#[derive(Deserialize)]
pub struct Returned {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
}

/// Finishes a connection.
pub async fn take(
    State(state): State<AppState>,
    Path(network): Path<String>,
    RawQuery(query): RawQuery,
    Query(returned): Query<Returned>,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if came_by_number(&state.config.public_base, host) {
        let base = state.config.public_base.as_str().trim_end_matches('/');
        return Redirect::to(&format!("{base}/oauth/callback/{network}?{}", query.unwrap_or_default())).into_response();
    }
    match finish(&state, &network, returned, &headers).await {
        Ok(connection) => page("Connected", "This window can be closed.", Some(&connection)),
        Err(refused) => {
            let document = refused.document();
            let text = format!("{} {}", document.detail, document.remedy.unwrap_or_default());
            let mut response = page(&document.title, &text, None);
            *response.status_mut() = StatusCode::from_u16(document.status).unwrap_or(StatusCode::BAD_REQUEST);
            response
        }
    }
}

/// Whether the browser was sent to this machine's number although people reach it by the name `localhost`, as servers must where they
/// may not return to that name: the session lives under the name.
fn came_by_number(public_base: &Url, host: &str) -> bool {
    public_base.domain() == Some("localhost") && host.split(':').next() == Some("127.0.0.1")
}

async fn finish(state: &AppState, network: &str, returned: Returned, headers: &HeaderMap) -> Answer<String> {
    let network: Network = network.parse().map_err(|_| Refused::not_found())?;
    let signed = session::find(state, headers).await?.ok_or_else(|| {
        Code::SessionRequired
            .because("Nobody is signed in to Postrider in this browser.")
            .remedy("Sign in and connect again.")
    })?;
    let code = returned.code.filter(|code| !code.is_empty());
    let reason = returned.error_description.or(returned.error_message).or(returned.error);
    let back = Return {
        state: returned.state.as_deref().unwrap_or_default(),
        issuer: returned.iss.as_deref(),
        code: code.as_deref().ok_or_else(|| reason.map(|why| plain(&why)).unwrap_or_default()),
        redirect_uri: &redirect_uri(state, network),
        user_id: signed.user.id,
    };
    let tell = |error: &ConnectError| serde_json::to_value(told(error).document()).unwrap_or_default();
    match connect::finish(state.engine.shared(), network, &back, tell).await {
        Ok(finished) => Ok(finished.connection_id.to_string()),
        Err(error) => Err(told(&error)),
    }
}

/// The error as the person reads it, here and on the page that opened the popup.
fn told(error: &ConnectError) -> Refused {
    match error {
        ConnectError::Network(fault) => fault.clone().into(),
        ConnectError::Declined(why) => declined(why),
        ConnectError::Unusable(why) => Code::AccountUnusable.because(why.clone()),
        ConnectError::Over => ConnectError::Over.into(),
        ConnectError::NotAllowed => ConnectError::NotAllowed.into(),
        ConnectError::NotConfigured => ConnectError::NotConfigured.into(),
        ConnectError::Field { key, why } => Refused::invalid(key.clone(), why.clone()),
        ConnectError::Store(error) => match error {
            postrider_store::StoreError::NotFound => Refused::not_found(),
            postrider_store::StoreError::Bound { bound, allowed } => postrider_store::StoreError::Bound {
                bound: *bound,
                allowed: *allowed,
            }
            .into(),
            other => Refused::internal(other),
        },
    }
}

/// A network's own words, cut, without control characters and the full stop that ours bring along.
fn plain(words: &str) -> String {
    let words: String = words.chars().filter(|c| !c.is_control()).take(300).collect();
    words.trim().trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// The script of the page: it tells the opener, or every other tab of this site, and closes; without an opener it goes on to Connections.
pub const SCRIPT: &str = r#"
const data = document.currentScript.dataset;
const message = { type: "postrider:connection", connection_id: data.connection || null, ok: data.connection !== "" };
new BroadcastChannel("postrider").postMessage(message);
if (window.opener && window.opener !== window) {
  window.opener.postMessage(message, window.location.origin);
  window.close();
} else {
  window.location.replace("/connections" + (data.connection ? "?connection=" + encodeURIComponent(data.connection) : "?failed=1"));
}
"#;

/// Answers the script.
pub async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

fn page(title: &str, text: &str, connection: Option<&str>) -> Response {
    let (title, text) = (escaped(title), escaped(text));
    // A failure with nobody to tell stays on this page, to be read.
    let script = match connection {
        Some(id) => format!("<script src=\"/oauth/return.js\" data-connection=\"{}\"></script>", escaped(id)),
        None => "<script src=\"/oauth/failed.js\"></script>".to_owned(),
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Postrider</title>\
         <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p>{text}</p><p><a href=\"/connections\">Back to Connections</a></p>{script}</html>"
    );
    let mut response = Html(html).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The window has just been at the network, whose pages set no opener policy: with one of ours the browser would cut the tie
    // to the page that opened it.
    response.headers_mut().insert(
        axum::http::HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("unsafe-none"),
    );
    response
}

/// Answers the script of the failure page: it tells the opener and leaves the words to be read.
pub async fn failed_script() -> impl IntoResponse {
    let text = r#"
const message = { type: "postrider:connection", connection_id: null, ok: false };
new BroadcastChannel("postrider").postMessage(message);
if (window.opener && window.opener !== window) window.opener.postMessage(message, window.location.origin);
"#;
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_lives_under_the_name_is_led_there_from_the_number() {
        let cases = [
            ("http://localhost:8080", "127.0.0.1:8080", true),
            ("http://localhost:8080", "localhost:8080", false),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", false),
            ("https://planner.example", "127.0.0.1", false),
        ];
        for (public_base, host, led) in cases {
            assert_eq!(
                came_by_number(&public_base.parse().expect("an address"), host),
                led,
                "{public_base} {host}"
            );
        }
    }
}
