//! An origin that fails: how often, who hears of it, and what is not stored.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, Plan};
use herdlab_sim::strategy::{Lock, SingleFlight, StaleWhileRevalidate, TtlOnly};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Failure;

use crate::support::{ms, outcomes, plan, run};

fn failing(requests: u64, until: u64) -> Plan {
    let mut plan = plan(requests);
    plan.events = vec![
        Event { at: Nanos::ZERO, change: Change::FailOrigin(1.0) },
        Event { at: ms(until), change: Change::RestoreOrigin },
    ];
    plan
}

#[test]
fn as_large_a_share_of_calls_fails_as_the_plan_says_and_as_it_would_take() {
    for rate in [0.02, 0.3, 1.0] {
        let mut plan = plan(20_000);
        plan.origin.failure_rate = rate;
        let mut ran = run(&plan, &TtlOnly { ttl: Nanos::from_nanos(1) });
        let failed = ran.requests.failures(Failure::Origin);
        assert_eq!((ran.origin.failed(), outcomes(&ran)[5]), (failed, failed));
        let (share, error) = (failed as f64 / 20_000.0, (rate * (1.0 - rate) / 20_000.0).sqrt());
        assert!((share - rate).abs() <= 3.0 * error, "{share}, expected {rate}, seed 42");
        assert_eq!(ran.requests.latency().quantile_us(0.0), 200_000, "an error takes its time too");
    }
}

#[test]
fn an_error_is_not_stored() {
    // Calls that end at 401 ms or later succeed: those of requests due from 201 ms on.
    let ran = run(&failing(1_000, 401), &TtlOnly::default());
    assert_eq!(outcomes(&ran), [600, 0, 0, 200, 0, 200]);
}

#[test]
fn restored_the_origin_has_its_own_share_of_errors_again() {
    let mut plan = failing(1_000, 401);
    plan.origin.failure_rate = 1.0;
    assert_eq!(outcomes(&run(&plan, &TtlOnly::default()))[5], 1_000);
}

#[test]
fn whoever_follows_a_flight_hears_of_its_error() {
    let ran = run(&failing(1_000, 401), &SingleFlight::default());
    // Two flights fail, at 201 and at 401 ms (an event comes first, so the second succeeds).
    let [fresh, _, waited, computed, _, failed] = outcomes(&ran);
    assert_eq!((computed, failed, ran.origin.calls()), (1, 200, 2));
    assert_eq!((waited, fresh), (199, 600));
}

#[test]
fn a_stale_value_outlives_the_origins_errors() {
    let mut plan = failing(10_000, 8_000);
    plan.events[0].at = ms(1_500); // after the first value is stored
    let strategy = StaleWhileRevalidate { ttl: Nanos::SECOND, grace: Nanos::from_secs(60) };
    let ran = run(&plan, &strategy);
    assert_eq!(outcomes(&ran)[5], 0);
    assert!(outcomes(&ran)[1] > 5_000, "{:?}", outcomes(&ran));
}

#[test]
fn ten_seconds_of_errors_behind_the_articles_lock_fail_about_four_hundred_requests() {
    // An independent simulation: 50 requests a second, 200 ms a compute, 11 s: 413 +- 4 origin calls, 399 errors.
    let (runs, mut errors) = (40, 0);
    for seed in 0..runs {
        let mut plan = failing(0, 10_000);
        plan.seed = seed;
        plan.duration = Nanos::from_secs(11);
        plan.traffic.load =
            herdlab_sim::plan::Load::open(50.0, herdlab_sim::plan::Arrivals::Poisson);
        plan.origin.latency = Law::Constant(ms(200));
        let forever = Nanos::from_secs(1_000_000);
        errors += run(&plan, &Lock { ttl: forever, ..Lock::article() })
            .requests
            .failures(Failure::Origin);
    }
    let mean = errors as f64 / runs as f64;
    assert!((mean / 399.0 - 1.0).abs() < 0.03, "{mean} errors a run, seeds 0 to {runs}");
}
