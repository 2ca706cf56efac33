//! Updates at the origin and what they do to the cache: before or after the commit, by deletion or by a version.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{Arrivals, Invalidation, Keys, Load, Moment, Plan, Rules, Updates};
use herdlab_sim::strategy::{AnyStrategy, TtlOnly, Versioned};
use herdlab_sim::theory::race::read_in_window;
use herdlab_sim::theory::reported;
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Commits;

use crate::support::{ms, outcomes, plan, run_lane};

const FOREVER: Nanos = Nanos::from_secs(1_000_000);

/// `keys` read 100 times a second each and updated every 4 s for 400 s; computes take no time.
fn updated(keys: u32, window: Nanos) -> Plan {
    let mut plan = plan(0);
    plan.duration = Nanos::from_secs(400);
    plan.traffic.load = Load::open(100.0 * f64::from(keys), Arrivals::Poisson);
    plan.traffic.keys = Keys::Uniform { count: keys };
    plan.traffic.updates = Updates { rate: f64::from(keys) / 4.0, transaction: window };
    plan.origin.latency = Law::Constant(Nanos::ZERO);
    plan
}

fn rules(invalidation: Invalidation) -> Rules {
    Rules { invalidation, ..Rules::default() }
}

fn ttl() -> AnyStrategy {
    AnyStrategy::Ttl(TtlOnly { ttl: FOREVER })
}

fn versioned(group: u32) -> AnyStrategy {
    AnyStrategy::Versioned(Versioned { ttl: FOREVER, group })
}

/// How many updates the plan has.
fn commits(plan: &Plan) -> u64 {
    Commits::new(plan).expect("something is written").count() as u64
}

#[test]
fn deleted_after_the_commit_nothing_is_outdated() {
    let plan = updated(10, ms(20));
    let ran = run_lane(&plan, ttl(), rules(Invalidation::Delete(Moment::AfterCommit)));
    assert_eq!(ran.requests.outdated(), 0);
    assert_eq!(ran.cache.deletes, commits(&plan), "one delete an update");
    // An update soon followed by another, before any read, costs no compute of its own.
    assert!(ran.origin.calls() > commits(&plan) * 95 / 100);
    assert!(ran.origin.calls() <= commits(&plan) + 10);
}

#[test]
fn without_invalidation_a_value_is_outdated_until_its_ttl_ends() {
    let ran = run_lane(&updated(10, ms(20)), ttl(), Rules::default());
    assert!(ran.requests.outdated() as f64 > 0.9 * outcomes(&ran)[0] as f64);
    assert_eq!((ran.cache.deletes, ran.origin.calls()), (0, 10));
}

#[test]
fn invalidated_before_the_commit_a_share_of_updates_leaves_old_data_for_a_whole_ttl() {
    // A read in the window caches the old data: 1 - e^(-LW), whether a delete or a new version opened it.
    for window in [ms(5), ms(20)] {
        let plan = updated(100, window);
        let expected = read_in_window(100.0, window.as_secs_f64());
        // Each update rules until the next one: exponential spans weigh the shares, and double their variance.
        let error = (2.0 * expected * (1.0 - expected) / commits(&plan) as f64).sqrt();
        for (strategy, invalidation) in [
            (ttl(), Invalidation::Delete(Moment::BeforeCommit)),
            (versioned(1), Invalidation::Bump(Moment::BeforeCommit)),
        ] {
            let mut plan = plan.clone();
            plan.warmup = Nanos::from_secs(40); // e^-10 of the keys have not been updated by then
            let ran = run_lane(&plan, strategy, rules(invalidation));
            let share = ran.requests.outdated() as f64 / ran.requests.requests() as f64;
            // Within a window of the next update, the value is already gone.
            let expected = expected * (-window.as_secs_f64() / 4.0).exp();
            assert!(
                (share - expected).abs() < 3.0 * error,
                "{invalidation:?}, {window}: {share:.4}, expected {expected:.4}, seed 42"
            );
        }
    }
}

#[test]
fn a_raised_version_makes_every_entry_under_the_old_one_unreachable() {
    let plan = updated(1, ms(20));
    let ran = run_lane(&plan, versioned(1), rules(Invalidation::Bump(Moment::AfterCommit)));
    assert_eq!(ran.requests.outdated(), 0);
    assert_eq!((ran.cache.incrs, ran.cache.deletes), (commits(&plan), 0));
    let calls = ran.origin.calls();
    assert!(calls <= commits(&plan) + 1 && calls > commits(&plan) * 95 / 100, "{calls}, seed 42");
}

#[test]
fn items_that_share_a_version_lose_their_entries_together() {
    // Ten keys: with a version each an update costs one compute, with one for all it costs ten.
    let mut plan = updated(10, ms(20));
    plan.traffic.updates.rate = 0.25;
    let bump = rules(Invalidation::Bump(Moment::AfterCommit));
    let calls = |group| run_lane(&plan, versioned(group), bump).origin.calls() as f64;
    let updates = commits(&plan) as f64;
    for (group, expected) in [(1, 1.0), (2, 2.0), (5, 5.0), (0, 10.0)] {
        let cost = (calls(group) - 10.0) / updates;
        assert!((cost / expected - 1.0).abs() < 0.06, "group {group}: {cost} an update, seed 42");
    }
}

#[test]
fn raising_a_version_that_keys_do_not_have_does_nothing() {
    let bump = rules(Invalidation::Bump(Moment::AfterCommit));
    let ran = run_lane(&updated(10, ms(20)), ttl(), bump);
    assert_eq!((ran.cache.incrs, ran.origin.calls()), (0, 10));
    assert!(ran.requests.outdated() > 0);
}

#[test]
fn deletion_finds_an_entry_under_whatever_version_it_has() {
    let plan = updated(10, ms(20));
    let ran = run_lane(&plan, versioned(1), rules(Invalidation::Delete(Moment::AfterCommit)));
    assert_eq!(ran.requests.outdated(), 0);
}

#[test]
fn a_server_reports_half_of_a_versioned_lanes_reads_as_hits_whatever_misses() {
    let mut plan = updated(1, ms(20));
    plan.traffic.updates.rate = 20.0;
    let ran = run_lane(&plan, versioned(1), rules(Invalidation::Bump(Moment::AfterCommit)));
    let [fresh, _, _, computed, _, _] = outcomes(&ran).map(|n| n as f64);
    let reported_rate = ran.cache.hits as f64 / ran.cache.gets as f64;
    let expected = reported::versioned(computed / (fresh + computed));
    assert!((reported_rate - expected).abs() < 1e-4, "{reported_rate}, expected {expected}");
}
