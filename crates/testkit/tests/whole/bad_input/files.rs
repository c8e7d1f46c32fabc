//! Files that lie, and links to where nobody may look.

use postrider_testkit::{Channel, Client, media};
use reqwest::Method;
use serde_json::json;

use super::id;
use super::table::Table;

/// A JPEG whose header says another size.
fn claiming(side: u16) -> Vec<u8> {
    let mut bytes = media::jpeg(64, 64, 1);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
    bytes
}

/// A PDF of one page that runs a script when it is opened.
fn scripted_pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = pdf.len();
    pdf.push_str("xref\n0 4\n0000000000 65535 f \n");
    for place in places {
        pdf.push_str(&format!("{place:010} 00000 n \n"));
    }
    pdf.push_str(&format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    pdf.into_bytes()
}

pub async fn files(table: &mut Table, client: &Client, channel: &Channel) {
    let film = media::UPRIGHT_MP4;
    table.names(
        "a file of 0 bytes",
        &client.try_upload("a.jpg", "image/jpeg", Vec::new()).await,
        422,
        "media.refused",
        "upload-length",
    );
    let refused = [
        ("a truncated MP4", "film.mp4", "video/mp4", film[..film.len() / 2].to_vec()),
        ("an MP4 without its index", "film.mp4", "video/mp4", film[..40].to_vec()),
        ("a picture of 30,000 × 30,000", "big.jpg", "image/jpeg", claiming(30_000)),
        ("half a JPEG", "half.jpg", "image/jpeg", media::jpeg(640, 640, 1)[..900].to_vec()),
        ("a PDF with a script", "menu.pdf", "application/pdf", scripted_pdf()),
        (
            "a web page named .jpg",
            "cat.jpg",
            "image/jpeg",
            b"<html><script>alert(1)</script></html>".to_vec(),
        ),
        (
            "a program named .png",
            "cat.png",
            "image/png",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".repeat(8),
        ),
    ];
    for (tried, name, mime, bytes) in refused {
        let answer = client.try_upload(name, mime, bytes).await;
        table.remedies(tried, &answer, 422, "media.refused");
    }
    // Decided by its bytes: a picture, whatever it is called; a video post does not take it.
    let lying = client.upload("film.mp4", "video/mp4", media::png(640, 640, 2)).await;
    assert_eq!(lying["kind"], "image", "{lying}");
    let post = json!({"content_type": "video", "assets": [{"asset_id": lying["id"]}], "deliveries": [{"channel_id": channel.id}]});
    let draft = client.draft(&post).await.expect(201);
    let answer = client.post(&format!("posts/{}/publish", id(&draft)), &json!({})).await;
    table.holds("a PNG named .mp4 in a video post", &answer, 422, "assets.kind");
    let begin = |length: &str| {
        let request = client.request(Method::POST, &format!("projects/{}/uploads", client.project()));
        request.header("tus-resumable", "1.0.0").header("upload-length", length.to_owned())
    };
    table.names(
        "an upload of 10 TB",
        &client.send(begin("10000000000000")).await,
        413,
        "body.too_large",
        "upload-length",
    );
    table.names(
        "an upload of no length",
        &client.send(begin("some")).await,
        422,
        "field.invalid",
        "upload-length",
    );
    let begun = client.send(begin("100")).await;
    let at = begun.headers["location"].to_str().unwrap();
    let wrong = client
        .request(Method::PATCH, at)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 50);
    let wrong = wrong.header("content-type", "application/offset+octet-stream").body("later");
    table.holds("bytes at the wrong place", &client.send(wrong).await, 409, "upload.offset");
}

pub async fn links(table: &mut Table, client: &Client) {
    let private = [
        "http://127.0.0.1:22/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://0x7f000001/",
        "http://[::ffff:127.0.0.1]/",
    ];
    for url in private {
        let asked = client.request(Method::GET, "link-preview").query(&[("url", url)]);
        let answer = client.send(asked).await;
        table.holds(&format!("a link to {url}"), &answer, 422, "link.unreadable");
    }
    for url in ["file:///etc/passwd", "javascript:alert(1)", "no address"] {
        let asked = client.request(Method::GET, "link-preview").query(&[("url", url)]);
        let answer = client.send(asked).await;
        table.holds(&format!("a link `{url}`"), &answer, 422, "link.unreadable");
    }
}
