//! Rotation over a real database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_provider::Secrets;
use postrider_provider::ports::Keyring;
use postrider_services::vault::{KEY_BYTES, KeyFile, Rotated, Vault, anything_sealed, file, rotate, unreadable};
use postrider_store::{Db, args};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

fn vault(keys: &[(&str, u8)]) -> Vault {
    Vault::from_keys(
        keys.iter()
            .map(|(id, byte)| ((*id).to_owned(), Zeroizing::new([*byte; KEY_BYTES])))
            .collect(),
    )
    .expect("a vault")
}

fn token(text: &str) -> Secrets {
    Secrets::from([("access".to_owned(), SecretString::from(text))])
}

async fn database() -> Db {
    let db = Db::memory().await.expect("a database");
    db.migrate().await.expect("migrated");
    for statement in [
        "INSERT INTO plans (id, name, allow_social_publishing, created_at) VALUES ('plan', 'p', TRUE, 0)",
        "INSERT INTO organizations (id, name, time_zone, planner_on, plan_id, created_at) VALUES ('org', 'o', 'UTC', TRUE, 'plan', 0)",
        "INSERT INTO projects (id, organization_id, name, time_zone, catch_up_ms, approval_policy, created_at, updated_at, version)
         VALUES ('proj', 'org', 'p', 'UTC', 0, 'none', 0, 0, 1)",
    ] {
        db.run(statement, args![]).await.expect("inserted");
    }
    db
}

async fn grant(db: &Db, id: &str, sealed: Option<Vec<u8>>) {
    db.run(
        "INSERT INTO grants (id, organization_id, project_id, network, variant, subject, subject_name, scopes, meta, secrets, refresh_epoch, created_at)
         VALUES ($1, 'org', 'proj', 'facebook', 'page', 's', 'S', '[]', '{}', $2, 0, 0)",
        args![id, sealed],
    )
    .await
    .expect("inserted");
}

#[tokio::test]
async fn rotation_puts_every_secret_under_the_newest_key_and_can_be_run_again() {
    let db = database().await;
    let old = vault(&[("2025", 1)]);
    for number in 0..450 {
        let id = format!("grant_{number:04}");
        let sealed = old
            .seal(&format!("grants.secrets.{id}"), &token(&format!("t{number}")))
            .expect("sealed");
        grant(&db, &id, Some(sealed)).await;
    }
    grant(&db, "grant_erased", None).await;
    let foreign = vault(&[("lost", 9)])
        .seal("grants.secrets.grant_lost", &token("x"))
        .expect("sealed");
    grant(&db, "grant_lost", Some(foreign)).await;

    let both = vault(&[("2026", 2), ("2025", 1)]);
    let unreadable = vec!["grants.secrets.grant_lost".to_owned()];
    let first = rotate(&both, &db).await.expect("rotated");
    assert_eq!(
        first,
        Rotated {
            resealed: 450,
            kept: 0,
            overtaken: 0,
            unreadable: unreadable.clone()
        }
    );
    let second = rotate(&both, &db).await.expect("rotated");
    assert_eq!(
        second,
        Rotated {
            resealed: 0,
            kept: 450,
            overtaken: 0,
            unreadable
        }
    );

    let newest = vault(&[("2026", 2)]);
    let row = db
        .one("SELECT secrets FROM grants WHERE id = $1", args!["grant_0317"])
        .await
        .expect("a row");
    let opened = newest
        .open("grants.secrets.grant_0317", &row.bytes("secrets").expect("bytes"))
        .expect("opened");
    assert_eq!(opened["access"].expose_secret(), "t317");
}

#[tokio::test]
async fn a_token_that_no_key_opens_is_named_before_anything_needs_it() {
    let db = database().await;
    let kept = vault(&[("2026", 2)]);
    assert!(!anything_sealed(&db).await.expect("looked"));
    for (id, sealer) in [("grant_kept", &kept), ("grant_lost", &vault(&[("2026", 9)]))] {
        let sealed = sealer.seal(&format!("grants.secrets.{id}"), &token("t")).expect("sealed");
        grant(&db, id, Some(sealed)).await;
    }
    assert!(anything_sealed(&db).await.expect("looked"));
    assert_eq!(unreadable(&kept, &db).await.expect("looked"), ["grants.secrets.grant_lost"]);
}

#[test]
fn a_running_server_follows_its_key_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vault.keys");
    let line = |id: &str, byte: u8| SecretString::from(format!("{id}:{}", STANDARD.encode([byte; KEY_BYTES])));
    file::write(&path, &[line("old", 1)]).expect("written");
    let server = KeyFile::open(&path).expect("read");
    let sealed_before = server.seal("a", &token("before")).expect("sealed");

    file::write(&path, &[line("new", 2), line("old", 1)]).expect("written");
    let command = vault(&[("new", 2), ("old", 1)]);
    let sealed_beside = command.seal("a", &token("beside")).expect("sealed");
    let opened = |sealed: &[u8]| server.open("a", sealed).map(|secrets| secrets["access"].expose_secret().to_owned());
    assert_eq!(opened(&sealed_beside).as_deref(), Ok("beside"));
    assert_eq!(opened(&sealed_before).as_deref(), Ok("before"));
    let sealed_after = server.seal("a", &token("after")).expect("sealed");
    assert_eq!(Vault::key_of(&sealed_after), Ok("new"));

    // A file that is half written by hand, or gone, takes no key away from a server.
    std::fs::write(&path, "new:half").expect("written");
    assert_eq!(opened(&sealed_after).as_deref(), Ok("after"));
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(opened(&sealed_after).as_deref(), Ok("after"));
    assert!(KeyFile::open(&path).is_err());
}
