use postrider_core::Network;
use postrider_core::delivery::{Event, State};
use postrider_core::ids::ChannelId;
use postrider_store::{Db, StoreError, args, channels, quota_use};

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
        assert_eq!(counted(db, &house, start).await, 0);
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
        let house = on_instagram(db).await;
        let channel = house.channel;
        network_says(db, channel, 99, 100).await;
        scheduled(db, &house, NOW + HOUR).await;
        let one_more = drafted(db, &house).await;
        let refused = act(db, &house.owner, one_more.id, Event::Schedule, &due(NOW + 2 * HOUR), &at(NOW)).await;
        let Err(StoreError::WindowFull { next_free_ms, max, quota }) = refused else { panic!("{refused:?}") };
        assert_eq!((next_free_ms, max, quota.key), (NOW + 24 * HOUR, 100, "instagram_publishing"));
        act(db, &house.owner, one_more.id, Event::Schedule, &due(next_free_ms), &at(NOW)).await.unwrap();

        let standing = quota_use::standing(db, &house.owner, channel, Network::Instagram, NOW + 1).await.unwrap();
        let seen: Vec<_> = standing.iter().map(|one| (one.quota.key, one.used, one.max)).collect();
        assert_eq!(seen, [("rolling_hour", 0, 10), ("instagram_publishing", 99, 100)]);
        let later = quota_use::standing(db, &house.owner, channel, Network::Instagram, NOW + 24 * HOUR).await.unwrap();
        assert_eq!(later[1].used, 2, "what was made and what is due");
    }

    async fn posts_of_ours_that_leave_the_window_are_nobody_elses(db: &Db) {
        let house = on_instagram(db).await;
        for _ in 0..99 {
            let post = drafted(db, &house).await;
            let sql = "UPDATE deliveries SET state = 'published', first_commit_at = $2, due_at = $2 WHERE id = $1";
            db.run(sql, args![post.id, NOW - 20 * HOUR]).await.unwrap();
        }
        network_says(db, house.channel, 99, 100).await;
        // All 99 are ours and leave the window four hours from now: there is room long before what the network said is a day old.
        for n in 0..2 {
            let post = drafted(db, &house).await;
            act(db, &house.owner, post.id, Event::Schedule, &due(NOW + 10 * HOUR + n), &at(NOW)).await.unwrap();
        }
        let standing = quota_use::standing(db, &house.owner, house.channel, Network::Instagram, NOW + 10 * HOUR).await.unwrap();
        assert_eq!((standing[1].used, standing[1].max), (1, 100), "the one that is due then");
    }

    async fn a_network_that_lets_nothing_through_is_told_as_that(db: &Db) {
        let house = on_instagram(db).await;
        network_says(db, house.channel, 5, 0).await;
        let post = drafted(db, &house).await;
        let refused = act(db, &house.owner, post.id, Event::Schedule, &due(NOW + HOUR), &at(NOW)).await;
        assert!(matches!(refused, Err(StoreError::QuotaClosed { quota }) if quota.key == "instagram_publishing"), "{refused:?}");
        let standing = quota_use::standing(db, &house.owner, house.channel, Network::Instagram, NOW).await.unwrap();
        assert_eq!((standing[1].used, standing[1].max, standing[1].free_at), (0, 0, None));
    }

    async fn figures_that_cannot_be_are_kept_within_bounds(db: &Db) {
        let house = on_instagram(db).await;
        network_says(db, house.channel, i64::MAX, 3).await;
        let standing = quota_use::standing(db, &house.owner, house.channel, Network::Instagram, NOW).await.unwrap();
        assert_eq!((standing[1].used, standing[1].max, standing[1].free_at), (3, 3, Some(NOW + 24 * HOUR)));
    }

    async fn the_next_free_time_is_free_however_long_the_queue_is(db: &Db) {
        let house = house(db, "a").await;
        // Ten an hour, for longer than is looked ahead at once.
        for hour in 1..=5 {
            for _ in 0..10 {
                scheduled(db, &house, NOW + hour * HOUR).await;
            }
        }
        let room = quota_use::room(db, &house.owner, &one_more(house.channel), NOW + HOUR).await.unwrap();
        assert_eq!((room.free_ms, room.full.map(|full| full.quota.key)), (NOW + 6 * HOUR, Some("rolling_hour")));
    }

    async fn an_apps_quota_counts_what_the_organization_itself_uses(db: &Db) {
        let (house, other) = (house(db, "a").await, house(db, "b").await);
        for house in [&house, &other] {
            db.run("UPDATE channels SET network = 'youtube' WHERE id = $1", args![house.channel]).await.unwrap();
            for _ in 0..3 {
                let post = drafted(db, house).await;
                db.run("UPDATE deliveries SET state = 'published', first_commit_at = $2 WHERE id = $1", args![post.id, NOW]).await.unwrap();
            }
        }
        let post = quota_use::OneMore { network: Network::Youtube, ..one_more(house.channel) };
        let room = quota_use::room(db, &house.owner, &post, NOW).await.unwrap();
        let used: Vec<_> = room.windows.iter().map(|window| (window.quota.key, window.times.len())).collect();
        assert_eq!(used, [("rolling_hour", 3), ("youtube_inserts_day", 3)]);
    }
}

async fn on_instagram(db: &Db) -> House {
    let house = house(db, "a").await;
    let mut tx = db.begin().await.unwrap();
    let account = channels::NewChannel {
        network: Network::Instagram,
        ..account(house.project, house.grant, "17841")
    };
    let channel = channels::add(&mut tx, &house.owner, &account).await.unwrap().id;
    tx.commit().await.unwrap();
    House { channel, ..house }
}

async fn network_says(db: &Db, channel: ChannelId, used: i64, quota_limit: i64) {
    let said = quota_use::QuotaUse {
        channel_id: channel,
        quota: "instagram_publishing".to_owned(),
        used,
        quota_limit,
        window_ms: 24 * HOUR,
        seen_at: NOW,
    };
    let mut tx = db.begin().await.unwrap();
    quota_use::record(&mut tx, &said).await.unwrap();
    tx.commit().await.unwrap();
}
