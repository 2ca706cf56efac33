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
