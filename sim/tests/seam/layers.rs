//! Layers: what stands between any strategy and its world.

use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{
    Breaker, Change, Event, Invalidation, Keys, Layers, Local, Moment, Nothing, Plan, Retry, Rules,
    Warm,
};
use herdlab_sim::strategy::{AnyStrategy, Lock, StaleIfError, TtlOnly};
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run_lane};

fn ttl(span: Nanos) -> AnyStrategy {
    AnyStrategy::Ttl(TtlOnly { ttl: span })
}

fn layered(plan: &Plan, strategy: AnyStrategy, layers: Layers) -> LaneRun {
    run_lane(plan, strategy, Rules { layers, ..Rules::default() })
}

#[test]
fn jitter_spreads_what_was_stored_together_and_composes_with_a_lock() {
    let mut plan = plan(20_000);
    plan.traffic.keys = Keys::Uniform { count: 100 };
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(ms(10));
    let peak = |jitter| {
        let lock = AnyStrategy::Lock(Lock { ttl: Nanos::from_secs(10), ..Lock::default() });
        let run = layered(&plan, lock, Layers { jitter, ..Layers::default() });
        assert_eq!(run.origin.duplicates(), 0, "the lock's work");
        run.origin.seconds().iter().map(|second| second.calls).max().unwrap()
    };
    assert_eq!(peak(0.0), 100, "all of them in the second after their expiry");
    // A hundred over five seconds, from 5 s on: twenty a second, and few more.
    assert!((15..=35).contains(&peak(0.5)), "{}", peak(0.5));
}

/// 10,000 requests of four processes for one key, updated every second.
fn updated() -> Plan {
    let mut plan = plan(10_000);
    plan.traffic.processes = 4;
    plan.traffic.updates.rate = 1.0;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    plan
}

fn two_tiers(plan: &Plan, ttl_l1: u64, lag: Option<u64>) -> LaneRun {
    let local = Some(Local { ttl: ms(ttl_l1), lag: lag.map(ms) });
    let invalidation = Invalidation::Delete(Moment::AfterCommit);
    let layers = Layers { local, ..Layers::default() };
    let rules = Rules { layers, invalidation, ..Rules::default() };
    run_lane(plan, ttl(Nanos::from_secs(1_000)), rules)
}

#[test]
fn the_other_processes_serve_the_old_value_until_they_hear_of_its_invalidation() {
    let plan = updated();
    let of = |run: &LaneRun| (run.requests.outdated(), run.cache.deletes);
    let (outdated, updates) = of(&two_tiers(&plan, 100_000, Some(0)));
    assert_eq!(outdated, 0, "told at once");
    // Three of four processes go on for 100 ms after each update: 75 requests.
    let (outdated, _) = of(&two_tiers(&plan, 100_000, Some(100)));
    assert!(outdated.abs_diff(75 * updates) < 20 * updates, "{outdated} of {updates} updates");
    let (never, _) = of(&two_tiers(&plan, 100_000, None));
    assert!(never > 5_000, "{never}: those whose process never hears of anything");
    // Not told, but the first tier keeps things for 100 ms only: then they are as old as that at most.
    let (short, _) = of(&two_tiers(&plan, 100, None));
    assert!(short < 100 * updates, "{short}");
}

#[test]
fn the_first_tier_takes_reads_off_the_second_and_outlives_it() {
    let mut plan = plan(4_000);
    plan.cache.latency = Law::Constant(Nanos::from_micros(10));
    plan.cache.on_error = herdlab_sim::plan::OnError::Origin;
    plan.events = vec![Event { at: ms(1_000), change: Change::KillCache }];
    let local = Some(Local { ttl: ms(5_000), lag: None });
    let run = layered(&plan, ttl(ms(5_000)), Layers { local, ..Layers::default() });
    assert_eq!(outcomes(&run)[4], 0, "nobody notices");
    assert!(run.cache.gets <= 201, "{}: until the first compute is stored", run.cache.gets);
}

#[test]
fn a_none_that_does_not_count_as_a_hit_is_computed_by_everybody() {
    let mut plan = plan(1_000);
    plan.traffic.absent = 1.0;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    let calls = |nothing| {
        let layers = Layers { nothing, ..Layers::default() };
        layered(&plan, ttl(Nanos::from_secs(100)), layers).origin.calls()
    };
    assert_eq!(calls(Nothing::default()), 1, "cached as any other value");
    assert_eq!(calls(Nothing { missed: true, ttl: None }), 1_000);
    assert_eq!(calls(Nothing { missed: false, ttl: Some(ms(100)) }), 10);
}

#[test]
fn a_hedge_takes_the_first_answer_and_costs_a_call() {
    let mut plan = plan(1_000);
    plan.traffic.keys = Keys::Uniform { count: 1_000_000 };
    let calls = |after| {
        let hedge = Some(ms(after));
        layered(&plan, ttl(ms(1)), Layers { hedge, ..Layers::default() }).origin.calls()
    };
    assert_eq!(calls(201), 1_000, "a compute takes 200 ms");
    assert_eq!(calls(100), 2_000);
}

/// Each of 1,000 requests for a key of its own, an origin that fails from the beginning, at once.
fn failing() -> Plan {
    let mut plan = plan(20_000);
    plan.traffic.keys = Keys::Uniform { count: 1_000_000 };
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    plan.events = vec![Event { at: Nanos::ZERO, change: Change::FailOrigin(1.0) }];
    plan
}

#[test]
fn retries_within_their_budget_raise_the_load_by_a_fifth_and_ten_a_second() {
    let retry = Some(Retry { most: 3, budget: 0.2 });
    let run = layered(&failing(), ttl(ms(1)), Layers { retry, ..Layers::default() });
    let [.., failed] = outcomes(&run);
    assert_eq!(failed, 20_000);
    let extra = run.origin.calls() - 20_000;
    // A fifth of 20,000, 10 a second, and the reserve of ten seconds that may be used at once.
    assert!(extra.abs_diff(4_000 + 200 + 100) < 150, "{extra} retries");
    let all = Some(Retry { most: 3, budget: 1_000.0 });
    let run = layered(&failing(), ttl(ms(1)), Layers { retry: all, ..Layers::default() });
    assert_eq!(run.origin.calls(), 80_000, "without one it is multiplied");
}

#[test]
fn an_open_circuit_makes_one_call_each_time_its_span_is_over() {
    let breaker = Some(Breaker { failures: 5, open: Nanos::from_secs(2), slow: None });
    let run = layered(&failing(), ttl(ms(1)), Layers { breaker, ..Layers::default() });
    assert_eq!(run.origin.calls(), 5 + 9, "a trial every two seconds of twenty");
    let mut restored = failing();
    restored.events.push(Event { at: ms(5_000), change: Change::RestoreOrigin });
    let run = layered(&restored, ttl(ms(1)), Layers { breaker, ..Layers::default() });
    let answered = outcomes(&run)[3];
    assert!((13_980..=14_000).contains(&answered), "{answered}: closed by the trial at 6 s");
}

#[test]
fn a_breaker_before_a_stale_value_answers_at_once() {
    let mut plan = plan(4_000);
    plan.cache.warm = Warm::Full;
    plan.events = vec![Event { at: Nanos::ZERO, change: Change::SlowOrigin(50.0) }]; // ten seconds
    let breaker = Some(Breaker { failures: 1, open: Nanos::from_secs(60), slow: Some(ms(100)) });
    let lane = StaleIfError { ttl: ms(1_000), ..StaleIfError::default() };
    let mut run =
        layered(&plan, AnyStrategy::StaleIfError(lane), Layers { breaker, ..Layers::default() });
    assert_eq!(outcomes(&run)[5], 0);
    assert_eq!(run.requests.latency().max_us(), 100_000);
    assert_eq!(run.origin.calls(), 100, "those who came before the first had waited long enough");
}
