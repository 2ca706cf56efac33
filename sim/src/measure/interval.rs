//! The latencies of the second under way.
//!
//! A recorder closes one every second, so closing it must be cheap: HdrHistogram merges and clears all of its 28,000
//! slots, an interval only those between the lowest and the highest that were used since the last time. Its slots are
//! HdrHistogram's own (lowest value 1, three digits), so nothing is lost when it is drained into a [`Distribution`].

use super::distribution::{Distribution, LONGEST_US};
use crate::time::Nanos;

/// Bits of a value that are told apart: 2,048 slots up to twice the precision of three digits.
const BITS: u32 = 11;
const HALF: usize = 1 << (BITS - 1);

/// Spans, recorded and soon forgotten.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    /// How many spans fell into each slot.
    slots: Vec<u32>,
    /// The slots in use lie in here.
    used: (usize, usize),
    count: u64,
    /// The last span in microseconds and how often it came in a row: a constant latency costs one comparison.
    run: (u64, u32),
    sum: u128,
    max: Nanos,
}

impl Default for Interval {
    fn default() -> Self {
        let slots = vec![0; (slot(LONGEST_US) + 1).next_multiple_of(BLOCK)];
        Self { slots, used: UNUSED, count: 0, run: (0, 0), sum: 0, max: Nanos::ZERO }
    }
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
        let count: u64 = self.slots.iter().map(|slot| u64::from(slot.1)).sum();
        let slots = self.slots.iter().map(|slot| (usize::from(slot.0), slot.1));
        quantile_us(slots, count, q).min(self.max.as_micros())
    }

    /// The spans in microseconds, each slot's least, and how often.
    pub(super) fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.slots.iter().map(|slot| (lowest(usize::from(slot.0)), u64::from(slot.1)))
    }
}

/// The highest span of the slot below which a share `q` of all lies.
fn quantile_us(slots: impl Iterator<Item = (usize, u32)>, count: u64, q: f64) -> u64 {
    let target = ((q * count as f64).ceil() as u64).max(1);
    let mut seen = 0;
    for (slot, count) in slots {
        seen += u64::from(count);
        if seen >= target {
            return highest(slot);
        }
    }
    0
}

/// Slots a block: so many are added or passed over at once.
const BLOCK: usize = 8;

const UNUSED: (usize, usize) = (usize::MAX, 0);

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
        self.max = self.max.max(span);
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

    /// Adds another's spans. The sum is not kept: it is of use to a [`Distribution`] only.
    pub(super) fn add(&mut self, other: &mut Self) {
        self.grow_by(other, other.count, |_, mine, theirs| {
            mine.iter_mut().zip(theirs).for_each(|(sum, count)| *sum += count);
        });
    }

    /// Adds what came to `other` since `known` was the same as it, and makes `known` the same again.
    pub(super) fn add_new(&mut self, other: &mut Self, known: &mut Self) {
        let (before, _) = known.slots.as_chunks_mut::<BLOCK>();
        self.grow_by(other, other.count - known.count, |block, mine, theirs| {
            let before = &mut before[block];
            if before != theirs {
                let new = theirs.iter().zip(before.iter()).map(|(now, before)| now - before);
                mine.iter_mut().zip(new).for_each(|(sum, count)| *sum += count);
                *before = *theirs;
            }
        });
        known.used = other.used;
        known.count = other.count;
    }

    /// Adds some of another's spans, block by block; so many they are.
    fn grow_by(
        &mut self,
        other: &mut Self,
        count: u64,
        mut add: impl FnMut(usize, &mut [u32; BLOCK], &[u32; BLOCK]),
    ) {
        self.settle();
        other.settle();
        if count == 0 {
            return;
        }
        let blocks = other.used.0 / BLOCK..=other.used.1 / BLOCK;
        let (mine, theirs) = (self.slots.as_chunks_mut().0, other.slots.as_chunks().0);
        for block in blocks {
            add(block, &mut mine[block], &theirs[block]);
        }
        self.used = (self.used.0.min(other.used.0), self.used.1.max(other.used.1));
        self.count += count;
        self.max = self.max.max(other.max);
    }

    fn settle(&mut self) {
        if self.run.1 > 0 {
            let slot = slot(self.run.0.min(LONGEST_US));
            self.slots[slot] += self.run.1;
            self.used = (self.used.0.min(slot), self.used.1.max(slot));
            self.run.1 = 0;
        }
    }

    /// Whether nothing was recorded.
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// As [`Distribution::quantile_us`].
    pub(super) fn quantile_us(&mut self, q: f64) -> u64 {
        self.settle();
        let slots = (self.used.0..=self.used.1).map(|slot| (slot, self.slots[slot]));
        quantile_us(slots, self.count, q).min(self.max.as_micros())
    }

    /// As [`Distribution::quantile_us`], for several shares in ascending order at once.
    pub(super) fn quantiles_us<const N: usize>(&mut self, shares: [f64; N]) -> [u64; N] {
        self.settle();
        let mut found = [0; N];
        if self.is_empty() {
            return found;
        }
        let targets = shares.map(|q| ((q * self.count as f64).ceil() as u64).max(1));
        let (mut seen, mut next) = (0, 0);
        for (first, block) in self.blocks() {
            let in_block: u64 = block.iter().map(|count| u64::from(*count)).sum();
            if next < N && seen + in_block >= targets[next] {
                let mut below = seen;
                for (slot, count) in (first..).zip(block) {
                    below += u64::from(*count);
                    while next < N && below >= targets[next] {
                        found[next] = highest(slot).min(self.max.as_micros());
                        next += 1;
                    }
                }
            }
            seen += in_block;
        }
        found
    }

    /// The slots in use in blocks, each with the number of its first: most are skipped at a glance.
    fn blocks(&self) -> impl Iterator<Item = (usize, &[u32; BLOCK])> {
        let (first, last) = (self.used.0 / BLOCK, self.used.1 / BLOCK);
        let used = self.slots.as_chunks().0.get(first..=last).unwrap_or_default();
        used.iter().zip((first * BLOCK..).step_by(BLOCK)).map(|(block, first)| (first, block))
    }

    /// Forgets the spans.
    pub(super) fn clear(&mut self) {
        self.settle();
        if !self.is_empty() {
            self.slots[self.used.0..=self.used.1].fill(0);
            (self.used, self.count, self.sum, self.max) = (UNUSED, 0, 0, Nanos::ZERO);
        }
    }

    /// The spans, packed.
    pub(super) fn packed(&mut self) -> Packed {
        Packed { slots: self.each(|slot, count| (slot as u16, count)), max: self.max }
    }

    /// The spans in microseconds, each slot's least, and how often, in order.
    pub(super) fn counts(&mut self) -> Vec<(u64, u32)> {
        self.each(|slot, count| (lowest(slot), count))
    }

    /// Something of each slot in use and how many fell into it, in order.
    fn each<T>(&mut self, of: impl Fn(usize, u32) -> T) -> Vec<T> {
        self.settle();
        let mut all = Vec::new();
        for (first, block) in self.blocks() {
            if block.iter().fold(0, |any, count| any | count) != 0 {
                let used = (first..).zip(block).filter(|(_, count)| **count > 0);
                all.extend(used.map(|(slot, count)| of(slot, *count)));
            }
        }
        all
    }

    /// Adds the spans to `total` and forgets them.
    pub(super) fn drain_into(&mut self, total: &mut Distribution) {
        self.settle();
        if self.is_empty() {
            return;
        }
        let slots = &mut self.slots[self.used.0..=self.used.1];
        let counts = slots.iter().zip(self.used.0..).filter(|(count, _)| **count > 0);
        let counts = counts.map(|(count, slot)| (lowest(slot), u64::from(*count)));
        total.add(counts, self.sum, self.max);
        slots.fill(0);
        (self.used, self.count, self.sum, self.max) = (UNUSED, 0, 0, Nanos::ZERO);
    }
}

/// The slot of a value: exact below 2,048, then in steps that double with each power of two.
const fn slot(us: u64) -> usize {
    let shift = (us | (2 * HALF as u64 - 1)).ilog2() + 1 - BITS;
    shift as usize * HALF + (us >> shift) as usize
}

/// The least value of a slot, and by which power of two its values are told apart.
const fn least(slot: usize) -> (u64, u32) {
    let shift = (slot / HALF).saturating_sub(1);
    (((slot - shift * HALF) as u64) << shift, shift as u32)
}

const fn lowest(slot: usize) -> u64 {
    least(slot).0
}

const fn highest(slot: usize) -> u64 {
    let (lowest, shift) = least(slot);
    lowest + (1 << shift) - 1
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
                prop_assert!(interval.is_empty() && interval.slots.iter().all(|count| *count == 0));
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
