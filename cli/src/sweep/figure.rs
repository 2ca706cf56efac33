//! A metric's figures as a person reads them: the unit is in the metric's name.

use herdlab_scenarios::nearest;
use herdlab_sim::measure::Summary;
use herdlab_sim::sweep::{Estimate, Setting, Settings};

use crate::exit::Stop;
use crate::summary::format::{mean, micros, percent};

/// What the table and the plot show if nobody says.
const DEFAULT: [&str; 5] =
    ["herd.avg", "origin.qps.peak", "stampede.qps.peak", "latency.p99.9_us", "hit.rate"];

/// The metrics of these names.
pub(crate) fn metrics(names: &[String]) -> Result<Vec<&'static str>, Stop> {
    if names.is_empty() {
        return Ok(DEFAULT.to_vec());
    }
    let all = || Summary::METRICS.iter().map(|(name, _)| *name);
    let mut chosen = Vec::new();
    for said in names {
        let Some(name) = all().find(|name| name == said) else {
            let near = nearest(said, all()).map(|near| format!("did you mean {near}? "));
            let what = format!("error: --metric {said}: there is no such metric");
            let hint = format!("{}`herdlab list metrics` has them all", near.unwrap_or_default());
            return Err(Stop::usage(format!("{what}\n  = help: {hint}")));
        };
        if !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    Ok(chosen)
}

/// A figure of a metric.
pub(crate) fn figure(metric: &str, value: f64) -> String {
    if value < 0.0 {
        return format!("-{}", figure(metric, -value));
    }
    if metric.ends_with("_us") {
        micros(value)
    } else if is_share(metric) {
        percent(value)
    } else {
        mean(value)
    }
}

/// A mean and how far it may be off: two digits of that, and as many of the mean as it leaves sure.
pub(crate) fn estimate(metric: &str, estimate: &Estimate) -> String {
    let Some([low, high]) = estimate.ci95 else { return figure(metric, estimate.mean) };
    let half = (high - low) / 2.0;
    let shown = finer(metric, estimate.mean, half);
    if is_share(metric) {
        format!("{shown} ±{:.2}", half * 100.0) // percentage points
    } else {
        format!("{shown} ±{}", finer(metric, half, half))
    }
}

/// A figure that is told from others `by` apart.
pub(crate) fn finer(metric: &str, value: f64, by: f64) -> String {
    if metric.ends_with("_us") || is_share(metric) || by <= 0.0 {
        return figure(metric, value);
    }
    let digits = (1.0 - by.log10().floor()).clamp(0.0, 6.0) as usize;
    if value.abs() >= 1e3 { figure(metric, value) } else { format!("{value:.digits$}") }
}

fn is_share(metric: &str) -> bool {
    metric.ends_with(".rate") || metric == "goodput"
}

/// A field's value.
pub(crate) fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Number(number) => number.to_string(),
        Setting::Text(text) => text.clone(),
    }
}

/// `strategy.beta = 1.5`, several with commas; empty for none.
pub(crate) fn settings(settings: &Settings) -> String {
    let each = settings.0.iter().map(|(path, value)| format!("{path} = {}", setting(value)));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metrics_name_tells_its_unit() {
        assert_eq!(figure("latency.p99_us", 250_600.0), "251ms");
        assert_eq!(figure("hit.rate", 0.975), "97.50%");
        assert_eq!(figure("herd.avg", 2.583), "2.58");
        assert_eq!(figure("herd.avg", -2.583), "-2.58");
    }

    #[test]
    fn an_interval_is_shown_in_the_unit_of_its_mean() {
        let of = |mean: f64, half: f64| Estimate { mean, ci95: Some([mean - half, mean + half]) };
        assert_eq!(estimate("herd.avg", &of(2.5, 0.125)), "2.50 ±0.12");
        assert_eq!(estimate("herd.avg", &of(1.008_31, 0.003)), "1.0083 ±0.0030");
        assert_eq!(estimate("herd.avg", &of(501.25, 32.0)), "501 ±32");
        assert_eq!(estimate("herd.avg", &of(12_345.6, 3_210.0)), "12,346 ±3,210");
        assert_eq!(estimate("herd.avg", &of(-0.5, 0.25)), "-0.50 ±0.25");
        assert_eq!(estimate("hit.rate", &of(0.5, 0.125)), "50.00% ±12.50");
        assert_eq!(estimate("herd.avg", &Estimate { mean: 2.5, ci95: None }), "2.50");
    }

    #[test]
    fn an_unknown_metric_is_refused_with_the_nearest() {
        let stop = metrics(&["herd.agv".to_owned()]).unwrap_err();
        assert!(stop.message.contains("did you mean herd.avg?"), "{}", stop.message);
    }
}
