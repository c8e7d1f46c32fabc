//! What holds publishing, on a clock that is turned by hand: it takes no real time.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use postrider_core::ids::DeliveryId;
use postrider_engine::apps::Apps;
use postrider_engine::clock::Clock;
use postrider_engine::entropy::SystemEntropy;
use postrider_engine::hold::{Mark, Why, Witness};
use postrider_engine::{Bounds, Engine, Parts, Running, Timing};
use postrider_provider::ports::{MediaAsk, MediaRoom, Withdraw};
use postrider_provider::{Answer, Fault, Manner, MediaRef, Request, Secrets, Sent, Transport};
use postrider_services::vault::Vault;
use postrider_store::db::{Crossing, Gate};
use postrider_store::{Db, StoreError, pulse};
use tokio::time::Instant;

const BEGIN_MS: i64 = 1_795_334_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A machine: true time, what its clocks say, and who vouches for them.
struct World {
    began: Instant,
    /// Time in which the machine slept: true time and the boot clock ran on.
    slept_ms: AtomicI64,
    wall_off_ms: AtomicI64,
    synchronised: AtomicBool,
    networks_answer: AtomicBool,
    mark: Mutex<Option<Mark>>,
    witness_is_read: AtomicBool,
    witness_is_written: AtomicBool,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            began: Instant::now(),
            slept_ms: AtomicI64::new(0),
            wall_off_ms: AtomicI64::new(0),
            synchronised: AtomicBool::new(false),
            networks_answer: AtomicBool::new(false),
            mark: Mutex::new(None),
            witness_is_read: AtomicBool::new(true),
            witness_is_written: AtomicBool::new(true),
        })
    }

    fn truth_ms(&self) -> i64 {
        BEGIN_MS + self.boot_ms()
    }

    fn turn(&self, by_ms: i64) {
        self.wall_off_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    fn sleep(&self, for_ms: i64) {
        self.slept_ms.fetch_add(for_ms, Ordering::SeqCst);
    }

    fn start(self: &Arc<Self>, db: &Db) -> (Engine, Running) {
        let engine = self.engine(db);
        let running = engine.start();
        (engine, running)
    }

    fn engine(self: &Arc<Self>, db: &Db) -> Engine {
        let keys = vec![("k1".to_owned(), zeroize::Zeroizing::new([7; 32]))];
        Engine::new(Parts {
            db: db.clone(),
            registry: postrider_networks::registry(),
            transport: Arc::new(Dates(self.clone())),
            keyring: Arc::new(Vault::from_keys(keys).unwrap()),
            media: Arc::new(NoMedia),
            apps: Apps::default(),
            clock: Arc::new(Clocks(self.clone())),
            entropy: Arc::new(SystemEntropy),
            witness: Arc::new(Remembered(self.clone())),
            timing: Timing::default(),
            bounds: Bounds::default(),
        })
    }

    fn boot_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap() + self.slept_ms.load(Ordering::SeqCst)
    }
}

struct Clocks(Arc<World>);

impl Clock for Clocks {
    fn now_ms(&self) -> i64 {
        self.0.truth_ms() + self.0.wall_off_ms.load(Ordering::SeqCst)
    }

    fn boot_ms(&self) -> i64 {
        self.0.boot_ms()
    }

    fn synchronised(&self) -> BoxFuture<'_, bool> {
        async { self.0.synchronised.load(Ordering::SeqCst) }.boxed()
    }
}

/// Networks that say the true time, if they are reached at all.
struct Dates(Arc<World>);

impl Transport for Dates {
    fn send<'a>(&'a self, _: &'a Request, _: &'a Secrets, _: Manner) -> BoxFuture<'a, Sent> {
        async {
            if !self.0.networks_answer.load(Ordering::SeqCst) {
                return Sent::NotSent("no way out".to_owned());
            }
            let date = jiff::Timestamp::from_millisecond(self.0.truth_ms()).unwrap();
            Sent::Answered(Answer {
                status: 404,
                headers: vec![("date".to_owned(), date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())],
                body: Bytes::new(),
                at_ms: self.0.truth_ms(),
            })
        }
        .boxed()
    }

    fn warm<'a>(&'a self, _: &'a str) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }
}

struct NoMedia;

impl MediaRoom for NoMedia {
    fn ready<'a>(&'a self, _: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn revoke<'a>(&'a self, _: DeliveryId) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    fn withdraw<'a>(&'a self, _: Withdraw) -> BoxFuture<'a, Result<bool, Fault>> {
        async { Ok(true) }.boxed()
    }
}

struct Remembered(Arc<World>);

impl Witness for Remembered {
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>> {
        let read = self.0.witness_is_read.load(Ordering::SeqCst);
        async move {
            if read {
                Ok(*self.0.mark.lock().unwrap())
            } else {
                Err(std::io::Error::other("it is out of reach"))
            }
        }
        .boxed()
    }

    fn write(&self, mark: Mark) -> BoxFuture<'_, std::io::Result<()>> {
        async move {
            if !self.0.witness_is_written.load(Ordering::SeqCst) {
                return Err(std::io::Error::other("the disk is full"));
            }
            *self.0.mark.lock().unwrap() = Some(mark);
            Ok(())
        }
        .boxed()
    }
}

async fn database() -> Db {
    let db = Db::memory().await.unwrap();
    db.migrate().await.unwrap();
    db
}

/// Waits on the paused clock.
async fn until(engine: &Engine, what: &str, wanted: impl Fn(Option<Why>) -> bool) {
    let hold = &engine.shared().hold;
    for _ in 0..600 {
        // Whoever would publish asks: before the keeper has looked there is no reason yet, and nothing goes out either.
        let (free, why) = (hold.free(), hold.why());
        if wanted(why) && free == why.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: {:?}", hold.why());
}

fn by_clock(why: Option<Why>) -> bool {
    matches!(why, Some(Why::Clock { .. }))
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_parts_from_the_boot_clock_holds_until_it_is_confirmed() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    assert!(!engine.shared().hold.free(), "free before anybody looked");
    until(&engine, "free", |why| why.is_none()).await;
    world.turn(30_000);
    assert!(engine.shared().hold.free());
    for by_ms in [2_000, -62_000] {
        world.turn(by_ms);
        assert!(!engine.shared().hold.free(), "published by a clock that was turned");
        until(&engine, "held", by_clock).await;
        world.synchronised.store(true, Ordering::SeqCst);
        until(&engine, "confirmed", |why| why.is_none()).await;
        world.synchronised.store(false, Ordering::SeqCst);
    }
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_after_hours_needs_no_person_where_two_networks_say_the_time() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    running.stop().await;
    world.sleep(9 * HOUR_MS);
    world.networks_answer.store(true, Ordering::SeqCst);
    let (engine, running) = world.start(&db);
    until(&engine, "started", |why| why.is_none()).await;
    // Suspended: both clocks ran on.
    world.sleep(8 * HOUR_MS);
    assert!(!engine.shared().hold.free());
    until(&engine, "woken", |why| why.is_none()).await;
    assert!(engine.shared().hold.free());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_that_networks_contradict_waits_for_its_operator() {
    let (world, db) = (World::new(), database().await);
    world.networks_answer.store(true, Ordering::SeqCst);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    running.stop().await;
    world.turn(26 * HOUR_MS);
    let (engine, running) = world.start(&db);
    until(&engine, "held", by_clock).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(by_clock(engine.shared().hold.why()), "lifted by nobody");
    let beat_at = pulse::read(&db).await.unwrap().beat_at_ms;
    assert!(beat_at < BEGIN_MS + HOUR_MS, "the heart beat by a clock that nobody trusts");
    pulse::confirm_clock(&db, BEGIN_MS).await.unwrap();
    until(&engine, "the operator's word", |why| why.is_none()).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_database_behind_its_witness_is_held_for_all_until_it_is_recovered() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    let image = db.image().await.unwrap();
    // While it runs: the disk is rolled back under it.
    tokio::time::sleep(Duration::from_secs(200)).await;
    db.restore_image(&image).await.unwrap();
    let behind = |why| matches!(why, Some(Why::Database(_)));
    tokio::time::sleep(Duration::from_secs(60)).await;
    until(&engine, "held", behind).await;
    running.stop().await;
    let (engine, running) = world.start(&db);
    until(&engine, "held at the start", behind).await;
    let held = pulse::read(&db).await.unwrap().held.unwrap();
    assert_eq!(held.since_ms, pulse::read(&db).await.unwrap().beat_at_ms);
    let mut tx = db.begin().await.unwrap();
    pulse::recover(&mut tx, held.since_ms, world.truth_ms(), None).await.unwrap();
    tx.commit().await.unwrap();
    until(&engine, "recovered", |why| why.is_none()).await;
    running.stop().await;
    let (engine, running) = world.start(&db);
    until(&engine, "another start", |why| why.is_none()).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_rolled_back_together_with_its_witness_is_held_by_servers_that_run_on() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    let (image, mark) = (db.image().await.unwrap(), *world.mark.lock().unwrap());
    tokio::time::sleep(Duration::from_secs(200)).await;
    let known = world.mark.lock().unwrap().unwrap();
    db.restore_image(&image).await.unwrap();
    *world.mark.lock().unwrap() = mark;
    engine.shared().hold.suspect(&db).await;
    until(&engine, "held", |why| matches!(why, Some(Why::Database(_)))).await;
    assert!(
        world.mark.lock().unwrap().unwrap() < known,
        "the witness was written by what is held"
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_witness_that_cannot_be_read_holds_who_starts_and_nobody_who_runs() {
    let (world, db) = (World::new(), database().await);
    world.witness_is_read.store(false, Ordering::SeqCst);
    let (engine, running) = world.start(&db);
    until(&engine, "held", |why| why == Some(Why::Witness)).await;
    world.witness_is_read.store(true, Ordering::SeqCst);
    until(&engine, "free", |why| why.is_none()).await;
    world.witness_is_read.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(engine.shared().hold.free());
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_turned_before_the_first_look_succeeded_is_not_trusted() {
    let (world, db, gate) = (World::new(), database().await, Arc::new(Busy(AtomicI64::new(i64::MAX))));
    let (engine, running) = world.start(&db.gated(gate.clone()));
    // The first start of all: no heartbeat is there to compare with.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(pulse::read(&db).await.unwrap().beat_at_ms, 0, "the database was busy");
    world.turn(HOUR_MS);
    gate.0.store(0, Ordering::SeqCst);
    until(&engine, "held", by_clock).await;
    world.turn(-HOUR_MS);
    until(&engine, "put right", |why| why.is_none()).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_witness_that_cannot_be_written_is_told_while_posts_go_out() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    tokio::time::sleep(Duration::from_secs(200)).await;
    assert_eq!(pulse::read(&db).await.unwrap().unwitnessed_since(), None);
    world.witness_is_written.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(pulse::read(&db).await.unwrap().unwitnessed_since().is_some());
    assert!(engine.shared().hold.free());
    world.witness_is_written.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(200)).await;
    assert_eq!(pulse::read(&db).await.unwrap().unwitnessed_since(), None);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_publishes_nothing_shows_the_hold_of_a_clock_until_it_is_lifted() {
    let (world, db) = (World::new(), database().await);
    let (engine, running) = world.start(&db);
    until(&engine, "free", |why| why.is_none()).await;
    let pages = world.engine(&db);
    let shown = pages.stand_by();
    world.turn(5 * HOUR_MS);
    assert!(!engine.shared().hold.free());
    until(&engine, "held", by_clock).await;
    pages.shared().hold.look_again();
    until_shown(&pages, by_clock).await;
    // Said on the server of the pages.
    pulse::confirm_clock(&db, world.truth_ms()).await.unwrap();
    until(&engine, "confirmed", |why| why.is_none()).await;
    until_shown(&pages, |why| why.is_none()).await;
    running.stop().await;
    shown.stop().await;
}

/// A database that is too busy for the next so many writes.
struct Busy(AtomicI64);

impl Gate for Busy {
    fn pass(&self, crossing: Crossing) -> BoxFuture<'_, Result<(), StoreError>> {
        let busy = crossing == Crossing::Begin && self.0.fetch_sub(1, Ordering::SeqCst) > 0;
        async move { if busy { Err(StoreError::busy()) } else { Ok(()) } }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn that_a_clock_holds_is_stored_as_soon_as_the_database_takes_it() {
    let (world, db, gate) = (World::new(), database().await, Arc::new(Busy(AtomicI64::new(0))));
    let (engine, running) = world.start(&db.gated(gate.clone()));
    until(&engine, "free", |why| why.is_none()).await;
    gate.0.store(3, Ordering::SeqCst);
    world.turn(5 * HOUR_MS);
    until(&engine, "held", by_clock).await;
    assert_eq!(pulse::read(&db).await.unwrap().clock_off_ms, None, "the database was busy");
    let stored = async {
        while pulse::read(&db).await.unwrap().clock_off_ms.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(30), stored).await.is_ok(),
        "it was never stored"
    );
    running.stop().await;
}

/// Waits until a server that publishes nothing shows what it should.
async fn until_shown(pages: &Engine, wanted: impl Fn(Option<Why>) -> bool) {
    let mut why = pages.shared().hold.changes();
    let shown = why.wait_for(|why| wanted(*why));
    let shown = tokio::time::timeout(Duration::from_secs(120), shown).await;
    assert!(shown.is_ok(), "{:?}", pages.shared().hold.why());
}
