//! TTLs that a recording says: every strategy does with them what it does with its own.

use std::sync::Arc;

use herdlab_sim::law::Law;
use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Keys, Load, Plan, Rules};
use herdlab_sim::random::bits;
use herdlab_sim::replay::{Op, Request};
use herdlab_sim::strategy::{AnyStrategy, Slot};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Trace;

use crate::support::{plan, run_lane};

const SEED: u64 = 11;
/// What the recording says, in seconds.
const SAID: u32 = 6;

/// 300 requests a second for 20 keys, the lower ones more often, for 40 seconds; first each of them is written.
fn recording() -> Arc<Trace> {
    let write = |key| Request { op: Op::Write, ttl: SAID, ..Request::read(key) };
    let read = |n: u64| {
        let [a, b] = [1, 2].map(|draw| bits(SEED, n, draw) % 20);
        Request { time: Nanos::from_micros(n * 3_333 + 1), ..Request::read(a.min(b)) }
    };
    let requests: Vec<Request> = (0..20).map(write).chain((0..12_000).map(read)).collect();
    Arc::new(Trace::of(&requests, true).expect("it has requests"))
}

fn ran(name: &str, ttl: u32, speed: f64, ttls: bool) -> LaneRun {
    let mut strategy = AnyStrategy::named(name).expect("it is in the list");
    for parameter in strategy.parameters() {
        if let ("ttl", Slot::Span(own)) = (parameter.name, parameter.slot) {
            *own = Nanos::from_secs(ttl.into());
        }
    }
    let trace = recording();
    let mut plan = Plan { duration: Nanos::from_secs(40).scale(1.0 / speed), ..plan(1) };
    plan.traffic.keys = Keys::Trace(Arc::clone(&trace));
    plan.traffic.load = Load::Recorded { trace, speed, ttls };
    plan.origin.latency = Law::Constant(Nanos::from_millis(80));
    plan.origin.failure_rate = 0.1;
    run_lane(&plan, strategy, Rules::default())
}

#[test]
fn a_ttl_that_is_said_is_to_every_strategy_what_its_own_would_be() {
    for about in AnyStrategy::ALL.iter().filter(|about| about.name != "refresh-ahead") {
        for own in [SAID / 3, SAID * 5] {
            let [said, same] = [(own, true), (SAID, false)]
                .map(|(ttl, ttls)| format!("{:?}", ran(about.name, ttl, 1.0, ttls)));
            assert!(said == same, "{} with {own} s of its own, seed {SEED}", about.name);
        }
        let other = format!("{:?}", ran(about.name, SAID * 5, 1.0, false));
        assert!(other != format!("{:?}", ran(about.name, SAID, 1.0, false)), "{}", about.name);
    }
}

#[test]
fn played_twice_as_fast_it_is_half_as_long() {
    let [said, same] = [(60, true), (SAID / 2, false)]
        .map(|(ttl, ttls)| format!("{:?}", ran("ttl", ttl, 2.0, ttls)));
    assert!(said == same, "seed {SEED}");
}
