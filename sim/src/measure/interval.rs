//! The latencies of the second under way.
//!
//! A recorder closes one every second, so closing it must be cheap: HdrHistogram merges and clears all of its 28,000
//! slots, an interval only those in use. Its slots are HdrHistogram's own, so nothing is lost when it is drained into a
//! [`Distribution`].

use super::distribution::{Distribution, LONGEST_US};
use super::slots::{Slots, highest, lowest};
use crate::time::Nanos;

/// Spans, recorded and soon forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Interval {
    slots: Slots,
    count: u64,
    /// The last span in microseconds and how often it came in a row: a constant latency costs one comparison.
    run: (u64, u32),
    sum: u128,
    max: Nanos,
}

/// An interval's spans as few bytes: the slots in use and how many fell into each, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Packed {
    slots: Vec<(u16, u32)>,
    max: Nanos,
}

impl Packed {
    /// Adds another's spans.
    pub(super) fn merge(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        if self.slots.is_empty() {
            self.slots.clone_from(&other.slots);
            return;
        }
        if other.slots.is_empty() {
            return;
        }
        let (mine, theirs) = (std::mem::take(&mut self.slots), &other.slots);
        let (mut mine, mut theirs) = (mine.iter().peekable(), theirs.iter().peekable());
        while let Some(least) = mine.peek().into_iter().chain(theirs.peek()).map(|s| s.0).min() {
            let same = |slot: &&(u16, u32)| slot.0 == least;
            let counts = [mine.next_if(same), theirs.next_if(same)];
            let count = counts.iter().flatten().map(|slot| slot.1).sum();
            self.slots.push((least, count));
        }
    }

    /// As [`Distribution::quantile_us`].
    pub(super) fn quantile_us(&self, q: f64) -> u64 {
        let counts = || self.slots.iter().map(|slot| u64::from(slot.1));
        let target = target(q, counts().sum());
        let mut below = 0;
        let reaches = |count| {
            below += count;
            below >= target
        };
        let slot = counts().position(reaches).map(|at| usize::from(self.slots[at].0));
        slot.map_or(0, highest).min(self.max.as_micros())
    }

    /// The spans in microseconds, each slot's least, and how often.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.slots.iter().map(|slot| (lowest(usize::from(slot.0)), u64::from(slot.1)))
    }
}

/// How many of so many spans are a share of them: at least one.
fn target(share: f64, count: u64) -> u64 {
    ((share * count as f64).ceil() as u64).max(1)
}

impl Interval {
    /// Records one span.
    #[inline]
    pub(super) fn record(&mut self, span: Nanos) {
        let us = span.as_micros();
        if us != self.run.0 {
            self.settle();
            self.run.0 = us;
        }
        self.run.1 += 1;
        self.count += 1;
        self.sum += u128::from(span.as_nanos());
        if span > self.max {
            self.max = span;
        }
    }

    /// Records a span that came so often.
    pub(super) fn record_many(&mut self, span: Nanos, count: u32) {
        if count > 0 {
            self.record(span);
            self.run.1 += count - 1;
            self.count += u64::from(count - 1);
            self.sum += u128::from(span.as_nanos()) * u128::from(count - 1);
        }
    }

    /// Adds another's spans.
    pub(super) fn add(&mut self, other: &mut Self) {
        if !other.is_empty() {
            self.settle();
            other.settle();
            self.slots.add(&other.slots);
            self.count += other.count;
            self.sum += other.sum;
            self.max = self.max.max(other.max);
        }
    }

    /// Adds what came to `other` since `known` was the same as it, and makes `known` the same again. The maximum is
    /// that of all.
    pub(super) fn add_new(&mut self, other: &mut Self, known: &mut Self) {
        if other.count != known.count {
            self.settle();
            other.settle();
            self.slots.add_new(&other.slots, &mut known.slots);
            self.count += other.count - known.count;
            self.sum += other.sum - known.sum;
            self.max = self.max.max(other.max);
            (known.count, known.sum, known.max) = (other.count, other.sum, other.max);
        }
    }

    fn settle(&mut self) {
        if self.run.1 > 0 {
            self.slots.count(self.run.0.min(LONGEST_US), self.run.1);
            self.run.1 = 0;
        }
    }

    /// Whether nothing was recorded.
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// As [`Distribution::quantile_us`].
    pub(super) fn quantile_us(&mut self, q: f64) -> u64 {
        self.quantiles_us([q])[0]
    }

    /// As [`Distribution::quantile_us`], for several shares in ascending order at once.
    pub(super) fn quantiles_us<const N: usize>(&mut self, shares: [f64; N]) -> [u64; N] {
        if self.is_empty() {
            return [0; N];
        }
        self.settle();
        let slots = self.slots.reaching(shares.map(|share| target(share, self.count)));
        slots.map(|slot| highest(slot).min(self.max.as_micros()))
    }

    /// Forgets the spans.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.settle();
            self.slots.clear();
            (self.count, self.sum, self.max) = (0, 0, Nanos::ZERO);
        }
    }

    /// The spans, packed.
    pub(super) fn packed(&mut self) -> Packed {
        self.settle();
        let slots = self.slots.iter().map(|(slot, count)| (slot as u16, count));
        Packed { slots: slots.collect(), max: self.max }
    }

    /// The spans in microseconds, each slot's least, and how often, in order.
    pub(super) fn counts(&mut self) -> impl Iterator<Item = (u64, u32)> {
        self.settle();
        self.slots.iter().map(|(slot, count)| (lowest(slot), count))
    }

    /// Adds the spans to `total` and forgets them.
    pub(super) fn drain_into(&mut self, total: &mut Distribution) {
        if !self.is_empty() {
            let (sum, max) = (self.sum, self.max);
            total.add(self.counts().map(|(us, count)| (us, u64::from(count))), sum, max);
            self.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn intervals_drained_one_after_another_are_one_histogram(
            seconds in prop::collection::vec(prop::collection::vec((0..37_u32, 0..1_000_u64, 1..4_u32), 0..40), 1..6),
        ) {
            let (mut interval, mut drained) = (Interval::default(), Distribution::default());
            let mut whole = Distribution::default();
            for second in seconds {
                let mut alone = Distribution::default();
                for (bits, more, times) in second {
                    for _ in 0..times {
                        // Up to two days: longer than the longest that is told apart.
                        let span = Nanos::from_nanos(((1_u64 << bits) + more) * 1_000 + more);
                        interval.record(span);
                        alone.record(span);
                        whole.record(span);
                    }
                }
                for q in [0.5, 0.99, 1.0] {
                    prop_assert_eq!(interval.quantile_us(q), alone.quantile_us(q));
                    prop_assert_eq!(interval.packed().quantile_us(q), alone.quantile_us(q));
                }
                prop_assert_eq!(interval.is_empty(), alone.count() == 0);
                interval.drain_into(&mut drained);
                prop_assert!(interval.is_empty() && interval.packed().slots.is_empty());
            }
            prop_assert_eq!(drained.encoded(), whole.encoded());
            prop_assert_eq!((drained.count(), drained.mean_us(), drained.max_us()), (whole.count(), whole.mean_us(), whole.max_us()));
        }
    }

    #[test]
    fn a_span_beyond_the_longest_counts_as_the_longest() {
        let (mut interval, mut drained) = (Interval::default(), Distribution::default());
        let mut whole = Distribution::default();
        for days in [1, 2, 300] {
            interval.record(Nanos::from_secs(days * 86_400));
            whole.record(Nanos::from_secs(days * 86_400));
        }
        interval.drain_into(&mut drained);
        assert_eq!(drained.encoded(), whole.encoded());
        assert_eq!(drained.quantile_us(0.99), whole.quantile_us(0.99));
    }
}
