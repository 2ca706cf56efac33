//! Whether a threshold holds in the lanes that were run.

use std::ops::Range;

use herdlab_sim::measure::{LaneRecord, ThresholdRecord};

use super::metric::{Aggregate, Metric, Source, Stream};
use super::{Limit, Term, Threshold};

/// A lane to be judged.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// What was measured.
    pub lane: &'a LaneRecord,
    /// The seconds that count: from the end of the warm-up to where the run, or what was run of it, ends.
    pub seconds: Range<usize>,
}

impl Threshold {
    /// One verdict a lane: the one it names, or each. A figure that has no value fails, and the verdict says why.
    #[must_use]
    pub fn judge(&self, lanes: &[Judged<'_>]) -> Vec<ThresholdRecord> {
        let meant = |judged: &&Judged<'_>| {
            self.left.lane.as_ref().is_none_or(|name| *name == judged.lane.name)
        };
        let verdicts: Vec<ThresholdRecord> =
            lanes.iter().filter(meant).map(|judged| self.verdict(judged, lanes)).collect();
        match &self.left.lane {
            Some(name) if verdicts.is_empty() => {
                vec![self.record(name, None, Err(format!("lane {name} was not run")))]
            }
            _ => verdicts,
        }
    }

    fn verdict(&self, judged: &Judged<'_>, lanes: &[Judged<'_>]) -> ThresholdRecord {
        let limit = match &self.limit {
            Limit::Number(quantity) => Ok(quantity.value()),
            Limit::Times(factor, term) => {
                self.other(term, judged, lanes).map(|value| factor * value)
            }
        };
        let lane = &judged.lane.name;
        match self.value(&self.left.metric, judged) {
            Ok(value) => self.record(lane, Some(value), limit),
            Err(reason) => self.record(lane, None, Err(reason)),
        }
    }

    /// The figure on the right: of the lane it names, or of the same.
    fn other(&self, term: &Term, same: &Judged<'_>, lanes: &[Judged<'_>]) -> Result<f64, String> {
        let of = match &term.lane {
            None => Some(same),
            Some(name) => lanes.iter().find(|judged| judged.lane.name == *name),
        };
        match (of, &term.lane) {
            (Some(judged), _) => self.value(&term.metric, judged),
            (None, name) => Err(format!("lane {} was not run", name.as_deref().unwrap_or(""))),
        }
    }

    fn record(
        &self,
        lane: &str,
        value: Option<f64>,
        limit: Result<f64, String>,
    ) -> ThresholdRecord {
        let passed =
            matches!((value, &limit), (Some(value), Ok(limit)) if self.op.holds(value, *limit));
        let (limit, reason) = match limit {
            Ok(limit) => (Some(limit), None),
            Err(reason) => (None, Some(reason)),
        };
        let (expr, lane) = (self.to_string(), lane.to_owned());
        ThresholdRecord { expr, lane, value, limit, passed, aborted: false, reason }
    }

    fn value(&self, metric: &Metric, judged: &Judged<'_>) -> Result<f64, String> {
        let lane = judged.lane;
        if lane.summary.requests == 0 && metric.name != "requests" {
            return Err("no request was measured".to_owned());
        }
        match metric.source {
            Source::Summary(index) => Ok(lane.summary.values()[index]),
            Source::Percentile(share) => lane
                .histograms
                .latency_quantile(share)
                .map(|us| us.min(lane.summary.latency_max_us) as f64)
                .ok_or_else(|| "the histogram cannot be read".to_owned()),
            Source::Seconds(stream, aggregate) => {
                let from = self.after.map_or(0, |after| after as usize).max(judged.seconds.start);
                // Answers come until the last request has its own, after the last one is due.
                let end = match stream {
                    Stream::P99 => lane.series.latency_p99_us.len().max(judged.seconds.end),
                    _ => judged.seconds.end,
                };
                let seconds: Vec<Second> = (from..end).map(|at| second(lane, stream, at)).collect();
                aggregated(&seconds, aggregate, self.over.map_or(1, |over| over as usize))
                    .ok_or_else(|| {
                        format!("nothing was measured from {from}s on that it could be told of")
                    })
            }
        }
    }
}

/// What is counted in a second, and what it is divided by: the seconds themselves for counts, requests for shares.
type Second = (f64, f64);

fn second(lane: &LaneRecord, stream: Stream, at: usize) -> Second {
    let series = &lane.series;
    let of = |counts: &[u32]| f64::from(counts.get(at).copied().unwrap_or(0));
    let requests = of(&series.requests);
    match stream {
        Stream::Requests => (requests, 1.0),
        Stream::Hits => (of(&series.hits), 1.0),
        Stream::InTime => (of(&series.in_time), 1.0),
        Stream::Calls => (of(&series.origin_calls), 1.0),
        Stream::Duplicates => (of(&series.origin_duplicates), 1.0),
        // A second without requests has no share, but keeps its place: windows are of seconds that follow each other.
        Stream::HitRate => (of(&series.hits), requests),
        Stream::Goodput => (of(&series.in_time), requests),
        // A second without an answer has no p99. (It is of the answers that were given in the second.)
        Stream::P99 => {
            let p99 = series.latency_p99_us.get(at).copied().filter(|p99| *p99 > 0);
            p99.map_or((0.0, 0.0), |p99| (p99 as f64, 1.0))
        }
    }
}

/// One figure of them; none if there are fewer than a window has.
fn aggregated(seconds: &[Second], aggregate: Aggregate, over: usize) -> Option<f64> {
    let mean = |window: &[Second]| {
        let (sum, by) = window.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        (by > 0.0).then(|| sum / by)
    };
    let windows = seconds.windows(over).filter_map(mean);
    match aggregate {
        Aggregate::Avg => mean(seconds),
        Aggregate::Sum => mean(seconds).map(|_| seconds.iter().map(|second| second.0).sum()),
        Aggregate::Last => mean(seconds.last().map(std::slice::from_ref)?),
        Aggregate::Min => windows.reduce(f64::min),
        Aggregate::Max => windows.reduce(f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::measure::{Histograms, Series, StrategyRecord, Summary};

    fn lane(name: &str, calls: &[u32]) -> LaneRecord {
        let total = calls.iter().sum::<u32>();
        LaneRecord {
            name: name.to_owned(),
            strategy: StrategyRecord { name: "ttl".to_owned(), parameters: Default::default() },
            summary: Summary {
                requests: 100,
                origin_calls: total.into(),
                herd_max: 5,
                ..Summary::default()
            },
            series: Series {
                requests: vec![10; calls.len()],
                hits: calls.iter().map(|calls| 10 - calls.min(&10)).collect(),
                origin_calls: calls.to_vec(),
                ..Series::default()
            },
            histograms: Histograms::default(),
            events: Vec::new(),
        }
    }

    /// (value, whether it passed) of the first lane that a threshold is about.
    fn first(text: &str, lanes: &[LaneRecord]) -> (Option<f64>, bool) {
        let judged: Vec<Judged<'_>> = lanes
            .iter()
            .map(|lane| Judged { lane, seconds: 0..lane.series.requests.len() })
            .collect();
        let verdict = text.parse::<Threshold>().unwrap().judge(&judged).remove(0);
        (verdict.value, verdict.passed)
    }

    #[test]
    fn a_window_does_not_reach_over_a_pause() {
        let mut paused = lane("ttl", &[0; 9]);
        paused.series.requests = vec![10, 10, 10, 0, 0, 0, 10, 10, 10];
        paused.series.in_time = vec![10, 10, 10, 0, 0, 0, 0, 0, 10];
        let lanes = [paused];
        assert_eq!(first("goodput.min > 50% over 4s", &lanes), (Some(0.0), false));
        assert_eq!(first("goodput.min > 50% over 2s after 7s", &lanes), (Some(0.5), false));
    }

    #[test]
    fn a_p99_is_judged_until_the_last_answer_and_seconds_without_one_have_none() {
        let mut late = lane("ttl", &[0; 3]);
        late.series.latency_p99_us = vec![1_000, 0, 3_000, 0, 29_000_000];
        let lanes = [late];
        assert_eq!(first("latency.p99.max < 2s", &lanes), (Some(29e6), false));
        assert_eq!(first("latency.p99.min < 2ms", &lanes), (Some(1e3), true));
    }

    #[test]
    fn exactly_on_the_limit_is_the_operators_to_decide() {
        let lanes = [lane("a", &[1])];
        for (op, passes) in
            [("<", false), ("<=", true), (">", false), (">=", true), ("==", true), ("!=", false)]
        {
            assert_eq!(first(&format!("herd.max {op} 5"), &lanes), (Some(5.0), passes), "{op}");
        }
        assert!(
            first(
                "hit.rate == 99%",
                &[LaneRecord {
                    summary: Summary { requests: 100, hit_rate: 0.99, ..Summary::default() },
                    ..lane("a", &[])
                }]
            )
            .1
        );
    }

    #[test]
    fn seconds_are_windowed_and_left_out_as_said() {
        let lanes = [lane("a", &[8, 0, 2, 4, 0])];
        for (text, value) in [
            ("origin.qps.peak < 1 over 1s", 8.0),
            ("origin.qps.peak < 1 over 2s", 4.0),
            ("origin.qps.peak < 1 after 1s", 4.0),
            ("origin.qps.peak < 1 over 2s after 1s", 3.0),
            ("origin.calls < 1 after 2s", 6.0),
            ("origin.calls.sum < 1", 14.0),
            ("origin.calls.avg < 1", 2.8),
            ("origin.calls.min < 1 over 5s", 2.8),
            ("origin.calls.last < 1", 0.0),
            ("hit.rate.min < 1", 0.2),
            ("hit.rate < 1 after 3s", 0.8),
        ] {
            assert_eq!(first(text, &lanes).0, Some(value), "{text}");
        }
        assert_eq!(first("origin.qps.peak < 100 over 9s", &lanes), (None, false), "no such window");
        assert_eq!(
            first("origin.qps.peak < 100 after 9s", &lanes),
            (None, false),
            "no such second"
        );
    }

    #[test]
    fn lanes_are_held_against_each_other_and_one_that_has_no_value_fails() {
        let mut lanes = [lane("lock", &[9]), lane("ttl", &[10]), lane("none", &[])];
        lanes[2].summary.requests = 0;
        assert!(first("origin.calls{lock} <= 0.9 * origin.calls{ttl}", &lanes).1);
        assert!(!first("origin.calls{lock} < 0.9 * origin.calls{ttl}", &lanes).1);
        assert!(first("origin.calls{lock} < requests", &lanes).1, "of the same lane");
        for text in ["herd.max{none} < 9", "latency.p99.5{none} < 9s", "herd.max{gone} < 9"] {
            assert_eq!(first(text, &lanes), (None, false), "{text}");
        }
    }

    #[test]
    fn a_threshold_without_a_lane_is_one_verdict_a_lane() {
        let lanes = [lane("a", &[1]), lane("b", &[3])];
        let judged = lanes.each_ref().map(|lane| Judged { lane, seconds: 0..1 });
        let verdicts = "origin.calls < 2".parse::<Threshold>().unwrap().judge(&judged);
        let seen: Vec<_> = verdicts.iter().map(|v| (v.lane.as_str(), v.passed)).collect();
        assert_eq!(seen, [("a", true), ("b", false)]);
    }
}
