//! The case file that this check shares with its twin in the page, and laws that hold for the whole table.

use std::collections::BTreeSet;

use postrider_core::Network;
use postrider_core::ids::ChannelId;
use postrider_core::post::{Content, ContentType};
use postrider_core::problem::{Problem, Severity};
use postrider_core::rules::check::{CODES, CheckChannel, CheckInput, check};
use postrider_core::rules::offer;
use postrider_core::text::count::{Counter, count};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
    text_cases: Vec<TextCase>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    input: CheckInput,
    problems: Vec<Expected>,
}

#[derive(Deserialize, Clone, Debug)]
struct Expected {
    field: String,
    network: Option<Network>,
    code: String,
    severity: Severity,
    limit: Option<i64>,
    actual: Option<i64>,
    channel_id: Option<ChannelId>,
}

#[derive(Deserialize)]
struct TextCase {
    network: Network,
    text: String,
    count: i64,
}

impl Expected {
    fn is(&self, found: &Problem) -> bool {
        self.field == found.field
            && self.network == found.network
            && self.code == found.code
            && self.severity == found.severity
            && self.limit == found.limit
            && self.actual == found.actual
            && self.channel_id.is_none_or(|id| found.channel_id == Some(id))
    }
}

/// Replaces every `{{s*n}}` by `n` times `s`.
fn unfolded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("{{") {
        out.push_str(head);
        let Some((fold, after)) = tail.split_once("}}") else {
            out.push_str("{{");
            rest = tail;
            continue;
        };
        match fold.split_once('*').map(|(unit, times)| (unit, times.parse::<usize>())) {
            Some((unit, Ok(times))) => out.push_str(&unit.repeat(times)),
            _ => out.push_str(&format!("{{{{{fold}}}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn file() -> File {
    serde_json::from_str(&unfolded(include_str!("rule_cases.json"))).unwrap()
}

#[test]
fn every_case_finds_exactly_its_problems() {
    let file = file();
    assert!(file.cases.len() >= 120, "only {} cases", file.cases.len());
    let mut wrong = Vec::new();
    for case in &file.cases {
        let mut found = check(&case.input);
        let mut missing = Vec::new();
        for expected in &case.problems {
            match found.iter().position(|problem| expected.is(problem)) {
                Some(at) => {
                    found.remove(at);
                }
                None => missing.push(expected),
            }
        }
        if !found.is_empty() || !missing.is_empty() {
            wrong.push(format!("{}\n  not expected: {found:#?}\n  not found: {missing:#?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_problem_says_what_is_wrong_and_what_to_do() {
    for case in file().cases {
        for problem in check(&case.input) {
            assert!(problem.message.ends_with('.'), "{}: {problem:?}", case.name);
            assert!(problem.remedy.ends_with('.'), "{}: {problem:?}", case.name);
        }
    }
}

#[test]
fn every_code_and_every_network_has_its_case() {
    let file = file();
    let expected: BTreeSet<&str> = file
        .cases
        .iter()
        .flat_map(|case| &case.problems)
        .map(|problem| problem.code.as_str())
        .collect();
    let known: BTreeSet<&str> = CODES.iter().copied().collect();
    assert_eq!(expected, known);
    for network in Network::ALL {
        let refused = file
            .cases
            .iter()
            .flat_map(|case| &case.problems)
            .any(|problem| problem.network == Some(network));
        let fine = file
            .cases
            .iter()
            .any(|case| case.problems.is_empty() && case.input.channels.iter().any(|channel| channel.network == network));
        assert!(refused && fine, "{network}");
    }
}

#[test]
fn names_of_cases_are_each_used_once() {
    let file = file();
    let names: BTreeSet<&str> = file.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), file.cases.len());
}

/// The way of counting that stands for a network: that of its text, else its caption.
fn counter(network: Network) -> Option<Counter> {
    let kinds = [ContentType::Text, ContentType::Image, ContentType::Video];
    kinds
        .into_iter()
        .filter_map(|kind| offer(network, kind))
        .find_map(|offer| offer.text.limits.first())
        .map(|limit| limit.counter)
}

#[test]
fn every_text_counts_as_its_network_counts() {
    for case in file().text_cases {
        let counter = counter(case.network).unwrap();
        assert_eq!(count(counter, &case.text), case.count, "{} {:?}", case.network, case.text);
    }
}

/// Content of a type that a network takes, with nothing in it but `text`.
fn worded(content_type: ContentType, text: String) -> Content {
    Content {
        text,
        ..Content::empty(content_type)
    }
}

#[test]
fn at_every_text_limit_of_the_table_one_more_is_one_too_many() {
    let mut tried = 0;
    for network in Network::ALL {
        for kind in ContentType::ALL {
            let Some(offer) = offer(network, kind).filter(|_| kind != ContentType::Thread) else {
                continue;
            };
            for limit in offer.text.limits {
                // Bluesky's bytes are met before its graphemes only by clusters of many bytes.
                let unit = if limit.counter == Counter::Bytes && offer.text.limits.len() > 1 {
                    "👨‍👩‍👧‍👦"
                } else {
                    "a"
                };
                let each = count(limit.counter, unit);
                let fitting = usize::try_from(limit.max / each).unwrap();
                let problems = |times: usize| -> Vec<Problem> {
                    let channel = CheckChannel {
                        network,
                        channel_id: None,
                        overrides: Default::default(),
                        mode: Default::default(),
                        text_max: None,
                    };
                    let mut found = check(&CheckInput {
                        content: worded(kind, unit.repeat(times)),
                        channels: vec![channel],
                        assets: Default::default(),
                    });
                    found.retain(|problem| problem.code == "text.too_long");
                    found
                };
                assert_eq!(problems(fitting), [], "{network} {kind} {limit:?}");
                let beyond = problems(fitting + 1);
                assert_eq!(beyond.len(), 1, "{network} {kind} {limit:?}");
                assert_eq!(beyond[0].limit, Some(limit.max));
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "only {tried} limits");
}
