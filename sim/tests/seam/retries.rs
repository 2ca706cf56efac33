//! Clients that ask again: attempts, pauses, and what is counted once.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, OnTimeout, Plan, Retries};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Served, World};

use crate::support::{Serve, ms, outcomes, plan, run, script};

/// An origin of 10 ms that fails `share` of its calls; clients ask again so often, 100 to 200 ms later.
fn failing(requests: u64, share: f64, max: u32) -> Plan {
    let mut plan = plan(requests);
    plan.origin.latency = Law::Constant(ms(10));
    plan.origin.failure_rate = share;
    plan.traffic.retries = Retries { max, backoff: ms(100) };
    plan
}

const NEVER_CACHED: TtlOnly = TtlOnly { ttl: Nanos::from_nanos(1) };

#[test]
fn a_retried_request_is_one_request_and_each_of_its_attempts_a_call() {
    for max in [0, 1, 2, 5] {
        let ran = run(&failing(1_000, 1.0, max), &NEVER_CACHED);
        assert_eq!(outcomes(&ran), [0, 0, 0, 0, 0, 1_000]);
        assert_eq!(ran.requests.failures(Failure::Origin), 1_000);
        assert_eq!(ran.requests.retries(), 1_000 * u64::from(max));
        assert_eq!(ran.origin.calls(), 1_000 * u64::from(max + 1));
    }
}

#[test]
fn a_pause_is_once_to_twice_the_backoff_and_latency_runs_from_the_first_attempt() {
    for max in [1, 3] {
        let mut ran = run(&failing(5_000, 1.0, max), &NEVER_CACHED);
        let latency = ran.requests.latency();
        let (attempts, pauses) = (u64::from(max + 1), u64::from(max));
        let (least, most) =
            (10_000 * attempts + 100_000 * pauses, 10_000 * attempts + 200_000 * pauses);
        let (low, high) = (latency.quantile_us(0.0), latency.max_us());
        assert!(low >= least - least / 500, "{low} us, at least {least} us, seed 42");
        assert!(high <= most, "{high} us, at most {most} us, seed 42");
        let middle = (least + most) as f64 / 2.0;
        assert!((latency.mean_us() / middle - 1.0).abs() < 0.01, "uniform, seed 42");
        if max == 1 {
            assert!(high - low > 98_000, "pauses are spread over their whole width, seed 42");
        }
    }
}

#[test]
fn every_attempt_has_luck_of_its_own() {
    // Were an attempt's draw the request's, half would fail for good.
    for (max, expected) in [(0, 0.5), (1, 0.25), (2, 0.125)] {
        let ran = run(&failing(40_000, 0.5, max), &NEVER_CACHED);
        let share = outcomes(&ran)[5] as f64 / 40_000.0;
        let error = (expected * (1.0 - expected) / 40_000.0_f64).sqrt();
        assert!((share - expected).abs() < 3.0 * error, "{share}, expected {expected}, seed 42");
    }
}

/// Draws, and fails.
struct Draws(Rc<RefCell<Vec<u64>>>);

impl Serve for Draws {
    async fn serve<W: World>(&self, w: &W, _: Item, _: u64) -> Result<Served, Failure> {
        self.0.borrow_mut().push(w.random().to_bits());
        Err(Failure::Origin)
    }
}

#[test]
fn draws_of_attempts_differ() {
    let log = Rc::default();
    run(&failing(100, 0.0, 2), &script(Draws(Rc::clone(&log))));
    let draws = log.take();
    assert_eq!((draws.len(), draws.iter().collect::<HashSet<_>>().len()), (300, 300), "seed 42");
}

#[test]
fn who_asks_again_after_the_origin_is_back_is_answered() {
    let mut plan = failing(100, 0.0, 2);
    plan.events = vec![
        Event { at: Nanos::ZERO, change: Change::FailOrigin(1.0) },
        Event { at: ms(110), change: Change::RestoreOrigin },
    ];
    let ran = run(&plan, &TtlOnly::default());
    let [fresh, _, _, computed, _, failed] = outcomes(&ran);
    assert_eq!((fresh + computed, failed), (100, 0), "the first pauses end at 111 ms");
    assert_eq!(ran.requests.retries(), 100);
}

#[test]
fn each_attempt_has_the_clients_whole_patience() {
    for on_timeout in [OnTimeout::Detach, OnTimeout::Cancel] {
        let mut plan = failing(100, 0.0, 2);
        plan.origin.latency = Law::Constant(Nanos::SECOND);
        plan.traffic.timeout = Some(ms(50));
        plan.traffic.on_timeout = on_timeout;
        let mut ran = run(&plan, &NEVER_CACHED);
        assert_eq!(ran.requests.failures(Failure::Timeout), 100);
        assert_eq!((ran.origin.calls(), ran.requests.retries()), (300, 200));
        let (low, high) =
            (ran.requests.latency().quantile_us(0.0), ran.requests.latency().max_us());
        assert!(low >= 349_000 && high <= 550_000, "{low} to {high} us, seed 42");
    }
}

#[test]
fn a_detached_attempt_fills_the_cache_for_the_next_one() {
    let mut plan = failing(50, 0.0, 1);
    plan.origin.latency = Law::Constant(ms(100));
    plan.traffic.timeout = Some(ms(60));
    plan.traffic.on_timeout = OnTimeout::Detach;
    let ran = run(&plan, &TtlOnly::default());
    assert_eq!(outcomes(&ran), [50, 0, 0, 0, 0, 0], "they ask again 160 ms or more later");
    assert_eq!(ran.origin.calls(), 50);
}
