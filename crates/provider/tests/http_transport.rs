//! The laws of the one HTTP client, against real sockets.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use postrider_provider::http::{ANSWER_BYTES_MAX, HttpTransport, Settings};
use postrider_provider::{AssetBody, Blobs, Body, FilePart, Manner, Request, Secrets, Sent, Transport, Val};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a server does with a request that it has read.
#[derive(Clone)]
enum Act {
    /// Answers these bytes.
    Answer(Vec<u8>),
    /// Closes without a byte.
    Close,
    /// Answers nothing, ever.
    Silence,
}

fn ok(body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 200 OK\r\nX-Rate: 7\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

type Log = Arc<Mutex<Vec<String>>>;

/// Serves one kind of act on a fresh port and keeps every request's text.
async fn server(act: Act) -> (SocketAddr, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let log: Log = Arc::default();
    let kept = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(converse(socket, act.clone(), Arc::clone(&kept)));
        }
    });
    (address, log)
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut socket: S, act: Act, log: Log) {
    let mut received = Vec::new();
    let mut buffer = [0_u8; 64 * 1024];
    loop {
        let Ok(count @ 1..) = socket.read(&mut buffer).await else { return };
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")
                    .and_then(|value| value.parse().ok())
            })
            .unwrap_or(0_usize);
        if body.len() < length {
            continue;
        }
        log.lock().expect("the log").push(text.clone());
        received.clear();
        match &act {
            Act::Answer(bytes) => {
                if socket.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Act::Close => return,
            Act::Silence => {}
        }
    }
}

/// One file, `file`, of these bytes.
struct OneFile(Bytes);

impl Blobs for OneFile {
    fn open<'a>(&'a self, blob: &'a str, range: Option<Range<u64>>) -> BoxFuture<'a, io::Result<BoxStream<'static, io::Result<Bytes>>>> {
        let found = (blob == "file").then(|| match range {
            Some(range) => self
                .0
                .slice(usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small")),
            None => self.0.clone(),
        });
        async move {
            let bytes = found.ok_or(io::ErrorKind::NotFound)?;
            let chunks: Vec<io::Result<Bytes>> = bytes.chunks(7).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
            Ok(stream::iter(chunks).boxed())
        }
        .boxed()
    }
}

fn transport_to(base: String) -> HttpTransport {
    let settings = Settings {
        overrides: BTreeMap::from([("api.example.com".to_owned(), base)]),
        ..Settings::default()
    };
    HttpTransport::new(&settings, Arc::new(OneFile(Bytes::from_static(b"0123456789abcdefghij")))).expect("a client")
}

fn secrets() -> Secrets {
    Secrets::from([("access".to_owned(), SecretString::from("T0P-SECRET"))])
}

fn far_future() -> Manner {
    Manner::Commit { send_by_ms: i64::MAX }
}

fn only(log: &Log) -> String {
    let log = log.lock().expect("the log");
    assert_eq!(log.len(), 1, "{log:?}");
    log[0].clone()
}

#[tokio::test]
async fn a_call_reaches_the_override_with_query_headers_and_secrets_and_brings_the_whole_answer() {
    let (address, log) = server(ok("{\"id\":\"9\"}")).await;
    let transport = transport_to(format!("http://{address}/api.example.com"));
    let request = Request::post("create", "https://api.example.com/v1/posts?a=1")
        .query("token", Val::Secret("access".to_owned()))
        .query("text", "a b&c")
        .header("X-Version", "7")
        .bearer("access")
        .json(serde_json::json!({"text": "hello"}));
    for manner in [Manner::Safe, far_future()] {
        log.lock().expect("the log").clear();
        let Sent::Answered(answer) = transport.send(&request, &secrets(), manner).await else {
            panic!("no answer for {manner:?}");
        };
        assert_eq!((answer.status, answer.header("x-rate")), (200, Some("7")));
        assert_eq!(answer.json()["id"], "9");
        let text = only(&log);
        assert!(
            text.starts_with("POST /api.example.com/v1/posts?a=1&token=T0P-SECRET&text=a+b%26c HTTP/1.1\r\n"),
            "{text}"
        );
        let lower = text.to_ascii_lowercase();
        for part in [
            "authorization: bearer t0p-secret",
            "x-version: 7",
            "content-type: application/json",
            "content-length: 16",
        ] {
            assert!(lower.contains(part), "{part} in {lower}");
        }
        assert!(!lower.contains("transfer-encoding"), "{lower}");
        assert!(text.ends_with("{\"text\":\"hello\"}"), "{text}");
    }
}

#[tokio::test]
async fn forms_files_and_multipart_bodies_arrive_whole_and_with_their_length() {
    let (address, log) = server(ok("{}")).await;
    let transport = transport_to(format!("http://{address}"));
    let file = AssetBody {
        blob: "file".to_owned(),
        mime: "video/mp4".to_owned(),
        total_bytes: 20,
        range: None,
    };
    let part = AssetBody {
        range: Some(3..11),
        ..file.clone()
    };
    let fields = vec![
        ("a".to_owned(), Val::from("x y")),
        ("t".to_owned(), Val::Secret("access".to_owned())),
    ];
    let bodies = [
        (
            Body::Form(fields.clone()),
            "a=x+y&t=T0P-SECRET",
            "application/x-www-form-urlencoded",
        ),
        (Body::Asset(file.clone()), "\r\n\r\n0123456789abcdefghij", "video/mp4"),
        (Body::Asset(part), "\r\n\r\n3456789a", "video/mp4"),
        (
            Body::Bytes(Bytes::from_static(b"raw"), "text/plain".to_owned()),
            "\r\n\r\nraw",
            "text/plain",
        ),
        (Body::Empty, "\r\n\r\n", "content-length: 0"),
        (
            Body::Multipart {
                fields,
                files: vec![FilePart {
                    field: "source".to_owned(),
                    name: "a.mp4".to_owned(),
                    bytes: file,
                }],
            },
            "0123456789abcdefghij",
            "multipart/form-data; boundary=",
        ),
    ];
    for (body, content, mime) in bodies {
        for manner in [Manner::Safe, far_future()] {
            log.lock().expect("the log").clear();
            let mut request = Request::post("send", "https://api.example.com/upload");
            request.body = body.clone();
            let sent = transport.send(&request, &secrets(), manner).await;
            assert!(matches!(sent, Sent::Answered(_)), "{sent:?}");
            let text = only(&log);
            let lower = text.to_ascii_lowercase();
            assert!(text.contains(content) && lower.contains(&mime.to_ascii_lowercase()), "{text}");
            assert!(lower.contains("content-length: ") && !lower.contains("transfer-encoding"), "{text}");
        }
    }
}

#[tokio::test]
async fn who_asks_stands_where_the_network_wants_it() {
    let (address, log) = server(ok("{}")).await;
    let transport = transport_to(format!("http://{address}"));
    let ask = |request: Request| {
        let (transport, log) = (&transport, &log);
        async move {
            log.lock().expect("the log").clear();
            let sent = transport.send(&request, &secrets(), Manner::Safe).await;
            (matches!(sent, Sent::Answered(_)), log.lock().expect("the log").concat())
        }
    };
    let at = |path: &str| Request::post("send", format!("https://api.example.com/{path}"));
    let (_, text) = ask(at("x").basic("app", "access")).await;
    assert!(text.contains("authorization: Basic YXBwOlQwUC1TRUNSRVQ="), "{text}");
    let (_, text) = ask(at("bot{access}/sendMessage").in_path("access")).await;
    assert!(text.starts_with("POST /botT0P-SECRET/sendMessage HTTP/1.1"), "{text}");
    let (answered, text) = ask(at("sendMessage").in_path("access")).await;
    assert!(!answered && text.is_empty(), "nothing is sent without a place for it: {text}");
}

#[tokio::test]
async fn only_a_failed_connection_and_a_passed_instant_count_as_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port")
        .local_addr()
        .expect("an address");
    let refused = transport_to(format!("http://{closed}"))
        .send(&Request::post("x", "https://api.example.com/"), &secrets(), far_future())
        .await;
    assert!(matches!(refused, Sent::NotSent(_)), "{refused:?}");

    let (address, log) = server(ok("{}")).await;
    let transport = transport_to(format!("http://{address}"));
    let late = Manner::Commit { send_by_ms: 1_000 };
    let sent = transport
        .send(&Request::post("x", "https://api.example.com/"), &secrets(), late)
        .await;
    assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
    let unknown = Request::post("x", "https://api.example.com/").bearer("absent");
    assert!(matches!(transport.send(&unknown, &secrets(), far_future()).await, Sent::NotSent(_)));
    assert!(log.lock().expect("the log").is_empty());
}

#[tokio::test]
async fn a_name_that_is_not_found_and_a_handshake_that_breaks_are_not_sent() {
    let nowhere = transport_to("http://nowhere.invalid:9".to_owned());
    let request = Request::post("x", "https://api.example.com/v1").json(serde_json::json!({}));
    let sent = nowhere.send(&request, &secrets(), far_future()).await;
    assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
    // What the server says to the client's greeting: nothing, what is no TLS, and the beginning of an alert.
    for answer in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let greeted = tokio::spawn(async move {
            let mut greetings = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut greeting = [0; 2_048];
                greetings += usize::from(socket.read(&mut greeting).await.is_ok_and(|count| count > 0));
                drop(socket.write_all(answer).await);
                drop(socket.shutdown().await);
                assert!(
                    !String::from_utf8_lossy(&greeting).contains("POST"),
                    "something was sent in the open"
                );
                if greetings == 1 {
                    break;
                }
            }
            greetings
        });
        let transport = transport_to(format!("https://localhost:{port}"));
        let sent = transport.send(&request, &secrets(), far_future()).await;
        assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
        assert_eq!(greeted.await.expect("the server"), 1, "not tried at all, or tried again");
    }
}

#[tokio::test]
async fn a_closed_connection_a_silent_server_and_a_cut_answer_are_lost_and_sent_once() {
    let cut = Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\"".to_vec());
    let cases = [(Act::Close, false), (Act::Silence, true), (cut, true)];
    for (act, brief) in cases {
        let (address, log) = server(act).await;
        let transport = transport_to(format!("http://{address}"));
        let mut request = Request::post("x", "https://api.example.com/v1").json(serde_json::json!({}));
        if brief {
            request.budget_ms = 120;
        }
        let sent = transport.send(&request, &secrets(), far_future()).await;
        assert!(matches!(sent, Sent::Lost(_)), "{sent:?}");
        only(&log);
    }
}

#[tokio::test]
async fn a_commit_follows_no_redirect_and_a_safe_call_none_that_leaves_its_origin() {
    let (elsewhere, stolen) = server(ok("{}")).await;
    let away = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere}/x\r\nContent-Length: 0\r\n\r\n");
    let (address, log) = server(Act::Answer(away.into_bytes())).await;
    let transport = transport_to(format!("http://{address}"));
    for (manner, calls) in [(far_future(), 1), (Manner::Safe, 2)] {
        let sent = transport
            .send(&Request::post("x", "https://api.example.com/v1"), &secrets(), manner)
            .await;
        assert!(matches!(&sent, Sent::Answered(answer) if answer.status == 307), "{sent:?}");
        assert_eq!(log.lock().expect("the log").len(), calls);
    }
    assert!(stolen.lock().expect("the log").is_empty());

    let (address, log) = server(Act::Answer(
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n".to_vec(),
    ))
    .await;
    let transport = transport_to(format!("http://{address}"));
    let sent = transport
        .send(&Request::get("x", "https://api.example.com/v1"), &secrets(), Manner::Safe)
        .await;
    assert!(matches!(&sent, Sent::Answered(answer) if answer.status == 302), "{sent:?}");
    assert_eq!(log.lock().expect("the log").len(), 6);
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n".to_vec();
    bytes.resize(bytes.len() + ANSWER_BYTES_MAX + 70_000, b'x');
    let (address, _) = server(Act::Answer(bytes)).await;
    let transport = transport_to(format!("http://{address}"));
    let sent = transport
        .send(&Request::get("x", "https://api.example.com/v1"), &secrets(), Manner::Safe)
        .await;
    assert!(matches!(&sent, Sent::Lost(reason) if reason.contains("longer")), "{sent:?}");
}

#[tokio::test]
async fn an_address_inside_the_operators_network_is_not_called() {
    let (address, log) = server(ok("{}")).await;
    let transport = transport_to("http://127.0.0.1:1/elsewhere".to_owned());
    for url in [format!("http://{address}/x"), format!("https://localhost:{}/x", address.port())] {
        let sent = transport.send(&Request::get("x", &url), &secrets(), Manner::Safe).await;
        assert!(matches!(sent, Sent::NotSent(_)), "{url}: {sent:?}");
    }
    assert!(log.lock().expect("the log").is_empty());
}

#[tokio::test]
async fn warming_opens_the_connection_that_the_commit_then_uses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let log: Log = Arc::default();
    let kept = Arc::clone(&log);
    let connections = tokio::spawn(async move {
        // Only one connection is ever accepted: a second would hang until the test's budget ends.
        let (socket, _) = listener.accept().await.expect("a connection");
        converse(socket, ok(""), kept).await;
    });
    let transport = transport_to(format!("http://{address}"));
    transport.warm("https://api.example.com/v1/posts?token=x").await;
    let mut request = Request::post("x", "https://api.example.com/v1/posts");
    request.budget_ms = 2_000;
    let sent = transport.send(&request, &secrets(), far_future()).await;
    assert!(matches!(sent, Sent::Answered(_)), "{sent:?}");
    let log = log.lock().expect("the log").clone();
    assert!(log[0].starts_with("HEAD / HTTP/1.1"), "{log:?}");
    assert!(log[1].starts_with("POST /v1/posts HTTP/1.1"), "{log:?}");
    connections.abort();
}

#[tokio::test]
async fn tls_is_trusted_by_the_configured_certificate_and_not_without_it() {
    postrider_provider::http::install_crypto();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = tokio_rustls::rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(socket) = acceptor.accept(socket).await {
                    converse(socket, ok("{}"), Log::default()).await;
                }
            });
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, made.cert.pem()).expect("written");
    let mut settings = Settings {
        overrides: BTreeMap::from([("api.example.com".to_owned(), format!("https://localhost:{port}"))]),
        ca_file: Some(ca_file),
        ..Settings::default()
    };
    let request = Request::get("x", "https://api.example.com/v1");
    let trusting = HttpTransport::new(&settings, Arc::new(OneFile(Bytes::new()))).expect("a client");
    let sent = trusting.send(&request, &secrets(), far_future()).await;
    assert!(matches!(sent, Sent::Answered(_)), "{sent:?}");
    // Without it the handshake fails, or there is no root certificate at all on this system.
    settings.ca_file = None;
    if let Ok(wary) = HttpTransport::new(&settings, Arc::new(OneFile(Bytes::new()))) {
        let sent = wary.send(&request, &secrets(), far_future()).await;
        assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_trace_and_no_reason_holds_a_secret() {
    let written = Written::default();
    let sink = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(move || sink.clone())
        .finish();
    // For all threads: one of one's own alone is not asked about what another thread says for the first time.
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    let mut reasons = String::new();
    for act in [ok("{\"token\":\"T0P-SECRET\"}"), Act::Close] {
        let (address, _) = server(act).await;
        let transport = transport_to(format!("http://{address}"));
        let request = Request::post("create container", "https://api.example.com/v1")
            .query("access_token", Val::Secret("access".to_owned()))
            .bearer("access")
            .form(vec![("t".to_owned(), Val::Secret("access".to_owned()))]);
        for manner in [Manner::Safe, far_future()] {
            reasons.push_str(&format!("{:?}", transport.send(&request, &secrets(), manner).await));
        }
    }
    let log = String::from_utf8(written.0.lock().expect("the log").clone()).expect("text");
    assert!(log.contains("create container") && log.contains("api.example.com"), "{log}");
    assert!(!log.contains("T0P-SECRET") && !reasons.contains("T0P-SECRET"), "{log} {reasons}");
}
