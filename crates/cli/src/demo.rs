//! The first person of an installation: a demo organization to look around in, or a link for the real owner.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use postrider_engine::Shared;
use postrider_store::users;
use postrider_web::setup::{self, OwnerInput};

use crate::config::Config;

const EMAIL: &str = "demo@postrider.example";

/// The file that keeps the demo's password, beside the database, so that every start can print it.
fn sign_in_file(config: &Config) -> PathBuf {
    config
        .media
        .folder
        .parent()
        .map_or_else(|| PathBuf::from("demo-sign-in.txt"), |folder| folder.join("demo-sign-in.txt"))
}

/// Makes the demo organization if there is nobody yet; prints its sign-in.
pub async fn sign_in(config: &Config, shared: &Arc<Shared>) -> anyhow::Result<()> {
    let file = sign_in_file(config);
    if !users::any(&shared.db).await? {
        let password = password(shared);
        let zone = jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned();
        let owner = OwnerInput {
            email: EMAIL.to_owned(),
            name: "Demo".to_owned(),
            password: password.clone(),
            organization: "Acme Coffee Agency".to_owned(),
            time_zone: zone,
            project: "Acme Coffee".to_owned(),
        };
        setup::create_owner(&shared.db, shared.now_ms(), shared.entropy.as_ref(), owner)
            .await
            .context("making the demo organization")?;
        keep(&file, &password).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    match std::fs::read_to_string(&file) {
        Ok(password) => println!("Sign in as {EMAIL} with the password {}", password.trim()),
        Err(_) => println!("There are people in this installation already; sign in as one of them."),
    }
    Ok(())
}

/// Writes the password down for the one who runs the server, and nobody else on the machine.
fn keep(file: &Path, password: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(password.as_bytes())
}

/// Prints a link that makes the first owner, if there is nobody yet.
pub async fn first_owner_link(config: &Config, shared: &Arc<Shared>) -> anyhow::Result<()> {
    if users::any(&shared.db).await? {
        println!("There are people in this installation already; sign in as one of them.");
        return Ok(());
    }
    let token = setup::first_owner_link(&shared.db, shared.now_ms(), shared.entropy.as_ref()).await?;
    let mut link = config.public_base()?.join("setup").context("the address of the setup page")?;
    link.query_pairs_mut().append_pair("token", &token);
    println!("Make the first owner (once, within an hour): {link}");
    Ok(())
}

/// Four groups of four letters: easy to type, 75 bits.
fn password(shared: &Arc<Shared>) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut drawn = shared.entropy.ten().to_vec();
    drawn.extend(shared.entropy.ten());
    let letters: Vec<char> = drawn
        .iter()
        .take(16)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect();
    letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}
