//! The way from a worker to the networks: the sandbox's router in process, with whatever goes wrong between.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use http::HeaderValue;
use http_body_util::BodyExt;
use postrider_core::Network;
use postrider_engine::Timing;
use postrider_engine::clock::Clock;
use postrider_provider::http::Wire;
use postrider_provider::{Manner, Sent};
use postrider_sandbox::{Action, Sandbox, is_dropped};
use tokio::sync::oneshot;
use tower::ServiceExt;
use url::Url;

use crate::coverage::{Hits, Step};
use crate::dice::Dice;
use crate::life::Life;
use crate::plan::{ENDLESS_MS, OnTheWay, PlannedLife};
use crate::time::{Truth, WorkerClock};
use crate::weather::{Trouble, Weather};

/// What every worker's calls go through.
pub struct Networks {
    /// All networks.
    pub router: Router,
    /// The truth behind them.
    pub sandbox: Sandbox,
    /// The network of the run, and those whose accesses are its own.
    pub accesses_of: Vec<Network>,
    /// The hosts of the network of the run.
    pub hosts: &'static [&'static str],
    /// How long a call is under way.
    pub on_the_way: OnTheWay,
    /// How long a commit call may take, milliseconds.
    pub budget_ms: i64,
    /// What goes wrong.
    pub weather: Arc<Weather>,
    /// What went wrong where.
    pub hits: Mutex<Hits>,
    /// Calls that are on their way or at work.
    pub under_way: AtomicUsize,
    /// Whether an older database was brought back, and nobody recovered yet.
    pub held: AtomicBool,
    /// Calls that were made all the same, other than reads.
    pub sent_while_held: AtomicUsize,
    /// Whether the network of the run refused a renewal by itself.
    pub renewal_refused: AtomicBool,
    /// Chance of the way.
    pub dice: Mutex<Dice>,
}

impl Networks {
    /// Does to the accesses of the run's network what a trouble says.
    fn end_access(&self, trouble: Trouble) {
        let now_us = self.sandbox.world().clock.now_us();
        self.sandbox.world().with(|state| {
            for token in state.tokens_mut().filter(|token| self.accesses_of.contains(&token.network)) {
                let renews = token.kind == "refresh";
                match trouble {
                    Trouble::AccessRevoked => token.revoked = Some("revoked".to_owned()),
                    Trouble::AccessExpires if !renews => token.expires_us = Some(now_us),
                    Trouble::PermissionWithdrawn if !renews => token.scopes.clear(),
                    _ => {}
                }
            }
        });
    }
}

/// One worker's way to the networks.
#[derive(Clone)]
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
    processing_ms: u64,
    stopped_ms: u64,
}

/// How long the networks work on a file where they are slow, milliseconds. For ever is rare: each such run takes a day.
pub const SLOW_MS: [u64; 2] = [60_000, 400_000];
const ENDLESS_IN_THOUSAND: u64 = 12;
/// How long a worker is stopped between its promise and the first byte, milliseconds.
const STOPPED_MS: [u64; 4] = [5_000, 45_000, 100_000, 400_000];

impl SimulatedWire {
    /// The way of a worker that does not die, on which nothing goes wrong.
    pub fn calm(sandbox: &Sandbox, truth: Arc<Truth>, clock: Arc<WorkerClock>, seed: u64) -> SimulatedWire {
        let weather = Arc::new(Weather::none(truth));
        SimulatedWire {
            networks: Arc::new(Networks {
                router: sandbox.router(),
                sandbox: sandbox.clone(),
                accesses_of: Vec::new(),
                hosts: &[],
                on_the_way: OnTheWay {
                    living_sender_ms: 1,
                    dead_sender_ms: 1,
                },
                budget_ms: Timing::default().commit_budget_ms,
                weather: weather.clone(),
                hits: Mutex::default(),
                under_way: AtomicUsize::default(),
                held: Default::default(),
                sent_while_held: Default::default(),
                renewal_refused: Default::default(),
                dice: Mutex::new(Dice::of(seed, "way")),
            }),
            life: Arc::new(Life::new(PlannedLife::default(), Dice::of(seed, "life"), weather)),
            clock,
        }
    }

    fn fate(&self, step: Step, manner: Manner) -> Fate {
        let networks = &self.networks;
        let mut dice = networks.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = networks.weather.trouble(&mut dice, step);
        let (there, back) = (dice.between(5, 120), dice.between(5, 120));
        let after_end = match trouble {
            Some(Trouble::SenderDies) => dice.between(1, networks.on_the_way.dead_sender_ms),
            Some(Trouble::ArrivesMuchLater) => dice.between(180_000, 1_800_000),
            _ => dice.between(1, networks.on_the_way.living_sender_ms),
        };
        let late = match manner {
            // The call ends with its budget at the latest, whatever a clock says that was set back meanwhile.
            Manner::Commit { send_by_ms } => (send_by_ms - self.clock.now_ms()).clamp(0, networks.budget_ms) + after_end,
            Manner::Safe => after_end,
        };
        let arrives_in = match trouble {
            Some(Trouble::ArrivesLate | Trouble::SenderDies | Trouble::ArrivesMuchLater) => late,
            _ => there,
        };
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
            processing_ms: if dice.in_thousand(ENDLESS_IN_THOUSAND) {
                ENDLESS_MS
            } else {
                *dice.pick(&SLOW_MS)
            },
            stopped_ms: *dice.pick(&STOPPED_MS),
        }
    }

    /// What the network does by itself.
    fn action(&self, fate: &Fate) -> Option<Action> {
        Some(match fate.trouble? {
            Trouble::FailsBefore => status(fate.status, false),
            Trouble::FailsAfter => status(fate.status, true),
            Trouble::RefusesAfter => status(fate.refusal, true),
            Trouble::TooMany => Action::RateLimit {
                retry_after_s: Some(fate.retry_after_s),
            },
            Trouble::TooManyWithoutTime => Action::RateLimit { retry_after_s: None },
            Trouble::ProcessingSlow => {
                if fate.processing_ms == ENDLESS_MS {
                    self.networks.weather.count("processing_endless");
                }
                Action::SlowProcessing { ms: fate.processing_ms }
            }
            Trouble::ProcessingFails => Action::FailProcessing { code: None },
            _ => return None,
        })
    }

    /// Sends the request on its way, on a task of its own: a worker that dies does not stop it.
    fn send_off(&self, mut request: http::Request<Body>, fate: &Fate, step: Step) -> oneshot::Receiver<Answered> {
        let action = self.action(fate);
        // The sandbox answers for each host under its name.
        let host = request.uri().path().split('/').nth(1).unwrap_or_default();
        let renews = step == Step::Renew && action.is_none() && self.networks.hosts.contains(&host);
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
            if renews && response.status().is_client_error() {
                networks.renewal_refused.store(true, Ordering::Relaxed);
            }
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            networks.under_way.fetch_sub(1, Ordering::Relaxed);
            back.await;
            // A caller that gave up does not need it.
            let _ = answer.send(Answered { parts, body, dropped });
        });
        answered
    }

    /// Writes the request and waits for the answer, as the fate wants it.
    async fn write(self, request: reqwest::Request, fate: Fate, step: Step) -> Result<reqwest::Response, Sent> {
        let request = whole(request).await?;
        match fate.trouble {
            Some(Trouble::Unreachable) => return Err(Sent::NotSent("connection refused".to_owned())),
            Some(Trouble::RequestLost) => {
                pause(fate.arrives_in_ms).await;
                return Err(lost("the connection broke"));
            }
            Some(Trouble::RequestSwallowed) => return never().await,
            Some(trouble @ (Trouble::AccessExpires | Trouble::AccessRevoked | Trouble::PermissionWithdrawn)) => {
                self.networks.end_access(trouble);
            }
            _ => {}
        }
        let answered = self.send_off(request, &fate, step);
        match fate.trouble {
            Some(Trouble::SenderDies) => {
                self.life.end();
                return never().await;
            }
            Some(Trouble::AnswerSwallowed | Trouble::ArrivesLate | Trouble::ArrivesMuchLater) => return never().await,
            _ => {}
        }
        let Ok(answered) = answered.await else {
            return Err(lost("the connection broke"));
        };
        let alive = self.life.cross();
        self.life.goes_on().await;
        if !alive || self.life.is_over() {
            return never().await;
        }
        if answered.dropped || fate.trouble == Some(Trouble::AnswerLost) {
            return Err(lost("the connection broke"));
        }
        let now_ms = self.networks.weather.truth().now_ms();
        Ok(respond(answered, fate.trouble == Some(Trouble::AnswerCut), now_ms))
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
            let step = Step::of(&request, manner);
            if step != Step::Read && self.networks.held.load(Ordering::Relaxed) {
                self.networks.sent_while_held.fetch_add(1, Ordering::Relaxed);
            }
            let fate = self.fate(step, manner);
            if let Some(trouble) = fate.trouble {
                self.networks.weather.count(trouble.key());
            }
            self.networks
                .hits
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .note(fate.trouble, step);
            if fate.trouble == Some(Trouble::Frozen) {
                self.life.stop(fate.stopped_ms);
            }
            let here = self.clone();
            if !self.life.is_stopped() {
                return here.write(request, fate, step).await;
            }
            // Who waited may have given up by then; a stopped process goes on where it stood all the same.
            let written = tokio::spawn(async move {
                here.life.goes_on().await;
                if here.life.is_over() {
                    never().await
                } else {
                    here.write(request, fate, step).await
                }
            });
            written.await.unwrap_or_else(|_| Err(lost("the connection broke")))
        })
    }

    fn open_ahead(&self, _: Url) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// An instant as HTTP says it.
fn http_date(at_ms: i64) -> Option<HeaderValue> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    HeaderValue::from_str(&at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

fn respond(mut answered: Answered, cut: bool, at_ms: i64) -> reqwest::Response {
    if let Some(date) = http_date(at_ms) {
        answered.parts.headers.entry(http::header::DATE).or_insert(date);
    }
    let body = if cut {
        let half = answered.body.slice(..answered.body.len() / 2);
        let broken = Err(std::io::Error::other("the connection broke"));
        reqwest::Body::wrap_stream(futures::stream::iter([Ok(half), broken]).boxed())
    } else {
        reqwest::Body::from(answered.body)
    };
    http::Response::from_parts(answered.parts, body).into()
}
