use postrider_core::delivery::{Event, Refusal, State};
use postrider_core::ids::*;
use postrider_store::deliveries::{self, Acting, Ask};
use postrider_store::hot::{self, Applied, AttemptRecord, Change, Claimed, IntentChange, Lane, NewIntent, Outcome};
use postrider_store::{Db, StoreError, args, discards};

use crate::support::*;

pub const LEASE: i64 = 60_000;

pub async fn claim(db: &Db, now_ms: i64) -> Vec<Claimed> {
    let mut tx = db.begin().await.unwrap();
    let claimed = hot::claim(&mut tx, now_ms, LEASE, 10, &[]).await.unwrap();
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

pub fn promise(claimed: &Claimed, now_ms: i64) -> IntentChange {
    let id = id!(IntentId);
    IntentChange {
        incarnation: 0,
        beat: 0,
        delivery_id: claimed.id,
        channel_id: claimed.channel_id,
        epoch: claimed.epoch,
        version: claimed.version,
        post_version: claimed.post_version,
        standing: claimed.standing.clone(),
        intent: NewIntent {
            allowed_at: None,
            intent_id: id,
            part: "root".to_owned(),
            intent_key: String::new(),
            match_key: id.to_string(),
            body_hash: String::new(),
            likeness: None,
            evidence: "read_back",
            stored_at: now_ms,
            send_by: now_ms + 30_000,
            settle_ms: 60_000,
        },
    }
}

pub fn done(claimed: &Claimed) -> Change {
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
        lost_attempt: None,
        notices: vec![],
        channel_status: None,
        quotas: vec![],
        leftover: None,
    }
}

/// What a worker writes that put something at the network ahead of the instant.
fn staged(claimed: &Claimed, progress: &str) -> Change {
    let mut change = done(claimed);
    change.standing = claimed.standing.clone();
    change.standing.progress = Some(progress.to_owned());
    change
}

async fn leftovers(db: &Db) -> Vec<String> {
    let due = discards::due(db, NOW * 2, 10).await.unwrap();
    due.iter().map(|left| left.progress.to_string()).collect()
}

pub async fn apply(db: &Db, now_ms: i64, changes: &[Change], intents: &[IntentChange]) -> (Vec<Applied>, Vec<Applied>) {
    let mut tx = db.begin().await.unwrap();
    let applied = hot::apply(&mut tx, now_ms, changes, intents).await.unwrap();
    tx.commit().await.unwrap();
    applied
}

pub async fn publishing(db: &Db, house: &House) -> DeliveryId {
    let delivery = drafted(db, house).await;
    let acting = Acting {
        within_quotas: false,
        ..at(NOW)
    };
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

    async fn what_a_worker_gives_up_is_listed_with_its_change(db: &Db) {
        let house = house(db, "a").await;
        publishing(db, &house).await;
        let claimed = claim(db, NOW).await.remove(0);
        let change = Change { leftover: Some(r#"{"photo":1}"#.to_owned()), ..done(&claimed) };
        apply(db, NOW, std::slice::from_ref(&change), &[]).await;
        assert_eq!(leftovers(db).await, [r#"{"photo":1}"#]);
    }

    async fn what_a_worker_uploaded_before_it_learned_of_a_cancel_is_listed(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let claimed = claim(db, NOW).await.remove(0);
        apply(db, NOW, &[staged(&claimed, r#"{"photo":1}"#)], &[]).await;
        act(db, &house.owner, id, Event::Cancel, &Ask::default(), &at(NOW)).await.unwrap();
        assert_eq!(leftovers(db).await, [r#"{"photo":1}"#], "what it had stored");
        let late = staged(&claimed, r#"{"photo":1,"video":2}"#);
        let (changes, _) = apply(db, NOW, std::slice::from_ref(&late), &[]).await;
        assert_eq!(changes, [Applied::Refused]);
        apply(db, NOW, &[late], &[]).await;
        assert_eq!(leftovers(db).await, [r#"{"photo":1}"#, r#"{"photo":1,"video":2}"#]);
    }

    async fn what_a_person_believes_absent_is_not_removed_by_a_late_worker(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let claimed = claim(db, NOW).await.remove(0);
        let (_, promised) = apply(db, NOW, &[], &[promise(&claimed, NOW)]).await;
        assert_eq!(promised, [Applied::Stored]);
        let mut doubted = staged(&claimed, r#"{"post":5}"#);
        doubted.version += 1;
        doubted.standing.state = State::InDoubt;
        doubted.intent_open = true;
        apply(db, NOW, std::slice::from_ref(&doubted), &[]).await;
        act(db, &house.owner, id, Event::ResolveAbsent, &Ask::default(), &at(NOW + 10 * MINUTE)).await.unwrap();
        for intent_open in [true, false] {
            let late = Change { intent_open, version: doubted.version + 1, ..doubted.clone() };
            let (changes, _) = apply(db, NOW, &[late], &[]).await;
            assert_eq!((changes[0], leftovers(db).await), (Applied::Refused, vec![]));
        }
    }

    async fn what_a_slept_worker_uploaded_is_not_removed_under_the_one_that_goes_on_with_it(db: &Db) {
        let house = house(db, "a").await;
        publishing(db, &house).await;
        let slept = claim(db, NOW).await.remove(0);
        apply(db, NOW, &[staged(&slept, r#"{"photo":1}"#)], &[]).await;
        claim(db, NOW + LEASE).await;
        let (changes, _) = apply(db, NOW + LEASE, &[staged(&slept, r#"{"photo":1,"video":2}"#)], &[]).await;
        assert_eq!((changes[0], leftovers(db).await), (Applied::Refused, vec![]));
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
            db.run("UPDATE intents SET holds_lane = false", args![]).await.unwrap();
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
        let (epoch, version) = (of(second).epoch, of(second).version);
        assert_eq!(hot::lane(db, second, NOW, epoch, version).await.unwrap(), Lane::Taken);
        assert_eq!(hot::lane(db, second, NOW, epoch + 1, version).await.unwrap(), Lane::NotOurs);
        assert_eq!(hot::lane(db, second, NOW, epoch, version + 1).await.unwrap(), Lane::NotOurs);
        let over = promise(of(first), NOW).intent.send_by;
        assert_eq!(hot::lane(db, second, over, epoch, version).await.unwrap(), Lane::Free, "its call cannot live any more");
        let mut committed = done(of(first));
        committed.version += 1;
        let (changes, _) = apply(db, NOW, &[committed], &[]).await;
        assert_eq!(changes, [Applied::Stored]);
        assert_eq!(hot::lane(db, second, NOW, epoch, version).await.unwrap(), Lane::Free);
        let (_, intents) = apply(db, NOW, &[], &[promise(of(second), NOW)]).await;
        assert_eq!(intents, [Applied::Stored]);
    }

    async fn a_call_that_cannot_be_under_way_any_more_holds_no_lane(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        let of = |id: DeliveryId| claimed.iter().find(|c| c.id == id).unwrap();
        let send_by = promise(of(first), NOW).intent.send_by;
        assert_eq!(apply(db, NOW, &[], &[promise(of(first), NOW)]).await.1, [Applied::Stored]);
        assert_eq!(apply(db, send_by, &[], &[promise(of(second), send_by)]).await.1, [Applied::Refused]);
        assert_eq!(apply(db, send_by + 1, &[], &[promise(of(second), send_by + 1)]).await.1, [Applied::Stored]);
    }

    async fn of_a_call_without_an_answer_the_channel_goes_on_once_that_is_written(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        let of = |id: DeliveryId| claimed.iter().find(|c| c.id == id).unwrap();
        apply(db, NOW, &[], &[promise(of(first), NOW)]).await;
        let mut doubtful = done(of(first));
        (doubtful.version, doubtful.intent_open, doubtful.standing.state) = (doubtful.version + 1, true, State::InDoubt);
        let (changes, intents) = apply(db, NOW, &[doubtful], &[promise(of(second), NOW)]).await;
        assert_eq!((changes[0], intents[0]), (Applied::Stored, Applied::Stored));
    }

    async fn a_group_of_any_size_is_written_whole(db: &Db) {
        let house = house(db, "a").await;
        for _ in 0..70 {
            publishing(db, &house).await;
        }
        let mut tx = db.begin().await.unwrap();
        let claimed = hot::claim(&mut tx, NOW, LEASE, 100, &[]).await.unwrap();
        tx.commit().await.unwrap();
        let changes: Vec<Change> = claimed.iter().map(done).collect();
        let (stored, _) = apply(db, NOW, &changes, &[]).await;
        assert_eq!((stored.len(), stored.iter().all(|one| *one == Applied::Stored)), (70, true));
        for sql in ["SELECT COUNT(*) AS n FROM attempts", "SELECT COUNT(*) AS n FROM deliveries WHERE state = 'published'"] {
            assert_eq!(db.one(sql, args![]).await.unwrap().int("n").unwrap(), 70, "{sql}");
        }
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
            "UPDATE channels SET halted_at = NULL, status = 'active'",
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

    async fn of_a_slept_and_an_awake_worker_in_one_group_only_the_awake_one_is_stored(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let slept = claim(db, NOW).await.remove(0);
        let awake = claim(db, NOW + LEASE).await.remove(0);
        let (_, intents) = apply(db, NOW + LEASE, &[], &[promise(&slept, NOW + LEASE), promise(&awake, NOW + LEASE)]).await;
        assert_eq!(intents, [Applied::Refused, Applied::Stored], "two promises would be two posts");
        let kept = db.one("SELECT COUNT(*) AS n FROM intents WHERE delivery_id = $1", args![id]).await.unwrap();
        assert_eq!(kept.int("n").unwrap(), 1);
        let mut committed = done(&awake);
        committed.version += 1;
        let (changes, _) = apply(db, NOW + LEASE, &[done(&slept), committed], &[]).await;
        assert_eq!(changes, [Applied::Refused, Applied::Stored]);
    }

    async fn an_equal_post_waits_for_the_one_in_doubt_and_leaves_no_trace(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        let of = |id: DeliveryId| claimed.iter().find(|c| c.id == id).unwrap();
        let equal = |id: DeliveryId| {
            let mut promised = promise(of(id), NOW);
            promised.intent.match_key = "the same words".to_owned();
            promised.standing.first_commit_at = Some(NOW);
            promised
        };
        let (_, intents) = apply(db, NOW, &[], &[equal(first)]).await;
        assert_eq!(intents, [Applied::Stored]);
        let mut doubtful = done(of(first));
        (doubtful.version, doubtful.intent_open, doubtful.standing.state) = (doubtful.version + 1, true, State::InDoubt);
        apply(db, NOW, &[doubtful], &[]).await;
        let (_, intents) = apply(db, NOW, &[], &[equal(second)]).await;
        assert_eq!(intents, [Applied::Refused]);
        let after = deliveries::get(db, &house.owner, second).await.unwrap();
        assert_eq!((after.intent_open, after.first_commit_at, after.version), (false, None, of(second).version), "nothing was sent");
        let third = publishing(db, &house).await;
        let claimed = claim(db, NOW).await.into_iter().find(|c| c.id == third).unwrap();
        let (_, intents) = apply(db, NOW, &[], &[promise(&claimed, NOW)]).await;
        assert_eq!(intents, [Applied::Stored], "another post does not wait for it");
    }

    async fn nothing_is_promised_before_its_instant(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let claimed = claim(db, NOW).await.remove(0);
        db.run("UPDATE deliveries SET due_at = $2 WHERE id = $1", args![id, NOW + 1]).await.unwrap();
        assert_eq!(apply(db, NOW, &[], &[promise(&claimed, NOW)]).await.1, [Applied::Refused]);
        assert_eq!(apply(db, NOW + 1, &[], &[promise(&claimed, NOW + 1)]).await.1, [Applied::Stored]);
    }

    async fn an_id_that_another_delivery_has_does_not_stop_the_write(db: &Db) {
        let house = house(db, "a").await;
        let (first, second) = (publishing(db, &house).await, publishing(db, &house).await);
        let claimed = claim(db, NOW).await;
        for id in [first, second] {
            let one = claimed.iter().find(|c| c.id == id).unwrap();
            let promised = promise(one, NOW);
            assert_eq!(apply(db, NOW, &[], std::slice::from_ref(&promised)).await.1, [Applied::Stored]);
            let mut committed = done(one);
            committed.version += 1;
            committed.outcomes = vec![Outcome {
                intent_id: promised.intent.intent_id,
                outcome: Some("committed"),
                external_id: Some("17".to_owned()),
                permalink: None,
                resent_at: None,
                absent_seen_at: None,
                looks: 0,
            }];
            assert_eq!(apply(db, NOW, &[committed], &[]).await.0, [Applied::Stored]);
            assert_eq!(deliveries::get(db, &house.owner, id).await.unwrap().state, State::Published);
        }
        assert_eq!(hot::known_external_ids(db, house.channel, 0).await.unwrap(), ["17"]);
    }

    async fn a_post_that_is_known_by_its_words_alone_is_one_deliverys(db: &Db) {
        let house = house(db, "a").await;
        let ids = [publishing(db, &house).await, publishing(db, &house).await, publishing(db, &house).await];
        let claimed = claim(db, NOW).await;
        let mut intents = Vec::new();
        for (id, evidence) in ids.into_iter().zip([hot::UNSEEN, hot::UNSEEN, "read_back"]) {
            let one = claimed.iter().find(|c| c.id == id).unwrap();
            let mut promised = promise(one, NOW);
            promised.intent.evidence = evidence;
            assert_eq!(apply(db, NOW, &[], std::slice::from_ref(&promised)).await.1, [Applied::Stored]);
            let mut doubtful = done(one);
            (doubtful.version, doubtful.intent_open, doubtful.frees_lane) = (doubtful.version + 1, true, true);
            doubtful.standing.state = State::InDoubt;
            apply(db, NOW, &[doubtful], &[]).await;
            intents.push(promised.intent.intent_id);
        }
        let take = async |which: usize| hot::take_found(db, intents[which], house.channel, "17").await.unwrap();
        assert!(!take(0).await, "it may be the third's, whose call is in doubt");
        let staged = "UPDATE deliveries SET unseen_from = $2, progress = '{\"node\":\"17\"}' WHERE id = $1";
        db.run("UPDATE deliveries SET waits_for_person = TRUE WHERE id = $1", args![ids[2]]).await.unwrap();
        db.run(staged, args![ids[1], NOW]).await.unwrap();
        assert!(!take(0).await, "the second has staged it");
        db.run("UPDATE deliveries SET unseen_from = NULL WHERE id = $1", args![ids[1]]).await.unwrap();
        db.run("UPDATE deliveries SET waits_for_person = FALSE WHERE id = $1", args![ids[2]]).await.unwrap();
        db.run("UPDATE deliveries SET waits_for_person = TRUE WHERE id = $1", args![ids[2]]).await.unwrap();
        assert!(take(0).await);
        assert!(take(0).await, "its own");
        assert!(!take(1).await, "the first has it");
    }

    async fn a_row_that_cannot_be_read_stops_nobody_else(db: &Db) {
        let house = house(db, "a").await;
        let (broken, whole) = (publishing(db, &house).await, publishing(db, &house).await);
        db.run("UPDATE deliveries SET overrides = 'no json' WHERE id = $1", args![broken]).await.unwrap();
        let claimed = claim(db, NOW).await;
        assert_eq!(claimed.iter().map(|c| c.id).collect::<Vec<_>>(), [whole]);
    }

    async fn a_verdict_on_an_access_that_was_renewed_meanwhile_is_not_written(db: &Db) {
        let house = house(db, "a").await;
        let id = publishing(db, &house).await;
        let grant = claim(db, NOW).await.into_iter().find(|c| c.id == id).unwrap().grant.id;
        let slept = hot::take_refresh(db, grant, NOW, NOW + 1).await.unwrap().unwrap();
        let awake = hot::take_refresh(db, grant, NOW + 2, NOW + 3).await.unwrap().unwrap();
        let status = async || {
            let row = db.one("SELECT status FROM channels WHERE id = $1", args![house.channel]).await.unwrap();
            row.text("status").unwrap()
        };
        hot::judge_grant(db, grant, slept, "expired", "refused").await.unwrap();
        assert_eq!(status().await, "active");
        hot::judge_grant(db, grant, awake, "expired", "refused").await.unwrap();
        assert_eq!(status().await, "expired");
    }
}
