use postrider_core::delivery::{Event, Refusal, State};
use postrider_core::ids::*;
use postrider_store::deliveries::{self, Acting, Ask};
use postrider_store::hot::{self, Applied, AttemptRecord, Change, Claimed, IntentChange, NewIntent};
use postrider_store::{Db, StoreError, args};

use crate::support::*;

const LEASE: i64 = 60_000;

async fn claim(db: &Db, now_ms: i64) -> Vec<Claimed> {
    let mut tx = db.begin().await.unwrap();
    let claimed = hot::claim(&mut tx, now_ms, LEASE, 10).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

fn attempt() -> AttemptRecord {
    AttemptRecord {
        attempt_id: id!(AttemptId),
        started_at: NOW,
        ended_at: None,
        outcome: None,
    }
}

fn promise(claimed: &Claimed, now_ms: i64) -> IntentChange {
    let id = id!(IntentId);
    IntentChange {
        delivery_id: claimed.id,
        channel_id: claimed.channel_id,
        epoch: claimed.epoch,
        version: claimed.version,
        post_version: claimed.post_version,
        standing: claimed.standing.clone(),
        intent: NewIntent {
            intent_id: id,
            part: "root".to_owned(),
            intent_key: String::new(),
            match_key: id.to_string(),
            body_hash: String::new(),
            evidence: "read_back",
            stored_at: now_ms,
            send_by: now_ms + 30_000,
            settle_ms: 60_000,
        },
        attempt: attempt(),
        steps: vec![],
    }
}

fn done(claimed: &Claimed) -> Change {
    let mut standing = claimed.standing.clone();
    standing.state = State::Published;
    standing.wake_at = None;
    Change {
        delivery_id: claimed.id,
        channel_id: claimed.channel_id,
        epoch: claimed.epoch,
        version: claimed.version,
        standing,
        intent_open: false,
        frees_lane: true,
        outcomes: vec![],
        steps: vec![],
        attempt: Some(attempt()),
        notices: vec![],
        channel_status: None,
    }
}

async fn apply(db: &Db, now_ms: i64, changes: &[Change], intents: &[IntentChange]) -> (Vec<Applied>, Vec<Applied>) {
    let mut tx = db.begin().await.unwrap();
    let applied = hot::apply(&mut tx, now_ms, changes, intents).await.unwrap();
    tx.commit().await.unwrap();
    applied
}

async fn publishing(db: &Db, house: &House) -> DeliveryId {
    let delivery = drafted(db, house).await;
    let acting = Acting { hour: None, ..at(NOW) };
    act(db, &house.owner, delivery.id, Event::PublishNow, &Ask::default(), &acting)
        .await
        .unwrap()
        .id
}

on_both_databases! {
    async fn what_is_claimed_is_nobody_elses_until_its_lease_ends(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        assert!(claim(db, NOW - 1).await.is_empty(), "not before its time");
        let first = claim(db, NOW).await;
        assert_eq!(first.iter().map(|c| c.id).collect::<Vec<_>>(), [id]);
        assert!(claim(db, NOW + LEASE - 1).await.is_empty());
        let second = claim(db, NOW + LEASE).await;
        assert_eq!(second[0].epoch, first[0].epoch + 1);
    }

    async fn a_worker_whose_lease_ran_out_cannot_finish(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let slept = claim(db, NOW).await.remove(0);
        let awake = claim(db, NOW + LEASE).await.remove(0);
        let (changes, intents) = apply(db, NOW + LEASE, &[done(&slept)], &[promise(&slept, NOW + LEASE)]).await;
        assert_eq!((changes[0], intents[0]), (Applied::Refused, Applied::Refused));
        assert_eq!(deliveries::get(db, &house.owner, id).await.unwrap().state, State::Publishing);
        let (changes, _) = apply(db, NOW + LEASE, &[done(&awake)], &[]).await;
        assert_eq!(changes[0], Applied::Stored);
        assert_eq!(deliveries::get(db, &house.owner, id).await.unwrap().state, State::Published);
    }

    async fn of_a_cancel_and_a_promise_at_once_exactly_one_is_kept(db: &Db) {
        let house = house(db, "a").await;
        for _ in 0..6 {
            let id = publishing(db, &house).await;
            let claimed = claim(db, NOW).await.into_iter().find(|c| c.id == id).unwrap();
            let (promises, acting, ask) = ([promise(&claimed, NOW)], at(NOW), Ask::default());
            let worker = apply(db, NOW, &[], &promises);
            let person = act(db, &house.owner, id, Event::Cancel, &ask, &acting);
            let ((_, stored), canceled) = futures::future::join(worker, person).await;
            let after = deliveries::get(db, &house.owner, id).await.unwrap();
            match (stored[0], canceled) {
                (Applied::Stored, Err(StoreError::Refused(Refusal::TooLate))) => assert!(after.intent_open && after.state == State::Publishing),
                (Applied::Refused, Ok(_)) => assert!(!after.intent_open && after.state == State::Canceled),
                other => panic!("both or neither: {other:?}"),
            }
            db.run("UPDATE channels SET lane_delivery_id = NULL, lane_until = NULL", args![]).await.unwrap();
        }
    }

    async fn a_promise_that_is_not_kept_holds_no_lane(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        let of = |id: DeliveryId| claimed.iter().find(|c| c.id == id).unwrap();
        act(db, &house.owner, first, Event::Cancel, &Ask::default(), &at(NOW)).await.unwrap();
        let (_, intents) = apply(db, NOW, &[], &[promise(of(first), NOW)]).await;
        assert_eq!(intents, [Applied::Refused]);
        let (_, intents) = apply(db, NOW, &[], &[promise(of(second), NOW)]).await;
        assert_eq!(intents, [Applied::Stored], "who was refused does not stand in the way");
    }

    async fn one_channel_commits_one_after_the_other(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        let of = |id: DeliveryId| claimed.iter().find(|c| c.id == id).unwrap();
        let (_, intents) = apply(db, NOW, &[], &[promise(of(first), NOW)]).await;
        assert_eq!(intents, [Applied::Stored]);
        let (_, intents) = apply(db, NOW, &[], &[promise(of(second), NOW)]).await;
        assert_eq!(intents, [Applied::Refused]);
        let mut committed = done(of(first));
        committed.version += 1;
        let (changes, _) = apply(db, NOW, &[committed], &[]).await;
        assert_eq!(changes, [Applied::Stored]);
        let (_, intents) = apply(db, NOW, &[], &[promise(of(second), NOW)]).await;
        assert_eq!(intents, [Applied::Stored]);
    }

    async fn a_promise_asks_for_the_content_that_was_read_and_an_open_gate(db: &Db) {
        let house = house(db, "a").await;
        let spoil = [
            "UPDATE deliveries SET gate = 'held'",
            "UPDATE posts SET version = version + 1",
            "UPDATE posts SET deleted_at = 1",
            "UPDATE channels SET halted_at = 1",
            "UPDATE channels SET status = 'revoked'",
        ];
        let mend = [
            "UPDATE deliveries SET gate = 'none'",
            "UPDATE posts SET deleted_at = NULL",
            "UPDATE channels SET halted_at = NULL, status = 'active', lane_delivery_id = NULL, lane_until = NULL",
        ];
        for sql in spoil {
            let id = publishing(db, &house).await;
            let claimed = claim(db, NOW).await.into_iter().find(|c| c.id == id).unwrap();
            db.run(sql, args![]).await.unwrap();
            let (_, intents) = apply(db, NOW, &[], &[promise(&claimed, NOW)]).await;
            assert_eq!(intents, [Applied::Refused], "{sql}");
            for sql in mend {
                db.run(sql, args![]).await.unwrap();
            }
        }
    }
}
