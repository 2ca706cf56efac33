//! How much fits into a cache, and what goes when it is full.

use std::collections::BTreeSet;

use crate::eviction::{Eviction, Filling, Policy, Space};
use crate::plan::{self, Backend, Capacity, Expiry};
use crate::time::Nanos;

/// What a lock or a counter weighs in a cache that counts bytes: a short value and its key.
pub(super) const SMALL: u64 = 64;

/// What is left of a cache that has an end.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) policy: Box<dyn Policy>,
    /// How much fits now, and how much of that is filled: more than fits only while a squeeze makes room.
    fits: u64,
    filled: u64,
    /// How much fits when nobody else takes any of it.
    whole: u64,
    item_weight: u64,
    small_weight: u64,
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
        let (space, item_weight, small_weight) = match capacity {
            Capacity::Entries(entries) => (Space::entries(u64::from(entries)), 1, 1),
            Capacity::Bytes(bytes) => {
                let each = u64::from(plan.value_size) + SMALL;
                (Space::bytes(bytes, each), each, SMALL)
            }
        };
        let space = Space { cull_frequency: plan.locmem.cull_frequency, ..space };
        Some(Self {
            policy: eviction.policy(&space),
            fits: eviction.room(space.capacity),
            filled: 0,
            whole: eviction.room(space.capacity),
            item_weight,
            small_weight,
            expiring: (plan.expiry == Expiry::Active).then(BTreeSet::new),
        })
    }

    const fn weight(&self, is_value: bool) -> u64 {
        if is_value { self.item_weight } else { self.small_weight }
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
        self.policy.culls().filter(|_| !self.has_room_for(self.item_weight))
    }

    /// Counts an entry in, if there is room for it.
    pub(super) fn take(&mut self, slot: u32, is_value: bool, now: Nanos, expires: Nanos) -> bool {
        let weight = self.weight(is_value);
        let fits = self.has_room_for(weight);
        if fits {
            self.filled += weight;
            self.policy.insert(slot, Filling { now, expires, weight: weight as u32 });
            self.expires(slot, None, expires);
        }
        fits
    }

    /// Counts an entry out that the policy knows no more of.
    pub(super) fn give_back(&mut self, slot: u32, is_value: bool, expires: Nanos) {
        self.filled -= self.weight(is_value);
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
