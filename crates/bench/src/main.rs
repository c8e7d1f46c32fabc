#![doc = include_str!("../README.md")]

mod api;
mod bare;
mod figures;
mod installation;
mod isolation;
mod kill;
mod lateness;
mod picture;
mod program;
mod scale;
mod staging;
mod throughput;
mod twin;
mod weight;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "bench", about = "Measures the release binary.")]
struct Cli {
    #[command(subcommand)]
    measurement: Measurement,
    /// Prints the figures as one JSON object on the last line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Measurement {
    /// How late commit calls arrive when many posts are due at one second.
    Lateness(lateness::Flags),
    /// How much later the others go out while one network hangs.
    Isolation(isolation::Flags),
    /// How many posts a second leave, beside a bare HTTP client making the same calls.
    Throughput(throughput::Flags),
    /// How reads grow from ten thousand to millions of deliveries, on SQLite and PostgreSQL.
    Scale(scale::Flags),
    /// Whether reels that a network works on for minutes go out as punctually as texts.
    Staging(staging::Flags),
    /// Processes killed, stopped and gone on with under load: what stands twice, what is lost.
    Kill(kill::Flags),
    /// Cold start, idle memory, idle CPU, size of the binary.
    Weight,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    // The only error says that a provider is installed already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let json = runtime.block_on(async {
        match &cli.measurement {
            Measurement::Lateness(flags) => lateness::run(flags).await,
            Measurement::Isolation(flags) => isolation::run(flags).await,
            Measurement::Scale(flags) => scale::run(flags).await,
            Measurement::Staging(flags) => staging::run(flags).await,
            Measurement::Throughput(flags) => throughput::run(flags).await,
            Measurement::Kill(flags) => kill::run(flags).await,
            Measurement::Weight => weight::run().await,
        }
    })?;
    if cli.json {
        println!("{json}");
    }
    Ok(())
}
