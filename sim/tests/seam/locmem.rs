//! Django's LocMemCache: a cache in each process.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{
    Backend, Change, Event, Invalidation, Keys, LocMem, Moment, Plan, Rules, Updates,
};
use herdlab_sim::strategy::{AnyStrategy, Lock, TtlOnly};
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run_lane};

fn own() -> Rules {
    Rules { backend: Some(Backend::LocMem), ..Rules::default() }
}

fn ttl() -> AnyStrategy {
    AnyStrategy::Ttl(TtlOnly { ttl: Nanos::from_secs(1_000_000) })
}

/// Requests for one key, spread over so many processes; computes take no time.
fn spread(requests: u64, processes: u32) -> Plan {
    let mut plan = plan(requests);
    plan.traffic.processes = processes;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    plan
}

#[test]
fn every_process_computes_for_itself() {
    for processes in [1, 4, 16] {
        let plan = spread(2_000, processes);
        let own = run_lane(&plan, ttl(), own());
        assert_eq!(own.origin.calls(), u64::from(processes));
        assert_eq!(run_lane(&plan, ttl(), Rules::default()).origin.calls(), 1, "a shared one");
    }
}

#[test]
fn a_flush_empties_the_caches_of_all_processes() {
    let mut plan = spread(2_000, 4);
    plan.events = vec![Event { at: ms(1_000), change: Change::Flush }];
    assert_eq!(run_lane(&plan, ttl(), own()).origin.calls(), 8);
    plan.events[0].change = Change::Bump;
    assert_eq!(run_lane(&plan, ttl(), own()).origin.calls(), 8, "and so does a new name");
}

#[test]
fn a_read_takes_no_round_trip() {
    let mut plan = spread(1_000, 4);
    plan.cache.latency = Law::Constant(ms(10));
    plan.cache.timeout = Some(ms(5));
    assert_eq!(run_lane(&plan, ttl(), own()).requests.latency().max_us(), 0);
}

#[test]
fn a_lock_holds_in_its_own_process_only() {
    let mut plan = spread(190, 4);
    plan.origin.latency = Law::Constant(ms(200));
    let ran = run_lane(&plan, AnyStrategy::Lock(Lock::default()), own());
    assert_eq!((ran.origin.calls(), ran.origin.herds().max), (4, 4));
}

#[test]
fn an_update_deletes_in_the_process_that_made_it_and_leaves_the_others_outdated() {
    let mut plan = spread(100_000, 8);
    plan.traffic.updates = Updates { rate: 1.0, transaction: Nanos::ZERO };
    let delete = Rules { invalidation: Invalidation::Delete(Moment::AfterCommit), ..own() };
    let shared = Rules { backend: None, ..delete };
    assert_eq!(run_lane(&plan, ttl(), shared).requests.outdated(), 0);
    let ran = run_lane(&plan, ttl(), delete);
    // After each update one process in eight has the new data.
    let share = ran.requests.outdated() as f64 / outcomes(&ran)[0] as f64;
    assert!((share - 7.0 / 8.0).abs() < 0.03, "{share}, seed 42");
}

#[test]
fn a_full_cache_loses_a_third_before_it_takes_one_more() {
    // Django's defaults: a write that finds 300 entries culls 100 first, so the 301st is the first to, then each 100th.
    let mut plan = spread(1_200, 1);
    plan.traffic.keys = Keys::Uniform { count: 400 };
    plan.cache.locmem = LocMem::default();
    let ran = run_lane(&plan, ttl(), own());
    let stored = ran.cache.sets;
    let culls = if stored > 300 { (stored - 201) / 100 } else { 0 };
    assert_eq!(ran.cache.evictions, 100 * culls, "{stored} stored, seed 42");
}
