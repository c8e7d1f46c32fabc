//! How much memory a large upload takes. Alone in its file, so that the process's high-water mark is this test's.
#![cfg(target_os = "linux")]

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use postrider_core::ids::{AssetId, UploadId};
use postrider_provider::Blobs;
use postrider_services::media::{Addresses, Media, Tools};
use zeroize::Zeroizing;

const PADDING_BYTES: u32 = 500 * 1024 * 1024;
const CHUNK_BYTES: usize = 1024 * 1024;
const MEMORY_KB_MAX: u64 = 64 * 1024;

fn high_water_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a high-water mark");
    line.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

#[tokio::test]
async fn a_video_of_500_mb_is_uploaded_taken_in_and_sent_in_less_than_64_mb() {
    let folder = tempfile::tempdir().expect("a folder");
    let addresses = Addresses::new("https://post.example.com", Zeroizing::new([7; 32]));
    let media = Media::open(folder.path(), Tools::find(), addresses).expect("media");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/portrait.mp4");
    let mut head = std::fs::read(fixture).expect("a fixture");
    // Free space after the film: a whole file, and a long one.
    head.extend_from_slice(&(PADDING_BYTES + 8).to_be_bytes());
    head.extend_from_slice(b"free");
    let total_bytes = head.len() as u64 + u64::from(PADDING_BYTES);
    let padding = (0..PADDING_BYTES as usize / CHUNK_BYTES).map(|_| Bytes::from(vec![0; CHUNK_BYTES]));
    let chunks = std::iter::once(Bytes::from(head)).chain(padding).map(Ok::<Bytes, Infallible>);

    let upload = UploadId::new(1, [1; 10]);
    media.uploads.create(upload).await.expect("begun");
    let received = media
        .uploads
        .append(upload, 0, total_bytes, stream::iter(chunks))
        .await
        .expect("taken");
    assert_eq!(received, total_bytes);
    let turn = media.uploads.wait_for_turn(upload).await;
    let file = turn.whole(total_bytes).await.expect("complete");
    let ingested = media.ingest_file(AssetId::new(1, [1; 10]), &file).await.expect("taken in");
    assert_eq!((ingested.facts.bytes, ingested.facts.width), (total_bytes, Some(540)));

    let sent = media.blobs.open(&ingested.blob, None).await.expect("bytes");
    let sent_bytes = sent
        .map_ok(|chunk| chunk.len() as u64)
        .boxed()
        .try_fold(0, async |sum, length| Ok(sum + length))
        .await
        .expect("read");
    assert_eq!(sent_bytes, total_bytes);
    let high_water_kb = high_water_kb();
    assert!(high_water_kb < MEMORY_KB_MAX, "{high_water_kb} kB");
}
