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
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Tidy => tidy::run(),
    }
}
