//! What was to hold, and whether it did: failures first.

use herdlab_sim::measure::ThresholdRecord;

use super::format::{count, micros, percent, wrapped};

/// A line a verdict. `cut`: the run was cut short, and they are about what was measured until then.
pub(super) fn lines(thresholds: &[ThresholdRecord], cut: bool, width: usize) -> String {
    let mut text = String::new();
    for (passed, word) in [(false, "FAIL"), (true, "PASS")] {
        for one in thresholds.iter().filter(|one| one.passed == passed) {
            text.push_str(&wrapped(&format!("{word} {}", sentence(one)), width));
            text.push('\n');
        }
    }
    if cut && !thresholds.is_empty() {
        let said = "Thresholds were held against what was measured until the run was cut short.";
        text.push_str(&format!("{}\n", wrapped(said, width)));
    }
    text
}

/// The threshold, its lane, and what was measured.
pub(crate) fn sentence(one: &ThresholdRecord) -> String {
    let mut text = format!("{} in {}: ", one.expr, one.lane);
    match (one.value, &one.reason) {
        (Some(value), _) => text.push_str(&shown(&one.expr, value)),
        (None, Some(reason)) => text.push_str(reason),
        (None, None) => text.push_str("no value"),
    }
    match (one.value, one.limit, &one.reason) {
        (Some(_), Some(limit), _) => text.push_str(&format!(", limit {}", shown(&one.expr, limit))),
        (Some(_), None, Some(reason)) => text.push_str(&format!(", no limit: {reason}")),
        _ => {}
    }
    if one.aborted {
        text.push_str("; this ended the run");
    }
    text
}

/// A figure in the unit of the threshold's metric.
fn shown(expr: &str, value: f64) -> String {
    match expr.parse::<herdlab_scenarios::threshold::Threshold>() {
        Ok(threshold) if threshold.is_time() => micros(value),
        Ok(threshold) if threshold.is_share() => percent(value),
        _ if value == value.round() => count(value as u64),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_stands_first_with_its_figure_and_limit() {
        let one = |expr: &str, value, passed| ThresholdRecord {
            expr: expr.to_owned(),
            lane: "ttl".to_owned(),
            value,
            limit: value.map(|_| 200_000.0),
            passed,
            aborted: !passed,
            reason: value.is_none().then(|| "no request was measured".to_owned()),
        };
        let all = [
            one("latency.p99 < 200ms", Some(1e3), true),
            one("latency.p50 < 200ms", Some(1e6), false),
        ];
        assert_eq!(
            lines(&all, false, 200),
            "FAIL latency.p50 < 200ms in ttl: 1.00s, limit 200ms; this ended the run\n\
             PASS latency.p99 < 200ms in ttl: 1.00ms, limit 200ms\n"
        );
        assert!(
            sentence(&one("herd.max < 5", None, true)).ends_with("in ttl: no request was measured")
        );
    }
}
