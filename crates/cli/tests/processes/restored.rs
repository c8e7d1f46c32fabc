//! The real binary publishes, is brought back from an older backup, and recovers: what stands at the networks does not go out again.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::machine::{EMAIL, Machine, PASSWORD};
use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_postgres::Server;
use postrider_store::{Db, instance};
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Twin};
use serde_json::{Value, json};

/// What part of the waits for a doubtful outcome is waited for, in percent.
const DOUBT_PERCENT: i64 = 15;

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A plain post: words where the network takes words alone, else a picture, else what it takes.
fn cell(channel: &Channel) -> Cell {
    let mut cells = cells::offered(channel.network);
    let words = |cell: &Cell| cell.content_type == ContentType::Text && cell.carrier.is_none();
    let picture = |cell: &Cell| cell.content_type == ContentType::Image;
    let at = cells.iter().position(words).or_else(|| cells.iter().position(picture)).unwrap_or(0);
    cells.swap_remove(at)
}

/// Nobody can read what stands on a profile of LinkedIn or at Telegram.
fn readable(channel: &Channel) -> bool {
    channel.is_readable() && (channel.network != Network::Linkedin || channel.kind == "page")
}

fn id_of(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

async fn held(base: &str) -> String {
    let ready = reqwest::get(format!("{base}/readyz")).await.unwrap();
    assert_eq!(ready.status().as_u16(), 503);
    let told: Value = ready.json().await.unwrap();
    told["why"].as_str().unwrap().to_owned()
}

/// What stands on each channel, by its words.
async fn feeds(twin: &Twin, channels: &[Channel]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for channel in channels {
        for post in twin.feed(channel.network, &channel.external_id).await {
            all.push((channel.label(), post["text"].as_str().unwrap_or_default().to_owned()));
        }
    }
    all.sort();
    all
}

/// Brings the older database back, and sets what is to be gone on with.
type BringBack<'a> = &'a dyn Fn(&mut Machine);

async fn brought_back(mut machine: Machine, bring_back: BringBack<'_>) {
    let twin = Twin::at(&machine.networks.address);
    machine.create_owner();
    let server = machine.serve();
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    let fleet = Fleet::connect(&client, &twin, 1).await;
    let library = Library::upload(&client).await;
    client.listen();
    let channels = fleet.one_of_each();
    let body = |channel: &Channel, words: &str| cells::on(cell(channel).body(&library, words), &[channel]);

    let known = join_all(
        channels
            .iter()
            .map(async |channel| client.publish(&body(channel, "Known to the backup")).await),
    )
    .await;
    for post in &known {
        assert_eq!(client.settled(&id_of(post)).await["state"], "published");
    }
    let later_ms = now_ms() + 6 * 3_600_000;
    let later = join_all(
        channels
            .iter()
            .map(async |channel| client.schedule(&body(channel, "Moved forward"), later_ms).await),
    )
    .await;
    let soon_ms = now_ms() + 20_000;
    let soon = join_all(
        channels
            .iter()
            .map(async |channel| client.schedule(&body(channel, "Went out since"), soon_ms).await),
    )
    .await;
    let told = machine.done(&["backup", "--media", "--to", "copy"], "");
    assert!(told.contains("keys: not included"), "{told}");
    assert!(now_ms() < soon_ms, "the backup took so long that it knows what it should not");

    for post in &soon {
        let delivery = client.settled(&id_of(post)).await;
        assert_eq!(delivery["state"], "published", "{delivery:#}");
    }
    for post in &later {
        let id = post["id"].as_str().unwrap();
        client.post(&format!("posts/{id}/publish"), &json!({})).await.expect(200);
        assert_eq!(client.settled(&id_of(post)).await["state"], "published");
    }
    let made = join_all(
        channels
            .iter()
            .map(async |channel| client.publish(&body(channel, "Made since")).await),
    )
    .await;
    for post in &made {
        assert_eq!(client.settled(&id_of(post)).await["state"], "published");
    }
    let before = feeds(&twin, &channels).await;
    assert_eq!(before.len(), channels.len() * 4, "{before:#?}");

    let refused = machine.run(&["restore", "copy", "--replace"], "");
    assert!(!refused.status.success(), "restored under a server that runs");
    server.kill();
    bring_back(&mut machine);
    machine.settings.push(format!("publishing.doubt_percent={DOUBT_PERCENT}"));
    let server = machine.serve();
    let why = held(&server.address).await;
    assert!(why.contains("postrider recover"), "{why}");
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    let view = client.get("recovery").await.expect(200);
    assert_eq!(view["held"]["looked_for"]["count"], channels.len() * 2, "{view:#}");
    // A commit that is asked for meanwhile waits as well.
    let draft = client.publish(&body(&channels[0], "Asked for while it is held")).await;
    let listed = machine.done(&["recover"], "");
    assert!(listed.contains("Nothing was done yet"), "{listed}");
    assert_eq!(feeds(&twin, &channels).await, before);

    client.listen();
    let told = machine.done(&["recover", "--yes"], "");
    assert!(told.contains("Recovered: "), "{told}");
    for (post, channel) in soon.iter().zip(&channels) {
        let id = id_of(post);
        if readable(channel) {
            let delivery = client.settled(&id).await;
            assert_eq!(
                delivery["state"],
                "published",
                "{}: {delivery:#}\n{}",
                channel.label(),
                client.history(&id).await
            );
        } else {
            let delivery = client
                .until(&format!("deliveries/{id}"), &id, |now| now["waits_for_person"] == true)
                .await;
            assert_eq!(delivery["state"], "in_doubt", "{}: {delivery:#}", channel.label());
        }
    }
    for (post, channel) in later.iter().zip(&channels) {
        let id = id_of(post);
        if readable(channel) {
            let delivery = client.settled(&id).await;
            // By its words alone a post that went out hours early may be another's: its author says.
            let by_key = channel.network == Network::Bluesky;
            let expected = if by_key { "published" } else { "in_doubt" };
            assert_eq!(
                delivery["state"],
                expected,
                "{}: {delivery:#}\n{}",
                channel.label(),
                client.history(&id).await
            );
            if !by_key {
                let there = json!({"there": true});
                client.post(&format!("deliveries/{id}/resolve"), &there).await.expect(200);
                assert_eq!(client.settled(&id).await["state"], "published");
            }
        } else {
            let delivery = client.get(&format!("deliveries/{id}")).await.expect(200);
            assert!(
                delivery["state"] == "scheduled" || delivery["state"] == "staged",
                "{}: {delivery:#}",
                channel.label()
            );
        }
    }
    assert_eq!(client.settled(&id_of(&draft)).await["state"], "published");
    let mut after = feeds(&twin, &channels).await;
    after.retain(|(_, words)| !words.starts_with("Asked for while it is held"));
    assert_eq!(after, before);
    let ready = reqwest::get(format!("{}/readyz", server.address)).await.unwrap();
    assert!(ready.status().is_success(), "{}", ready.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_backup_sends_nothing_again_on_sqlite() {
    let bring_back = |machine: &mut Machine| {
        let refused = machine.run(&["restore", "copy"], "");
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && why.contains("--replace"), "{why}");
        let told = machine.done(&["restore", "copy", "--replace"], "");
        assert!(told.contains("before-restore"), "{told}");
    };
    brought_back(Machine::with_sandbox(&["--processing-ms", "100"]), &bring_back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_dump_sends_nothing_again_on_postgres() {
    let Some(server) = Server::of_process() else { return };
    server.create_database("in_use", None);
    let mut machine = Machine::with_sandbox(&["--processing-ms", "100"]);
    machine.settings.push(format!("database.url={}", server.url("in_use")));
    let bring_back = |machine: &mut Machine| {
        let refused = machine.run(&["restore", "copy"], "");
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && why.contains("not empty"), "{why}");
        server.create_database("brought_back", None);
        machine.settings.push(format!("database.url={}", server.url("brought_back")));
        machine.done(&["restore", "copy"], "");
    };
    brought_back(machine, &bring_back).await;
}

/// What holds something already is left as it is, and the tools of PostgreSQL do not wait for each other for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_that_a_database_does_not_take_changes_nothing_and_says_so() {
    let Some(server) = Server::of_process() else { return };
    server.create_database("dumped", None);
    let mut machine = Machine::with_sandbox(&[]);
    machine.settings.push(format!("database.url={}", server.url("dumped")));
    machine.create_owner();
    let db = Db::open_beside(&server.url("dumped")).await.unwrap();
    // More than lies in a pipe.
    instance::set_first(&db, "padding", &"x".repeat(1 << 20)).await.unwrap();
    db.close().await;
    machine.done(&["backup", "--to", "copy"], "");
    server.create_database("taken", None);
    let db = Db::open_beside(&server.url("taken")).await.unwrap();
    db.run("CREATE TABLE users (whose TEXT)", Vec::new()).await.unwrap();
    machine.settings.push(format!("database.url={}", server.url("taken")));
    let refused = machine.run(&["restore", "copy"], "");
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{why}");
    assert!(
        why.contains("psql failed, and nothing was changed") && why.contains("users"),
        "{why}"
    );
    let tables = "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = 'public'";
    assert_eq!(db.one(tables, Vec::new()).await.unwrap().int("n").unwrap(), 1);
    db.close().await;
}

/// A disk is rolled back under the server: nobody ran `restore`, and only the witness knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_database_under_a_newer_witness_is_noticed() {
    let machine = Machine::with_sandbox(&[]);
    machine.create_owner();
    let database = machine.folder.path().join("data/postrider.db");
    let ready = async |base: &str| {
        let client = Client::sign_in(base, EMAIL, PASSWORD).await;
        client.listen();
        reqwest::get(format!("{base}/readyz")).await.unwrap().status().is_success()
    };
    // Each start is a beat of its own.
    let server = machine.serve();
    assert!(ready(&server.address).await);
    server.kill();
    let files = ["", "-wal", "-shm"].map(|ending| {
        let mut name = database.clone().into_os_string();
        name.push(ending);
        let name = std::path::PathBuf::from(name);
        let bytes = std::fs::read(&name).ok();
        (name, bytes)
    });
    let server = machine.serve();
    assert!(ready(&server.address).await);
    server.kill();
    for (name, bytes) in files {
        match bytes {
            Some(bytes) => std::fs::write(&name, bytes).unwrap(),
            None => drop(std::fs::remove_file(&name)),
        }
    }
    let server = machine.serve();
    let why = held(&server.address).await;
    assert!(why.contains("older than its witness"), "{why}");
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    let notices = client.get("notifications").await.expect(200);
    assert_eq!(notices["items"][0]["kind"], "publishing.held", "{notices:#}");
    // The administrator's button.
    client.post("recovery", &json!({})).await.expect(204);
    client.until("recovery", "", |now| now["held"].is_null()).await;
    assert!(
        reqwest::get(format!("{}/readyz", server.address))
            .await
            .unwrap()
            .status()
            .is_success()
    );
    server.kill();
    // Another start does not find it behind again.
    let server = machine.serve();
    assert!(ready(&server.address).await);
}

#[test]
fn a_damaged_backup_is_refused_whole_and_half_a_backup_is_none() {
    let machine = Machine::with_sandbox(&[]);
    machine.create_owner();
    // The first start makes the keys.
    machine.serve().kill();
    let told = machine.done(&["backup", "--keys", "--to", "whole"], "");
    assert!(told.contains("keys: INCLUDED"), "{told}");
    let folder = machine.folder.path();
    let refused = |arguments: &[&str], reason: &str| {
        let output = machine.run(arguments, "");
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && why.contains(reason), "{arguments:?}: {why}");
    };
    refused(&["backup", "--to", "whole"], "never overwrites");

    let database = folder.join("data/postrider.db");
    let stands = std::fs::read(&database).unwrap();
    let damage: [(&str, Damage); 6] = [
        ("is no backup", |copy| std::fs::remove_file(copy.join("manifest.json")).unwrap()),
        ("is damaged", |copy| flip(&copy.join("manifest.json"))),
        ("is damaged", |copy| flip(&copy.join("database.sqlite"))),
        ("is damaged", |copy| flip(&copy.join("vault.keys"))),
        ("is damaged", |copy| {
            let file = copy.join("database.sqlite");
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("is damaged", |copy| std::fs::remove_file(copy.join("database.sqlite")).unwrap()),
    ];
    for (number, (reason, spoil)) in damage.into_iter().enumerate() {
        let copy = folder.join(format!("spoilt-{number}"));
        std::fs::create_dir(&copy).unwrap();
        for entry in std::fs::read_dir(folder.join("whole")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        spoil(&copy);
        refused(&["restore", copy.to_str().unwrap(), "--replace"], reason);
    }
    refused(&["restore", "nowhere", "--replace"], "is no backup");
    assert!(std::fs::read(&database).unwrap() == stands, "something was touched");

    // The disk is full after 100 KiB.
    let full = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" backup --to half"])
        .arg(env!("CARGO_BIN_EXE_postrider"))
        .current_dir(folder)
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(!full.status.success() && why.contains("no backup was made"), "{why}");
    assert!(!folder.join("half").exists() && !folder.join("half.partial").exists());
}

/// Spoils a copy of a backup.
type Damage = fn(&Path);

/// Changes one byte in the middle.
fn flip(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_copied_before_it_is_changed() {
    let machine = Machine::with_sandbox(&[]);
    machine.create_owner();
    let file = machine.folder.path().join("data/postrider.db");
    let db = Db::open(&format!("sqlite://{}", file.display())).await.unwrap();
    let insert =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, x'00', 0)";
    db.run(insert, Vec::new()).await.unwrap();
    db.close().await;
    drop(db);
    let output = machine.run(&["migrate"], "");
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && why.contains("newer Postrider"), "{why}");
    assert!(!machine.folder.path().join("data/snapshots").exists());

    // As before the last migration, which only adds an index or a table that can be added again.
    let db = Db::open_beside(&format!("sqlite://{}", file.display())).await.unwrap();
    db.run("DELETE FROM _sqlx_migrations WHERE version = 9999", Vec::new())
        .await
        .unwrap();
    db.run("DELETE FROM _sqlx_migrations WHERE version = 5", Vec::new()).await.unwrap();
    db.run("DROP TABLE discards", Vec::new()).await.unwrap();
    let schema = db.schema().await.unwrap();
    db.close().await;
    drop(db);
    machine.done(&["migrate"], "");
    let found: Vec<String> = std::fs::read_dir(machine.folder.path().join("data/snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named = format!("postrider.db.schema-{:04}.", schema.version());
    assert!(found.len() == 1 && found[0].starts_with(&named), "{found:?}");
}
