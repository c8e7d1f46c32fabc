//! A proxy between the product's HTTP client and the sandbox, on real sockets, that breaks what it is told to: what a simulation in process
//! cannot see.
//!
//! It breaks by counting: the first sending of each commit call takes the next trouble of the list, a repeat of the same bytes
//! takes none. It waits for what happens (the client went away, the repeat was answered), never for a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use postrider_contract::Recorder;
use postrider_provider::{Manner, Request, Secrets, Sent, Transport, Val};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// By this header the proxy knows a commit call. Networks do not look at it.
const MARK: &str = "x-commit-call";
/// Where redirects lead; nobody may ever ask for it.
const ELSEWHERE: &str = "/followed/";
/// More than the client takes of an answer.
const OVERSIZED_BYTES: usize = postrider_provider::http::ANSWER_BYTES_MAX + 1;
/// How long troubles may take to their end.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pace of an answer that never ends: each byte tells a client that counts from the last one that all is well.
const DRIP: Duration = Duration::from_millis(20);

/// What becomes of a commit call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Closed in good order just as the call is written, as a server does with a connection that was idle for too long; what was
    /// written is answered by a reset.
    Stale,
    /// Read whole, not passed on, reset.
    ResetBefore,
    /// Passed on, then reset instead of an answer.
    ResetAfter,
    /// Not passed on; the other direction is closed in good order.
    HalfClosedBefore,
    /// Passed on; the other direction is closed in good order instead of an answer.
    HalfClosedAfter,
    /// Passed on; the answer ends within its head.
    CutInHead,
    /// Passed on; the answer ends within its body.
    CutInBody,
    /// Not passed on; answered by a redirect of this status.
    Redirect(u16),
    /// Passed on, then answered by a redirect of this status.
    RedirectAfter(u16),
    /// Passed on when the client has given up.
    Late,
    /// Passed on when the client has given up, looked, sent it again, and was answered.
    AfterRepeat,
    /// Passed on; the answer comes byte by byte and never ends.
    Drip,
    /// Passed on; the answer is longer than any client should read.
    Oversized,
    /// Not passed on; answered by what is no HTTP.
    GarbageBefore,
    /// Passed on; answered by what is no HTTP.
    GarbageAfter,
}

impl Trouble {
    fn passed_on_first(self) -> bool {
        matches!(
            self,
            Trouble::ResetAfter
                | Trouble::HalfClosedAfter
                | Trouble::CutInHead
                | Trouble::CutInBody
                | Trouble::RedirectAfter(_)
                | Trouble::Drip
                | Trouble::Oversized
                | Trouble::GarbageAfter
        )
    }
}

#[derive(Default)]
struct Plan {
    /// Troubles still to come, for each network's host.
    waiting: BTreeMap<String, VecDeque<Trouble>>,
    /// Commit calls that were seen, by their bytes: which one has been answered after a repeat.
    seen: BTreeMap<String, watch::Sender<bool>>,
    followed: Vec<String>,
}

struct Inner {
    upstream: String,
    plan: Mutex<Plan>,
    /// Troubles that were brought to their end, what is passed on late included.
    struck: watch::Sender<Vec<(String, Trouble)>>,
    /// Writes down what comes by, where that is wanted.
    recorder: Option<Recorder>,
}

/// A running proxy.
pub struct Proxy {
    inner: Arc<Inner>,
    address: std::net::SocketAddr,
    listening: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

struct Call {
    host: String,
    path: String,
    commit: bool,
    hash: String,
    bytes: Vec<u8>,
}

impl Inner {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to become of a call: nothing, if it is no commit or was sent before.
    fn strike(&self, call: &Call) -> Option<Trouble> {
        if !call.commit {
            return None;
        }
        let mut plan = self.plan();
        if plan.seen.contains_key(&call.hash) {
            return None;
        }
        plan.seen.insert(call.hash.clone(), watch::Sender::new(false));
        plan.waiting.get_mut(&call.host)?.pop_front()
    }

    fn answered(&self, call: &Call) {
        if let Some(seen) = self.plan().seen.get(&call.hash) {
            seen.send_replace(true);
        }
    }

    /// Hands the call to the sandbox, and brings its whole answer.
    async fn pass(&self, call: &Call) -> std::io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(&self.upstream).await?;
        let split = head_length(&call.bytes).unwrap_or(call.bytes.len());
        upstream.write_all(&without_connection(&call.bytes[..split])).await?;
        upstream.write_all(&call.bytes[split..]).await?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await?;
        let split = head_length(&answer).unwrap_or(answer.len());
        let mut kept = without_connection(&answer[..split]);
        // What is said to the sandbox only: the client's connection stays open.
        let close = b"connection: close\r\n\r\n";
        if kept.ends_with(close) {
            kept.truncate(kept.len() - close.len());
            kept.extend_from_slice(b"\r\n");
        }
        kept.extend_from_slice(&answer[split..]);
        Ok(kept)
    }
}

fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// A head that asks for the connection to be closed, whatever it asked before.
fn without_connection(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let mut lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    lines.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    lines.push("connection: close\r\n\r\n");
    lines.join("\r\n").into_bytes()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn chunked_end(body: &[u8]) -> bool {
    body.ends_with(b"0\r\n\r\n")
}

/// Reads one request; `None` at the connection's end.
async fn read(stream: &mut TcpStream, rest: &mut Vec<u8>) -> std::io::Result<Option<Call>> {
    let head = loop {
        if let Some(length) = head_length(rest) {
            break length;
        }
        if stream.read_buf(rest).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&rest[..head]).into_owned();
    let length: Option<usize> = header(&text, "content-length").and_then(|value| value.parse().ok());
    let chunked = header(&text, "transfer-encoding").is_some();
    while (chunked && !chunked_end(&rest[head..])) || rest.len() < head + length.unwrap_or(0) {
        if stream.read_buf(rest).await? == 0 {
            return Ok(None);
        }
    }
    let end = if chunked { rest.len() } else { head + length.unwrap_or(0) };
    let bytes: Vec<u8> = rest.drain(..end).collect();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    let line = text.split("\r\n").next().unwrap_or_default();
    let mut hasher = Sha256::new();
    hasher.update(line);
    hasher.update(&bytes[head..]);
    Ok(Some(Call {
        host: path.split('/').nth(1).unwrap_or_default().to_owned(),
        commit: header(&text, MARK).is_some(),
        hash: format!("{:x}", hasher.finalize()),
        path,
        bytes,
    }))
}

/// Waits until the client has gone away.
async fn gone(stream: &mut (impl AsyncRead + Unpin)) {
    let mut scrap = [0; 256];
    while matches!(stream.read(&mut scrap).await, Ok(count) if count > 0) {}
}

fn reset(stream: &TcpStream) {
    // Without it the connection would only be closed, which is another trouble.
    if let Err(error) = stream.set_zero_linger() {
        panic!("no reset: {error}");
    }
}

async fn talk(inner: Arc<Inner>, mut stream: TcpStream) -> std::io::Result<()> {
    let mut rest = Vec::new();
    while let Some(call) = read(&mut stream, &mut rest).await? {
        if let Some(recorder) = &inner.recorder {
            recorder.write(&call.bytes);
        }
        if call.path.contains(ELSEWHERE) {
            inner.plan().followed.push(call.path.clone());
        }
        match inner.strike(&call) {
            None => {
                let answer = inner.pass(&call).await?;
                stream.write_all(&answer).await?;
                inner.answered(&call);
            }
            Some(trouble) => {
                strike(&inner, &call, trouble, stream).await?;
                inner.struck.send_modify(|struck| struck.push((call.host, trouble)));
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Does what the trouble says; the connection ends with it.
///
/// # Errors
/// If the sandbox cannot be reached: then the trouble was not what it says.
async fn strike(inner: &Inner, call: &Call, trouble: Trouble, stream: TcpStream) -> std::io::Result<()> {
    let answer = if trouble.passed_on_first() {
        inner.pass(call).await?
    } else {
        Vec::new()
    };
    // The client may go away before it has heard all.
    drop(tell(call, trouble, &answer, stream).await);
    match trouble {
        Trouble::Late => drop(inner.pass(call).await?),
        Trouble::AfterRepeat => {
            let repeated = inner.plan().seen.get(&call.hash).map(watch::Sender::subscribe);
            if let Some(mut repeated) = repeated
                && repeated.wait_for(|answered| *answered).await.is_ok()
            {
                inner.pass(call).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What the client hears, until it is told all or went away.
async fn tell(call: &Call, trouble: Trouble, answer: &[u8], mut stream: TcpStream) -> std::io::Result<()> {
    let head = head_length(answer).unwrap_or(answer.len());
    match trouble {
        Trouble::Stale => {
            stream.shutdown().await?;
            reset(&stream);
        }
        Trouble::ResetBefore | Trouble::ResetAfter => reset(&stream),
        Trouble::HalfClosedBefore | Trouble::HalfClosedAfter => {
            stream.shutdown().await?;
            gone(&mut stream).await;
        }
        Trouble::CutInHead => {
            stream.write_all(&answer[..head / 2]).await?;
            stream.shutdown().await?;
        }
        Trouble::CutInBody => {
            // Cut within the body; one without a body is cut before its head's end.
            let cut = (head + (answer.len() - head) / 2).min(answer.len() - 1);
            stream.write_all(&answer[..cut]).await?;
            stream.shutdown().await?;
        }
        Trouble::Redirect(status) | Trouble::RedirectAfter(status) => {
            let head = format!(
                "HTTP/1.1 {status} Elsewhere\r\nlocation: {ELSEWHERE}{}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                call.path
            );
            stream.write_all(head.as_bytes()).await?;
            stream.shutdown().await?;
        }
        Trouble::Late | Trouble::AfterRepeat => gone(&mut stream).await,
        Trouble::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
            let (mut reads, mut writes) = stream.split();
            let mut pace = tokio::time::interval(DRIP);
            let dripping = async {
                loop {
                    pace.tick().await;
                    writes.write_all(b" ").await?;
                }
            };
            tokio::select! {
                () = gone(&mut reads) => {}
                ended = dripping => return ended,
            }
        }
        Trouble::Oversized => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {OVERSIZED_BYTES}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&vec![b' '; OVERSIZED_BYTES]).await?;
        }
        Trouble::GarbageBefore | Trouble::GarbageAfter => {
            stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await?;
            stream.shutdown().await?;
        }
    }
    Ok(())
}

/// Takes connections until it is told to stop, or nobody can tell it any more; then all of them are closed.
async fn accept(inner: Arc<Inner>, listener: TcpListener, mut stop: oneshot::Receiver<()>) {
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else { break };
        drop(stream.set_nodelay(true));
        open.spawn(talk(Arc::clone(&inner), stream));
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    open.shutdown().await;
}

impl Proxy {
    /// A proxy before the sandbox at a base address, which writes down what comes by where that is wanted.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn before(base: &str, recorder: Option<Recorder>) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Proxy {
            inner: Arc::new(Inner {
                upstream: base.trim_start_matches("http://").to_owned(),
                plan: Mutex::default(),
                struck: watch::Sender::default(),
                recorder,
            }),
            address: listener.local_addr()?,
            listening: Mutex::new(None),
        };
        proxy.serve(listener);
        Ok(proxy)
    }

    fn serve(&self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(Arc::clone(&self.inner), listener, stopped));
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, task));
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Closes every connection and refuses further ones.
    ///
    /// # Panics
    /// If a connection did.
    pub async fn refuse(&self) {
        let listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, task)) = listening {
            drop(stop);
            if let Err(error) = task.await {
                panic!("the proxy: {error}");
            }
        }
    }

    /// Takes connections again, at the same address.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn take_again(&self) -> std::io::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        self.serve(listener);
        Ok(())
    }

    /// What the next commit calls to a host are to meet, each once.
    pub fn plan(&self, host: &str, troubles: &[Trouble]) {
        self.inner.plan().waiting.entry(host.to_owned()).or_default().extend(troubles);
    }

    /// Waits until so many troubles were brought to their end, and what was passed on late has arrived; says which, by host.
    pub async fn struck(&self, count: usize) -> Vec<(String, Trouble)> {
        let mut struck = self.inner.struck.subscribe();
        let waited = tokio::time::timeout(PATIENCE, struck.wait_for(|struck| struck.len() >= count)).await;
        match waited {
            Ok(Ok(struck)) => struck.clone(),
            _ => panic!("of {count} troubles these ended: {:?}", *self.inner.struck.borrow()),
        }
    }

    /// Requests that followed a redirect of a commit call.
    pub fn followed(&self) -> Vec<String> {
        self.inner.plan().followed.clone()
    }
}

/// The product's transport, with a mark on commit calls for the proxy.
pub struct Marking<T>(pub T);

impl<T: Transport> Transport for Marking<T> {
    fn send<'a>(&'a self, request: &'a Request, secrets: &'a Secrets, manner: Manner) -> BoxFuture<'a, Sent> {
        let mut marked = request.clone();
        if matches!(manner, Manner::Commit { .. }) {
            marked.headers.push((MARK.to_owned(), Val::from("1")));
        }
        Box::pin(async move { self.0.send(&marked, secrets, manner).await })
    }

    fn warm<'a>(&'a self, url: &'a str) -> BoxFuture<'a, ()> {
        self.0.warm(url)
    }

    fn page(&self, url: &str) -> String {
        self.0.page(url)
    }
}
