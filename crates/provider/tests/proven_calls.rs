//! The laws of calls that are proven by a key, against a wire that answers as told: which are made a second time, and which never.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use http_body_util::BodyExt;
use postrider_provider::http::{HttpTransport, Settings, Wire};
use postrider_provider::{Assertion, AssetBody, Blobs, Manner, Request, Secrets, Sent, Transport, Val, es256};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

const NOW_MS: i64 = 1_795_348_800_500;
const ENDPOINT: &str = "https://pds.example/xrpc/com.atproto.repo.putRecord";

/// What is answered: status, nonce, challenge, body.
#[derive(Clone)]
struct Told {
    status: u16,
    nonce: Option<&'static str>,
    challenge: Option<&'static str>,
    body: &'static str,
}

const DONE: Told = Told {
    status: 200,
    nonce: None,
    challenge: None,
    body: "{}",
};
const OTHER_NONCE: Told = Told {
    status: 401,
    nonce: Some("n1"),
    challenge: Some("DPoP algs=\"ES256\", error=\"use_dpop_nonce\", error_description=\"Resource server requires nonce\""),
    body: r#"{"error":"use_dpop_nonce"}"#,
};

/// A request as it left: head and body.
struct Left {
    proof: Option<Value>,
    header: Option<Value>,
    authorization: String,
    body: String,
}

struct Canned {
    /// How long each exchange takes.
    takes: Duration,
    answers: Mutex<Vec<Told>>,
    left: Mutex<Vec<Left>>,
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

impl Wire for Canned {
    fn exchange(&self, mut request: reqwest::Request, _: Manner) -> BoxFuture<'_, Result<reqwest::Response, Sent>> {
        async move {
            let body = match request.body_mut().take() {
                Some(body) => body.collect().await.map(|whole| whole.to_bytes()).unwrap_or_default(),
                None => Bytes::new(),
            };
            tokio::time::sleep(self.takes).await;
            let text = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            };
            let proof = text("dpop");
            let mut parts = proof.split('.');
            self.left.lock().expect("the log").push(Left {
                header: parts.next().filter(|part| !part.is_empty()).map(read),
                proof: parts.next().map(read),
                authorization: text("authorization"),
                body: String::from_utf8_lossy(&body).into_owned(),
            });
            let mut answers = self.answers.lock().expect("the answers");
            let told = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
            let mut answer = http::Response::builder().status(told.status);
            for (name, value) in [("dpop-nonce", told.nonce), ("www-authenticate", told.challenge)] {
                if let Some(value) = value {
                    answer = answer.header(name, value);
                }
            }
            Ok(answer.body(told.body).expect("an answer").into())
        }
        .boxed()
    }

    fn open_ahead(&self, _: Url) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

struct OneFile;

impl Blobs for OneFile {
    fn open<'a>(&'a self, _: &'a str, _: Option<Range<u64>>) -> BoxFuture<'a, std::io::Result<BoxStream<'static, std::io::Result<Bytes>>>> {
        async { Ok(stream::iter([Ok(Bytes::from_static(b"picture"))]).boxed()) }.boxed()
    }
}

fn over(answers: &[Told]) -> (HttpTransport, Arc<Canned>) {
    slowly(Duration::ZERO, answers)
}

fn slowly(takes: Duration, answers: &[Told]) -> (HttpTransport, Arc<Canned>) {
    let wire = Arc::new(Canned {
        takes,
        answers: Mutex::new(answers.to_vec()),
        left: Mutex::default(),
    });
    let counted = Mutex::new(0_u8);
    let draw = move || {
        let mut counted = counted.lock().expect("the count");
        *counted += 1;
        [*counted; 16]
    };
    let transport = HttpTransport::new(&Settings::default(), Arc::new(OneFile)).expect("a client");
    let transport = transport.over(wire.clone(), Arc::new(OneFile), Arc::new(|| NOW_MS), Arc::new(draw));
    (transport, wire)
}

fn secrets() -> Secrets {
    Secrets::from([
        ("access".to_owned(), SecretString::from("T0P-SECRET")),
        ("key".to_owned(), es256::drawn(b"one")),
        ("client_key".to_owned(), es256::drawn(b"two")),
    ])
}

fn write() -> Request {
    Request::post("write", ENDPOINT)
        .dpop("access", "key")
        .json(serde_json::json!({"text": "Hi"}))
}

fn commit() -> Manner {
    Manner::Commit {
        send_by_ms: NOW_MS + 30_000,
    }
}

#[tokio::test]
async fn a_proof_names_the_call_the_access_the_moment_and_the_nonce() {
    let (transport, wire) = over(&[Told { nonce: Some("n0"), ..DONE }, DONE]);
    let request = Request::get("look", "https://pds.example/xrpc/x?fixed=1#part")
        .query("a", "b")
        .dpop("access", "key");
    for _ in 0..2 {
        assert!(matches!(
            transport.send(&request, &secrets(), Manner::Safe).await,
            Sent::Answered(_)
        ));
    }
    let left = wire.left.lock().expect("the log");
    let (header, first, second) = (left[0].header.as_ref(), left[0].proof.as_ref(), left[1].proof.as_ref());
    let (header, first, second) = (header.expect("a head"), first.expect("a proof"), second.expect("a proof"));
    assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
    assert!(header["jwk"]["x"].is_string() && header["jwk"]["d"].is_null(), "{header}");
    assert_eq!(
        (&first["htm"], &first["htu"]),
        (&"GET".into(), &"https://pds.example/xrpc/x".into())
    );
    assert_eq!(first["ath"], es256::hashed(b"T0P-SECRET"));
    assert_eq!(first["iat"], NOW_MS / 1_000);
    assert!(first["nonce"].is_null() && first["iss"].is_null(), "{first}");
    assert_eq!(second["nonce"], "n0", "remembered of the last answer");
    assert_ne!(first["jti"], second["jti"]);
    assert_eq!(left[0].authorization, "DPoP T0P-SECRET");
}

#[tokio::test]
async fn a_commit_that_is_refused_for_its_nonce_alone_is_made_once_more_with_the_new_one() {
    let of_token_endpoint = Told {
        status: 400,
        challenge: None,
        ..OTHER_NONCE
    };
    let to_token_endpoint = Request::post("renew", "https://signs.example/token")
        .proven("key")
        .json(serde_json::json!({"text": "Hi"}));
    for (refusal, request) in [(OTHER_NONCE, write()), (of_token_endpoint, to_token_endpoint)] {
        let (transport, wire) = over(&[refusal, DONE]);
        let sent = transport.send(&request, &secrets(), commit()).await;
        assert!(matches!(sent, Sent::Answered(ref answer) if answer.status == 200), "{sent:?}");
        let left = wire.left.lock().expect("the log");
        assert_eq!(left.len(), 2);
        assert_eq!(left[1].proof.as_ref().expect("a proof")["nonce"], "n1");
        assert_ne!(
            left[0].proof.as_ref().expect("a proof")["jti"],
            left[1].proof.as_ref().expect("a proof")["jti"]
        );
        assert_eq!(
            (left[0].body.as_str(), left[1].body.as_str()),
            (r#"{"text":"Hi"}"#, r#"{"text":"Hi"}"#)
        );
    }
}

#[tokio::test]
async fn no_other_answer_has_a_call_made_twice() {
    let cases = [
        (
            "a refusal for something else",
            Told {
                challenge: Some("DPoP error=\"invalid_token\""),
                body: "{}",
                ..OTHER_NONCE
            },
        ),
        (
            "a nonce asked for as only who signs in does",
            Told {
                status: 400,
                challenge: None,
                ..OTHER_NONCE
            },
        ),
        (
            "a nonce asked for by words alone",
            Told {
                challenge: None,
                ..OTHER_NONCE
            },
        ),
        (
            "a refusal without a nonce",
            Told {
                nonce: None,
                ..OTHER_NONCE
            },
        ),
        (
            "an outage that speaks of a nonce",
            Told {
                status: 503,
                ..OTHER_NONCE
            },
        ),
        (
            "another status",
            Told {
                status: 403,
                ..OTHER_NONCE
            },
        ),
        (
            "success with a nonce",
            Told {
                status: 200,
                ..OTHER_NONCE
            },
        ),
    ];
    for (what, told) in cases {
        let (transport, wire) = over(&[told]);
        transport.send(&write(), &secrets(), commit()).await;
        assert_eq!(wire.left.lock().expect("the log").len(), 1, "{what}");
    }
    // A server that is never content is asked twice, no more.
    let (transport, wire) = over(&[OTHER_NONCE]);
    let sent = transport.send(&write(), &secrets(), commit()).await;
    assert!(matches!(sent, Sent::Answered(ref answer) if answer.status == 401), "{sent:?}");
    assert_eq!(wire.left.lock().expect("the log").len(), 2);
    // A call that proves nothing was not refused for its nonce.
    let (transport, wire) = over(&[OTHER_NONCE]);
    let plain = Request::post("write", ENDPOINT).bearer("access");
    transport.send(&plain, &secrets(), commit()).await;
    assert_eq!(wire.left.lock().expect("the log").len(), 1);
}

#[tokio::test]
async fn nothing_is_made_a_second_time_after_its_last_instant() {
    let (transport, wire) = over(&[OTHER_NONCE, DONE]);
    let late = Manner::Commit { send_by_ms: NOW_MS };
    let sent = transport.send(&write(), &secrets(), late).await;
    assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
    assert!(wire.left.lock().expect("the log").is_empty());
}

/// Somebody may set the clock back that people read: it stands still here.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_made_twice_takes_no_longer_than_one() {
    let (transport, wire) = slowly(Duration::from_millis(60), &[OTHER_NONCE, DONE]);
    let request = Request { budget_ms: 100, ..write() };
    let began = tokio::time::Instant::now();
    let sent = transport.send(&request, &secrets(), commit()).await;
    assert!(matches!(sent, Sent::Lost(_)), "{sent:?}");
    assert_eq!(began.elapsed(), Duration::from_millis(100));
    assert_eq!(wire.left.lock().expect("the log").len(), 1, "the second was not written to its end");
}

#[tokio::test]
async fn a_file_is_sent_whole_again() {
    let (transport, wire) = over(&[OTHER_NONCE, DONE]);
    let upload = Request::post("upload", ENDPOINT).dpop("access", "key").asset(AssetBody {
        blob: "file".to_owned(),
        mime: "image/png".to_owned(),
        total_bytes: 7,
        range: None,
    });
    transport.send(&upload, &secrets(), Manner::Safe).await;
    let left = wire.left.lock().expect("the log");
    assert_eq!(
        left.iter().map(|left| left.body.as_str()).collect::<Vec<_>>(),
        ["picture", "picture"]
    );
}

#[tokio::test]
async fn each_server_has_a_nonce_of_its_own() {
    let (transport, wire) = over(&[
        Told {
            nonce: Some("here"),
            ..DONE
        },
        DONE,
    ]);
    for address in ["https://one.example/a", "https://two.example/a", "https://one.example/b"] {
        let request = Request::get("look", address).dpop("access", "key");
        transport.send(&request, &secrets(), Manner::Safe).await;
    }
    let left = wire.left.lock().expect("the log");
    let nonces: Vec<_> = left
        .iter()
        .map(|left| left.proof.as_ref().expect("a proof")["nonce"].clone())
        .collect();
    assert_eq!(nonces, [Value::Null, Value::Null, "here".into()]);
}

#[tokio::test]
async fn a_clients_word_is_new_each_time_and_by_another_key_than_the_proof() {
    let (transport, wire) = over(&[
        Told {
            status: 400,
            challenge: None,
            ..OTHER_NONCE
        },
        DONE,
    ]);
    let word = Assertion {
        key: "client_key".to_owned(),
        client_id: "https://planner.example/client".to_owned(),
        audience: "https://as.example".to_owned(),
    };
    let form = vec![("client_assertion".to_owned(), Val::Assertion(word))];
    let request = Request::post("token", "https://as.example/token").form(form).proven("key");
    transport.send(&request, &secrets(), commit()).await;
    let left = wire.left.lock().expect("the log");
    let words: Vec<(Value, Value)> = left
        .iter()
        .map(|left| {
            let mut parts = left.body.strip_prefix("client_assertion=").expect("the field").split('.');
            (read(parts.next().expect("a head")), read(parts.next().expect("claims")))
        })
        .collect();
    let (head, claims) = &words[0];
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&claims["sub"], &"https://planner.example/client".into())
    );
    assert_eq!(
        (&claims["aud"], claims["exp"].as_i64()),
        (&"https://as.example".into(), Some(NOW_MS / 1_000 + 60))
    );
    assert_ne!(words[0].1["jti"], words[1].1["jti"]);
    let client_key = es256::Key::read(&secrets()["client_key"]).expect("a key");
    assert_eq!(head["kid"], client_key.thumbprint());
    assert_eq!(client_key.published()["kid"], client_key.thumbprint());
    assert_ne!(left[0].header.as_ref().expect("a head")["jwk"], client_key.public());
    assert!(left[0].proof.as_ref().expect("a proof")["ath"].is_null(), "no access is shown");
}

#[tokio::test]
async fn a_key_that_is_missing_or_broken_sends_nothing_and_is_not_shown() {
    for kept in [None, Some("broken-key-T0P-SECRET")] {
        let (transport, wire) = over(&[DONE]);
        let mut secrets = secrets();
        match kept {
            Some(text) => secrets.insert("key".to_owned(), SecretString::from(text)),
            None => secrets.remove("key"),
        };
        let Sent::NotSent(why) = transport.send(&write(), &secrets, commit()).await else {
            panic!("sent without a proof")
        };
        assert!(
            !why.contains("T0P-SECRET") && !why.contains(secrets["client_key"].expose_secret()),
            "{why}"
        );
        assert!(wire.left.lock().expect("the log").is_empty());
    }
}
