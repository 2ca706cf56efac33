//! Values older than the origin's data, against the closed form.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Keys, Load, OnTimeout, Warm};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::theory::ttl::outdated_share;
use herdlab_sim::time::Nanos;

use crate::support::{outcomes, plan, run};

#[test]
fn outdated_reads_are_as_many_as_theory_says_and_never_older_than_a_ttl() {
    for (writes, ttl) in [(0.2, 1), (1.0, 1), (1.0, 3)] {
        let mut plan = plan(0);
        plan.duration = Nanos::from_secs(200);
        plan.warmup = Nanos::from_secs(5);
        plan.traffic.load = Load::open(20_000.0, Arrivals::Poisson);
        plan.traffic.keys = Keys::Uniform { count: 50 };
        plan.traffic.updates.rate = writes * 50.0;
        plan.traffic.on_timeout = OnTimeout::Detach;
        plan.cache.warm = Warm::Stationary;
        plan.origin.latency = Law::Constant(Nanos::from_micros(1));
        let mut ran = run(&plan, &TtlOnly { ttl: Nanos::from_secs(ttl) });
        let share = ran.requests.outdated() as f64 / outcomes(&ran)[0] as f64;
        let expected = outdated_share(writes, ttl as f64);
        assert!(
            (share / expected - 1.0).abs() < 0.03,
            "{writes}/s, {ttl} s: {share:.4}, theory {expected:.4}, seed 42"
        );
        assert!(ran.requests.age().max_us() <= ttl * 1_000_000);
    }
}

#[test]
fn without_writes_nothing_is_outdated() {
    let mut ran = run(&plan(1_000), &TtlOnly::default());
    assert_eq!((ran.requests.outdated(), ran.requests.age().count()), (0, 0));
}
