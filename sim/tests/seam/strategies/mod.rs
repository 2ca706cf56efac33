//! What each strategy that has a program behind it does, to the last request.

mod coalescing;
mod dice;
mod early;
mod job;
mod lease;
mod stale;

use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Change, Event, Plan, Rules, Warm};
use herdlab_sim::strategy::AnyStrategy;
use herdlab_sim::time::Nanos;

use crate::support::{ms, plan, run_lane};

/// An entry's TTL everywhere here.
const TTL: Nanos = Nanos::SECOND;

/// `requests` for one key, one a millisecond; its entry was stored at the beginning. A compute takes 200 ms.
fn warm(requests: u64) -> Plan {
    let mut plan = plan(requests);
    plan.cache.warm = Warm::Full;
    plan
}

/// The same for an origin that fails from that millisecond on.
fn failing(mut plan: Plan, from: u64) -> Plan {
    plan.events.push(Event { at: ms(from), change: Change::FailOrigin(1.0) });
    plan
}

fn ran(plan: &Plan, strategy: AnyStrategy) -> LaneRun {
    run_lane(plan, strategy, Rules::default())
}
