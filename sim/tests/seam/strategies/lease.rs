//! Leases close the stale set: what was computed before an update does not stay in the cache after it.

use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Invalidation, Moment, Rules};
use herdlab_sim::strategy::{AnyStrategy, Lease, Lock, TtlOnly};
use herdlab_sim::time::Nanos;

use super::ran;
use crate::support::{outcomes, plan, run_lane};

const LONG: Nanos = Nanos::from_secs(1_000);

/// Twenty seconds of a key that is updated five times a second, and takes 200 ms to compute: most updates come while
/// somebody computes.
fn updated(strategy: AnyStrategy) -> LaneRun {
    let mut plan = plan(20_000);
    plan.traffic.updates.rate = 5.0;
    let rules =
        Rules { invalidation: Invalidation::Delete(Moment::AfterCommit), ..Rules::default() };
    run_lane(&plan, strategy, rules)
}

#[test]
fn a_value_computed_before_an_update_does_not_stay_after_it() {
    let lease = updated(AnyStrategy::Lease(Lease { ttl: LONG, ..Lease::default() }));
    let lock = updated(AnyStrategy::Lock(Lock { ttl: LONG, ..Lock::default() }));
    let bare = updated(AnyStrategy::Ttl(TtlOnly { ttl: LONG }));
    // With a lease only who computed it himself has an old value: nobody reads it from the cache.
    assert!(lease.requests.outdated() <= outcomes(&lease)[3]);
    assert!(lock.requests.outdated() > 1_000, "{}", lock.requests.outdated());
    assert!(bare.requests.outdated() > 1_000, "{}", bare.requests.outdated());
}

#[test]
fn a_cold_key_has_one_compute_and_the_others_ask_again() {
    let run = ran(&plan(400), AnyStrategy::Lease(Lease { ttl: LONG, ..Lease::default() }));
    assert_eq!((outcomes(&run)[3], run.origin.calls()), (1, 1));
    assert_eq!(outcomes(&run)[2], 199);
}
