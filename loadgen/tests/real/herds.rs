//! Herds of one hot key: on a real Redis and a real Memcached as large as on the model, whichever the strategy.

use std::thread;

use crate::common::*;
use herdlab_loadgen::{Service, Target};
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Lane, Plan, Warm};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;

/// Those that came after the first dozen, which `clocks` compares one by one.
const STRATEGIES: [&str; 14] = [
    "stale-if-error",
    "refresh-ahead",
    "lease",
    "dogpile",
    "django-redis-herd",
    "cashews-early",
    "cashews-soft",
    "rails",
    "symfony",
    "laravel-flexible",
    "fusion-cache",
    "caffeine-refresh",
    "nginx",
    "varnish-grace",
];

/// 200 requests a second for one key that lives for two; a compute takes 100 ms: a herd of 21 without protection.
fn plan() -> Plan {
    let mut plan = hot_key(200.0, Nanos::from_secs(7));
    plan.cache.warm = Warm::Cold;
    plan.origin.latency = herdlab_sim::law::Law::Constant(ms(100));
    plan
}

/// Herds, calls and the largest herd.
fn herds(run: &LaneRun) -> (u64, u64, u32) {
    let herds = run.origin.herds();
    (herds.count, run.origin.calls(), herds.max)
}

#[test]
fn herds_on_a_real_server_are_as_large_as_on_the_model() {
    let plan = plan();
    thread::scope(|scope| {
        for name in STRATEGIES {
            let plan = &plan;
            scope.spawn(move || {
                let lane: Lane = lane(name, Nanos::from_secs(2));
                let model = herds(&virt::run(plan, &lane, &mut ()).expect("a run in virtual time"));
                for service in [Service::Redis, Service::Memcached] {
                    let target =
                        Target::start(service).expect("its server is installed and starts");
                    let real = herds(&run_lane(plan, &lane, &target).lane);
                    eprintln!("{name} on {}: {model:?} on the model, {real:?}", service.name());
                    // Memcached's clock ticks once a second: an entry may go up to a second early, so a cycle of two
                    // seconds may have one herd or two more. A herd differs by whom a millisecond lets in.
                    assert!(
                        real.0.abs_diff(model.0) <= 3,
                        "{name}: {model:?}, {real:?}, seed {SEED}"
                    );
                    let allowed = 4 + model.2 / 4;
                    assert!(
                        real.2.abs_diff(model.2) <= allowed,
                        "{name}: {model:?}, {real:?}, seed {SEED}"
                    );
                }
            });
        }
    });
}
