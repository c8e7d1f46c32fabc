//! What the forecast says comes true.

use std::collections::BTreeMap;

use postrider_core::forecast::Verdict;
use postrider_simulation::Simulator;

/// Runs: each of 32 posts, which are asked about up to three times.
const RUNS: u64 = 20;
/// Posts asked about at least.
const ASKED_MIN: usize = 1_000;

#[test]
fn what_is_foretold_of_a_thousand_posts_comes_true() {
    let simulator = Simulator::new().unwrap();
    let mut compared = Vec::new();
    for seed in 0..RUNS {
        compared.extend(simulator.foretell(seed).unwrap());
    }
    let mut said: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for one in &compared {
        *said.entry((one.said.key(), one.because.clone())).or_default() += 1;
    }
    println!("{} forecasts: {said:#?}", compared.len());
    let wrong: Vec<&str> = compared.iter().filter(|one| !one.held).map(|one| one.seen.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), compared.len(), wrong.join("\n"));
    assert!(compared.len() >= ASKED_MIN);
    for verdict in [Verdict::WillPublish, Verdict::WillWait, Verdict::ByHand, Verdict::WillNotPublish] {
        assert!(
            compared.iter().any(|one| one.said == verdict),
            "nothing was said to {}",
            verdict.key()
        );
    }
    for because in [
        "quota.full",
        "guard.alike",
        "guard.halts_before",
        "refused",
        "post.repeated",
        "channel.access_ends",
        "channel.halted",
    ] {
        assert!(compared.iter().any(|one| one.because == because), "{because} never came to pass");
    }
}
