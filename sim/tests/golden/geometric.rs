//! The whole law of XFetch's stampedes, not only its mean.
//!
//! Where many requests come during a compute, the calls of a herd are Geometric(e^(-1/beta)), whatever the rate, the
//! compute time and the TTL: the first trigger finds a hazard of Exp(1), and a compute later it has grown by e^(1/beta).

use std::cell::Cell;

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Cache, Keys, Load, Origin, Plan, Traffic, Warm};
use herdlab_sim::strategy::XFetch;
use herdlab_sim::theory;
use herdlab_sim::time::Nanos;
use herdlab_sim::virt::run_strategy;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::sample::{Preset, SEED};

const HERDS: u32 = if cfg!(debug_assertions) { 3_000 } else { 100_000 };
/// Seconds of a compute.
const DELTA: f64 = 1.0;

/// Sizes of one herd each of so many keys with `rate` requests a second, and how often each came.
fn herds(rate: f64, beta: f64) -> Vec<(u32, u64)> {
    let key = theory::xfetch::XFetch { rate, delta: DELTA, beta };
    // So early that e^-12 of all herds would have begun before the run; and all begin before the expiry.
    let expires = Nanos::from_secs_f64(key.early_gap_mean() + 12.0 * beta * DELTA);
    let plan = Plan {
        seed: SEED,
        duration: expires,
        traffic: Traffic {
            load: Load::open(rate * f64::from(HERDS), Arrivals::Poisson),
            keys: Keys::Uniform { count: HERDS },
            ..Traffic::default()
        },
        cache: Cache { warm: Warm::Full, ..Cache::default() },
        origin: Origin { latency: Law::Constant(Nanos::from_secs_f64(DELTA)), ..Origin::default() },
        ..Plan::default()
    };
    let ttl = Nanos::from_secs(1_000_000); // what a herd stores sees no second one
    let strategy = XFetch { ttl, beta, ..XFetch::default() };
    let strategy = Preset { strategy, expires, crashes: Cell::new(false) };
    run_strategy(&plan, &strategy, &mut ())
        .expect("the plan is not overloaded")
        .origin
        .clone_sizes()
}

/// The chance of a herd of each size up to the last whose cell expects ten herds, and of all larger ones.
fn cells(p: f64, total: f64) -> Vec<f64> {
    let mut cells: Vec<f64> = (0..)
        .map(|failures| p * (1.0 - p).powi(failures))
        .take_while(|share| share * total >= 10.0)
        .collect();
    cells.push(1.0 - cells.iter().sum::<f64>());
    cells
}

#[test]
fn the_stampede_size_of_xfetch_is_geometric() {
    for (beta, rate) in [(1.0, 40.0), (2.0, 25.0)] {
        let sizes = herds(rate, beta);
        let total = sizes.iter().map(|(_, n)| *n as f64).sum::<f64>();
        assert!((total / f64::from(HERDS) - 1.0).abs() < 1e-3, "{total} herds, seed {SEED}");
        let expected = cells((-1.0 / beta).exp(), total);
        let mut seen = vec![0.0; expected.len()];
        for (size, n) in &sizes {
            seen[(*size as usize - 1).min(expected.len() - 1)] += *n as f64;
        }
        let square: f64 = (seen.iter().zip(&expected))
            .map(|(seen, share)| (seen - share * total).powi(2) / (share * total))
            .sum();
        let freedom = expected.len() - 1;
        let p = 1.0 - ChiSquared::new(freedom as f64).expect("two cells or more").cdf(square);
        println!(
            "beta {beta}: {total} herds, chi-square {square:.1} of {freedom}, p {p:.4}, seed {SEED}"
        );
        assert!(
            p > 1e-3,
            "beta {beta}: chi-square {square:.1} of {freedom}, p {p:.5}, seed {SEED}"
        );
    }
}
