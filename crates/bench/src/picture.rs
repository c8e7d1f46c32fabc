//! A picture of the size people post, and a door where the sandbox fetches it for the bare client.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Width and height: what Instagram shows a square picture at.
const SIDE: u32 = 1_080;
const QUALITY: u8 = 85;
/// The longest request head that is read.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// A JPEG with soft colours and some grain, as a photograph has them.
///
/// # Errors
/// If it cannot be encoded.
pub fn jpeg() -> anyhow::Result<Vec<u8>> {
    let shade = |x: u32, y: u32, by: u32| {
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)).wrapping_mul(by) >> 28;
        u8::try_from(((x + y) * by / 16 + grain) % 256).unwrap_or(0)
    };
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb([shade(x, y, 1), shade(x, y, 2), shade(x, y, 3)]));
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&picture)
        .context("the picture")?;
    Ok(bytes.into_inner())
}

/// Answers every request with the picture until the runtime ends. Answers its address.
///
/// # Errors
/// If no port is free.
pub async fn serve(jpeg: Vec<u8>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: {}\r\n\r\n",
        jpeg.len()
    );
    let answer: Arc<[u8]> = [head.into_bytes(), jpeg].concat().into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&answer)));
        }
    });
    Ok(address)
}

/// Requests here have no body, so each ends at its first empty line.
async fn talk(mut stream: TcpStream, answer: Arc<[u8]>) -> std::io::Result<()> {
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > HEAD_BYTES_MAX || stream.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
        }
        head.clear();
        stream.write_all(&answer).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_weighs_what_a_photograph_weighs() {
        let bytes = jpeg().unwrap();
        assert!((50_000..2_000_000).contains(&bytes.len()), "{}", bytes.len());
    }
}
