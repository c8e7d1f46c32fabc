//! Many at once on PostgreSQL, where statements really run side by side: of those who want what only one may have, one gets it.
//!
//! Who begins first is drawn from a seed, round after round. Each race in which two sides can win says so only if both have won in some
//! round, and where an index decides, the race is run once more without it and must then be lost.

use std::future::Future;
use std::sync::Arc;

use postrider_core::delivery::{Event, State};
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_store::deliveries::{Acting, Ask};
use postrider_store::hot::{self, Applied, Claimed};
use postrider_store::idempotency_keys::{self, Begun};
use postrider_store::posts::{self, Change};
use postrider_store::{Db, Projects, Result, Scope, StoreError, args, channels, leases, members};
use tokio::sync::Barrier;

use crate::hot::{done, promise};
use crate::support::*;

/// Pairs that race at the same time.
const WIDTH: usize = 8;
const HOUR: i64 = 60 * MINUTE;

/// A row of numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Has all begin at the same moment, each some steps after it; their results in their order.
async fn at_once<T, F>(dice: &mut Dice, works: Vec<F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(works.len()));
    let tasks: Vec<_> = works
        .into_iter()
        .map(|work| {
            let (barrier, steps) = (Arc::clone(&barrier), dice.below(6));
            tokio::spawn(async move {
                barrier.wait().await;
                for _ in 0..steps {
                    tokio::task::yield_now().await;
                }
                work.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// The same house with another channel.
async fn beside(db: &Db, house: &House, name: &str) -> House {
    let mut tx = db.begin().await.unwrap();
    let account = account(house.project, house.grant, name);
    let channel = channels::add(&mut tx, &house.owner, &account).await.unwrap().id;
    tx.commit().await.unwrap();
    House {
        owner: house.owner.clone(),
        channel,
        ..*house
    }
}

/// A house, and as many channels of it as race at the same time.
async fn abreast(db: &Db) -> (House, Vec<House>) {
    let first = house(db, "a").await;
    let mut houses = Vec::new();
    for number in 0..WIDTH {
        houses.push(beside(db, &first, &format!("more-{number}")).await);
    }
    (first, houses)
}

fn unbounded(now_ms: i64) -> Acting<'static> {
    Acting {
        within_quotas: false,
        ..at(now_ms)
    }
}

/// Posts that are due in a minute, one on each channel, taken up by a worker two minutes from now.
async fn taken_up(db: &Db, houses: impl IntoIterator<Item = &House>) -> Vec<Claimed> {
    let mut ids = Vec::new();
    for house in houses {
        let draft = drafted(db, house).await;
        act(db, &house.owner, draft.id, Event::Schedule, &due(NOW + MINUTE), &unbounded(NOW))
            .await
            .unwrap();
        ids.push(draft.id);
    }
    let mut tx = db.begin().await.unwrap();
    let mut claimed = hot::claim(&mut tx, NOW + 2 * MINUTE, HOUR, 1_000, &[]).await.unwrap();
    tx.commit().await.unwrap();
    claimed.retain(|one| ids.contains(&one.id));
    claimed.sort_by_key(|one| ids.iter().position(|id| *id == one.id));
    assert_eq!(claimed.len(), ids.len());
    for one in &mut claimed {
        one.standing.state = State::Publishing;
    }
    claimed
}

async fn promises(db: Db, claimed: Claimed, match_key: Option<&'static str>) -> bool {
    let now_ms = NOW + 2 * MINUTE;
    let mut intent = promise(&claimed, now_ms);
    if let Some(key) = match_key {
        intent.intent.match_key = key.to_owned();
    }
    loop {
        let mut tx = db.begin().await.unwrap();
        match hot::apply(&mut tx, now_ms, &[], std::slice::from_ref(&intent)).await {
            Ok((_, applied)) => {
                tx.commit().await.unwrap();
                return applied[0] == Applied::Stored;
            }
            // As the writer does: once more.
            Err(error) if error.is_transient() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn free_lanes(db: &Db) {
    db.run("UPDATE intents SET holds_lane = false, outcome = 'absent'", args![])
        .await
        .unwrap();
}

#[derive(Debug, Clone, Copy)]
enum Person {
    Cancels,
    Moves,
    Unschedules,
    Edits,
}

async fn acts(db: Db, owner: Scope, delivery: DeliveryId, post: PostId, person: Person) -> Result<()> {
    let acting = unbounded(NOW + 2 * MINUTE);
    let (event, ask) = match person {
        Person::Cancels => (Event::Cancel, Ask::default()),
        Person::Moves => (Event::Reschedule, due(NOW + HOUR)),
        Person::Unschedules => (Event::Unschedule, Ask::default()),
        Person::Edits => {
            let mut tx = db.begin().await?;
            let change = Change {
                content: Some(text("Other words")),
                ..Change::default()
            };
            posts::edit(&mut tx, &owner, post, 1, change, &acting).await?;
            return tx.commit().await;
        }
    };
    act(&db, &owner, delivery, event, &ask, &acting).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_person_and_a_promise_exactly_one_comes_first() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (first, houses) = abreast(db).await;
    let mut dice = Dice(1);
    for person in [Person::Cancels, Person::Moves, Person::Unschedules, Person::Edits] {
        let (mut by_person, mut by_worker) = (0, 0);
        for _ in 0..20 {
            let claimed = taken_up(db, &houses).await;
            let mut works: Vec<futures::future::BoxFuture<'static, bool>> = Vec::new();
            for one in &claimed {
                let (worker, owner, id, post) = (promises(db.clone(), one.clone(), None), first.owner.clone(), one.id, one.post_id);
                works.push(Box::pin(worker));
                let person = acts(db.clone(), owner, id, post, person);
                works.push(Box::pin(async move {
                    match person.await {
                        Ok(()) => true,
                        Err(StoreError::Refused(_) | StoreError::Conflict) => false,
                        Err(error) => panic!("{error}"),
                    }
                }));
            }
            let results = at_once(&mut dice, works).await;
            for (pair, one) in results.chunks(2).zip(&claimed) {
                let row = db
                    .one("SELECT intent_open FROM deliveries WHERE id = $1", args![one.id])
                    .await
                    .unwrap();
                match (pair[0], pair[1]) {
                    (true, false) => by_worker += 1,
                    (false, true) => by_person += 1,
                    both => panic!("{person:?}: (promise, person) = {both:?}"),
                }
                assert_eq!(row.bool("intent_open").unwrap(), pair[0], "{person:?}");
            }
            free_lanes(db).await;
            db.run("UPDATE deliveries SET wake_at = NULL, intent_open = false", args![])
                .await
                .unwrap();
        }
        assert!(by_person > 0 && by_worker > 0, "{person:?}: {by_person} to {by_worker}: no race");
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_halt_is_stored_no_promise_is() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let house = house(db, "a").await;
    let (mut dice, mut halted_first) = (Dice(2), 0);
    for _ in 0..80 {
        let claimed = taken_up(db, std::slice::from_ref(&house)).await.remove(0);
        let (channel, id) = (house.channel, claimed.id);
        let halts = {
            let db = db.clone();
            async move {
                let mut tx = db.begin().await.unwrap();
                hot::halt(&mut tx, channel, "too many", "Halted.", || id!(NotificationId), NOW)
                    .await
                    .unwrap();
                // The halt holds the channel by now: what is promised so far is all that ever will be.
                let rows = tx.all("SELECT id FROM intents WHERE delivery_id = $1", args![id]).await.unwrap();
                tokio::task::yield_now().await;
                tx.commit().await.unwrap();
                !rows.is_empty()
            }
        };
        let works: Vec<futures::future::BoxFuture<'static, bool>> = vec![Box::pin(promises(db.clone(), claimed, None)), Box::pin(halts)];
        let results = at_once(&mut dice, works).await;
        assert_eq!(results[0], results[1], "a promise was stored on a channel that was halted");
        halted_first += usize::from(!results[0]);
        free_lanes(db).await;
        let mend = "UPDATE channels SET halted_at = NULL, halt_reason = NULL WHERE id = $1";
        db.run(mend, args![channel]).await.unwrap();
        db.run("UPDATE deliveries SET wake_at = NULL, intent_open = false", args![])
            .await
            .unwrap();
    }
    assert!((1..80).contains(&halted_first), "{halted_first} of 80: no race");
    db.close().await;
}

/// Writes a group as a worker's writer does: what came of one post, which also says something of its channel, and another's promise.
async fn writes_group(db: Db, told: Claimed, promised: Claimed) -> std::result::Result<bool, StoreError> {
    let now_ms = NOW + 2 * MINUTE;
    let mut change = done(&told);
    change.channel_status = Some(("expired", "The access ended.".to_owned()));
    let mut tx = db.begin().await?;
    let (stored, _) = hot::apply(&mut tx, now_ms, &[change], &[promise(&promised, now_ms)]).await?;
    tx.commit().await?;
    Ok(stored[0] == Applied::Stored)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn groups_that_touch_the_same_channels_never_wait_for_each_other() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (first, houses) = abreast(db).await;
    let mut dice = Dice(5);
    for _ in 0..25 {
        let both = taken_up(db, houses.iter().chain(&houses)).await;
        let (told, promised) = both.split_at(WIDTH);
        // Each tells of one channel and promises on the next: all of them in a ring.
        let mut works: Vec<futures::future::BoxFuture<'static, std::result::Result<bool, StoreError>>> = Vec::new();
        for (number, one) in told.iter().enumerate() {
            let next = promised[(number + 1) % WIDTH].clone();
            works.push(Box::pin(writes_group(db.clone(), one.clone(), next)));
            let (db, owner, channel) = (db.clone(), first.owner.clone(), one.channel_id);
            works.push(Box::pin(async move {
                let mut tx = db.begin().await?;
                match channels::lift_halt(&mut tx, &owner, channel, NOW + 2 * MINUTE).await {
                    Err(StoreError::Conflict) | Ok(()) => tx.commit().await.map(|()| true),
                    Err(error) => Err(error),
                }
            }));
        }
        for result in at_once(&mut dice, works).await {
            assert!(result.unwrap(), "a group was not written");
        }
        free_lanes(db).await;
        db.run("UPDATE deliveries SET wake_at = NULL, intent_open = false", args![])
            .await
            .unwrap();
        db.run("UPDATE channels SET status = 'active'", args![]).await.unwrap();
    }
    db.close().await;
}

/// The most promises that were stored at once on one channel.
async fn on_one_lane(db: &Db, house: &House, dice: &mut Dice, match_key: Option<&'static str>) -> usize {
    let mut most = 0;
    for _ in 0..25 {
        let channel: Vec<House> = (0..6)
            .map(|_| House {
                owner: house.owner.clone(),
                ..*house
            })
            .collect();
        let claimed = taken_up(db, &channel).await;
        let works = claimed.into_iter().map(|one| promises(db.clone(), one, match_key)).collect();
        let stored = at_once(dice, works).await.into_iter().filter(|stored| *stored).count();
        assert!(stored > 0, "nobody got the lane");
        most = most.max(stored);
        free_lanes(db).await;
        db.run("UPDATE deliveries SET wake_at = NULL, intent_open = false", args![])
            .await
            .unwrap();
    }
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_lane_and_one_match_key_take_one_promise() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (house, mut dice) = (house(db, "a").await, Dice(3));
    assert_eq!(on_one_lane(db, &house, &mut dice, None).await, 1);
    db.run("DROP INDEX intents_lane", args![]).await.unwrap();
    assert_eq!(
        on_one_lane(db, &house, &mut dice, Some("the same words")).await,
        1,
        "the match key alone"
    );
    db.run("DROP INDEX intents_match", args![]).await.unwrap();
    assert!(
        on_one_lane(db, &house, &mut dice, None).await > 1,
        "without its index this race sees nothing"
    );
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_claimers_take_the_same() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (house, mut dice) = (house(db, "a").await, Dice(4));
    for _ in 0..60 {
        let draft = drafted(db, &house).await;
        act(db, &house.owner, draft.id, Event::Schedule, &due(NOW + MINUTE), &unbounded(NOW))
            .await
            .unwrap();
    }
    for epoch in 1..=30 {
        let works = (0..8)
            .map(|_| {
                let (db, limit) = (db.clone(), 3 + i64::try_from(dice.below(6)).unwrap());
                async move {
                    let mut mine = Vec::new();
                    loop {
                        let mut tx = db.begin().await.unwrap();
                        let claimed = hot::claim(&mut tx, NOW + 2 * MINUTE, HOUR, limit, &[]).await.unwrap();
                        tokio::task::yield_now().await;
                        tx.commit().await.unwrap();
                        if claimed.is_empty() {
                            return mine;
                        }
                        mine.extend(claimed.into_iter().map(|one| (one.id, one.epoch)));
                    }
                }
            })
            .collect();
        let mut all: Vec<_> = at_once(&mut dice, works).await.into_iter().flatten().collect();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!((all.len(), count), (60, 60), "somebody's was taken again");
        assert!(
            all.iter().all(|(_, known)| *known == epoch),
            "the fencing number rises by one each time"
        );
        db.run("UPDATE deliveries SET wake_at = due_at", args![]).await.unwrap();
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_words_on_a_doubtful_post_one_counts() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (house, mut dice, mut there) = (house(db, "a").await, Dice(5), 0);
    for _ in 0..60 {
        let claimed = taken_up(db, std::slice::from_ref(&house)).await.remove(0);
        assert!(promises(db.clone(), claimed.clone(), None).await);
        let mut doubtful = done(&claimed);
        (doubtful.version, doubtful.intent_open, doubtful.standing.state) = (claimed.version + 1, true, State::InDoubt);
        let mut tx = db.begin().await.unwrap();
        hot::apply(&mut tx, NOW + 2 * MINUTE, &[doubtful], &[]).await.unwrap();
        tx.commit().await.unwrap();
        let words = [Event::ResolveThere, Event::ResolveAbsent, Event::ResolveThere, Event::ResolveAbsent];
        let works = words
            .into_iter()
            .map(|event| {
                let (db, owner, id) = (db.clone(), house.owner.clone(), claimed.id);
                async move {
                    let acting = unbounded(NOW + 60 * MINUTE);
                    act(&db, &owner, id, event, &Ask::default(), &acting).await.is_ok()
                }
            })
            .collect();
        let taken = at_once(&mut dice, works).await;
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{taken:?}");
        let row = db
            .one("SELECT state FROM deliveries WHERE id = $1", args![claimed.id])
            .await
            .unwrap();
        let stands = taken[0] || taken[2];
        assert_eq!(row.text("state").unwrap() == "published", stands);
        there += usize::from(stands);
        db.run("UPDATE deliveries SET wake_at = NULL, intent_open = false", args![])
            .await
            .unwrap();
        // The guard lets ten posts of a channel out in an hour.
        db.run("DELETE FROM intents", args![]).await.unwrap();
    }
    assert!((1..60).contains(&there), "{there} of 60: no race");
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_refresher_one_holder_one_first_request() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let (house, mut dice) = (house(db, "a").await, Dice(6));
    for round in 0..250_i64 {
        let now_ms = NOW + round * HOUR;
        let (grant, user) = (house.grant, house.owner.user_id);
        let tasks = |kind: u64| {
            (0..6)
                .map(|number| {
                    let db = db.clone();
                    async move {
                        match kind {
                            0 => hot::take_refresh(&db, grant, now_ms, now_ms + MINUTE).await.unwrap().is_some(),
                            1 => leases::take(&db, "sweep", &format!("worker-{number}"), now_ms, now_ms + MINUTE)
                                .await
                                .unwrap(),
                            _ => {
                                let begun = idempotency_keys::begin(&db, user, &format!("key-{round}"), "hash", now_ms, 0).await;
                                begun.unwrap() == Begun::First
                            }
                        }
                    }
                })
                .collect::<Vec<_>>()
        };
        for kind in 0..3 {
            let taken = at_once(&mut dice, tasks(kind)).await;
            assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{kind}: {taken:?}");
        }
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bounds_hold_however_many_ask_at_once() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let house = house_with(db, "a", |plan| plan.scheduled_posts_max = Some(13)).await;
    let mut dice = Dice(7);
    let mut houses = Vec::new();
    for number in 0..16 {
        houses.push(beside(db, &house, &format!("more-{number}")).await);
    }
    for round in 0..12_i64 {
        let start = NOW + (round + 1) * 24 * HOUR;
        // All on one channel, in one hour: ten fit. Each on its own: thirteen may wait in the organization.
        for (one_channel, bound) in [(true, 10), (false, 13)] {
            let mut works = Vec::new();
            for one in &houses {
                let draft = drafted(db, if one_channel { &house } else { one }).await.id;
                let (db, owner) = (db.clone(), one.owner.clone());
                works.push(async move {
                    let acting = if one_channel { at(NOW) } else { unbounded(NOW) };
                    match act(&db, &owner, draft, Event::Schedule, &due(start), &acting).await {
                        Ok(_) => true,
                        Err(StoreError::WindowFull { .. } | StoreError::Bound { .. }) => false,
                        Err(error) => panic!("{error}"),
                    }
                });
            }
            let taken = at_once(&mut dice, works).await.into_iter().filter(|taken| *taken).count();
            assert_eq!(taken, bound);
            db.run("UPDATE deliveries SET state = 'draft', wake_at = NULL, due_at = NULL", args![])
                .await
                .unwrap();
        }
    }
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_two_transactions_would_break_together_holds() {
    let Some(test) = postgres().await else { return };
    let db = &test.db;
    let house = house(db, "a").await;
    let (mut dice, mut scheduled_first) = (Dice(8), 0);
    for round in 0..40 {
        // A channel is disconnected while a post is scheduled on it.
        let one = beside(db, &house, &format!("skew-{round}")).await;
        let draft = drafted(db, &one).await.id;
        let works: Vec<futures::future::BoxFuture<'static, bool>> = vec![
            {
                let (db, owner) = (db.clone(), one.owner.clone());
                Box::pin(async move {
                    act(&db, &owner, draft, Event::Schedule, &due(NOW + HOUR), &unbounded(NOW))
                        .await
                        .is_ok()
                })
            },
            {
                let (db, owner, channel) = (db.clone(), one.owner.clone(), one.channel);
                Box::pin(async move {
                    let mut tx = db.begin().await.unwrap();
                    channels::disconnect(&mut tx, &owner, channel, NOW).await.is_ok() && tx.commit().await.is_ok()
                })
            },
        ];
        let results = at_once(&mut dice, works).await;
        assert_ne!(results[0], results[1], "(scheduled, disconnected)");
        scheduled_first += usize::from(results[0]);

        // Two owners put each other out.
        let other = member(db, &house, Role::Owner, Projects::All).await;
        let pair = [(house.owner.clone(), other.member_id), (other.clone(), house.owner.member_id)];
        let works = pair
            .into_iter()
            .map(|(scope, victim)| {
                let db = db.clone();
                async move {
                    let mut tx = db.begin().await.unwrap();
                    let manager = Role::Manager;
                    let put = members::update(&mut tx, &scope, victim, manager, &manager.permissions(), &Projects::All).await;
                    put.is_ok() && tx.commit().await.is_ok()
                }
            })
            .collect();
        at_once(&mut dice, works).await;
        let owners = "SELECT COUNT(*) AS n FROM members WHERE organization_id = $1 AND role = 'owner'";
        let left = db.one(owners, args![house.owner.organization_id]).await.unwrap().int("n").unwrap();
        assert_eq!(left, 1, "an organization has an owner");
        db.run(
            "UPDATE members SET role = CASE WHEN id = $1 THEN 'owner' ELSE 'viewer' END",
            args![house.owner.member_id],
        )
        .await
        .unwrap();
    }
    assert!((1..40).contains(&scheduled_first), "{scheduled_first} of 40: no race");
    db.close().await;
}
