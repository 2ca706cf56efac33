//! Which items are asked for.

use std::sync::Arc;

use rand::Rng;
use rand_distr::{Distribution, Zipf};

use super::Trace;
use super::alias::Alias;
use crate::key::Item;
use crate::plan::Keys;
use crate::random::unit;

/// Above this many items an alias table (8 bytes an item) costs more memory than it saves time.
const ALIAS_LIMIT: u32 = 1 << 24;

/// The stream of items, to be drawn from with a generator.
#[derive(Clone, Debug)]
pub enum Items {
    /// All alike.
    Uniform(u32),
    /// Any law over few enough items. Shared: a run draws from it in several places.
    Alias(Arc<Alias>),
    /// Zipf over very many.
    Zipf(Zipf<f64>),
    /// A few items with most of the requests.
    Hotspot {
        /// How many are hot.
        hot: u32,
        /// Their share.
        share: f64,
        /// How many there are in all.
        count: u32,
    },
    /// A recorded trace, and where we are in it.
    Trace(Arc<Trace>, usize),
}

impl Items {
    /// The stream of these keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        match keys {
            Keys::Uniform { count } => Self::Uniform(*count),
            Keys::Zipf { exponent, count } if *count > ALIAS_LIMIT => {
                Zipf::new(f64::from(*count), *exponent).map_or(Self::Uniform(*count), Self::Zipf)
            }
            Keys::Zipf { exponent, count } => {
                Self::Alias(Arc::new(Alias::new(&zipf_weights(*exponent, *count))))
            }
            Keys::Hotspot { hot, share, count } => {
                Self::Hotspot { hot: *hot, share: *share, count: *count }
            }
            Keys::Trace(trace) => Self::Trace(Arc::clone(trace), 0),
        }
    }

    /// The next item.
    #[inline(always)] // the open loop draws in batches
    pub fn next(&mut self, rng: &mut impl Rng) -> Item {
        match self {
            Self::Uniform(count) => Item(below(*count, rng)),
            Self::Hotspot { hot, share, count } => {
                if unit(rng.next_u64()) <= *share {
                    Item(below(*hot, rng))
                } else {
                    Item(*hot + below(*count - *hot, rng))
                }
            }
            Self::Alias(table) => Item(table.sample(rng)),
            Self::Zipf(law) => Item(law.sample(rng) as u32 - 1),
            Self::Trace(trace, at) => {
                let item = trace.items()[*at];
                *at = if *at + 1 == trace.items().len() { 0 } else { *at + 1 };
                item
            }
        }
    }
}

#[inline(always)]
fn below(count: u32, rng: &mut impl Rng) -> u32 {
    ((u128::from(rng.next_u64()) * u128::from(count)) >> 64) as u32
}

fn zipf_weights(exponent: f64, count: u32) -> Vec<f64> {
    (1..=count).map(|rank| f64::from(rank).powf(-exponent)).collect()
}

fn hotspot_weights(hot: u32, share: f64, count: u32) -> Vec<f64> {
    let cold = f64::from(count - hot).max(1.0);
    let weight = |rank| if rank < hot { share / f64::from(hot) } else { (1.0 - share) / cold };
    (0..count).map(weight).collect()
}

/// Each item's share of all requests, by rank: what a stationary cache and every hit-rate formula start from.
#[must_use]
pub fn shares(keys: &Keys) -> Vec<f64> {
    let mut weights = match keys {
        Keys::Uniform { count } => vec![1.0; *count as usize],
        Keys::Zipf { exponent, count } => zipf_weights(*exponent, *count),
        Keys::Hotspot { hot, share, count } => hotspot_weights(*hot, *share, *count),
        Keys::Trace(trace) => trace.counts().into_iter().map(|n| n as f64).collect(),
    };
    let sum: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn every_law_gives_each_item_its_share() {
        let trace = Trace::read(&b"a\nb\na\nc\na\nb\n"[..]).unwrap();
        for (name, keys) in [
            ("uniform", Keys::Uniform { count: 50 }),
            ("zipf 0.8", Keys::Zipf { exponent: 0.8, count: 1_000 }),
            ("zipf 1", Keys::Zipf { exponent: 1.0, count: 1_000 }),
            ("zipf 1.2", Keys::Zipf { exponent: 1.2, count: 1_000 }),
            ("hotspot", Keys::Hotspot { hot: 5, share: 0.8, count: 100 }),
            ("trace", Keys::Trace(Arc::new(trace))),
        ] {
            let (mut items, mut rng, n) = (Items::new(&keys), stream(42, "items"), 1_000_000);
            let mut seen = vec![0_u64; keys.count() as usize];
            for _ in 0..n {
                seen[items.next(&mut rng).0 as usize] += 1;
            }
            let expected = shares(&keys);
            let chi: f64 = seen
                .iter()
                .zip(&expected)
                .map(|(&s, e)| (s as f64 - e * f64::from(n)).powi(2) / (e * f64::from(n)))
                .sum();
            let p = 1.0 - ChiSquared::new(f64::from(keys.count() - 1)).unwrap().cdf(chi);
            assert!(p > 1e-3, "{name}: chi-square {chi:.1}, p = {p:.5}, seed 42");
        }
    }

    #[test]
    fn rand_distrs_zipf_over_very_many_items_has_the_same_head() {
        let keys = Keys::Zipf { exponent: 1.0, count: ALIAS_LIMIT + 1 };
        let (mut items, mut rng) = (Items::new(&keys), stream(42, "items"));
        assert!(matches!(items, Items::Zipf(_)));
        let hits = (0..400_000).filter(|_| items.next(&mut rng) == Item(0)).count();
        // The harmonic number of 2^24 + 1 is ln n + 0.5772.
        let share = 1.0 / (f64::from(ALIAS_LIMIT + 1).ln() + 0.577_215_664_9);
        assert!(
            (hits as f64 / 400_000.0 / share - 1.0).abs() < 0.02,
            "{hits} of 400000, expected share {share:.4}"
        );
    }
}
