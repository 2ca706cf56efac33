//! What happens to processes and data: crashes, deploys, clocks, replicas, neighbours, bulk loads.

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{
    Backend, Capacity, Change, Event, Invalidation, Keys, Layers, Local, Moment, Plan, Rules, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, GetOrSet, Lock, StaleWhileRevalidate, TtlOnly};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Failure;

use crate::support::{ms, outcomes, plan, run_lane};

fn at(plan: &mut Plan, at_ms: u64, change: Change) {
    plan.events.push(Event { at: ms(at_ms), change });
}

fn ttl(span: u64) -> AnyStrategy {
    AnyStrategy::Ttl(TtlOnly { ttl: ms(span) })
}

fn ran(plan: &Plan, strategy: AnyStrategy) -> LaneRun {
    run_lane(plan, strategy, Rules::default())
}

#[test]
fn a_crash_kills_the_next_to_compute_and_leaves_its_lock_behind() {
    let mut plan = plan(2_000);
    at(&mut plan, 0, Change::Crash(Item(0)));
    let lock = Lock { ttl: ms(60_000), lock_ttl: ms(1_000), ..Lock::default() };
    let mut run = ran(&plan, AnyStrategy::Lock(lock));
    let [fresh, _, waited, computed, _, failed] = outcomes(&run);
    assert_eq!((failed, run.requests.failures(Failure::Lost)), (1, 1));
    assert_eq!((computed, run.origin.calls()), (1, 2), "the origin worked for the dead one too");
    assert_eq!(run.origin.wasted(), 1);
    assert_eq!(fresh + waited, 1_998);
    // The lock of 1 ms is gone at 1,001 ms; who looks then computes until 1,201 ms at least.
    assert!(run.requests.latency().max_us() >= 1_200_000);
}

#[test]
fn a_deploy_restarts_one_process_after_another_with_nothing_in_its_memory() {
    let mut plan = plan(10_000);
    plan.traffic.processes = 4;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    at(&mut plan, 5_000, Change::Deploy { every: ms(1_000), rename: false });
    let rules = Rules { backend: Some(Backend::LocMem), ..Rules::default() };
    let run = run_lane(&plan, ttl(1_000_000), rules);
    assert_eq!(run.origin.calls(), 8, "each process computes once, and once more");
    let shared = run_lane(&plan, ttl(1_000_000), Rules::default());
    assert_eq!(shared.origin.calls(), 1, "the shared cache is nobody's memory");
    let local = Some(Local { ttl: ms(1_000_000), lag: None });
    let layers = Layers { local, ..Layers::default() };
    let run = run_lane(&plan, ttl(1_000_000), Rules { layers, ..Rules::default() });
    assert_eq!(run.cache.gets, 8, "and the first tier begins anew");
}

#[test]
fn a_deploy_that_renames_has_two_versions_of_every_key_at_once() {
    let mut plan = plan(10_000);
    plan.traffic.processes = 4;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    at(&mut plan, 2_000, Change::Deploy { every: ms(1_000), rename: true });
    let run = ran(&plan, ttl(1_000_000));
    assert_eq!(run.origin.calls(), 2, "the first new process computes for all new ones");
    // Half-way the old ones still have theirs.
    at(&mut plan, 3_500, Change::Expire(Item(0)));
    assert_eq!(ran(&plan, ttl(1_000_000)).origin.calls(), 4, "each version by itself");
}

#[test]
fn clocks_that_differ_refresh_as_early_as_the_fastest_of_them() {
    let mut plan = plan(20_500);
    plan.cache.warm = Warm::Full;
    plan.traffic.processes = 16;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    let swr = || StaleWhileRevalidate { ttl: ms(10_000), grace: ms(5_000) };
    let run = |plan: &Plan| ran(plan, AnyStrategy::StaleWhileRevalidate(swr()));
    let in_step = run(&plan);
    assert_eq!((in_step.origin.calls(), in_step.origin.herds().early), (2, 0));
    at(&mut plan, 0, Change::SkewClocks(ms(5_000)));
    let herds = run(&plan).origin.herds();
    assert_eq!((herds.count, herds.early), (2, 2), "to the fastest clock it has expired first");
    let gap = herds.gap_mean_us / 1e6;
    assert!((4.0..5.0).contains(&gap), "{gap} s: the fastest of sixteen within five seconds");
    assert_eq!(
        ran(&plan, ttl(10_000)).origin.calls(),
        2,
        "who leaves it to the server has no clock"
    );
}

#[test]
fn a_lagging_replica_of_the_origin_refills_the_cache_with_the_old_value() {
    let mut plan = plan(20_000);
    plan.traffic.updates.rate = 0.5;
    plan.origin.latency = Law::Constant(ms(1));
    let rules =
        Rules { invalidation: Invalidation::Delete(Moment::AfterCommit), ..Rules::default() };
    let in_time = run_lane(&plan, ttl(1_000_000), rules).requests.outdated();
    assert!(in_time < 20, "{in_time}");
    at(&mut plan, 0, Change::LagOrigin(ms(100)));
    let lagging = run_lane(&plan, ttl(1_000_000), rules).requests.outdated();
    assert!(lagging > 15_000, "{lagging}: read before the replica had the write, kept for good");
}

#[test]
fn a_lagging_replica_of_the_cache_misses_what_was_just_written() {
    let mut plan = plan(1_000);
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    assert_eq!(ran(&plan, ttl(100_000)).origin.calls(), 1);
    at(&mut plan, 0, Change::LagCache(ms(300)));
    assert_eq!(ran(&plan, ttl(100_000)).origin.calls(), 300, "until the first write arrives");
    let first = AnyStrategy::GetOrSet(GetOrSet { ttl: ms(100_000) });
    assert_eq!(ran(&plan, first).origin.calls(), 300);
}

#[test]
fn after_a_reconnect_the_processes_have_their_connections_one_after_another() {
    let mut plan = plan(5_000);
    plan.cache.warm = Warm::Full;
    plan.cache.latency = Law::Constant(ms(1));
    plan.traffic.processes = 10;
    at(&mut plan, 1_000, Change::Reconnect(ms(2_000)));
    let mut run = ran(&plan, ttl(100_000));
    assert_eq!(outcomes(&run)[0], 5_000);
    let longest = run.requests.latency().max_us();
    assert!((1_950_000..=2_001_000).contains(&longest), "{longest} us: the last of them");
    let p99 = run.requests.p99_series(5);
    assert!(p99[4] <= 1_001, "{p99:?}: over after two seconds");
}

#[test]
fn a_neighbour_who_takes_half_the_cache_evicts_half_of_what_is_in_it() {
    let mut plan = plan(2_000);
    plan.traffic.keys = Keys::Uniform { count: 1_000 };
    plan.cache.warm = Warm::Full;
    plan.cache.capacity = Some(Capacity::Entries(1_000));
    at(&mut plan, 500, Change::Squeeze(0.5));
    let run = ran(&plan, ttl(1_000_000));
    assert!(run.cache.evictions >= 500);
    at(&mut plan, 500, Change::Squeeze(1.0)); // and gives it back
    assert_eq!(ran(&plan, ttl(1_000_000)).cache.evictions, 500);
}

#[test]
fn what_a_bulk_load_stored_expires_all_at_once() {
    let mut plan = plan(20_000);
    plan.traffic.keys = Keys::Uniform { count: 200 };
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    at(&mut plan, 5_000, Change::Load);
    let run = ran(&plan, ttl(10_000));
    let calls = |second: usize| run.origin.seconds()[second].calls;
    assert_eq!((6..15).map(calls).sum::<u32>(), 0, "nothing is missing for ten seconds");
    assert!(calls(15) > 190, "{} of 200 in the next", calls(15));
}
