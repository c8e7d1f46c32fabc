//! Real processes under load, killed, stopped and gone on with, their database ended in the middle: nothing may stand twice, and nothing
//! that was accepted may be missing.

mod disk;
mod load;
mod sockets;
mod truth;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use postrider_core::Network;
use postrider_testkit::cells::Library;
use postrider_testkit::{Client, Fleet, Twin};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::figures::{row, say};
use crate::installation::{Database, EMAIL, Installation, Surroundings};
use disk::SmallDisk;
use load::{Load, Posts};

/// What part of the waits for a doubtful outcome is waited for, in percent: a call may take 4.5 s, a dead sender's is judged 18 s after
/// that. The sandbox answers within a second, so that this is as safe there as the whole is on a real network.
const DOUBT_PERCENT: u32 = 15;
/// How long after its death a process's work is taken up by another, in seconds.
const LEASE_S: u32 = 6;
/// How long the networks take to answer a commit call, in milliseconds.
const COMMIT_MS: u64 = 1_200;
/// How many commits the process of every other kill has under way.
const IN_FLIGHT: usize = 10;
/// How long such a moment is waited for.
const MOMENT_MAX: Duration = Duration::from_secs(4);
/// How long a process stays dead.
const DEAD: Duration = Duration::from_millis(700);
/// How long a process is stopped: beyond the end of its calls' time.
const STOPPED: Duration = Duration::from_millis(5_500);
/// How long the disk stays full.
const FULL: Duration = Duration::from_secs(2);
/// Posts are due together, so far apart, in seconds: then many calls are under way at once.
const BURST_S: usize = 2;
/// Posts that go out on one channel at most: the product's bound for an hour.
const POSTS_PER_CHANNEL: usize = 10;

/// Flags of `bench kill`.
#[derive(Args)]
pub struct Flags {
    /// How long the load and the kills last, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Three processes on PostgreSQL (two servers, one worker), or one on SQLite.
    #[arg(long, value_enum, default_value_t = Database::Postgres)]
    database: Database,
    /// Posts a second.
    #[arg(long, default_value_t = 30)]
    rate: usize,
    /// Draws the kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What was done to the processes.
#[derive(Default)]
struct Done {
    kills: usize,
    kills_in_flight: usize,
    in_flight: usize,
    stops: usize,
    database_restarts: usize,
    disk_full: usize,
}

impl Done {
    /// Whether enough was done for the comparison to say something.
    ///
    /// # Errors
    /// If not: such a run proves nothing, and must not look as if it did.
    fn proves(&self, disturbs_the_database: bool) -> anyhow::Result<()> {
        ensure!(self.kills > 0, "nothing was killed");
        ensure!(
            self.kills_in_flight > 0,
            "no kill had {IN_FLIGHT} or more commits in flight: take a higher --rate"
        );
        ensure!(
            !disturbs_the_database || self.database_restarts + self.disk_full > 0,
            "the database was let be"
        );
        Ok(())
    }
}

/// Kills, compares, prints the table and answers the JSON.
///
/// # Errors
/// If anything stands twice, is lost, or could not be judged.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    let posts_wanted = flags.rate * usize::try_from(flags.seconds)?;
    // Each post of a burst goes to a channel of its own: on one channel they wait for each other, and few would be under way at once.
    let channels_wanted = posts_wanted.div_ceil(POSTS_PER_CHANNEL).max(flags.rate * BURST_S);
    let replicas = flags.database == Database::Postgres;
    let disk = if replicas { None } else { SmallDisk::mount().await };
    let settings = [
        format!("publishing.doubt_percent={DOUBT_PERCENT}"),
        format!("publishing.lease_seconds={LEASE_S}"),
        "limits.requests_burst=1000000".to_owned(),
        "limits.requests_per_second=1000".to_owned(),
        "fetch.allow_private=[\"127.0.0.0/8\", \"localhost\"]".to_owned(),
        "log.filter=warn".to_owned(),
    ];
    let mut installation = Installation::start(Surroundings {
        database: flags.database,
        more_servers: usize::from(replicas),
        workers: usize::from(replicas),
        settings: settings.to_vec(),
        data: disk.as_ref().map(|disk| disk.path().to_owned()),
        ..Surroundings::default()
    })
    .await?;
    let twin = Twin::at(&installation.twin.base);
    let mut clients = Vec::new();
    for replica in installation.replicas.iter().filter(|replica| replica.serves()) {
        clients.push(Client::sign_in(&replica.base, EMAIL, &installation.password).await);
    }
    let owner = clients.first().context("nobody serves")?;
    // Nine networks; of eight kinds of channels there can be any number, LinkedIn's people are four. YouTube takes only a hundred videos of an
    // app a day, Google Business Profile three hundred calls a minute: they are left out.
    let each = channels_wanted.div_ceil(8).clamp(4, 120);
    say(&format!("connecting about {} channels", each * 8));
    // Where nothing can be read, every kill ends with a question to a person.
    let mut fleet = Fleet::connect(owner, &twin, each).await.readable();
    fleet
        .channels
        .retain(|channel| !matches!(channel.network, Network::Youtube | Network::GoogleBusiness));
    let library = Library::upload(owner).await;
    // The answer of a commit is long on its way, on two networks after it was processed and on the others before: that is when they are killed.
    for network in Network::ALL {
        let what = match network {
            Network::Bluesky | Network::Instagram => "delay_after",
            _ => "delay_before",
        };
        twin.fault(
            json!({"network": network, "commit": true, "times": 0}),
            json!({"do": what, "ms": COMMIT_MS}),
        )
        .await;
    }
    let posts = Arc::new(Mutex::new(Posts::default()));
    let load = Load {
        clients: clients.clone(),
        channels: fleet.channels.clone(),
        library,
        posts: Arc::clone(&posts),
    };
    let until = Instant::now() + Duration::from_secs(flags.seconds);
    say(&format!("{} posts a second on {} channels", flags.rate, fleet.channels.len()));
    let loading = tokio::spawn(load.run(flags.rate, until));
    let done = disturb(&mut installation, disk.as_ref(), flags.seed, until).await?;
    loading.await??;
    installation.revive()?;
    installation.start_server().await?;
    say("waiting until all is settled");
    let posts = std::mem::take(&mut *posts.lock().await);
    let judged = truth::judge(&clients[0], &twin, &fleet.channels, &posts).await?;
    for complaint in &judged.complaints {
        eprintln!("{complaint}");
    }
    println!(
        "kill: {} process(es) on {:?} for {} s",
        installation.replicas.len(),
        flags.database,
        flags.seconds
    );
    row("kills (-9)", done.kills, "");
    row("of them with 10 or more commits in flight", done.kills_in_flight, "");
    row("commits in flight at kills", done.in_flight, "");
    row("stopped past the end of their calls", done.stops, "");
    row("crashes of the database", done.database_restarts, "");
    row("disk full", done.disk_full, "");
    row("deliveries accepted", judged.accepted, "");
    row("whose acceptance was not heard", judged.unheard, "");
    row("refused", posts.refused.len(), "");
    if let Some(why) = posts.refused.first() {
        eprintln!("the first refusal: {why}");
    }
    row("twice", judged.twice, "");
    row("lost", judged.lost, "");
    ensure!(judged.twice == 0, "{} posts stand beyond the first of their delivery", judged.twice);
    ensure!(judged.lost == 0, "of {} accepted deliveries nothing stands", judged.lost);
    ensure!(
        judged.complaints.is_empty(),
        "{} ends are not the truth, the first: {}",
        judged.complaints.len(),
        judged.complaints[0]
    );
    done.proves(installation.postgres.is_some() || disk.is_some())?;
    ensure!(judged.accepted > 0, "nothing was accepted, so nothing was proved");
    Ok(json!({
        "kills": done.kills,
        "kills_in_flight": done.kills_in_flight,
        "stops": done.stops,
        "database_restarts": done.database_restarts,
        "disk_full": done.disk_full,
        "deliveries": judged.accepted,
        "twice": judged.twice,
        "lost": judged.lost,
    }))
}

/// Kills and stops processes at random until an instant; in the middle the database crashes, or its disk is full.
async fn disturb(installation: &mut Installation, disk: Option<&SmallDisk>, seed: u64, until: Instant) -> anyhow::Result<Done> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut done = Done::default();
    let half = Instant::now() + until.saturating_duration_since(Instant::now()) / 2;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(dice.u64(200..1_200))).await;
        if Instant::now() > half && done.database_restarts + done.disk_full == 0 {
            if let Some(postgres) = &installation.postgres {
                tokio::task::block_in_place(|| postgres.restart()).map_err(anyhow::Error::msg)?;
                done.database_restarts += 1;
            } else if let Some(disk) = disk {
                disk.fill()?;
                tokio::time::sleep(FULL).await;
                disk.free()?;
                done.disk_full += 1;
            }
        }
        installation.revive()?;
        // Every fourth is stopped for a while instead, with calls under way.
        let stops = (done.kills + done.stops) % 4 == 3;
        let wants = if stops || done.kills % 2 == 0 { IN_FLIGHT } else { 0 };
        // The first is waited for until the end: without one the run proves nothing.
        let patience = match done.kills_in_flight {
            0 => until.saturating_duration_since(Instant::now()),
            _ => MOMENT_MAX,
        };
        let Some((number, in_flight)) = victim(installation, &mut dice, wants, patience).await? else {
            continue;
        };
        if stops {
            let program = installation.replicas[number].program().context("it was there just now")?;
            program.signal("STOP").await?;
            tokio::time::sleep(STOPPED).await;
            program.signal("CONT").await?;
            done.stops += 1;
            continue;
        }
        installation.kill_replica(number).await?;
        done.kills += 1;
        done.kills_in_flight += usize::from(in_flight >= IN_FLIGHT);
        done.in_flight += in_flight;
        tokio::time::sleep(DEAD).await;
        installation.start_replica(number)?;
    }
    Ok(done)
}

/// Which process is next, and how many commits it has under way: one with at least so many, or after a while the one with the most.
async fn victim(
    installation: &Installation,
    dice: &mut fastrand::Rng,
    wants: usize,
    patience: Duration,
) -> anyhow::Result<Option<(usize, usize)>> {
    let began = Instant::now();
    let mut best = None;
    loop {
        let open = sockets::open_commits(&installation.twin).await?;
        let mut running = Vec::new();
        for (number, replica) in installation.replicas.iter().enumerate() {
            if let Some(program) = replica.program() {
                running.push((number, sockets::of_process(program.pid(), &open)));
            }
        }
        if wants == 0 {
            return Ok(dice.choice(running));
        }
        let most = running.into_iter().max_by_key(|(_, in_flight)| *in_flight);
        if most.is_some_and(|(_, in_flight)| in_flight >= wants) {
            return Ok(most);
        }
        best = best.max(most.map(|(number, in_flight)| (in_flight, number)));
        if began.elapsed() > patience {
            return Ok(best.map(|(in_flight, number)| (number, in_flight)));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
