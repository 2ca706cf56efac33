//! Laws of spans: latencies, service times, think times.

use rand::Rng;
use rand_distr::{Distribution, Exp1, LogNormal};

use crate::time::Nanos;

/// How long something takes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
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
        match *self {
            Self::Constant(span) | Self::Exponential(span) => span,
            // exp(mu + sigma^2 / 2), with exp(mu) the median.
            Self::Lognormal { median, p99 } => {
                median.scale((Self::sigma(median, p99).powi(2) / 2.0).exp())
            }
            Self::Uniform(low, high) => (low + high).scale(0.5),
        }
    }

    /// The span if it is always the same.
    #[must_use]
    pub const fn constant(&self) -> Option<Nanos> {
        match *self {
            Self::Constant(span) => Some(span),
            _ => None,
        }
    }

    /// The law made ready to be drawn from.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        match *self {
            Self::Constant(span) => Sampler::Constant(span),
            Self::Exponential(mean) => Sampler::Exponential(mean.as_nanos() as f64),
            Self::Lognormal { median, p99 } => {
                LogNormal::new((median.as_nanos() as f64).ln(), Self::sigma(median, p99))
                    .map_or(Sampler::Constant(median), Sampler::Lognormal)
            }
            Self::Uniform(low, high) => Sampler::Uniform(low, high - low),
        }
    }
}

/// A [`Law`] made ready to be drawn from.
#[derive(Copy, Clone, Debug)]
pub enum Sampler {
    /// Always this long.
    Constant(Nanos),
    /// Exponential; the mean in nanoseconds.
    Exponential(f64),
    /// Log-normal, in nanoseconds.
    Lognormal(LogNormal<f64>),
    /// A least span and the width above it.
    Uniform(Nanos, Nanos),
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
            Self::Uniform(low, width) => *low + width.scale(crate::random::unit(rng.next_u64())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn samples_have_the_laws_mean() {
        let ms = Nanos::from_millis;
        for law in [
            Law::Constant(ms(80)),
            Law::Exponential(ms(80)),
            Law::Lognormal { median: ms(50), p99: ms(200) },
            Law::Uniform(ms(10), ms(1_000)),
        ] {
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
