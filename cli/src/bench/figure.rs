//! A figure as a person reads it: the unit is in the metric's name.

use crate::summary::format::{count, mean, micros, percent};

/// A figure of a metric.
pub(super) fn figure(metric: &str, value: f64) -> String {
    match metric {
        "cpu_us" => format!("{value:.2}us"), // often below a microsecond
        "throughput" if value < 100.0 => mean(value),
        "throughput" => count(value.round() as u64),
        _ if metric.ends_with("_us") => micros(value),
        _ if metric.ends_with(".rate") => percent(value),
        _ => mean(value),
    }
}

/// A share with its sign: `+12.3%`.
pub(super) fn change(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 9.95 { format!("{percent:+.1}%") } else { format!("{percent:+.0}%") }
}

/// What a person calls the metric.
pub(super) fn title(metric: &str) -> &str {
    match metric {
        "throughput" => "req/s",
        "latency.p50_us" => "p50",
        "latency.p99_us" => "p99",
        "latency.p99.9_us" => "p99.9",
        "cpu_us" => "CPU/req",
        "hit.rate" => "hits",
        metric => metric,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_their_units() {
        assert_eq!(figure("throughput", 123_456.7), "123,457");
        assert_eq!(figure("throughput", 9.5), "9.50");
        assert_eq!(figure("cpu_us", 0.314), "0.31us");
        assert_eq!(figure("latency.p99_us", 1_234.0), "1.23ms");
        assert_eq!(figure("hit.rate", 0.9), "90.00%");
        assert_eq!([change(0.1234), change(-0.0123)], ["+12%", "-1.2%"]);
    }
}
