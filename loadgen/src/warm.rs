//! What lies in the cache when a run begins, drawn exactly as in virtual time.

use herdlab_sim::key::{Item, Key};
use herdlab_sim::plan::{Load, Plan, Warm};
use herdlab_sim::random::{generator, purpose, unit};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::shares;
use herdlab_sim::world::{Entry, Ttl, Value};
use rand::Rng;

/// An entry of a warm cache.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(crate) struct WarmEntry {
    pub(crate) item: Item,
    /// Fresh until then; kept that much and the strategy's grace.
    pub(crate) fresh_until: Nanos,
}

/// The entries of the plan's warm state for a strategy with this TTL.
pub(crate) fn entries(plan: &Plan, ttl: Nanos) -> Box<dyn Iterator<Item = WarmEntry> + '_> {
    let count = plan.traffic.keys.count();
    match plan.cache.warm {
        Warm::Cold => Box::new(std::iter::empty()),
        Warm::Full => {
            Box::new((0..count).map(move |item| WarmEntry { item: Item(item), fresh_until: ttl }))
        }
        Warm::Stationary => {
            let rate = rate(&plan.traffic.load);
            let shares = shares(&plan.traffic.keys).into_iter().zip(0..count);
            Box::new(shares.filter_map(move |(share, item)| {
                stationary(plan.seed, Item(item), rate * share, ttl)
            }))
        }
    }
}

/// Requests a second, as far as one can know before a run.
fn rate(load: &Load) -> f64 {
    match load {
        Load::Open { rate, .. } => *rate,
        Load::Closed { users, think } => {
            const ANSWER: f64 = 1e-3; // an answer takes time too; a hit's is about this
            f64::from(*users) / (think.mean().as_secs_f64() + ANSWER)
        }
    }
}

/// Present with probability lT/(1+lT), for a residual time uniform in (0, T].
fn stationary(seed: u64, item: Item, rate: f64, ttl: Nanos) -> Option<WarmEntry> {
    let reads = rate * ttl.as_secs_f64();
    let mut rng = generator(seed, u64::from(item.0), purpose::WARM);
    let present = unit(rng.next_u64()) <= reads / (1.0 + reads);
    present.then(|| WarmEntry { item, fresh_until: ttl.scale(unit(rng.next_u64())) })
}

impl WarmEntry {
    /// What is stored under which key and for how long, if it is written `ahead` of the run's beginning.
    pub(crate) fn stored(self, delta: Nanos, grace: Nanos, ahead: Nanos) -> (Key, Entry, Ttl) {
        let value = Value::data(Nanos::ZERO, 0);
        let entry = Entry { value, fresh_until: self.fresh_until, delta };
        (self.item.key(), entry, Ttl::after(self.fresh_until + grace + ahead))
    }
}
