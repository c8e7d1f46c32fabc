//! Percentiles and the table for people.

/// One decimal is all that a millisecond figure of one run is worth.
pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Two decimals, for ratios.
pub fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The nearest-rank percentile (0 to 100) of values in any order; `None` if there are none.
pub fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Prints one line of the table.
pub fn row(name: &str, value: impl std::fmt::Display, unit: &str) {
    println!("  {name:<44} {value:>12} {unit}");
}

/// Prints what is being done, for whoever waits.
pub fn say(text: &str) {
    eprintln!("… {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (percent, value) in [(0.0, 1.0), (50.0, 50.0), (99.0, 99.0), (99.5, 100.0), (100.0, 100.0)] {
            assert_eq!(percentile(&hundred, percent), Some(value), "{percent}");
        }
        assert_eq!(percentile(&[7.0], 99.0), Some(7.0));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn figures_are_rounded_not_cut() {
        assert_eq!(tenths(12.36), 12.4);
        assert_eq!(hundredths(0.249), 0.25);
    }
}
