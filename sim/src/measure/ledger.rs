//! What reached the origin, counted: calls, duplicates, herds, waste, queueing.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::live::{OriginSample, OriginScope};
use super::{Distribution, Window};
use crate::key::Item;
use crate::time::Nanos;

/// One second of origin calls, by the time of submission.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct OriginSecond {
    /// Calls submitted.
    pub calls: u32,
    /// Of these, while another for the same item was in flight.
    pub duplicates: u32,
}

/// The calls for one item from the first until none is in flight.
#[derive(Copy, Clone, Debug)]
struct Herd {
    in_flight: u32,
    size: u32,
    /// How long before the entry's expiry it began; zero if after.
    gap: Nanos,
    measured: bool,
}

/// Everything about the origin's calls. One for the whole run: herds do not respect cores.
#[derive(Clone, Debug)]
pub struct Ledger {
    window: Window,
    calls: u64,
    duplicates: u64,
    wasted: u64,
    dropped: u64,
    shed: u64,
    failed: u64,
    open: HashMap<Item, Herd, FixedState>,
    /// How many herds there were of each size; a size beyond the end of the list counts in `large`.
    sizes: Vec<u64>,
    large: Vec<u32>,
    early: u64,
    gap_sum: u128,
    seconds: Vec<OriginSecond>,
    queue_max: u32,
    wait: Distribution,
    /// What is counted besides, if somebody looks closely.
    scope: Option<Box<OriginScope>>,
}

/// Herds up to this size are counted by size; larger ones are kept one by one.
const COUNTED: usize = 4_096;

impl Ledger {
    /// An empty ledger for that part of the run.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self {
            window,
            calls: 0,
            duplicates: 0,
            wasted: 0,
            dropped: 0,
            shed: 0,
            failed: 0,
            open: HashMap::default(),
            sizes: vec![0; COUNTED],
            large: Vec::new(),
            early: 0,
            gap_sum: 0,
            seconds: Vec::new(),
            queue_max: 0,
            wait: Distribution::default(),
            scope: None,
        }
    }

    /// Counts besides what [samples](Self::sample) have, from now on.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.scope = Some(Box::default());
        self
    }

    /// What happened since this was last asked, the warm-up included; nothing if it is not [watched](Self::watched).
    pub fn sample(&mut self) -> OriginSample {
        let wasted = self.wasted;
        self.scope.as_mut().map(|scope| scope.take(wasted)).unwrap_or_default()
    }

    /// The calls and the duplicates of the worst aligned seconds so far; zeros if it is not [watched](Self::watched).
    pub fn peaks(&mut self) -> (u32, u32) {
        let Self { scope, seconds, .. } = self;
        scope.as_mut().map(|scope| scope.peaks(seconds)).unwrap_or_default()
    }

    /// The largest herd so far; 0 if it is not [watched](Self::watched).
    #[must_use]
    pub fn herd_max(&self) -> u32 {
        self.scope.as_ref().map_or(0, |scope| scope.herd_max)
    }

    /// Whether a call submitted then is measured.
    #[must_use]
    pub fn measures(&self, submitted: Nanos) -> bool {
        submitted >= self.window.warmup
    }

    /// A call for `item` reached the origin. `gap`: how long before the expiry of the entry its request saw, if it did.
    pub fn submitted(&mut self, now: Nanos, item: Item, gap: Nanos) {
        let measured = self.measures(now);
        let herd = self.open.entry(item).or_insert(Herd { in_flight: 0, size: 0, gap, measured });
        let duplicate = herd.in_flight > 0;
        herd.in_flight += 1;
        herd.size += 1;
        if let Some(scope) = &mut self.scope {
            scope.submitted(item, herd.in_flight, if herd.measured { herd.size } else { 0 });
        }
        if !measured {
            return;
        }
        self.calls += 1;
        self.duplicates += u64::from(duplicate);
        let index = now.as_secs() as usize;
        if index >= self.seconds.len() {
            self.seconds.resize(index + 1, OriginSecond::default());
        }
        self.seconds[index].calls += 1;
        self.seconds[index].duplicates += u32::from(duplicate);
    }

    /// The origin is done with a call for `item`, watched or not.
    pub fn finished(&mut self, item: Item) {
        if let Some(herd) = self.open.get_mut(&item) {
            herd.in_flight -= 1;
            if let Some(scope) = &mut self.scope {
                scope.finished(item, herd.in_flight);
            }
            if herd.in_flight == 0 {
                let herd = *herd;
                self.open.remove(&item);
                self.count(herd);
            }
        }
    }

    fn count(&mut self, herd: Herd) {
        if !herd.measured {
            return;
        }
        match self.sizes.get_mut(herd.size as usize) {
            Some(count) => *count += 1,
            None => self.large.push(herd.size),
        }
        self.early += u64::from(herd.gap > Nanos::ZERO);
        self.gap_sum += u128::from(herd.gap.as_nanos());
    }

    /// A measured call's result was neither stored nor delivered.
    pub fn waste(&mut self) {
        self.wasted += 1;
    }

    /// A queued call, submitted then, that nobody waited for was dropped before the origin began with it.
    pub fn drop_queued(&mut self, submitted: Nanos) {
        self.dropped += u64::from(self.measures(submitted));
    }

    /// A call that arrives now was refused, because the queue is full.
    pub fn shed(&mut self, now: Nanos) {
        self.shed += u64::from(self.measures(now));
    }

    /// A call ended in an error; it counts if it is measured.
    pub fn fail(&mut self, measured: bool) {
        self.failed += u64::from(measured);
    }

    /// The queue is this long now.
    pub fn queue_length(&mut self, now: Nanos, length: u32) {
        if self.measures(now) {
            self.queue_max = self.queue_max.max(length);
        }
    }

    /// A call submitted at `submitted` starts at `now`.
    pub fn started(&mut self, submitted: Nanos, now: Nanos) {
        if self.measures(submitted) {
            self.wait.record(now - submitted);
        }
    }

    /// Calls submitted.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Calls submitted while another for the same item was in flight.
    #[must_use]
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Calls whose result was neither stored nor delivered.
    #[must_use]
    pub const fn wasted(&self) -> u64 {
        self.wasted
    }

    /// Calls dropped from the queue.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Calls refused because the queue was full.
    #[must_use]
    pub const fn shed_calls(&self) -> u64 {
        self.shed
    }

    /// Calls that ended in an error.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// Seconds of the run by the time of submission.
    #[must_use]
    pub fn seconds(&self) -> &[OriginSecond] {
        &self.seconds
    }

    /// The longest the queue ever was.
    #[must_use]
    pub const fn queue_max(&self) -> u32 {
        self.queue_max
    }

    /// Time from submission to start.
    pub fn wait(&mut self) -> &mut Distribution {
        &mut self.wait
    }

    /// All herds, those still open included, as (count, mean size, 99th percentile, largest, still open).
    #[must_use]
    pub fn herds(&self) -> HerdSizes {
        let mut all = self.clone_sizes();
        let open: Vec<Herd> = self.open.values().filter(|herd| herd.measured).copied().collect();
        all.extend(open.iter().map(|herd| (herd.size, 1)));
        all.sort_unstable();
        let count: u64 = all.iter().map(|(_, n)| n).sum();
        let sum: u64 = all.iter().map(|(size, n)| u64::from(*size) * n).sum();
        let rank = (count as f64 * 0.99).ceil() as u64;
        let mut seen = 0;
        let p99 = all.iter().find(|(_, n)| {
            seen += n;
            seen >= rank.max(1)
        });
        let early_open = open.iter().filter(|herd| herd.gap > Nanos::ZERO).count() as u64;
        let gap_open: u128 = open.iter().map(|herd| u128::from(herd.gap.as_nanos())).sum();
        HerdSizes {
            count,
            mean: ratio(sum as f64, count),
            p99: p99.map_or(0, |(size, _)| *size),
            max: all.last().map_or(0, |(size, _)| *size),
            open: open.len() as u64,
            early: self.early + early_open,
            gap_mean_us: ratio((self.gap_sum + gap_open) as f64 / 1e3, count),
            variance: ratio(
                all.iter()
                    .map(|(s, n)| (f64::from(*s) - ratio(sum as f64, count)).powi(2) * *n as f64)
                    .sum(),
                count,
            ),
        }
    }

    /// Herds that are over, as (size, how many), in order of size.
    #[must_use]
    pub fn clone_sizes(&self) -> Vec<(u32, u64)> {
        let counted = self
            .sizes
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .map(|(size, n)| (size as u32, *n));
        let mut all: Vec<(u32, u64)> =
            counted.chain(self.large.iter().map(|size| (*size, 1))).collect();
        all.sort_unstable();
        all
    }
}

fn ratio(sum: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// The sizes of a run's herds.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct HerdSizes {
    /// How many herds.
    pub count: u64,
    /// Calls a herd.
    pub mean: f64,
    /// The variance of that.
    pub variance: f64,
    /// 99 of 100 herds are at most this large.
    pub p99: u32,
    /// The largest.
    pub max: u32,
    /// Still open when the run ended.
    pub open: u64,
    /// Began before the entry's expiry.
    pub early: u64,
    /// Mean time from the first call to the expiry, in microseconds, over all herds; 0 for one that began after it.
    pub gap_mean_us: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(s: u64) -> Nanos {
        Nanos::from_secs(s)
    }

    fn ledger() -> Ledger {
        Ledger::new(Window { warmup: secs(10), end: secs(100) })
    }

    #[test]
    fn a_herd_lasts_from_its_first_call_until_none_is_in_flight() {
        let mut l = ledger();
        for at in [20, 20, 21] {
            l.submitted(secs(at), Item(1), Nanos::ZERO);
        }
        l.submitted(secs(21), Item(2), Nanos::ZERO);
        for item in [1, 1, 1, 2] {
            l.finished(Item(item));
        }
        l.submitted(secs(30), Item(1), secs(2));
        let herds = l.herds();
        assert_eq!((herds.count, herds.max, herds.open, herds.early), (3, 3, 1, 1));
        assert!((herds.mean - 5.0 / 3.0).abs() < 1e-12);
        assert!((herds.gap_mean_us - 2e6 / 3.0).abs() < 1e-3);
        assert_eq!((l.calls(), l.duplicates()), (5, 2));
        assert_eq!(l.seconds()[21], OriginSecond { calls: 2, duplicates: 1 });
    }

    #[test]
    fn a_herd_that_began_in_the_warmup_is_not_counted_but_its_later_calls_are() {
        let mut l = ledger();
        l.submitted(secs(9), Item(1), Nanos::ZERO);
        l.submitted(secs(11), Item(1), Nanos::ZERO);
        l.finished(Item(1));
        l.finished(Item(1));
        assert_eq!((l.calls(), l.duplicates(), l.herds().count), (1, 1, 0));
    }

    #[test]
    fn very_large_herds_are_counted_exactly() {
        let mut l = ledger();
        for size in [5_000_u32, 100_000, 3] {
            (0..size).for_each(|_| l.submitted(secs(20), Item(1), Nanos::ZERO));
            (0..size).for_each(|_| l.finished(Item(1)));
        }
        assert_eq!(l.clone_sizes(), [(3, 1), (5_000, 1), (100_000, 1)]);
        assert_eq!(l.herds().max, 100_000);
    }
}
