//! Arrivals and items through whole runs: profiles, bursts, hotspots.

use herdlab_sim::plan::{Arrivals, Keys, Load, Plan, Step};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;

use crate::support::{arrivals, plan, run};

const fn secs(s: u64) -> Nanos {
    Nanos::from_secs(s)
}

fn open(rate: f64, arrivals: Arrivals, profile: Vec<Step>, seconds: u64) -> Plan {
    let mut plan = plan(0);
    plan.duration = secs(seconds);
    plan.traffic.load = Load::Open { rate, arrivals, profile };
    plan
}

#[test]
fn the_rate_of_requests_follows_the_profile() {
    let profile = vec![
        Step { at: secs(10), rate: 300.0, ramp: Nanos::ZERO },
        Step { at: secs(20), rate: 1_300.0, ramp: secs(10) },
    ];
    for law in [Arrivals::Constant, Arrivals::Poisson] {
        let ran = run(&open(1_000.0, law, profile.clone(), 40), &TtlOnly::default());
        let expected = |second: f64| match second {
            s if s < 10.0 => 1_000.0,
            s if s < 20.0 => 300.0,
            s if s < 30.0 => 300.0 + 100.0 * (s - 20.0 + 0.5), // the middle of the second
            _ => 1_300.0,
        };
        for (second, found) in ran.requests.seconds().iter().enumerate() {
            let expected = expected(second as f64);
            let allowed = if law == Arrivals::Poisson { 4.0 * expected.sqrt() } else { 1.5 };
            assert!(
                (f64::from(found.requests) - expected).abs() <= allowed,
                "{law:?}, second {second}: {} requests, expected {expected}, seed 42",
                found.requests
            );
        }
    }
}

#[test]
fn bursts_have_their_mean_size_and_leave_the_rate_as_it_is() {
    for mean in [1, 5, 20] {
        let instants = arrivals(&open(2_000.0, Arrivals::Bursty { mean }, Vec::new(), 100));
        let requests = instants.len() as f64;
        let mut bursts: Vec<Nanos> = instants.into_iter().map(|(_, at)| at).collect();
        bursts.dedup();
        let bursts = bursts.len() as f64;
        // Sizes are geometric: their standard deviation is about their mean.
        let mean = f64::from(mean);
        let size = requests / bursts;
        assert!((size - mean).abs() <= 4.0 * mean / bursts.sqrt(), "{size} of {mean}, seed 42");
        let spread = 4.0 * (2e5 * 2.0 * mean).sqrt();
        assert!((requests - 2e5).abs() < spread, "{requests} requests, seed 42");
    }
}

#[test]
fn who_comes_in_a_burst_misses_together() {
    // One key whose entry never lives from one burst to the next: a herd a burst.
    let plan = open(1_000.0, Arrivals::Bursty { mean: 10 }, Vec::new(), 100);
    let mut plan = plan;
    plan.origin.latency = herdlab_sim::law::Law::Constant(Nanos::from_nanos(1));
    let herds = run(&plan, &TtlOnly { ttl: Nanos::from_nanos(1) }).origin.herds();
    assert!((herds.mean / 10.0 - 1.0).abs() < 0.05, "{} a herd, seed 42", herds.mean);
}

#[test]
fn a_hotspot_has_its_share_of_requests_and_all_hot_items_are_alike() {
    let mut plan = open(1_000.0, Arrivals::Poisson, Vec::new(), 100);
    plan.traffic.keys = Keys::Hotspot { hot: 10, share: 0.8, count: 1_000 };
    let ranks = arrivals(&plan);
    let total = ranks.len() as f64;
    let mut seen = vec![0.0; 1_000];
    ranks.iter().for_each(|(rank, _)| seen[*rank as usize] += 1.0);
    let hot = seen[..10].iter().sum::<f64>() / total;
    assert!((hot - 0.8).abs() < 3.0 * (0.16 / total).sqrt(), "{hot}, seed 42");
    for (rank, n) in seen.iter().enumerate() {
        let expected = total * if rank < 10 { 0.08 } else { 0.2 / 990.0 };
        assert!((n - expected).abs() < 5.0 * expected.sqrt(), "rank {rank}: {n}, seed 42");
    }
}
