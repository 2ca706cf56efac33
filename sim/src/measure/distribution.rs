//! A distribution of spans: an HdrHistogram in microseconds (3 digits), with exact count, mean and maximum beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

use crate::time::Nanos;

/// The longest span kept apart: a day. Longer ones count as a day, but for the maximum and the mean.
pub(super) const LONGEST_US: u64 = 86_400_000_000;

/// Spans, recorded.
#[derive(Clone, Debug)]
pub struct Distribution {
    histogram: Histogram<u64>,
    /// The last span in microseconds and how often it came in a row: a constant latency costs one comparison.
    run: (u64, u64),
    sum: u128,
    max: Nanos,
}

impl Default for Distribution {
    fn default() -> Self {
        Self { histogram: empty(), run: (0, 0), sum: 0, max: Nanos::ZERO }
    }
}

impl Distribution {
    /// Records one span.
    #[inline]
    pub fn record(&mut self, span: Nanos) {
        self.record_many(span, 1);
    }

    /// So many spans of that length, rounded down alike.
    pub fn record_many(&mut self, span: Nanos, count: u64) {
        if count == 0 {
            return;
        }
        let us = span.as_micros();
        if us != self.run.0 {
            self.settle();
            self.run.0 = us;
        }
        self.run.1 += count;
        self.sum += u128::from(span.as_nanos()) * u128::from(count);
        self.max = self.max.max(span);
    }

    fn settle(&mut self) {
        if self.run.1 > 0 {
            self.histogram.saturating_record_n(self.run.0, self.run.1);
            self.run.1 = 0;
        }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len() + self.run.1
    }

    /// Their mean in microseconds; 0 if there are none.
    #[must_use]
    pub fn mean_us(&self) -> f64 {
        if self.count() == 0 { 0.0 } else { self.sum as f64 / self.count() as f64 / 1e3 }
    }

    /// The longest in microseconds.
    #[must_use]
    pub const fn max_us(&self) -> u64 {
        self.max.as_micros()
    }

    /// The span that a share `q` of all does not exceed, in microseconds, as HdrHistogram defines it; never above the
    /// maximum, 0 if there are none.
    #[must_use]
    pub fn quantile_us(&mut self, q: f64) -> u64 {
        self.settle();
        self.histogram.value_at_quantile(q).min(self.max_us())
    }

    /// The share of spans longer than `span`.
    #[must_use]
    pub fn share_above(&mut self, span: Nanos) -> f64 {
        self.settle();
        let n = self.histogram.len();
        if n == 0 {
            0.0
        } else {
            1.0 - self.histogram.count_between(0, span.as_micros()) as f64 / n as f64
        }
    }

    /// Adds another's spans.
    pub fn merge(&mut self, other: &Self) {
        self.settle();
        self.histogram += &other.histogram;
        if other.run.1 > 0 {
            self.histogram.saturating_record_n(other.run.0, other.run.1);
        }
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }

    /// Adds so many spans of each of these lengths in microseconds, with their exact sum in nanoseconds and maximum.
    pub(super) fn add(&mut self, counts: impl Iterator<Item = (u64, u64)>, sum: u128, max: Nanos) {
        counts.for_each(|(us, count)| self.histogram.saturating_record_n(us, count));
        self.sum += sum;
        self.max = self.max.max(max);
    }

    /// HdrHistogram's compressed V2 format in base64, as `.hlog` files and every port of the library read it.
    #[must_use]
    pub fn encoded(&mut self) -> String {
        self.settle();
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.histogram, &mut bytes).expect(
            "writing to memory does not fail, and the histogram is far below the format's 2 GiB",
        );
        STANDARD.encode(bytes)
    }
}

/// A histogram without spans.
pub(super) fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, 3)
        .expect("bounds are constants that HdrHistogram accepts")
}

/// The histogram that was [encoded](Distribution::encoded), if the text is one.
pub(super) fn decoded(text: &str) -> Option<Histogram<u64>> {
    let bytes = STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut &bytes[..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Nanos {
        Nanos::from_millis(n)
    }

    #[test]
    fn mean_and_maximum_are_exact_and_quantiles_within_a_thousandth() {
        let mut d = Distribution::default();
        (1..=1_000).for_each(|n| d.record(ms(n)));
        assert_eq!((d.count(), d.mean_us(), d.max_us()), (1_000, 500_500.0, 1_000_000));
        assert!((d.quantile_us(0.99) as f64 / 990_000.0 - 1.0).abs() < 1e-3);
        assert!((d.share_above(ms(900)) - 0.1).abs() < 2e-3);
    }

    #[test]
    fn merging_parts_equals_recording_the_whole() {
        let (mut whole, mut left, mut right) =
            (Distribution::default(), Distribution::default(), Distribution::default());
        for n in 0..10_000_u64 {
            let span = Nanos::from_micros(n * n % 7_919);
            whole.record(span);
            if n % 3 == 0 { left.record(span) } else { right.record(span) }
        }
        left.merge(&right);
        assert_eq!((left.encoded(), left.mean_us()), (whole.encoded(), whole.mean_us()));
    }

    #[test]
    fn the_text_decodes_to_the_same_histogram() {
        let mut d = Distribution::default();
        (1..=1_000).for_each(|n| d.record(ms(n)));
        let read = decoded(&d.encoded()).unwrap();
        assert_eq!(read.len(), 1_000);
        assert_eq!(read.value_at_quantile(0.5), d.histogram.value_at_quantile(0.5));
    }
}
