//! Measures videos and draws their posters.

use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use bytes::Bytes;
use postrider_core::post::{AssetFacts, AssetKind};
use re_mp4::{Mp4, StsdBoxContent, Track, TrackKind};
use serde_json::Value;

use super::sniff::Format;
use super::tools::{CONVERT_MS, POSTER_MS, PROBE_MS};
use super::workshop::Bench;
use super::{MediaError, Refusal, Tools};

/// Longest side of a poster, in pixels.
const POSTER_SIDE: u32 = super::image::THUMBNAIL_SIDE;

fn facts(format: Format, bytes: u64) -> AssetFacts {
    AssetFacts {
        kind: AssetKind::Video,
        mime: format.mime.to_owned(),
        bytes,
        width: None,
        height: None,
        duration_ms: None,
        frame_rate: None,
        video_codec: None,
        audio_codec: None,
        pages: None,
        frames: None,
    }
}

fn damaged() -> Refusal {
    Refusal::new(
        "media.damaged",
        "The video cannot be read: it is damaged or of an unknown kind.",
        "Export the video again as MP4 (H.264, AAC).",
    )
}

/// Measures a video: by ffprobe where it is installed, else by its own index.
///
/// # Errors
/// If it holds no moving picture or cannot be read.
pub async fn measure(bench: &Bench<'_>, tools: &Tools, path: &Path, format: Format, bytes: u64) -> Result<AssetFacts, MediaError> {
    match &tools.ffprobe {
        Some(ffprobe) => {
            let mut arguments: Vec<OsString> = ["-v", "error", "-print_format", "json", "-show_format", "-show_streams"]
                .map(OsString::from)
                .into();
            // The kind is known from the bytes: no playlist or script may pass for it and make the tool fetch something.
            arguments.extend(["-protocol_whitelist", "file", "-f", "mov", "-i"].map(OsString::from));
            arguments.push(path.into());
            let said = tools.run(ffprobe, &arguments, PROBE_MS).await.map_err(|error| match error {
                MediaError::Broken(_) => MediaError::Refused(damaged()),
                other => other,
            })?;
            let said: Value = serde_json::from_slice(&said).map_err(|_| damaged())?;
            Ok(by_ffprobe(&said, facts(format, bytes))?)
        }
        None => {
            let path = path.to_owned();
            bench.run(move || by_index(&path, facts(format, bytes))).await
        }
    }
}

fn by_ffprobe(said: &Value, mut facts: AssetFacts) -> Result<AssetFacts, Refusal> {
    let streams = said["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |kind: &str| streams.iter().find(|stream| stream["codec_type"] == kind);
    let moving = |stream: &&Value| stream["codec_type"] == "video" && stream["disposition"]["attached_pic"] != 1;
    let video = streams.iter().find(moving).ok_or_else(damaged)?;
    let side = |name: &str| {
        video[name]
            .as_u64()
            .and_then(|side| u32::try_from(side).ok())
            .filter(|side| *side > 0)
    };
    let rotations = video["side_data_list"].as_array().map(Vec::as_slice).unwrap_or_default();
    let turned = rotations
        .iter()
        .find_map(|data| data["rotation"].as_i64())
        .unwrap_or(0)
        .rem_euclid(180)
        == 90;
    let (width, height) = (side("width").ok_or_else(damaged)?, side("height").ok_or_else(damaged)?);
    (facts.width, facts.height) = if turned {
        (Some(height), Some(width))
    } else {
        (Some(width), Some(height))
    };
    let seconds = |value: &Value| {
        value
            .as_str()
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|seconds| *seconds > 0.0)
    };
    facts.duration_ms = seconds(&video["duration"])
        .or_else(|| seconds(&said["format"]["duration"]))
        .map(|seconds| (seconds * 1000.0).round() as u64);
    let rate = video["avg_frame_rate"].as_str().and_then(|rate| rate.split_once('/'));
    facts.frame_rate = rate
        .and_then(|(frames, seconds)| Some(frames.parse::<f64>().ok()? / seconds.parse::<f64>().ok()?))
        .filter(|rate| rate.is_finite() && *rate > 0.0)
        .map(hundredths);
    facts.video_codec = video["codec_name"].as_str().map(ToOwned::to_owned);
    facts.audio_codec = of("audio").and_then(|audio| audio["codec_name"].as_str()).map(ToOwned::to_owned);
    Ok(facts)
}

/// Figures of both ways of measuring agree to hundredths.
fn hundredths(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

fn by_index(path: &Path, mut facts: AssetFacts) -> Result<AssetFacts, MediaError> {
    let movie = Mp4::read(BufReader::new(File::open(path)?), facts.bytes).map_err(|_| damaged())?;
    let of = |kind: TrackKind| movie.tracks().values().find(|track| track.kind == Some(kind));
    let video = of(TrackKind::Video).ok_or_else(damaged)?;
    let matrix = &video.trak(&movie).tkhd.matrix;
    let turned = matrix.a == 0 && matrix.d == 0;
    let (width, height) = (u32::from(video.width), u32::from(video.height));
    if width == 0 || height == 0 {
        return Err(damaged().into());
    }
    (facts.width, facts.height) = if turned {
        (Some(height), Some(width))
    } else {
        (Some(width), Some(height))
    };
    if video.timescale > 0 && video.duration > 0 {
        let seconds = video.duration as f64 / video.timescale as f64;
        facts.duration_ms = Some((seconds * 1000.0).round() as u64);
        facts.frame_rate = Some(video.samples.len() as f64 / seconds)
            .filter(|rate| rate.is_finite() && *rate > 0.0)
            .map(hundredths);
    }
    facts.video_codec = codec(video, &movie);
    facts.audio_codec = of(TrackKind::Audio).and_then(|audio| codec(audio, &movie));
    Ok(facts)
}

/// ffprobe's name for what a track holds.
fn codec(track: &Track, movie: &Mp4) -> Option<String> {
    let name = match &track.trak(movie).mdia.minf.stbl.stsd.contents {
        StsdBoxContent::Av01(_) => "av1",
        StsdBoxContent::Avc1(_) => "h264",
        StsdBoxContent::Hvc1(_) | StsdBoxContent::Hev1(_) => "hevc",
        StsdBoxContent::Vp08(_) => "vp8",
        StsdBoxContent::Vp09(_) => "vp9",
        StsdBoxContent::Mp4a(_) => "aac",
        _ => return None,
    };
    Some(name.to_owned())
}

/// A still of the video as a small JPEG; `None` where ffmpeg is not installed or finds none.
pub async fn poster(tools: &Tools, path: &Path, duration_ms: Option<u64>) -> Option<Bytes> {
    let ffmpeg = tools.ffmpeg.as_ref()?;
    // The first frame is often black.
    let at_ms = duration_ms.map_or(0, |duration_ms| (duration_ms / 3).min(1000));
    let fit = format!("scale='min({POSTER_SIDE},iw)':'min({POSTER_SIDE},ih)':force_original_aspect_ratio=decrease");
    let mut arguments: Vec<OsString> = [
        "-v",
        "error",
        "-threads",
        "1",
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        "mov",
        "-ss",
    ]
    .map(OsString::from)
    .into();
    arguments.push(format!("{}.{:03}", at_ms / 1000, at_ms % 1000).into());
    arguments.extend(["-i".into(), path.into(), "-frames:v".into(), "1".into(), "-vf".into(), fit.into()]);
    arguments.extend(["-f", "mjpeg", "-q:v", "4", "pipe:1"].map(OsString::from));
    let picture = tools.run(ffmpeg, &arguments, POSTER_MS).await.ok()?;
    (!picture.is_empty()).then(|| picture.into())
}

/// Turns a GIF into an MP4 as every network takes it: H.264, even sides, index first.
///
/// # Errors
/// If ffmpeg is not installed or fails.
pub async fn from_gif(tools: &Tools, gif: &Path, target: &Path) -> Result<(), MediaError> {
    let ffmpeg = tools.ffmpeg.as_ref().ok_or_else(|| {
        let message = "Turning a GIF into a video needs ffmpeg, which is not installed on this server.";
        Refusal::new(
            "media.no_ffmpeg",
            message,
            "An administrator installs ffmpeg, or the video is uploaded as MP4.",
        )
    })?;
    let mut arguments: Vec<OsString> = [
        "-v",
        "error",
        "-y",
        "-threads",
        "1",
        "-protocol_whitelist",
        "file",
        "-f",
        "gif",
        "-i",
    ]
    .map(OsString::from)
    .into();
    arguments.push(gif.into());
    // White, not black, where the GIF is transparent.
    let filter = concat!(
        "[0]format=rgba,split[a][b];[a]lutrgb=r=255:g=255:b=255:a=255[white];[white][b]overlay=format=auto,",
        "scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p"
    );
    arguments.extend(["-filter_complex".into(), filter.into()]);
    arguments.extend(["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-map_metadata", "-1"].map(OsString::from));
    arguments.extend(["-movflags", "+faststart", "-f", "mp4"].map(OsString::from));
    arguments.push(target.into());
    tools.run(ffmpeg, &arguments, CONVERT_MS).await.map(drop)
}
