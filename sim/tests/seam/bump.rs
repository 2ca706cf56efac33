//! The event that gives every cached value a new name: a mass cold start, with the old entries still there.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Capacity, Change, Event, Keys, Plan, Warm};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run};

const KEYS: u32 = 100;

/// All of a hundred keys cached, five thousand requests, and something happens at 1 s; computes take no time.
fn changed(change: Change) -> Plan {
    let mut plan = plan(5_000);
    plan.traffic.keys = Keys::Uniform { count: KEYS };
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    plan.events = vec![Event { at: ms(1_000), change }];
    plan
}

#[test]
fn every_key_starts_cold_after_a_bump_and_is_warm_again_after_one_compute() {
    let ran = run(&changed(Change::Bump), &TtlOnly::default());
    assert_eq!((ran.origin.calls(), outcomes(&ran)[3]), (100, 100));
    assert!(ran.origin.seconds()[..1].iter().all(|second| second.calls == 0));
}

#[test]
fn every_bump_starts_anew() {
    let mut plan = changed(Change::Bump);
    plan.events.push(Event { at: ms(3_000), change: Change::Bump });
    assert_eq!(run(&plan, &TtlOnly::default()).origin.calls(), 200);
}

#[test]
fn old_entries_still_take_room_after_a_bump_and_none_after_a_flush() {
    let evictions = |change| {
        let mut plan = changed(change);
        plan.cache.capacity = Some(Capacity::Entries(KEYS));
        let ran = run(&plan, &TtlOnly::default());
        assert_eq!(ran.origin.calls(), 100);
        ran.cache.evictions
    };
    assert_eq!((evictions(Change::Bump), evictions(Change::Flush)), (100, 0));
}

#[test]
fn a_herd_of_a_bump_is_as_large_as_a_cold_starts() {
    // A constant 1,000/s over one key: the requests due within the 200 ms of the first compute.
    let mut plan = changed(Change::Bump);
    plan.traffic.keys = Keys::Uniform { count: 1 };
    plan.origin.latency = Law::Constant(ms(200));
    let herds = run(&plan, &TtlOnly::default()).origin.herds();
    assert_eq!((herds.count, herds.max), (1, 200));
}
