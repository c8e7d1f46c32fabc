//! Chores of the project that are programs: `cargo xtask tidy` checks what a machine can see of its shape.

mod contract;
mod mutants;
mod side_by_side;
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
    /// Runs every test of the workspace, several programs at a time.
    Test,
    /// Holds what the behaviour suites send to the networks against the networks' own descriptions (`POSTRIDER_SPECS`).
    Contract(contract::Flags),
    /// Runs the unit tests with one decision of the shipped code changed after the other: none may notice, so that the simulation must.
    Mutants,
    /// Runs simulated publishing, built with optimizations: `--seeds N [--from S] [--jobs N] [--postgres] [--json]`, or `--mutations [--seeds N]`.
    Simulate {
        /// Flags of the simulation.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        flags: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Tidy => tidy::run(),
        Chore::Test => side_by_side::run(&cargo()),
        Chore::Contract(flags) => contract::run(&cargo(), &flags),
        Chore::Mutants => mutants::run(&cargo()),
        Chore::Simulate { flags } => simulate(&flags),
    }
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn simulate(flags: &[String]) -> anyhow::Result<()> {
    let status = std::process::Command::new(cargo())
        .args([
            "run",
            "--quiet",
            "--profile",
            "simulation",
            "--package",
            "postrider-simulation",
            // The switches are there and off; one program serves the runs and the mutants.
            "--features",
            "mutants",
            "--",
        ])
        .args(flags)
        // Linted where the tests are built.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .status()?;
    std::process::exit(status.code().unwrap_or(1))
}
