//! Flights: who leads, who follows, what survives whom.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Keys, OnTimeout, Plan, Warm};
use herdlab_sim::strategy::{SingleFlight, StaleWhileRevalidate};
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run};

fn dies() -> SingleFlight {
    SingleFlight { detached: false, ..SingleFlight::default() }
}

fn impatient(on_timeout: OnTimeout) -> Plan {
    let mut plan = plan(1_000);
    plan.traffic.timeout = Some(ms(150));
    plan.traffic.on_timeout = on_timeout;
    plan
}

#[test]
fn one_compute_answers_everyone_in_line() {
    for strategy in [dies(), SingleFlight::default()] {
        let ran = run(&plan(1_000), &strategy);
        assert_eq!(outcomes(&ran), [800, 0, 199, 1, 0, 0], "{strategy:?}");
        assert_eq!(ran.origin.calls(), 1);
    }
}

#[test]
fn a_leader_that_dies_with_its_request_leaves_everyone_to_die_in_turn() {
    // Each heir asks anew when his own patience is almost over.
    let ran = run(&impatient(OnTimeout::Cancel), &dies());
    assert_eq!(outcomes(&ran), [0, 0, 0, 0, 0, 1_000]);
    assert_eq!(ran.origin.calls(), 1_000);
}

#[test]
fn a_detached_leader_survives_its_request() {
    // 200 ms a compute: the first 50 give up at 150 ms each, the next 150 wait for less.
    let ran = run(&impatient(OnTimeout::Cancel), &SingleFlight::default());
    let [fresh, _, waited, _, _, failed] = outcomes(&ran);
    assert_eq!((fresh, waited, failed, ran.origin.calls()), (800, 150, 50, 1));
}

#[test]
fn when_workers_go_on_the_two_leaders_are_alike() {
    let (a, b) = (
        run(&impatient(OnTimeout::Detach), &dies()),
        run(&impatient(OnTimeout::Detach), &SingleFlight::default()),
    );
    assert_eq!(outcomes(&a), outcomes(&b));
    assert_eq!((a.origin.calls(), b.origin.calls()), (1, 1));
}

#[test]
fn without_timeouts_the_two_leaders_give_the_same_figures_to_the_microsecond() {
    let mut plan = plan(0);
    plan.duration = Nanos::from_secs(20);
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 200 };
    plan.traffic.processes = 4;
    plan.origin.latency = Law::Lognormal { median: ms(60), p99: ms(300) };
    plan.origin.concurrency = Some(60);
    let strategies =
        [dies(), SingleFlight::default()].map(|s| SingleFlight { ttl: Nanos::SECOND, ..s });
    let [mut a, mut b] = strategies.map(|s| run(&plan, &s));
    assert_eq!(outcomes(&a), outcomes(&b), "seed 42");
    assert_eq!(a.requests.latency().encoded(), b.requests.latency().encoded());
    assert_eq!(a.origin.clone_sizes(), b.origin.clone_sizes());
}

#[test]
fn each_process_has_flights_of_its_own() {
    let mut plan = plan(1_000);
    plan.traffic.processes = 16;
    let ran = run(&plan, &SingleFlight::default());
    assert_eq!((ran.origin.calls(), ran.origin.herds().max), (16, 16));
}

#[test]
fn stale_while_revalidate_serves_stale_at_once_and_refreshes_once() {
    let mut plan = plan(5_000);
    plan.cache.warm = Warm::Full;
    let swr = StaleWhileRevalidate { ttl: Nanos::SECOND, grace: Nanos::from_secs(10) };
    let mut ran = run(&plan, &swr);
    let [fresh, stale, waited, computed, _, failed] = outcomes(&ran);
    // At 1 s, and 1.2 s after each refresh: stale while the 200 ms last.
    assert_eq!((fresh + stale, waited, computed, failed), (5_000, 0, 0, 0));
    assert_eq!((stale, ran.origin.calls(), ran.origin.herds().max), (800, 4, 1));
    assert_eq!(ran.requests.latency().max_us(), 0);
}

#[test]
fn past_its_grace_stale_while_revalidate_waits_for_the_refresh() {
    let mut plan = plan(2_000);
    plan.cache.warm = Warm::Full;
    let ran = run(&plan, &StaleWhileRevalidate { ttl: Nanos::SECOND, grace: ms(100) });
    let [fresh, stale, waited, computed, ..] = outcomes(&ran);
    assert_eq!((fresh, stale, waited, computed), (1_800, 100, 100, 0));
}
