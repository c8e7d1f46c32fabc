//! Chores of the project that are programs: `cargo xtask tidy` checks what a machine can see of its shape.

mod tidy;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of the project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Checks the direction of dependencies, the shape of the network folders, and that nothing unfinished is left.
    Tidy,
    /// Runs simulated publishing, built with optimizations: `--seeds N [--from S] [--json]`, or `--mutations [--seeds N]`.
    Simulate {
        /// Flags of the simulation.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        flags: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Tidy => tidy::run(),
        Chore::Simulate { flags } => simulate(&flags),
    }
}

fn simulate(flags: &[String]) -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = std::process::Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--profile",
            "simulation",
            "--package",
            "postrider-simulation",
            "--",
        ])
        .args(flags)
        .status()?;
    std::process::exit(status.code().unwrap_or(1))
}
