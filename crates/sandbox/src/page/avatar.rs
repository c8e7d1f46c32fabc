//! Pictures of accounts: a plain pattern in a colour that depends on the id.

use std::io::Cursor;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};

const SIDE: u32 = 200;
const CELLS: u32 = 5;

/// `GET /_sandbox/avatar/{network}/{id}.png`.
pub async fn draw(Path((network, file)): Path<(String, String)>) -> Response {
    let seed: [u8; 32] = Sha256::digest(format!("{network}/{file}")).into();
    let ink = Rgb([60 + seed[0] / 2, 60 + seed[1] / 2, 60 + seed[2] / 2]);
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (column, row) = (x * CELLS / SIDE, y * CELLS / SIDE);
        // The right half mirrors the left, so that it looks like a face or a crest.
        let mirrored = column.min(CELLS - 1 - column);
        let filled = seed[(3 + row * CELLS + mirrored) as usize].is_multiple_of(2);
        if filled { ink } else { Rgb([236, 238, 242]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    match picture.write_to(&mut bytes, ImageFormat::Png) {
        Ok(()) => ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "max-age=86400")], bytes.into_inner()).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
