//! Languages and users: what a key has to tell apart, and what leaks if it does not.

use herdlab_sim::plan::{Plan, Variants};
use herdlab_sim::strategy::{SingleFlight, TtlOnly};
use herdlab_sim::time::Nanos;

use crate::support::{outcomes, plan, run};

fn in_variants(requests: u64, kept: u32, all: u32) -> Plan {
    let mut plan = plan(requests);
    plan.traffic.variants = Variants { kept, all };
    plan
}

#[test]
fn of_the_hits_a_share_leaks_that_is_one_less_what_the_key_tells_apart() {
    // Whoever filled the entry, a reader is of another variant with probability 1 - kept / all.
    for (kept, all) in [(1, 2), (1, 5), (2, 6), (3, 12)] {
        let ran = run(&in_variants(100_000, kept, all), &TtlOnly { ttl: Nanos::SECOND });
        let hits = outcomes(&ran)[0] as f64;
        let (share, expected) =
            (ran.requests.leaked() as f64 / hits, 1.0 - f64::from(kept) / f64::from(all));
        // Hits of one entry share the variant of who filled it, but not their own.
        let error = (expected * (1.0 - expected) / hits).sqrt();
        assert!(
            (share - expected).abs() < 3.0 * error,
            "{kept} of {all}: {share:.4}, expected {expected:.4}, seed 42"
        );
    }
}

#[test]
fn nothing_leaks_if_the_key_tells_all_variants_apart() {
    let ran = run(&in_variants(50_000, 5, 5), &TtlOnly { ttl: Nanos::SECOND });
    assert!(outcomes(&ran)[0] > 30_000);
    assert_eq!(ran.requests.leaked(), 0);
}

#[test]
fn who_computes_for_himself_is_served_his_own() {
    let ran = run(&in_variants(150, 1, 5), &TtlOnly::default());
    assert_eq!((outcomes(&ran)[3], ran.requests.leaked()), (150, 0), "150 misses in 200 ms");
}

#[test]
fn every_variant_has_an_entry_of_its_own() {
    for kept in [1, 2, 4, 8] {
        let ran = run(&in_variants(1_000, kept, 8), &SingleFlight::default());
        assert_eq!(ran.origin.calls(), u64::from(kept), "one call an entry");
        assert_eq!(ran.origin.duplicates(), 0, "calls for two variants are no duplicates");
    }
}
