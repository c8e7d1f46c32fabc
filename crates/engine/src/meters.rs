//! What the engine counts: what becomes of calls, faults, attempts and deliveries, how late first calls are, how writes are grouped.
//!
//! Labels are words of ours in fixed numbers (networks, states, outcomes), never an id, a name or a text of anybody's. Counters
//! start at nothing with the process, and are read as such by who scrapes them.

use std::time::Duration;

use postrider_core::Network;
use postrider_core::delivery::FailureKind;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// Bounds of the lateness histogram, seconds: a second matters, and so does whether it was minutes.
const LATENESS_S: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0];
/// Bounds of the histogram of calls, seconds: a commit call ends after 30.
const CALL_S: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Bounds of the histogram of writes, seconds.
const WRITE_S: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];
/// Bounds of the histogram of groups, decisions: a group takes 500 at most.
const GROUP: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0];

/// What a renewal of an access came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// New tokens are stored.
    Renewed,
    /// The network said that the access is over.
    Over,
    /// It did not work out this time.
    NotNow,
}

/// The engine's counters.
pub struct Meters {
    registry: Registry,
    calls: Family<Labels<3>, Counter>,
    call_seconds: Histograms<2>,
    faults: Family<Labels<2>, Counter>,
    attempts: Family<Labels<2>, Counter>,
    transitions: Family<Labels<2>, Counter>,
    lateness_seconds: Histograms<1>,
    refreshes: Family<Labels<2>, Counter>,
    group_size: Histogram,
    write_seconds: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("postrider");
        let calls = Family::default();
        registry.register(
            "calls",
            "Calls to networks: kind is call (repeatable), commit (makes something public) or look (reads back what became of a commit)",
            calls.clone(),
        );
        let call_seconds: Histograms<2> = Family::new_with_constructor(|| Histogram::new(CALL_S));
        registry.register("call_duration_seconds", "How long answered calls took", call_seconds.clone());
        let faults = Family::default();
        registry.register("faults", "What went wrong with deliveries, by kind of failure", faults.clone());
        let attempts = Family::default();
        registry.register(
            "attempts",
            "Attempts that ended, by the state that they left the delivery in",
            attempts.clone(),
        );
        let transitions = Family::default();
        registry.register(
            "delivery_transitions",
            "Deliveries that the engine moved into a state",
            transitions.clone(),
        );
        let lateness_seconds: Histograms<1> = Family::new_with_constructor(|| Histogram::new(LATENESS_S));
        registry.register(
            "lateness_seconds",
            "How long after its instant a delivery's first commit call was allowed",
            lateness_seconds.clone(),
        );
        let refreshes = Family::default();
        registry.register("token_refreshes", "Renewals of accesses", refreshes.clone());
        let group_size = Histogram::new(GROUP);
        registry.register("write_group_size", "Decisions that one transaction stored", group_size.clone());
        let write_seconds = Histogram::new(WRITE_S);
        registry.register(
            "write_duration_seconds",
            "How long storing a group of decisions took, repeats included",
            write_seconds.clone(),
        );
        Meters {
            registry,
            calls,
            call_seconds,
            faults,
            attempts,
            transitions,
            lateness_seconds,
            refreshes,
            group_size,
            write_seconds,
        }
    }
}

/// The label of one of few known words; any other would let the number of labels grow.
fn known(word: &str, words: &[&'static str]) -> &'static str {
    words.iter().copied().find(|known| *known == word).unwrap_or("other")
}

const KINDS: &[&str] = &["call", "commit", "look"];
const OUTCOMES: &[&str] = &["ok", "refused", "lost", "not_sent", "found", "absent", "unknown"];

impl Meters {
    /// A call ended; `took_ms` (milliseconds) if it was answered.
    pub fn called(&self, network: Network, kind: &str, outcome: &str, took_ms: Option<i64>) {
        let kind = ("kind", known(kind, KINDS));
        let network = ("network", network.key());
        let outcome = ("outcome", known(outcome, OUTCOMES));
        self.calls.get_or_create_owned(&[network, kind, outcome]).inc();
        if let Some(took_ms) = took_ms {
            self.call_seconds.get_or_create_owned(&[network, kind]).observe(seconds(took_ms));
        }
    }

    /// Something went wrong with a delivery.
    pub fn fault(&self, network: Network, kind: FailureKind) {
        let labels = [("network", network.key()), ("kind", kind.key())];
        self.faults.get_or_create_owned(&labels).inc();
    }

    /// An attempt ended.
    pub fn attempt(&self, network: Network, outcome: &'static str) {
        let labels = [("network", network.key()), ("outcome", outcome)];
        self.attempts.get_or_create_owned(&labels).inc();
    }

    /// A delivery was moved into a state.
    pub fn moved(&self, network: Network, to: &'static str) {
        let labels = [("network", network.key()), ("to", to)];
        self.transitions.get_or_create_owned(&labels).inc();
    }

    /// A first commit call was allowed so long after the delivery's instant (milliseconds).
    pub fn late(&self, network: Network, lateness_ms: i64) {
        let labels = [("network", network.key())];
        self.lateness_seconds.get_or_create_owned(&labels).observe(seconds(lateness_ms));
    }

    /// A renewal ended.
    pub fn refreshed(&self, network: Network, outcome: Refresh) {
        let outcome = match outcome {
            Refresh::Renewed => "renewed",
            Refresh::Over => "over",
            Refresh::NotNow => "not_now",
        };
        let labels = [("network", network.key()), ("outcome", outcome)];
        self.refreshes.get_or_create_owned(&labels).inc();
    }

    /// A group of decisions was stored, or given up.
    pub fn wrote(&self, decisions: usize, took: Duration) {
        self.group_size.observe(decisions as f64);
        self.write_seconds.observe(took.as_secs_f64());
    }

    /// Writes all of them in the text format of OpenMetrics, without the line that ends it.
    ///
    /// # Errors
    /// If the text does not take it.
    pub fn write(&self, text: &mut String) -> std::fmt::Result {
        text::encode_registry(text, &self.registry)
    }
}

fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_with_bounded_labels() {
        let meters = Meters::default();
        meters.called(Network::Bluesky, "commit", "ok", Some(250));
        meters.called(Network::Bluesky, "commit", "a word that a network made up", None);
        meters.late(Network::Bluesky, -3);
        meters.late(Network::Bluesky, 90_000);
        meters.fault(Network::Facebook, FailureKind::Outage);
        meters.refreshed(Network::Facebook, Refresh::NotNow);
        meters.wrote(3, Duration::from_millis(4));
        let mut text = String::new();
        meters.write(&mut text).unwrap();
        for line in [
            r#"postrider_calls_total{network="bluesky",kind="commit",outcome="ok"} 1"#,
            r#"postrider_calls_total{network="bluesky",kind="commit",outcome="other"} 1"#,
            r#"postrider_call_duration_seconds_bucket{le="0.25",network="bluesky",kind="commit"} 1"#,
            r#"postrider_lateness_seconds_bucket{le="0.005",network="bluesky"} 1"#,
            r#"postrider_lateness_seconds_count{network="bluesky"} 2"#,
            r#"postrider_faults_total{network="facebook",kind="outage"} 1"#,
            r#"postrider_token_refreshes_total{network="facebook",outcome="not_now"} 1"#,
            r#"postrider_write_group_size_sum 3.0"#,
            "# TYPE postrider_lateness_seconds histogram",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} in\n{text}");
        }
    }
}
