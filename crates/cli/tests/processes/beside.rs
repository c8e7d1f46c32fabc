//! Commands of the administrator's beside a server that runs.

use crate::machine::{EMAIL, Machine, PASSWORD};
use postrider_core::Network;
use postrider_postgres::Server;
use postrider_store::{Db, args, server_apps};
use postrider_testkit::{Client, Twin};
use serde_json::json;

const NEW_PASSWORD: &str = "another-long-password";

/// The names of the keys under which the stored tokens are sealed.
async fn keys_in_use(url: &str) -> Vec<String> {
    let db = Db::open_beside(url).await.unwrap();
    let rows = db
        .read("SELECT secrets FROM grants WHERE secrets IS NOT NULL", args![])
        .await
        .unwrap();
    let mut keys: Vec<String> = rows
        .iter()
        .map(|row| row.bytes("secrets").unwrap())
        .map(|sealed| postrider_services::vault::Vault::key_of(&sealed).unwrap().to_owned())
        .collect();
    db.close().await;
    keys.sort();
    keys.dedup();
    keys
}

async fn looked_after(machine: &Machine, url: &str) {
    machine.create_owner();
    let server = machine.serve();
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    let ada = client
        .connect_by_password(Network::Bluesky, "ada.bsky.social", "adaa-sand-boxx-pass", "")
        .await
        .remove(0);
    let before = keys_in_use(url).await;

    // The server opens what was sealed anew, and seals under the new key itself, without being started again.
    let told = machine.done(&["rotate-keys"], "");
    let after = keys_in_use(url).await;
    assert!(told.contains(&format!("under key {}: ", after[0])), "{told}");
    assert_ne!(after, before);
    let verify = format!("channels/{}/verify", ada.id);
    let verified = client.post(&verify, &json!({})).await.expect(200);
    assert_eq!(verified["status"], "active", "{verified}");
    client
        .connect_by_password(Network::Bluesky, "ben.bsky.social", "benn-sand-boxx-pass", "")
        .await;
    assert_eq!(keys_in_use(url).await, after);

    let tokens = Twin::at(&machine.networks.address).secrets().await;
    assert!(!tokens.is_empty() && tokens.iter().all(|token| !told.contains(token.as_str())));

    let doctor = || String::from_utf8(machine.run(&["doctor"], "").stdout).unwrap();
    let database = |report: &str| report.lines().find(|line| line.contains(" database ")).unwrap().to_owned();
    let report = doctor();
    let sqlite = url.starts_with("sqlite:");
    assert!(
        database(&report).starts_with("ok ") && database(&report).contains("up to date"),
        "{report}"
    );
    assert_eq!(database(&report).contains("in use by a running server"), sqlite, "{report}");
    assert!(
        report
            .lines()
            .any(|line| line.starts_with("ok ") && line.contains(" vault ") && line.contains(&after[0])),
        "{report}"
    );

    machine.done(&["admin", "reset-password", "--email", EMAIL], &format!("{NEW_PASSWORD}\n"));
    let signed_out = client.get("me").await;
    assert_eq!((signed_out.status, signed_out.code()), (401, "session.required"));
    let again = Client::sign_in(&server.address, EMAIL, NEW_PASSWORD).await;
    again.post(&verify, &json!({})).await.expect(200);
    let nobody = machine.run(&["admin", "reset-password", "--email", "nobody@example.org"], "x\n");
    assert!(!nobody.status.success());
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("nobody signs in as nobody@example.org"));

    server.kill();
    let report = doctor();
    assert!(database(&report).ends_with("up to date"), "{report}");
}

fn told(machine: &Machine, command: &[&str]) -> (bool, String) {
    let output = machine.run(command, "");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_running_servers_could_not_know_is_refused_and_one_that_a_server_lacks_is_told() {
    let mut machine = Machine::with_sandbox(&[]);
    let url = format!("sqlite://{}/one.db", machine.folder.path().display());
    machine.settings.push(format!("database.url={url}"));
    let here = machine.settings.clone();
    let (first, second) = (
        "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
    );
    let with = |keys: &[&str]| -> Vec<String> { here.iter().cloned().chain([format!("vault.keys={keys:?}")]).collect() };
    machine.settings = with(&[first]);
    machine.create_owner();
    let server = machine.serve();
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    client
        .connect_by_password(Network::Bluesky, "ada.bsky.social", "adaa-sand-boxx-pass", "")
        .await;

    // Without the servers' settings a key would be made that they never see.
    machine.settings.clone_from(&here);
    let (done, why) = told(&machine, &["rotate-keys"]);
    assert!(!done && why.contains("the key k1,") && why.contains("--keys-lost"), "{why}");
    let file = machine.folder.path().join("copied.keys");
    std::fs::write(&file, first).unwrap();
    machine.settings.push(format!("vault.keys_file={}", file.display()));
    let (done, why) = told(&machine, &["rotate-keys"]);
    assert!(!done && why.contains("have their keys from vault.keys"), "{why}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    machine.settings = with(&[second, first]);
    let (done, why) = told(&machine, &["rotate-keys"]);
    assert!(!done && why.contains("do not know the key k2"), "{why}");
    assert_eq!(keys_in_use(&url).await, ["k1"]);

    server.kill();
    machine.done(&["rotate-keys"], "");
    assert_eq!(keys_in_use(&url).await, ["k2"]);

    machine.settings = with(&[first]);
    let server = machine.serve();
    let ready = reqwest::get(format!("{}/readyz", server.address)).await.unwrap();
    assert_eq!(ready.status(), 503);
    let why = ready.text().await.unwrap();
    assert!(why.contains("the key k2,"), "{why}");
    let (done, report) = told(&machine, &["doctor"]);
    let vault = report.lines().find(|line| line.contains(" vault ")).unwrap();
    assert!(!done && vault.starts_with("MEND") && vault.contains("the key k2,"), "{report}");
    server.kill();

    // Who a server knows this installation as can be made anew, an access cannot: that row stays.
    let db = Db::open_beside(&url).await.unwrap();
    let app = server_apps::ServerApp {
        id: "mastodon https://mastodon.social x".to_owned(),
        client_id: "abc".to_owned(),
        secrets: vec![1, 2, 3],
        created_at: 1,
    };
    server_apps::keep(&db, &app).await.unwrap();
    machine.settings = with(&["k3:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="]);
    let (_, said) = told(&machine, &["rotate-keys", "--keys-lost"]);
    let line = |begins: &str| said.lines().filter(|line| line.starts_with(begins)).collect::<Vec<_>>();
    assert!(line("Opened under no key").iter().any(|line| line.contains(&app.id)), "{said}");
    assert!(
        line("Opens under no key").iter().any(|line| line.contains("grants.secrets")),
        "{said}"
    );
    assert!(server_apps::get(&db, &app.id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_on_sqlite_is_looked_after_while_it_runs() {
    let mut machine = Machine::with_sandbox(&[]);
    let url = format!("sqlite://{}/one.db", machine.folder.path().display());
    machine.settings.push(format!("database.url={url}"));
    looked_after(&machine, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_on_postgresql_is_looked_after_while_it_runs() {
    let Some(server) = Server::of_process() else { return };
    server.create_database("beside", None);
    let url = server.url("beside");
    let mut machine = Machine::with_sandbox(&[]);
    machine.settings.push(format!("database.url={url}"));
    looked_after(&machine, &url).await;
}
