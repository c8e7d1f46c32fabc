use postrider_core::Network;
use postrider_core::delivery::{Event, State};
use postrider_store::{Db, StoreError, channels, quota_use};

use crate::support::*;

const HOUR: i64 = 60 * MINUTE;

on_both_databases! {
    async fn the_eleventh_post_of_an_hour_is_refused_with_the_next_free_time(db: &Db) {
        let house = house(db, "a").await;
        let start = NOW + 24 * HOUR;
        for n in 0..10 {
            scheduled(db, &house, start + n * MINUTE).await;
        }
        let one_more = drafted(db, &house).await;
        let refused = act(db, &house.owner, one_more.id, Event::Schedule, &due(start + 30 * MINUTE), &at(NOW)).await;
        let Err(StoreError::WindowFull { next_free_ms, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(next_free_ms, start + HOUR, "the window is half-open");
        act(db, &house.owner, one_more.id, Event::Schedule, &due(next_free_ms), &at(NOW)).await.unwrap();
    }

    async fn publishing_now_counts_and_is_refused_as_well(db: &Db) {
        let house = house(db, "a").await;
        for _ in 0..10 {
            let delivery = drafted(db, &house).await;
            act(db, &house.owner, delivery.id, Event::PublishNow, &Default::default(), &at(NOW)).await.unwrap();
        }
        let delivery = drafted(db, &house).await;
        let refused = act(db, &house.owner, delivery.id, Event::PublishNow, &Default::default(), &at(NOW + 1)).await;
        assert!(matches!(refused, Err(StoreError::WindowFull { next_free_ms, .. }) if next_free_ms == NOW + HOUR), "{refused:?}");
    }

    async fn what_does_not_go_out_does_not_count(db: &Db) {
        let house = house(db, "a").await;
        let start = NOW + 24 * HOUR;
        for state in [State::Canceled, State::Failed, State::ReadyToPost, State::Missed, State::Draft] {
            for _ in 0..3 {
                let delivery = scheduled(db, &house, start).await;
                worker_puts(db, delivery.id, state, false, None).await;
            }
        }
        assert_eq!(quota_use::times(db, &house.owner, house.channel, 0, None).await.unwrap(), Vec::<i64>::new());
    }

    async fn moving_a_post_within_its_own_hour_does_not_count_it_twice(db: &Db) {
        let house = house(db, "a").await;
        let start = NOW + 24 * HOUR;
        let first = scheduled(db, &house, start).await;
        for n in 1..10 {
            scheduled(db, &house, start + n * MINUTE).await;
        }
        act(db, &house.owner, first.id, Event::Reschedule, &due(start + 20 * MINUTE), &at(NOW)).await.unwrap();
    }

    async fn of_many_who_take_the_last_place_at_once_one_gets_it(db: &Db) {
        let house = house(db, "a").await;
        let start = NOW + 24 * HOUR;
        for n in 0..9 {
            scheduled(db, &house, start + n * MINUTE).await;
        }
        let mut waiting = Vec::new();
        for _ in 0..5 {
            waiting.push(drafted(db, &house).await.id);
        }
        let (ask, acting) = (due(start + 30 * MINUTE), at(NOW));
        let all = waiting.iter().map(|id| act(db, &house.owner, *id, Event::Schedule, &ask, &acting));
        let taken = futures::future::join_all(all).await.into_iter().filter(|result| result.is_ok()).count();
        assert_eq!(taken, 1);
    }

    async fn an_older_word_of_the_network_does_not_undo_a_newer_one(db: &Db) {
        let house = house(db, "a").await;
        let said = |used: i64, seen_at: i64| quota_use::QuotaUse {
            channel_id: house.channel,
            quota: "posts_day".to_owned(),
            used,
            quota_limit: 50,
            window_ms: 24 * HOUR,
            seen_at,
        };
        let mut tx = db.begin().await.unwrap();
        quota_use::record(&mut tx, &said(7, NOW + 10)).await.unwrap();
        quota_use::record(&mut tx, &said(6, NOW)).await.unwrap();
        tx.commit().await.unwrap();
        let all = quota_use::of_channel(db, &house.owner, house.channel).await.unwrap();
        assert_eq!((all.len(), all[0].used), (1, 7));
    }

    async fn what_the_network_counted_counts_here_as_well(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        let account = channels::NewChannel {
            network: Network::Instagram,
            ..account(house.project, house.grant, "17841")
        };
        let channel = channels::add(&mut tx, &house.owner, &account).await.unwrap().id;
        let said = quota_use::QuotaUse {
            channel_id: channel,
            quota: "instagram_publishing".to_owned(),
            used: 99,
            quota_limit: 100,
            window_ms: 24 * HOUR,
            seen_at: NOW,
        };
        quota_use::record(&mut tx, &said).await.unwrap();
        tx.commit().await.unwrap();
        let house = House { channel, ..house };
        scheduled(db, &house, NOW + HOUR).await;
        let one_more = drafted(db, &house).await;
        let refused = act(db, &house.owner, one_more.id, Event::Schedule, &due(NOW + 2 * HOUR), &at(NOW)).await;
        let Err(StoreError::WindowFull { next_free_ms, max, window_ms }) = refused else { panic!("{refused:?}") };
        assert_eq!((next_free_ms, max, window_ms), (NOW + 24 * HOUR, 100, 24 * HOUR));
        act(db, &house.owner, one_more.id, Event::Schedule, &due(next_free_ms), &at(NOW)).await.unwrap();

        let standing = quota_use::standing(db, &house.owner, channel, Network::Instagram, NOW + 1).await.unwrap();
        let seen: Vec<_> = standing.iter().map(|one| (one.quota.key, one.used, one.max)).collect();
        assert_eq!(seen, [("rolling_hour", 0, 10), ("instagram_publishing", 99, 100)]);
        let later = quota_use::standing(db, &house.owner, channel, Network::Instagram, NOW + 24 * HOUR).await.unwrap();
        assert_eq!(later[1].used, 2, "what was made and what is due");
    }
}
