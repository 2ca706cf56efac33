//! Spans of one kind, second by second and in all.
//!
//! A track that will be merged, or that an interval log is written from, keeps each second's spans, packed.

use std::collections::BTreeMap;

use super::interval::{Interval, Packed};
use super::{Distribution, Seconds};
use crate::time::Nanos;

/// Spans of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The second under way.
    interval: Interval,
    /// All seconds before it.
    total: Distribution,
    /// Whether each second's spans are kept.
    keeps: bool,
    /// The seconds that are kept.
    seconds: BTreeMap<u64, Packed>,
    /// The p99s of those that are not, in microseconds.
    p99: Vec<(u64, u64)>,
}

impl Track {
    /// Keeps each second's spans from now on: six bytes a second for every span that differs in its three first digits,
    /// 170 KB at the very most.
    pub(super) const fn keep_seconds(&mut self) {
        self.keeps = true;
    }

    /// Records a span of the second under way.
    #[inline(always)]
    pub(super) fn record(&mut self, span: Nanos) {
        self.interval.record(span);
    }

    /// The spans of the second under way.
    pub(super) const fn under_way(&mut self) -> &mut Interval {
        &mut self.interval
    }

    /// The second under way, which is this one, is over.
    pub(super) fn close(&mut self, second: u64) {
        if self.interval.is_empty() {
            return;
        }
        if self.keeps {
            let packed = self.interval.packed();
            self.seconds.entry(second).or_default().merge(&packed);
        } else {
            self.p99.push((second, self.interval.quantile_us(0.99)));
        }
        self.interval.drain_into(&mut self.total);
    }

    /// Adds another's seconds; of both the second under way is closed.
    pub(super) fn merge(&mut self, other: Self) {
        for (second, packed) in other.seconds {
            self.seconds.entry(second).or_default().merge(&packed);
        }
        self.p99.extend(other.p99);
        self.total.merge(&other.total);
    }

    /// Takes out the seconds that were kept so far.
    pub(super) fn hand_over(&mut self) -> BTreeMap<u64, Packed> {
        std::mem::take(&mut self.seconds)
    }

    /// Adds seconds that this and other tracks have handed over.
    pub(super) fn take_in(&mut self, seconds: &Seconds) {
        let (open, p99) = seconds.parts();
        for (second, packed) in open {
            self.seconds.entry(*second).or_default().merge(packed);
        }
        self.p99.extend(p99);
    }

    /// The p99 in microseconds of each second that has one. Of seconds that were not kept and were told more than once,
    /// the highest counts.
    pub(super) fn p99_us(&self) -> BTreeMap<u64, u64> {
        let mut all: BTreeMap<u64, u64> = BTreeMap::new();
        let kept = self.seconds.iter().map(|(second, packed)| (*second, packed.quantile_us(0.99)));
        for (second, p99) in kept.chain(self.p99.iter().copied()) {
            let highest = all.entry(second).or_default();
            *highest = p99.max(*highest);
        }
        all
    }

    /// The seconds that were kept.
    pub(super) const fn seconds(&self) -> &BTreeMap<u64, Packed> {
        &self.seconds
    }

    /// All spans but those of the second under way.
    pub(super) const fn total(&mut self) -> &mut Distribution {
        &mut self.total
    }
}
