//! Laws of the origin's service time through whole runs, against Pollaczek and Khinchine.
//!
//! One slot fed by Poisson arrivals: the mean wait is rate E[S^2] / (2 (1 - rate E[S])), whatever the law of S.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Load};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;

use crate::support::{ms, plan, run};

#[test]
fn every_laws_mean_wait_is_what_its_second_moment_says() {
    let spans = [2, 5, 5, 10, 28];
    let measured: Vec<Nanos> = spans.into_iter().map(ms).collect();
    let squares = spans.iter().map(|ms| (*ms as f64 / 1e3).powi(2)).sum::<f64>() / 5.0;
    // (the law, its second moment over its mean's square)
    let laws = [
        (Law::Constant(ms(10)), 1.0),
        (Law::Exponential(ms(10)), 2.0),
        (Law::Gamma { mean: ms(10), shape: 2.5 }, 1.4),
        (Law::Gamma { mean: ms(10), shape: 0.5 }, 3.0),
        (Law::Measured(measured.into()), squares / 1e-4),
        // E[S^2] = least^2 alpha / (alpha - 2), E[S] = least alpha / (alpha - 1).
        (Law::Pareto { least: ms(8), alpha: 5.0 }, 16.0 / 15.0),
        (Law::Uniform(ms(0), ms(20)), 4.0 / 3.0),
    ];
    for (law, ratio) in laws {
        let mut plan = plan(0);
        plan.duration = Nanos::from_secs(20_000);
        plan.warmup = Nanos::from_secs(100);
        plan.traffic.load = Load::open(50.0, Arrivals::Poisson);
        plan.origin.concurrency = Some(1);
        plan.origin.latency = law.clone();
        let mut ran = run(&plan, &TtlOnly { ttl: Nanos::from_nanos(1) });
        let wait = ran.origin.wait().mean_us() / 1e6;
        let expected = 50.0 * ratio * 1e-4 / (2.0 * (1.0 - 0.5));
        assert!(
            (wait / expected - 1.0).abs() < 0.03,
            "{law:?}: {wait:.6} s, Pollaczek-Khinchine {expected:.6} s, seed 42"
        );
        let service = ran.requests.latency().mean_us() / 1e6 - wait;
        assert!((service / 0.01 - 1.0).abs() < 0.01, "{law:?}: {service} s a compute, seed 42");
    }
}
