//! `memory`: one shared map with TTLs and, if asked, a capacity; the semantics of a Redis that never fails.
//!
//! An entry is live while now < expiry and goes when it is next looked at. Items' values lie in a dense table (32 bytes
//! an item, memory touched only where an item is), every other key in a sparse one behind it.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::room::Room;
use crate::key::{Item, Key, Space};
use crate::plan;
use crate::time::Nanos;
use crate::world::{Entry, Found, Terms, Ttl, Value};

/// Value bits, logical expiry, cost, expiry; an expiry of zero is an empty slot. Plain integers, so that a new table is
/// memory the system has not touched yet.
type Slot = [u64; 4];

/// What meta commands leave at an entry.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
struct Flags {
    /// There is no value yet: the first to miss left it behind.
    stub: bool,
    /// Somebody was told to compute.
    sent: bool,
    /// The value is no longer true.
    stale: bool,
}

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
    /// What meta commands left at some slots.
    flags: HashMap<u32, Flags, FixedState>,
    /// How often every value has got a new name.
    renamed: u32,
    /// The version under which items' values lie in the dense table: theirs until they get a new name, then none's.
    dense: u32,
}

impl MemoryCache {
    /// An empty cache for that many items.
    #[must_use]
    pub fn new(items: u32, plan: &plan::Cache) -> Self {
        let room = Room::of(plan);
        Self {
            slots: vec![[0; 4]; items as usize],
            items,
            sparse: HashMap::default(),
            names: Vec::new(),
            free: Vec::new(),
            room,
            evictions: 0,
            flags: HashMap::default(),
            renamed: 0,
            dense: 1,
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
        let raised = *counter;
        if let Some(room) = &mut self.room {
            room.policy.touched(slot);
        }
        Some(raised)
    }

    /// Gives a live entry a new TTL.
    pub fn touch(&mut self, now: Nanos, key: Key, ttl: Ttl) -> bool {
        let found = self.live(now, key);
        if let Some(slot) = found {
            self.slots[slot as usize][3] = ttl.expiry(now).as_nanos();
        }
        found.is_some()
    }

    /// A read that says who should compute (memcached, doc/protocol.txt: `mg` with N and R).
    pub fn meta_get(&mut self, now: Nanos, key: Key, terms: Terms) -> Found {
        let Some(slot) = self.live(now, key) else {
            self.store(key, Entry::token(0), terms.vivify.expiry(now));
            if let Some(slot) = self.live(now, key) {
                self.flags.insert(slot, Flags { stub: true, sent: true, stale: false });
            }
            return Found { entry: None, won: true, stale: false };
        };
        if let Some(room) = &mut self.room {
            room.policy.touched(slot);
        }
        let left = Nanos::from_nanos(self.slots[slot as usize][3]) - now;
        let flags = self.flags.get(&slot).copied().unwrap_or_default();
        let won = !flags.sent && (flags.stale || left < terms.recache);
        if won {
            self.flags.insert(slot, Flags { sent: true, ..flags });
        }
        let entry = (!flags.stub).then(|| entry(&self.slots[slot as usize]));
        Found { entry, won, stale: flags.stale }
    }

    /// Marks a live entry as stale (memcached: `md` with I and T).
    pub fn mark_stale(&mut self, now: Nanos, key: Key, ttl: Ttl) -> bool {
        let Some(slot) = self.live(now, key) else { return false };
        let stub = self.flags.get(&slot).is_some_and(|flags| flags.stub);
        self.flags.insert(slot, Flags { stub, sent: false, stale: true });
        self.slots[slot as usize][3] = ttl.expiry(now).as_nanos();
        true
    }

    /// Everything goes.
    pub fn flush(&mut self) {
        for slot in 0..self.slots.len() as u32 {
            if self.slots[slot as usize][3] != 0 {
                self.remove(slot);
            }
        }
    }

    /// Every value has a new name from now on; what lies under the old ones stays until it expires or is evicted.
    pub fn bump(&mut self) {
        self.renamed += 1;
        self.dense = u32::MAX;
    }

    /// Stores with an expiry of its own: how a cache is made warm.
    pub fn store(&mut self, key: Key, entry: Entry, expires: Nanos) {
        self.cull();
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
        self.unflag(slot);
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

    /// Django's `_cull`, before every write.
    fn cull(&mut self) {
        let Some(cull) = self.room.as_ref().and_then(|room| room.cull.as_ref()) else { return };
        if cull.entries < cull.most {
            return;
        }
        let count = cull.entries.checked_div(cull.frequency).unwrap_or(cull.entries);
        for _ in 0..count {
            let Some(victim) = self.room.as_mut().and_then(|room| room.policy.victim()) else {
                return;
            };
            self.evictions += 1;
            self.remove(victim);
        }
    }

    /// Whether the entry of a slot is a value, and not a lock or a counter.
    fn is_value(&self, slot: u32) -> bool {
        slot < self.items || self.names[(slot - self.items) as usize].space == Space::Data
    }

    /// Evicts until the entry of an empty slot fits, and counts it in; false if it never will.
    fn make_room(&mut self, slot: u32) -> bool {
        loop {
            let value = self.is_value(slot);
            let Some(room) = &mut self.room else { return true };
            let weight = if value { room.item_weight } else { room.small_weight };
            if room.left >= weight {
                room.left -= weight;
                room.policy.inserted(slot);
                if let Some(cull) = &mut room.cull {
                    cull.entries += 1;
                }
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
        let slot = if self.is_item(key) {
            key.item.0
        } else {
            *self.sparse.get(&key.renamed(self.renamed))?
        };
        let expires = self.slots[slot as usize][3];
        if now.as_nanos() < expires {
            return Some(slot);
        }
        if expires != 0 {
            self.remove(slot);
        }
        None
    }

    #[inline(always)]
    const fn is_item(&self, key: Key) -> bool {
        matches!(key.space, Space::Data) && key.version == self.dense
    }

    fn slot(&mut self, key: Key) -> u32 {
        if self.is_item(key) {
            return key.item.0;
        }
        let key = key.renamed(self.renamed);
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

    /// What meta commands left at a slot goes with the entry.
    fn unflag(&mut self, slot: u32) {
        if !self.flags.is_empty() {
            self.flags.remove(&slot);
        }
    }

    fn remove(&mut self, slot: u32) {
        self.slots[slot as usize] = [0; 4];
        self.unflag(slot);
        let value = self.is_value(slot);
        if let Some(room) = &mut self.room {
            room.policy.removed(slot);
            if let Some(cull) = &mut room.cull {
                cull.entries -= 1;
            }
            room.left += if value { room.item_weight } else { room.small_weight };
        }
        if slot >= self.items {
            self.sparse.remove(&self.names[(slot - self.items) as usize]);
            self.free.push(slot);
        }
    }
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
    use crate::plan::{Backend, Capacity, LocMem};
    use proptest::prelude::*;

    fn plan(capacity: Option<Capacity>) -> plan::Cache {
        plan::Cache { capacity, ..plan::Cache::default() }
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

    fn locmem(max_entries: u32, cull_frequency: u32) -> MemoryCache {
        let limits = LocMem { max_entries, cull_frequency };
        let backend = Backend::LocMem;
        MemoryCache::new(1_000, &plan::Cache { backend, locmem: limits, ..plan(None) })
    }

    fn entries(cache: &mut MemoryCache, items: u32) -> Vec<u32> {
        (0..items).filter(|item| cache.get(at(0), Item(*item).key()).is_some()).collect()
    }

    /// Django 5.2.19: overwriting one key of 300 left 200, and a thousand sets leave at most 300.
    #[test]
    fn locmem_culls_a_third_before_a_write_also_before_one_that_replaces() {
        let mut cache = locmem(300, 3);
        for item in 0..300 {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        }
        cache.set(at(0), Item(299).key(), stored(0), Ttl::FOREVER);
        assert_eq!(entries(&mut cache, 1_000), (100..300).collect::<Vec<_>>());
        assert_eq!(cache.evictions(), 100);
        for item in 0..1_000 {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
            let held = cache.room.as_ref().and_then(|room| room.cull.as_ref()).unwrap().entries;
            assert!(held <= 300);
        }
    }

    #[test]
    fn locmem_with_a_cull_frequency_of_zero_drops_everything() {
        let mut cache = locmem(10, 0);
        for item in 0..11 {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        }
        assert_eq!(entries(&mut cache, 20), [10]);
    }

    /// memcached, doc/protocol.txt, "Meta Get" and "Meta Delete": one reader gets W, the others Z.
    #[test]
    fn a_meta_read_tells_exactly_one_reader_to_compute() {
        let mut cache = MemoryCache::new(1, &plan(None));
        let key = Item(0).key();
        let terms = Terms { vivify: Ttl::after(at(30)), recache: at(3) };
        let read = |cache: &mut MemoryCache, s| {
            let found = cache.meta_get(at(s), key, terms);
            (found.entry.is_some(), found.won, found.stale)
        };
        assert_eq!(read(&mut cache, 0), (false, true, false), "a miss leaves a stub, and wins");
        assert_eq!(read(&mut cache, 1), (false, false, false), "the stub has no value");
        assert_eq!(read(&mut cache, 30), (false, true, false), "the winner stored nothing in time");
        cache.set(at(31), key, stored(7), Ttl::after(at(10)));
        assert_eq!(read(&mut cache, 37), (true, false, false), "four seconds are left");
        assert_eq!(read(&mut cache, 39), (true, true, false), "two seconds are left");
        assert_eq!(read(&mut cache, 39), (true, false, false), "and somebody is at it");
        cache.set(at(40), key, stored(8), Ttl::after(at(10)));
        assert!(cache.mark_stale(at(41), key, Ttl::after(at(30))));
        assert_eq!(read(&mut cache, 42), (true, true, true));
        assert_eq!(read(&mut cache, 43), (true, false, true));
        cache.set(at(44), key, stored(9), Ttl::after(at(10)));
        assert_eq!(read(&mut cache, 45), (true, false, false));
        assert!(cache.delete(at(46), key) && !cache.mark_stale(at(46), key, Ttl::FOREVER));
    }

    #[test]
    fn under_a_new_name_nothing_is_found_and_the_old_entries_still_take_their_room() {
        let mut cache = MemoryCache::new(4, &plan(Some(Capacity::Entries(3))));
        for item in 0..3 {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        }
        cache.bump();
        assert_eq!(cache.get(at(0), Item(2).key()), None);
        cache.set(at(0), Item(2).key(), stored(7), Ttl::FOREVER);
        assert_eq!(cache.evictions(), 1, "the room of an old entry");
        assert_eq!(cache.get(at(0), Item(2).key()), Some(stored(7)));
        assert!(!cache.add(at(0), Item(2).key(), stored(8), Ttl::FOREVER));
    }

    #[test]
    fn a_value_weighs_the_same_under_every_name() {
        let mut cache = MemoryCache::new(3, &plan(Some(Capacity::Bytes(2 * 164))));
        for version in 1..4 {
            cache.set(at(0), Item(0).at_version(version), stored(0), Ttl::FOREVER);
        }
        assert_eq!(cache.evictions(), 1, "two values of 100 bytes fit, whatever their version");
        cache.bump();
        for item in 0..3 {
            cache.set(at(0), Item(item).key(), stored(0), Ttl::FOREVER);
        }
        assert_eq!(cache.evictions(), 4);
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
