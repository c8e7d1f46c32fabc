use super::*;

const NOW: i64 = 1_000_000_000;
const MINUTE: i64 = 60_000;

/// Scheduled in an hour, nothing the matter.
fn well() -> Facts {
    Facts {
        state: State::Scheduled,
        network: Network::Bluesky,
        channel_name: "Coffee".to_owned(),
        channel_status: ChannelStatus::Active,
        halted: None,
        lane_holder: None,
        gate: Gate::None,
        plan_allows: true,
        post_deleted: false,
        due_at: Some(NOW + 60 * MINUTE),
        catch_up_ms: 120 * MINUTE,
        wake_at: Some(NOW + 50 * MINUTE),
        attempt_runs: false,
        intent: None,
        waits_for_person: false,
        deferred_until: None,
        processing_since: None,
        retries: 0,
        missed_why: None,
        failure: None,
        warning: None,
        last_step: None,
    }
}

fn promise() -> OpenPromise {
    OpenPromise {
        part: "root".to_owned(),
        stored_at: NOW,
        send_by: NOW + 30_000,
        settle_ms: MINUTE,
        looks: 0,
        readable: true,
    }
}

/// Everything that is told, an instant as its distance from now in milliseconds.
fn told(change: impl FnOnce(&mut Facts), at_ms: i64) -> String {
    let mut facts = well();
    change(&mut facts);
    let explained = explain(&facts, at_ms);
    let write = |instant: i64| format!("{:+}", instant - NOW);
    let mut lines: Vec<String> = explained.so.iter().map(|sentence| sentence.told(write)).collect();
    lines.push(format!("Next: {}", explained.next.told(write)));
    lines.extend(explained.remedies.iter().map(|remedy| format!("Do: {remedy}")));
    lines.join("\n")
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` in\n{text}");
    }
    assert!(!text.contains("{0}") && !text.contains("{1}"), "{text}");
}

#[test]
fn one_that_waits_for_its_time_needs_nobody() {
    let text = told(|_| {}, NOW);
    holds(
        &text,
        &["It is scheduled for +3600000.", "Next: At +3000000 what can be readied ahead"],
    );
    assert!(!text.contains("Do:"), "{text}");
}

#[test]
fn a_scheduler_that_stands_still_is_named() {
    let late = |facts: &mut Facts| (facts.due_at, facts.wake_at) = (Some(NOW - 10 * MINUTE), Some(NOW - 10 * MINUTE));
    let text = told(late, NOW);
    holds(
        &text,
        &[
            "which is past",
            "Next: It should have been taken up at -600000 and was not",
            "/readyz",
            "tick",
        ],
    );
    let just_due = |facts: &mut Facts| (facts.due_at, facts.wake_at) = (Some(NOW - 10), Some(NOW - 10));
    holds(&told(just_due, NOW), &["Next: It is taken up any moment."]);
}

#[test]
fn approval_plan_halt_and_connection_say_what_opens_them() {
    holds(
        &told(|facts| facts.gate = Gate::Pending, NOW),
        &["approval is asked and not given", "Do: Have it accepted before its time."],
    );
    holds(&told(|facts| facts.gate = Gate::Held, NOW), &["approval is on hold"]);
    holds(
        &told(|facts| facts.plan_allows = false, NOW),
        &["plan", "it is held", "Do: An administrator"],
    );
    holds(
        &told(|facts| facts.halted = Some("3 near-identical posts.".to_owned()), NOW),
        &[
            "Coffee is halted: 3 near-identical posts.",
            "Do: Someone who may publish lifts the halt",
        ],
    );
    holds(
        &told(|facts| facts.channel_status = ChannelStatus::MissingPermission, NOW),
        &["Coffee is missing permission", "Do: Reconnect Coffee."],
    );
}

#[test]
fn a_call_under_way_is_told_by_what_may_still_arrive() {
    let under_way = |facts: &mut Facts| {
        facts.state = State::Publishing;
        facts.due_at = Some(NOW);
        facts.attempt_runs = true;
        facts.wake_at = Some(NOW + 90_000);
        facts.intent = Some(promise());
    };
    holds(
        &told(under_way, NOW + 5_000),
        &[
            "(root) was allowed at +0 and may be under way until +30000",
            "taken up again at +90000",
            "asked before anything is sent",
        ],
    );
    holds(&told(under_way, NOW + 60_000), &["before +90000 it may still arrive"]);
}

#[test]
fn doubt_says_when_it_is_looked_for_and_who_decides_in_the_end() {
    let doubted = |facts: &mut Facts| {
        facts.state = State::InDoubt;
        facts.wake_at = Some(NOW + 20 * MINUTE);
        facts.intent = Some(OpenPromise { looks: 3, ..promise() });
    };
    holds(
        &told(doubted, NOW + 10 * MINUTE),
        &[
            "stands on Bluesky is not known",
            "looked for 3 times",
            "Next: At +1200000 the network is asked",
        ],
    );
    let given_up = |facts: &mut Facts| {
        doubted(facts);
        facts.wake_at = None;
        facts.waits_for_person = true;
    };
    holds(
        &told(given_up, NOW + 90 * MINUTE),
        &["Next: Nothing by itself: a person decides.", "Do: Look at Coffee, then say"],
    );
}

#[test]
fn an_outage_tells_the_last_answer_and_the_next_try() {
    let text = told(
        |facts| {
            facts.state = State::Publishing;
            facts.due_at = Some(NOW);
            facts.wake_at = Some(NOW + 3 * MINUTE);
            facts.retries = 2;
            facts.last_step = Some(LastStep {
                at: NOW + 30_000,
                label: "put record".to_owned(),
                outcome: "not_sent".to_owned(),
                http_status: None,
                detail: "no connection".to_owned(),
            });
        },
        NOW + MINUTE,
    );
    holds(
        &text,
        &[
            "tried again 2 times",
            "ended at +30000: put record (not sent): no connection",
            "Next: At +180000 it is tried again.",
        ],
    );
}

#[test]
fn limits_processing_and_the_lane_tell_what_is_waited_for() {
    let deferred = |facts: &mut Facts| {
        facts.state = State::Deferred;
        facts.deferred_until = Some(NOW + 9 * MINUTE);
        facts.wake_at = facts.deferred_until;
    };
    holds(
        &told(deferred, NOW),
        &["A limit holds it until +540000.", "Next: At +540000 it goes out"],
    );
    let processing = |facts: &mut Facts| {
        facts.state = State::Processing;
        facts.processing_since = Some(NOW - MINUTE);
        facts.wake_at = Some(NOW + 5_000);
    };
    holds(
        &told(processing, NOW),
        &["Bluesky has worked on its media since -60000.", "the network is asked again"],
    );
    let behind = |facts: &mut Facts| {
        facts.state = State::Publishing;
        facts.attempt_runs = true;
        facts.lane_holder = Some("dlv_other".to_owned());
    };
    holds(&told(behind, NOW), &["Another call is under way on Coffee, of dlv_other"]);
}

#[test]
fn what_is_stopped_is_not_said_to_go_out() {
    type Spoil = fn(&mut Facts);
    let spoils: [Spoil; 4] = [
        |facts| facts.halted = Some("Four alike.".to_owned()),
        |facts| facts.gate = Gate::Pending,
        |facts| facts.plan_allows = false,
        |facts| facts.channel_status = ChannelStatus::Revoked,
    ];
    for spoil in spoils {
        holds(&told(spoil, NOW), &["Next: At +3000000 it is looked at again; it does not go out"]);
    }
    let over = |facts: &mut Facts| {
        facts.state = State::Published;
        facts.wake_at = None;
        facts.halted = Some("Four alike.".to_owned());
        facts.channel_status = ChannelStatus::Revoked;
    };
    let text = told(over, NOW);
    assert!(
        !text.contains("halted") && !text.contains("Reconnect"),
        "it stands whatever became of the channel:\n{text}"
    );
}

#[test]
fn ends_say_whether_somebody_has_to_do_something() {
    let missed = |why| {
        move |facts: &mut Facts| {
            facts.state = State::Missed;
            facts.due_at = Some(NOW - MINUTE);
            facts.wake_at = None;
            facts.missed_why = Some(why);
        }
    };
    holds(
        &told(missed(MissedWhy::NotAccepted), NOW),
        &["by -60000 it was not accepted", "Do: Publish it now, or give it a new time."],
    );
    holds(&told(missed(MissedWhy::TooLate), NOW), &["until long after"]);
    let failed = |facts: &mut Facts| {
        facts.state = State::Failed;
        facts.wake_at = None;
        facts.failure = Some(("The text is too long.".to_owned(), "Shorten it.".to_owned()));
    };
    holds(
        &told(failed, NOW),
        &["It failed", "The text is too long.", "Do: Shorten it.", "Next: Nothing by itself."],
    );
    let published = |facts: &mut Facts| (facts.state, facts.wake_at) = (State::Published, None);
    let text = told(published, NOW);
    holds(&text, &["It is published.", "Next: Nothing: this is an end."]);
    assert!(!text.contains("Do:"), "{text}");
}

#[test]
fn one_that_nothing_will_wake_is_called_what_it_is() {
    holds(
        &told(|facts| facts.wake_at = None, NOW),
        &["Next: Nothing: no next look is stored.", "Do: Report this"],
    );
}
