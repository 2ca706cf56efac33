//! What the benches measure: one plan, so that every figure is about the same work.

use herdlab_sim::law::Law;
use herdlab_sim::plan::{
    Arrivals, Cache, Client, Keys, Lane, Load, OnError, Origin, Plan, Rules, Traffic, Warm,
};
use herdlab_sim::strategy::{AnyStrategy, Slot};
use herdlab_sim::time::Nanos;

/// Requests a second of virtual time.
const RATE: f64 = 100_000.0;

/// A stationary cache in front of an origin that is never the bottleneck: Zipf keys of exponent 1, Poisson arrivals at
/// 100,000/s, a TTL of an hour, an origin of 20 slots and 50 ms. `latency` is a cache round trip.
#[must_use]
pub fn plan(keys: u32, latency: Nanos, requests: u64) -> Plan {
    Plan {
        seed: 42,
        duration: Nanos::from_secs_f64(requests as f64 / RATE),
        traffic: Traffic {
            load: Load::open(RATE, Arrivals::Poisson),
            keys: Keys::Zipf { exponent: 1.0, count: keys },
            processes: 16,
            timeout: Some(Nanos::from_secs(2)),
            ..Traffic::default()
        },
        cache: Cache {
            warm: Warm::Stationary,
            latency: Law::Constant(latency),
            on_error: OnError::Origin,
            value_size: 2_048,
            ..Cache::default()
        },
        client: Client::default(),
        origin: Origin {
            concurrency: Some(20),
            latency: Law::Lognormal {
                median: Nanos::from_millis(40),
                p99: Nanos::from_millis(200),
            },
            ..Origin::default()
        },
        ..Plan::default()
    }
}

/// The lane of that strategy with a TTL of an hour.
///
/// # Panics
/// If there is no such strategy.
#[must_use]
pub fn lane(strategy: &str) -> Lane {
    let mut chosen =
        AnyStrategy::named(strategy).unwrap_or_else(|| panic!("there is no strategy {strategy}"));
    for parameter in chosen.parameters() {
        if let ("ttl", Slot::Span(ttl)) = (parameter.name, parameter.slot) {
            *ttl = Nanos::from_secs(3_600);
        }
    }
    Lane { name: strategy.to_owned(), strategy: chosen, rules: Rules::default() }
}
