//! `memcached-meta`: the cache itself says who computes.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Invalidation, Moment, OnTimeout, Plan, Rules};
use herdlab_sim::strategy::{AnyStrategy, MemcachedMeta};
use herdlab_sim::time::Nanos;

use crate::support::{ms, outcomes, plan, run_lane};

fn meta(ttl: Nanos) -> MemcachedMeta {
    MemcachedMeta { ttl, vivify: ms(5_000), recache: ms(500), ..MemcachedMeta::default() }
}

fn ran(plan: &Plan, strategy: MemcachedMeta) -> herdlab_sim::measure::LaneRun {
    run_lane(plan, AnyStrategy::MemcachedMeta(strategy), Rules::default())
}

#[test]
fn on_a_cold_key_one_computes_and_the_others_wait_for_him() {
    let run = ran(&plan(400), meta(ms(100_000)));
    let [fresh, stale, waited, computed, degraded, failed] = outcomes(&run);
    assert_eq!((computed, run.origin.calls(), degraded, failed, stale), (1, 1, 0, 0, 0));
    assert!(waited >= 190 && fresh + waited == 399, "{waited} waited for 200 ms");
}

#[test]
fn shortly_before_the_expiry_one_refreshes_and_nobody_waits() {
    let run = ran(&plan(10_000), meta(ms(2_000)));
    let [_, _, waited, computed, ..] = outcomes(&run);
    // A cycle is the TTL less what the first to refresh has left, and the compute: 1.5 s + 0.2 s.
    assert_eq!(computed, 6, "at 0.2 s and every 1.7 s from then on");
    assert!(waited < 201, "only at the beginning: {waited}");
    assert_eq!((run.origin.herds().max, run.origin.duplicates()), (1, 0));
    assert_eq!(run.origin.herds().early, 5, "every one but the first is early");
}

#[test]
fn a_winner_who_dies_blocks_a_cold_key_until_his_stub_is_gone() {
    let mut plan = plan(8_000);
    plan.traffic.timeout = Some(ms(100)); // shorter than a compute
    plan.traffic.on_timeout = OnTimeout::Cancel;
    let run = ran(&plan, meta(ms(100_000)));
    assert_eq!(run.origin.calls(), 2, "one at 1 ms, one when its stub is gone after 5 s");
    assert_eq!(outcomes(&run)[5], 8_000, "nobody is answered: each winner's client leaves");
}

#[test]
fn an_updated_value_is_served_as_stale_while_one_computes_the_new_one() {
    let mut plan = plan(20_000);
    plan.traffic.updates.rate = 0.5;
    plan.origin.latency = Law::Constant(ms(100));
    let rules =
        Rules { invalidation: Invalidation::Delete(Moment::AfterCommit), ..Rules::default() };
    let run = run_lane(&plan, AnyStrategy::MemcachedMeta(meta(ms(1_000_000))), rules);
    let updates = run.cache.deletes;
    assert!((5..20).contains(&updates), "{updates} updates in 20 s");
    assert_eq!(run.origin.calls(), 1 + updates, "one compute an update");
    let stale = outcomes(&run)[1];
    assert!(stale.abs_diff(updates * 99) <= updates, "{stale} served in 100 ms of each");
    assert_eq!(run.requests.outdated(), stale, "what is stale is what is outdated");
}
