//! What a database knows of its own age, and what follows where it is not the newest.

use postrider_core::delivery::{Event, Refusal, State};
use postrider_core::ids::DeliveryId;
use postrider_store::deliveries::{self, Ask, Delivery};
use postrider_store::hot::{self, Applied, IntentChange};
use postrider_store::pulse::{self, Held, HeldWhy};
use postrider_store::{Db, StoreError, args};

use crate::hot::{apply, claim, promise, publishing};
use crate::support::*;

const DUE: i64 = NOW + 600 * MINUTE;

async fn seen(db: &Db, house: &House, id: DeliveryId) -> Delivery {
    deliveries::get(db, &house.owner, id).await.unwrap()
}

async fn hold(db: &Db, since_ms: i64, at_ms: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let held = Held {
        why: HeldWhy::Behind,
        since_ms,
        at_ms,
    };
    let first = pulse::hold(&mut tx, held).await.unwrap();
    tx.commit().await.unwrap();
    first
}

async fn recover(db: &Db, since_ms: i64, now_ms: i64, witnessed: Option<i64>) -> u64 {
    let mut tx = db.begin().await.unwrap();
    let marked = pulse::recover(&mut tx, since_ms, now_ms, witnessed).await.unwrap();
    tx.commit().await.unwrap();
    marked
}

async fn beat(db: &Db, now_ms: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let beaten = pulse::beat(&mut tx, now_ms, true).await.unwrap();
    tx.commit().await.unwrap();
    beaten.is_some()
}

on_both_databases! {
    async fn the_heart_beats_until_publishing_is_held_and_again_once_somebody_recovers(db: &Db) {
        assert!(beat(db, NOW).await && beat(db, NOW + MINUTE).await);
        let stood = pulse::read(db).await.unwrap();
        assert_eq!((stood.incarnation, stood.beat, stood.beat_at_ms), (NOW, 2, NOW + MINUTE));
        assert!(hold(db, NOW, NOW + 5 * MINUTE).await);
        assert!(!hold(db, NOW + 1, NOW + 6 * MINUTE).await, "what holds it stays");
        assert!(!beat(db, NOW + 6 * MINUTE).await);
        assert_eq!(pulse::read(db).await.unwrap().held.map(|held| held.since_ms), Some(NOW));
        recover(db, NOW, NOW + 7 * MINUTE, Some(NOW + 900 * MINUTE)).await;
        let stands = pulse::read(db).await.unwrap();
        assert_eq!(stands.held, None);
        assert!(stands.incarnation > NOW + 900 * MINUTE, "it is later than what the witness knows");
        assert!(beat(db, NOW + 8 * MINUTE).await);
    }

    async fn recovering_marks_what_the_copy_held_and_wakes_what_waits(db: &Db) {
        let house = house(db, "a").await;
        let waits = scheduled(db, &house, DUE).await;
        let draft = drafted(db, &house).await;
        let there = scheduled(db, &house, DUE).await;
        worker_puts(db, there.id, State::Published, false, None).await;
        let missed = scheduled(db, &house, DUE).await;
        worker_puts(db, missed.id, State::Missed, false, None).await;
        db.run("UPDATE deliveries SET wake_at = NULL WHERE id = $1", args![missed.id]).await.unwrap();
        let held_at = NOW + 30 * MINUTE;
        hold(db, NOW, held_at).await;
        let later = scheduled(db, &house, DUE).await;
        db.run("UPDATE deliveries SET created_at = $2 WHERE id = $1", args![later.id, held_at + 1]).await.unwrap();

        let now_ms = NOW + 60 * MINUTE;
        assert_eq!(recover(db, NOW, now_ms, None).await, 3);
        let marked = seen(db, &house, waits.id).await;
        assert_eq!((marked.unseen_from, marked.wake_at), (Some(NOW), Some(now_ms)));
        assert!(marked.version > waits.version, "whoever has it in hand has it no more");
        assert!(marked.looked_for());
        for (id, woken) in [(missed.id, None), (draft.id, None)] {
            let asleep = seen(db, &house, id).await;
            assert_eq!((asleep.unseen_from, asleep.wake_at), (Some(NOW), woken));
            assert!(!asleep.looked_for(), "nobody looks for what does not go out by itself");
        }
        for id in [there.id, later.id] {
            assert_eq!(seen(db, &house, id).await.unseen_from, None);
        }
        // A second recovery looks back as far as the first.
        recover(db, NOW + MINUTE, now_ms, None).await;
        assert_eq!(seen(db, &house, waits.id).await.unseen_from, Some(NOW));
    }

    async fn recovering_marks_what_the_copy_held_although_the_clock_of_who_found_it_out_is_behind(db: &Db) {
        let house = house(db, "a").await;
        let waits = scheduled(db, &house, DUE).await;
        assert!(hold(db, NOW - 600 * MINUTE, NOW - 300 * MINUTE).await);
        assert_eq!(recover(db, NOW - 600 * MINUTE, NOW + 60 * MINUTE, None).await, 1);
        assert!(seen(db, &house, waits.id).await.looked_for());
    }

    async fn what_is_looked_for_or_may_have_to_be_is_changed_by_nobody(db: &Db) {
        let house = house(db, "a").await;
        let waits = scheduled(db, &house, DUE).await;
        let draft = drafted(db, &house).await;
        let refused = async |event: Event, ask: &Ask| {
            let done = act(db, &house.owner, waits.id, event, ask, &at(NOW + 60 * MINUTE)).await;
            assert!(matches!(done, Err(StoreError::Refused(Refusal::Unseen))), "{event:?}: {done:?}");
        };
        hold(db, NOW, NOW + 30 * MINUTE).await;
        refused(Event::Cancel, &Ask::default()).await;
        refused(Event::Reschedule, &due(DUE + MINUTE)).await;
        act(db, &house.owner, draft.id, Event::Schedule, &due(DUE), &at(NOW)).await.unwrap();
        recover(db, NOW, NOW + 60 * MINUTE, None).await;
        refused(Event::Cancel, &Ask::default()).await;
        db.run("UPDATE deliveries SET unseen_from = NULL WHERE id = $1", args![waits.id]).await.unwrap();
        act(db, &house.owner, waits.id, Event::Cancel, &Ask::default(), &at(NOW + 60 * MINUTE)).await.unwrap();
    }

    async fn after_a_gap_only_what_is_overdue_and_of_which_nothing_is_known_is_looked_for(db: &Db) {
        let house = house(db, "a").await;
        let [overdue, ahead, promised] = [scheduled(db, &house, DUE).await, scheduled(db, &house, DUE + 2).await, scheduled(db, &house, DUE).await];
        db.run("UPDATE deliveries SET intent_open = TRUE WHERE id = $1", args![promised.id]).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        assert_eq!(pulse::mark_gap(&mut tx, NOW, DUE + 60 * MINUTE, DUE + 1).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let marked = seen(db, &house, overdue.id).await;
        assert_eq!((marked.unseen_from, marked.unseen_why.as_deref()), (Some(NOW), Some("gap")));
        assert!(!marked.looked_for(), "a person may change it: nothing is known to be amiss");
        for id in [ahead.id, promised.id] {
            assert_eq!(seen(db, &house, id).await.unseen_from, None);
        }
    }

    async fn a_promise_is_refused_in_a_database_that_has_not_come_as_far_as_its_worker_knows(db: &Db) {
        let house = house(db, "a").await;
        publishing(db, &house).await;
        assert!(beat(db, NOW).await && beat(db, NOW + MINUTE).await);
        let claimed = claim(db, NOW).await;
        let known = |incarnation, beat| IntentChange { incarnation, beat, ..promise(&claimed[0], NOW) };
        for (incarnation, beat, stored) in [(NOW, 3, false), (NOW + 1, 0, false), (NOW - 1, 2, false), (NOW, 1, true)] {
            let (_, promised) = apply(db, NOW, &[], &[known(incarnation, beat)]).await;
            let expected = if stored { Applied::Stored } else { Applied::Refused };
            assert_eq!(promised, [expected], "{incarnation} {beat}");
        }
    }

    async fn a_doubt_holds_no_lane_and_asks_neither_for_a_gate_nor_for_the_channel(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        db.run("UPDATE channels SET status = 'expired', halted_at = 1", args![]).await.unwrap();
        db.run("UPDATE deliveries SET gate = 'held'", args![]).await.unwrap();
        let claimed = claim(db, NOW).await;
        assert_eq!(claimed.iter().map(|claimed| claimed.id).collect::<Vec<_>>(), [first, second]);
        let doubt = |claimed| {
            let mut doubt = promise(claimed, NOW);
            doubt.intent.evidence = hot::UNSEEN;
            doubt
        };
        let (_, promised) = apply(db, NOW, &[], &[promise(&claimed[0], NOW)]).await;
        assert_eq!(promised, [Applied::Refused], "what sends asks for all of them");
        let (_, promised) = apply(db, NOW, &[], &[doubt(&claimed[0]), doubt(&claimed[1])]).await;
        assert_eq!(promised, [Applied::Stored, Applied::Stored]);
    }

    async fn scheduling_what_may_have_gone_out_wakes_at_once_and_removes_nothing(db: &Db) {
        let house = house(db, "a").await;
        let draft = drafted(db, &house).await;
        let unseen = "UPDATE deliveries SET unseen_from = $2, unseen_to = $2, unseen_why = 'gap', progress = '{}' WHERE id = $1";
        db.run(unseen, args![draft.id, NOW]).await.unwrap();
        let scheduled = act(db, &house.owner, draft.id, Event::Schedule, &due(DUE), &at(NOW + MINUTE)).await.unwrap();
        assert_eq!(scheduled.wake_at, Some(NOW + MINUTE));
        act(db, &house.owner, draft.id, Event::Reschedule, &due(DUE + MINUTE), &at(NOW + MINUTE)).await.unwrap();
        let left = "SELECT COUNT(*) AS n FROM discards";
        assert_eq!(db.one(left, args![]).await.unwrap().int("n").unwrap(), 0);
        db.run("UPDATE deliveries SET unseen_from = NULL, progress = '{}'", args![]).await.unwrap();
        act(db, &house.owner, draft.id, Event::Reschedule, &due(DUE), &at(NOW + MINUTE)).await.unwrap();
        assert_eq!(db.one(left, args![]).await.unwrap().int("n").unwrap(), 1);
    }

    async fn a_clock_that_is_doubted_and_a_witness_that_cannot_be_written_show_until_a_heart_beats_well(db: &Db) {
        assert!(beat(db, NOW).await);
        let mut tx = db.begin().await.unwrap();
        pulse::doubt_clock(&mut tx, -90_000).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(pulse::read(db).await.unwrap().clock_off_ms, Some(-90_000));
        for minute in 1..=4 {
            let mut tx = db.begin().await.unwrap();
            pulse::beat(&mut tx, NOW + minute * MINUTE, false).await.unwrap();
            tx.commit().await.unwrap();
            let stands = pulse::read(db).await.unwrap();
            assert_eq!(stands.clock_off_ms, None);
            assert_eq!(stands.unwitnessed_since(), (minute > 2).then_some(NOW), "{minute}");
        }
        assert!(beat(db, NOW + 5 * MINUTE).await);
        assert_eq!(pulse::read(db).await.unwrap().unwitnessed_since(), None);
    }

    async fn what_recovering_looks_for_is_what_waits_by_its_instants(db: &Db) {
        let house = house(db, "a").await;
        let (later, soon) = (scheduled(db, &house, DUE + MINUTE).await, scheduled(db, &house, DUE).await);
        drafted(db, &house).await;
        assert_eq!(pulse::count(db, DUE).await.unwrap(), (2, 1));
        let listed = pulse::waiting(db, 10).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [soon.id, later.id]);
        assert_eq!(pulse::waiting(db, 1).await.unwrap().len(), 1);
    }
}
