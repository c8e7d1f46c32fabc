//! The life of a delivery, as one readable table, and the laws that hold in it.

use postrider_core::delivery::{
    Context, DeliveryStanding, Effect, Event, Gate, MissedWhy, PostStatus, Refusal, State, Transition, post_status, step,
};
use proptest::prelude::*;

/// Columns of the table, short for the states they lead to.
const SHORT: &[(&str, State)] = &[
    ("dr", State::Draft),
    ("sc", State::Scheduled),
    ("sg", State::Staging),
    ("st", State::Staged),
    ("pu", State::Publishing),
    ("pr", State::Processing),
    ("co", State::Confirming),
    ("de", State::Deferred),
    ("do", State::InDoubt),
    ("mi", State::Missed),
    ("re", State::ReadyToPost),
    ("fa", State::Failed),
    ("pa", State::PublishedInPart),
    ("ok", State::Published),
    ("df", State::Drafted),
    ("ca", State::Canceled),
];

/// From every state (columns, in the order of [`SHORT`]) what every event leads to: a state, `late` (refused as too late) or `.`
/// (does not apply). Gate open, in time, publish mode, no intent stored.
#[rustfmt::skip]
const TABLE: &[(Event, &str)] = &[
    //                               dr   sc   sg   st   pu   pr   co   de   do   mi   re   fa   pa   ok   df   ca
    (Event::Schedule,             "sc   sc   sc   sc   sc   sc   late sc   late sc   .    sc   .    .    .    ."),
    (Event::Unschedule,           ".    dr   dr   dr   dr   dr   late dr   late .    .    .    .    .    .    ."),
    (Event::Reschedule,           ".    sc   sc   sc   sc   sc   late sc   late sc   .    sc   .    .    .    ."),
    (Event::PublishNow,           "pu   pu   pu   pu   .    .    late .    late pu   .    .    .    .    .    ."),
    (Event::Cancel,               "ca   ca   ca   ca   ca   ca   late ca   late ca   ca   ca   .    .    .    ."),
    (Event::Edit,                 "dr   sc   sc   sc   .    .    late .    late dr   .    dr   .    .    .    ."),
    (Event::Retry,                ".    .    .    .    .    .    .    .    .    .    .    pu   pu   .    .    ."),
    (Event::ResolveThere,         ".    .    .    .    .    .    .    .    ok   .    .    .    .    .    .    ."),
    (Event::ResolvePartThere,     ".    .    .    .    .    .    .    .    pu   .    .    .    .    .    .    ."),
    (Event::ResolveAbsent,        ".    .    .    .    .    .    .    .    pu   .    .    .    .    .    .    ."),
    (Event::MarkPosted,           ".    .    .    .    .    .    .    .    .    .    ok   .    .    .    .    ."),
    (Event::StageLead,            ".    sg   .    .    .    .    .    .    .    .    .    .    .    .    .    ."),
    (Event::StageDone,            ".    .    st   .    .    .    .    .    .    .    .    .    .    .    .    ."),
    (Event::StageFailed,          ".    .    sc   .    .    .    .    .    .    .    .    .    .    .    .    ."),
    (Event::Due,                  ".    pu   pu   pu   .    .    .    .    .    .    .    .    .    .    .    ."),
    (Event::NetworkWorks,         ".    .    .    .    pr   pr   .    .    .    .    .    .    .    .    .    ."),
    (Event::NetworkReady,         ".    .    .    .    .    pu   .    .    .    .    .    .    .    .    .    ."),
    (Event::QuotaMet,             ".    .    .    .    de   de   .    .    .    .    .    .    .    .    .    ."),
    (Event::WindowOpens,          ".    .    .    .    .    .    .    pu   .    .    .    .    .    .    .    ."),
    (Event::Committed,            ".    .    .    .    ok   .    ok   .    .    .    .    .    .    .    .    ."),
    (Event::CommittedUnconfirmed, ".    .    .    .    co   .    .    .    .    .    .    .    .    .    .    ."),
    (Event::NoDrafts,             ".    .    .    .    re   .    .    .    .    .    .    .    .    .    .    ."),
    (Event::OutcomeUnknown,       ".    .    .    .    do   .    .    .    .    .    .    .    .    .    .    ."),
    (Event::Found,                ".    .    .    .    .    .    .    .    ok   .    .    .    .    .    .    ."),
    (Event::ProvenAbsent,         ".    .    .    .    .    .    .    .    pu   .    .    .    .    .    .    ."),
    (Event::Unseen,               ".    do   do   do   do   do   do   do   .    .    .    .    .    .    .    ."),
    (Event::Refused,              ".    .    .    .    fa   fa   fa   .    .    .    .    .    .    .    .    ."),
    (Event::RefusedMidway,        ".    .    .    .    pa   pa   .    .    .    .    .    .    .    .    .    ."),
];

const NOW_MS: i64 = 1_000_000;

fn calm() -> Context {
    Context {
        now_ms: NOW_MS,
        due_at_ms: Some(NOW_MS),
        gate: Gate::None,
        draft_mode: false,
        catch_up_ms: 7_200_000,
        intent_open: false,
        unseen: false,
    }
}

fn short(result: &Result<Transition, Refusal>) -> &'static str {
    match result {
        Ok(moved) => SHORT
            .iter()
            .find(|(_, state)| *state == moved.state)
            .map_or("?", |(short, _)| short),
        Err(Refusal::TooLate) => "late",
        Err(Refusal::UnderWay) => "under way",
        Err(Refusal::Unseen) => "unseen",
        Err(Refusal::NotNow { .. }) => ".",
        Err(Refusal::Gate(_)) => "gate",
    }
}

const BY_PERSON: &[Event] = &[
    Event::Schedule,
    Event::Unschedule,
    Event::Reschedule,
    Event::PublishNow,
    Event::Cancel,
    Event::Edit,
];

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    assert_eq!(SHORT.iter().map(|(_, state)| *state).collect::<Vec<_>>(), State::ALL);
    for (event, row) in TABLE {
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells.len(), State::ALL.len(), "{event:?}");
        for (&state, expected) in State::ALL.iter().zip(cells) {
            let found = step(state, *event, &calm());
            assert_eq!(short(&found), expected, "{state} · {event:?}");
        }
    }
}

#[test]
fn what_was_doubted_ahead_of_its_instant_waits_for_it_again() {
    let ctx = Context {
        due_at_ms: Some(NOW_MS + 1),
        ..calm()
    };
    for event in [Event::ProvenAbsent, Event::ResolveAbsent] {
        assert_eq!(short(&step(State::InDoubt, event, &ctx)), "sc", "{event:?}");
    }
}

#[test]
fn what_is_looked_for_after_a_copy_was_brought_back_is_changed_by_nobody_meanwhile() {
    let ctx = Context { unseen: true, ..calm() };
    for event in [Event::Edit, Event::Cancel, Event::Reschedule, Event::Unschedule, Event::PublishNow] {
        assert_eq!(step(State::Scheduled, event, &ctx), Err(Refusal::Unseen), "{event:?}");
    }
    assert_eq!(short(&step(State::Scheduled, Event::Due, &ctx)), "pu", "a worker goes on");
}

#[test]
fn once_the_intent_is_stored_a_person_comes_too_late() {
    let ctx = Context {
        intent_open: true,
        ..calm()
    };
    for &state in State::ALL {
        for &event in BY_PERSON {
            assert_eq!(step(state, event, &ctx), Err(Refusal::TooLate), "{state} · {event:?}");
        }
    }
}

#[test]
fn what_approval_holds_back_goes_out_by_no_way() {
    for gate in [Gate::Pending, Gate::Rejected, Gate::Held] {
        let ctx = Context { gate, ..calm() };
        for &state in State::ALL {
            for event in [Event::PublishNow, Event::Due, Event::Retry, Event::WindowOpens] {
                if let Ok(moved) = step(state, event, &ctx) {
                    let held = (moved.state, moved.missed);
                    assert_eq!(held, (State::Missed, Some(MissedWhy::NotAccepted)), "{state} · {event:?} · {gate}");
                }
            }
        }
        assert_eq!(step(State::Draft, Event::PublishNow, &ctx), Err(Refusal::Gate(gate)));
        assert_eq!(
            short(&step(State::InDoubt, Event::ResolveAbsent, &ctx)),
            "pu",
            "that it is absent is true all the same: the worker misses it"
        );
    }
    let accepted = Context {
        gate: Gate::Accepted,
        ..calm()
    };
    assert_eq!(short(&step(State::Scheduled, Event::Due, &accepted)), "pu");
}

#[test]
fn a_delivery_later_than_catch_up_is_missed_and_told() {
    let late = |late_ms: i64| Context {
        due_at_ms: Some(NOW_MS - late_ms),
        catch_up_ms: 500,
        ..calm()
    };
    assert_eq!(short(&step(State::Scheduled, Event::Due, &late(500))), "pu");
    let moved = step(State::Staged, Event::Due, &late(501)).unwrap();
    assert_eq!((moved.state, moved.missed), (State::Missed, Some(MissedWhy::TooLate)));
    for effect in [Effect::Notify, Effect::DiscardStaged, Effect::Sleep] {
        assert!(moved.effects.contains(&effect), "{effect:?}");
    }
}

#[test]
fn a_draft_ends_drafted_where_a_post_ends_published() {
    let ctx = Context {
        draft_mode: true,
        ..calm()
    };
    for (state, event) in [
        (State::Publishing, Event::Committed),
        (State::InDoubt, Event::Found),
        (State::InDoubt, Event::ResolveThere),
    ] {
        assert_eq!(short(&step(state, event, &ctx)), "df");
        assert_eq!(short(&step(state, event, &calm())), "ok");
    }
}

#[test]
fn an_edit_or_another_time_discards_what_was_staged() {
    // Scheduled again after a staging that failed midway: what it left there has the old words.
    for state in [State::Scheduled, State::Staging, State::Staged] {
        for event in [Event::Edit, Event::Reschedule, Event::Unschedule, Event::Cancel] {
            let moved = step(state, event, &calm()).unwrap();
            assert!(moved.effects.contains(&Effect::DiscardStaged), "{state} · {event:?}");
        }
    }
}

#[test]
fn whatever_is_sent_again_by_a_person_begins_a_new_generation_and_a_proof_does_not() {
    for (state, event) in [
        (State::Failed, Event::Retry),
        (State::PublishedInPart, Event::Retry),
        (State::InDoubt, Event::ResolveAbsent),
    ] {
        assert!(
            step(state, event, &calm()).unwrap().effects.contains(&Effect::NewGeneration),
            "{state}"
        );
    }
    let proven = step(State::InDoubt, Event::ProvenAbsent, &calm()).unwrap();
    assert!(!proven.effects.contains(&Effect::NewGeneration));
}

#[test]
fn what_stops_a_post_is_told() {
    for (state, event) in [
        (State::Publishing, Event::Refused),
        (State::Publishing, Event::RefusedMidway),
        (State::Publishing, Event::QuotaMet),
        (State::Publishing, Event::OutcomeUnknown),
        (State::Publishing, Event::NoDrafts),
        (State::Staging, Event::StageFailed),
    ] {
        assert!(step(state, event, &calm()).unwrap().effects.contains(&Effect::Notify), "{event:?}");
    }
}

#[test]
fn a_posts_status_is_the_first_that_holds_of_its_deliveries() {
    use PostStatus as P;
    use State as S;
    let cases: &[(&[State], PostStatus)] = &[
        (&[], P::Draft),
        (&[S::Draft], P::Draft),
        (&[S::Canceled, S::Canceled], P::Canceled),
        (&[S::Canceled, S::Draft], P::Draft),
        (&[S::Canceled, S::Published], P::Published),
        (&[S::Failed, S::Failed], P::Failed),
        (&[S::Failed, S::Canceled], P::Failed),
        (&[S::Failed, S::Published], P::PartiallyFailed),
        (&[S::Failed, S::Scheduled, S::Missed], P::PartiallyFailed),
        (&[S::PublishedInPart], P::PartiallyFailed),
        (&[S::Missed, S::Publishing], P::ActionRequired),
        (&[S::ReadyToPost, S::Published], P::ActionRequired),
        (&[S::InDoubt, S::Published], P::Publishing),
        (&[S::Publishing, S::Scheduled], P::Publishing),
        (&[S::Processing], P::Publishing),
        (&[S::Confirming, S::Published], P::Publishing),
        (&[S::Deferred, S::Scheduled], P::Publishing),
        (&[S::Scheduled, S::Published], P::Scheduled),
        (&[S::Staging], P::Scheduled),
        (&[S::Staged, S::Draft], P::Scheduled),
        (&[S::Published, S::Draft], P::Published),
        (&[S::Published, S::Drafted], P::Published),
        (&[S::Drafted], P::Published),
    ];
    for (states, expected) in cases {
        let deliveries: Vec<DeliveryStanding> = states
            .iter()
            .map(|&state| DeliveryStanding {
                state,
                waits_for_person: false,
            })
            .collect();
        assert_eq!(post_status(&deliveries), *expected, "{states:?}");
    }
    let doubt = DeliveryStanding {
        state: S::InDoubt,
        waits_for_person: true,
    };
    assert_eq!(post_status(&[doubt]), P::ActionRequired);
}

fn contexts() -> impl Strategy<Value = Context> {
    (
        0_i64..10_000,
        prop::option::of(0_i64..10_000),
        0_usize..Gate::ALL.len(),
        any::<bool>(),
        0_i64..5_000,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(now_ms, due_at_ms, gate, draft_mode, catch_up_ms, intent_open, unseen)| Context {
            now_ms,
            due_at_ms,
            gate: Gate::ALL[gate],
            draft_mode,
            catch_up_ms,
            intent_open,
            unseen,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_event_leaves_an_end_state(event in 0..TABLE.len(), ctx in contexts()) {
        for state in [State::Published, State::Drafted, State::Canceled] {
            prop_assert!(step(state, TABLE[event].0, &ctx).is_err());
        }
    }

    #[test]
    fn with_an_intent_stored_only_an_answer_or_a_finding_moves_a_delivery_out_of_publishing(event in 0..TABLE.len(), ctx in contexts()) {
        let ctx = Context { intent_open: true, ..ctx };
        let event = TABLE[event].0;
        if BY_PERSON.contains(&event) {
            prop_assert_eq!(step(State::Publishing, event, &ctx), Err(Refusal::TooLate));
        }
    }

    #[test]
    fn along_any_path_a_delivery_is_published_only_by_way_of_publishing_doubt_or_a_persons_hand(
        events in prop::collection::vec((0..TABLE.len(), contexts()), 1..30),
    ) {
        let mut state = State::Draft;
        for (event, ctx) in events {
            let event = TABLE[event].0;
            if let Ok(moved) = step(state, event, &ctx) {
                if moved.state == State::Published {
                    prop_assert!(matches!(state, State::Publishing | State::Confirming | State::InDoubt | State::ReadyToPost));
                }
                prop_assert_eq!(moved.missed.is_some(), moved.state == State::Missed);
                state = moved.state;
            }
        }
    }
}
