//! Bodies: small ones whole, files as streams of known length.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::multipart::{Form, Part};
use reqwest::{Body as HttpBody, RequestBuilder};
use tokio::time::Instant;

use super::{Now, Told};
use crate::request::{AssetBody, Body, FilePart, Val};
use crate::transport::{Blobs, Manner};

/// The instant for sending passed while bytes were still to be written.
#[derive(Debug, thiserror::Error)]
#[error("the last instant for sending passed {}", if *begun { "while it was sent" } else { "before it was sent" })]
struct TooLate {
    begun: bool,
}

/// Whether a failed call is known not to have sent a byte of its body, and so nothing that a server could act on: head and
/// first chunk leave in one write.
pub fn unsent(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = cause {
        // An I/O error hands out the cause of what it wraps, not what it wraps.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let late = wrapped.and_then(|wrapped| wrapped.downcast_ref::<TooLate>());
        if let Some(late) = late.or_else(|| error.downcast_ref::<TooLate>()) {
            return !late.begun;
        }
        cause = error.source();
    }
    false
}

/// Until when bytes of a body may be written.
#[derive(Clone)]
pub struct Until {
    /// `None` for a call that may be repeated.
    last: Option<LastInstant>,
    now: Now,
}

/// By two clocks: a process that was stopped may go on after somebody set the one back that people read.
#[derive(Clone, Copy)]
struct LastInstant {
    /// UTC milliseconds.
    send_by_ms: i64,
    /// When the call's budget is over.
    over_at: Instant,
}

impl Until {
    /// As the call is sent that may take so long.
    pub fn of(manner: Manner, budget_ms: u64, now: &Now) -> Until {
        let last = match manner {
            Manner::Safe => None,
            Manner::Commit { send_by_ms } => Some(LastInstant {
                send_by_ms,
                over_at: Instant::now() + Duration::from_millis(budget_ms),
            }),
        };
        Until {
            last,
            now: Arc::clone(now),
        }
    }
}

/// Adds the body to a call.
///
/// # Errors
/// In words: a secret is missing, or the file cannot be read.
pub async fn attach(
    builder: RequestBuilder,
    body: &Body,
    blobs: &Arc<dyn Blobs>,
    told: &Told<'_>,
    until: &Until,
) -> Result<RequestBuilder, String> {
    match body {
        Body::Empty => Ok(builder),
        Body::Json(value) => Ok(whole(builder, Bytes::from(value.to_string()), "application/json", until)),
        Body::JsonFields(fields) => {
            let mut object = serde_json::Map::new();
            for (name, value) in fields {
                object.insert(name.clone(), told.reveal(value)?.into());
            }
            let bytes = Bytes::from(serde_json::Value::Object(object).to_string());
            Ok(whole(builder, bytes, "application/json", until))
        }
        Body::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in fields {
                form.append_pair(name, &told.reveal(value)?);
            }
            Ok(whole(
                builder,
                Bytes::from(form.finish()),
                "application/x-www-form-urlencoded",
                until,
            ))
        }
        Body::Bytes(bytes, mime) => Ok(whole(builder, bytes.clone(), mime, until)),
        Body::Asset(asset) => Ok(builder
            .header(CONTENT_TYPE, &asset.mime)
            .header(CONTENT_LENGTH, asset.len())
            .body(HttpBody::wrap_stream(file(asset, blobs, until).await?))),
        Body::Multipart { fields, files } => multipart(builder, fields, files, blobs, told, until).await,
    }
}

async fn multipart(
    builder: RequestBuilder,
    fields: &[(String, Val)],
    files: &[FilePart],
    blobs: &Arc<dyn Blobs>,
    told: &Told<'_>,
    until: &Until,
) -> Result<RequestBuilder, String> {
    let mut form = Form::new();
    for (name, value) in fields {
        form = form.text(name.clone(), told.reveal(value)?.into_owned());
    }
    for FilePart { field, name, bytes: asset } in files {
        let bytes = HttpBody::wrap_stream(file(asset, blobs, until).await?);
        let part = Part::stream_with_length(bytes, asset.len())
            .file_name(name.clone())
            .mime_str(&asset.mime)
            .map_err(|_| format!("`{}` is not a media type", asset.mime))?;
        form = form.part(field.clone(), part);
    }
    Ok(builder.multipart(form))
}

fn whole(builder: RequestBuilder, bytes: Bytes, mime: &str, until: &Until) -> RequestBuilder {
    let builder = builder.header(CONTENT_TYPE, mime).header(CONTENT_LENGTH, bytes.len());
    if until.last.is_none() || bytes.is_empty() {
        return builder.body(bytes);
    }
    builder.body(HttpBody::wrap_stream(dated(stream::iter([Ok(bytes)]).boxed(), until)))
}

async fn file(asset: &AssetBody, blobs: &Arc<dyn Blobs>, until: &Until) -> Result<BoxStream<'static, std::io::Result<Bytes>>, String> {
    let bytes = blobs
        .open(&asset.blob, asset.range.clone())
        .await
        .map_err(|error| format!("the stored file cannot be read: {error}"))?;
    Ok(dated(bytes, until))
}

/// The same bytes; for a commit, each chunk only as long as its last instant has not passed.
fn dated(bytes: BoxStream<'static, std::io::Result<Bytes>>, until: &Until) -> BoxStream<'static, std::io::Result<Bytes>> {
    let Some(last) = until.last else { return bytes };
    let now = Arc::clone(&until.now);
    let begun = AtomicBool::new(false);
    bytes
        .map(move |chunk| {
            if now() > last.send_by_ms || Instant::now() > last.over_at {
                return Err(std::io::Error::other(TooLate {
                    begun: begun.load(Ordering::Relaxed),
                }));
            }
            begun.store(true, Ordering::Relaxed);
            chunk
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// Sends three chunks by a clock that goes on by one at each; gives the error and what the server received.
    async fn send(send_by_ms: i64, over_at: Instant) -> (reqwest::Error, Vec<u8>) {
        super::super::clients::install_crypto();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut received = Vec::new();
            // Ends when the client closes, whether cleanly or not.
            drop(socket.read_to_end(&mut received).await);
            received
        });
        let clock = AtomicI64::new(0);
        let chunks = ["one", "two", "six"].map(|text| Ok(Bytes::from_static(text.as_bytes())));
        let until = Until {
            last: Some(LastInstant { send_by_ms, over_at }),
            now: Arc::new(move || clock.fetch_add(1, Ordering::Relaxed)),
        };
        let body = dated(stream::iter(chunks).boxed(), &until);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let call = client.post(url).header(CONTENT_LENGTH, 9).body(HttpBody::wrap_stream(body));
        let error = call.send().await.expect_err("too late");
        drop(client);
        (error, server.await.expect("the server"))
    }

    #[tokio::test]
    async fn a_body_whose_instant_passed_sends_nothing_and_says_so() {
        let in_time = Instant::now() + Duration::from_secs(60);
        let over = Instant::now() - Duration::from_millis(1);
        for (send_by_ms, over_at) in [(-1, in_time), (i64::MAX, over)] {
            let (error, received) = send(send_by_ms, over_at).await;
            assert!(unsent(&error), "{error:?}");
            assert_eq!(String::from_utf8_lossy(&received), "");
        }
    }

    #[tokio::test]
    async fn a_body_whose_instant_passes_midway_ends_there_and_may_have_arrived() {
        let (error, received) = send(1, Instant::now() + Duration::from_secs(60)).await;
        assert!(!unsent(&error), "{error:?}");
        assert!(!String::from_utf8_lossy(&received).contains("six"));
    }
}
