use postrider_core::delivery::{Event, Gate, Refusal, State};
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_core::post::{Mode, Overrides};
use postrider_store::deliveries::{self, Ask};
use postrider_store::posts::{self, Change};
use postrider_store::projects::ApprovalPolicy;
use postrider_store::{Db, Page, Projects, StoreError, args, attempts, channels, discards, hot};

use crate::support::*;

const DUE: i64 = NOW + 600 * MINUTE;
const PROGRESS: &str = r#"{"container":"17"}"#;

async fn leave_intent(db: &Db, delivery: DeliveryId, channel: ChannelId, part: &str, outcome: Option<&str>, send_by: i64, settle_ms: i64) {
    let sql = "INSERT INTO intents (id, delivery_id, channel_id, part, generation, intent_key, match_key, body_hash, evidence,
        holds_lane, stored_at, send_by, settle_ms, looks, outcome)
        VALUES ($1, $2, $3, $4, 0, '', $1, '', 'read_back', false, $5, $6, $7, 0, $8)";
    db.run(sql, args![id!(IntentId), delivery, channel, part, NOW, send_by, settle_ms, outcome])
        .await
        .unwrap();
}

on_both_databases! {
    async fn a_delivery_with_an_instant_is_looked_at_when_its_lead_begins(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        assert_eq!(delivery.state, State::Scheduled);
        assert_eq!(delivery.due_at, Some(DUE));
        assert_eq!(delivery.wake_at, Some(DUE - LEAD));
        assert_eq!(delivery.local_time.as_deref(), Some("2026-11-24T09:30"));
        assert_eq!(delivery.zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(delivery.version, 2);
    }

    async fn a_moved_delivery_never_wakes_at_its_old_time(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        let moved = act(db, &house.owner, delivery.id, Event::Reschedule, &due(DUE + MINUTE), &at(NOW)).await.unwrap();
        assert_eq!((moved.due_at, moved.wake_at), (Some(DUE + MINUTE), Some(DUE + MINUTE - LEAD)));
        let canceled = act(db, &house.owner, delivery.id, Event::Cancel, &Ask::default(), &at(NOW)).await.unwrap();
        assert_eq!((canceled.state, canceled.wake_at), (State::Canceled, None));
    }

    async fn publish_now_is_due_now_and_looked_at_now(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        let now = act(db, &house.owner, delivery.id, Event::PublishNow, &Ask::default(), &at(NOW + 7)).await.unwrap();
        assert_eq!((now.state, now.due_at, now.wake_at), (State::Publishing, Some(NOW + 7), Some(NOW + 7)));
        assert_eq!(now.local_time, None);
    }

    async fn unscheduling_keeps_the_day_as_a_wish(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        let draft = act(db, &house.owner, delivery.id, Event::Unschedule, &Ask::default(), &at(NOW)).await.unwrap();
        assert_eq!((draft.state, draft.due_at, draft.wake_at), (State::Draft, None, None));
        assert_eq!(posts::get(db, &house.owner, delivery.post_id).await.unwrap().wished_at, Some(DUE));
    }

    async fn a_drafts_own_wish_survives_an_edit_and_binds_nobody(db: &Db) {
        let house = house(db, "a").await;
        let draft = drafted(db, &house).await;
        let wish = due(DUE).at.unwrap();
        let mut tx = db.begin().await.unwrap();
        deliveries::wish(&mut tx, &house.owner, draft.id, Some(&wish)).await.unwrap();
        tx.commit().await.unwrap();
        let edited = act(db, &house.owner, draft.id, Event::Edit, &Ask::default(), &at(NOW)).await.unwrap();
        assert_eq!((edited.state, edited.due_at, edited.wake_at), (State::Draft, Some(DUE), None));
        assert_eq!(counted(db, &house, DUE).await, 0);
        let given = act(db, &house.owner, draft.id, Event::Schedule, &Ask::default(), &at(NOW)).await.unwrap();
        assert_eq!((given.due_at, given.wake_at), (Some(DUE), Some(DUE - LEAD)), "scheduled without a time it takes the wish");
    }

    async fn a_cancel_after_the_intent_is_too_late(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::Publishing, true, Some(PROGRESS)).await;
        for event in [Event::Cancel, Event::Unschedule, Event::Reschedule, Event::Edit, Event::PublishNow] {
            let refused = act(db, &house.owner, delivery.id, event, &due(DUE), &at(NOW)).await;
            assert!(matches!(refused, Err(StoreError::Refused(Refusal::TooLate))), "{event:?}: {refused:?}");
        }
        let delivery = deliveries::get(db, &house.owner, delivery.id).await.unwrap();
        assert_eq!((delivery.state, delivery.intent_open), (State::Publishing, true));
    }

    async fn of_a_cancel_and_an_intent_at_once_exactly_one_wins(db: &Db) {
        let house = house(db, "a").await;
        for _ in 0..8 {
            let delivery = drafted(db, &house).await;
            let acting = deliveries::Acting { within_quotas: false, ..at(NOW) };
            let read = act(db, &house.owner, delivery.id, Event::PublishNow, &Ask::default(), &acting).await.unwrap();
            // The worker's compare-and-set, as the hot path writes it: on the state and version that it read.
            let intent = async {
                let mut tx = db.begin().await.unwrap();
                let sql = "UPDATE deliveries SET intent_open = TRUE, version = version + 1 WHERE id = $1 AND state = 'publishing' AND version = $2";
                let touched = tx.run(sql, args![read.id, read.version]).await.unwrap();
                tx.commit().await.unwrap();
                touched == 1
            };
            let ask = Ask::default();
            let cancel = async { act(db, &house.owner, read.id, Event::Cancel, &ask, &acting).await };
            let (stored, canceled) = futures::future::join(intent, cancel).await;
            let after = deliveries::get(db, &house.owner, read.id).await.unwrap();
            match (stored, canceled) {
                (true, Err(StoreError::Refused(Refusal::TooLate))) => assert_eq!((after.state, after.intent_open), (State::Publishing, true)),
                (false, Ok(_)) => assert_eq!((after.state, after.intent_open), (State::Canceled, false)),
                other => panic!("both or neither: {other:?}"),
            }
        }
    }

    async fn a_person_who_saw_an_older_version_is_told_so(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        let stale = Ask { expected_version: Some(delivery.version - 1), ..Ask::default() };
        let refused = act(db, &house.owner, delivery.id, Event::Cancel, &stale, &at(NOW)).await;
        assert!(matches!(refused, Err(StoreError::Conflict)));
    }

    async fn a_workers_event_is_nobody_elses_to_ask(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        for event in [Event::Due, Event::Committed, Event::Found, Event::StageLead, Event::ProvenAbsent] {
            let refused = act(db, &house.owner, delivery.id, event, &Ask::default(), &at(NOW)).await;
            assert!(matches!(refused, Err(StoreError::Conflict)), "{event:?}");
        }
    }

    async fn what_was_staged_is_kept_for_removal_when_it_is_no_longer_wanted(db: &Db) {
        let house = house(db, "a").await;
        for event in [Event::Cancel, Event::Unschedule, Event::Reschedule, Event::Edit] {
            let delivery = scheduled(db, &house, DUE).await;
            worker_puts(db, delivery.id, State::Staged, false, Some(PROGRESS)).await;
            act(db, &house.owner, delivery.id, event, &due(DUE), &at(NOW)).await.unwrap();
            let left = discards::due(db, NOW, 10).await.unwrap();
            assert_eq!(left.len(), 1, "{event:?}");
            assert_eq!(left[0].delivery_id, delivery.id);
            assert_eq!(left[0].progress["container"], "17");
            let row = db.one("SELECT progress FROM deliveries WHERE id = $1", args![delivery.id]).await.unwrap();
            assert_eq!(row.opt_text("progress").unwrap(), None);
            let mut tx = db.begin().await.unwrap();
            assert!(discards::postpone(&mut tx, &left[0], Some(NOW + 5), "down").await.unwrap());
            assert!(!discards::postpone(&mut tx, &left[0], None, "down").await.unwrap(), "somebody else tried meanwhile");
            discards::done(&mut tx, delivery.id, left[0].created_at).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn a_retry_begins_a_new_generation_without_the_old_memory(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::Failed, false, Some(PROGRESS)).await;
        let sql = "UPDATE deliveries SET failure_kind = 'content', failure_message = 'no', retries = 3, first_commit_at = $2 WHERE id = $1";
        db.run(sql, args![delivery.id, NOW]).await.unwrap();
        let again = act(db, &house.owner, delivery.id, Event::Retry, &Ask::default(), &at(NOW + 9)).await.unwrap();
        assert_eq!((again.state, again.generation, again.wake_at), (State::Publishing, 1, Some(NOW + 9)));
        assert_eq!((again.failure_kind, again.retries, again.first_commit_at), (None, 0, None));
        let row = db.one("SELECT progress FROM deliveries WHERE id = $1", args![delivery.id]).await.unwrap();
        assert_eq!(row.opt_text("progress").unwrap(), None);
    }

    async fn a_thread_that_stopped_midway_resumes_with_its_memory(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::PublishedInPart, false, Some(PROGRESS)).await;
        let sql = "UPDATE deliveries SET external_id = 'first-part', first_commit_at = $2 WHERE id = $1";
        db.run(sql, args![delivery.id, NOW]).await.unwrap();
        let again = act(db, &house.owner, delivery.id, Event::Retry, &Ask::default(), &at(NOW + 9)).await.unwrap();
        assert_eq!((again.generation, again.external_id.as_deref(), again.first_commit_at), (1, Some("first-part"), Some(NOW)));
        let row = db.one("SELECT progress FROM deliveries WHERE id = $1", args![delivery.id]).await.unwrap();
        assert_eq!(row.opt_text("progress").unwrap().as_deref(), Some(PROGRESS));
        assert!(discards::due(db, NOW + 10, 10).await.unwrap().is_empty());
    }

    async fn that_it_is_absent_can_be_said_only_once_the_call_can_no_longer_live(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        leave_intent(db, delivery.id, house.channel, "root", None, NOW + 30_000, 60_000).await;
        worker_puts(db, delivery.id, State::InDoubt, true, Some(PROGRESS)).await;
        let absent = async |now_ms| act(db, &house.owner, delivery.id, Event::ResolveAbsent, &Ask::default(), &at(now_ms)).await;
        let early = absent(NOW + 89_999).await;
        assert!(matches!(early, Err(StoreError::Refused(Refusal::UnderWay))), "{early:?}");
        let row = db.one("SELECT outcome FROM intents WHERE delivery_id = $1", args![delivery.id]).await.unwrap();
        assert_eq!(row.opt_text("outcome").unwrap(), None, "what was refused left nothing behind");
        let again = absent(NOW + 90_000).await.unwrap();
        assert_eq!((again.state, again.generation, again.intent_open), (State::Publishing, 1, false));
        assert_eq!(again.wake_at, Some(NOW + 90_000));
        let row = db.one("SELECT outcome FROM intents WHERE delivery_id = $1", args![delivery.id]).await.unwrap();
        assert_eq!(row.text("outcome").unwrap(), "person_absent");
    }

    async fn a_thread_in_doubt_forgets_no_part_that_stands(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        leave_intent(db, delivery.id, house.channel, "root", Some("committed"), NOW, 0).await;
        leave_intent(db, delivery.id, house.channel, "reply_1", None, NOW, 0).await;
        worker_puts(db, delivery.id, State::InDoubt, true, Some(PROGRESS)).await;
        act(db, &house.owner, delivery.id, Event::ResolveAbsent, &Ask::default(), &at(NOW + 1)).await.unwrap();
        let row = db.one("SELECT progress FROM deliveries WHERE id = $1", args![delivery.id]).await.unwrap();
        assert_eq!(row.opt_text("progress").unwrap().as_deref(), Some(PROGRESS));
    }

    async fn what_a_person_says_is_there_stands_with_its_address(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        leave_intent(db, delivery.id, house.channel, "root", None, NOW + 30_000, 60_000).await;
        worker_puts(db, delivery.id, State::InDoubt, true, Some(PROGRESS)).await;
        let there = Ask { external_id: Some("77".to_owned()), permalink: Some("https://example.com/77".to_owned()), ..Ask::default() };
        let published = act(db, &house.owner, delivery.id, Event::ResolveThere, &there, &at(NOW + 1)).await.unwrap();
        assert_eq!((published.state, published.wake_at, published.intent_open), (State::Published, None, false));
        assert_eq!(published.permalink.as_deref(), Some("https://example.com/77"));
        assert_eq!(published.published_version, Some(1));

        let other = scheduled(db, &house, DUE).await;
        leave_intent(db, other.id, house.channel, "root", None, NOW + 30_000, 60_000).await;
        worker_puts(db, other.id, State::InDoubt, true, None).await;
        let taken = act(db, &house.owner, other.id, Event::ResolveThere, &there, &at(NOW + 2)).await;
        assert!(matches!(taken, Err(StoreError::Taken { what: "external_id" })), "one post is not two deliveries: {taken:?}");
    }

    async fn what_stands_in_part_is_neither_moved_nor_called_off(db: &Db) {
        let house = house(db, "a").await;
        for state in [State::Publishing, State::Processing] {
            let delivery = scheduled(db, &house, DUE).await;
            leave_intent(db, delivery.id, house.channel, "root", Some("committed"), NOW, 0).await;
            worker_puts(db, delivery.id, state, false, Some(PROGRESS)).await;
            db.run("UPDATE deliveries SET published_version = 1 WHERE id = $1", args![delivery.id]).await.unwrap();
            for event in [Event::Cancel, Event::Unschedule, Event::Reschedule] {
                let moved = act(db, &house.owner, delivery.id, event, &due(DUE + MINUTE), &at(NOW)).await;
                assert!(matches!(moved, Err(StoreError::Refused(Refusal::TooLate))), "{state} · {event:?}: {moved:?}");
            }
        }
    }

    async fn a_thread_whose_part_is_there_goes_on_with_the_next(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        db.run("UPDATE deliveries SET content_type = 'thread' WHERE id = $1", args![delivery.id]).await.unwrap();
        leave_intent(db, delivery.id, house.channel, "root", Some("committed"), NOW, 0).await;
        leave_intent(db, delivery.id, house.channel, "reply_1", None, NOW, 0).await;
        worker_puts(db, delivery.id, State::InDoubt, true, Some(PROGRESS)).await;
        db.run("UPDATE deliveries SET external_id = 'first', published_version = 1 WHERE id = $1", args![delivery.id]).await.unwrap();
        let there = Ask { external_id: Some("second".to_owned()), ..Ask::default() };
        let on = act(db, &house.owner, delivery.id, Event::ResolveThere, &there, &at(NOW + 1)).await.unwrap();
        assert_eq!((on.state, on.wake_at, on.intent_open), (State::Publishing, Some(NOW + 1), true));
        assert_eq!((on.external_id.as_deref(), on.published_version), (Some("first"), Some(1)), "the post is its first part");
        let part = hot::open_intent(db, delivery.id).await.unwrap().unwrap();
        assert_eq!((part.part.as_str(), part.there, part.external_id.as_deref()), ("reply_1", true, Some("second")));
    }

    async fn a_person_cannot_send_again_while_any_call_may_still_arrive(db: &Db) {
        let house = house(db, "a").await;
        let unjudged = scheduled(db, &house, DUE).await;
        leave_intent(db, unjudged.id, house.channel, "root", None, NOW + 30_000, 60_000).await;
        worker_puts(db, unjudged.id, State::InDoubt, true, None).await;
        db.run("UPDATE deliveries SET wake_at = $2 WHERE id = $1", args![unjudged.id, NOW + 150_000]).await.unwrap();
        let absent = async |id, now_ms| act(db, &house.owner, id, Event::ResolveAbsent, &Ask::default(), &at(now_ms)).await;
        let early = absent(unjudged.id, NOW + 149_999).await;
        assert!(matches!(early, Err(StoreError::Refused(Refusal::UnderWay))), "its sender may be dead: the longer silence holds: {early:?}");
        assert_eq!(absent(unjudged.id, NOW + 150_000).await.unwrap().state, State::Publishing);

        let resent = scheduled(db, &house, DUE).await;
        leave_intent(db, resent.id, house.channel, "root", None, NOW + 30_000, 60_000).await;
        worker_puts(db, resent.id, State::InDoubt, true, None).await;
        db.run("UPDATE intents SET resent_at = $2, looks = 1 WHERE delivery_id = $1", args![resent.id, NOW + 200_000]).await.unwrap();
        let early = absent(resent.id, NOW + 289_999).await;
        assert!(matches!(early, Err(StoreError::Refused(Refusal::UnderWay))), "the repeat is a call too: {early:?}");
        assert_eq!(absent(resent.id, NOW + 290_000).await.unwrap().state, State::Publishing);
    }

    async fn what_approval_holds_is_in_doubt_no_more_once_it_is_said_to_be_absent(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        leave_intent(db, delivery.id, house.channel, "root", None, NOW, 0).await;
        worker_puts(db, delivery.id, State::InDoubt, true, None).await;
        db.run("UPDATE deliveries SET gate = 'held' WHERE id = $1", args![delivery.id]).await.unwrap();
        // What would keep it from going out keeps nobody from saying so.
        db.run("UPDATE channels SET status = 'revoked' WHERE id = $1", args![house.channel]).await.unwrap();
        db.run("UPDATE plans SET allow_social_publishing = FALSE", args![]).await.unwrap();
        let known = act(db, &house.owner, delivery.id, Event::ResolveAbsent, &Ask::default(), &at(DUE)).await.unwrap();
        assert_eq!((known.state, known.gate, known.wake_at), (State::Publishing, Gate::Held, Some(DUE)));
    }

    async fn a_post_made_by_hand_is_marked_with_its_address(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::ReadyToPost, false, None).await;
        let ask = Ask { permalink: Some("https://example.com/1".to_owned()), ..Ask::default() };
        let posted = act(db, &house.owner, delivery.id, Event::MarkPosted, &ask, &at(NOW)).await.unwrap();
        assert_eq!((posted.state, posted.permalink.as_deref()), (State::Published, Some("https://example.com/1")));
    }

    async fn every_act_stands_in_history(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        act(db, &house.owner, delivery.id, Event::Cancel, &Ask { detail: "by Ann".to_owned(), ..Ask::default() }, &at(NOW)).await.unwrap();
        let history = attempts::history(db, &house.owner, delivery.id, &Page::default()).await.unwrap();
        let lines: Vec<_> = history.steps.items.iter().map(|s| (s.label.as_str(), s.kind.as_str(), s.outcome.as_str())).collect();
        assert_eq!(lines, [("schedule", "person", "scheduled"), ("cancel", "person", "canceled")]);
        assert_eq!(history.steps.items[1].detail, "by Ann");
    }

    async fn a_run_under_way_ends_when_a_person_calls_it_off(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::Staging, false, Some(PROGRESS)).await;
        let attempt = id!(AttemptId);
        db.run("INSERT INTO attempts (id, delivery_id, started_at) VALUES ($1, $2, $3)", args![attempt, delivery.id, NOW]).await.unwrap();
        db.run("UPDATE deliveries SET attempt_id = $2 WHERE id = $1", args![delivery.id, attempt]).await.unwrap();
        act(db, &house.owner, delivery.id, Event::Cancel, &Ask::default(), &at(NOW + 3)).await.unwrap();
        let history = attempts::history(db, &house.owner, delivery.id, &Page::default()).await.unwrap();
        assert_eq!((history.attempts[0].ended_at, history.attempts[0].outcome.as_deref()), (Some(NOW + 3), Some("canceled")));
    }

    async fn under_required_approval_nothing_goes_out_unaccepted(db: &Db) {
        let house = house(db, "a").await;
        let mut tx = db.begin().await.unwrap();
        let strict = new_project(&mut tx, &house.owner, ApprovalPolicy::Required).await;
        let grant = new_grant(&mut tx, &house.owner, strict).await;
        let channel = channels::add(&mut tx, &house.owner, &account(strict, grant, "x")).await.unwrap().id;
        tx.commit().await.unwrap();
        let client = member(db, &house, Role::Client, Projects::Only(vec![strict])).await;
        for (author, gate) in [(&house.owner, Gate::Pending), (&client, Gate::Accepted)] {
            let post = post(db, author, Some(strict), "Words").await;
            let mut tx = db.begin().await.unwrap();
            let delivery = deliveries::create(&mut tx, author, post.id, &for_channel(channel), NOW).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(delivery.gate, gate);
            let sent = act(db, author, delivery.id, Event::PublishNow, &Ask::default(), &at(NOW)).await;
            assert_eq!(sent.is_ok(), gate.open());
        }
    }

    async fn an_edit_stages_anew_what_is_to_go_out_and_leaves_what_has_gone(db: &Db) {
        let house = house(db, "a").await;
        let gone = scheduled(db, &house, DUE).await;
        let mut tx = db.begin().await.unwrap();
        let second = channels::add(&mut tx, &house.owner, &account(house.project, house.grant, "account-2")).await.unwrap().id;
        let waiting = deliveries::create(&mut tx, &house.owner, gone.post_id, &for_channel(second), NOW).await.unwrap();
        tx.commit().await.unwrap();
        act(db, &house.owner, waiting.id, Event::Schedule, &due(DUE), &at(NOW)).await.unwrap();
        worker_puts(db, gone.id, State::Published, false, None).await;
        worker_puts(db, waiting.id, State::Staged, false, Some(PROGRESS)).await;

        let change = || Change { content: Some(text("Other words")), ..Change::default() };
        let mut tx = db.begin().await.unwrap();
        let edited = posts::edit(&mut tx, &house.owner, gone.post_id, 1, change(), &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((edited.version, edited.content.text.as_str()), (2, "Other words"));
        let states: Vec<_> = deliveries::of_post(db, &house.owner, gone.post_id).await.unwrap().iter().map(|d| d.state).collect();
        assert_eq!(states, [State::Published, State::Scheduled]);
        let versions = posts::versions(db, &house.owner, gone.post_id, &Page::default()).await.unwrap();
        assert_eq!(versions.items.iter().map(|v| v.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(posts::version(db, &house.owner, gone.post_id, 1).await.unwrap().content.text, "Words");

        let mut tx = db.begin().await.unwrap();
        let stale = posts::edit(&mut tx, &house.owner, gone.post_id, 1, change(), &at(NOW)).await;
        assert!(matches!(stale, Err(StoreError::Conflict)), "two people editing are told");
    }

    async fn a_post_on_its_way_is_neither_edited_nor_deleted(db: &Db) {
        let house = house(db, "a").await;
        for (state, intent_open) in [(State::Publishing, false), (State::Publishing, true), (State::Confirming, false), (State::InDoubt, true)] {
            let delivery = scheduled(db, &house, DUE).await;
            worker_puts(db, delivery.id, state, intent_open, None).await;
            let change = Change { content: Some(text("Other")), ..Change::default() };
            let mut tx = db.begin().await.unwrap();
            let edited = posts::edit(&mut tx, &house.owner, delivery.post_id, 1, change, &at(NOW)).await;
            assert!(matches!(edited, Err(StoreError::Refused(_))), "{state}: {edited:?}");
            drop(tx);
            let mut tx = db.begin().await.unwrap();
            let deleted = posts::delete(&mut tx, &house.owner, delivery.post_id, None, &at(NOW)).await;
            assert!(matches!(deleted, Err(StoreError::Refused(_))), "{state}: {deleted:?}");
            drop(tx);
            assert_eq!(posts::get(db, &house.owner, delivery.post_id).await.unwrap().version, 1);
        }
    }

    async fn a_deleted_post_never_fires(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        let mut tx = db.begin().await.unwrap();
        posts::delete(&mut tx, &house.owner, delivery.post_id, Some(1), &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_not_found(&posts::get(db, &house.owner, delivery.post_id).await));
        let row = db.one("SELECT state, wake_at FROM deliveries WHERE id = $1", args![delivery.id]).await.unwrap();
        assert_eq!((row.text("state").unwrap().as_str(), row.opt_int("wake_at").unwrap()), ("canceled", None));
    }

    async fn revising_one_channel_stages_it_anew(db: &Db) {
        let house = house(db, "a").await;
        let delivery = scheduled(db, &house, DUE).await;
        worker_puts(db, delivery.id, State::Staged, false, Some(PROGRESS)).await;
        let overrides = Overrides { text: Some("Here otherwise".to_owned()), ..Overrides::default() };
        let mut tx = db.begin().await.unwrap();
        let revised = deliveries::revise(&mut tx, &house.owner, delivery.id, Mode::Draft, &overrides, &Ask::default(), &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((revised.state, revised.mode, &revised.overrides), (State::Scheduled, Mode::Draft, &overrides));
        assert_eq!(discards::due(db, NOW, 10).await.unwrap().len(), 1);
    }

    async fn a_channel_is_taken_from_a_post_without_trace_only_if_it_never_ran(db: &Db) {
        let house = house(db, "a").await;
        let fresh = drafted(db, &house).await;
        let waiting = scheduled(db, &house, DUE).await;
        let mut tx = db.begin().await.unwrap();
        deliveries::remove(&mut tx, &house.owner, fresh.id, &Ask::default(), &at(NOW)).await.unwrap();
        deliveries::remove(&mut tx, &house.owner, waiting.id, &Ask::default(), &at(NOW)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_not_found(&deliveries::get(db, &house.owner, fresh.id).await));
        assert_eq!(deliveries::get(db, &house.owner, waiting.id).await.unwrap().state, State::Canceled);
    }

    async fn a_post_has_a_channel_once(db: &Db) {
        let house = house(db, "a").await;
        let delivery = drafted(db, &house).await;
        let mut tx = db.begin().await.unwrap();
        let twice = deliveries::create(&mut tx, &house.owner, delivery.post_id, &for_channel(house.channel), NOW).await;
        assert!(matches!(twice, Err(StoreError::Taken { what: "channel" })));
    }

    async fn a_channel_in_use_is_not_disconnected(db: &Db) {
        let house = house(db, "a").await;
        let waiting = scheduled(db, &house, DUE).await;
        let draft = drafted(db, &house).await;
        for state in [State::Scheduled, State::Staged, State::Publishing, State::Processing, State::Confirming, State::Deferred, State::InDoubt] {
            worker_puts(db, waiting.id, state, false, None).await;
            let mut tx = db.begin().await.unwrap();
            let refused = channels::disconnect(&mut tx, &house.owner, house.channel, NOW).await;
            assert!(matches!(refused, Err(StoreError::Conflict)), "{state}");
        }
        let blocking = channels::blocking(db, &house.owner, house.channel).await.unwrap();
        assert_eq!(blocking.iter().map(|b| b.id).collect::<Vec<_>>(), [waiting.id]);

        worker_puts(db, waiting.id, State::Published, false, None).await;
        let mut tx = db.begin().await.unwrap();
        let gone = channels::disconnect(&mut tx, &house.owner, house.channel, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(gone.unused_grant, Some(house.grant));
        let channel = channels::get(db, &house.owner, house.channel).await.unwrap();
        assert_eq!((channel.secrets, channel.disconnected_at), (None, Some(NOW)));
        assert!(is_not_found(&deliveries::get(db, &house.owner, draft.id).await), "drafts lose it");
        assert_eq!(deliveries::get(db, &house.owner, waiting.id).await.unwrap().state, State::Published, "history stays");
    }

    async fn a_channel_connected_again_keeps_its_posts(db: &Db) {
        let house = house(db, "a").await;
        let waiting = scheduled(db, &house, DUE).await;
        let mut tx = db.begin().await.unwrap();
        let grant = new_grant(&mut tx, &house.owner, house.project).await;
        let again = channels::add(&mut tx, &house.owner, &account(house.project, grant, "account-1")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((again.id, again.grant_id), (house.channel, grant));
        assert_eq!(deliveries::get(db, &house.owner, waiting.id).await.unwrap().channel_id, house.channel);
    }

    async fn nothing_is_scheduled_on_a_disconnected_channel(db: &Db) {
        let house = house(db, "a").await;
        let missed = scheduled(db, &house, DUE).await;
        worker_puts(db, missed.id, State::Missed, false, None).await;
        let mut tx = db.begin().await.unwrap();
        channels::disconnect(&mut tx, &house.owner, house.channel, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let refused = act(db, &house.owner, missed.id, Event::Reschedule, &due(DUE), &at(NOW)).await;
        assert!(matches!(refused, Err(StoreError::Conflict)));
        assert_eq!(counted(db, &house, DUE).await, 0);
    }
}
