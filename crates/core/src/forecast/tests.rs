use super::*;
use crate::channel::ChannelStatus;
use crate::guard::Made;
use crate::ids::ChannelId;
use crate::post::ContentType;
use crate::rules::schema::{DAY_MS, HOUR_MS, quota};

const NOW_MS: i64 = 1_800_000_000_000;
const AT_MS: i64 = NOW_MS + 5 * HOUR_MS;

fn text(words: &str) -> Content {
    Content {
        text: words.to_owned(),
        ..Content::empty(ContentType::Text)
    }
}

/// Nothing went out there and nothing is to; the network refuses repeats for ten minutes.
const LINE: Line<'static> = Line {
    made: &[],
    lifted_at_ms: 0,
    said: &[],
    before: &[],
    after: &[],
    repeat_refused_ms: Some(10 * 60_000),
};

fn facts(content: &Content) -> Facts<'_> {
    Facts {
        now_ms: NOW_MS,
        at_ms: AT_MS,
        due_at_ms: Some(AT_MS),
        deferred_until_ms: None,
        state: Some(State::Scheduled),
        gate: Gate::None,
        content,
        likeness: Some("ours".to_owned()),
        mode: Mode::Publish,
        goes_to_network: true,
        plan_allows: true,
        catch_up_ms: 2 * HOUR_MS,
        channel: Standing {
            id: ChannelId::new(NOW_MS, [0; 10]),
            network: Network::Linkedin,
            name: "Harbour Bakery",
            status: ChannelStatus::Active,
            halted_because: None,
            access_ends_at_ms: None,
        },
        outage_since_ms: None,
        problems: Vec::new(),
        line: LINE,
        room: Room::Windows { all: &[], full: None },
        said_again: false,
    }
}

/// The verdict, and the code that stands first.
fn told(facts: Facts<'_>) -> (Verdict, Option<String>) {
    let outlook = outlook(facts);
    (outlook.verdict, outlook.problems.first().map(|problem| problem.code.clone()))
}

#[test]
fn what_stops_a_post_is_named_and_what_does_not_is_a_warning() {
    use Verdict::{ByHand, WillNotPublish, WillPublish};
    let content = text("Fresh bread");
    let all = || facts(&content);
    let ends = |at_ms: i64| Standing {
        access_ends_at_ms: Some(at_ms),
        ..all().channel
    };
    let equal = |before_ms: i64| [(AT_MS - before_ms, Words::of(Network::Linkedin, &content).unwrap())];
    let (soon, later, long_ago) = (equal(9 * 60_000), equal(10 * 60_000), equal(SAME_WORDS_MS));
    let cases: Vec<(Facts<'_>, Verdict, Option<&str>)> = vec![
        (all(), WillPublish, None),
        (
            Facts {
                state: None,
                due_at_ms: None,
                at_ms: NOW_MS,
                ..all()
            },
            WillPublish,
            None,
        ),
        (
            Facts {
                gate: Gate::Accepted,
                ..all()
            },
            WillPublish,
            None,
        ),
        (
            Facts {
                gate: Gate::Pending,
                ..all()
            },
            WillNotPublish,
            Some("approval.pending"),
        ),
        (Facts { gate: Gate::Held, ..all() }, WillNotPublish, Some("approval.held")),
        (
            Facts {
                plan_allows: false,
                ..all()
            },
            WillNotPublish,
            Some("plan"),
        ),
        (
            Facts {
                state: Some(State::Draft),
                ..all()
            },
            WillNotPublish,
            Some("delivery.draft"),
        ),
        (
            Facts {
                channel: ends(AT_MS),
                ..all()
            },
            WillNotPublish,
            Some("channel.access_ends"),
        ),
        (
            Facts {
                channel: ends(AT_MS + 1),
                ..all()
            },
            WillPublish,
            Some("channel.expiring"),
        ),
        // Whoever posts by hand needs no access of ours.
        (
            Facts {
                goes_to_network: false,
                mode: Mode::Draft,
                channel: ends(AT_MS),
                ..all()
            },
            ByHand,
            None,
        ),
        (
            Facts {
                line: Line { said: &soon, ..LINE },
                ..all()
            },
            WillNotPublish,
            Some("post.repeated"),
        ),
        (
            Facts {
                line: Line { said: &later, ..LINE },
                ..all()
            },
            WillPublish,
            Some("post.same_content"),
        ),
        (
            Facts {
                line: Line { said: &long_ago, ..LINE },
                ..all()
            },
            WillPublish,
            None,
        ),
        (Facts { said_again: true, ..all() }, WillPublish, Some("post.same_content")),
        // A halt holds what a person is to post as well.
        (
            Facts {
                goes_to_network: false,
                mode: Mode::Draft,
                channel: Standing {
                    halted_because: Some("four alike"),
                    ..all().channel
                },
                ..all()
            },
            WillNotPublish,
            Some("channel.halted"),
        ),
        (
            Facts {
                outage_since_ms: Some(NOW_MS),
                ..all()
            },
            WillPublish,
            Some("network.outage"),
        ),
        (
            Facts {
                outage_since_ms: Some(NOW_MS),
                at_ms: NOW_MS + DAY_MS,
                ..all()
            },
            WillPublish,
            None,
        ),
        (
            Facts {
                due_at_ms: Some(NOW_MS - 3 * HOUR_MS),
                at_ms: NOW_MS,
                ..all()
            },
            WillNotPublish,
            Some("delivery.too_late"),
        ),
        (
            Facts {
                due_at_ms: Some(NOW_MS - HOUR_MS),
                at_ms: NOW_MS,
                ..all()
            },
            WillPublish,
            None,
        ),
    ];
    for (number, (facts, verdict, code)) in cases.into_iter().enumerate() {
        assert_eq!(told(facts), (verdict, code.map(str::to_owned)), "case {number}");
    }
}

fn waiting(at_ms: i64, likeness: &str) -> Waiting {
    Waiting {
        asks_ms: at_ms,
        due_ms: at_ms,
        likeness: Some(likeness.to_owned()),
        words: None,
    }
}

fn made(times: &[i64], likeness: &str) -> Vec<Made> {
    let likeness = Some(likeness.to_owned());
    times
        .iter()
        .map(|at_ms| Made {
            at_ms: *at_ms,
            likeness: likeness.clone(),
        })
        .collect()
}

fn minute(count: i64) -> i64 {
    AT_MS + count * 60_000
}

#[test]
fn whoever_is_due_before_takes_the_room_first() {
    let nine: Vec<i64> = (-39..-30).map(minute).collect();
    let cases: &[(&[i64], &[i64], i64)] = &[
        (&[], &[], minute(0)),
        (&[minute(-20)], &[], minute(21)),
        (&[minute(-60)], &[], minute(0)),
        // One that is due before waits as well, and goes out before this one.
        (&[minute(-20)], &[minute(-10)], minute(22)),
        (&[], &[minute(-20), minute(-10)], minute(22)),
    ];
    for (more, ahead, expected) in cases {
        // Each has nine of its own before it: likenesses that nobody shares.
        let made: Vec<Made> = nine.iter().chain(*more).flat_map(|at| made(&[*at], &at.to_string())).collect();
        let before: Vec<Waiting> = ahead.iter().map(|at| waiting(*at, &at.to_string())).collect();
        let line = Line {
            made: &made,
            before: &before,
            ..LINE
        };
        let content = text("Fresh bread");
        let held = outlook(Facts { line, ..facts(&content) });
        let waits = *expected > AT_MS;
        assert_eq!(held.goes_at_ms, Some(*expected), "{more:?} {ahead:?}");
        assert_eq!(held.verdict == Verdict::WillWait, waits);
        assert_eq!(
            held.problems.first().map(|problem| problem.code.as_str()),
            waits.then_some("quota.full")
        );
    }
}

#[test]
fn the_guards_halt_is_foreseen() {
    let content = text("Fresh bread");
    let said = |line: Line<'_>, goes_to_network: bool| {
        told(Facts {
            line,
            goes_to_network,
            ..facts(&content)
        })
    };
    let three = made(&[minute(-60), minute(-50), minute(-40)], "ours");
    let line = Line { made: &three, ..LINE };
    assert_eq!(said(line, true), (Verdict::WillNotPublish, Some("guard.alike".to_owned())));
    // A person looked at those.
    let looked_at = Line {
        lifted_at_ms: minute(-40),
        ..line
    };
    assert_eq!(said(looked_at, true), (Verdict::WillPublish, None));
    // Another is the fourth, before it.
    let others = made(&[minute(-60), minute(-50)], "theirs");
    let two = [waiting(minute(-20), "theirs"), waiting(minute(-10), "theirs")];
    let halts = Line {
        made: &others,
        before: &two,
        ..LINE
    };
    let before = (Verdict::WillNotPublish, Some("guard.halts_before".to_owned()));
    assert_eq!(said(halts, true), before);
    assert_eq!(said(halts, false), before, "what is posted by hand is held as well");
    let after = Line {
        before: &[],
        after: &two.clone().map(|post| Waiting {
            asks_ms: minute(1),
            ..post
        }),
        ..halts
    };
    assert_eq!(said(after, true), (Verdict::WillPublish, None), "it is out by then");
}

#[test]
fn a_repeat_that_the_network_refuses_takes_no_place_and_is_not_said() {
    let content = text("Fresh bread");
    let words = Words::of(Network::Linkedin, &content);
    let again = |at_ms: i64| Waiting {
        words: words.clone(),
        ..waiting(at_ms, &at_ms.to_string())
    };
    // The second is refused for the first; the third is far enough from the first.
    let before = [again(minute(-12)), again(minute(-5))];
    let line = Line { before: &before, ..LINE };
    assert_eq!(
        told(Facts { line, ..facts(&content) }),
        (Verdict::WillPublish, Some("post.same_content".to_owned()))
    );
    let line = Line {
        before: &before[1..],
        ..LINE
    };
    assert_eq!(
        told(Facts { line, ..facts(&content) }),
        (Verdict::WillNotPublish, Some("post.repeated".to_owned()))
    );
}

#[test]
fn a_networks_full_quota_holds_what_is_scheduled_and_refuses_what_is_not() {
    let content = text("Fresh bread");
    static DAY: Quota = Quota {
        key: "day",
        ..quota("day", 2, DAY_MS, "")
    };
    let full = Filled {
        quota: &DAY,
        max: 2,
        times: vec![minute(-120), minute(-60), minute(30)],
    };
    let all = [full.clone()];
    let room = Room::Windows {
        all: &all,
        full: Some(&full),
    };
    let scheduled = outlook(Facts { room, ..facts(&content) });
    // What is due after it does not stand in its way.
    assert_eq!(
        (scheduled.verdict, scheduled.goes_at_ms),
        (Verdict::WillWait, Some(minute(-120) + DAY_MS))
    );
    let by_hand = Facts {
        room,
        state: None,
        goes_to_network: false,
        mode: Mode::Draft,
        ..facts(&content)
    };
    assert_eq!(
        told(by_hand),
        (Verdict::WillNotPublish, Some("quota.full".to_owned())),
        "nobody can schedule it"
    );
    let unsaved = outlook(Facts {
        room,
        state: None,
        ..facts(&content)
    });
    assert_eq!((unsaved.verdict, unsaved.goes_at_ms), (Verdict::WillNotPublish, None));
    assert_eq!(unsaved.problems[0].code, "quota.full");
    assert!(unsaved.problems[0].message.contains("2 posts on one channel within any 24 hours"));
    let closed = Facts {
        room: Room::Closed(&DAY),
        ..facts(&content)
    };
    assert_eq!(told(closed), (Verdict::WillNotPublish, Some("quota.closed".to_owned())));
}

#[test]
fn what_is_deferred_waits_and_its_access_is_judged_when_it_goes() {
    let content = text("Fresh bread");
    let deferred = || Facts {
        now_ms: AT_MS,
        at_ms: minute(90),
        deferred_until_ms: Some(minute(90)),
        state: Some(State::Deferred),
        ..facts(&content)
    };
    let waits = outlook(deferred());
    assert_eq!((waits.verdict, waits.goes_at_ms), (Verdict::WillWait, Some(minute(90))));
    let ten: Vec<Made> = (0..10).flat_map(|nth| made(&[minute(-9 + nth)], &nth.to_string())).collect();
    let ends = Standing {
        access_ends_at_ms: Some(minute(20)),
        ..facts(&content).channel
    };
    let held_past_its_end = Facts {
        line: Line { made: &ten, ..LINE },
        channel: ends,
        ..facts(&content)
    };
    assert_eq!(
        told(held_past_its_end),
        (Verdict::WillNotPublish, Some("channel.access_ends".to_owned()))
    );
}

#[test]
fn equal_posts_are_known_by_what_is_sent() {
    let plain = text("Fresh bread\n\n#bread");
    let tagged = Content {
        hashtags: vec!["bread".to_owned()],
        ..text("Fresh bread")
    };
    let words = |content: &Content| Words::of(Network::Bluesky, content);
    assert_eq!(words(&plain), words(&tagged));
    assert_ne!(words(&plain), words(&text("Fresh bread")));
    assert_eq!(words(&Content::empty(ContentType::Story)), None);
}
