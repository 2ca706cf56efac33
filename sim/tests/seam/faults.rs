//! What happens to a cache: it stands still, it is gone, it is slow.

use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Change, Event, OnError, Plan, Warm};
use herdlab_sim::strategy::TtlOnly;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Failure;

use crate::support::{ms, outcomes, plan, run};

/// 5,000 requests in five seconds for one warm key; something happens to the cache at 1 s and ends at 2 s.
fn faulty(change: Change) -> Plan {
    let mut plan = plan(5_000);
    plan.cache.warm = Warm::Full;
    plan.cache.latency = Law::Constant(ms(1));
    plan.cache.on_error = OnError::Origin;
    plan.origin.latency = Law::Constant(ms(50));
    plan.events = vec![
        Event { at: ms(1_000), change },
        Event { at: ms(2_000), change: Change::RestoreCache },
    ];
    plan
}

fn ran(plan: &Plan) -> LaneRun {
    run(plan, &TtlOnly { ttl: Nanos::from_secs(60) })
}

#[test]
fn a_killed_cache_fails_at_once_and_comes_back_empty() {
    let plan = faulty(Change::KillCache);
    let mut ran = ran(&plan);
    let degraded = outcomes(&ran)[4];
    assert_eq!(outcomes(&ran).iter().sum::<u64>(), 5_000);
    assert!((990..=1_010).contains(&degraded), "{degraded}: those of a second");
    assert!(ran.cache.errors >= degraded);
    assert!(ran.requests.latency().max_us() <= 60_000, "nobody waits for who is not there");
    let mut fails = plan;
    fails.cache.on_error = OnError::Fail;
    let ran = self::ran(&fails);
    assert_eq!(ran.requests.failures(Failure::Cache), outcomes(&ran)[5]);
    assert!(outcomes(&ran)[3] > 0, "it is empty when it is back");
    assert!((990..=1_010).contains(&outcomes(&ran)[5]));
}

#[test]
fn a_stopped_cache_answers_late_what_was_asked_meanwhile_and_forgets_nothing() {
    let mut ran = ran(&faulty(Change::StopCache));
    assert_eq!(outcomes(&ran), [5_000, 0, 0, 0, 0, 0]);
    let longest = ran.requests.latency().max_us();
    assert!((990_000..=1_001_000).contains(&longest), "{longest} us");
    assert_eq!(ran.cache.errors, 0);
}

#[test]
fn a_stopped_cache_costs_each_operation_its_timeout() {
    let mut plan = faulty(Change::StopCache);
    plan.cache.timeout = Some(ms(100));
    let mut ran = ran(&plan);
    let degraded = outcomes(&ran)[4];
    assert!(
        (890..=910).contains(&degraded),
        "{degraded}: the last tenth of the second is answered in time"
    );
    let longest = ran.requests.latency().max_us();
    assert!((249_000..=251_000).contains(&longest), "{longest} us: a read, a compute, a write");
}

#[test]
fn a_stopped_cache_that_dies_fails_who_waits_for_it_when_it_dies() {
    let mut plan = faulty(Change::StopCache);
    plan.events[1].change = Change::KillCache;
    let ran = ran(&plan);
    let [fresh, .., degraded, failed] = outcomes(&ran);
    assert_eq!((fresh + degraded, failed), (5_000, 0));
    assert!((3_990..=4_010).contains(&degraded), "{degraded}: everything from the stop on");
}

#[test]
fn a_slow_cache_takes_that_much_longer_and_is_itself_again_afterwards() {
    let mut ran = ran(&faulty(Change::SlowCache(ms(20))));
    assert_eq!(outcomes(&ran)[0], 5_000);
    let p99 = ran.requests.p99_series(4);
    assert!((20_900..=21_100).contains(&p99[1]) && p99[3] <= 1_001, "{p99:?}");
}

#[test]
fn a_cache_that_stops_for_good_and_has_no_timeout_leaves_its_requests_stuck() {
    let mut plan = faulty(Change::StopCache);
    plan.events.pop();
    let ran = ran(&plan);
    assert_eq!(ran.requests.failures(Failure::Stuck) + outcomes(&ran)[0], 5_000);
}

#[test]
fn a_cut_fails_who_is_waiting_and_who_asks_before_the_connections_are_made_anew_and_nobody_else() {
    let mut plan = faulty(Change::ResetCache);
    plan.events.pop();
    let run = ran(&plan);
    // A request a millisecond: one is on its way, and twenty come before a client has connected again.
    let degraded = outcomes(&run)[4];
    assert!((20..=22).contains(&degraded), "{degraded}");
    assert_eq!(outcomes(&run)[0] + degraded, 5_000);
    assert_eq!(run.origin.calls(), degraded, "the cache kept what it had");
    plan.events.insert(0, Event { at: ms(900), change: Change::SlowCache(ms(30)) });
    let slow = outcomes(&ran(&plan))[4];
    assert!(
        (50 + 30..=50 + 32).contains(&slow),
        "{slow}: it takes longer to connect, and more is on its way"
    );
    plan.events[0].change = Change::StopCache;
    plan.events.push(Event { at: ms(2_000), change: Change::RestoreCache });
    assert_eq!(outcomes(&ran(&plan))[0], 5_000, "who stands still has no connection to cut");
}

#[test]
fn a_share_of_round_trips_loses_a_packet_and_waits_for_it_to_be_sent_again() {
    let mut ran = ran(&faulty(Change::LoseCache(0.1)));
    assert_eq!(outcomes(&ran)[0], 5_000, "nothing is lost for good");
    let latency = ran.requests.latency();
    assert!((200_900..=201_100).contains(&latency.quantile_us(0.99)), "a fifth of 10 % in 5 s");
    let quick = latency.quantile_us(0.975);
    assert!(quick <= 1_001, "{quick} us: the others do not notice");
    assert!(latency.quantile_us(0.984) >= 200_000, "2 % of all, within four standard errors");
}
