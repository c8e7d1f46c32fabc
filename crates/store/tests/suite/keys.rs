use postrider_core::ids::*;
use postrider_store::idempotency_keys::{self, Begun};
use postrider_store::one_time_links::{self, Purpose};
use postrider_store::{Db, StoreError, instance, leases};

use crate::support::{NOW, id, on_both_databases};

on_both_databases! {
    async fn a_replay_gets_the_first_answer(db: &Db) {
        let user = id!(UserId);
        let begin = |hash: &'static str, now: i64| async move { idempotency_keys::begin(db, user, "k", hash, now, now - 1000).await.unwrap() };
        assert_eq!(begin("h", NOW).await, Begun::First);
        assert_eq!(begin("h", NOW + 1).await, Begun::Running);
        assert_eq!(begin("other", NOW + 1).await, Begun::Mismatch);
        idempotency_keys::finish(db, user, "k", 201, "{}").await.unwrap();
        let replay = Begun::Replay { status: 201, answer: "{}".to_owned() };
        assert_eq!(begin("h", NOW + 2).await, replay);
        assert_eq!(begin("h", NOW + 100_000).await, replay, "an answer does not grow stale");
        assert_eq!(idempotency_keys::begin(db, id!(UserId), "k", "h", NOW, 0).await.unwrap(), Begun::First, "keys are each user's own");
    }

    async fn a_write_whose_process_died_may_be_tried_again(db: &Db) {
        let user = id!(UserId);
        assert_eq!(idempotency_keys::begin(db, user, "k", "h", NOW, NOW - 1000).await.unwrap(), Begun::First);
        assert_eq!(idempotency_keys::begin(db, user, "k", "h", NOW + 1001, NOW + 1).await.unwrap(), Begun::First);
        idempotency_keys::abandon(db, user, "k").await.unwrap();
        assert_eq!(idempotency_keys::begin(db, user, "k", "h2", NOW + 1002, NOW + 2).await.unwrap(), Begun::First);
    }

    async fn a_lease_is_held_by_one_at_a_time(db: &Db) {
        assert!(leases::take(db, "sweep", "a", NOW, NOW + 100).await.unwrap());
        assert!(!leases::take(db, "sweep", "b", NOW + 50, NOW + 150).await.unwrap());
        assert!(leases::take(db, "sweep", "a", NOW + 50, NOW + 150).await.unwrap(), "its holder prolongs it");
        assert!(!leases::take(db, "sweep", "b", NOW + 120, NOW + 300).await.unwrap());
        assert!(leases::take(db, "sweep", "b", NOW + 150, NOW + 300).await.unwrap());
        leases::give_back(db, "sweep", "a").await.unwrap();
        assert!(!leases::take(db, "sweep", "a", NOW + 160, NOW + 300).await.unwrap(), "nobody gives another's back");
    }

    async fn of_several_first_values_one_stands_for_all(db: &Db) {
        assert_eq!(instance::set_first(db, "v", "a").await.unwrap(), "a");
        assert_eq!(instance::set_first(db, "v", "b").await.unwrap(), "a");
    }

    async fn a_link_works_once_and_in_its_time(db: &Db) {
        let mut tx = db.begin().await.unwrap();
        one_time_links::create(&mut tx, "h1", Purpose::FirstOwner, None, NOW, NOW + 100).await.unwrap();
        one_time_links::create(&mut tx, "h2", Purpose::FirstOwner, None, NOW, NOW + 100).await.unwrap();
        tx.commit().await.unwrap();
        assert!(one_time_links::works(db, "h1", Purpose::FirstOwner, NOW + 99).await.unwrap());
        let use_up = |hash: &'static str, purpose: Purpose, now: i64| async move {
            let mut tx = db.begin().await.unwrap();
            let used = one_time_links::consume(&mut tx, hash, purpose, now).await;
            tx.commit().await.unwrap();
            used
        };
        assert!(matches!(use_up("h1", Purpose::PasswordReset, NOW).await, Err(StoreError::NotFound)));
        assert!(use_up("h1", Purpose::FirstOwner, NOW + 1).await.is_ok());
        assert!(matches!(use_up("h1", Purpose::FirstOwner, NOW + 2).await, Err(StoreError::NotFound)));
        assert!(matches!(use_up("h2", Purpose::FirstOwner, NOW + 100).await, Err(StoreError::NotFound)));
    }
}
