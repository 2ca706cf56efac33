//! Tidy CSV (RFC 4180): one line a point, lane and metric.

use herdlab_sim::sweep::{Case, Row, Study};

use super::figure::setting;

/// Fields, lane, metric, mean, low and high of the 95 % interval, theory, number of seeds. What there is none of is
/// empty.
pub(super) fn csv(study: &Study) -> String {
    let paths = study.axes().iter().map(|axis| cell(&axis.path));
    let fixed = ["lane", "metric", "mean", "low", "high", "theory", "n"].map(str::to_owned);
    let mut text = format!("{}\n", paths.chain(fixed).collect::<Vec<_>>().join(","));
    for row in study.rows() {
        let before = before(study, row);
        for (metric, case) in &row.metrics.0 {
            text.push_str(&format!("{before},{metric},{}\n", after(case)));
        }
    }
    text
}

fn before(study: &Study, row: &Row) -> String {
    let value = |path: &str| {
        let set = row.parameters.0.iter().find(|(of, _)| of == path);
        set.map_or_else(String::new, |(_, value)| cell(&setting(value)))
    };
    let values = study.axes().iter().map(|axis| value(&axis.path));
    values.chain([cell(&row.lane)]).collect::<Vec<_>>().join(",")
}

fn after(case: &Case) -> String {
    let [low, high] =
        case.estimate.ci95.map_or_else(Default::default, |ends| ends.map(|end| end.to_string()));
    let theory = case.theory.as_ref().map_or_else(String::new, |theory| theory.value.to_string());
    format!("{},{low},{high},{theory},{}", case.estimate.mean, case.values.len())
}

fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn only_what_would_break_a_line_is_quoted() {
        assert_eq!(cell("0.25"), "0.25");
        assert_eq!(cell("{ zipf = 1.0, count = 5 }"), "\"{ zipf = 1.0, count = 5 }\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
    }
}
