//! What was to hold, and whether it did: failures first.

use herdlab_sim::measure::ThresholdRecord;

use super::format::{count, micros, percent, wrapped};

/// A line a failure, and a line for what passed in all lanes alike. `cut`: the run was cut short, and they are about what
/// was measured until then.
pub(crate) fn lines(thresholds: &[ThresholdRecord], cut: bool, width: usize) -> String {
    let failed =
        thresholds.iter().filter(|one| !one.passed).map(|one| format!("FAIL {}", sentence(one)));
    let of_one_text: Vec<&[ThresholdRecord]> =
        thresholds.chunk_by(|a, b| a.expr == b.expr).collect();
    let passed = of_one_text.into_iter().filter_map(passed);
    let mut text = String::new();
    for line in failed.chain(passed) {
        text.push_str(&format!("{}\n", wrapped(&line, width)));
    }
    if cut && !thresholds.is_empty() {
        let said = "Thresholds were held against what was measured until the run was cut short.";
        text.push_str(&format!("{}\n", wrapped(said, width)));
    }
    text
}

/// What passed of a threshold that was held against each of these lanes.
fn passed(lanes: &[ThresholdRecord]) -> Option<String> {
    let passed: Vec<&ThresholdRecord> = lanes.iter().filter(|one| one.passed).collect();
    let [first, .., last] = passed.as_slice() else {
        return passed.first().map(|one| format!("PASS {}", sentence(one)));
    };
    let mut values: Vec<f64> = passed.iter().filter_map(|one| one.value).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.first()?, values.last()?);
    let (low, high) = (shown(&first.expr, *low), shown(&last.expr, *high));
    let range = if low == high { low } else { format!("{low} to {high}") };
    let of = if passed.len() == lanes.len() { "all ".to_owned() } else { String::new() };
    Some(format!("PASS {}: {range} in {of}{} lanes", first.expr, passed.len()))
}

/// The threshold, its lane, and what was measured.
pub(crate) fn sentence(one: &ThresholdRecord) -> String {
    let named = one.expr.contains(&format!("{{{}}}", one.lane));
    let lane = if named { String::new() } else { format!(" in {}", one.lane) };
    let mut text = format!("{}{lane}: ", one.expr);
    match (one.value, &one.reason) {
        (Some(value), _) => text.push_str(&shown(&one.expr, value)),
        (None, Some(reason)) => text.push_str(reason),
        (None, None) => text.push_str("no value"),
    }
    match (one.value, one.limit, &one.reason) {
        (Some(_), Some(_), _) if one.passed => {}
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
             PASS latency.p99 < 200ms in ttl: 1.00ms\n"
        );
        let two = [one("herd.max < 5", Some(1.0), true), one("herd.max < 5", Some(4.0), true)];
        assert_eq!(lines(&two, false, 200), "PASS herd.max < 5: 1 to 4 in all 2 lanes\n");
        let named = one("herd.max{ttl} < 5", Some(1.0), true);
        assert_eq!(lines(&[named], false, 200), "PASS herd.max{ttl} < 5: 1\n");
        assert!(
            sentence(&one("herd.max < 5", None, true)).ends_with("in ttl: no request was measured")
        );
    }
}
