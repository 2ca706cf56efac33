//! Strategies for the most popular items only; the rest ride a bare TTL.

use herdlab_sim::plan::{Keys, Plan, Rules};
use herdlab_sim::strategy::{AnyStrategy, Lock};

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
