use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_store::sessions::Session;
use postrider_store::{
    Bound, Db, Page, Projects, Scope, StoreError, channels, members, notifications, organizations, plans, projects, sessions, users,
};

use crate::support::*;

fn session(user: UserId) -> Session {
    Session {
        id: id!(SessionId),
        user_id: user,
        csrf_token: "csrf".to_owned(),
        user_agent: "agent".to_owned(),
        address: "127.0.0.1".to_owned(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + 1000,
    }
}

on_both_databases! {
    async fn an_address_signs_in_whatever_its_case_and_belongs_to_one(db: &Db) {
        assert!(!users::any(db).await.unwrap());
        let mut tx = db.begin().await.unwrap();
        let ann = user(&mut tx, " Ann@Example.COM ").await;
        users::set_password(&mut tx, ann, "$argon2id$").await.unwrap();
        tx.commit().await.unwrap();
        assert!(users::any(db).await.unwrap());
        let found = users::with_password(db, "ANN@example.com").await.unwrap().unwrap();
        assert_eq!((found.user.id, found.password_hash.as_deref()), (ann, Some("$argon2id$")));
        assert!(users::with_password(db, "bob@example.com").await.unwrap().is_none());
        let twin = users::User { id: id!(UserId), ..found.user };
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(users::create(&mut tx, &twin, None).await, Err(StoreError::Taken { what: "email" })));
    }

    async fn a_session_ends_by_time_by_revoking_and_with_its_user(db: &Db) {
        let mut tx = db.begin().await.unwrap();
        let ann = user(&mut tx, "ann@example.com").await;
        let bob = user(&mut tx, "bob@example.com").await;
        let (first, second) = (session(ann), session(ann));
        sessions::create(&mut tx, &first, "h1").await.unwrap();
        sessions::create(&mut tx, &second, "h2").await.unwrap();
        tx.commit().await.unwrap();
        let found = |hash: &'static str, now: i64| async move { sessions::by_token_hash(db, hash, now).await.unwrap().map(|(s, u)| (s.id, u.id)) };
        assert_eq!(found("h1", NOW + 999).await, Some((first.id, ann)));
        assert_eq!(found("h1", NOW + 1000).await, None, "its time is over");
        assert_eq!(found("other", NOW).await, None);
        sessions::touch(db, first.id, NOW + 5).await.unwrap();
        assert_eq!(sessions::list(db, ann, NOW).await.unwrap().len(), 2);

        let mut tx = db.begin().await.unwrap();
        assert!(is_not_found(&sessions::revoke(&mut tx, bob, first.id).await), "nobody ends another's session");
        sessions::revoke(&mut tx, ann, first.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found("h1", NOW).await, None);
        assert!(found("h2", NOW).await.is_some());

        let mut tx = db.begin().await.unwrap();
        users::set_disabled(&mut tx, ann, Some(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found("h2", NOW).await, None, "a locked user has no session");
        assert_eq!(sessions::erase_expired(db, NOW + 1000).await.unwrap(), 1);
    }

    async fn a_member_sees_its_organizations_and_projects(db: &Db) {
        let house = house(db, "a").await;
        let other = house_with(db, "b", |_| {}).await;
        let mut tx = db.begin().await.unwrap();
        let second = new_project(&mut tx, &house.owner, projects::ApprovalPolicy::None).await;
        tx.commit().await.unwrap();
        let narrow = member(db, &house, Role::Author, Projects::Only(vec![second])).await;
        assert_eq!(narrow.projects, Projects::Only(vec![second]));
        let seen = projects::list(db, &narrow, &Page::default()).await.unwrap().items;
        assert_eq!(seen.iter().map(|p| p.id).collect::<Vec<_>>(), [second]);
        assert!(is_not_found(&projects::get(db, &narrow, house.project).await));
        let memberships = members::of_user(db, narrow.user_id).await.unwrap();
        assert_eq!((memberships.len(), memberships[0].row.role, &memberships[0].projects), (1, Role::Author, &narrow.projects));
        assert!(is_not_found(&Scope::load(db, narrow.user_id, other.owner.organization_id).await));
        let mut tx = db.begin().await.unwrap();
        let foreign = members::update(&mut tx, &house.owner, narrow.member_id, Role::Author, &Role::Author.permissions(), &Projects::Only(vec![other.project])).await;
        assert!(is_not_found(&foreign), "another organization's project is nobody's to give");
    }

    async fn the_last_owner_stays(db: &Db) {
        let house = house(db, "a").await;
        let demote = |id: MemberId| {
            let owner = house.owner.clone();
            async move {
                let mut tx = db.begin().await.unwrap();
                let done = members::update(&mut tx, &owner, id, Role::Viewer, &Role::Viewer.permissions(), &Projects::All).await;
                if done.is_ok() { tx.commit().await.unwrap() }
                done
            }
        };
        assert!(matches!(demote(house.owner.member_id).await, Err(StoreError::Conflict)));
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(members::remove(&mut tx, &house.owner, house.owner.member_id).await, Err(StoreError::Conflict)));
        drop(tx);
        let second = member(db, &house, Role::Owner, Projects::All).await;
        let (one, two) = futures::future::join(demote(house.owner.member_id), demote(second.member_id)).await;
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1, "not even both at once leave: {one:?} {two:?}");
    }

    async fn who_is_removed_sees_nothing_more(db: &Db) {
        let house = house(db, "a").await;
        let gone = member(db, &house, Role::Manager, Projects::Only(vec![house.project])).await;
        let mut tx = db.begin().await.unwrap();
        let notice = notifications::Notification {
            id: id!(NotificationId),
            organization_id: house.owner.organization_id,
            user_id: gone.user_id,
            kind: "post.failed".to_owned(),
            text: "It failed.".to_owned(),
            subject: serde_json::json!({}),
            created_at: NOW,
            read_at: None,
        };
        notifications::add(&mut tx, &notice).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(notifications::unread(db, gone.user_id).await.unwrap(), 1);
        let mut tx = db.begin().await.unwrap();
        members::remove(&mut tx, &house.owner, gone.member_id).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_not_found(&Scope::load(db, gone.user_id, house.owner.organization_id).await));
        assert_eq!(notifications::list(db, gone.user_id, false, &Page::default()).await.unwrap().items.len(), 0);
    }

    async fn a_notice_is_read_by_whom_it_is_for(db: &Db) {
        let house = house(db, "a").await;
        let other = member(db, &house, Role::Manager, Projects::All).await;
        let mut tx = db.begin().await.unwrap();
        let mut ids = Vec::new();
        for n in 0..3 {
            let notice = notifications::Notification {
                id: NotificationId::new(NOW + n, random()),
                organization_id: house.owner.organization_id,
                user_id: house.owner.user_id,
                kind: "post.failed".to_owned(),
                text: n.to_string(),
                subject: serde_json::json!({"post_id": "post_1"}),
                created_at: NOW,
                read_at: None,
            };
            notifications::add(&mut tx, &notice).await.unwrap();
            ids.push(notice.id);
        }
        assert!(is_not_found(&notifications::mark(&mut tx, other.user_id, ids[0], Some(NOW)).await));
        assert_eq!(notifications::mark(&mut tx, house.owner.user_id, ids[0], Some(NOW)).await.unwrap().read_at, Some(NOW));
        tx.commit().await.unwrap();
        let page = notifications::list(db, house.owner.user_id, true, &Page::first(1)).await.unwrap();
        assert_eq!((page.items[0].id, page.next_cursor.is_some()), (ids[2], true), "the newest first");
        let next = notifications::list(db, house.owner.user_id, true, &Page { limit: 1, cursor: page.next_cursor }).await.unwrap();
        assert_eq!((next.items[0].id, next.next_cursor), (ids[1], None));
        let mut tx = db.begin().await.unwrap();
        assert_eq!(notifications::mark_all(&mut tx, house.owner.user_id, NOW).await.unwrap(), 2);
    }

    async fn a_plan_bounds_what_an_organization_has(db: &Db) {
        let house = house_with(db, "a", |plan| {
            plan.channels_max = Some(2);
            plan.members_max = Some(1);
        }).await;
        let mut tx = db.begin().await.unwrap();
        channels::add(&mut tx, &house.owner, &account(house.project, house.grant, "2")).await.unwrap();
        channels::add(&mut tx, &house.owner, &account(house.project, house.grant, "2")).await.unwrap();
        let third = channels::add(&mut tx, &house.owner, &account(house.project, house.grant, "3")).await;
        assert!(matches!(third, Err(StoreError::Bound { bound: Bound::Channels, allowed: 2 })), "{third:?}");
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        let second = members::NewMember {
            id: id!(MemberId),
            user_id: user(&mut tx, "x@example.com").await,
            role: Role::Viewer,
            permissions: Role::Viewer.permissions(),
            projects: Projects::All,
            created_at: NOW,
        };
        let refused = members::add(&mut tx, &house.owner, &second).await;
        assert!(matches!(refused, Err(StoreError::Bound { bound: Bound::Members, allowed: 1 })));
    }

    async fn a_plan_without_publishing_schedules_nothing(db: &Db) {
        use postrider_core::delivery::Event;
        let house = house_with(db, "a", |plan| plan.allow_social_publishing = false).await;
        let draft = drafted(db, &house).await;
        for event in [Event::Schedule, Event::PublishNow] {
            let refused = act(db, &house.owner, draft.id, event, &due(NOW + MINUTE), &at(NOW)).await;
            assert!(matches!(refused, Err(StoreError::Bound { bound: Bound::Publishing, .. })), "{event:?}");
        }
    }

    async fn the_bound_on_scheduled_posts_counts_posts_and_not_channels(db: &Db) {
        use postrider_core::delivery::Event;
        use postrider_store::deliveries;
        let house = house_with(db, "a", |plan| plan.scheduled_posts_max = Some(1)).await;
        let first = scheduled(db, &house, NOW + MINUTE).await;
        let mut tx = db.begin().await.unwrap();
        let channel = channels::add(&mut tx, &house.owner, &account(house.project, house.grant, "2")).await.unwrap().id;
        let second = deliveries::create(&mut tx, &house.owner, first.post_id, &for_channel(channel), NOW).await.unwrap();
        tx.commit().await.unwrap();
        act(db, &house.owner, second.id, Event::Schedule, &due(NOW + MINUTE), &at(NOW)).await.unwrap();
        let other = drafted(db, &house).await;
        let refused = act(db, &house.owner, other.id, Event::Schedule, &due(NOW + MINUTE), &at(NOW)).await;
        assert!(matches!(refused, Err(StoreError::Bound { bound: Bound::ScheduledPosts, allowed: 1 })), "{refused:?}");
        let usage = plans::usage(db, &house.owner).await.unwrap();
        assert_eq!((usage.scheduled_posts, usage.channels, usage.members), (1, 2, 1));
    }

    async fn a_project_with_a_connected_channel_is_not_deleted(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(projects::delete(&mut tx, &house.owner, house.project, NOW).await, Err(StoreError::Conflict)));
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        channels::disconnect(&mut tx, &house.owner, house.channel, NOW).await.unwrap();
        projects::delete(&mut tx, &house.owner, house.project, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_not_found(&projects::get(db, &house.owner, house.project).await));
    }

    async fn settings_change_by_version(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        let change = projects::Change { name: Some("New".to_owned()), ..Default::default() };
        projects::update(&mut tx, &house.owner, house.project, 1, change.clone(), NOW).await.unwrap();
        assert!(matches!(projects::update(&mut tx, &house.owner, house.project, 1, change, NOW).await, Err(StoreError::Conflict)));
        let change = organizations::Change { planner_on: Some(false), ..Default::default() };
        organizations::update(&mut tx, &house.owner, change).await.unwrap();
        tx.commit().await.unwrap();
        let project = projects::get(db, &house.owner, house.project).await.unwrap();
        assert_eq!((project.name.as_str(), project.version, project.time_zone.as_str()), ("New", 2, "Europe/Berlin"));
        assert!(!organizations::get(db, &house.owner).await.unwrap().planner_on);
    }
}
