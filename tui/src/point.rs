//! What is kept of an interval of a lane: small, as there are thousands.

use herdlab_sim::measure::{Sample, Totals, WATCHED};
use herdlab_sim::time::Nanos;

/// Latencies are told apart in so many steps, two to a doubling: up to 16 s.
pub(crate) const STEPS: usize = 48;

/// An interval of a lane.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// Its end.
    pub at: Nanos,
    /// Requests that ended, by outcome: fresh, stale, waited, computed, degraded, failed.
    pub outcomes: [u32; 6],
    /// Of these, answered in time.
    pub in_time: u32,
    /// Values served that were outdated, and those of somebody else.
    pub outdated: u32,
    /// Values served that were computed for somebody else.
    pub leaked: u32,
    /// Of those that were computed, answers that do not say where they came from.
    pub unknown: u32,
    /// Origin calls.
    pub calls: u32,
    /// Of these, duplicates.
    pub duplicates: u32,
    /// Origin calls for nothing.
    pub wasted: u32,
    /// Requests in flight at its end.
    pub in_flight: u64,
    /// Computes the origin works on at its end.
    pub computing: u32,
    /// Calls that wait for it.
    pub queued: u32,
    /// Entries and bytes in the cache.
    pub held: (u64, u64),
    /// Entries evicted so far.
    pub evictions: u64,
    /// The most identical calls in flight of each of the most popular items.
    pub herds: [u16; WATCHED],
    /// Their calls.
    pub item_calls: [u16; WATCHED],
    /// The most of any item, and which that was.
    pub largest: (u32, u32),
    /// How many latencies fell into each step.
    pub heat: [u16; STEPS],
    /// 99th percentile of how late the generator sent, in microseconds (real time only).
    pub lateness_us: u64,
    /// Measured so far.
    pub totals: Totals,
}

impl Point {
    /// What is kept of a sample.
    #[must_use]
    pub fn new(sample: &Sample, totals: Totals) -> Self {
        let (requests, origin) = (&sample.requests, &sample.origin);
        let mut heat = [0_u16; STEPS];
        for (us, count) in &requests.latency {
            let slot = &mut heat[step_of(*us)];
            *slot = slot.saturating_add(short(*count));
        }
        Self {
            at: sample.at,
            outcomes: requests.outcomes,
            in_time: requests.in_time,
            outdated: requests.outdated,
            leaked: requests.leaked,
            unknown: requests.unknown,
            calls: origin.calls,
            duplicates: origin.duplicates,
            wasted: origin.wasted,
            in_flight: sample.in_flight,
            computing: sample.computing,
            queued: sample.queued,
            held: (sample.entries, sample.bytes),
            evictions: sample.evictions,
            herds: origin.herds.map(short),
            item_calls: origin.item_calls.map(short),
            largest: (origin.largest.0.0, origin.largest.1),
            heat,
            lateness_us: requests.lateness_p99_us,
            totals,
        }
    }

    /// Requests that ended.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.outcomes.iter().sum()
    }

    /// Of these, answered from the cache.
    #[must_use]
    pub const fn hits(&self) -> u32 {
        self.outcomes[0] + self.outcomes[1]
    }

    /// Of these, known not to be answered from the cache.
    #[must_use]
    pub fn misses(&self) -> u32 {
        (self.requests() - self.hits()).saturating_sub(self.unknown)
    }

    /// Of these, failed.
    #[must_use]
    pub const fn failed(&self) -> u32 {
        self.outcomes[5]
    }
}

fn short(count: u32) -> u16 {
    count.min(u32::from(u16::MAX)) as u16
}

/// The step of a latency in microseconds: two to a doubling.
#[must_use]
pub(crate) fn step_of(us: u64) -> usize {
    let us = us.clamp(1, 1 << STEPS);
    let octave = us.ilog2();
    // The upper half of an octave begins at its square root of two: 181/128.
    let upper = us * 128 >= 181 << octave;
    (2 * octave as usize + usize::from(upper)).min(STEPS - 1)
}

/// The least latency of a step, in microseconds.
#[must_use]
pub(crate) fn least_of(step: usize) -> f64 {
    2_f64.powf(step as f64 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_the_latencies_from_its_least_to_the_next() {
        for us in [1_u64, 2, 3, 5, 100, 181, 182, 250_000, 16_000_000, u64::MAX] {
            let step = step_of(us);
            assert!(us as f64 >= least_of(step) * 0.995, "{us} us in step {step}");
            assert!(step == STEPS - 1 || (us as f64) < least_of(step + 1) * 1.005, "{us}");
        }
    }
}
