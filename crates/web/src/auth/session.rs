//! The session's cookie: made at sign-in, read with every request.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_core::ids::SessionId;
use postrider_store::Tx;
use postrider_store::sessions::{self, Session};
use postrider_store::users::User;
use sha2::Digest;

use super::csrf;
use crate::problem::{Answer, Refused};
use crate::state::AppState;

/// The cookie's name.
pub const COOKIE: &str = "postrider_session";
/// How long a session lives, in milliseconds.
pub const SESSION_MS: i64 = 30 * 86_400_000;
/// How often its use is noted, in milliseconds.
const TOUCH_MS: i64 = 60_000;
/// How much of a browser's name is kept, in characters.
const USER_AGENT_CHARS_MAX: usize = 200;

/// Who is signed in, once a cookie was found good.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Which session.
    pub session_id: SessionId,
    /// What its writes must carry.
    pub csrf_token: String,
    /// Who.
    pub user: User,
}

/// Finds the session of every request, and refuses writes that do not come from its page.
pub async fn attach(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let writes = csrf::changes(request.method());
    if writes && let Err(refused) = csrf::origin(&state.config.public_base, request.headers()) {
        return refused.into_response();
    }
    match find(&state, request.headers()).await {
        Ok(Some(signed)) => {
            // Signing in replaces a session, so it needs no proof of the old one.
            let replaces = request.uri().path().ends_with("/session") && *request.method() == axum::http::Method::POST;
            if writes
                && !replaces
                && let Err(refused) = csrf::token(&signed.csrf_token, request.headers())
            {
                return refused.into_response();
            }
            request.extensions_mut().insert(signed);
        }
        Ok(None) => {}
        Err(refused) => return refused.into_response(),
    }
    next.run(request).await
}

/// The session of a cookie, if it is good.
///
/// # Errors
/// If the database does not answer.
pub async fn find(state: &AppState, headers: &HeaderMap) -> Answer<Option<Signed>> {
    let Some(token) = cookie(headers) else { return Ok(None) };
    let now_ms = state.now_ms();
    let Some((session, user)) = sessions::by_token_hash(state.db(), &token_hash(&token), now_ms).await? else {
        return Ok(None);
    };
    if now_ms - session.last_seen_at > TOUCH_MS {
        sessions::touch(state.db(), session.id, now_ms).await?;
    }
    Ok(Some(Signed {
        session_id: session.id,
        csrf_token: session.csrf_token,
        user,
    }))
}

/// Begins a session and answers the cookie to set.
///
/// # Errors
/// If the rows or the system's randomness fail.
pub async fn begin(state: &AppState, tx: &mut Tx, user: &User, from: &Client) -> Answer<(Signed, HeaderValue)> {
    let now_ms = state.now_ms();
    let token = secret()?;
    let session = Session {
        id: SessionId::new(now_ms, state.ten()),
        user_id: user.id,
        csrf_token: secret()?,
        user_agent: from.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect(),
        address: from.address.clone(),
        created_at: now_ms,
        last_seen_at: now_ms,
        expires_at: now_ms + SESSION_MS,
    };
    sessions::create(tx, &session, &token_hash(&token)).await?;
    let signed = Signed {
        session_id: session.id,
        csrf_token: session.csrf_token,
        user: user.clone(),
    };
    Ok((signed, set_cookie(state, &token, SESSION_MS / 1000)?))
}

/// The cookie that ends a session in the browser.
///
/// # Errors
/// Never for the values used; a header could not be made.
pub fn end_cookie(state: &AppState) -> Answer<HeaderValue> {
    set_cookie(state, "", 0)
}

fn set_cookie(state: &AppState, token: &str, seconds: i64) -> Answer<HeaderValue> {
    let secure = if state.config.secure() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).map_err(Refused::internal)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// 256 random bits as text.
///
/// # Errors
/// If the system gives no randomness.
pub fn secret() -> Answer<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Refused::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> String {
    sha2::Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What is known of the client.
#[derive(Debug, Clone)]
pub struct Client {
    /// From where it calls.
    pub address: String,
    /// What it calls itself.
    pub user_agent: String,
}

impl<S> axum::extract::FromRequestParts<S> for Client
where
    S: Send + Sync,
    AppState: axum::extract::FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Self::Rejection> {
        let state = <AppState as axum::extract::FromRef<S>>::from_ref(state);
        Ok(Client {
            address: address(&state, &parts.headers, &parts.extensions),
            user_agent: parts
                .headers
                .get(header::USER_AGENT)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

/// From where a request came: the socket's address, or the one that the outermost of our proxies saw.
pub fn address(state: &AppState, headers: &HeaderMap, extensions: &Extensions) -> String {
    let socket = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_string())
        .unwrap_or_default();
    let hops = state.config.proxy_hops;
    if hops == 0 {
        return socket;
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    forwarded
        .len()
        .checked_sub(hops)
        .and_then(|index| forwarded.get(index))
        .map_or(socket, |seen| (*seen).to_owned())
}
