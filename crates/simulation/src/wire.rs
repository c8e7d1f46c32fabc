//! The way from a worker to the networks: the sandbox's router in process, with whatever goes wrong between.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use postrider_engine::clock::Clock;
use postrider_provider::http::Wire;
use postrider_provider::{Manner, Sent};
use postrider_sandbox::{Action, is_dropped};
use tokio::sync::oneshot;
use tower::ServiceExt;
use url::Url;

use crate::coverage::{Hits, Step};
use crate::dice::Dice;
use crate::life::Life;
use crate::time::WorkerClock;
use crate::weather::{Trouble, Weather};

/// A call is under way at most so long after its sender stopped writing, milliseconds: a little less than the silence that the
/// protocol waits for (publishing.md rule 3).
const ON_THE_WAY_MS_MAX: i64 = 58_000;

/// What every worker's calls go through.
pub struct Networks {
    /// All networks.
    pub router: Router,
    /// What goes wrong.
    pub weather: Arc<Weather>,
    /// What went wrong where.
    pub hits: Mutex<Hits>,
    /// Calls that are on their way or at work.
    pub under_way: AtomicUsize,
    /// Chance of the way.
    pub dice: Mutex<Dice>,
}

/// One worker's way to the networks.
pub struct SimulatedWire {
    /// Where it leads.
    pub networks: Arc<Networks>,
    /// Whose it is.
    pub life: Arc<Life>,
    /// By which clock.
    pub clock: Arc<WorkerClock>,
}

struct Answered {
    parts: http::response::Parts,
    body: Bytes,
    dropped: bool,
}

/// How one call goes.
struct Fate {
    trouble: Option<Trouble>,
    arrives_in_ms: u64,
    answers_in_ms: u64,
    retry_after_s: u64,
    status: u16,
    refusal: u16,
}

impl SimulatedWire {
    fn fate(&self, manner: Manner) -> Fate {
        let mut dice = self.networks.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = self.networks.weather.trouble(&mut dice, matches!(manner, Manner::Commit { .. }));
        let (there, back) = (dice.between(5, 120), dice.between(5, 120));
        let after_end = dice.between(1, ON_THE_WAY_MS_MAX);
        let late = match manner {
            Manner::Commit { send_by_ms } => (send_by_ms - self.clock.now_ms()).max(0) + after_end,
            Manner::Safe => after_end,
        };
        let arrives_in = if trouble == Some(Trouble::ArrivesLate) { late } else { there };
        let answers_in = if trouble == Some(Trouble::AnswersLate) {
            dice.between(2_000, 40_000)
        } else {
            back
        };
        Fate {
            trouble,
            arrives_in_ms: u64::try_from(arrives_in).unwrap_or(0),
            answers_in_ms: u64::try_from(answers_in).unwrap_or(0),
            retry_after_s: dice.below(90) + 1,
            status: *dice.pick(&[500, 502, 503, 504]),
            refusal: *dice.pick(&[400, 409]),
        }
    }

    /// Sends the request on its way, on a task of its own: a worker that dies does not stop it.
    fn send_off(&self, mut request: http::Request<Body>, fate: &Fate) -> oneshot::Receiver<Answered> {
        let action = match fate.trouble {
            Some(Trouble::FailsBefore) => Some(status(fate.status, false)),
            Some(Trouble::FailsAfter) => Some(status(fate.status, true)),
            Some(Trouble::RefusesAfter) => Some(status(fate.refusal, true)),
            Some(Trouble::TooMany) => Some(Action::RateLimit {
                retry_after_s: Some(fate.retry_after_s),
            }),
            Some(Trouble::TooManyWithoutTime) => Some(Action::RateLimit { retry_after_s: None }),
            _ => None,
        };
        if let Some(action) = action {
            request.extensions_mut().insert(action);
        }
        let (answer, answered) = oneshot::channel();
        let networks = Arc::clone(&self.networks);
        networks.under_way.fetch_add(1, Ordering::Relaxed);
        let (there, back) = (pause(fate.arrives_in_ms), pause(fate.answers_in_ms));
        tokio::spawn(async move {
            there.await;
            let router = networks.router.clone();
            let response = router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
            let dropped = is_dropped(&response);
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            networks.under_way.fetch_sub(1, Ordering::Relaxed);
            back.await;
            // A caller that gave up does not need it.
            let _ = answer.send(Answered { parts, body, dropped });
        });
        answered
    }
}

fn status(status: u16, processed: bool) -> Action {
    Action::Status {
        status,
        body: serde_json::Value::Null,
        headers: Default::default(),
        processed,
    }
}

fn pause(ms: u64) -> impl Future<Output = ()> {
    tokio::time::sleep(Duration::from_millis(ms))
}

/// A dead worker's call: nobody hears what becomes of it.
async fn never<T>() -> T {
    futures::future::pending().await
}

fn lost(why: &str) -> Sent {
    Sent::Lost(why.to_owned())
}

async fn whole(request: reqwest::Request) -> Result<http::Request<Body>, Sent> {
    let request: http::Request<reqwest::Body> = request.try_into().map_err(|_| Sent::NotSent("no request".to_owned()))?;
    let (parts, body) = request.into_parts();
    // What is sent is written at once; it stays on the way for as long as its fate says.
    let body = body
        .collect()
        .await
        .map_err(|_| Sent::NotSent("the last instant for sending had passed".to_owned()))?;
    Ok(http::Request::from_parts(parts, Body::from(body.to_bytes())))
}

impl Wire for SimulatedWire {
    fn exchange(&self, request: reqwest::Request, manner: Manner) -> BoxFuture<'_, Result<reqwest::Response, Sent>> {
        Box::pin(async move {
            if !self.life.cross() {
                return never().await;
            }
            let step = Step::of(request.method(), manner);
            let request = whole(request).await?;
            let fate = self.fate(manner);
            if let Some(trouble) = fate.trouble {
                self.networks.weather.count(trouble.key());
            }
            let met = fate.trouble.map(Trouble::key);
            self.networks.hits.lock().unwrap_or_else(PoisonError::into_inner).note(met, step);
            match fate.trouble {
                Some(Trouble::Unreachable) => return Err(Sent::NotSent("connection refused".to_owned())),
                Some(Trouble::RequestLost) => {
                    pause(fate.arrives_in_ms).await;
                    return Err(lost("the connection broke"));
                }
                Some(Trouble::RequestSwallowed) => return never().await,
                _ => {}
            }
            let answered = self.send_off(request, &fate);
            if matches!(fate.trouble, Some(Trouble::AnswerSwallowed | Trouble::ArrivesLate)) {
                return never().await;
            }
            let Ok(answered) = answered.await else {
                return Err(lost("the connection broke"));
            };
            if !self.life.cross() {
                return never().await;
            }
            if answered.dropped || fate.trouble == Some(Trouble::AnswerLost) {
                return Err(lost("the connection broke"));
            }
            Ok(respond(answered, fate.trouble == Some(Trouble::AnswerCut)))
        })
    }

    fn open_ahead(&self, _: Url) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn respond(answered: Answered, cut: bool) -> reqwest::Response {
    let body = if cut {
        let half = answered.body.slice(..answered.body.len() / 2);
        let broken = Err(std::io::Error::other("the connection broke"));
        reqwest::Body::wrap_stream(futures::stream::iter([Ok(half), broken]).boxed())
    } else {
        reqwest::Body::from(answered.body)
    };
    http::Response::from_parts(answered.parts, body).into()
}
