//! Files made ready for deliveries, over a real database.

use std::str::FromStr;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use postrider_core::Network;
use postrider_core::ids::{AssetId, DeliveryId, IntentId, OrganizationId, ProjectId, UserId};
use postrider_core::post::{AssetUse, Content, ContentType, Link};
use postrider_provider::ports::{MediaAsk, MediaRoom, Withdraw};
use postrider_services::media::room::ADDRESS_LEAST_MS;
use postrider_services::media::{Addresses, Media, Room, Tools};
use postrider_store::{Arg, Db, args, media_addresses};
use zeroize::Zeroizing;

const NOW_MS: i64 = 1_790_000_000_000;

struct Stage {
    _folder: tempfile::TempDir,
    db: Db,
    media: Media,
    room: Room,
    organization: OrganizationId,
    project: ProjectId,
    user: UserId,
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::memory().await.expect("a database");
    db.migrate().await.expect("migrated");
    let (organization, project, user) = (OrganizationId::new(1, [1; 10]), ProjectId::new(1, [1; 10]), UserId::new(1, [1; 10]));
    let plan = "INSERT INTO plans (id, name, allow_social_publishing, created_at) VALUES ('plan', 'p', TRUE, 0)";
    db.run(plan, args![]).await.expect("inserted");
    let owner = "INSERT INTO organizations (id, name, time_zone, planner_on, plan_id, created_at) VALUES ($1, 'o', 'UTC', TRUE, 'plan', 0)";
    db.run(owner, args![organization]).await.expect("inserted");
    let person = "INSERT INTO users (id, email, name, instance_admin, created_at) VALUES ($1, 'a@b', 'A', FALSE, 0)";
    db.run(person, args![user]).await.expect("inserted");
    let brand = "INSERT INTO projects (id, organization_id, name, time_zone, catch_up_ms, approval_policy, created_at, updated_at, version)
        VALUES ($1, $2, 'p', 'UTC', 0, 'none', 0, 0, 1)";
    db.run(brand, args![project, organization]).await.expect("inserted");
    let addresses = Addresses::new("https://post.example.com", Zeroizing::new([7; 32]));
    let media = Media::open(folder.path(), Tools::none(), addresses).expect("media");
    Stage {
        room: Room::new(media.clone(), db.clone()),
        _folder: folder,
        db,
        media,
        organization,
        project,
        user,
    }
}

fn promise_of(number: u8) -> IntentId {
    IntentId::new(1, [number; 10])
}

impl Stage {
    /// Stores the promise of a call; the one before is decided.
    async fn promise(&self, number: u8) {
        let delivery = DeliveryId::new(1, [1; 10]);
        let of_all = args![self.organization, self.project, self.user, delivery];
        for sql in [
            "INSERT INTO grants (id, organization_id, project_id, network, variant, subject, subject_name, scopes, meta, refresh_epoch, created_at)
             SELECT 'grant', $1, $2, 'tiktok', 'v', 's', 's', '[]', '{}', 0, 0 WHERE $3 <> '' AND $4 <> '' ON CONFLICT DO NOTHING",
            "INSERT INTO channels (id, organization_id, project_id, grant_id, network, external_id, kind, name, handle, detail, meta, status,
             status_reason, missing, version, created_at)
             SELECT 'chan', $1, $2, 'grant', 'tiktok', 'x', 'k', 'n', 'h', '', '{}', 'active', '', '[]', 1, 0
             WHERE $3 <> '' AND $4 <> '' ON CONFLICT DO NOTHING",
            "INSERT INTO posts (id, organization_id, project_id, author_id, version, content_type, content, labels, search_text, created_at,
             updated_at) SELECT 'post', $1, $2, $3, 1, 'image', '{}', '[]', '', 0, 0 WHERE $4 <> '' ON CONFLICT DO NOTHING",
            "INSERT INTO deliveries (id, organization_id, project_id, post_id, channel_id, network, content_type, mode, overrides, state, version,
             gate, claim_epoch, generation, intent_open, waits_for_person, retries, renewed, created_at, updated_at)
             SELECT $4, $1, $2, 'post', 'chan', 'tiktok', 'image', 'publish', '{}', 'publishing', 1, 'none', 0, 0, TRUE, FALSE, 0, FALSE, 0, 0
             WHERE $3 <> '' ON CONFLICT DO NOTHING",
        ] {
            self.db.run(sql, of_all.clone()).await.expect("inserted");
        }
        self.db
            .run("UPDATE intents SET outcome = 'absent'", args![])
            .await
            .expect("decided");
        let sql =
            "INSERT INTO intents (id, delivery_id, channel_id, part, generation, intent_key, match_key, body_hash, evidence, stored_at,
            send_by, settle_ms, looks, holds_lane) VALUES ($1, $2, 'chan', 'root', 0, '', '', '', 'unfetched', 0, 0, 0, 0, FALSE)";
        self.db.run(sql, args![promise_of(number), delivery]).await.expect("inserted");
    }

    /// Takes in a plain picture and stores its row.
    async fn asset(&self, number: u8, format: ImageFormat, width: u32, height: u32) -> AssetId {
        let id = AssetId::new(1, [number; 10]);
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([number, 9, 9])));
        picture.write_to(&mut bytes, format).expect("encoded");
        let ingested = self.media.ingest_bytes(id, bytes.into_inner().into()).await.expect("taken in");
        let row = "INSERT INTO assets (id, organization_id, project_id, author_id, name, kind, mime, bytes, sha256, facts, blob, thumbnail_blob, alt_text, created_at)
            VALUES ($1, $2, $3, $4, 'a', 'image', $5, $6, $7, $8, $9, NULL, 'from the gallery', 0)";
        let bytes = i64::try_from(ingested.facts.bytes).expect("a length");
        let values = args![
            id,
            self.organization,
            self.project,
            self.user,
            &ingested.facts.mime,
            bytes,
            &ingested.sha256,
            Arg::json(&ingested.facts),
            &ingested.blob
        ];
        self.db.run(row, values).await.expect("inserted");
        id
    }

    async fn ready(
        &self,
        delivery: u8,
        network: Network,
        content: &Content,
        now_ms: i64,
    ) -> Result<Vec<postrider_provider::MediaRef>, postrider_provider::Fault> {
        let ask = MediaAsk {
            organization_id: self.organization,
            delivery_id: DeliveryId::new(1, [delivery; 10]),
            network,
            content,
            now_ms,
        };
        self.room.ready(&ask).await
    }

    async fn count(&self, table: &'static str) -> i64 {
        let sql = match table {
            "renditions" => "SELECT COUNT(*) AS n FROM renditions",
            _ => "SELECT COUNT(*) AS n FROM media_addresses",
        };
        self.db.one(sql, args![]).await.expect("a row").int("n").expect("a number")
    }
}

fn used(asset_id: AssetId, alt_text: &str) -> AssetUse {
    AssetUse {
        asset_id,
        alt_text: alt_text.to_owned(),
    }
}

fn images(assets: Vec<AssetUse>) -> Content {
    Content {
        assets,
        ..Content::empty(ContentType::Carousel)
    }
}

/// Id, expiry and signature of an address.
fn parts(address: &str) -> (String, i64, String) {
    let url = url::Url::from_str(address).expect("an address");
    let value = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .expect("a value")
    };
    let id = url.path_segments().and_then(|mut parts| parts.nth(1)).expect("an id").to_owned();
    (id, value("exp").parse().expect("a number"), value("sig"))
}

#[tokio::test]
async fn a_network_gets_what_it_takes_in_order_and_the_rendition_is_made_once() {
    let stage = stage().await;
    let jpeg = stage.asset(1, ImageFormat::Jpeg, 1000, 1000).await;
    let png = stage.asset(2, ImageFormat::Png, 1000, 1000).await;
    let content = images(vec![used(png, "in the post"), used(jpeg, "")]);
    let ready = stage.ready(1, Network::Instagram, &content, NOW_MS).await.expect("ready");
    assert_eq!(ready.iter().map(|media| media.asset_id).collect::<Vec<_>>(), [png, jpeg]);
    assert_eq!(
        ready.iter().map(|media| media.alt_text.as_str()).collect::<Vec<_>>(),
        ["in the post", "from the gallery"]
    );
    assert!(
        ready
            .iter()
            .all(|media| media.facts.mime == "image/jpeg" && media.public_url.contains("/file.jpg?"))
    );
    assert!(
        ready[0].blob.starts_with("renditions/") && ready[1].blob.starts_with("assets/"),
        "{ready:?}"
    );
    for media in &ready {
        assert_eq!(stage.media.blobs.len(&media.blob).await.expect("stored"), media.facts.bytes);
    }
    let again = stage.ready(2, Network::Instagram, &content, NOW_MS).await.expect("ready");
    assert_eq!(again[0].blob, ready[0].blob);
    assert_eq!(stage.count("renditions").await, 1);
    let other = stage.ready(3, Network::Facebook, &content, NOW_MS).await.expect("ready");
    assert_eq!(other[0].facts.mime, "image/png");
}

#[tokio::test]
async fn addresses_outlive_the_longest_bound_are_handed_out_again_and_end_when_revoked() {
    let stage = stage().await;
    let jpeg = stage.asset(1, ImageFormat::Jpeg, 400, 400).await;
    let content = images(vec![used(jpeg, "")]);
    let first = stage.ready(1, Network::Instagram, &content, NOW_MS).await.expect("ready");
    let (id, expires_at, signature) = parts(&first[0].public_url);
    assert!(expires_at > NOW_MS + ADDRESS_LEAST_MS);
    assert_eq!(stage.media.addresses.verify(&id, expires_at, &signature, NOW_MS), Ok(()));
    assert_eq!(
        media_addresses::open(&stage.db, &id, NOW_MS).await.expect("open").blob,
        first[0].blob
    );

    let soon = stage.ready(1, Network::Instagram, &content, NOW_MS + 60_000).await.expect("ready");
    assert_eq!(soon[0].public_url, first[0].public_url);
    let late = stage
        .ready(1, Network::Instagram, &content, expires_at - ADDRESS_LEAST_MS)
        .await
        .expect("ready");
    assert_ne!(late[0].public_url, first[0].public_url);
    let other = stage.ready(2, Network::Instagram, &content, NOW_MS).await.expect("ready");
    assert_ne!(other[0].public_url, first[0].public_url);

    stage.room.revoke(DeliveryId::new(1, [1; 10])).await.expect("revoked");
    for url in [&first[0].public_url, &late[0].public_url] {
        assert!(media_addresses::open(&stage.db, &parts(url).0, NOW_MS).await.is_err());
    }
    assert!(
        media_addresses::open(&stage.db, &parts(&other[0].public_url).0, NOW_MS)
            .await
            .is_ok()
    );
    let fresh = stage.ready(1, Network::Instagram, &content, NOW_MS).await.expect("ready");
    assert!(
        media_addresses::open(&stage.db, &parts(&fresh[0].public_url).0, NOW_MS)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn addresses_are_taken_back_unless_somebody_fetched_from_one() {
    let stage = stage().await;
    let jpeg = stage.asset(1, ImageFormat::Jpeg, 400, 400).await;
    let content = images(vec![used(jpeg, "")]);
    let withdraw = |promise: u8, now_ms: i64| {
        stage.room.withdraw(Withdraw {
            delivery_id: DeliveryId::new(1, [1; 10]),
            intent_id: promise_of(promise),
            since_ms: NOW_MS,
            now_ms,
        })
    };
    stage.promise(1).await;
    let address = async || {
        let ready = stage.ready(1, Network::Tiktok, &content, NOW_MS).await.expect("ready");
        parts(&ready[0].public_url).0
    };
    let is_open = async |id: &str| media_addresses::open(&stage.db, id, NOW_MS).await.is_ok();

    let first = address().await;
    assert!(!withdraw(1, NOW_MS).await.expect("asked"), "nobody fetched");
    assert!(!is_open(&first).await, "it is still open");
    assert!(!media_addresses::fetched(&stage.db, &first).await.expect("asked"), "it is over");
    assert!(!withdraw(1, NOW_MS).await.expect("asked"), "nor did anybody since");

    let second = address().await;
    assert!(media_addresses::fetched(&stage.db, &second).await.expect("asked"));
    assert!(withdraw(1, NOW_MS).await.expect("asked"), "somebody fetched");
    assert!(is_open(&second).await, "what is being fetched is cut off");
    stage.promise(2).await;
    assert!(!withdraw(2, NOW_MS).await.expect("asked"), "that was for an earlier call");

    let old_ms = NOW_MS + ADDRESS_LEAST_MS + 1;
    assert!(withdraw(2, old_ms).await.expect("asked"), "who fetched so long ago is forgotten");
}

#[tokio::test]
async fn a_card_picture_fits_the_card_and_a_deleted_file_is_told() {
    let stage = stage().await;
    let webp = stage.asset(1, ImageFormat::WebP, 900, 500).await;
    let content = Content {
        link: Some(Link {
            url: "https://example.com".to_owned(),
            image_asset_id: Some(webp),
            ..Link::default()
        }),
        ..Content::empty(ContentType::Link)
    };
    let ready = stage.ready(1, Network::Bluesky, &content, NOW_MS).await.expect("ready");
    assert_eq!((ready.len(), ready[0].facts.mime.as_str()), (1, "image/jpeg"));

    let gone = images(vec![used(AssetId::new(1, [200; 10]), "")]);
    let fault = stage.ready(1, Network::Bluesky, &gone, NOW_MS).await.expect_err("missing");
    assert_eq!(fault.code, "media.missing");
    let before = stage.count("addresses").await;
    assert!(
        stage
            .ready(1, Network::Bluesky, &Content::empty(ContentType::Text), NOW_MS)
            .await
            .expect("ready")
            .is_empty()
    );
    assert_eq!(stage.count("addresses").await, before);
}

#[tokio::test]
async fn another_tenants_file_is_missing() {
    let stage = stage().await;
    let jpeg = stage.asset(1, ImageFormat::Jpeg, 400, 400).await;
    let content = images(vec![used(jpeg, "")]);
    let ask = MediaAsk {
        organization_id: OrganizationId::new(1, [9; 10]),
        delivery_id: DeliveryId::new(1, [1; 10]),
        network: Network::Instagram,
        content: &content,
        now_ms: NOW_MS,
    };
    assert_eq!(
        stage.room.ready(&ask).await.map_err(|fault| fault.code),
        Err("media.missing".to_owned())
    );
}
