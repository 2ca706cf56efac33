//! What rounds say together, and how two contenders differ.
//!
//! A contender's rounds are independent enough for Student's interval. Rounds of one number ran one after the other,
//! so two contenders are compared by the differences within each number: what the machine did to both cancels out.

use herdlab_sim::sweep::Estimate;

use super::round::Round;

/// A figure of a round.
#[derive(Copy, Clone, Debug)]
pub struct Metric {
    /// As records name it.
    pub name: &'static str,
    /// Whether more of it is better; `None` if it is neither.
    pub more_is_better: Option<bool>,
    of: fn(&mut Round) -> Option<f64>,
}

impl Metric {
    /// The round's figure; `None` if it has none.
    #[must_use]
    pub fn of(&self, round: &mut Round) -> Option<f64> {
        (self.of)(round)
    }
}

fn quantile(d: &mut herdlab_sim::measure::Distribution, q: f64) -> Option<f64> {
    (d.count() > 0).then(|| d.quantile_us(q) as f64)
}

/// All figures of a round, the most important first.
pub const METRICS: &[Metric] = &[
    Metric { name: "throughput", more_is_better: Some(true), of: |r| Some(r.throughput) },
    Metric {
        name: "latency.p50_us",
        more_is_better: Some(false),
        of: |r| quantile(&mut r.latency, 0.5),
    },
    Metric {
        name: "latency.p99_us",
        more_is_better: Some(false),
        of: |r| quantile(&mut r.latency, 0.99),
    },
    Metric {
        name: "latency.p99.9_us",
        more_is_better: Some(false),
        of: |r| quantile(&mut r.latency, 0.999),
    },
    Metric {
        name: "cpu_us",
        more_is_better: Some(false),
        of: |r| (r.cpu_us > 0.0).then_some(r.cpu_us),
    },
    Metric {
        name: "latency.avg_us",
        more_is_better: Some(false),
        of: |r| (r.latency.count() > 0).then(|| r.latency.mean_us()),
    },
    Metric {
        name: "service.p99_us",
        more_is_better: Some(false),
        of: |r| quantile(&mut r.service, 0.99),
    },
    Metric {
        name: "lateness.p99_us",
        more_is_better: None,
        of: |r| quantile(&mut r.lateness, 0.99),
    },
    Metric { name: "hit.rate", more_is_better: None, of: |r| r.hit_rate() },
    Metric { name: "errors", more_is_better: Some(false), of: |r| Some(r.errors.total() as f64) },
];

/// How sure a difference has to be: five figures are judged together, so that one of them is wrong by chance in at most
/// a twentieth of benchmarks (Bonferroni).
const SURE: f64 = 1.0 - 0.05 / 5.0;

/// How a contender differs from another in one figure.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Comparison {
    /// This one's minus the other's, round by round.
    pub difference: Estimate,
    /// The difference as a share of the other's mean; `None` if that is zero.
    pub relative: Option<f64>,
    /// Whether this one is better: `None` if that is chance, or a matter of taste.
    pub better: Option<bool>,
}

impl Comparison {
    /// How `values` differ from `against`, round by round. `None` without a round that both have.
    #[must_use]
    pub fn new(metric: &Metric, values: &[f64], against: &[f64]) -> Option<Self> {
        let rounds = values.len().min(against.len());
        let (values, against) = (values.get(..rounds)?, against.get(..rounds)?);
        if rounds == 0 {
            return None;
        }
        let difference = Estimate::of_differences(values, against);
        let mean = Estimate::of(against).mean;
        let better = metric
            .more_is_better
            .filter(|_| difference.is_not_zero_at(SURE, rounds))
            .map(|more| (difference.mean > 0.0) == more);
        Some(Self { difference, relative: (mean != 0.0).then(|| difference.mean / mean), better })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(name: &str, values: &[f64], against: &[f64]) -> Comparison {
        let metric = METRICS.iter().find(|metric| metric.name == name).expect("a metric");
        Comparison::new(metric, values, against).expect("rounds")
    }

    #[test]
    fn a_difference_in_every_round_is_real_though_the_machine_was_noisy() {
        let (slow, fast) = ([100.0, 300.0, 200.0, 150.0], [110.0, 311.0, 209.0, 161.0]);
        let by = compared("throughput", &fast, &slow);
        assert_eq!((by.better, by.difference.is_not_zero()), (Some(true), true));
        assert_eq!(compared("throughput", &slow, &fast).better, Some(false));
        assert_eq!(compared("latency.p99_us", &fast, &slow).better, Some(false), "longer is worse");
        assert!((by.relative.expect("a share") - 0.0547).abs() < 1e-3);
    }

    #[test]
    fn what_may_be_chance_is_better_for_nobody() {
        assert_eq!(compared("throughput", &[1.0, 3.0, 2.0], &[2.0, 2.0, 2.0]).better, None);
        assert_eq!(compared("throughput", &[5.0], &[2.0]).better, None, "one round says nothing");
        assert_eq!(compared("hit.rate", &[0.9, 0.9], &[0.5, 0.5]).better, None);
        assert_eq!(Comparison::new(&METRICS[0], &[], &[1.0]), None);
    }

    #[test]
    fn rounds_without_a_partner_do_not_count() {
        let by = compared("throughput", &[3.0, 4.0], &[1.0, 2.0, 99.0]);
        assert_eq!(by.difference.mean, 2.0);
    }
}
