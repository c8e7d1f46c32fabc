//! Links fetched from servers on this machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use postrider_services::fetch::{Fetcher, PICTURE_BYTES_MAX, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves fixed answers by path; the rest is 404.
async fn server(pages: Vec<(&'static str, Vec<u8>)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let pages: BTreeMap<&str, Vec<u8>> = pages.into_iter().collect();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let pages = pages.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0_u8; 4096];
                while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                    match socket.read(&mut buffer).await {
                        Ok(count @ 1..) => head.extend_from_slice(&buffer[..count]),
                        _ => return,
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default();
                let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
                // The fetcher may have read enough before all is written.
                drop(socket.write_all(pages.get(path).unwrap_or(&missing)).await);
            });
        }
    });
    address
}

fn answer(content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn redirect(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

fn fetcher(allow: &[&str]) -> Fetcher {
    let settings = Settings {
        allow_private: allow.iter().map(|entry| (*entry).to_owned()).collect(),
        fetch_ms: 2_000,
        ..Settings::default()
    };
    Fetcher::new(&settings).expect("a fetcher")
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

#[tokio::test]
async fn a_link_becomes_a_card_with_its_picture() {
    let page = r#"<html><head><meta property="og:title" content="Autumn &amp; Sale"><meta property="og:description" content="All must go">
        <meta property="og:image" content="img/card.png"></head></html>"#;
    let address = server(vec![
        ("/start", redirect("/shop/page")),
        ("/shop/page", answer("text/html; charset=utf-8", page.as_bytes())),
        ("/shop/img/card.png", answer("image/png", PNG)),
    ])
    .await;
    let preview = fetcher(&["127.0.0.1"])
        .link_preview(&format!("http://{address}/start"))
        .await
        .expect("a card");
    assert_eq!(
        (preview.title.as_str(), preview.description.as_str()),
        ("Autumn & Sale", "All must go")
    );
    assert_eq!(preview.url, format!("http://{address}/shop/page"));
    assert_eq!(preview.domain, "127.0.0.1");
    let image = preview.image.expect("a picture");
    assert_eq!((image.name.as_str(), &image.bytes[..]), ("card.png", PNG));
}

#[tokio::test]
async fn a_picture_that_lies_is_too_large_or_is_gone_is_left_out() {
    let page = |image: &str| {
        answer(
            "text/html",
            format!("<title>T</title><meta property=og:image content='{image}'>").as_bytes(),
        )
    };
    let address = server(vec![
        ("/a", page("/lie.png")),
        ("/b", page("/large.png")),
        ("/c", page("/gone.png")),
        ("/d", page("http://[::1]:9/private.png")),
        ("/e", page("data:image/png;base64,AAAA")),
        ("/lie.png", answer("image/png", b"<script>alert(1)</script>")),
        ("/large.png", answer("image/png", &[PNG, &vec![0; PICTURE_BYTES_MAX]].concat())),
    ])
    .await;
    let fetcher = fetcher(&["127.0.0.1"]);
    for path in ["/a", "/b", "/c", "/d", "/e"] {
        let preview = fetcher.link_preview(&format!("http://{address}{path}")).await.expect("a card");
        assert_eq!((preview.title.as_str(), preview.image.is_some()), ("T", false), "{path}");
    }
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_by_name_and_behind_a_redirect() {
    let secret = server(vec![("/", answer("text/html", b"<title>inside</title>"))]).await;
    let strict = fetcher(&[]);
    for url in [
        format!("http://{secret}/"),
        "http://localhost/".to_owned(),
        "http://[::1]/".to_owned(),
    ] {
        let error = strict.link_preview(&url).await.expect_err("refused");
        assert_eq!(error.code(), "link.private_address", "{url}");
    }
    let inside = format!("http://[::ffff:7f00:1]:{}/", secret.port());
    let address = server(vec![("/", redirect(&inside)), ("/file", redirect("file:///etc/passwd"))]).await;
    let partly = fetcher(&["127.0.0.1"]);
    for (path, code) in [("/", "link.private_address"), ("/file", "link.scheme")] {
        let error = partly.link_preview(&format!("http://{address}{path}")).await.expect_err("refused");
        assert_eq!(error.code(), code, "{path}");
    }
}

#[tokio::test]
async fn loops_refusals_other_files_and_silence_end_with_a_clear_error() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = server(vec![
        ("/loop", redirect("/loop")),
        ("/bare", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("/pdf", answer("application/pdf", b"%PDF-1.7")),
    ])
    .await;
    let mut settings = Settings {
        allow_private: vec!["127.0.0.1".to_owned()],
        ..Settings::default()
    };
    settings.fetch_ms = 300;
    let fetcher = Fetcher::new(&settings).expect("a fetcher");
    let silent = format!("http://{}/", silent.local_addr().expect("an address"));
    let table = [
        (format!("http://{address}/loop"), "link.redirects"),
        (format!("http://{address}/bare"), "link.refused"),
        (format!("http://{address}/none"), "link.refused"),
        (format!("http://{address}/pdf"), "link.not_a_page"),
        ("http://127.0.0.1:1/".to_owned(), "link.unreachable"),
        (silent, "link.unreachable"),
        ("not an address".to_owned(), "link.invalid"),
        (format!("http://{address}/{}", "a".repeat(5_000)), "link.invalid"),
    ];
    for (url, code) in table {
        let error = fetcher.link_preview(&url).await.expect_err("refused");
        assert_eq!(error.code(), code, "{}", url.chars().take(60).collect::<String>());
    }
}

#[tokio::test]
async fn an_endless_page_is_read_to_its_bound() {
    let mut page = b"<title>Long</title>".to_vec();
    page.resize(3 * 1024 * 1024, b' ');
    let address = server(vec![("/", answer("text/html", &page))]).await;
    let preview = fetcher(&["127.0.0.1"])
        .link_preview(&format!("http://{address}/"))
        .await
        .expect("a card");
    assert_eq!(preview.title, "Long");
}
