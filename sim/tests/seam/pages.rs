//! Pages of several items: round trips, outcomes, accounts.

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::plan::{Change, Event, Keys, OnTimeout, Plan, Rules, Variants, Warm};
use herdlab_sim::strategy::{GetMany, Strategy, TtlOnly};
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run, run_lane};

const PAGE: u32 = 10;

/// Pages of all ten items there are.
fn pages(requests: u64) -> Plan {
    let mut plan = plan(requests);
    plan.traffic.keys = Keys::Uniform { count: PAGE };
    plan.traffic.page = PAGE;
    plan
}

fn slowest_us(plan: &Plan, strategy: &impl Strategy) -> u64 {
    run(plan, strategy).requests.latency().max_us()
}

#[test]
fn get_many_takes_one_round_trip_where_ttl_takes_one_an_item() {
    let mut plan = pages(100);
    plan.cache.warm = Warm::Full;
    plan.cache.latency = Law::Constant(ms(1));
    assert_eq!(slowest_us(&plan, &GetMany::default()), 1_000);
    assert_eq!(slowest_us(&plan, &TtlOnly::default()), 10_000);
    let many = run(&plan, &GetMany::default()).cache;
    assert_eq!((many.get_manys, many.gets, many.set_manys), (100, 0, 0));
    assert_eq!(run(&plan, &TtlOnly::default()).cache.gets, 1_000);
}

#[test]
fn get_many_computes_side_by_side_and_writes_once_where_ttl_does_so_item_by_item() {
    let mut plan = pages(1);
    plan.cache.latency = Law::Constant(ms(1));
    assert_eq!(slowest_us(&plan, &GetMany::default()), 202_000, "read, compute, write");
    assert_eq!(slowest_us(&plan, &TtlOnly::default()), 2_020_000);
    let many = run(&plan, &GetMany::default());
    assert_eq!((many.cache.get_manys, many.cache.set_manys, many.cache.sets), (1, 1, 0));
    assert_eq!((many.origin.calls(), many.origin.duplicates()), (10, 0));
}

#[test]
fn a_page_has_its_worst_items_outcome_and_its_items_are_counted_apart() {
    let mut plan = pages(100);
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(Nanos::from_micros(1));
    plan.events = vec![Event { at: ms(50), change: Change::Expire(Item(3)) }];
    for ran in [run(&plan, &GetMany::default()), run(&plan, &TtlOnly::default())] {
        assert_eq!(outcomes(&ran), [99, 0, 0, 1, 0, 0]);
        assert_eq!(ran.requests.items(), (1_000, 999));
    }
}

#[test]
fn a_page_whose_origin_fails_for_one_item_fails_and_its_items_are_not_counted() {
    let mut plan = pages(100);
    plan.cache.warm = Warm::Full;
    plan.origin.latency = Law::Constant(Nanos::from_micros(1));
    plan.origin.failure_rate = 1.0;
    plan.events = vec![Event { at: ms(51), change: Change::Expire(Item(3)) }];
    let ran = run(&plan, &GetMany::default());
    assert_eq!(outcomes(&ran), [50, 0, 0, 0, 0, 50]);
    assert_eq!(ran.requests.items(), (500, 500));
}

#[test]
fn the_items_of_a_page_whose_client_left_are_nobody_elses() {
    // 200 ms a compute, 150 ms of patience: the first 200 clients give up, and their workers go on.
    let mut plan = pages(1_000);
    plan.traffic.timeout = Some(ms(150));
    plan.traffic.on_timeout = OnTimeout::Detach;
    plan.traffic.variants = Variants { kept: 3, all: 3 };
    let ran = run(&plan, &GetMany::default());
    let answered = ran.requests.requests() - outcomes(&ran)[5];
    assert!(outcomes(&ran)[5] >= 200);
    assert_eq!(ran.requests.items().0, answered * u64::from(PAGE));
    assert_eq!(ran.requests.leaked(), 0, "every key tells its variant");
}

#[test]
fn where_only_the_hottest_items_are_protected_a_page_is_served_item_by_item() {
    let mut plan = pages(10);
    plan.cache.warm = Warm::Full;
    let rules = Rules { hottest: Some(3), ..Rules::default() };
    let strategy = herdlab_sim::strategy::AnyStrategy::GetMany(GetMany::default());
    let ran = run_lane(&plan, strategy, rules);
    assert_eq!((ran.cache.get_manys, ran.cache.gets), (0, 100));
    assert_eq!(ran.requests.items(), (100, 100));
}
