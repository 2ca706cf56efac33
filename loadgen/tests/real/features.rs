//! What a plan can say beside its strategies, on both clocks: equal where common random numbers make it so, alike within
//! sampling error elsewhere.

use crate::common::*;
use herdlab_loadgen::{RunError, Target};
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{
    Backend, Change, Discipline, Event, Invalidation, Keys, Lane, Moment, Plan, Queue, Retries,
    Rules, Updates, Variants, Warm,
};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Commits;
use herdlab_sim::virt;
use herdlab_sim::world::Failure;

/// A few hundred requests a second for a hundred keys, three seconds long.
fn plan() -> Plan {
    let mut plan = hot_key(300.0, Nanos::from_secs(3));
    plan.traffic.keys = Keys::Zipf { exponent: 1.0, count: 100 };
    plan.cache.latency = Law::Constant(Nanos::from_micros(200));
    plan.origin.latency = Law::Constant(ms(20));
    plan
}

/// The lane in virtual and in real time; the schedule is the same, so is the number of requests.
fn both(plan: &Plan, lane: &Lane) -> (LaneRun, LaneRun) {
    let virt = virt::run(plan, lane, &mut ()).expect("a run in virtual time");
    let real = run_lane(plan, lane, &private()).lane;
    eprintln!("{:?} {:?}", virt.requests.outcomes(), virt.cache);
    eprintln!("{:?} {:?}", real.requests.outcomes(), real.cache);
    assert_eq!(virt.requests.requests(), real.requests.requests(), "seed {SEED}");
    assert_eq!((&virt.panic, &real.panic), (&None, &None));
    (virt, real)
}

/// The two differ by at most a tenth and ten.
fn alike(what: &str, virt: u64, real: u64) {
    assert!(
        virt.abs_diff(real) <= virt / 10 + 10,
        "{what}: {virt} in virtual, {real} in real time, seed {SEED}"
    );
}

#[test]
fn a_forgotten_variant_leaks_alike_and_a_kept_one_never() {
    let mut plan = plan();
    plan.traffic.variants = Variants { kept: 1, all: 4 };
    let lane = lane("ttl", ms(500));
    let (virt, real) = both(&plan, &lane);
    assert!(virt.requests.leaked() > 300);
    alike("leaked", virt.requests.leaked(), real.requests.leaked());
    plan.traffic.variants = Variants { kept: 4, all: 4 };
    let (virt, real) = both(&plan, &lane);
    assert_eq!((virt.requests.leaked(), real.requests.leaked()), (0, 0));
    alike("calls", virt.origin.calls(), real.origin.calls());
}

#[test]
fn a_page_takes_one_read_and_its_items_are_the_same() {
    let mut plan = plan();
    plan.traffic.page = 5;
    let (virt, real) = both(&plan, &lane("get-many", Nanos::from_secs(1)));
    let requests = virt.requests.requests();
    assert_eq!((virt.cache.get_manys, real.cache.get_manys), (requests, requests));
    assert_eq!((virt.cache.gets, real.cache.gets), (0, 0));
    let ((items, hits), (real_items, real_hits)) = (virt.requests.items(), real.requests.items());
    assert_eq!((items, real_items), (5 * requests, 5 * requests));
    alike("items from the cache", hits, real_hits);
    alike("calls", virt.origin.calls(), real.origin.calls());
}

#[test]
fn retries_against_a_failing_origin_have_the_same_luck_on_both_clocks() {
    let mut plan = plan();
    plan.traffic.keys = Keys::Uniform { count: 10_000_000 }; // hardly one is asked for twice: all miss
    plan.traffic.retries = Retries { max: 2, backoff: ms(20) };
    plan.origin.failure_rate = 0.5;
    let (virt, real) = both(&plan, &lane("ttl", ms(500)));
    let figures = |ran: &LaneRun| {
        let failed = ran.requests.failures(Failure::Origin);
        (ran.requests.retries(), failed, ran.origin.calls(), ran.origin.failed())
    };
    assert_eq!(figures(&virt), figures(&real), "retries, failed, calls, failed calls, seed {SEED}");
    assert!(virt.requests.retries() > 300 && virt.requests.failures(Failure::Origin) > 50);
}

#[test]
fn updates_delete_and_raise_versions_as_often_on_both_clocks() {
    for (name, invalidation) in [
        ("ttl", Invalidation::Delete(Moment::AfterCommit)),
        ("versioned", Invalidation::Bump(Moment::AfterCommit)),
    ] {
        let mut plan = plan();
        plan.traffic.keys = Keys::Uniform { count: 5 };
        plan.traffic.updates = Updates { rate: 20.0, transaction: ms(10) };
        let rules = Rules { invalidation, ..Rules::default() };
        let (virt, real) = both(&plan, &Lane { rules, ..lane(name, Nanos::from_secs(60)) });
        let commits = Commits::new(&plan).expect("something is written").count() as u64;
        let invalidated = |ran: &LaneRun| ran.cache.deletes + ran.cache.incrs;
        assert_eq!((invalidated(&virt), invalidated(&real)), (commits, commits), "{name}");
        alike("calls", virt.origin.calls(), real.origin.calls());
        // Reads between a commit and its delete: on a busy machine the delete is late, and there are more of them.
        for (clock, run) in [("virtual", &virt), ("real", &real)] {
            let share = run.requests.outdated() as f64 / run.requests.requests() as f64;
            assert!(share < 0.2, "{name}: {share} outdated in {clock} time, seed {SEED}");
        }
        assert!(virt.origin.calls() > commits / 2, "{name}: updates are felt");
    }
}

#[test]
fn a_new_name_for_every_value_starts_cold_on_both_clocks() {
    let mut plan = plan();
    plan.cache.warm = Warm::Full;
    plan.events = vec![Event { at: ms(1_500), change: Change::Bump }];
    let (virt, real) = both(&plan, &lane("ttl", Nanos::from_secs(60)));
    assert!(virt.origin.calls() > 60);
    alike("calls", virt.origin.calls(), real.origin.calls());
    alike("fresh", virt.requests.outcomes()[0], real.requests.outcomes()[0]);
}

#[test]
fn a_short_queue_sheds_alike() {
    let mut plan = plan();
    plan.traffic.keys = Keys::Uniform { count: 10_000_000 };
    plan.origin.concurrency = Some(3);
    plan.origin.queue = Queue { limit: Some(5), discipline: Discipline::Fifo };
    let (virt, real) = both(&plan, &lane("ttl", Nanos::from_secs(60)));
    let shed = |ran: &LaneRun| ran.requests.failures(Failure::Shed);
    assert_eq!((shed(&virt), shed(&real)), (virt.origin.shed_calls(), real.origin.shed_calls()));
    assert!(shed(&virt) > 300, "300/s offered to 150/s");
    alike("shed", shed(&virt), shed(&real));
}

#[test]
fn a_lane_whose_cache_lies_in_the_processes_has_one_cache_a_process_wherever_the_others_are() {
    let rules = Rules { backend: Some(Backend::LocMem), ..Rules::default() };
    let mut plan = plan();
    plan.traffic.keys = Keys::Uniform { count: 1 };
    plan.traffic.processes = 4;
    let lane = Lane { rules, ..lane("single-flight", Nanos::from_secs(60)) };
    let (virt, real) = both(&plan, &lane);
    assert_eq!((virt.origin.calls(), real.origin.calls()), (4, 4));
}

#[test]
fn a_strategy_that_needs_meta_commands_is_refused_on_redis_and_runs_in_memory() {
    let lane = lane("memcached-meta", ms(500));
    let refused = run(&plan(), &lane, &private(), &settings(), &mut ());
    assert!(matches!(refused, Err(RunError::Unsuited { .. })));
    let virt = virt::run(&plan(), &lane, &mut ()).expect("a run of the model");
    let real = run_lane(&plan(), &lane, &Target::Memory).lane;
    assert_eq!(virt.requests.requests(), real.requests.requests(), "seed {SEED}");
    alike("calls", virt.origin.calls(), real.origin.calls());
}
