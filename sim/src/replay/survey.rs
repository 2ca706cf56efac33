//! What a trace is like: how many keys, how skewed, how soon they come again, how fast.

use super::{Op, Request, Slots, StackDistances};
use crate::time::Nanos;

/// What is known of a trace after one pass.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    slots: Slots,
    distances: StackDistances,
    counts: Vec<u64>,
    sizes: Vec<u32>,
    /// Requests that are kept for the distances, until there are enough.
    pending: Vec<u32>,
    /// How many there are of each [`Op`], in their order.
    pub operations: [u64; Op::COUNT],
    /// Requests that say how long something is kept, and the sum and the extremes of what they say, in seconds.
    pub ttls: u64,
    ttl_sum: u64,
    ttl_ends: (u32, u32),
    begun: Option<Nanos>,
    ended: Nanos,
    /// Requests in each second since the beginning.
    seconds: Vec<u32>,
}

/// The skew of a trace: the exponent of the Zipf law that fits its popularities best, and how well.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Fit {
    /// Popularity falls as rank to minus this.
    pub exponent: f64,
    /// The largest distance between the trace's and the law's share of requests to the most popular keys (Kolmogorov and
    /// Smirnov): 0.02 is splendid, above 0.1 it is no Zipf law.
    pub distance: f64,
}

/// Requests fed at a time.
const BATCH: usize = 1 << 16;
/// A trace of more seconds is not looked at by the second.
const MOST_SECONDS: usize = 100_000_000;

impl Survey {
    /// Takes these requests in.
    pub fn feed(&mut self, requests: &[Request]) {
        for request in requests {
            self.operations[request.op as usize] += 1;
            self.note_ttl(request);
            if request.op == Op::Expire {
                continue; // nothing is asked for
            }
            let slot = self.slots.of(request.id);
            if slot as usize == self.counts.len() {
                self.counts.push(0);
                self.sizes.push(0);
            }
            self.counts[slot as usize] += 1;
            if request.size > 0 {
                self.sizes[slot as usize] = request.size;
            }
            self.note_time(request.time);
            self.pending.push(slot);
            if self.pending.len() == BATCH {
                self.settle();
            }
        }
    }

    fn note_ttl(&mut self, request: &Request) {
        if request.says_ttl() && request.ttl > 0 {
            let (low, high) = if self.ttls == 0 { (u32::MAX, 0) } else { self.ttl_ends };
            self.ttl_ends = (low.min(request.ttl), high.max(request.ttl));
            self.ttls += 1;
            self.ttl_sum += u64::from(request.ttl);
        }
    }

    fn note_time(&mut self, time: Nanos) {
        let begun = *self.begun.get_or_insert(time);
        self.ended = time;
        let second = (time - begun).as_secs() as usize;
        if second < MOST_SECONDS {
            if second >= self.seconds.len() {
                self.seconds.resize(second + 1, 0);
            }
            self.seconds[second] += 1;
        }
    }

    fn settle(&mut self) {
        self.distances.feed(&self.pending, self.slots.distinct());
        self.pending.clear();
    }

    /// All requests that ask for something.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.operations.iter().sum::<u64>() - self.operations[Op::Expire as usize]
    }

    /// Different keys.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.slots.distinct() as u64
    }

    /// Keys that were asked for once.
    #[must_use]
    pub fn once(&self) -> u64 {
        self.counts.iter().filter(|count| **count == 1).count() as u64
    }

    /// Bytes of all keys' entries together, as last seen; 1 each if the trace does not say.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sizes.iter().map(|size| u64::from(*size)).sum()
    }

    /// The share of all requests that the most popular keys have, this share of them.
    #[must_use]
    pub fn head(&self, share: f64) -> f64 {
        let counts = self.sorted();
        let keys = ((counts.len() as f64 * share).ceil() as usize).min(counts.len());
        counts[..keys].iter().sum::<u64>() as f64 / (self.requests() as f64).max(1.0)
    }

    /// From the first request to the last.
    #[must_use]
    pub fn span(&self) -> Nanos {
        self.ended - self.begun.unwrap_or_default()
    }

    /// The shortest, the mean and the longest TTL that a write says, in seconds.
    #[must_use]
    pub fn ttl_span(&self) -> Option<(u32, f64, u32)> {
        (self.ttls > 0)
            .then(|| (self.ttl_ends.0, self.ttl_sum as f64 / self.ttls as f64, self.ttl_ends.1))
    }

    /// Requests in each of so many equal parts of the time, as rates a second.
    #[must_use]
    pub fn rates(&self, parts: usize) -> Vec<f64> {
        let each = self.seconds.len().div_ceil(parts.max(1)).max(1);
        let rate =
            |part: &[u32]| part.iter().map(|n| f64::from(*n)).sum::<f64>() / part.len() as f64;
        self.seconds.chunks(each).map(rate).collect()
    }

    /// The most requests in a second.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.seconds.iter().copied().max().unwrap_or(0)
    }

    /// How far apart the requests for a key are, in other keys.
    pub fn distances(&mut self) -> &StackDistances {
        self.settle();
        &self.distances
    }

    fn sorted(&self) -> Vec<u64> {
        let mut counts = self.counts.clone();
        counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
        counts
    }

    /// The Zipf law that fits the popularities best (maximum likelihood); `None` of fewer than ten keys.
    #[must_use]
    pub fn fit(&self) -> Option<Fit> {
        let counts = self.sorted();
        (counts.len() >= 10).then(|| fit(&counts))
    }
}

/// Ranks in groups: one by one at first, then a hundredth of the rank together. (The middle rank, how many.)
fn groups(ranks: usize) -> impl Iterator<Item = (f64, usize)> {
    let mut from = 1;
    std::iter::from_fn(move || {
        let width = (from / 100).max(1).min(ranks + 1 - from);
        let middle = from as f64 + (width as f64 - 1.0) / 2.0;
        from += width;
        (width > 0).then_some((middle, width))
    })
}

/// The law's weight and its mean logarithm of the rank.
fn moments(exponent: f64, ranks: usize) -> (f64, f64) {
    let (mut sum, mut logs) = (0.0, 0.0);
    for (rank, width) in groups(ranks) {
        let weight = rank.powf(-exponent) * width as f64;
        sum += weight;
        logs += weight * rank.ln();
    }
    (sum, logs / sum)
}

/// At the maximum of the likelihood the law's mean logarithm of the rank is the trace's (Clauset, Shalizi and Newman,
/// SIAM Review 51(4), 2009, appendix B, with a last rank).
fn fit(counts: &[u64]) -> Fit {
    let all: u64 = counts.iter().sum();
    let logs = counts.iter().zip(1..).map(|(count, rank)| *count as f64 * f64::from(rank).ln());
    let wanted = logs.sum::<f64>() / all as f64;
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if moments(middle, counts.len()).1 > wanted { low = middle } else { high = middle }
    }
    let exponent = (low + high) / 2.0;
    let (sum, _) = moments(exponent, counts.len());
    let (mut law, mut trace, mut at, mut distance) = (0.0, 0, 0, 0.0_f64);
    for (rank, width) in groups(counts.len()) {
        law += rank.powf(-exponent) * width as f64 / sum;
        trace += counts[at..at + width].iter().sum::<u64>();
        at += width;
        distance = distance.max((law - trace as f64 / all as f64).abs());
    }
    Fit { exponent, distance }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Keys;
    use crate::random::stream;
    use crate::traffic::Items;

    #[test]
    fn the_fit_finds_the_exponent_that_a_trace_was_drawn_with() {
        for exponent in [0.6, 1.0, 1.3] {
            let keys = Keys::Zipf { exponent, count: 2_000 };
            let (mut items, mut rng, mut survey) =
                (Items::new(&keys), stream(42, "items"), Survey::default());
            for _ in 0..300_000 {
                survey.feed(&[Request::read(u64::from(items.next(&mut rng).0))]);
            }
            let fit = survey.fit().unwrap();
            assert!(
                (fit.exponent - exponent).abs() < 0.03 && fit.distance < 0.01,
                "{exponent}: {fit:?}, seed 42"
            );
        }
    }

    #[test]
    fn a_law_of_another_kind_is_told_by_its_distance() {
        let mut survey = Survey::default();
        (0..1_000).for_each(|key| {
            (0..if key < 500 { 9 } else { 1 }).for_each(|_| survey.feed(&[Request::read(key)]))
        });
        assert!(survey.fit().unwrap().distance > 0.1);
        assert_eq!((survey.distinct(), survey.once(), survey.requests()), (1_000, 500, 5_000));
        assert!((survey.head(0.5) - 0.9).abs() < 1e-9);
    }

    #[test]
    fn rates_are_by_the_second_and_reuse_distances_exact() {
        let mut survey = Survey::default();
        for (second, key) in [(5, 1), (5, 2), (5, 1), (8, 1)] {
            survey.feed(&[Request { time: Nanos::from_secs(second), ..Request::read(key) }]);
        }
        assert_eq!((survey.peak(), survey.span()), (3, Nanos::from_secs(3)));
        assert_eq!(survey.rates(4), [3.0, 0.0, 0.0, 1.0]);
        assert_eq!(survey.distances().quantile(1.0), Some(2));
    }
}
