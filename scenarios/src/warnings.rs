//! What may not be meant, told before anything runs.

use herdlab_sim::plan::{Capacity, Load, Plan};

use crate::units;

/// What of a plan may not be meant, in sentences.
#[must_use]
pub fn warnings(plan: &Plan) -> Vec<String> {
    [overload(plan), impatience(plan), short_lived(plan), no_room(plan)]
        .into_iter()
        .flatten()
        .collect()
}

fn overload(plan: &Plan) -> Option<String> {
    let Load::Open { rate, .. } = &plan.traffic.load else { return None };
    let capacity =
        f64::from(plan.origin.concurrency?) / plan.origin.latency.mean().as_secs_f64().max(1e-9);
    (*rate > capacity).then(|| {
        format!(
            "traffic.rate is {}, the origin can do {}: without the cache it is overloaded",
            units::rate_text(*rate),
            units::rate_text(capacity.round()),
        )
    })
}

fn impatience(plan: &Plan) -> Option<String> {
    let hasty = plan.traffic.timeout? < plan.origin.latency.mean();
    hasty.then(|| {
        "traffic.timeout is shorter than a compute takes: every request that computes fails"
            .to_owned()
    })
}

fn short_lived(plan: &Plan) -> Option<String> {
    let compute = plan.origin.latency.mean();
    let lanes: Vec<&str> = plan
        .lanes
        .iter()
        .filter(|lane| lane.strategy.ttl() < compute)
        .map(|lane| lane.name.as_str())
        .collect();
    (!lanes.is_empty()).then(|| {
        format!("the ttl is shorter than a compute takes ({compute}): {}", lanes.join(", "))
    })
}

fn no_room(plan: &Plan) -> Option<String> {
    let value = plan.cache.value_size;
    let Some(Capacity::Bytes(bytes)) = plan.cache.capacity else { return None };
    (bytes < u64::from(value)).then(|| {
        format!(
            "cache.capacity is {}, a value is {}: nothing is ever stored",
            units::size_text(bytes),
            units::size_text(u64::from(value)),
        )
    })
}
