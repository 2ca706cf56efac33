//! A lane looked at closely while it runs: what a live screen shows of each interval, the warm-up included.
//!
//! A [`Recorder`](super::Recorder) and a [`Ledger`](super::Ledger) count for it only if somebody looks.

use std::ops::ControlFlow;

use super::interval::Interval;
use super::recorder::Outcome;
use super::{LaneRun, Window};
use crate::key::Item;
use crate::plan::Event;
use crate::time::Nanos;

/// The items whose herds are told apart: so many of the most popular.
pub const WATCHED: usize = 32;

/// The shares of which [`Totals::latency_us`] has the latency; the last is the maximum.
pub const QUANTILES: [f64; 7] = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0];

/// What happened in an interval, and how things stand at its end.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sample {
    /// Its end.
    pub at: Nanos,
    /// What happened to requests.
    pub requests: RequestSample,
    /// What reached the origin.
    pub origin: OriginSample,
    /// Requests sent and not ended.
    pub in_flight: u64,
    /// Computes the origin works on, and calls that wait for it.
    pub computing: u32,
    /// Calls that wait for the origin.
    pub queued: u32,
    /// Entries in the cache, those among them that nobody has looked at since they expired.
    pub entries: u64,
    /// What they take, in bytes, as a cache that is limited by them counts.
    pub bytes: u64,
    /// Entries evicted so far, those of filling a warm cache among them.
    pub evictions: u64,
}

/// What happened to requests in an interval.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RequestSample {
    /// Requests that ended, by outcome in the order of [`Outcome`].
    pub outcomes: [u32; 6],
    /// Of these, answered within the client's patience.
    pub in_time: u32,
    /// Values served that were older than the item's last committed write (measured requests only).
    pub outdated: u32,
    /// Values served to another variant than they were computed for (measured requests only).
    pub leaked: u32,
    /// Their latencies in microseconds, and how many each, in order.
    pub latency: Vec<(u64, u32)>,
    /// 99th percentile of how late the generator sent, in microseconds (real time only).
    pub lateness_p99_us: u64,
    /// Of those that were computed, answers that do not say where they came from (over HTTP only).
    pub unknown: u32,
}

/// What reached the origin in an interval.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OriginSample {
    /// Calls submitted.
    pub calls: u32,
    /// Of these, while another for the same item was in flight.
    pub duplicates: u32,
    /// For each of the most popular items the most identical calls that were in flight at once.
    pub herds: [u32; WATCHED],
    /// For each of them the calls submitted.
    pub item_calls: [u32; WATCHED],
    /// The item of which most identical calls were in flight, whichever it is, and how many.
    pub largest: (Item, u32),
    /// Calls whose result was neither stored nor delivered (measured calls only).
    pub wasted: u32,
}

/// What was measured so far, as a run's summary would have it.
#[derive(Copy, Clone, PartialEq, Debug, Default)]
pub struct Totals {
    /// Requests that ended, by outcome in the order of [`Outcome`].
    pub outcomes: [u64; 6],
    /// Of these, answered within the client's patience.
    pub in_time: u64,
    /// Values served that were older than the item's last committed write.
    pub outdated: u64,
    /// Values served to another variant than they were computed for.
    pub leaked: u64,
    /// Of those that were computed, answers that do not say where they came from (over HTTP only).
    pub unknown: u64,
    /// Origin calls.
    pub calls: u64,
    /// Of these, duplicates.
    pub duplicates: u64,
    /// Of these, for nothing.
    pub wasted: u64,
    /// Origin calls in the worst aligned second.
    pub peak: u32,
    /// Duplicate origin calls in the worst aligned second.
    pub stampede_peak: u32,
    /// The largest herd.
    pub herd_max: u32,
    /// The latency that a share of requests does not exceed, in microseconds, for each of [`QUANTILES`].
    pub latency_us: [u64; 7],
}

impl Totals {
    /// Requests that ended.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// The share of requests that were answered from the cache; 0 of none.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        share(self.outcomes[0] + self.outcomes[1], self.requests())
    }

    /// Whether no answer says where it came from: then nobody knows the hit rate.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        self.unknown > 0 && self.unknown == self.requests() - self.outcomes[5]
    }

    /// The share of requests that were answered in time; 0 of none.
    #[must_use]
    pub fn goodput(&self) -> f64 {
        share(self.in_time, self.requests())
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// A lane, held at an instant to be looked at.
pub trait Live {
    /// The instant.
    fn now(&self) -> Nanos;
    /// What happened since this was last asked.
    fn sample(&mut self) -> Sample;
    /// What was measured so far.
    fn totals(&mut self) -> Totals;
    /// All of that as it would be if the run ended here. It copies much.
    fn figures(&mut self) -> Option<LaneRun>;
}

/// How a lane goes on after a look.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Onward {
    /// When it is looked at next.
    pub next: Nanos,
    /// What shall happen from now on, in order of time. What is due now happens before anything else does but the run's
    /// own events.
    pub acts: Vec<Event>,
}

/// Whether to go on, and how.
pub type Look = ControlFlow<(), Onward>;

impl RequestSample {
    /// Adds what another core counted in the same interval.
    pub fn merge(&mut self, other: &Self) {
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(sum, n)| *sum += n);
        self.in_time += other.in_time;
        self.outdated += other.outdated;
        self.leaked += other.leaked;
        self.unknown += other.unknown;
        self.lateness_p99_us = self.lateness_p99_us.max(other.lateness_p99_us);
        self.latency.extend_from_slice(&other.latency);
        self.latency.sort_unstable();
    }
}

/// Latencies of several samples, put together.
#[derive(Clone, Debug, Default)]
pub struct SoFar(Interval);

impl SoFar {
    /// Adds a sample's.
    pub fn add(&mut self, sample: &RequestSample) {
        for (us, count) in &sample.latency {
            self.0.record_many(Nanos::from_micros(*us), *count);
        }
    }

    /// The latency of each of [`QUANTILES`].
    pub fn latency_us(&mut self) -> [u64; 7] {
        self.0.quantiles_us(QUANTILES)
    }
}

/// What a recorder counts for somebody who looks.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestScope {
    sample: RequestSample,
    /// Latencies of the warm-up: of measured requests the recorder's own are taken.
    early: Interval,
    /// Of the recorder's second under way what was taken before, and of measured requests what is new.
    taken: Interval,
    new: Interval,
    lateness: Interval,
    /// Latencies of measured requests since the run began.
    total: Interval,
    /// Outcomes of measured requests, and those in time, as they were when a sample was last taken.
    counted: ([u64; 6], u64),
    /// Outdated and leaked as they were when a sample was last taken.
    before: (u64, u64),
}

impl RequestScope {
    /// A request of the warm-up ended.
    #[cold]
    pub(super) fn ended_early(&mut self, latency: Nanos, outcome: Outcome, timeout: Nanos) {
        let index = outcome.index();
        self.sample.outcomes[index] += 1;
        self.sample.in_time += u32::from(index < 5 && latency <= timeout);
        self.early.record(latency);
    }

    /// A second of the recorder's is over, of which this is all.
    pub(super) fn carry(&mut self, second: &mut Interval) {
        self.new.add_new(second, &mut self.taken);
        self.taken.clear();
    }

    pub(super) fn sent_late(&mut self, lateness: Nanos) {
        self.lateness.record(lateness);
    }

    /// What was counted since this was last asked.
    ///
    /// `so_far`: outcomes and those in time, outdated and leaked of measured requests; `second`: the latencies of the
    /// recorder's second under way.
    pub(super) fn take(
        &mut self,
        so_far: ([u64; 6], u64),
        (outdated, leaked): (u64, u64),
        second: &mut Interval,
    ) -> RequestSample {
        self.new.add_new(second, &mut self.taken);
        self.total.add(&mut self.new);
        self.new.add(&mut self.early);
        self.early.clear();
        let latency = self.new.counts().collect();
        self.new.clear();
        let before = std::mem::replace(&mut self.counted, so_far);
        for (sum, (now, before)) in
            self.sample.outcomes.iter_mut().zip(so_far.0.iter().zip(before.0))
        {
            *sum += (now - before) as u32;
        }
        self.sample.in_time += (so_far.1 - before.1) as u32;
        let lateness_p99_us = self.lateness.quantiles_us([0.99])[0];
        self.lateness.clear();
        let before = std::mem::replace(&mut self.before, (outdated, leaked));
        RequestSample {
            outdated: (outdated - before.0) as u32,
            leaked: (leaked - before.1) as u32,
            latency,
            lateness_p99_us,
            ..std::mem::take(&mut self.sample)
        }
    }

    pub(super) fn latency_us(&mut self) -> [u64; 7] {
        self.total.quantiles_us(QUANTILES)
    }
}

/// What a ledger counts for somebody who looks.
#[derive(Clone, Debug, Default)]
pub(super) struct OriginScope {
    sample: OriginSample,
    in_flight: [u32; WATCHED],
    /// The largest herd of the measured part.
    pub(super) herd_max: u32,
    /// Wasted calls as they were when a sample was last taken.
    wasted: u64,
    /// The worst second so far, of calls and of duplicates, and the seconds that were looked at for it.
    peaks: (u32, u32),
    seen: usize,
}

impl OriginScope {
    /// A call was submitted: so many of the item are in flight now.
    pub(super) fn submitted(&mut self, item: Item, in_flight: u32, measured_size: u32) {
        self.sample.calls += 1;
        self.sample.duplicates += u32::from(in_flight > 1);
        self.herd_max = self.herd_max.max(measured_size);
        if in_flight > self.sample.largest.1 {
            self.sample.largest = (item, in_flight);
        }
        if let Some(now) = self.in_flight.get_mut(item.0 as usize) {
            *now = in_flight;
            let most = &mut self.sample.herds[item.0 as usize];
            *most = in_flight.max(*most);
            self.sample.item_calls[item.0 as usize] += 1;
        }
    }

    /// A call was finished: so many of the item are still in flight.
    pub(super) fn finished(&mut self, item: Item, in_flight: u32) {
        if let Some(now) = self.in_flight.get_mut(item.0 as usize) {
            *now = in_flight;
        }
    }

    /// What was counted since this was last asked; `wasted` calls there were in all.
    pub(super) fn take(&mut self, wasted: u64) -> OriginSample {
        let before = std::mem::replace(&mut self.wasted, wasted);
        // What is still in flight is so at the beginning of the next interval.
        let (hottest, most) =
            (0_u32..).zip(self.in_flight).max_by_key(|(_, n)| *n).unwrap_or((0, 0));
        let next = OriginSample {
            herds: self.in_flight,
            largest: (Item(hottest), most),
            ..OriginSample::default()
        };
        let taken = std::mem::replace(&mut self.sample, next);
        OriginSample { wasted: (wasted - before) as u32, ..taken }
    }

    /// The worst aligned seconds so far, of calls and of duplicates.
    pub(super) fn peaks(&mut self, seconds: &[super::OriginSecond]) -> (u32, u32) {
        for second in &seconds[self.seen.min(seconds.len())..] {
            self.peaks = (self.peaks.0.max(second.calls), self.peaks.1.max(second.duplicates));
        }
        self.seen = seconds.len().saturating_sub(1); // the last one is still under way
        self.peaks
    }
}

/// How long an interval of a run is shown: 100 ms, and longer for runs that would have more than 6,000 of them.
#[must_use]
pub fn interval_of(window: Window) -> Nanos {
    let least = window.end.as_nanos().div_ceil(6_000);
    let steps = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 600_000, 3_600_000];
    let fits = steps.into_iter().map(Nanos::from_millis).find(|step| step.as_nanos() >= least);
    fits.unwrap_or(Nanos::from_secs(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Ledger, Recorder};

    const WINDOW: Window = Window { warmup: Nanos::SECOND, end: Nanos::from_secs(10) };

    #[test]
    fn a_herd_is_seen_in_every_interval_in_which_its_calls_are_in_flight() {
        let mut ledger = Ledger::new(WINDOW).watched();
        let at = Nanos::from_secs(2);
        for item in [3, 3, 3, 40_000] {
            ledger.submitted(at, Item(item), Nanos::ZERO);
        }
        ledger.finished(Item(3));
        let first = ledger.sample();
        assert_eq!((first.calls, first.duplicates, first.largest), (4, 2, (Item(3), 3)));
        assert_eq!((first.herds[3], first.item_calls[3]), (3, 3));
        let second = ledger.sample();
        assert_eq!((second.calls, second.herds[3], second.largest), (0, 2, (Item(3), 2)));
        ledger.finished(Item(3));
        ledger.finished(Item(3));
        ledger.sample();
        assert_eq!(ledger.sample().herds[3], 0);
        assert_eq!(ledger.herd_max(), ledger.herds().max);
    }

    #[test]
    fn an_interval_has_the_warm_up_and_the_totals_only_what_is_measured() {
        let mut recorder = Recorder::new(WINDOW, None).watched();
        let ms = Nanos::from_millis;
        recorder.ended(ms(900), ms(950), Outcome::Computed);
        recorder.ended(ms(1_000), ms(1_020), Outcome::Fresh);
        let sample = recorder.sample();
        assert_eq!((sample.outcomes, sample.in_time), ([1, 0, 0, 1, 0, 0], 2));
        assert_eq!(sample.latency.iter().map(|(_, n)| n).sum::<u32>(), 2);
        assert_eq!(recorder.latency_so_far(), [recorder.latency().quantile_us(0.5); 7]);
        assert_eq!(recorder.sample(), RequestSample::default());
    }

    #[test]
    fn quantiles_so_far_are_those_of_the_summary() {
        let mut recorder = Recorder::new(WINDOW, None).watched();
        for n in 0..20_000_u64 {
            let due = Nanos::SECOND + Nanos::from_micros(n * 100);
            recorder.ended(due, due + Nanos::from_micros(n * n % 79_193), Outcome::Fresh);
        }
        recorder.sample();
        let so_far = recorder.latency_so_far();
        let exact = QUANTILES.map(|q| recorder.latency().quantile_us(q));
        assert_eq!(so_far, exact);
    }

    #[test]
    fn no_run_has_more_than_six_thousand_intervals_but_for_very_long_ones() {
        for (secs, ms) in [(60, 100), (600, 100), (601, 200), (3_600, 1_000), (86_400, 30_000)] {
            let window = Window { warmup: Nanos::ZERO, end: Nanos::from_secs(secs) };
            assert_eq!(interval_of(window), Nanos::from_millis(ms), "{secs} s");
        }
    }
}
