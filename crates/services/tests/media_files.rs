//! Files as people upload them, good and bad.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use img_parts::ImageEXIF;
use postrider_core::ids::{AssetId, RenditionId};
use postrider_core::post::{AssetFacts, AssetKind};
use postrider_services::media::image::Fit;
use postrider_services::media::{Addresses, Ingested, Media, MediaError, Recipe, Tools};
use zeroize::Zeroizing;

struct House {
    folder: tempfile::TempDir,
    media: Media,
}

fn house(tools: Tools) -> House {
    let folder = tempfile::tempdir().expect("a folder");
    let addresses = Addresses::new("https://post.example.com", Zeroizing::new([7; 32]));
    let media = Media::open(&folder.path().join("media"), tools, addresses).expect("media");
    House { folder, media }
}

fn asset(number: u8) -> AssetId {
    AssetId::new(1_000, [number; 10])
}

impl House {
    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("incoming.mp4");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    async fn ingest(&self, bytes: &[u8]) -> Result<Ingested, MediaError> {
        self.media.ingest_file(asset(1), &self.write(bytes)).await
    }

    /// The code of the refusal.
    async fn refusal(&self, bytes: &[u8]) -> &'static str {
        match self.ingest(bytes).await {
            Err(MediaError::Refused(refusal)) => {
                assert!(!refusal.message.is_empty() && !refusal.remedy.is_empty());
                refusal.code
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    async fn kept(&self, blob: &str) -> Vec<u8> {
        self.media.blobs.read(blob).await.expect("bytes").to_vec()
    }
}

/// A picture that no codec makes small: every pixel differs.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        Rgb([a, b, c])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("encoded");
    out.into_inner()
}

fn gif(frames: u32) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut out);
        for frame in 0..frames {
            let shade = u8::try_from(frame * 40 % 256).expect("a byte");
            let picture = RgbaImage::from_pixel(63, 41, Rgba([shade, 100, 0, 255]));
            let delay = image::Delay::from_numer_denom_ms(200, 1);
            encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).expect("encoded");
        }
    }
    out
}

/// An EXIF block with an orientation and a place.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x02\0".to_vec();
    block.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    block.extend_from_slice(&[0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    block.extend_from_slice(b"GPS-52.5200N-013.4050E");
    block
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).expect("a fixture")
}

#[tokio::test]
async fn a_photo_loses_its_place_and_keeps_standing_upright() {
    let house = house(Tools::none());
    let photo = encoded(&DynamicImage::ImageRgb8(noise(60, 40)), ImageFormat::Jpeg);
    for (orientation, sides) in [(1, (60, 40)), (6, (40, 60)), (3, (60, 40))] {
        let mut jpeg = img_parts::jpeg::Jpeg::from_bytes(photo.clone().into()).expect("a JPEG");
        jpeg.set_exif(Some(exif(orientation).into()));
        let taken = jpeg.encoder().bytes();
        assert!(has(&taken, b"GPS-52.5200"));
        let ingested = house.ingest(&taken).await.expect("taken in");
        assert_eq!(
            (ingested.facts.width, ingested.facts.height),
            (Some(sides.0), Some(sides.1)),
            "orientation {orientation}"
        );
        let kept = house.kept(&ingested.blob).await;
        assert!(!has(&kept, b"GPS-52.5200") && !has(&kept, b"Exif"));
        assert_eq!(ingested.facts.bytes, kept.len() as u64);
        let shown = image::load_from_memory(&kept).expect("a picture");
        assert_eq!((shown.width(), shown.height()), sides);
        if orientation == 1 {
            // Nothing was encoded anew.
            let original = image::load_from_memory(&photo).expect("a picture");
            assert!(shown == original);
        }
    }
}

#[tokio::test]
async fn png_and_webp_lose_their_notes_and_not_their_pixels() {
    let house = house(Tools::none());
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_pixel(30, 20, Rgba([1, 2, 3, 128])));
    let mut png = img_parts::png::Png::from_bytes(encoded(&picture, ImageFormat::Png).into()).expect("a PNG");
    png.chunks_mut()
        .insert(1, img_parts::png::PngChunk::new(*b"tEXt", "Author\0Jane Doe".into()));
    png.set_exif(Some(exif(1).into()));
    let mut webp = img_parts::webp::WebP::from_bytes(encoded(&picture, ImageFormat::WebP).into()).expect("a WebP");
    webp.set_exif(Some(exif(1).into()));
    for (bytes, mime, ending) in [
        (png.encoder().bytes(), "image/png", ".png"),
        (webp.encoder().bytes(), "image/webp", ".webp"),
    ] {
        assert!(has(&bytes, b"GPS-52.5200"));
        let ingested = house.ingest(&bytes).await.expect("taken in");
        assert_eq!((ingested.facts.kind, ingested.facts.mime.as_str()), (AssetKind::Image, mime));
        assert!(ingested.blob.ends_with(ending), "{}", ingested.blob);
        let kept = house.kept(&ingested.blob).await;
        assert!(!has(&kept, b"GPS-52.5200") && !has(&kept, b"Jane Doe"), "{mime}");
        assert!(image::load_from_memory(&kept).expect("a picture").to_rgba8() == picture.to_rgba8());
    }
}

#[tokio::test]
async fn a_large_picture_has_a_small_thumbnail_and_the_hash_of_what_is_kept() {
    let house = house(Tools::none());
    let bytes = encoded(
        &DynamicImage::ImageRgb8(RgbImage::from_pixel(1600, 900, Rgb([9, 9, 9]))),
        ImageFormat::Png,
    );
    let ingested = house.ingest(&bytes).await.expect("taken in");
    let thumbnail = house.kept(ingested.thumbnail_blob.as_deref().expect("a thumbnail")).await;
    let small = image::load_from_memory(&thumbnail).expect("a picture");
    assert_eq!((small.width(), small.height()), (480, 270));
    assert!(thumbnail.starts_with(b"\xff\xd8"));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(house.kept(&ingested.blob).await);
    let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ingested.sha256, expected);
}

#[tokio::test]
async fn an_enormous_picture_is_refused_by_its_head_alone() {
    // A head that says 30,000 × 30,000, and no pixels at all: decoding would fail otherwise.
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = b"IHDR".to_vec();
    chunk.extend_from_slice(&30_000_u32.to_be_bytes());
    chunk.extend_from_slice(&30_000_u32.to_be_bytes());
    chunk.extend_from_slice(&[8, 6, 0, 0, 0]);
    png.extend_from_slice(&13_u32.to_be_bytes());
    png.extend_from_slice(&chunk);
    png.extend_from_slice(&crc(&chunk).to_be_bytes());
    png.extend_from_slice(&[0, 0, 0, 0, b'I', b'D', b'A', b'T', 0x35, 0xaf, 0x06, 0x1e]);
    let house = house(Tools::none());
    assert_eq!(house.refusal(&png).await, "media.too_many_pixels");
    let mut gif = b"GIF89a".to_vec();
    gif.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, b';']);
    assert_eq!(house.refusal(&gif).await, "media.too_many_pixels");
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[tokio::test]
async fn files_that_lie_are_damaged_or_do_not_belong_are_refused_and_left_where_they_are() {
    let house = house(Tools::find());
    let jpeg = encoded(&DynamicImage::ImageRgb8(noise(200, 200)), ImageFormat::Jpeg);
    let mp4 = fixture("portrait.mp4");
    let pdf = fixture("pages.pdf");
    let table: [(&str, Vec<u8>, &str); 9] = [
        ("nothing", Vec::new(), "media.empty"),
        ("a cut JPEG", jpeg[..300].to_vec(), "media.damaged"),
        ("a cut MP4", mp4[..mp4.len() - 1].to_vec(), "media.truncated"),
        ("half an MP4", mp4[..mp4.len() / 2].to_vec(), "media.truncated"),
        (
            "an MP4 without index",
            b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\x10mdatxxxxxxxx".to_vec(),
            "media.truncated",
        ),
        ("a cut PDF", pdf[..pdf.len() / 2].to_vec(), "media.damaged"),
        ("a web page", b"<html><script>alert(1)</script></html>".to_vec(), "media.html"),
        ("an SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "media.svg"),
        ("a program", b"MZ\x90\0\x03\0\0\0\x04\0\0\0".to_vec(), "media.program"),
    ];
    for (name, bytes, code) in table {
        assert_eq!(house.refusal(&bytes).await, code, "{name}");
        assert!(house.folder.path().join("incoming.mp4").exists());
    }
    let kept = std::fs::read_dir(house.folder.path().join("media/assets"));
    assert!(kept.is_err() || kept.is_ok_and(|mut files| files.next().is_none()));
}

#[tokio::test]
async fn a_picture_named_as_a_video_is_a_picture() {
    let house = house(Tools::none());
    let png = encoded(&DynamicImage::ImageRgb8(noise(20, 10)), ImageFormat::Png);
    // The house writes every file as `incoming.mp4`.
    let ingested = house.ingest(&png).await.expect("taken in");
    assert_eq!((ingested.facts.kind, ingested.facts.mime.as_str()), (AssetKind::Image, "image/png"));
    assert!(ingested.blob.ends_with(".png"));
}

#[tokio::test]
async fn an_animation_is_counted_and_a_gif_that_stands_still_becomes_a_picture() {
    let house = house(Tools::none());
    let moving = house.ingest(&gif(5)).await.expect("taken in");
    assert_eq!(
        (moving.facts.kind, moving.facts.frames, moving.facts.duration_ms),
        (AssetKind::Gif, Some(5), Some(1000))
    );
    assert_eq!((moving.facts.width, moving.facts.height), (Some(63), Some(41)));
    assert!(moving.thumbnail_blob.is_some());
    let still = house.ingest(&gif(1)).await.expect("taken in");
    assert_eq!((still.facts.kind, still.facts.mime.as_str()), (AssetKind::Image, "image/png"));
    assert!(house.kept(&still.blob).await.starts_with(b"\x89PNG"));
}

fn portrait(facts: &AssetFacts) {
    assert_eq!((facts.kind, facts.mime.as_str()), (AssetKind::Video, "video/mp4"));
    assert_eq!((facts.width, facts.height, facts.duration_ms), (Some(540), Some(960), Some(3000)));
    assert_eq!(
        (facts.video_codec.as_deref(), facts.audio_codec.as_deref()),
        (Some("h264"), Some("aac"))
    );
    assert_eq!(facts.frame_rate, Some(15.0));
}

#[tokio::test]
async fn a_video_measures_the_same_with_and_without_ffprobe_and_loses_its_place() {
    let video = fixture("portrait.mp4");
    assert!(has(&video, b"loci"));
    let bare = house(Tools::none());
    let ingested = bare.ingest(&video).await.expect("taken in");
    portrait(&ingested.facts);
    assert_eq!(ingested.thumbnail_blob, None);
    let kept = bare.kept(&ingested.blob).await;
    assert!(!has(&kept, b"loci") && kept.len() == video.len());

    let tools = Tools::find();
    let (probe, draw) = (tools.ffprobe.is_some(), tools.ffmpeg.is_some());
    let equipped = house(tools);
    let ingested = equipped.ingest(&video).await.expect("taken in");
    portrait(&ingested.facts);
    assert_eq!(ingested.thumbnail_blob.is_some(), draw, "ffprobe: {probe}");
    if let Some(blob) = &ingested.thumbnail_blob {
        let poster = image::load_from_memory(&equipped.kept(blob).await).expect("a picture");
        assert_eq!((poster.width(), poster.height()), (270, 480));
    }
}

#[tokio::test]
async fn a_pdf_is_counted_and_one_that_acts_is_refused() {
    let house = house(Tools::none());
    let pdf = fixture("pages.pdf");
    let ingested = house.ingest(&pdf).await.expect("taken in");
    assert_eq!(
        (ingested.facts.kind, ingested.facts.pages, ingested.thumbnail_blob),
        (AssetKind::Document, Some(2), None)
    );

    let actions: [(&str, &[u8]); 6] = [
        ("OpenAction", b"<< /S /JavaScript /JS (app.alert(1)) >>"),
        ("OpenAction", b"<< /S /Java#53cript /J#53 (app.alert(1)) >>"),
        ("OpenAction", b"<< /S /Launch /F (cmd.exe) >>"),
        ("Names", b"<< /EmbeddedFiles << /Names [(a) << /Type /Filespec >>] >> >>"),
        ("AcroForm", b"<< /XFA (x) >>"),
        ("AA", b"<< /WC << /S /SubmitForm /F (http://example.com) >> >>"),
    ];
    for (key, action) in actions {
        for packed in [false, true] {
            let acting = acting_pdf(key, action, packed);
            assert_eq!(
                house.refusal(&acting).await,
                "media.active_document",
                "{key} {} {packed}",
                String::from_utf8_lossy(action)
            );
        }
    }
    // The same shape without the action is taken: it is the action that was seen.
    assert!(house.ingest(&acting_pdf("Lang", b"(en)", true)).await.is_ok());
}

/// The two-page document with an entry in its catalog; `packed` hides the catalog in a compressed object stream.
fn acting_pdf(key: &str, action: &[u8], packed: bool) -> Vec<u8> {
    // The action is parsed from text, so that it is written as an attacker would.
    let text = [
        format!("%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /{key} ").as_bytes(),
        action,
        b" >>\nendobj\n",
    ]
    .concat();
    let mut out = text;
    let mut offsets = vec![9];
    for object in [
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ] {
        offsets.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", offsets.len()).as_bytes());
    }
    let start = out.len();
    out.extend_from_slice(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    out.extend_from_slice(format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    if packed {
        let mut document = lopdf::Document::load_mem(&out).expect("a PDF");
        let options = lopdf::SaveOptions::builder()
            .use_object_streams(true)
            .use_xref_streams(true)
            .build();
        out.clear();
        document.save_with_options(&mut out, options).expect("packed");
    }
    out
}

#[tokio::test]
async fn a_rendition_fits_its_bounds() {
    let house = house(Tools::none());
    let mut noisy = RgbaImage::from_fn(360, 280, |x, y| {
        Rgba([(x * 7 % 256) as u8, (y * 13 % 256) as u8, (x * y % 256) as u8, 255])
    });
    noisy.put_pixel(0, 0, Rgba([0, 0, 0, 0]));
    let png = encoded(&DynamicImage::ImageRgba8(noisy), ImageFormat::Png);
    let ingested = house.ingest(&png).await.expect("taken in");
    let table = [
        (Fit::default(), (360, 280)),
        (
            Fit {
                width_max: Some(180),
                ..Fit::default()
            },
            (180, 140),
        ),
        (
            Fit {
                sides_sum_max: Some(320),
                ..Fit::default()
            },
            (180, 140),
        ),
        (
            Fit {
                area_max: Some(25_200),
                ..Fit::default()
            },
            (180, 140),
        ),
    ];
    for (number, (fit, sides)) in (1_u8..).zip(table) {
        let id = RenditionId::new(1, [number; 10]);
        let made = house
            .media
            .render(id, &ingested.blob, &ingested.facts, Recipe::Jpeg(fit))
            .await
            .expect("made");
        assert_eq!((made.facts.width, made.facts.height), (Some(sides.0), Some(sides.1)), "{fit:?}");
        assert_eq!(made.facts.mime, "image/jpeg");
        let bytes = house.kept(&made.blob).await;
        assert_eq!(made.facts.bytes, bytes.len() as u64);
    }
    let tight = Fit {
        bytes_max: Some(6_000),
        ..Fit::default()
    };
    let made = house
        .media
        .render(RenditionId::new(1, [99; 10]), &ingested.blob, &ingested.facts, Recipe::Jpeg(tight))
        .await
        .expect("made");
    assert!(made.facts.bytes <= 6_000 && made.facts.width < Some(360), "{:?}", made.facts);
    let impossible = Fit {
        bytes_max: Some(10),
        ..Fit::default()
    };
    let refused = house
        .media
        .render(
            RenditionId::new(1, [98; 10]),
            &ingested.blob,
            &ingested.facts,
            Recipe::Jpeg(impossible),
        )
        .await;
    assert!(matches!(refused, Err(MediaError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn transparency_becomes_white_and_not_black() {
    let house = house(Tools::none());
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0])));
    let ingested = house.ingest(&encoded(&clear, ImageFormat::Png)).await.expect("taken in");
    let made = house
        .media
        .render(
            RenditionId::new(1, [1; 10]),
            &ingested.blob,
            &ingested.facts,
            Recipe::Jpeg(Fit::default()),
        )
        .await
        .expect("made");
    let shown = image::load_from_memory(&house.kept(&made.blob).await).expect("a picture").to_rgb8();
    assert!(shown.pixels().all(|pixel| pixel.0.iter().all(|colour| *colour > 250)));
}

#[tokio::test]
async fn a_gif_becomes_a_video_where_ffmpeg_is_and_a_clear_refusal_where_it_is_not() {
    let id = RenditionId::new(1, [1; 10]);
    let bare = house(Tools::none());
    let ingested = bare.ingest(&gif(5)).await.expect("taken in");
    let refused = bare.media.render(id, &ingested.blob, &ingested.facts, Recipe::Mp4).await;
    assert!(
        matches!(&refused, Err(MediaError::Refused(refusal)) if refusal.code == "media.no_ffmpeg"),
        "{refused:?}"
    );

    let tools = Tools::find();
    if tools.ffmpeg.is_none() {
        return;
    }
    let equipped = house(tools);
    let ingested = equipped.ingest(&gif(5)).await.expect("taken in");
    let made = equipped
        .media
        .render(id, &ingested.blob, &ingested.facts, Recipe::Mp4)
        .await
        .expect("made");
    assert_eq!(
        (made.facts.kind, made.facts.width, made.facts.height),
        (AssetKind::Video, Some(62), Some(40))
    );
    assert_eq!(made.facts.video_codec.as_deref(), Some("h264"));
    assert!(
        made.facts
            .duration_ms
            .is_some_and(|duration_ms| (900..=1_100).contains(&duration_ms)),
        "{:?}",
        made.facts
    );
}

#[tokio::test]
async fn colours_keep_their_profile() {
    let house = house(Tools::none());
    let picture = noise(30, 20);
    let mut jpeg = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    encoder.set_icc_profile(b"a colour profile".to_vec()).expect("JPEG has profiles");
    encoder
        .write_image(&picture, 30, 20, image::ExtendedColorType::Rgb8)
        .expect("encoded");
    let ingested = house.ingest(&jpeg).await.expect("taken in");
    assert!(has(&house.kept(&ingested.blob).await, b"a colour profile"));
    let made = house
        .media
        .render(
            RenditionId::new(1, [1; 10]),
            &ingested.blob,
            &ingested.facts,
            Recipe::Jpeg(Fit::default()),
        )
        .await
        .expect("made");
    assert!(has(&house.kept(&made.blob).await, b"a colour profile"));
}
