//! The key by which servers know this installation: one for all its processes, sealed, and left alone where it cannot be opened.

use postrider_core::Network;
use postrider_engine::apps::Apps;
use postrider_engine::connect::{Home, introduce};
use postrider_engine::entropy::SystemEntropy;
use postrider_provider::CLIENT_KEY;
use postrider_services::vault::Vault;
use postrider_store::Db;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

fn vault(name: &str, byte: u8) -> Vault {
    Vault::from_keys(vec![(name.to_owned(), Zeroizing::new([byte; 32]))]).unwrap()
}

async fn introduced(db: &Db, vault: &Vault, public_base: &str) -> Apps {
    let mut apps = Apps::default();
    let home = Home {
        public_base,
        db,
        keyring: vault,
        entropy: &SystemEntropy,
        now_ms: 1,
    };
    introduce(&mut apps, &postrider_networks::registry(), &home).await.unwrap();
    apps
}

fn key(apps: &Apps) -> String {
    let own = apps.of(Network::Bluesky, "oauth").expect("a client of our own");
    own.secrets[CLIENT_KEY].expose_secret().to_owned()
}

#[tokio::test]
async fn one_key_is_drawn_for_an_address_and_kept_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite://{}/test.db", folder.path().display())).await.unwrap();
    db.migrate().await.unwrap();
    let vault_of_then = vault("k1", 7);
    let (here, beside) = tokio::join!(
        introduced(&db, &vault_of_then, "https://planner.example"),
        introduced(&db, &vault_of_then, "https://planner.example/")
    );
    assert_eq!(key(&here), key(&beside), "whoever comes second takes the first one's");
    assert_eq!(key(&introduced(&db, &vault_of_then, "https://planner.example").await), key(&here));
    assert_ne!(
        key(&introduced(&db, &vault_of_then, "https://other.example").await),
        key(&here),
        "another address is another client"
    );
    let own = here.of(Network::Bluesky, "oauth").expect("a client of our own");
    assert_eq!(own.app.client_id, "https://planner.example/oauth/client/bluesky");
    assert!(here.of(Network::Mastodon, "server").is_none() && here.of(Network::Bluesky, "app_password").is_none());

    // A server without the vault's key leaves it alone: those that have it go on by it.
    let blind = introduced(&db, &vault("k2", 9), "https://planner.example").await;
    assert!(blind.of(Network::Bluesky, "oauth").is_none());
    assert_eq!(key(&introduced(&db, &vault_of_then, "https://planner.example").await), key(&here));

    // On this machine nothing is proven by a key; where servers could not read who we are there is no such way.
    let local = introduced(&db, &vault_of_then, "http://localhost:8080").await;
    let local = local.of(Network::Bluesky, "oauth").expect("a client of our own");
    assert!(local.secrets.is_empty() && local.app.client_id.starts_with("http://localhost?"));
    assert!(
        introduced(&db, &vault_of_then, "http://planner.example")
            .await
            .of(Network::Bluesky, "oauth")
            .is_none()
    );

    drop(db);
    let bytes = std::fs::read_dir(folder.path())
        .unwrap()
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let stored = bytes.collect::<Vec<u8>>();
    let kept = key(&here);
    assert!(
        !stored.windows(kept.len()).any(|part| part == kept.as_bytes()),
        "the key stands in the database"
    );
}
