//! The same counts out of the full simulator: a strategy, a cache that is full, an origin, and a clock.
//!
//! Without latency it reduces to the counts of a replay; with trace times and a TTL to those of an LRU with lazy expiry;
//! with coalescing and an origin without limits to the delayed hits of Atre, Sherry, Wang and Berger (SIGCOMM 2020).

use std::collections::BTreeSet;
use std::sync::Arc;

use herdlab_sim::eviction::Eviction;
use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Arrivals, Capacity, Keys, Load, Origin, Plan, Traffic};
use herdlab_sim::replay::{Op, Request};
use herdlab_sim::strategy::{SingleFlight, Strategy, TtlOnly};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;
use herdlab_sim::virt::run_strategy;

use super::eviction::{LITTLE, Row, policy, rows};
use super::zipf;

const FOR_EVER: Nanos = Nanos::from_secs(1_000_000_000);

fn run(mut plan: Plan, eviction: Eviction, entries: u64, strategy: &impl Strategy) -> LaneRun {
    plan.cache.capacity = Some(Capacity::Entries(entries as u32));
    plan.cache.eviction = eviction;
    let ran = run_strategy(&plan, strategy, &mut ()).expect("the plan is not overloaded");
    assert_eq!(ran.requests.outcomes().iter().sum::<u64>(), ran.requests.requests());
    ran
}

/// Nothing takes any time.
fn instant(trace: &Arc<Trace>, load: Load, duration: Nanos) -> Plan {
    let traffic = Traffic { load, keys: Keys::Trace(Arc::clone(trace)), ..Traffic::default() };
    let origin = Origin { latency: Law::Constant(Nanos::ZERO), ..Origin::default() };
    Plan { seed: 42, duration, traffic, origin, ..Plan::default() }
}

fn trace(requests: &[Request], timed: bool) -> Arc<Trace> {
    Arc::new(Trace::of(requests, timed).expect("it has requests"))
}

/// Holds these requests against the rows of that trace that `wanted` picks; how many there are.
pub(crate) fn check(name: &str, requests: &[Request], wanted: impl Fn(&Row) -> bool) -> usize {
    let trace = trace(requests, false);
    let count = requests.len() as u64;
    let load = Load::open(1e6, Arrivals::Constant);
    let plan = instant(&trace, load, Nanos::from_micros(count) + Nanos::from_nanos(500));
    let mine = |row: &Row| row.trace == name && row.holds() && wanted(row);
    let mut checked = 0;
    for row in rows().into_iter().filter(mine) {
        let Some(policy) = policy(&row.policy) else { continue };
        let ran = run(plan.clone(), policy, row.size, &TtlOnly { ttl: FOR_EVER });
        assert_eq!(ran.requests.requests(), row.requests, "{row:?}");
        let misses = ran.origin.calls();
        assert!(row.allows(misses), "{row:?}: {misses} origin calls");
        checked += 1;
    }
    checked
}

#[test]
fn without_latency_origin_calls_are_the_exact_misses_of_every_policy() {
    let zipf = &zipf::ALL[0];
    let requests: Vec<Request> =
        zipf.ranks().iter().map(|rank| Request::read(u64::from(*rank))).collect();
    let few = |row: &Row| row.size == 1_000 && ["LRU", "ARC"].contains(&row.policy.as_str());
    let checked = check(zipf.name, &requests, |row| !LITTLE || few(row));
    assert_eq!(checked, if LITTLE { 2 } else { 50 });
}

/// libCacheSim with its two faults patched, and an independent reference: lazy expiry, a miss strictly after the TTL.
#[test]
fn with_a_ttl_origin_calls_are_the_exact_misses_of_lazy_expiry() {
    let mut requests: Vec<Request> =
        zipf::ALL[0].ranks().iter().map(|rank| Request::read(u64::from(*rank))).collect();
    for (number, request) in (0..).zip(&mut requests).skip(1) {
        // A nanosecond apart: so many requests in one instant would count as a loop that lets no time pass.
        request.time = Nanos::from_secs(1 + number / 100_000) + Nanos::from_nanos(number % 100_000);
    }
    let trace = trace(&requests, true);
    let load = Load::Recorded { trace: Arc::clone(&trace), speed: 1.0, ttls: true };
    let plan = instant(&trace, load, Nanos::from_secs(12));
    let (mut checked, mut lines) = (0, include_str!("ttl_lru.csv").lines().skip(1));
    for line in lines.by_ref().take(if LITTLE { 2 } else { usize::MAX }) {
        let parts: Vec<&str> = line.split(',').collect();
        let number = |part: usize| parts[part].parse::<u64>().unwrap();
        // In whole seconds "strictly after" is anything up to a second more; 0 is no TTL.
        let ttl = Nanos::from_secs(number(3)) + Nanos::from_millis(500);
        let ttl = if number(3) == 0 { FOR_EVER } else { ttl };
        let ran = run(plan.clone(), policy(parts[1]).unwrap(), number(2), &TtlOnly { ttl });
        assert_eq!((ran.requests.requests(), ran.origin.calls()), (number(4), number(5)), "{line}");
        checked += 1;
    }
    assert_eq!(checked, if LITTLE { 2 } else { 22 });
}

/// The same rows, with the TTL said by writes of the recording and not by the strategy. Played at twice the speed, 2n + 1
/// of its seconds are n and a half.
#[test]
fn with_a_ttl_that_the_recording_says_origin_calls_are_the_same_exact_misses() {
    let ranks = zipf::ALL[0].ranks();
    let write = |rank, ttl| Request { op: Op::Write, ttl, ..Request::read(u64::from(rank)) };
    let read = |(number, rank): (u64, &u32)| {
        let second = if number == 0 { 0 } else { 1 + number / 100_000 };
        let time = Nanos::from_secs(2 * second) + Nanos::from_nanos(2 * (number % 100_000));
        Request { time, ..Request::read(u64::from(*rank)) }
    };
    let keys: BTreeSet<u32> = ranks.iter().copied().collect();
    let lines = include_str!("ttl_lru.csv").lines().skip(1);
    let rows = lines.map(|line| line.split(',').collect::<Vec<_>>());
    let mut checked = 0;
    for parts in rows.filter(|parts| parts[3] != "0").take(if LITTLE { 1 } else { usize::MAX }) {
        let number = |part: usize| parts[part].parse::<u64>().unwrap();
        let ttl = 2 * number(3) as u32 + 1;
        let writes = keys.iter().map(|rank| write(*rank, ttl));
        let requests: Vec<Request> = writes.chain((0..).zip(&ranks).map(read)).collect();
        let trace = trace(&requests, true);
        let load = Load::Recorded { trace: Arc::clone(&trace), speed: 2.0, ttls: true };
        let plan = instant(&trace, load, Nanos::from_secs(13));
        let ran = run(plan, policy(parts[1]).unwrap(), number(2), &TtlOnly { ttl: FOR_EVER });
        let counted = (ran.requests.requests(), ran.origin.calls());
        assert_eq!(counted, (number(4), number(5)), "{parts:?}");
        checked += 1;
    }
    assert!(checked >= if LITTLE { 1 } else { 10 }, "{checked} rows");
}

/// A tick of the delayed-hits model, long enough that microseconds do not matter.
const TICK: Nanos = Nanos::SECOND;

/// Total latency in ticks, with coalescing and an origin that takes `z` ticks for anything. `asked` has an id a tick, or
/// none.
pub(crate) fn delayed_hits(asked: &[Option<u64>], entries: u64, z: u64) -> u64 {
    let request = |(tick, id): (u64, &Option<u64>)| {
        id.map(|id| Request { time: Nanos::from_secs(tick), ..Request::read(id) })
    };
    let requests: Vec<Request> = (0..).zip(asked).filter_map(request).collect();
    let trace = trace(&requests, true);
    let load = Load::Recorded { trace: Arc::clone(&trace), speed: 1.0, ttls: true };
    let mut plan = instant(&trace, load, Nanos::from_secs(asked.len() as u64 + 1));
    plan.origin.latency = Law::Constant(Nanos::from_secs(z));
    let strategy = SingleFlight { ttl: FOR_EVER, ..SingleFlight::default() };
    let mut ran = run(plan, Eviction::Lru, entries, &strategy);
    let requests = ran.requests.requests() as f64;
    (ran.requests.latency().mean_us() * requests / TICK.as_micros() as f64).round() as u64
}

/// The model in fifteen lines: a request for what is being fetched waits for the rest of the fetch, a fetch ends after the
/// requests of its last tick, and what was fetched enters an LRU then.
fn reference(asked: &[Option<u64>], entries: u64, z: u64) -> u64 {
    let (mut cache, mut fetches, mut total) = (Vec::new(), Vec::<(u64, u64)>::new(), 0);
    for (tick, id) in (0..).zip(asked) {
        if let Some(id) = id {
            if let Some(at) = cache.iter().position(|other| other == id) {
                cache.remove(at);
                cache.push(*id);
            } else if let Some((_, done)) = fetches.iter().find(|(other, _)| other == id) {
                total += done - tick + 1;
            } else {
                fetches.push((*id, tick + z - 1));
                total += z;
            }
        }
        if let Some(at) = fetches.iter().position(|(_, done)| *done == tick) {
            if cache.len() as u64 == entries {
                cache.remove(0);
            }
            cache.push(fetches.remove(at).0);
        }
    }
    total
}

#[test]
fn with_coalescing_delayed_hits_cost_to_the_tick_what_the_model_says() {
    let ranks = zipf::ALL[0].ranks();
    let asked: Vec<Option<u64>> =
        ranks[..4_000].iter().map(|rank| (rank % 11 > 0).then_some(u64::from(*rank))).collect();
    for (entries, z) in [(12, 1), (12, 7), (48, 100), (121, 1_000)] {
        let expected = reference(&asked, entries, z);
        assert_eq!(delayed_hits(&asked, entries, z), expected, "{entries} entries, z = {z}");
    }
}
