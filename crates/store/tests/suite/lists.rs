use postrider_core::delivery::{DeliveryStanding, Event, PostStatus, State, post_status};
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_core::post::{Content, ContentType};
use postrider_store::posts::{self, Change, Filter, NewPost};
use postrider_store::{Db, Page, Projects, args, audit, channels, deliveries};

use crate::support::*;

async fn found(db: &Db, house: &House, filter: Filter) -> Vec<PostId> {
    posts::list(db, &house.owner, &filter, &Page::default())
        .await
        .unwrap()
        .items
        .iter()
        .map(|p| p.post.id)
        .collect()
}

const STATUSES: [PostStatus; 8] = [
    PostStatus::Draft,
    PostStatus::Scheduled,
    PostStatus::Publishing,
    PostStatus::Published,
    PostStatus::PartiallyFailed,
    PostStatus::Failed,
    PostStatus::ActionRequired,
    PostStatus::Canceled,
];

on_both_databases! {
    async fn pages_hold_every_post_once_the_newest_first(db: &Db) {
        let house = house(db, "a").await;
        let mut made = Vec::new();
        for n in 0..7 {
            made.push(post(db, &house.owner, Some(house.project), &format!("Post {n}")).await.id);
        }
        made.sort();
        made.reverse();
        let mut seen = Vec::new();
        let mut page = Page::first(3);
        loop {
            let list = posts::list(db, &house.owner, &Filter::default(), &page).await.unwrap();
            seen.extend(list.items.iter().map(|p| p.post.id));
            let Some(cursor) = list.next_cursor else { break };
            page.cursor = Some(cursor);
        }
        assert_eq!(seen, made);
    }

    async fn the_library_is_filtered_by_each_of_its_filters(db: &Db) {
        let house = house(db, "a").await;
        let other = member(db, &house, Role::Manager, Projects::All).await;
        let day = NOW + 24 * 60 * MINUTE;
        let due_post = scheduled(db, &house, day).await.post_id;
        let plain = post(db, &house.owner, Some(house.project), "Sale: 100% _off_ on Äpfel").await.id;
        let others = post(db, &other, Some(house.project), "Zebra").await.id;
        let idea = post(db, &house.owner, None, "An idea").await.id;
        let mut tx = db.begin().await.unwrap();
        let content = Content { title: "Clip".to_owned(), ..Content::empty(ContentType::Video) };
        let new = NewPost { id: id!(PostId), project_id: Some(house.project), content, labels: vec!["it's \"red\"".to_owned()], wished_at: Some(day), created_at: NOW };
        let video = posts::create(&mut tx, &house.owner, &new).await.unwrap().id;
        tx.commit().await.unwrap();

        let of = |filter: Filter| found(db, &house, filter);
        assert_eq!(of(Filter::default()).await.len(), 5);
        assert_eq!(of(Filter { ideas: true, ..Filter::default() }).await, [idea]);
        assert_eq!(of(Filter { project: Some(house.project), ..Filter::default() }).await.len(), 4);
        assert_eq!(of(Filter { authors: vec![other.user_id], ..Filter::default() }).await, [others]);
        assert_eq!(of(Filter { content_types: vec![ContentType::Video, ContentType::Poll], ..Filter::default() }).await, [video]);
        assert_eq!(of(Filter { channels: vec![house.channel], ..Filter::default() }).await, [due_post]);
        assert_eq!(of(Filter { statuses: vec![PostStatus::Scheduled], ..Filter::default() }).await, [due_post]);
        assert_eq!(of(Filter { label: Some("it's \"red\"".to_owned()), ..Filter::default() }).await, [video]);
        assert_eq!(of(Filter { label: Some("red".to_owned()), ..Filter::default() }).await, Vec::<PostId>::new());
        for (phrase, expected) in [("100%", vec![plain]), ("_OFF_", vec![plain]), ("äpfel", vec![plain]), ("100_", vec![]), ("%", vec![plain]), ("clip", vec![video])] {
            assert_eq!(of(Filter { search: Some(phrase.to_owned()), ..Filter::default() }).await, expected, "{phrase}");
        }
        let mut dated = of(Filter { from_ms: Some(day), to_ms: Some(day + 1), ..Filter::default() }).await;
        dated.sort();
        assert_eq!(dated, [due_post, video]);
        assert_eq!(of(Filter { from_ms: Some(day + 1), ..Filter::default() }).await, Vec::<PostId>::new());
    }

    async fn a_phrase_is_found_by_what_a_post_says_now(db: &Db) {
        let house = house(db, "a").await;
        let post = post(db, &house.owner, Some(house.project), "Warm Rye Bread").await;
        let of = async |phrase: &str| {
            let filter = Filter { project: Some(house.project), search: Some(phrase.to_owned()), ..Filter::default() };
            found(db, &house, filter).await
        };
        assert_eq!(of("m RYE br").await, [post.id]);
        for (version, words) in [(1, "Cold rye bread"), (2, "Cold rye bread again")] {
            let mut tx = db.begin().await.unwrap();
            let change = Change { content: Some(text(words)), ..Change::default() };
            posts::edit(&mut tx, &house.owner, post.id, version, change, &at(NOW)).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(of("cold rye").await, [post.id], "once, however often it was edited");
        assert_eq!(of("warm").await, Vec::<PostId>::new());
        assert_eq!(of("ry").await, [post.id], "shorter than what the index knows");
        assert_eq!(of("\"rye\" OR bread*").await, Vec::<PostId>::new(), "no language of queries");
    }

    async fn the_status_in_the_list_is_the_one_the_core_derives(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        let mut more = vec![house.channel];
        for n in 0..2 {
            more.push(channels::add(&mut tx, &house.owner, &account(house.project, house.grant, &format!("more-{n}"))).await.unwrap().id);
        }
        let new = NewPost { id: id!(PostId), project_id: Some(house.project), content: text("x"), labels: vec![], wished_at: None, created_at: NOW };
        let post = posts::create(&mut tx, &house.owner, &new).await.unwrap();
        let mut three = Vec::new();
        for channel in &more {
            three.push(deliveries::create(&mut tx, &house.owner, post.id, &for_channel(*channel), NOW).await.unwrap().id);
        }
        tx.commit().await.unwrap();
        let mut seed = 11_u64;
        let mut pick = |from: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % from
        };
        for _ in 0..60 {
            let mut standings = Vec::new();
            for id in &three {
                let state = State::ALL[pick(State::ALL.len())];
                let waits_for_person = state == State::InDoubt && pick(2) == 0;
                let sql = "UPDATE deliveries SET state = $2, waits_for_person = $3 WHERE id = $1";
                db.run(sql, args![*id, state, waits_for_person]).await.unwrap();
                standings.push(DeliveryStanding { state, waits_for_person });
            }
            let expected = post_status(&standings);
            for status in STATUSES {
                let listed = found(db, &house, Filter { statuses: vec![status], ..Filter::default() }).await;
                assert_eq!(!listed.is_empty(), status == expected, "{standings:?}: {status:?}, expected {expected:?}");
            }
            assert_eq!(posts::with_deliveries(db, &house.owner, post.id).await.unwrap().status(), expected);
        }
    }

    async fn the_calendar_holds_its_range_and_pages_through_equal_instants(db: &Db) {
        let house = house(db, "a").await;
        let day = NOW + 24 * 60 * MINUTE;
        let before = scheduled(db, &house, day - 1).await.id;
        let mut within = Vec::new();
        for _ in 0..3 {
            within.push(scheduled(db, &house, day).await.id);
        }
        within.push(scheduled(db, &house, day + MINUTE).await.id);
        let end = scheduled(db, &house, day + 60 * MINUTE).await.id;
        let gone = scheduled(db, &house, day + 2).await;
        act(db, &house.owner, gone.id, Event::Cancel, &Default::default(), &at(NOW)).await.unwrap();
        let mut seen = Vec::new();
        let mut page = Page::first(2);
        loop {
            let list = deliveries::calendar(db, &house.owner, house.project, &[], day, day + 60 * MINUTE, &page).await.unwrap();
            seen.extend(list.items.iter().map(|entry| entry.id));
            let Some(cursor) = list.next_cursor else { break };
            page.cursor = Some(cursor);
        }
        assert_eq!(seen, within);
        assert!(!seen.contains(&before) && !seen.contains(&end), "from is inside, to is outside");
        let none = deliveries::calendar(db, &house.owner, house.project, &[id!(ChannelId)], day, day + 1, &Page::default()).await.unwrap();
        assert!(none.items.is_empty());
        let odd = Page { limit: 1, cursor: Some("nonsense".to_owned()) };
        assert!(deliveries::calendar(db, &house.owner, house.project, &[], 0, 1, &odd).await.is_err());
    }

    async fn wishes_stand_in_the_calendar_until_there_is_an_instant(db: &Db) {
        let house = house(db, "a").await;
        let day = NOW + 24 * 60 * MINUTE;
        let draft = drafted(db, &house).await;
        let mut tx = db.begin().await.unwrap();
        let change = Change { wished_at: Some(Some(day)), ..Change::default() };
        posts::edit(&mut tx, &house.owner, draft.post_id, 1, change, &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        let wished = || async { posts::wished(db, &house.owner, house.project, day, day + 1, &Page::default()).await.unwrap().items.len() };
        assert_eq!(wished().await, 1);
        act(db, &house.owner, draft.id, Event::Schedule, &due(day), &at(NOW)).await.unwrap();
        assert_eq!(wished().await, 0);
    }

    async fn a_channels_line_holds_what_goes_out_there_and_hides_what_is_not_in_sight(db: &Db) {
        let house = house(db, "a").await;
        let first = scheduled(db, &house, NOW + MINUTE).await;
        drafted(db, &house).await;
        let line = deliveries::line(db, &house.owner, house.channel, NOW, NOW + 2 * MINUTE).await.unwrap();
        let seen: Vec<_> = line.iter().map(|lined| (lined.id, lined.content.text.as_str(), lined.in_sight)).collect();
        assert_eq!(seen, [(first.id, "Words", true)], "a draft takes no place");
        assert!(deliveries::line(db, &house.owner, house.channel, NOW + MINUTE, NOW + 2 * MINUTE).await.unwrap().is_empty());
    }

    async fn the_audit_log_is_read_by_who_what_and_when(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        for n in 0..4 {
            let entry = audit::Entry {
                id: AuditId::new(NOW + n, random()),
                organization_id: house.owner.organization_id,
                at: NOW + n,
                user_id: (n % 2 == 0).then_some(house.owner.user_id),
                action: if n < 2 { "channel.connect" } else { "channel.disconnect" }.to_owned(),
                object_id: format!("object-{n}"),
                detail: serde_json::json!({"n": n}),
                address: "127.0.0.1".to_owned(),
            };
            audit::record(&mut tx, &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        let of = |filter: audit::Filter| {
            let scope = house.owner.clone();
            async move { audit::list(db, &scope, &filter, &Page::default()).await.unwrap().items.iter().map(|e| e.at - NOW).collect::<Vec<_>>() }
        };
        assert_eq!(of(audit::Filter::default()).await, [3, 2, 1, 0]);
        assert_eq!(of(audit::Filter { user: Some(house.owner.user_id), ..Default::default() }).await, [2, 0]);
        assert_eq!(of(audit::Filter { action: Some("channel.connect".to_owned()), ..Default::default() }).await, [1, 0]);
        assert_eq!(of(audit::Filter { object_id: Some("object-3".to_owned()), ..Default::default() }).await, [3]);
        assert_eq!(of(audit::Filter { from_ms: Some(NOW + 1), to_ms: Some(NOW + 3), ..Default::default() }).await, [2, 1]);
    }
}
