//! `memory`: one shared map with TTLs and, if asked, a capacity; the semantics of a Redis that never fails.
//!
//! An entry is live while now < expiry and goes when it is next looked at. Items' values lie in a dense table (32 bytes
//! an item, memory touched only where an item is), every other key in a sparse one behind it.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::eviction::{Policy, policy};
use crate::key::{Item, Key, Space};
use crate::plan::{self, Capacity};
use crate::time::Nanos;
use crate::world::{Entry, Ttl, Value};

/// What a lock or a counter weighs in a cache that counts bytes: a short value and its key.
const SMALL: u64 = 64;

/// Value bits, logical expiry, cost, expiry; an expiry of zero is an empty slot. Plain integers, so that a new table is
/// memory the system has not touched yet.
type Slot = [u64; 4];

/// A shared cache in memory.
#[derive(Debug)]
pub struct MemoryCache {
    slots: Vec<Slot>,
    items: u32,
    /// The keys that are not items' values, and where they lie.
    sparse: HashMap<Key, u32, FixedState>,
    /// The key of each slot behind the items.
    names: Vec<Key>,
    /// The sparse slots that were given up.
    free: Vec<u32>,
    room: Option<Room>,
    evictions: u64,
}

#[derive(Debug)]
struct Room {
    policy: Box<dyn Policy>,
    left: u64,
    item_weight: u64,
    small_weight: u64,
}

impl MemoryCache {
    /// An empty cache for that many items.
    #[must_use]
    pub fn new(items: u32, plan: &plan::Cache) -> Self {
        let room = plan.capacity.map(|capacity| {
            let (left, item_weight, small_weight) = match capacity {
                Capacity::Entries(entries) => (u64::from(entries), 1, 1),
                Capacity::Bytes(bytes) => (bytes, u64::from(plan.value_size) + SMALL, SMALL),
            };
            Room { policy: policy(plan.eviction), left, item_weight, small_weight }
        });
        Self {
            slots: vec![[0; 4]; items as usize],
            items,
            sparse: HashMap::default(),
            names: Vec::new(),
            free: Vec::new(),
            room,
            evictions: 0,
        }
    }

    /// The live entry under `key`.
    #[inline(always)]
    pub fn get(&mut self, now: Nanos, key: Key) -> Option<Entry> {
        let slot = self.live(now, key)?;
        if let Some(room) = &mut self.room {
            room.policy.touched(slot);
        }
        Some(entry(&self.slots[slot as usize]))
    }

    /// Stores unconditionally.
    pub fn set(&mut self, now: Nanos, key: Key, entry: Entry, ttl: Ttl) {
        self.store(key, entry, ttl.expiry(now));
    }

    /// Stores if nothing live is there.
    pub fn add(&mut self, now: Nanos, key: Key, entry: Entry, ttl: Ttl) -> bool {
        let absent = self.live(now, key).is_none();
        if absent {
            self.store(key, entry, ttl.expiry(now));
        }
        absent
    }

    /// Removes; true if something live was there.
    pub fn delete(&mut self, now: Nanos, key: Key) -> bool {
        let found = self.live(now, key);
        if let Some(slot) = found {
            self.remove(slot);
        }
        found.is_some()
    }

    /// Removes if the live entry's value is `mine`.
    pub fn delete_if(&mut self, now: Nanos, key: Key, mine: Value) -> bool {
        let found = self.live(now, key).filter(|slot| self.slots[*slot as usize][0] == mine.bits());
        if let Some(slot) = found {
            self.remove(slot);
        }
        found.is_some()
    }

    /// Adds one to a live counter, whose TTL stays.
    pub fn incr(&mut self, now: Nanos, key: Key) -> Option<u64> {
        let slot = self.live(now, key)?;
        let counter = &mut self.slots[slot as usize][0];
        *counter = counter.wrapping_add(1);
        Some(*counter)
    }

    /// Gives a live entry a new TTL.
    pub fn touch(&mut self, now: Nanos, key: Key, ttl: Ttl) -> bool {
        let found = self.live(now, key);
        if let Some(slot) = found {
            self.slots[slot as usize][3] = ttl.expiry(now).as_nanos();
        }
        found.is_some()
    }

    /// Everything goes.
    pub fn flush(&mut self) {
        for slot in 0..self.slots.len() as u32 {
            if self.slots[slot as usize][3] != 0 {
                self.remove(slot);
            }
        }
    }

    /// Stores with an expiry of its own: how a cache is made warm.
    pub fn store(&mut self, key: Key, entry: Entry, expires: Nanos) {
        let slot = self.slot(key);
        let filled = self.slots[slot as usize][3] != 0;
        if expires == Nanos::ZERO {
            if filled {
                self.remove(slot);
            }
            return; // gone at the very beginning of the run
        }
        if let Some(room) = &mut self.room {
            if filled {
                room.policy.touched(slot);
            } else if !self.make_room(slot) {
                return;
            }
        }
        self.slots[slot as usize] = [
            entry.value.bits(),
            entry.fresh_until.as_nanos(),
            entry.delta.as_nanos(),
            expires.as_nanos().max(1),
        ];
    }

    /// Reads the item's slot and nothing else, so that it is in the processor's cache when it is needed.
    #[inline]
    #[must_use]
    pub fn warm_up(&self, item: Item) -> u64 {
        self.slots[item.0 as usize][3]
    }

    /// Live entries that went because the cache was full.
    #[must_use]
    pub const fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Evicts until the entry of an empty slot fits, and counts it in; false if it never will.
    fn make_room(&mut self, slot: u32) -> bool {
        loop {
            let Some(room) = &mut self.room else { return true };
            let weight = if slot < self.items { room.item_weight } else { room.small_weight };
            if room.left >= weight {
                room.left -= weight;
                room.policy.inserted(slot);
                return true;
            }
            let Some(victim) = room.policy.victim() else { return false };
            self.evictions += 1;
            self.remove(victim);
        }
    }

    /// The slot of the live entry under `key`; an expired one goes on the way.
    #[inline(always)]
    fn live(&mut self, now: Nanos, key: Key) -> Option<u32> {
        let slot = if is_item(key) { key.item.0 } else { *self.sparse.get(&key)? };
        let expires = self.slots[slot as usize][3];
        if now.as_nanos() < expires {
            return Some(slot);
        }
        if expires != 0 {
            self.remove(slot);
        }
        None
    }

    fn slot(&mut self, key: Key) -> u32 {
        if is_item(key) {
            return key.item.0;
        }
        if let Some(slot) = self.sparse.get(&key) {
            return *slot;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push([0; 4]);
            self.names.push(key);
            self.slots.len() as u32 - 1
        });
        self.names[(slot - self.items) as usize] = key;
        self.sparse.insert(key, slot);
        slot
    }

    fn remove(&mut self, slot: u32) {
        self.slots[slot as usize] = [0; 4];
        if let Some(room) = &mut self.room {
            room.policy.removed(slot);
            room.left += if slot < self.items { room.item_weight } else { room.small_weight };
        }
        if slot >= self.items {
            self.sparse.remove(&self.names[(slot - self.items) as usize]);
            self.free.push(slot);
        }
    }
}

fn is_item(key: Key) -> bool {
    key.space == Space::Data && key.version == 1
}

fn entry(slot: &Slot) -> Entry {
    Entry {
        value: Value::token(slot[0]),
        fresh_until: Nanos::from_nanos(slot[1]),
        delta: Nanos::from_nanos(slot[2]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap as Model;

    use super::*;
    use crate::law::Law;
    use crate::plan::{Eviction, OnError, Warm};
    use proptest::prelude::*;

    fn plan(capacity: Option<Capacity>) -> plan::Cache {
        plan::Cache {
            warm: Warm::Cold,
            capacity,
            eviction: Eviction::Lru,
            latency: Law::Constant(Nanos::ZERO),
            timeout: None,
            on_error: OnError::Fail,
            value_size: 100,
        }
    }

    fn at(s: u64) -> Nanos {
        Nanos::from_secs(s)
    }

    fn stored(bits: u64) -> Entry {
        Entry { value: Value::token(bits), fresh_until: at(5), delta: at(1) }
    }

    #[test]
    fn an_entry_is_live_before_its_expiry_and_not_at_it() {
        let mut cache = MemoryCache::new(1, &plan(None));
        cache.set(at(0), Item(0).key(), stored(7), Ttl::after(at(10)));
        assert_eq!(cache.get(Nanos::from_nanos(9_999_999_999), Item(0).key()), Some(stored(7)));
        assert_eq!(cache.get(at(10), Item(0).key()), None);
    }

    #[test]
    fn an_owner_removes_its_own_lock_only() {
        let mut cache = MemoryCache::new(1, &plan(None));
        let lock = Item(0).lock();
        assert!(cache.add(at(0), lock, Entry::token(1), Ttl::after(at(30))));
        assert!(!cache.add(at(1), lock, Entry::token(2), Ttl::after(at(30))));
        assert!(!cache.delete_if(at(1), lock, Value::token(2)));
        assert!(cache.delete_if(at(1), lock, Value::token(1)));
        assert!(cache.add(at(1), lock, Entry::token(2), Ttl::after(at(30))));
    }

    #[test]
    fn a_full_cache_evicts_the_least_recently_used_and_counts_it() {
        let mut cache = MemoryCache::new(3, &plan(Some(Capacity::Bytes(2 * 164))));
        for item in [0, 1] {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        }
        assert!(cache.get(at(1), Item(0).key()).is_some());
        cache.set(at(1), Item(2).key(), stored(0), Ttl::FOREVER);
        assert_eq!(cache.get(at(1), Item(1).key()), None);
        assert!(cache.get(at(1), Item(0).key()).is_some());
        assert_eq!(cache.evictions(), 1);
    }

    #[test]
    fn what_never_fits_is_not_stored() {
        let mut cache = MemoryCache::new(1, &plan(Some(Capacity::Bytes(100))));
        cache.set(at(0), Item(0).key(), stored(0), Ttl::FOREVER);
        assert_eq!(cache.get(at(0), Item(0).key()), None);
    }

    proptest! {
        #[test]
        fn the_cache_agrees_with_a_plain_map(steps in prop::collection::vec((0..8_u8, 0..6_u32, 0..4_u64, 0..5_u64), 0..300)) {
            let mut cache = MemoryCache::new(3, &plan(None));
            let mut model: Model<Key, (u64, Nanos)> = Model::new();
            let mut now = Nanos::ZERO;
            for (what, which, bits, span) in steps {
                let key = if which < 3 { Item(which).key() } else { Item(which - 3).lock() };
                let (ttl, entry) = (Ttl::after(at(span)), stored(bits));
                model.retain(|_, (_, expires)| now < *expires);
                let before = model.get(&key).copied();
                match what {
                    0 | 1 => prop_assert_eq!(cache.get(now, key).map(|e| e.value.bits()), before.map(|b| b.0)),
                    2 => { cache.set(now, key, entry, ttl); model.insert(key, (bits, now + at(span))); }
                    3 => {
                        prop_assert_eq!(cache.add(now, key, entry, ttl), before.is_none());
                        model.entry(key).or_insert((bits, now + at(span)));
                    }
                    4 => { prop_assert_eq!(cache.delete(now, key), before.is_some()); model.remove(&key); }
                    5 => {
                        let mine = before.is_some_and(|b| b.0 == bits);
                        prop_assert_eq!(cache.delete_if(now, key, Value::token(bits)), mine);
                        if mine { model.remove(&key); }
                    }
                    6 => {
                        prop_assert_eq!(cache.incr(now, key), before.map(|b| b.0 + 1));
                        if let Some(b) = model.get_mut(&key) { b.0 += 1; }
                    }
                    _ => {
                        prop_assert_eq!(cache.touch(now, key, ttl), before.is_some());
                        if let Some(b) = model.get_mut(&key) { b.1 = now + at(span); }
                    }
                }
                now += Nanos::from_secs(u64::from(what == 1));
            }
        }
    }
}
