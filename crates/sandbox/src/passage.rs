//! The way of every request to a network: noted, hit by a fault or not, processed on a task of its own, answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;

use crate::fault::{Action, Target};
use crate::log::{Entry, Outcome};
use crate::registry::{self, Head, Module, Operation};
use crate::world::World;

/// Bodies up to this size are read before the operation is named.
const PEEK_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// A held request is read whole up to this size.
const HOLD_BYTES_MAX: usize = 512 * 1024 * 1024;

/// What a handler may know of the request beyond its content, as an extension.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation that was recognised.
    pub operation: Option<Operation>,
    /// How long the network works on this request's medium, if a fault says so, milliseconds.
    pub processing_ms: Option<u64>,
    /// That the network's work on this request's medium fails: the inner value is the code asked for.
    pub processing_failure: Option<Option<String>>,
}

/// Marks an answer that must not be sent: the connection is closed instead. [`crate::Sandbox::serve`] obeys it; whoever calls the
/// router in process asks [`is_dropped`].
#[derive(Debug, Clone, Copy)]
pub struct Dropped;

/// Who asked, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct Remote(pub SocketAddr);

/// Whether the connection is to be closed instead of sending this answer.
pub fn is_dropped(response: &Response) -> bool {
    response.extensions().get::<Dropped>().is_some()
}

fn dropped() -> Response {
    let mut response = (StatusCode::BAD_GATEWAY, "the sandbox closes this connection").into_response();
    response.extensions_mut().insert(Dropped);
    response
}

/// Host and the rest of a path that begins with a host.
pub fn split_host(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix('/').unwrap_or(path);
    match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether the body is read before processing: forms, JSON and small multipart bodies; never files that stream.
fn peekable(headers: &HeaderMap) -> bool {
    let length = text_of(headers, &header::CONTENT_LENGTH).parse::<u64>().ok();
    let kind = text_of(headers, &header::CONTENT_TYPE);
    let structured = ["application/x-www-form-urlencoded", "application/json", "multipart/"];
    match length {
        Some(length) => length <= PEEK_BYTES_MAX && (kind.is_empty() || structured.iter().any(|start| kind.starts_with(start))),
        None => structured.iter().any(|start| kind.starts_with(start)),
    }
}

struct Journey {
    world: Arc<World>,
    seq: u64,
}

impl Journey {
    fn end(&self, outcome: Outcome) {
        let now_us = self.world.clock.true_us();
        self.world.log.change(self.seq, |entry| {
            entry.outcome = outcome;
            entry.done_us = Some(now_us);
        });
    }

    fn processed(&self, response: &Response) {
        let now_us = self.world.clock.true_us();
        let status = response.status().as_u16();
        self.world.log.change(self.seq, |entry| {
            entry.processed_us = Some(now_us);
            entry.status = Some(status);
        });
    }
}

/// The middleware around all routes of all networks.
pub async fn pass(Shared(world): Shared<Arc<World>>, request: Request<Body>, next: Next) -> Response {
    let at_us = world.clock.true_us();
    let path = request.uri().path().to_owned();
    let (host, rest) = split_host(&path);
    let Some(module) = registry::of_host(host) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let (peeked, body) = if parts.method != Method::GET && peekable(&parts.headers) {
        match axum::body::to_bytes(body, PEEK_BYTES_MAX as usize).await {
            Ok(bytes) => (bytes.clone(), Body::from(bytes)),
            Err(_) => return (StatusCode::PAYLOAD_TOO_LARGE, "the body could not be read").into_response(),
        }
    } else {
        (Bytes::new(), body)
    };
    let query = parts.uri.query().unwrap_or_default();
    let operation = (module.operation)(&Head {
        method: &parts.method,
        host,
        path: rest,
        query,
        content_type: text_of(&parts.headers, &header::CONTENT_TYPE),
        content_range: text_of(&parts.headers, &header::CONTENT_RANGE),
        body: &peeked,
    });
    let network = operation.map_or(module.network, |operation| operation.network);
    let whole_path = if query.is_empty() {
        path.clone()
    } else {
        format!("{path}?{query}")
    };
    // Who calls in process may hand a fault in with the request.
    let handed_in = parts.extensions.get::<Action>().cloned();
    let struck = match handed_in {
        Some(_) => None,
        None => world.faults.strike(Target {
            method: parts.method.as_str(),
            path: &whole_path,
            network: Some(network),
            operation,
        }),
    };
    let seq = world.log.open(Entry {
        seq: 0,
        at_us,
        processed_us: None,
        done_us: None,
        method: parts.method.to_string(),
        path,
        network: Some(network),
        operation: operation.map(|operation| operation.name),
        commit: operation.is_some_and(|operation| operation.commit),
        status: None,
        outcome: Outcome::Open,
        fault: struck.as_ref().map(|(id, _)| *id),
        remote: parts.extensions.get::<Remote>().map(|remote| remote.0),
    });
    let journey = Journey {
        world: Arc::clone(&world),
        seq,
    };
    let request = Request::from_parts(parts, body);
    let owner = registry::of_network(network).unwrap_or(module);
    // On a task of its own: a client that goes away does not stop the network.
    let task = tokio::spawn(travel(
        journey,
        owner,
        request,
        next,
        operation,
        struck.map(|(_, action)| action).or(handed_in),
    ));
    task.await
        .unwrap_or_else(|_| (StatusCode::INTERNAL_SERVER_ERROR, "the sandbox failed").into_response())
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

async fn travel(
    journey: Journey,
    module: &'static Module,
    request: Request<Body>,
    next: Next,
    operation: Option<Operation>,
    action: Option<Action>,
) -> Response {
    pause(journey.world.latency_ms()).await;
    let mut call = Call {
        operation,
        processing_ms: None,
        processing_failure: None,
    };
    match &action {
        Some(Action::SlowProcessing { ms }) => call.processing_ms = Some(*ms),
        Some(Action::FailProcessing { code }) => call.processing_failure = Some(code.clone()),
        _ => {}
    }
    let Some(action) = action else {
        return process(&journey, call, request, next, Outcome::Answered).await;
    };
    match action {
        Action::LoseRequest => {
            journey.end(Outcome::RequestLost);
            dropped()
        }
        Action::LoseAnswer => {
            process(&journey, call, request, next, Outcome::AnswerLost).await;
            dropped()
        }
        Action::DelayBefore { ms } => {
            pause(ms).await;
            process(&journey, call, request, next, Outcome::Answered).await
        }
        Action::DelayAfter { ms } => {
            let response = processed(&journey, call, request, next).await;
            pause(ms).await;
            journey.end(Outcome::Answered);
            response
        }
        Action::Hold { ms, close_after_ms } => hold(journey, call, request, next, ms, close_after_ms).await,
        Action::SlowProcessing { .. } | Action::FailProcessing { .. } => process(&journey, call, request, next, Outcome::Answered).await,
        Action::Status {
            status,
            body,
            headers,
            processed,
        } => {
            let answer = bare_answer(status, &body, &headers);
            instead(&journey, call, request, next, answer, processed).await
        }
        Action::Error { name, processed } => {
            let answer = (module.error)(&name).unwrap_or_else(|| bare_answer(500, &Value::Null, &Default::default()));
            instead(&journey, call, request, next, answer, processed).await
        }
        Action::RateLimit { retry_after_s } => {
            let mut answer = (module.error)("rate_limited").unwrap_or_else(|| bare_answer(429, &Value::Null, &Default::default()));
            if let Some(seconds) = retry_after_s {
                answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            instead(&journey, call, request, next, answer, false).await
        }
    }
}

async fn process(journey: &Journey, call: Call, request: Request<Body>, next: Next, outcome: Outcome) -> Response {
    let response = processed(journey, call, request, next).await;
    journey.end(outcome);
    response
}

/// What comes of a call, whose answer is still on its way.
async fn processed(journey: &Journey, call: Call, mut request: Request<Body>, next: Next) -> Response {
    request.extensions_mut().insert(call);
    let response = next.run(request).await;
    journey.processed(&response);
    response
}

async fn instead(journey: &Journey, call: Call, request: Request<Body>, next: Next, answer: Response, processed: bool) -> Response {
    if processed {
        process(journey, call, request, next, Outcome::AnswerLost).await;
    } else {
        let status = answer.status().as_u16();
        journey.world.log.change(journey.seq, |entry| entry.status = Some(status));
        journey.end(Outcome::Faulted);
    }
    answer
}

async fn hold(journey: Journey, call: Call, request: Request<Body>, next: Next, ms: u64, close_after_ms: Option<u64>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, HOLD_BYTES_MAX).await else {
        journey.end(Outcome::RequestLost);
        return dropped();
    };
    let request = Request::from_parts(parts, Body::from(bytes));
    let closes_first = close_after_ms.is_some_and(|close_ms| close_ms < ms);
    let outcome = if closes_first { Outcome::AnswerLost } else { Outcome::Answered };
    let later = tokio::spawn(async move {
        pause(ms).await;
        process(&journey, call, request, next, outcome).await
    });
    match close_after_ms {
        Some(close_ms) if closes_first => {
            pause(close_ms).await;
            dropped()
        }
        _ => later.await.unwrap_or_else(|_| dropped()),
    }
}

fn bare_answer(status: u16, body: &Value, headers: &std::collections::BTreeMap<String, String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text.clone()).into_response(),
        other => (status, axum::Json(other.clone())).into_response(),
    };
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
