//! Strategies for the most popular items only; the rest ride a bare TTL.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Invalidation, Keys, Moment, Plan, Rules};
use herdlab_sim::strategy::{AnyStrategy, Lock, Versioned};
use herdlab_sim::time::Nanos;

use crate::support::{arrivals, outcomes, plan, run_lane};

/// 200 requests before any compute ends.
fn crowd() -> Plan {
    let mut plan = plan(200);
    plan.traffic.keys = Keys::Zipf { exponent: 0.8, count: 50 };
    plan
}

#[test]
fn only_so_many_of_the_most_popular_items_are_locked() {
    let plan = crowd();
    let ranks: Vec<u32> = arrivals(&plan).into_iter().map(|(rank, _)| rank).collect();
    assert_eq!(ranks.len(), 200);
    for hottest in [0, 1, 5, 20, 50] {
        let rules = Rules { hottest: Some(hottest), ..Rules::default() };
        let ran = run_lane(&plan, AnyStrategy::Lock(Lock::default()), rules);
        // One compute an item that is locked and asked for, one a request for any other.
        let asked = (0..hottest).filter(|rank| ranks.contains(rank)).count();
        let rest = ranks.iter().filter(|rank| **rank >= hottest).count();
        assert_eq!(ran.origin.calls(), (asked + rest) as u64, "hottest {hottest}, seed 42");
        assert_eq!(outcomes(&ran)[2], (200 - asked - rest) as u64, "the others waited");
        assert_eq!(ran.cache.delete_ifs, asked as u64, "locks released");
    }
}

#[test]
fn for_all_items_is_as_good_as_without_the_rule() {
    let all = Rules { hottest: Some(50), ..Rules::default() };
    let [with, without] = [all, Rules::default()]
        .map(|rules| run_lane(&crowd(), AnyStrategy::Lock(Lock::default()), rules));
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
}

#[test]
fn an_update_of_the_rest_deletes_their_key_and_gives_them_no_version() {
    let mut plan = plan(20_000);
    plan.traffic.keys = Keys::Uniform { count: 5 };
    plan.traffic.updates.rate = 5.0;
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    let rules = Rules {
        hottest: Some(1),
        invalidation: Invalidation::Delete(Moment::AfterCommit),
        ..Rules::default()
    };
    let versioned = Versioned { ttl: Nanos::from_secs(3_600), group: 1 };
    let ran = run_lane(&plan, AnyStrategy::Versioned(versioned), rules);
    assert_eq!(ran.requests.outdated(), 0, "seed 42");
    assert_eq!(ran.cache.adds, 1, "the only counter is the hottest item's");
}
