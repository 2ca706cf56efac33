//! A record as a model: what a run's seconds say. Herds over time are not in a record, their sizes are.

use herdlab_sim::measure::{LaneRecord, QUANTILES, Totals, WATCHED};
use herdlab_sim::time::Nanos;

use crate::lane::Lane;
use crate::model::Model;
use crate::point::{Point, STEPS, step_of};

impl Model {
    /// Shows the lanes of a record, and what was found.
    pub fn load(&mut self, lanes: &[LaneRecord], findings: impl Iterator<Item = String>) {
        self.findings = findings.collect();
        self.tick = lanes.first().map_or(Nanos::SECOND, |lane| {
            Nanos::from_millis(u64::from(lane.series.bucket_ms.max(1)))
        });
        self.lanes = lanes.iter().map(|record| lane(record, self.tick)).collect();
        self.reached = self.duration;
        self.limit = self.duration;
        self.selected = 0;
        self.archived = true;
    }
}

fn lane(record: &LaneRecord, tick: Nanos) -> Lane {
    let mut lane = Lane::new(&crate::words::clean(&record.name));
    let series = &record.series;
    let summary = &record.summary;
    let at = |list: &[u32], index: usize| list.get(index).copied().unwrap_or(0);
    let mut totals = Totals {
        latency_us: QUANTILES.map(|q| {
            if q < 1.0 {
                record.histograms.latency_quantile(q).unwrap_or(0)
            } else {
                summary.latency_max_us
            }
        }),
        herd_max: summary.herd_max as u32,
        ..Totals::default()
    };
    for index in 0..series.requests.len() {
        let (requests, hits) = (at(&series.requests, index), at(&series.hits, index));
        let (calls, duplicates) =
            (at(&series.origin_calls, index), at(&series.origin_duplicates, index));
        let in_time = at(&series.in_time, index);
        // What was no hit and not in time failed or was late; what else it was, a second does not say.
        let failed = requests - in_time.min(requests);
        let outcomes = [hits, 0, 0, requests.saturating_sub(hits + failed), 0, failed];
        totals.outcomes.iter_mut().zip(outcomes).for_each(|(sum, n)| *sum += u64::from(n));
        totals.in_time += u64::from(in_time);
        totals.calls += u64::from(calls);
        totals.duplicates += u64::from(duplicates);
        totals.peak = totals.peak.max(calls);
        totals.stampede_peak = totals.stampede_peak.max(duplicates);
        let mut heat = [0; STEPS];
        if let Some(p99) = series.latency_p99_us.get(index).filter(|us| **us > 0) {
            heat[step_of(*p99)] = 1;
        }
        lane.push(Point {
            at: Nanos::from_nanos(tick.as_nanos() * (index as u64 + 1)),
            outcomes,
            in_time,
            outdated: 0,
            leaked: 0,
            unknown: 0,
            calls,
            duplicates,
            wasted: 0,
            in_flight: 0,
            computing: 0,
            queued: 0,
            held: (0, 0),
            evictions: 0,
            herds: [0; WATCHED],
            item_calls: [0; WATCHED],
            largest: (0, 0),
            heat,
            lateness_us: 0,
            totals,
        });
    }
    // The last word is the summary's.
    if let Some(last) = lane.points.last_mut() {
        last.totals = Totals {
            outcomes: [
                summary.fresh,
                summary.stale,
                summary.waited,
                summary.computed,
                summary.degraded,
                summary.failed,
            ],
            wasted: summary.origin_wasted,
            leaked: summary.leaked,
            outdated: (summary.outdated_rate * summary.items as f64).round() as u64,
            ..last.totals
        };
    }
    lane.over = true;
    lane
}
