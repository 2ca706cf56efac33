//! How much fits into a cache, and what goes when it is full.

use std::collections::BTreeSet;

use super::footprint::{Heap, Overhead, Tables};
use crate::eviction::{Eviction, Filling, Policy, Space};
use crate::plan::{self, Backend, Capacity, Expiry};
use crate::time::Nanos;

/// What a lock or a counter weighs in a cache that counts bytes, if nothing better is known: a short value and its key.
const SMALL: u32 = 64;
/// Bytes of a key's name in a Redis, `prefix:version:name`, and of a lock's token or a counter.
const NAME: u32 = 32;
const TOKEN: u32 = 20;

/// What a value, and what a lock or a counter weighs in a cache that counts bytes. In a Redis both expire.
pub(super) fn weights(plan: &plan::Cache) -> [u64; 2] {
    match overhead(plan) {
        Overhead::Bytes(bytes) => [u64::from(plan.value_size) + u64::from(bytes), bytes.into()],
        redis @ Overhead::Redis(heap) => {
            [plan.value_size, TOKEN].map(|value| redis.entry(value.saturating_add(heap.name), true))
        }
    }
}

/// Bytes of a value in a cache that counts bytes, with its key and all that it takes.
#[must_use]
pub fn bytes_each(plan: &plan::Cache) -> u64 {
    weights(plan)[0]
}

/// Bytes of so many values, with the hash tables of a Redis.
#[must_use]
pub fn bytes_of(plan: &plan::Cache, values: u64) -> u64 {
    let tables = match overhead(plan) {
        Overhead::Redis(_) => Tables::bytes(values),
        Overhead::Bytes(_) => 0,
    };
    values * bytes_each(plan) + tables
}

/// A cache that evicts as Redis does is one.
fn overhead(plan: &plan::Cache) -> Overhead {
    match plan.backend {
        Backend::Shared if plan.eviction.is_redis() => Overhead::Redis(Heap::own(NAME)),
        _ => Overhead::Bytes(SMALL),
    }
}

/// What is left of a cache that has an end.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) policy: Box<dyn Policy>,
    /// How much fits now, and how much of that is filled: more than fits only while a squeeze makes room.
    fits: u64,
    filled: u64,
    /// How much fits when nobody else takes any of it.
    whole: u64,
    weights: [u64; 2],
    /// A Redis' hash tables, which are in `filled` too.
    tables: Option<Tables>,
    /// When filled slots expire, if they are to go then and not when they are next looked at.
    expiring: Option<BTreeSet<(Nanos, u32)>>,
}

impl Room {
    /// How much fits into that cache; `None` is any number.
    pub(super) fn of(plan: &plan::Cache) -> Option<Self> {
        let (eviction, capacity) = match plan.backend {
            Backend::LocMem => (Eviction::DjangoLocMem, Capacity::Entries(plan.locmem.max_entries)),
            Backend::Shared | Backend::Memcached => (plan.eviction, plan.capacity?),
        };
        let (space, weights, in_redis) = match capacity {
            Capacity::Entries(entries) => (Space::entries(u64::from(entries)), [1; 2], false),
            Capacity::Bytes(bytes) => {
                let weights = weights(plan);
                let in_redis = matches!(overhead(plan), Overhead::Redis(_));
                (Space::bytes(bytes, weights[0]), weights, in_redis)
            }
        };
        let space = Space { cull_frequency: plan.locmem.cull_frequency, ..space };
        Some(Self {
            policy: eviction.policy(&space),
            fits: eviction.room(space.capacity),
            filled: 0,
            whole: eviction.room(space.capacity),
            weights,
            tables: in_redis.then(Tables::default),
            expiring: (plan.expiry == Expiry::Active).then(BTreeSet::new),
        })
    }

    const fn weight(&self, is_value: bool) -> u64 {
        self.weights[!is_value as usize]
    }

    const fn has_room_for(&self, weight: u64) -> bool {
        self.filled + weight <= self.fits
    }

    /// Only `share` of the capacity is left to us.
    pub(super) fn squeeze(&mut self, share: f64) {
        self.fits = (self.whole as f64 * share) as u64;
    }

    /// Whether something has to go.
    pub(super) const fn is_overfull(&self) -> bool {
        self.filled > self.fits
    }

    /// How many entries go before a write, by rule.
    pub(super) fn culls(&self) -> Option<u64> {
        self.policy.culls().filter(|_| !self.has_room_for(self.weights[0]))
    }

    /// Counts an entry in, if there is room for it.
    pub(super) fn take(&mut self, slot: u32, is_value: bool, now: Nanos, expires: Nanos) -> bool {
        let weight = self.weight(is_value);
        let fits = self.has_room_for(weight);
        if fits {
            self.filled += weight;
            let left = self.fits as i64 - self.filled as i64;
            self.filled += self.tables.as_mut().map_or(0, |tables| tables.come(true, left));
            self.policy.insert(slot, Filling { now, expires, weight: weight as u32 });
            self.expires(slot, None, expires);
        }
        fits
    }

    /// Counts an entry out that the policy knows no more of.
    pub(super) fn give_back(&mut self, slot: u32, is_value: bool, expires: Nanos) {
        self.filled -= self.weight(is_value);
        self.tables.iter_mut().for_each(|tables| tables.go(true));
        if let Some(expiring) = &mut self.expiring {
            expiring.remove(&(expires, slot));
        }
    }

    /// An entry expires at another time.
    pub(super) fn renew(&mut self, slot: u32, from: Nanos, to: Nanos) {
        self.policy.renew(slot, to);
        self.expires(slot, Some(from), to);
    }

    fn expires(&mut self, slot: u32, from: Option<Nanos>, to: Nanos) {
        if let Some(expiring) = &mut self.expiring {
            if let Some(from) = from {
                expiring.remove(&(from, slot));
            }
            expiring.insert((to, slot));
        }
    }

    /// A slot whose entry has expired and is to go at once.
    pub(super) fn overdue(&self, now: Nanos) -> Option<u32> {
        let (expires, slot) = self.expiring.as_ref()?.first()?;
        (*expires <= now).then_some(*slot)
    }
}
