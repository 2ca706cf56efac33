//! A run that is looked at is the same run; and what is put to it while it runs is as if the scenario had it.

use std::ops::ControlFlow;

use herdlab_sim::key::Item;
use herdlab_sim::law::Law;
use herdlab_sim::measure::{LaneRun, Live, Look, Observer, Onward, Progress, Sample};
use herdlab_sim::plan::{
    Arrivals, Cache, Capacity, Change, Event, Keys, Lane, Load, OnError, Origin, Plan, Setting,
    Traffic, Updates, Variants, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, Setpoint};
use herdlab_sim::time::Nanos;
use herdlab_sim::virt;

use crate::support::ms;

/// Looks every 100 ms, and puts acts to the lane at their time.
#[derive(Default)]
struct Looker {
    acts: Vec<Event>,
    samples: Vec<Sample>,
}

impl Observer for Looker {
    fn tick(&mut self, _: &Progress, _: &mut dyn FnMut() -> Option<LaneRun>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn first_look(&self) -> Nanos {
        Nanos::ZERO
    }

    fn look(&mut self, live: &mut dyn Live) -> Look {
        self.samples.push(live.sample());
        let now = live.now();
        let acts = self.acts.extract_if(.., |act| act.at <= now).collect();
        let soonest = self.acts.iter().map(|act| act.at).min().unwrap_or(Nanos::FOREVER);
        let grid = ms((now.as_nanos() / 100_000_000 + 1) * 100);
        ControlFlow::Continue(Onward { next: grid.min(soonest), acts })
    }

    fn last_look(&mut self, live: &mut dyn Live) {
        self.samples.push(live.sample());
    }
}

/// Everything that could go another way: evictions from the first second on, updates, variants, an origin that queues.
fn busy(strategy: &str) -> Plan {
    let strategy = AnyStrategy::named(strategy).expect("it is in the list");
    let lane = Lane { name: "it".to_owned(), strategy, rules: Default::default() };
    Plan {
        seed: 42,
        duration: ms(12_000),
        warmup: ms(1_000),
        traffic: Traffic {
            load: Load::open(500.0, Arrivals::Poisson),
            keys: Keys::Zipf { exponent: 1.0, count: 200 },
            variants: Variants { kept: 2, all: 2 },
            timeout: Some(ms(700)),
            updates: Updates { rate: 2.0, transaction: ms(5) },
            ..Traffic::default()
        },
        cache: Cache {
            warm: Warm::Stationary,
            capacity: Some(Capacity::Entries(100)),
            latency: Law::Exponential(ms(1)),
            timeout: Some(ms(20)),
            on_error: OnError::Origin,
            ..Cache::default()
        },
        origin: Origin {
            concurrency: Some(10),
            latency: Law::Exponential(ms(80)),
            ..Origin::default()
        },
        events: vec![Event { at: ms(5_000), change: Change::Flush }],
        lanes: vec![lane],
        ..Plan::default()
    }
}

fn acts() -> Vec<Event> {
    let act = |at, change| Event { at: ms(at), change };
    let set = |parameter, value| Change::Set(Setting { parameter, value });
    vec![
        act(0, Change::Expire(Item(0))),
        act(2_000, Change::Rate(1_500.0)),
        act(2_010, set("beta", Setpoint::Number(3.0))),
        act(2_010, set("ttl", Setpoint::Span(ms(900)))),
        act(3_333, Change::SlowOrigin(4.0)),
        act(5_000, Change::KillCache),
        act(5_000, Change::StopOrigin),
        act(5_500, Change::RestoreCache),
        act(6_001, Change::RestoreOrigin),
        act(7_000, Change::Concurrency(Some(3))),
        act(7_500, Change::Concurrency(None)),
        act(8_000, Change::Bump),
        act(9_000, Change::Rate(100.0)),
    ]
}

fn bytes(plan: &Plan, observer: &mut dyn Observer) -> String {
    let mut run = virt::run(plan, &plan.lanes[0], observer).expect("it is not overloaded");
    assert!(!run.partial);
    format!("{:?}", run.record(plan, &plan.lanes[0]))
}

#[test]
fn a_run_that_is_looked_at_is_the_same_run() {
    for strategy in AnyStrategy::ALL {
        let plan = busy(strategy.name);
        let mut looker = Looker::default();
        assert_eq!(bytes(&plan, &mut ()), bytes(&plan, &mut looker), "{}", strategy.name);
        assert!(looker.samples.len() > 120, "{} looks", looker.samples.len());
    }
}

#[test]
fn what_is_put_to_a_run_is_as_if_the_scenario_had_it() {
    for strategy in AnyStrategy::ALL {
        let plan = busy(strategy.name);
        let mut scripted = plan.clone();
        scripted.events.extend(acts());
        scripted.events.sort_by_key(|event| event.at);
        let mut looker = Looker { acts: acts(), samples: Vec::new() };
        // The record names the plan's events, and the plan that was played has fewer: it is read by the other's.
        let mut played = virt::run(&plan, &plan.lanes[0], &mut looker).expect("a run");
        let played = format!("{:?}", played.record(&scripted, &scripted.lanes[0]));
        assert_eq!(played, bytes(&scripted, &mut ()), "{}", strategy.name);
        assert_ne!(played, bytes(&plan, &mut ()), "{}: the acts do something", strategy.name);
    }
}

#[test]
fn a_requests_own_strategy_stays_and_the_next_ones_have_the_new_parameter() {
    let mut plan = busy("ttl");
    plan.cache.capacity = None;
    let set = Setting { parameter: "ttl", value: Setpoint::Span(ms(1)) };
    plan.events = vec![Event { at: ms(6_000), change: Change::Set(set) }];
    let run = virt::run(&plan, &plan.lanes[0], &mut ()).expect("a run");
    let calls = |from: usize, to| -> u32 {
        run.origin.seconds()[from..to].iter().map(|second| second.calls).sum()
    };
    assert!(calls(7, 12) > 3 * calls(1, 5), "{} after, {} before", calls(7, 12), calls(1, 5));
}

#[test]
fn samples_add_up_to_what_the_ledger_and_the_recorder_have() {
    let plan = Plan { warmup: Nanos::ZERO, ..busy("ttl") };
    let mut looker = Looker::default();
    let run = virt::run(&plan, &plan.lanes[0], &mut looker).expect("a run");
    let sum = |pick: fn(&Sample) -> u32| -> u64 {
        looker.samples.iter().map(|sample| u64::from(pick(sample))).sum()
    };
    let outcomes = [0, 1, 2, 3, 4, 5].map(|index| {
        looker.samples.iter().map(|s| u64::from(s.requests.outcomes[index])).sum::<u64>()
    });
    assert_eq!(outcomes, run.requests.outcomes());
    assert_eq!(sum(|s| s.requests.in_time), run.requests.in_time());
    assert_eq!(sum(|s| s.requests.outdated), run.requests.outdated());
    assert_eq!(sum(|s| s.origin.calls), run.origin.calls());
    assert_eq!(sum(|s| s.origin.duplicates), run.origin.duplicates());
    assert_eq!(sum(|s| s.origin.wasted), run.origin.wasted());
    let evictions = |sample: Option<&Sample>| sample.map_or(0, |sample| sample.evictions);
    let evicted = evictions(looker.samples.last()) - evictions(looker.samples.first());
    assert_eq!(evicted, run.cache.evictions);
    assert!(looker.samples.iter().all(|s| s.entries <= 100 && s.computing <= 10));
}

/// Acts on a cache that stands still change what was sent to it before.
#[test]
fn an_end_that_a_stopped_cache_did_not_expect_reaches_back_and_what_takes_preparation() {
    let at = |s, change| Event { at: Nanos::from_secs(s), change };
    let stopped = [at(10, Change::StopCache), at(20, Change::RestoreCache)];
    assert!(at(15, Change::RestoreCache).reaches_back(&stopped));
    assert!(at(15, Change::KillCache).reaches_back(&stopped));
    assert!(!at(15, Change::Flush).reaches_back(&stopped));
    assert!(!at(25, Change::KillCache).reaches_back(&stopped));
    assert!(!at(5, Change::KillCache).reaches_back(&stopped));
    assert!(at(5, Change::LoseCache(0.5)).reaches_back(&[at(1, Change::StopCache)]));
    assert!(
        at(5, Change::LagCache(Nanos::SECOND)).reaches_back(&[]),
        "a replica has what was before"
    );
}
