//! Files as people upload them, made or kept here. Each picture's bytes differ by its seed.

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};

/// A video that every network takes: 540 × 960, 4 s, 30 frames a second, H.264 and AAC, about 100 kB.
pub const UPRIGHT_MP4: &[u8] = include_bytes!("../fixtures/upright.mp4");
/// A PDF of a few pages.
pub const PAGES_PDF: &[u8] = include_bytes!("../../services/tests/fixtures/pages.pdf");

fn picture(width: u32, height: u32, seed: u32) -> RgbImage {
    let shade = |value: u32| u8::try_from(value % 256).unwrap_or_default();
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([shade(x / 4 + seed * 37), shade(y / 4 + seed * 91), shade((x + y) / 8 + seed * 13)])
    })
}

fn encoded(image: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut bytes, format)
        .unwrap_or_else(|error| panic!("no {format:?}: {error}"));
    bytes.into_inner()
}

/// A JPEG.
pub fn jpeg(width: u32, height: u32, seed: u32) -> Vec<u8> {
    encoded(picture(width, height, seed), ImageFormat::Jpeg)
}

/// A PNG.
pub fn png(width: u32, height: u32, seed: u32) -> Vec<u8> {
    encoded(picture(width, height, seed), ImageFormat::Png)
}

/// An animated GIF of six frames.
pub fn gif(seed: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder
            .set_repeat(Repeat::Infinite)
            .unwrap_or_else(|error| panic!("no GIF: {error}"));
        for step in 0..6 {
            let frame: RgbaImage = DynamicImage::from(picture(320, 240, seed + step * 3)).to_rgba8();
            let delay = Delay::from_numer_denom_ms(200, 1);
            encoder
                .encode_frame(Frame::from_parts(frame, 0, 0, delay))
                .unwrap_or_else(|error| panic!("no GIF: {error}"));
        }
    }
    bytes
}
