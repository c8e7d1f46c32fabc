//! How reads grow with the database: the same pages out of ten thousand and out of millions of deliveries.

mod fill;
mod reads;

use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use postrider_store::Db;
use serde_json::{Value, json};

use crate::figures::{hundredths, percentile, say, tenths};
use crate::program::resident_bytes_of_this;
use fill::Size;
use postrider_postgres::Server;

/// How often each read is timed; the middle counts.
const ROUNDS: usize = 31;
/// How often it is made before that.
const WARM_UP: usize = 5;
const MB: f64 = 1_000_000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    const fn key(self) -> &'static str {
        match self {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgres",
        }
    }
}

#[derive(Debug, Args)]
pub struct Flags {
    /// Deliveries that are scheduled in the large database; five times as many are past.
    #[arg(long, default_value_t = 1_000_000)]
    scheduled: u64,
    /// The same in the small one.
    #[arg(long, default_value_t = 10_000)]
    small: u64,
    /// One database only.
    #[arg(long, value_enum)]
    database: Option<Database>,
}

/// What came out of one database.
struct Taken {
    /// In the order of [`reads::ALL`]: milliseconds and rows.
    reads: Vec<(f64, usize)>,
    memory_mb: f64,
}

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If a database does not work, or a read answers other rows from the large one than from the small one.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    let (mut rows, mut memory) = (Vec::new(), Vec::new());
    for database in [Database::Sqlite, Database::Postgres] {
        if flags.database.is_some_and(|only| only != database) {
            continue;
        }
        let small = measure(database, Size::of(flags.small)).await?;
        let large = measure(database, Size::of(flags.scheduled)).await?;
        println!(
            "scale, {}: {} and {} scheduled, five times as many past",
            database.key(),
            flags.small,
            flags.scheduled
        );
        println!("  {:<34} {:>10} {:>10} {:>8}", "", "small ms", "large ms", "growth");
        for (index, name) in reads::ALL.iter().enumerate() {
            let ((small_ms, found), (large_ms, of_large)) = (small.reads[index], large.reads[index]);
            if found != of_large {
                bail!("{name}: {found} rows of the small database, {of_large} of the large one");
            }
            let growth = hundredths(large_ms / small_ms);
            println!("  {name:<34} {small_ms:>10.3} {large_ms:>10.3} {growth:>8.2}");
            rows.push(json!({
                "name": name,
                "database": database.key(),
                "small_ms": (small_ms * 1_000.0).round() / 1_000.0,
                "large_ms": (large_ms * 1_000.0).round() / 1_000.0,
                "growth": growth,
            }));
        }
        println!(
            "  {:<34} {:>10} {:>10}",
            "memory of the reading process, MB", small.memory_mb, large.memory_mb
        );
        memory.push(json!({"database": database.key(), "small_mb": small.memory_mb, "large_mb": large.memory_mb}));
    }
    Ok(json!({"reads": rows, "memory": memory}))
}

async fn measure(database: Database, size: Size) -> anyhow::Result<Taken> {
    let beside = std::env::current_exe()?;
    let folder = tempfile::Builder::new()
        .prefix("bench-scale-")
        .tempdir_in(beside.parent().context("the program stands in no folder")?)?;
    let url = match database {
        Database::Sqlite => format!("sqlite:{}", folder.path().join("postrider.db").display()),
        Database::Postgres => {
            let server = Server::of_process().context("PostgreSQL is not installed: --database sqlite leaves it out")?;
            let name = format!("scale_{}", size.scheduled);
            server.create_database(&name, None);
            server.url(&name)
        }
    };
    let began = Instant::now();
    let db = Db::open(&url).await?;
    let world = fill::fill(&db, size).await?;
    db.close().await;
    drop(db);
    say(&format!(
        "{}: {} deliveries filled in {} s",
        database.key(),
        size.scheduled + size.past,
        tenths(began.elapsed().as_secs_f64())
    ));

    // Connections of their own, which know nothing of the filling.
    let db = Db::open(&url).await?;
    let mut taken = Vec::new();
    for name in reads::ALL {
        let mut times = Vec::new();
        let mut found = 0;
        for round in 0..WARM_UP + ROUNDS {
            let began = Instant::now();
            found = reads::read(&db, &world, name).await.with_context(|| (*name).to_owned())?;
            if round >= WARM_UP {
                times.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
        }
        taken.push((percentile(&times, 50.0).context("nothing was timed")?, found));
    }
    let memory_mb = tenths(resident_bytes_of_this()? as f64 / MB);
    db.close().await;
    Ok(Taken { reads: taken, memory_mb })
}
