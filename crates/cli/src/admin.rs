//! `postrider admin`: people who sign in, looked after from the machine itself.

use anyhow::{Context, bail};
use clap::Subcommand;
use postrider_engine::clock::{Clock, SystemClock};
use postrider_engine::entropy::SystemEntropy;
use postrider_store::{sessions, users};
use postrider_web::setup::{self, OwnerInput};

use crate::assembly;
use crate::config::Config;

/// What can be done.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Makes an organization with its owner. The password is read from standard input.
    CreateOwner {
        /// E-mail to sign in with.
        #[arg(long)]
        email: String,
        /// Name.
        #[arg(long)]
        name: String,
        /// Name of the organization.
        #[arg(long)]
        organization: String,
        /// Its time zone, such as Europe/Berlin.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        /// Name of its first project.
        #[arg(long)]
        project: String,
    },
    /// Sets a new password, read from standard input, and signs the person out everywhere.
    ResetPassword {
        /// Whose.
        #[arg(long)]
        email: String,
    },
}

fn password() -> anyhow::Result<String> {
    eprintln!("Password (one line):");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("standard input")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("no password was given on standard input");
    }
    Ok(password)
}

/// Does it.
pub async fn run(config: &Config, command: AdminCommand) -> anyhow::Result<()> {
    let db = assembly::database_beside(config).await?.db;
    match command {
        AdminCommand::CreateOwner {
            email,
            name,
            organization,
            time_zone,
            project,
        } => {
            let owner = OwnerInput {
                email: email.clone(),
                name,
                password: password()?,
                organization,
                time_zone,
                project,
            };
            setup::create_owner(&db, SystemClock.now_ms(), &SystemEntropy, owner).await?;
            println!("{email} can sign in.");
        }
        AdminCommand::ResetPassword { email } => {
            let Some(person) = users::with_password(&db, &email).await? else {
                bail!("nobody signs in as {email}");
            };
            let password = password()?;
            setup::check_password(&password)?;
            let hash = postrider_web::auth::password::hash(&password)
                .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?;
            let mut tx = db.begin().await?;
            users::set_password(&mut tx, person.user.id, &hash).await?;
            sessions::revoke_all(&mut tx, person.user.id, None).await?;
            tx.commit().await?;
            println!("{email} has a new password and is signed out everywhere.");
        }
    }
    db.close().await;
    Ok(())
}
