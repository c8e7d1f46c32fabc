//! `postrider recover`: publishing goes on after a database was brought back, once it is known what went out since.

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use postrider_core::text::render::headline;
use postrider_store::{pulse, sessions};

use crate::assembly;
use crate::config::Config;

/// How many deliveries are listed.
const LISTED: i64 = 200;

/// Flags of `postrider recover`.
#[derive(Args)]
pub struct RecoverFlags {
    /// Does it. Without it, it says what would be done.
    #[arg(long)]
    yes: bool,
    /// When the copy of the database was made that was brought back, such as 2026-11-22T09:30:00Z. Only needed where the servers could
    /// not notice it.
    #[arg(long)]
    since: Option<Timestamp>,
    /// Says that the servers' clock is right, where nothing else confirms it.
    #[arg(long, conflicts_with_all = ["yes", "since"])]
    clock_is_right: bool,
}

/// Does it, or says what it would do.
pub async fn run(config: &Config, flags: RecoverFlags) -> anyhow::Result<()> {
    let db = assembly::database_beside(config).await?.db;
    let now_ms = super::now(&db).await?.as_millisecond();
    if flags.clock_is_right {
        pulse::confirm_clock(&db, now_ms).await?;
        println!("Noted: the clock is right. Servers that hold publishing for it go on within seconds.");
        db.close().await;
        return Ok(());
    }
    let stands = pulse::read(&db).await?;
    let since_ms = match (flags.since, stands.held) {
        (Some(since), _) => since.as_millisecond(),
        (None, Some(held)) => held.since_ms,
        (None, None) => {
            println!("Nothing to do: publishing is not held by a database that was brought back.");
            println!("If one was brought back all the same, say when its copy was made: --since 2026-11-22T09:30:00Z");
            db.close().await;
            return Ok(());
        }
    };
    if since_ms > now_ms {
        bail!("--since lies in the future");
    }
    if stands.held.is_some_and(|held| since_ms > held.since_ms) {
        bail!("--since lies after what the servers noticed: leave it out, or name an earlier instant");
    }
    let registry = postrider_networks::registry();
    let since = Timestamp::from_millisecond(since_ms).context("--since")?;
    let (all, due) = pulse::count(&db, now_ms).await?;
    println!("What may have gone out between {since:.0} and now is looked for at the networks before it is sent:");
    println!("  {all} deliveries wait for their instant, are being sent or in doubt; {due} of them are due already");
    for delivery in pulse::waiting(&db, LISTED).await? {
        let at = delivery
            .due_at
            .and_then(|due_at| Timestamp::from_millisecond(due_at).ok())
            .map_or_else(|| "no time".to_owned(), |at| format!("{at:.0}"));
        let read = registry
            .of(delivery.network)
            .is_some_and(|adapter| (adapter.capability().reads_back)(&delivery.channel_kind));
        let asked = if read {
            "is looked for"
        } else {
            "cannot be read: its author is asked if it is due, else told"
        };
        println!(
            "  {at}  {:<10} {} · {} · {asked}",
            delivery.state.key(),
            delivery.channel_name,
            headline(&delivery.post_content)
        );
    }
    println!("Deliveries that were made after {since:.0} are gone; what they published stands at the networks.");
    println!("Every access is renewed before it is used: one that was renewed since may have to be connected anew.");
    if flags.yes {
        let witnessed = assembly::witness(config)?
            .read()
            .await
            .context("reading the witness")?
            .map(|mark| mark.incarnation);
        let mut tx = db.begin().await?;
        let marked = pulse::recover(&mut tx, since_ms, now_ms, witnessed).await?;
        let signed_out = sessions::revoke_older(&mut tx, stands.held.map_or(now_ms, |held| held.at_ms), None).await?;
        tx.commit().await?;
        println!("Recovered: {marked} deliveries are looked for before they are sent. Servers go on within seconds.");
        println!("{signed_out} sessions of the copy were ended: somebody may have signed out of them since.");
    } else {
        println!("Nothing was done yet. Run it again with --yes to go on.");
    }
    db.close().await;
    Ok(())
}
