//! What lies in the cache when a run begins: the same entries on both clocks.

use crate::key::Item;
use crate::layer::jittered;
use crate::plan::{Load, Plan, Warm};
use crate::random::{bits, generator, purpose, unit};
use crate::time::Nanos;
use crate::traffic::shares;
use crate::world::{Entry, Value};

use rand::Rng;

/// The entries of a warm cache whose strategy keeps values fresh for `ttl`, least popular first. An entry's
/// `fresh_until` is its logical expiry; a backend keeps it for the strategy's grace longer. Each remembers a draw of
/// the origin's law as what its compute cost.
///
/// Stationary: item i is present with probability lT/(1 + lT), with l its rate and T the TTL, and its residual TTL is
/// then uniform in (0, T] (renewal theory: a cycle is T long and then 1/l, until the next request).
///
/// With a `jitter` (0 to 1) each is nearer to the run's beginning by up to that share.
///
/// Of `caches` caches that share the requests evenly, this is number `nth`.
pub fn warm(
    plan: &Plan,
    ttl: Nanos,
    jitter: f64,
    nth: u32,
    caches: u32,
) -> impl Iterator<Item = (Item, Entry)> {
    let shares = match plan.cache.warm {
        Warm::Stationary => shares(&plan.traffic.keys),
        Warm::Cold | Warm::Full => Vec::new(),
    };
    let kept = plan.traffic.variants.kept;
    let rate = request_rate(plan) / f64::from(kept) / f64::from(caches);
    let count = if plan.cache.warm == Warm::Cold { 0 } else { plan.entries() };
    let cost = plan.origin.latency.sampler();
    let (seed, state) = (plan.seed, plan.cache.warm);
    (0..count).rev().filter_map(move |item| {
        let mut rng = generator(seed, u64::from(item), purpose::WARM + u64::from(nth));
        let (presence, residual) = (unit(rng.next_u64()), unit(rng.next_u64()));
        let fresh_until = if state == Warm::Full {
            ttl
        } else {
            let load = rate * shares[(item / kept) as usize] * ttl.as_secs_f64();
            if presence > load / (1.0 + load) {
                return None;
            }
            ttl.scale(residual)
        };
        let draw = unit(bits(seed, u64::from(item), purpose::LOAD));
        let fresh_until = jittered(Nanos::ZERO, fresh_until, jitter, draw);
        let delta = cost.sample(&mut rng);
        Some((
            Item(item),
            Entry { value: Value::data(Nanos::ZERO, (item % kept) as u16), fresh_until, delta },
        ))
    })
}

/// Requests a second when the run begins; in a closed loop what users who never wait would ask.
fn request_rate(plan: &Plan) -> f64 {
    let page = f64::from(plan.traffic.page);
    match &plan.traffic.load {
        Load::Open { rate, .. } => rate * page,
        Load::Recorded { trace, speed, .. } => trace.rate() * speed,
        Load::Closed { users, think } => {
            let cycle = think.mean() + plan.cache.latency.mean();
            page * f64::from(*users) / cycle.as_secs_f64().max(1e-6)
        }
    }
}
