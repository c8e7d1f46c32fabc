//! `postrider`: the one binary. `serve` runs the planner, `sandbox` the networks' twins beside it; the rest looks after an
//! installation.

mod admin;
mod assembly;
mod backup;
mod config;
mod demo;
mod doctor;
mod explain;
mod keys;
mod log;
mod sandbox;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use config::Sources;

/// Publishing makes and drops many small values on all threads at once, for which the system's allocator is not made.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "postrider",
    version,
    about = "Plans and publishes social-media posts: on the second, never lost, never twice."
)]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct SettingFlags {
    /// Configuration file in TOML; every setting with its default is printed by `postrider config`.
    #[arg(long, global = true, env = "POSTRIDER_CONFIG")]
    config: Option<PathBuf>,
    /// One setting, such as `--set server.listen=0.0.0.0:8080`; may be given several times.
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write it as section.key=value".to_owned())
}

#[derive(Subcommand)]
enum Command {
    /// Runs the planner: page, API and publishing. Migrates the database first.
    Serve(serve::ServeFlags),
    /// Publishes beside other servers on the same PostgreSQL, without page and API.
    Worker,
    /// Runs the networks' local twins, to try everything without any account.
    Sandbox(sandbox::SandboxFlags),
    /// Brings the database's schema up to date and ends.
    Migrate,
    /// Copies the whole installation as it stands at one instant, while servers run.
    Backup(backup::BackupFlags),
    /// Brings a backup back. What is there is moved aside, and nothing is published before `recover`.
    Restore(backup::RestoreFlags),
    /// Goes on publishing after a backup was brought back: what went out since is looked for at the networks first.
    Recover(backup::RecoverFlags),
    /// Checks configuration, database, publishing, media folder, clock, tools and each network's keys; of one delivery, says why it
    /// stands where it stands and what comes next.
    Doctor {
        /// Id of a delivery, such as `dlv_…`: it stands in the post's History, in notices and in the log.
        delivery: Option<String>,
    },
    /// Looks after people who sign in.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Makes a new key for tokens and seals every token anew under it.
    RotateKeys {
        /// Goes on although the key under which tokens are sealed is lost: their accounts must be connected anew.
        #[arg(long)]
        keys_lost: bool,
    },
    /// Prints every setting with its default and meaning.
    Config,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Config) {
        print!("{}", config::DEFAULTS);
        return ExitCode::SUCCESS;
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("postrider: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = config::load(&Sources {
        file: cli.settings.config,
        environment: std::env::vars().collect(),
        flags: cli.settings.set,
    })?;
    let _log = log::begin(&config)?;
    postrider_provider::http::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        match cli.command {
            Command::Serve(flags) => serve::serve(&config, flags).await,
            Command::Worker => serve::work(&config).await,
            Command::Sandbox(flags) => sandbox::run(flags).await,
            Command::Migrate => {
                let db = assembly::database(&config).await?;
                db.close().await;
                println!("The database is up to date.");
                Ok(())
            }
            Command::Backup(flags) => backup::make(&config, flags).await,
            Command::Restore(flags) => backup::restore(&config, flags).await,
            Command::Recover(flags) => backup::recover(&config, flags).await,
            Command::Doctor { delivery: None } => doctor::run(&config).await,
            Command::Doctor { delivery: Some(id) } => explain::run(&config, &id).await,
            Command::Admin(command) => admin::run(&config, command).await,
            Command::RotateKeys { keys_lost } => keys::rotate(&config, keys_lost).await,
            Command::Config => Ok(()),
        }
    })
}
