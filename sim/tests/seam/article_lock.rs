//! The article's lock without its give-up, so that what a missing token does stands alone.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Load};
use herdlab_sim::strategy::Lock;
use herdlab_sim::time::Nanos;

use crate::support::{plan, run};

/// Computes in 300 s at L = 5, D = 35 and a TTL of 3 s.
fn computes(token: bool, seed: u64) -> u64 {
    let mut plan = plan(0);
    plan.seed = seed;
    plan.duration = Nanos::from_secs(300);
    plan.traffic.load = Load::open(5.0, Arrivals::Poisson);
    plan.origin.latency = Law::Constant(Nanos::from_secs(35));
    let lock = Lock { ttl: Nanos::from_secs(3), token, polls: 0, ..Lock::article() };
    run(&plan, &lock).origin.calls()
}

#[test]
fn without_a_token_a_holder_that_outlives_its_lock_deletes_the_next_holders() {
    // An independent event simulation has 16 computes without a token and 10 with, in each of its 30 runs. The sixteenth
    // begins at 296 s and nine waits of 0.2 s on average: once in five hundred runs that is after the end.
    let (without, with): (Vec<u64>, Vec<u64>) =
        (1..=12).map(|seed| (computes(false, seed), computes(true, seed))).unzip();
    assert_eq!(with, [10; 12]);
    assert!(
        without.iter().filter(|calls| **calls == 16).count() >= 11,
        "{without:?}, seeds 1 to 12"
    );
    assert!(without.iter().all(|calls| (15..=16).contains(calls)), "{without:?}, seeds 1 to 12");
}
