//! Laws of spans: latencies, service times, think times.

use std::sync::Arc;

use rand::Rng;
use rand_distr::{Distribution, Exp1, Gamma, LogNormal};

use crate::random::unit;
use crate::time::Nanos;

/// How long something takes.
#[derive(Clone, PartialEq, Debug)]
pub enum Law {
    /// Always this long.
    Constant(Nanos),
    /// Exponential with this mean.
    Exponential(Nanos),
    /// Log-normal, by its median and 99th percentile.
    Lognormal {
        /// Half take less.
        median: Nanos,
        /// One in a hundred takes more.
        p99: Nanos,
    },
    /// Uniform between two spans.
    Uniform(Nanos, Nanos),
    /// Pareto: P(longer than t) = (least / t)^alpha. A heavy tail.
    Pareto {
        /// The shortest.
        least: Nanos,
        /// The tail's exponent; above 1, or there is no mean.
        alpha: f64,
    },
    /// Gamma, by its mean and shape; 1 is exponential, more is more even.
    Gamma {
        /// The mean.
        mean: Nanos,
        /// The shape; its square root is mean / standard deviation.
        shape: f64,
    },
    /// Each of these with equal chances: as measured. Not empty.
    Measured(Arc<[Nanos]>),
}

impl Law {
    /// The standard normal's 99th percentile.
    const Z99: f64 = 2.326_347_874_040_841;

    /// The shape of a log-normal: the standard deviation of its logarithm, from its median and p99.
    fn sigma(median: Nanos, p99: Nanos) -> f64 {
        (p99.as_nanos().max(median.as_nanos()) as f64 / median.as_nanos() as f64).ln() / Self::Z99
    }

    /// Its mean.
    #[must_use]
    pub fn mean(&self) -> Nanos {
        match self {
            Self::Constant(span) | Self::Exponential(span) | Self::Gamma { mean: span, .. } => {
                *span
            }
            // exp(mu + sigma^2 / 2), with exp(mu) the median.
            Self::Lognormal { median, p99 } => {
                median.scale((Self::sigma(*median, *p99).powi(2) / 2.0).exp())
            }
            Self::Uniform(low, high) => (*low + *high).scale(0.5),
            Self::Pareto { least, alpha } => least.scale(alpha / (alpha - 1.0)),
            Self::Measured(spans) => {
                let sum: u128 = spans.iter().map(|span| u128::from(span.as_nanos())).sum();
                Nanos::from_nanos((sum / spans.len().max(1) as u128) as u64)
            }
        }
    }

    /// Its `share` quantile, 0 to 1: what so many of all take at most. Drawn for a law without a closed form here.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Nanos {
        match self {
            Self::Constant(span) => *span,
            Self::Exponential(mean) => mean.scale(-(1.0 - share).ln()),
            Self::Uniform(low, high) => *low + (*high - *low).scale(share),
            Self::Pareto { least, alpha } => least.scale((1.0 - share).powf(-1.0 / alpha)),
            Self::Measured(spans) => {
                let mut spans = spans.to_vec();
                spans.sort_unstable();
                let rank = (spans.len() as f64 * share).ceil() as usize;
                spans[rank.clamp(1, spans.len()) - 1]
            }
            Self::Lognormal { .. } | Self::Gamma { .. } => {
                let (sampler, mut rng) = (self.sampler(), crate::random::stream(0, "quantile"));
                Self::Measured((0..100_000).map(|_| sampler.sample(&mut rng)).collect())
                    .quantile(share)
            }
        }
    }

    /// The span if it is always the same.
    #[must_use]
    pub const fn constant(&self) -> Option<Nanos> {
        match self {
            Self::Constant(span) => Some(*span),
            _ => None,
        }
    }

    /// The law made ready to be drawn from.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        match self {
            Self::Constant(span) => Sampler::Constant(*span),
            Self::Exponential(mean) => Sampler::Exponential(mean.as_nanos() as f64),
            Self::Lognormal { median, p99 } => {
                LogNormal::new((median.as_nanos() as f64).ln(), Self::sigma(*median, *p99))
                    .map_or(Sampler::Constant(*median), Sampler::Lognormal)
            }
            Self::Uniform(low, high) => Sampler::Uniform(*low, *high - *low),
            Self::Pareto { least, alpha } => Sampler::Pareto(*least, -1.0 / alpha),
            Self::Gamma { mean, shape } => Gamma::new(*shape, mean.as_nanos() as f64 / shape)
                .map_or(Sampler::Constant(*mean), Sampler::Gamma),
            Self::Measured(spans) => Sampler::Measured(Arc::clone(spans)),
        }
    }
}

/// A [`Law`] made ready to be drawn from.
#[derive(Clone, Debug)]
pub enum Sampler {
    /// Always this long.
    Constant(Nanos),
    /// Exponential; the mean in nanoseconds.
    Exponential(f64),
    /// Log-normal, in nanoseconds.
    Lognormal(LogNormal<f64>),
    /// A least span and the width above it.
    Uniform(Nanos, Nanos),
    /// A least span and the exponent of what it is multiplied by, -1 / alpha.
    Pareto(Nanos, f64),
    /// Gamma, in nanoseconds.
    Gamma(Gamma<f64>),
    /// One of these.
    Measured(Arc<[Nanos]>),
}

impl Sampler {
    /// One span.
    pub fn sample(&self, rng: &mut impl Rng) -> Nanos {
        match self {
            Self::Constant(span) => *span,
            Self::Exponential(mean) => {
                let unit: f64 = Exp1.sample(rng);
                Nanos::from_nanos((unit * mean) as u64)
            }
            Self::Lognormal(law) => Nanos::from_nanos(law.sample(rng) as u64),
            Self::Uniform(low, width) => *low + width.scale(unit(rng.next_u64())),
            Self::Pareto(least, exponent) => least.scale(unit(rng.next_u64()).powf(*exponent)),
            Self::Gamma(law) => Nanos::from_nanos(law.sample(rng) as u64),
            Self::Measured(spans) => {
                let place = (u128::from(rng.next_u64()) * spans.len() as u128) >> 64;
                spans.get(place as usize).copied().unwrap_or(Nanos::ZERO)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn laws() -> Vec<Law> {
        let ms = Nanos::from_millis;
        vec![
            Law::Constant(ms(80)),
            Law::Exponential(ms(80)),
            Law::Lognormal { median: ms(50), p99: ms(200) },
            Law::Uniform(ms(10), ms(1_000)),
            Law::Pareto { least: ms(10), alpha: 3.0 },
            Law::Gamma { mean: ms(80), shape: 2.5 },
            Law::Measured([ms(1), ms(2), ms(30)].into()),
        ]
    }

    #[test]
    fn samples_have_the_laws_mean() {
        for law in laws() {
            let (mut rng, n) = (stream(42, "law"), 400_000);
            let sampler = law.sampler();
            let sum: f64 = (0..n).map(|_| sampler.sample(&mut rng).as_secs_f64()).sum();
            let (mean, expected) = (sum / f64::from(n), law.mean().as_secs_f64());
            assert!(
                (mean / expected - 1.0).abs() < 0.01,
                "{law:?}: mean {mean}, expected {expected}, seed 42"
            );
        }
    }

    #[test]
    fn samples_have_the_laws_quantiles() {
        for law in laws() {
            let (mut rng, n) = (stream(7, "law"), 200_000);
            let sampler = law.sampler();
            for share in [0.25, 0.5, 0.9] {
                let limit = law.quantile(share);
                let below = (0..n).filter(|_| sampler.sample(&mut rng) <= limit).count();
                let found = below as f64 / f64::from(n);
                assert!(
                    found > share - 0.01,
                    "{law:?}: {found} of all take at most its {share} quantile, seed 7"
                );
                let above = (0..n).filter(|_| sampler.sample(&mut rng) < limit).count();
                assert!((above as f64 / f64::from(n)) < share + 0.01, "{law:?} at {share}");
            }
        }
    }

    #[test]
    fn a_gamma_has_its_shape() {
        let law = Law::Gamma { mean: Nanos::from_millis(100), shape: 4.0 }.sampler();
        let (mut rng, n) = (stream(42, "law"), 200_000);
        let draws: Vec<f64> = (0..n).map(|_| law.sample(&mut rng).as_secs_f64()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(
            (mean * mean / variance / 4.0 - 1.0).abs() < 0.02,
            "mean^2 / variance is the shape"
        );
    }

    #[test]
    fn a_lognormal_has_its_median_and_p99() {
        let law = Law::Lognormal { median: Nanos::from_micros(300), p99: Nanos::from_millis(1) }
            .sampler();
        let mut rng = stream(42, "law");
        let mut draws: Vec<u64> = (0..200_000).map(|_| law.sample(&mut rng).as_micros()).collect();
        draws.sort_unstable();
        assert!((draws[100_000] as f64 / 300.0 - 1.0).abs() < 0.02, "median {} us", draws[100_000]);
        assert!((draws[198_000] as f64 / 1_000.0 - 1.0).abs() < 0.03, "p99 {} us", draws[198_000]);
    }
}
