//! One strategy, two clocks: the same plan gives about the same figures in virtual and in real time.

use std::thread;

use crate::common::{SEED, alone, hot_key, lane, ms, private, settings};
use herdlab_loadgen::run;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Keys, Lane, Plan, Warm};
use herdlab_sim::strategy::{About, AnyStrategy};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;

fn plan() -> Plan {
    let mut plan = hot_key(300.0, Nanos::from_secs(4));
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 100 };
    plan.traffic.processes = 4;
    plan.cache.warm = Warm::Stationary;
    plan.cache.latency = Law::Constant(Nanos::from_micros(200));
    plan.origin.concurrency = Some(30);
    plan.origin.latency = Law::Lognormal { median: ms(30), p99: ms(120) };
    plan
}

/// What differs by more than timing can explain: a twentieth of the requests for an outcome, a seventh of the calls.
fn differences(virt: &LaneRun, real: &LaneRun) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |what: &str, virt: u64, real: u64, allowed: u64| {
        if virt.abs_diff(real) > allowed {
            all.push(format!("{what}: {virt} in virtual, {real} in real time"));
        }
    };
    let requests = virt.requests.requests();
    compare("requests", requests, real.requests.requests(), 0);
    let names = ["fresh", "stale", "waited", "computed", "degraded", "failed"];
    for (nth, name) in names.into_iter().enumerate() {
        compare(name, virt.requests.outcomes()[nth], real.requests.outcomes()[nth], requests / 20);
    }
    compare("calls", virt.origin.calls(), real.origin.calls(), virt.origin.calls() / 7 + 10);
    all
}

#[test]
fn every_strategy_behaves_alike_on_both_clocks() {
    let (plan, _quiet) = (plan(), alone());
    // Redis has no meta commands: a lane that needs them is refused.
    let runs_on_redis = |name| AnyStrategy::named(name).is_some_and(|s| !s.needs_meta());
    let all: Vec<_> = AnyStrategy::ALL.iter().filter(|about| runs_on_redis(about.name)).collect();
    for few in all.chunks(AT_ONCE) {
        alike(&plan, few);
    }
}

/// More lanes than this at a time would be late on two cores.
const AT_ONCE: usize = 7;

fn alike(plan: &Plan, few: &[&About]) {
    thread::scope(|scope| {
        for about in few {
            scope.spawn(move || {
                let lane: Lane = lane(about.name, ms(500));
                let virt = virt::run(plan, &lane, &mut ()).expect("a run in virtual time");
                let real = run(plan, &lane, &private(), &settings(), &mut ()).expect("a run").lane;
                eprintln!(
                    "{}: {:?} {} / {:?} {}",
                    about.name,
                    virt.requests.outcomes(),
                    virt.origin.calls(),
                    real.requests.outcomes(),
                    real.origin.calls()
                );
                assert_eq!(differences(&virt, &real), [""; 0], "{}, seed {SEED}", about.name);
            });
        }
    });
}
