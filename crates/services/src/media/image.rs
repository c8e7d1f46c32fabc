//! Pictures: measured by their heads, freed of what the camera noted, made smaller.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits, RgbImage};
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{ImageEXIF, ImageICC};
use postrider_core::post::{AssetFacts, AssetKind};

use super::sniff::{Format, GIF, JPEG, PNG, WEBP};
use super::{MediaError, Refusal};

/// Most pixels of a picture. 50-megapixel cameras pass; a decoded picture stays below 256 MB.
pub const PIXELS_MAX: u64 = 64_000_000;
/// Longest file of a still picture, in bytes.
pub const PICTURE_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Longest file of an animation, in bytes.
pub const GIF_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Most frames of an animation.
pub const FRAMES_MAX: u32 = 3_000;
/// Longest side of a thumbnail, in pixels.
pub const THUMBNAIL_SIDE: u32 = 480;
/// Memory that a decoder may take, in bytes.
const DECODE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Quality of a JPEG that stands in for the original.
const ORIGINAL_QUALITY: u8 = 92;
const THUMBNAIL_QUALITY: u8 = 80;
/// Qualities that are tried, best first, before a picture is made smaller.
const QUALITIES: [u8; 5] = [90, 82, 74, 66, 58];
/// How much smaller a picture gets when no quality suffices, and the side below which it is given up.
const SHRINK: f64 = 0.85;
const SIDE_MIN: u32 = 64;

/// A picture as it is kept.
pub struct Picture {
    /// What was measured.
    pub facts: AssetFacts,
    /// A small JPEG of it.
    pub thumbnail: Bytes,
    /// The bytes to keep instead of the file, if they are not the file's own.
    pub rewritten: Option<Vec<u8>>,
    /// What it is now.
    pub format: Format,
}

fn damaged() -> Refusal {
    Refusal::new(
        "media.damaged",
        "The picture cannot be read: it is damaged or cut off.",
        "Export the picture again.",
    )
}

fn too_large(bytes_max: u64, bytes: u64) -> Refusal {
    let message = format!("The picture's file is larger than {} MB.", bytes_max / 1024 / 1024);
    Refusal::new("media.too_large", message, "Export the picture smaller.").figures(bytes_max, bytes)
}

fn check_pixels(width: u32, height: u32) -> Result<(), Refusal> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(damaged());
    }
    if pixels > PIXELS_MAX {
        let message = format!(
            "The picture has {width} × {height} pixels; {} million are the most.",
            PIXELS_MAX / 1_000_000
        );
        return Err(Refusal::new("media.too_many_pixels", message, "Export the picture smaller.").figures(PIXELS_MAX, pixels));
    }
    Ok(())
}

fn facts(kind: AssetKind, format: Format, bytes: u64, (width, height): (u32, u32)) -> AssetFacts {
    AssetFacts {
        kind,
        mime: format.mime.to_owned(),
        bytes,
        width: Some(width),
        height: Some(height),
        duration_ms: None,
        frame_rate: None,
        video_codec: None,
        audio_codec: None,
        pages: None,
        frames: None,
    }
}

fn known(format: Format) -> Option<image::ImageFormat> {
    image::ImageFormat::from_mime_type(format.mime)
}

/// A picture in memory, upright, with what belongs to its colours.
struct Decoded {
    picture: DynamicImage,
    icc: Option<Vec<u8>>,
    turned: bool,
}

/// Judges the sides that the head of a PNG or GIF names. Their decoders would first ask for memory by them, and fail without
/// saying why.
fn check_head(path: &Path, format: Format) -> Result<(), MediaError> {
    let mut head = [0_u8; 24];
    let length = if format == GIF { 10 } else { head.len() };
    let (head, _) = head.split_at_mut(length);
    File::open(path)?.read_exact(head).map_err(|_| damaged())?;
    let (width, height) = match *head {
        [.., a, b, c, d, e, f, g, h] if format == PNG => (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])),
        [.., a, b, c, d] if format == GIF => (u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_le_bytes([c, d]))),
        _ => return Ok(()),
    };
    Ok(check_pixels(width, height)?)
}

/// Reads the head, checks the bounds, then decodes and turns upright.
fn decode(path: &Path, format: Format) -> Result<Decoded, MediaError> {
    check_head(path, format)?;
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?));
    reader.set_format(known(format).ok_or_else(damaged)?);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| damaged())?;
    picture.apply_orientation(orientation);
    Ok(Decoded {
        picture,
        icc,
        turned: orientation != Orientation::NoTransforms,
    })
}

/// Takes in a still picture: measures it, draws its thumbnail, and frees it of what the camera noted.
///
/// # Errors
/// If it is damaged, animated where it must not be, or beyond a bound.
pub fn take_in(path: &Path, format: Format, bytes: u64) -> Result<Picture, MediaError> {
    if bytes > PICTURE_BYTES_MAX {
        return Err(too_large(PICTURE_BYTES_MAX, bytes).into());
    }
    if format == WEBP {
        let decoder = WebPDecoder::new(BufReader::new(File::open(path)?)).map_err(|_| damaged())?;
        if decoder.has_animation() {
            let message = "Animated WebP pictures are not taken by the networks.";
            return Err(Refusal::new("media.unsupported", message, "Export the animation as GIF or MP4.").into());
        }
    }
    let decoded = decode(path, format)?;
    if format == JPEG && !jpeg_ends(&std::fs::read(path)?) {
        return Err(damaged().into());
    }
    let sides = (decoded.picture.width(), decoded.picture.height());
    let thumbnail = thumbnail(&decoded.picture)?;
    let (rewritten, format) = if format == GIF {
        // A still GIF is a picture that few networks take as one.
        (Some(encode(&decoded, PNG)?), PNG)
    } else if decoded.turned {
        (Some(encode(&decoded, format)?), format)
    } else {
        (strip(std::fs::read(path)?, format)?, format)
    };
    let kept = rewritten.as_ref().map_or(bytes, |bytes| bytes.len() as u64);
    Ok(Picture {
        facts: facts(AssetKind::Image, format, kept, sides),
        thumbnail,
        rewritten,
        format,
    })
}

/// Whether a JPEG goes on to its end mark: the decoder paints grey where data is missing, and says nothing. The mark is looked
/// for behind the start of the first scan, since a preview within the head has one of its own.
fn jpeg_ends(bytes: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2;
    while let Some(&[0xff, marker]) = bytes.get(at..at + 2) {
        match (marker, bytes.get(at + 2..at + 4)) {
            (0xff, _) => at += 1,
            (0xda, _) => return bytes.get(at..).is_some_and(|scan| scan.windows(2).any(|pair| pair == END)),
            (_, Some(&[high, low])) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            _ => return false,
        }
    }
    false
}

fn encode(decoded: &Decoded, format: Format) -> Result<Vec<u8>, MediaError> {
    let mut out = Vec::new();
    let icc = decoded.icc.clone();
    let picture = &decoded.picture;
    let written = match format {
        PNG => with_colours(PngEncoder::new(&mut out), icc, picture),
        WEBP => with_colours(
            WebPEncoder::new_lossless(&mut out),
            icc,
            &DynamicImage::ImageRgba8(picture.to_rgba8()),
        ),
        _ => with_colours(
            JpegEncoder::new_with_quality(&mut out, ORIGINAL_QUALITY),
            icc,
            &DynamicImage::ImageRgb8(flatten(picture)),
        ),
    };
    written.map_err(|error| MediaError::Broken(error.to_string()))?;
    Ok(out)
}

fn with_colours<E: ImageEncoder>(mut encoder: E, icc: Option<Vec<u8>>, picture: &DynamicImage) -> image::ImageResult<()> {
    if let Some(icc) = icc {
        // A format without profiles keeps the picture, not its profile.
        drop(encoder.set_icc_profile(icc));
    }
    encoder.write_image(picture.as_bytes(), picture.width(), picture.height(), picture.color().into())
}

/// The same pixels without EXIF, XMP, IPTC, comments and time; `None` if there is nothing to remove.
fn strip(bytes: Vec<u8>, format: Format) -> Result<Option<Vec<u8>>, Refusal> {
    let length = bytes.len();
    let bytes = Bytes::from(bytes);
    let stripped = match format {
        JPEG => {
            let mut jpeg = Jpeg::from_bytes(bytes).map_err(|_| damaged())?;
            let icc = jpeg.icc_profile();
            // Kept are APP0 (JFIF) and APP14 (Adobe's colour transform), which change how pixels are read.
            let noted = (markers::APP1..=markers::APP15)
                .filter(|marker| *marker != markers::APP14)
                .chain([markers::COM]);
            for marker in noted {
                jpeg.remove_segments_by_marker(marker);
            }
            jpeg.set_icc_profile(icc);
            jpeg.encoder().bytes()
        }
        PNG => {
            let mut png = Png::from_bytes(bytes).map_err(|_| damaged())?;
            for kind in [*b"eXIf", *b"tEXt", *b"zTXt", *b"iTXt", *b"tIME"] {
                png.remove_chunks_by_type(kind);
            }
            png.encoder().bytes()
        }
        WEBP => {
            let mut webp = WebP::from_bytes(bytes).map_err(|_| damaged())?;
            webp.remove_chunks_by_id(*b"XMP ");
            webp.set_exif(None);
            webp.encoder().bytes()
        }
        _ => return Ok(None),
    };
    Ok((stripped.len() != length).then(|| stripped.to_vec()))
}

fn thumbnail(picture: &DynamicImage) -> Result<Bytes, MediaError> {
    let small = if picture.width().max(picture.height()) > THUMBNAIL_SIDE {
        picture.thumbnail(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    } else {
        picture.clone()
    };
    Ok(jpeg(&flatten(&small), THUMBNAIL_QUALITY, None)?.into())
}

fn jpeg(picture: &RgbImage, quality: u8, icc: Option<&Vec<u8>>) -> Result<Vec<u8>, MediaError> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(Cursor::new(&mut out), quality);
    if let Some(icc) = icc {
        drop(encoder.set_icc_profile(icc.clone()));
    }
    let written = encoder.write_image(picture.as_raw(), picture.width(), picture.height(), image::ExtendedColorType::Rgb8);
    written.map_err(|error| MediaError::Broken(error.to_string()))?;
    Ok(out)
}

/// On white, as a page would show it: JPEG has no transparency.
fn flatten(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (target, source) in flat.pixels_mut().zip(picture.to_rgba8().pixels()) {
        let [red, green, blue, alpha] = source.0;
        let over = |colour: u8| {
            let mixed = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from((mixed + 127) / 255).unwrap_or(255)
        };
        target.0 = [over(red), over(green), over(blue)];
    }
    flat
}

/// Bounds that a JPEG is made to fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fit {
    /// Longest file, in bytes.
    pub bytes_max: Option<u64>,
    /// Greatest width, in pixels.
    pub width_max: Option<u32>,
    /// Greatest height, in pixels.
    pub height_max: Option<u32>,
    /// Greatest width and height together, in pixels.
    pub sides_sum_max: Option<u32>,
    /// Most pixels.
    pub area_max: Option<u64>,
}

impl Fit {
    /// By how much both sides are multiplied so that the picture fits; at most 1.
    fn scale(&self, width: u32, height: u32) -> f64 {
        let (width, height) = (f64::from(width), f64::from(height));
        let ratios = [
            self.width_max.map(|most| f64::from(most) / width),
            self.height_max.map(|most| f64::from(most) / height),
            self.sides_sum_max.map(|most| f64::from(most) / (width + height)),
            self.area_max.map(|most| (most as f64 / (width * height)).sqrt()),
        ];
        ratios.into_iter().flatten().fold(1.0, f64::min)
    }
}

/// Turns a picture into a JPEG that fits.
///
/// # Errors
/// If it is damaged, or fits in no quality and size.
pub fn to_jpeg(path: &Path, format: Format, fit: &Fit) -> Result<(Vec<u8>, AssetFacts), MediaError> {
    let Decoded { picture, icc, .. } = decode(path, format)?;
    let full = flatten(&picture);
    drop(picture);
    let mut scale = fit.scale(full.width(), full.height());
    loop {
        // Down, so that a bound is never passed by rounding.
        let side = |length: u32| ((f64::from(length) * scale).floor() as u32).max(1);
        let (width, height) = (side(full.width()), side(full.height()));
        let sized = (scale < 1.0).then(|| image::imageops::resize(&full, width, height, FilterType::CatmullRom));
        let sized = sized.as_ref().unwrap_or(&full);
        let mut least = 0;
        for quality in QUALITIES {
            let bytes = jpeg(sized, quality, icc.as_ref())?;
            least = bytes.len() as u64;
            if fit.bytes_max.is_none_or(|most| bytes.len() as u64 <= most) {
                let facts = facts(AssetKind::Image, JPEG, bytes.len() as u64, (width, height));
                return Ok((bytes, facts));
            }
        }
        // Length goes roughly by area: one step comes near the bound.
        let by_area = fit.bytes_max.map_or(1.0, |most| (most as f64 / least.max(1) as f64).sqrt());
        scale *= by_area.min(SHRINK);
        if width.max(height) < SIDE_MIN {
            let message = "The picture cannot be made small enough for this network.";
            return Err(Refusal::new("media.too_large", message, "Use a simpler picture.").into());
        }
    }
}

/// What a GIF's blocks say, without decoding its frames.
///
/// # Errors
/// If it is damaged or beyond a bound.
pub fn measure_gif(path: &Path, bytes: u64) -> Result<AssetFacts, MediaError> {
    if bytes > GIF_BYTES_MAX {
        return Err(too_large(GIF_BYTES_MAX, bytes).into());
    }
    check_head(path, GIF)?;
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(BufReader::new(File::open(path)?)).map_err(|_| damaged())?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    check_pixels(width, height)?;
    let (mut frames, mut duration_ms) = (0_u32, 0_u64);
    while let Some(frame) = decoder.next_frame_info().map_err(|_| damaged())? {
        frames += 1;
        duration_ms += u64::from(frame.delay) * 10;
        if frames > FRAMES_MAX {
            let message = format!("The animation has more than {FRAMES_MAX} frames.");
            return Err(Refusal::new("media.too_many_frames", message, "Upload it as an MP4 video.")
                .figures(u64::from(FRAMES_MAX), u64::from(frames))
                .into());
        }
    }
    if frames == 0 {
        return Err(damaged().into());
    }
    let mut measured = facts(AssetKind::Gif, GIF, bytes, (width, height));
    measured.frames = Some(frames);
    if frames > 1 && duration_ms > 0 {
        measured.duration_ms = Some(duration_ms);
    }
    Ok(measured)
}

/// The first frame of a GIF as a small JPEG.
///
/// # Errors
/// If it is damaged.
pub fn gif_thumbnail(path: &Path) -> Result<Bytes, MediaError> {
    thumbnail(&decode(path, GIF)?.picture)
}
