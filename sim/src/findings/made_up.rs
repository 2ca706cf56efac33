//! Made-up runs for the rules' tests: nothing in them is worth a word until a test changes it.

use super::{Facts, Finding, Rule, Run, Seen};
use crate::measure::{EventRecord, Histograms, LaneRecord, Series, StrategyRecord, Summary};
use crate::plan::{Cache, Change, Client, Event, Lane, Origin, Plan, Rules, Traffic, Warm};
use crate::strategy::AnyStrategy;
use crate::time::Nanos;

/// Two minutes at 1,000 requests a second for one key, measured from 10 s on; a TTL of 10 s and computes of 100 ms.
pub(super) fn plan(strategies: &[&str]) -> Plan {
    let ten = Nanos::from_secs(10);
    let lane = |name: &&str| {
        let mut strategy = AnyStrategy::named(name).expect("a strategy of the list");
        for parameter in strategy.parameters() {
            if let (crate::strategy::Slot::Span(ttl), "ttl") = (parameter.slot, parameter.name) {
                *ttl = ten;
            }
        }
        Lane { name: (*name).to_owned(), strategy, rules: Rules::default() }
    };
    Plan {
        interval_log: false,
        seed: 42,
        duration: Nanos::from_secs(120),
        warmup: ten,
        traffic: Traffic { processes: 4, ..Traffic::default() },
        cache: Cache { warm: Warm::Stationary, ..Cache::default() },
        client: Client::default(),
        origin: Origin { concurrency: Some(10), ..Origin::default() },
        events: Vec::new(),
        lanes: strategies.iter().map(lane).collect(),
    }
}

/// What a lane told.
pub(super) struct Told<'a> {
    lane: &'a Lane,
    pub(super) record: LaneRecord,
    pub(super) facts: Facts,
}

impl<'a> Told<'a> {
    /// Of the plan's lane `index`: every request answered in time, and one origin call a second.
    pub(super) fn new(plan: &'a Plan, index: usize) -> Self {
        let lane = &plan.lanes[index];
        let seconds = plan.duration.as_secs() as usize;
        let event = |event: &Event| EventRecord {
            event: event.change.name().to_owned(),
            at_s: event.at.as_secs_f64(),
            recovered: true,
            seconds: Some(0.0),
        };
        let record = LaneRecord {
            name: lane.name.clone(),
            strategy: StrategyRecord {
                name: lane.strategy.name().to_owned(),
                parameters: Default::default(),
            },
            summary: Summary {
                requests: 110_000,
                fresh: 109_890,
                items: 110_000,
                goodput: 1.0,
                origin_calls: 110,
                herd_count: 110,
                herd_max: 1,
                early_count: 110,
                ..Summary::default()
            },
            series: Series {
                bucket_ms: 1_000,
                requests: vec![1_000; seconds],
                hits: vec![999; seconds],
                in_time: vec![1_000; seconds],
                degraded: vec![0; seconds],
                failed: vec![0; seconds],
                origin_calls: vec![1; seconds],
                origin_duplicates: vec![0; seconds],
                latency_p99_us: vec![1_000; seconds],
            },
            histograms: Histograms::default(),
            events: plan.events.iter().map(event).collect(),
        };
        Self { lane, record, facts: Facts::default() }
    }

    pub(super) const fn summary(&mut self) -> &mut Summary {
        &mut self.record.summary
    }

    const fn seen(&self) -> Seen<'_> {
        Seen { lane: self.lane, record: &self.record, facts: &self.facts }
    }
}

/// A run of these lanes.
pub(super) fn run<'a>(plan: &'a Plan, told: &'a [Told<'_>]) -> Run<'a> {
    Run { plan, lanes: told.iter().map(Told::seen).collect() }
}

/// What a rule says of one lane.
pub(super) fn says(rule: &Rule, plan: &Plan, told: &Told<'_>) -> Option<Finding> {
    let mut found = rule.findings(&Run { plan, lanes: vec![told.seen()] });
    assert!(found.len() <= 1, "at most one finding a rule and lane: {found:?}");
    found.pop()
}

/// The same plan with an event.
pub(super) fn at(mut plan: Plan, second: u64, change: Change) -> Plan {
    plan.events.push(Event { at: Nanos::from_secs(second), change });
    plan
}
