use postrider_core::delivery::State;
use postrider_core::guard::{BURST_POSTS_MAX, BURST_SPAN_MS, Say, say};
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_store::hot::{self, Applied, Outcome};
use postrider_store::{Db, Projects, args, channels, deliveries};

use crate::hot::{apply, claim, done, promise, publishing};
use crate::support::*;

/// A delivery that is promised at an instant; what became of the call, unless nobody knows.
async fn goes_out(db: &Db, house: &House, at_ms: i64, likeness: &str, outcome: Option<&'static str>) -> Applied {
    let id = publishing(db, house).await;
    let claimed = claim(db, at_ms).await.into_iter().find(|claimed| claimed.id == id).unwrap();
    let mut asked = promise(&claimed, at_ms);
    asked.intent.likeness = Some(likeness.to_owned());
    asked.standing.wake_at = None;
    let (_, answers) = apply(db, at_ms, &[], std::slice::from_ref(&asked)).await;
    let mut change = done(&claimed);
    if answers[0] == Applied::Stored {
        change.version += 1;
        change.intent_open = outcome.is_none();
        change.outcomes = vec![Outcome {
            intent_id: asked.intent.intent_id,
            outcome,
            external_id: None,
            permalink: None,
            resent_at: None,
            absent_seen_at: None,
            looks: 0,
        }];
    }
    let (stored, _) = apply(db, at_ms, &[change], &[]).await;
    assert_eq!(stored[0], Applied::Stored);
    answers[0]
}

async fn ten_went_out(db: &Db, house: &House) {
    for n in 0..BURST_POSTS_MAX {
        let outcome = if n == 0 { None } else { Some("committed") };
        assert_eq!(goes_out(db, house, NOW + n, &n.to_string(), outcome).await, Applied::Stored, "{n}");
    }
}

async fn lift(db: &Db, house: &House, now_ms: i64) {
    let mut tx = db.begin().await.unwrap();
    channels::lift_halt(&mut tx, &house.owner, house.channel, now_ms).await.unwrap();
    tx.commit().await.unwrap();
}

async fn halt(db: &Db, house: &House, now_ms: i64) -> Vec<UserId> {
    let mut tx = db.begin().await.unwrap();
    let told = hot::halt(&mut tx, house.channel, "Alike.", "Halted.", || id!(NotificationId), now_ms)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    told
}

on_both_databases! {
    async fn the_eleventh_post_of_an_hour_waits_until_the_first_has_left_it(db: &Db) {
        let house = house(db, "a").await;
        ten_went_out(db, &house).await;
        assert_eq!(goes_out(db, &house, NOW + BURST_SPAN_MS - 1, "x", None).await, Applied::Refused);
        let watched = hot::watched(db, house.channel, NOW + 10).await.unwrap();
        assert_eq!(say(&watched.made, Some("x"), 0, NOW + 10), Say::Wait { until_ms: NOW + BURST_SPAN_MS });
        assert_eq!(goes_out(db, &house, NOW + BURST_SPAN_MS, "x", None).await, Applied::Stored);
    }

    async fn what_made_nothing_takes_no_place(db: &Db) {
        let house = house(db, "a").await;
        for (n, outcome) in ["refused", "not_sent", "absent", "person_absent"].into_iter().cycle().take(12).enumerate() {
            assert_eq!(goes_out(db, &house, NOW + n as i64, "alike", Some(outcome)).await, Applied::Stored, "{outcome}");
        }
        assert!(hot::watched(db, house.channel, NOW + 20).await.unwrap().made.is_empty());
    }

    async fn a_further_part_of_a_post_is_bound_by_nothing(db: &Db) {
        let house = house(db, "a").await;
        ten_went_out(db, &house).await;
        publishing(db, &house).await;
        let claimed = claim(db, NOW + 20).await.remove(0);
        let mut reply = promise(&claimed, NOW + 20);
        reply.intent.part = "reply_1".to_owned();
        assert_eq!(apply(db, NOW + 20, &[], &[reply]).await.1, [Applied::Stored]);
    }

    async fn the_fourth_of_one_likeness_is_not_promised_until_a_person_lifts_the_halt(db: &Db) {
        let house = house(db, "a").await;
        for n in 0..3 {
            assert_eq!(goes_out(db, &house, NOW + n, "alike", Some("committed")).await, Applied::Stored);
        }
        assert_eq!(goes_out(db, &house, NOW + 3, "alike", None).await, Applied::Refused);
        assert_eq!(goes_out(db, &house, NOW + 4, "other", Some("committed")).await, Applied::Stored);
        halt(db, &house, NOW + 5).await;
        assert_eq!(goes_out(db, &house, NOW + 6, "other", None).await, Applied::Refused, "nothing goes out on a halted channel");
        lift(db, &house, NOW + 7).await;
        for n in 0..3 {
            assert_eq!(goes_out(db, &house, NOW + 8 + n, "alike", Some("committed")).await, Applied::Stored);
        }
        assert_eq!(goes_out(db, &house, NOW + 12, "alike", None).await, Applied::Refused);
        let watched = hot::watched(db, house.channel, NOW + 12).await.unwrap();
        assert_eq!((say(&watched.made, Some("alike"), watched.lifted_at, NOW + 12), watched.lifted_at), (Say::Halt, NOW + 7));
    }

    async fn everybody_who_may_lift_a_halt_is_told_once(db: &Db) {
        let house = house(db, "a").await;
        let manager = member(db, &house, Role::Manager, Projects::Only(vec![house.project])).await;
        member(db, &house, Role::Manager, Projects::Only(vec![])).await;
        member(db, &house, Role::Author, Projects::All).await;
        let mut told = halt(db, &house, NOW).await;
        told.sort();
        let mut expected = vec![house.owner.user_id, manager.user_id];
        expected.sort();
        assert_eq!(told, expected);
        assert!(halt(db, &house, NOW + 1).await.is_empty(), "it is halted already");
        let rows = db.read("SELECT user_id FROM notifications WHERE kind = 'channel.halted'", args![]).await.unwrap();
        assert_eq!(rows.len(), 2);
    }

    async fn lifting_wakes_what_was_held_and_nothing_else(db: &Db) {
        let house = house(db, "a").await;
        let held = scheduled(db, &house, NOW + 600_000).await.id;
        let waiting = scheduled(db, &house, NOW + 600_000).await.id;
        // A network's limit holds it, whatever a person says of the channel.
        let deferred = scheduled(db, &house, NOW + 600_000).await.id;
        // A worker stands by for its second.
        let soon = scheduled(db, &house, NOW + 30_000).await;
        halt(db, &house, NOW).await;
        let sql = "UPDATE deliveries SET failure_code = 'channel.halted', wake_at = $2 WHERE id = $1";
        for id in [held, soon.id] {
            db.run(sql, args![id, NOW + 300_000]).await.unwrap();
        }
        let sql = "UPDATE deliveries SET state = 'deferred', due_at = $2, deferred_until = $3, wake_at = $3 WHERE id = $1";
        db.run(sql, args![deferred, NOW, NOW + 300_000]).await.unwrap();
        lift(db, &house, NOW + 7).await;
        let awake: Vec<_> = claim(db, NOW + 7).await.iter().map(|claimed| claimed.id).collect();
        assert_eq!(awake, [held]);
        assert!(!awake.contains(&waiting));
        let kept = deliveries::get(db, &house.owner, deferred).await.unwrap();
        assert_eq!((kept.state, kept.wake_at), (State::Deferred, Some(NOW + 300_000)));
        assert_eq!(deliveries::get(db, &house.owner, soon.id).await.unwrap().version, soon.version, "its worker still has it");
    }

    // Each of them sees nine and would make the tenth: what holds must not be read before it is written.
    async fn of_many_replicas_at_once_no_more_than_the_cap_get_through(db: &Db) {
        let house = house(db, "a").await;
        for _ in 0..20 {
            publishing(db, &house).await;
        }
        let mut mine = claim(db, NOW).await;
        mine.extend(claim(db, NOW).await);
        assert_eq!(mine.len(), 20);
        let mut replicas = Vec::new();
        for part in mine.chunks(5) {
            replicas.push(async move {
                for claimed in part {
                    // The channel's lane is taken and given back, as by calls that are answered at once.
                    for _ in 0..50 {
                        let asked = promise(claimed, NOW);
                        if apply(db, NOW, &[], std::slice::from_ref(&asked)).await.1 == [Applied::Refused] {
                            tokio::task::yield_now().await;
                            continue;
                        }
                        let mut change = done(claimed);
                        change.version += 1;
                        change.outcomes = vec![Outcome {
                            intent_id: asked.intent.intent_id,
                            outcome: Some("committed"),
                            external_id: None,
                            permalink: None,
                            resent_at: None,
                            absent_seen_at: None,
                            looks: 0,
                        }];
                        apply(db, NOW, &[change], &[]).await;
                        break;
                    }
                }
            });
        }
        futures::future::join_all(replicas).await;
        let made = hot::watched(db, house.channel, NOW).await.unwrap().made;
        assert_eq!(made.len() as i64, BURST_POSTS_MAX);
    }
}
