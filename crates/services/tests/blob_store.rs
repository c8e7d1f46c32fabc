//! Where bytes are kept: the same suite over a folder and over a bucket of an S3 server that is not ours.
//!
//! The bucket takes part where `POSTRIDER_S3` names the server of `scripts/s3-server`.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::{Stream, TryStreamExt, stream};
use postrider_core::ids::{AssetId, UploadId};
use postrider_provider::Blobs;
use postrider_services::media::{Addresses, BlobStore, Bucket, Media, Tools, UploadError};
use secrecy::SecretString;
use tempfile::TempDir;
use zeroize::Zeroizing;

const KINDS_WITHOUT_S3: &str = "POSTRIDER_S3 is not set: the suite runs over the folder alone";

/// A place for a test of its own, as often opened as there are servers.
struct Place {
    folder: TempDir,
    bucket: Option<Bucket>,
}

impl Place {
    fn media(&self, server: &str) -> Media {
        let addresses = Addresses::new("http://localhost", Zeroizing::new([1; 32]));
        let own = self.folder.path().join(server);
        match &self.bucket {
            None => Media::open(&self.folder.path().join("media"), Tools::none(), addresses),
            Some(bucket) => Media::open_bucket(bucket, &own, Tools::none(), addresses),
        }
        .expect("media")
    }

    fn blobs(&self) -> BlobStore {
        self.media("one").blobs
    }

    fn loose(&self, bytes: &[u8]) -> std::path::PathBuf {
        let file = self.folder.path().join("loose");
        std::fs::write(&file, bytes).expect("written");
        file
    }
}

fn bucket() -> Option<Bucket> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Ok(endpoint) = std::env::var("POSTRIDER_S3") else {
        eprintln!("{KINDS_WITHOUT_S3}");
        return None;
    };
    postrider_provider::http::install_crypto();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Some(Bucket {
        endpoint,
        region: "us-east-1".to_owned(),
        name: "media".to_owned(),
        prefix: format!("test-{}-{number}/", std::process::id()),
        path_style: true,
        access_key_id: "test".to_owned(),
        secret_access_key: SecretString::from("testtest"),
        ca_file: None,
    })
}

fn places() -> Vec<Place> {
    let place = |bucket| Place {
        folder: tempfile::tempdir().expect("a folder"),
        bucket,
    };
    [place(None)]
        .into_iter()
        .chain(bucket().map(|bucket| place(Some(bucket))))
        .collect()
}

async fn all(store: &BlobStore, blob: &str, range: Option<Range<u64>>) -> std::io::Result<Vec<u8>> {
    let mut stream = store.open(blob, range).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn pattern(length: u32) -> Vec<u8> {
    (0..length).map(|number| (number % 251) as u8).collect()
}

#[tokio::test]
async fn a_stored_file_is_read_whole_and_by_range_until_it_is_deleted() {
    for place in places() {
        let store = place.blobs();
        let bytes = pattern(700_000);
        store.put_bytes("assets/a.bin", bytes.clone().into()).await.expect("stored");
        let file = place.loose(&bytes);
        store.put_file("assets/b.bin", &file).await.expect("stored");
        assert!(!file.exists());
        for blob in ["assets/a.bin", "assets/b.bin"] {
            assert_eq!(store.len(blob).await.expect("a length"), 700_000, "{store}");
            assert!(store.read(blob).await.expect("bytes") == bytes);
            assert!(all(&store, blob, None).await.expect("bytes") == bytes);
            assert!(all(&store, blob, Some(299_999..600_001)).await.expect("bytes") == bytes[299_999..600_001]);
            assert!(all(&store, blob, Some(5..5)).await.expect("bytes").is_empty());
            assert!(all(&store, blob, Some(699_999..700_001)).await.is_err(), "{store}: beyond the end");
            let local = store.local(blob, &place.media("one").scratch).await.expect("a file");
            assert!(std::fs::read(&*local).expect("bytes") == bytes);
            assert_eq!(local.extension().and_then(|extension| extension.to_str()), Some("bin"));
            let lies_at = local.to_path_buf();
            drop(local);
            assert_eq!(lies_at.exists(), !store.in_bucket(), "{store}: a copy is gone, the file is not");
            store.delete(blob).await.expect("deleted");
            store.delete(blob).await.expect("deleted already");
            let gone = all(&store, blob, None).await.map_err(|error| error.kind());
            assert_eq!(gone, Err(std::io::ErrorKind::NotFound), "{store}");
        }
    }
}

/// More than one piece of a bucket's multipart upload, the last one short.
#[tokio::test]
async fn a_large_file_arrives_whole() {
    for place in places() {
        let store = place.blobs();
        let bytes = pattern(17_000_000);
        store.put_file("assets/large.bin", &place.loose(&bytes)).await.expect("stored");
        assert_eq!(store.len("assets/large.bin").await.expect("a length"), 17_000_000);
        let seam = 8_388_600..8_388_700_u64;
        let read = all(&store, "assets/large.bin", Some(seam.clone())).await.expect("bytes");
        let (first, end) = (usize::try_from(seam.start).unwrap(), usize::try_from(seam.end).unwrap());
        assert!(read == bytes[first..end], "{store}");
        assert!(all(&store, "assets/large.bin", None).await.expect("bytes") == bytes, "{store}");
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_place() {
    for place in places() {
        let store = place.blobs();
        std::fs::write(place.folder.path().join("secret"), "x").expect("written");
        for blob in ["../secret", "a/../../secret", "./../secret", "a//b"] {
            assert!(all(&store, blob, None).await.is_err(), "{store} {blob}");
            assert!(store.put_bytes(blob, Bytes::new()).await.is_err(), "{store} {blob}");
            assert!(store.local(blob, place.folder.path()).await.is_err(), "{store} {blob}");
        }
    }
}

#[tokio::test]
async fn files_are_listed_by_age_and_set_aside_without_being_lost() {
    for place in places() {
        let store = place.blobs();
        for blob in ["assets/one.jpg", "assets/two.jpg", "thumbnails/one.jpg"] {
            store.put_bytes(blob, Bytes::from_static(b"x")).await.expect("stored");
        }
        let listed = async |before| {
            let mut old: Vec<String> = store.older_than("assets", before).try_collect().await.expect("listed");
            old.sort();
            old
        };
        let later = SystemTime::now() + Duration::from_secs(3_600);
        let earlier = SystemTime::now() - Duration::from_secs(3_600);
        assert_eq!(listed(later).await, ["assets/one.jpg", "assets/two.jpg"], "{store}");
        assert!(listed(earlier).await.is_empty(), "{store}");
        store.set_aside("assets/one.jpg").await.expect("moved");
        store.set_aside("assets/one.jpg").await.expect("moved already");
        assert_eq!(listed(later).await, ["assets/two.jpg"], "{store}");
        assert_eq!(store.read("lost/assets/one.jpg").await.expect("kept"), Bytes::from_static(b"x"));
    }
}

fn sent(parts: &[&'static [u8]]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
    let parts: Vec<Result<Bytes, Infallible>> = parts.iter().map(|part| Ok(Bytes::from_static(part))).collect();
    stream::iter(parts)
}

fn id(number: u8) -> UploadId {
    UploadId::new(1_000, [number; 10])
}

#[tokio::test]
async fn an_upload_goes_on_at_whichever_server_is_reached() {
    for place in places() {
        let (one, two) = (place.media("one").uploads, place.media("two").uploads);
        let missing = one.append(id(1), 0, 10, sent(&[b"abc"])).await;
        assert!(matches!(missing, Err(UploadError::NotFound)), "{missing:?}");
        one.create(id(1)).await.expect("begun");
        assert_eq!(two.received_bytes(id(1)).await.expect("there"), 0);
        assert_eq!(one.append(id(1), 0, 10, sent(&[b"abc", b"de"])).await.expect("taken"), 5);
        let wrong = two.append(id(1), 3, 10, sent(&[b"def"])).await;
        assert!(matches!(wrong, Err(UploadError::OffsetMismatch { received_bytes: 5 })), "{wrong:?}");
        let broken = stream::iter([Ok(Bytes::from_static(b"fg")), Err("gone")]);
        let cut = two.append(id(1), 5, 10, broken).await;
        assert!(matches!(cut, Err(UploadError::Interrupted { received_bytes: 7 })), "{cut:?}");
        let nothing = one.append(id(1), 7, 10, stream::iter([Err::<Bytes, _>("gone")])).await;
        assert!(
            matches!(nothing, Err(UploadError::Interrupted { received_bytes: 7 })),
            "{nothing:?}"
        );
        let early = two.wait_for_turn(id(1)).await.whole(10).await;
        assert!(matches!(early, Err(UploadError::OffsetMismatch { received_bytes: 7 })), "{early:?}");
        let long = one.append(id(1), 7, 10, sent(&[b"hi", b"jk"])).await;
        assert!(matches!(long, Err(UploadError::TooLong { total_bytes: 10 })), "{long:?}");
        assert_eq!(two.append(id(1), 9, 10, sent(&[b"j"])).await.expect("taken"), 10);
        let turn = one.wait_for_turn(id(1)).await;
        let file = turn.whole(10).await.expect("complete");
        assert_eq!(std::fs::read(file).expect("bytes"), b"abcdefghij");
        turn.discard().await.expect("discarded");
        let gone = two.received_bytes(id(1)).await;
        assert!(matches!(gone, Err(UploadError::NotFound)), "{gone:?}");
        two.discard(id(1)).await.expect("discarded already");
    }
}

/// Two servers that are sent the same bytes at once, as by a client that gave one up too early: neither spoils the file.
#[tokio::test]
async fn the_same_bytes_at_two_servers_at_once_do_no_harm() {
    let Some(bucket) = bucket() else { return };
    let place = Place {
        folder: tempfile::tempdir().expect("a folder"),
        bucket: Some(bucket),
    };
    let (one, two) = (place.media("one").uploads, place.media("two").uploads);
    one.create(id(2)).await.expect("begun");
    let both = futures::join!(
        one.append(id(2), 0, 6, sent(&[b"ab"])),
        two.append(id(2), 0, 6, sent(&[b"a", b"b", b"c"])),
    );
    let ends = [both.0, both.1].map(|end| {
        end.or_else(|error| match error {
            UploadError::OffsetMismatch { received_bytes } => Ok(received_bytes),
            other => Err(other),
        })
    });
    assert!(ends.iter().all(|end| matches!(end, Ok(2 | 3))), "{ends:?}");
    let stands = two.received_bytes(id(2)).await.expect("there");
    let rest: &[&'static [u8]] = if stands == 2 { &[b"cdef"] } else { &[b"def"] };
    assert_eq!(one.append(id(2), stands, 6, sent(rest)).await.expect("taken"), 6);
    let file = two.wait_for_turn(id(2)).await.whole(6).await.expect("complete");
    assert_eq!(std::fs::read(file).expect("bytes"), b"abcdef");
}

#[tokio::test]
async fn a_picture_taken_in_at_one_server_is_there_for_the_other() {
    for place in places() {
        let (one, two) = (place.media("one"), place.media("two"));
        let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * 3) as u8, (y * 3) as u8, 90]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).expect("encoded");
        let asset = AssetId::new(1_000, [3; 10]);
        let taken = one.ingest_bytes(asset, bytes.into_inner().into()).await.expect("taken in");
        assert_eq!(two.blobs.len(&taken.blob).await.expect("there"), taken.facts.bytes, "{}", two.blobs);
        assert!(two.blobs.len(&taken.thumbnail_blob.expect("a thumbnail")).await.expect("there") > 0);
        let left: Vec<_> = std::fs::read_dir(&one.scratch).expect("a folder").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_shown() {
    let Some(mut bucket) = bucket() else { return };
    bucket.secret_access_key = SecretString::from("not-the-key-8251");
    let store = BlobStore::of_bucket(&bucket).expect("a client");
    let refused = store.put_bytes("a", Bytes::from_static(b"x")).await.expect_err("refused");
    assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    let told = format!("{store} {store:?} {refused} {refused:?}");
    assert!(!told.contains("8251"), "{told}");
    assert!(told.contains("bucket media"), "{told}");
}
