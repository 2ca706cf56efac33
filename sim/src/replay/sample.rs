//! A part of the keys instead of all: miniature caches, and how sure they are.
//!
//! A key is in the sample or not by its hash, with all of its requests, and the cache is as much smaller (SHARDS: Waldspurger,
//! Park, Garthwaite and Ahmad, FAST 2015; for policies other than LRU: Waldspurger, Saemundsson, Ahmad and Park, USENIX ATC
//! 2017). What the sample has too many or too few requests of is taken for hits (SHARDS-adj). The sample is also cut into
//! eight, and their scatter says how far the whole may be off.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Tally;
use crate::random::bits;

/// Parts of a sample.
pub const PARTS: usize = 8;

/// Which keys are in the sample.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Sample {
    rate: f64,
}

/// A miss ratio, and its 95 % interval.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Misses a request.
    pub ratio: f64,
    /// Within these with 95 %.
    pub ci95: [f64; 2],
}

impl Sample {
    /// This share of all keys: more than 0, less than 1.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// The share of all keys.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// The part of the sample that a key belongs to; `None` if it is not in the sample.
    #[inline]
    #[must_use]
    pub fn part(&self, id: u64) -> Option<usize> {
        let hash = bits(0, id, 1);
        let place = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        (place < self.rate).then_some(hash as usize % PARTS)
    }

    /// A size in the sample, or in one of its parts.
    #[must_use]
    pub fn scaled(&self, size: u64, is_part: bool) -> u64 {
        let share = if is_part { self.rate / PARTS as f64 } else { self.rate };
        ((size as f64 * share).round() as u64).max(1)
    }

    /// The miss ratio of `requests` requests of which the sample had `whole`, and its parts `parts`.
    ///
    /// # Panics
    /// Never: seven degrees of freedom are some.
    #[must_use]
    pub fn estimate(&self, requests: u64, whole: &Tally, parts: &[Tally]) -> Estimate {
        let expected = (requests as f64 * self.rate).max(1.0);
        let ratio = (whole.misses as f64 / expected).clamp(0.0, 1.0);
        let n = PARTS as f64;
        let ratios: Vec<f64> =
            parts.iter().map(|part| part.misses as f64 / (expected / n)).collect();
        let mean = ratios.iter().sum::<f64>() / n;
        let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let law = StudentsT::new(0.0, 1.0, n - 1.0).expect("seven degrees of freedom");
        let half = law.inverse_cdf(0.975) * (variance / n).sqrt();
        Estimate { ratio, ci95: [(ratio - half).max(0.0), (ratio + half).min(1.0)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eviction::{Eviction, Filling, Space};
    use crate::random::unit;
    use crate::replay::{Batch, Request, Setting, Slots, StackDistances, cell};
    use crate::time::Nanos;

    const KEYS: u64 = 20_000;
    const REQUESTS: u64 = 200_000;
    const RATE: f64 = 0.2;
    const SIZES: [u64; 3] = [500, 2_000, 8_000];

    /// A Zipf trace of exponent 1 whose keys have names by `naming`, which decide who is in a sample.
    fn trace(naming: u64) -> Vec<Request> {
        let mut sum = 0.0;
        let upto: Vec<f64> = (1..=KEYS)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        let draw = |n| upto.partition_point(|upto| *upto < unit(bits(3, n, 5)) * sum) as u64;
        (0..REQUESTS).map(|n| Request::read(bits(naming, draw(n), 9))).collect()
    }

    /// The tally of an LRU of that size.
    fn lru(requests: &[Request], size: u64) -> Tally {
        let (mut batch, mut slots) = (Batch::default(), Slots::default());
        batch.refill(requests, &mut slots, false);
        let mut cell = cell(Eviction::Lru, &Space::entries(size), &Setting::default());
        cell.feed(&batch, slots.distinct());
        cell.tally()
    }

    /// The exact miss ratio at each size.
    fn exact() -> Vec<f64> {
        let (mut asked, mut slots) = (Vec::new(), Slots::default());
        slots.of_all(&trace(0), &mut asked);
        let mut distances = StackDistances::default();
        distances.feed(&asked, slots.distinct());
        distances.curve(&SIZES).iter().map(|misses| *misses as f64 / REQUESTS as f64).collect()
    }

    /// How far a sample is off on average, in theory: each key is in it with probability R, and brings its misses with it,
    /// so the variance is (1 - R)/R times the sum of the squares of the keys' shares; sqrt(2/pi) of its root is the mean. That
    /// they share a cache, in which more of them have less room, makes it up to twice as much.
    fn expected_error(size: u64) -> f64 {
        let (mut asked, mut slots) = (Vec::new(), Slots::default());
        slots.of_all(&trace(0), &mut asked);
        let mut misses = vec![0_u64; slots.distinct()];
        let mut lru = Eviction::Lru.policy(&Space::entries(size));
        lru.reserve(slots.distinct());
        let mut left = size;
        for slot in asked {
            if !lru.touch(slot, Nanos::ZERO) {
                misses[slot as usize] += 1;
                match left {
                    0 => drop(lru.evict(slot, Nanos::ZERO)),
                    _ => left -= 1,
                }
                lru.insert(slot, Filling::default());
            }
        }
        let squares = misses.iter().map(|misses| (*misses as f64 / REQUESTS as f64).powi(2));
        let variance = (1.0 - RATE) / RATE * squares.sum::<f64>();
        (variance * 2.0 / std::f64::consts::PI).sqrt()
    }

    #[test]
    fn a_sample_is_off_by_what_theory_expects_and_its_interval_holds_the_exact_ratio() {
        const NAMINGS: u64 = 12;
        let (exact, sample) = (exact(), Sample::new(RATE));
        let (mut off, mut held) = (0.0, 0);
        for naming in 0..NAMINGS {
            let requests = trace(naming);
            let of = |part: Option<usize>| -> Vec<Request> {
                let mine = |request: &&Request| {
                    sample.part(request.id).is_some_and(|mine| part.is_none_or(|part| part == mine))
                };
                requests.iter().filter(mine).copied().collect()
            };
            let (whole, parts) =
                (of(None), (0..PARTS).map(|part| of(Some(part))).collect::<Vec<_>>());
            for (size, exact) in SIZES.iter().zip(&exact) {
                let tally = lru(&whole, sample.scaled(*size, false));
                let tallies: Vec<Tally> =
                    parts.iter().map(|part| lru(part, sample.scaled(*size, true))).collect();
                let Estimate { ratio, ci95: [low, high] } =
                    sample.estimate(REQUESTS, &tally, &tallies);
                off += (ratio - exact).abs();
                held += u32::from((low..=high).contains(exact));
            }
        }
        let cells = NAMINGS as f64 * SIZES.len() as f64;
        let (off, expected) = (off / cells, SIZES.map(expected_error).iter().sum::<f64>() / 3.0);
        assert!(
            (expected / 2.0..expected * 2.0).contains(&off),
            "off by {off}, {expected} in theory"
        );
        assert!(
            f64::from(held) >= 0.85 * cells,
            "{held} of {cells} intervals hold the exact ratio"
        );
    }
}
