//! Common random numbers: every stream is named, every draw of a request is a function of what it is for.
//!
//! Two lanes with the same seed see the same arrivals and items, and the n-th origin call of a request takes the same
//! time in both, whatever else they do. So lanes differ only by their strategy.

use rand::SeedableRng;
use rand_pcg::{Pcg64Dxsm, Pcg64Mcg};

/// Stafford's and wyhash's odd constants: any numbers without structure do.
const SALT: [u64; 4] =
    [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3, 0x5899_65cc_7537_4cc3];

/// 64 x 64 -> 128 bits, folded: wyhash's mixing step (github.com/wangyi-fudan/wyhash, `_wymix`).
const fn fold(a: u64, b: u64) -> u64 {
    let wide = a as u128 * b as u128;
    (wide >> 64) as u64 ^ wide as u64
}

/// 64 random bits, a function of its arguments.
#[must_use]
pub const fn bits(seed: u64, a: u64, b: u64) -> u64 {
    fold(fold(seed ^ SALT[0], a ^ SALT[1]) ^ SALT[2], b ^ SALT[3])
}

/// Uniform in (0, 1]: never zero, so that its logarithm is finite.
#[must_use]
pub fn unit(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Which application process serves a request: the same on both clocks.
#[inline]
#[must_use]
pub fn process_of(seed: u64, request: u64, processes: u32) -> u32 {
    if processes == 1 {
        return 0;
    }
    ((u128::from(bits(seed, request, purpose::PROCESS)) * u128::from(processes)) >> 64) as u32
}

/// What the numbers of requests begin with that are really updates at the origin, or runs of a strategy's job.
pub const UPDATER: u64 = 1 << 62;
/// As [`UPDATER`], of a job.
pub const JOB: u64 = 1 << 61;

/// A generator for draws that need more than 64 bits, a function of its arguments.
#[must_use]
pub fn generator(seed: u64, a: u64, b: u64) -> Pcg64Mcg {
    let high = bits(seed, a, b);
    Pcg64Mcg::new((high as u128) << 64 | fold(high ^ SALT[3], SALT[1]) as u128)
}

/// The stream of that name: no other stream's consumers disturb it.
#[must_use]
pub fn stream(seed: u64, name: &str) -> Pcg64Dxsm {
    let named = name.bytes().fold(seed, |acc, byte| bits(acc, u64::from(byte), 0));
    Pcg64Dxsm::seed_from_u64(named)
}

/// Names for the draws of one request that do not belong to the strategy.
pub mod purpose {
    /// Which process serves the request.
    pub const PROCESS: u64 = 1 << 32;
    /// How long its cache operations take; the operation's number is added.
    pub const CACHE_LATENCY: u64 = 2 << 32;
    /// How long its origin calls take; the attempt is added.
    pub const SERVICE: u64 = 3 << 32;
    /// How long a user thinks; the user stands for the request.
    pub const THINK: u64 = 4 << 32;
    /// Which item a user asks for.
    pub const USER_ITEM: u64 = 5 << 32;
    /// A warm entry's presence and age; the item stands for the request.
    pub const WARM: u64 = 6 << 32;
    /// Whether an origin call fails; the attempt is added.
    pub const ORIGIN_FAILURE: u64 = 7 << 32;
    /// Which language or user a request is for.
    pub const VARIANT: u64 = 8 << 32;
    /// The items of a page after its first.
    pub const PAGE: u64 = 9 << 32;
    /// How long a client pauses before it asks again; the attempt is added.
    pub const BACKOFF: u64 = 10 << 32;
    /// Whether a packet of a cache operation is lost; the operation's number is added.
    pub const CACHE_LOSS: u64 = 11 << 32;
    /// Which items there are not; the rank stands for the request.
    pub const ABSENT: u64 = 12 << 32;
    /// Whose TTL a bulk load makes how much shorter; the item stands for the request.
    pub const LOAD: u64 = 13 << 32;
    /// How far a process's clock is ahead; the process stands for the request.
    pub const SKEW: u64 = 14 << 32;
    /// When the clock of a cache ticks that has whole seconds; the run's own.
    pub const CACHE_PHASE: u64 = 15 << 32;
}

#[cfg(test)]
mod tests {
    use super::{bits, stream, unit};
    use rand::Rng;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn draws_are_uniform_over_requests_and_over_draws() {
        for (label, draw) in
            [("requests", (|i| bits(42, i, 0)) as fn(u64) -> u64), ("draws", |i| bits(42, 7, i))]
        {
            let mut cells = [0_u64; 100];
            for i in 0..200_000 {
                cells[((unit(draw(i)) * 100.0).ceil() as usize - 1).min(99)] += 1;
            }
            let chi: f64 = cells.iter().map(|&n| (n as f64 - 2_000.0).powi(2) / 2_000.0).sum();
            let p = 1.0 - ChiSquared::new(99.0).unwrap().cdf(chi);
            assert!(p > 1e-3, "{label}: chi-square {chi:.1} over 100 cells, p = {p:.5}");
        }
    }

    #[test]
    fn unit_is_never_zero_and_at_most_one() {
        assert!(unit(0) > 0.0);
        assert_eq!(unit(u64::MAX), 1.0);
    }

    #[test]
    fn streams_differ_by_name_and_by_seed() {
        let first = |seed, name| stream(seed, name).next_u64();
        assert_ne!(first(1, "arrivals"), first(1, "items"));
        assert_ne!(first(1, "arrivals"), first(2, "arrivals"));
        assert_eq!(first(1, "arrivals"), first(1, "arrivals"));
    }
}
