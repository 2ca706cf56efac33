//! `memory`: one shared map with TTLs and, if asked, a capacity; the semantics of a Redis that never fails.
//!
//! As a `memcached` it has a clock that ticks once a second and keeps entries for whole seconds (its doc/protocol.txt:
//! "Time is internally updated on second boundaries"): a TTL is rounded up and counted from the last tick, so an entry
//! goes up to a second before its TTL is over. That only changes the instant of expiry, which lies on a tick: before it,
//! the exact time and the last tick agree on what is live.
//!
//! An entry is live while now < expiry and goes when it is next looked at. Items' values lie in a dense table (32 bytes
//! an item, memory touched only where an item is), every other key in a sparse one behind it.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::room::{Room, weights};
use crate::eviction::NOBODY;
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
    /// Of a memcached, how long before the run's beginning its clock ticked last: spans are whole seconds from a tick.
    phase: Option<Nanos>,
    /// How many entries there are, of values and of everything else, and what one of them weighs.
    filled: [u64; 2],
    weights: [u64; 2],
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
        let mut room = Room::of(plan);
        if let Some(room) = &mut room {
            room.policy.reserve(items as usize);
        }
        Self {
            slots: vec![[0; 4]; items as usize],
            items,
            sparse: HashMap::default(),
            names: Vec::new(),
            free: Vec::new(),
            room,
            evictions: 0,
            phase: (plan.backend == plan::Backend::Memcached).then_some(Nanos::ZERO),
            filled: [0; 2],
            weights: weights(plan),
            flags: HashMap::default(),
            renamed: 0,
            dense: 1,
        }
    }

    /// The live entry under `key`.
    #[inline(always)]
    pub fn get(&mut self, now: Nanos, key: Key) -> Option<Entry> {
        let slot = self.live(now, key)?;
        let entry = entry(&self.slots[slot as usize]);
        if self.room.is_some() {
            self.used(now, slot);
        }
        Some(entry)
    }

    /// Stores unconditionally.
    pub fn set(&mut self, now: Nanos, key: Key, entry: Entry, ttl: Ttl) {
        self.store(now, key, entry, self.expiry(now, ttl));
    }

    /// Stores if nothing live is there.
    pub fn add(&mut self, now: Nanos, key: Key, entry: Entry, ttl: Ttl) -> bool {
        let absent = self.live(now, key).is_none();
        if absent {
            self.store(now, key, entry, self.expiry(now, ttl));
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

    /// Whether something live is there that [`MemoryCache::incr`] cannot add to: no number, or the last one that there
    /// is. A Redis counts to 2^63 - 1, a memcached begins at 0 again after 2^64 - 1.
    pub fn is_no_number(&mut self, now: Nanos, key: Key) -> bool {
        let Some(slot) = self.live(now, key) else { return false };
        let entry = entry(&self.slots[slot as usize]);
        let bits = entry.value.bits();
        entry != Entry::token(bits) || self.phase.is_none() && bits >= i64::MAX as u64
    }

    /// Adds one to a live counter, whose TTL stays.
    pub fn incr(&mut self, now: Nanos, key: Key) -> Option<u64> {
        let slot = self.live(now, key)?;
        let counter = &mut self.slots[slot as usize][0];
        *counter = counter.wrapping_add(1);
        let raised = *counter;
        if self.room.is_some() {
            self.used(now, slot);
        }
        Some(raised)
    }

    /// Gives a live entry a new TTL.
    pub fn touch(&mut self, now: Nanos, key: Key, ttl: Ttl) -> bool {
        let found = self.live(now, key);
        if let Some(slot) = found {
            self.expire_at(slot, self.expiry(now, ttl));
        }
        found.is_some()
    }

    /// A read that says who should compute (memcached, doc/protocol.txt: `mg` with N and R).
    pub fn meta_get(&mut self, now: Nanos, key: Key, terms: Terms) -> Found {
        let Some(slot) = self.live(now, key) else {
            self.store(now, key, Entry::token(0), self.expiry(now, terms.vivify));
            if let Some(slot) = self.live(now, key) {
                self.flags.insert(slot, Flags { stub: true, sent: true, stale: false });
            }
            return Found { entry: None, won: true, stale: false };
        };
        let expires = Nanos::from_nanos(self.slots[slot as usize][3]);
        let flags = self.flags.get(&slot).copied().unwrap_or_default();
        let late = self.expiry(now, Ttl::after(terms.recache)) > expires;
        let won = !flags.sent && (flags.stale || late && terms.recache > Nanos::ZERO);
        if won {
            self.flags.insert(slot, Flags { sent: true, ..flags });
        }
        let entry = (!flags.stub).then(|| entry(&self.slots[slot as usize]));
        self.used(now, slot);
        Found { entry, won, stale: flags.stale }
    }

    /// Marks a live entry as stale (memcached: `md` with I and T).
    pub fn mark_stale(&mut self, now: Nanos, key: Key, ttl: Ttl) -> bool {
        let Some(slot) = self.live(now, key) else { return false };
        let stub = self.flags.get(&slot).is_some_and(|flags| flags.stub);
        self.flags.insert(slot, Flags { stub, sent: false, stale: true });
        self.expire_at(slot, self.expiry(now, ttl));
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

    /// When what is written now with that TTL is gone.
    fn expiry(&self, now: Nanos, ttl: Ttl) -> Nanos {
        let (Some(phase), Some(span)) = (self.phase, ttl.span()) else { return ttl.expiry(now) };
        let whole = span.as_nanos().div_ceil(Nanos::SECOND.as_nanos()).max(1);
        Nanos::from_secs((now + phase).as_secs() + whole) - phase
    }

    /// Of a memcached: its clock ticked so long before the run's beginning, less than a second; its start, not ours,
    /// decides when it ticks.
    pub fn set_phase(&mut self, phase: Nanos) {
        self.phase = self.phase.map(|_| phase);
    }

    /// Values have got a new name so many times in all, in the eyes of who looks now.
    pub fn rename(&mut self, times: u32) {
        self.renamed = times;
        self.dense = if times == 0 { 1 } else { u32::MAX };
    }

    /// What lies under `key`, and until when; nobody has looked.
    pub fn peek(&mut self, now: Nanos, key: Key) -> Option<(Entry, Nanos)> {
        let slot = self.live(now, key)?;
        let found = &self.slots[slot as usize];
        Some((entry(found), Nanos::from_nanos(found[3])))
    }

    /// Only `share` of the capacity is left to us: what does not fit goes at once. Nothing happens to a cache without
    /// an end.
    pub fn squeeze(&mut self, now: Nanos, share: f64) {
        let Some(room) = &mut self.room else { return };
        room.squeeze(share);
        while self.room.as_ref().is_some_and(Room::is_overfull) {
            let victim = self.room.as_mut().and_then(|room| room.policy.evict(NOBODY, now));
            let Some(victim) = victim else { break };
            self.evicted(victim);
        }
    }

    /// Stores with an expiry of its own, taken as it is: how a copy follows another cache.
    pub fn store(&mut self, now: Nanos, key: Key, entry: Entry, expires: Nanos) {
        self.cull(now);
        let slot = self.slot(key);
        let filled = self.slots[slot as usize][3] != 0;
        if expires == Nanos::ZERO {
            if filled {
                self.remove(slot);
            }
            return; // gone at the very beginning of the run
        }
        if self.room.is_some() && !self.take_room(now, slot, expires) {
            return;
        }
        self.unflag(slot);
        if self.slots[slot as usize][3] == 0 {
            // Also if it was filled before, and went to make room.
            self.filled[usize::from(!self.is_value(slot))] += 1;
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

    /// Entries, and bytes as a cache that is limited by them counts; those among them that expired and that nobody has
    /// looked at since.
    #[must_use]
    pub const fn held(&self) -> (u64, u64) {
        let [values, others] = self.filled;
        (values + others, values * self.weights[0] + others * self.weights[1])
    }

    /// Makes room before a write, if that is the rule: expired entries go, and Django's `_cull` if it is full.
    fn cull(&mut self, now: Nanos) {
        while let Some(slot) = self.room.as_ref().and_then(|room| room.overdue(now)) {
            self.remove(slot);
        }
        for _ in 0..self.room.as_ref().and_then(Room::culls).unwrap_or(0) {
            let victim = self.room.as_mut().and_then(|room| room.policy.evict(NOBODY, now));
            victim.into_iter().for_each(|victim| self.evicted(victim));
        }
    }

    /// A filled slot was used.
    #[cold]
    fn used(&mut self, now: Nanos, slot: u32) {
        if let Some(room) = &mut self.room {
            room.policy.touch(slot, now);
        }
        self.clear_surplus();
    }

    /// The entry of a filled slot expires at another time.
    fn expire_at(&mut self, slot: u32, expires: Nanos) {
        let before = std::mem::replace(&mut self.slots[slot as usize][3], expires.as_nanos());
        if let Some(room) = &mut self.room {
            room.renew(slot, Nanos::from_nanos(before), expires);
        }
    }

    /// What the policy emptied unasked.
    fn clear_surplus(&mut self) {
        while let Some(victim) = self.room.as_mut().and_then(|room| room.policy.surplus()) {
            self.evicted(victim);
        }
    }

    /// The policy emptied a slot.
    fn evicted(&mut self, slot: u32) {
        self.evictions += 1;
        self.vacate(slot);
    }

    /// Whether the entry of a slot is a value, and not a lock or a counter.
    fn is_value(&self, slot: u32) -> bool {
        slot < self.items || self.names[(slot - self.items) as usize].space == Space::Data
    }

    /// Gives the entry that comes into a slot its room, evicting until it fits; false if it never will.
    fn take_room(&mut self, now: Nanos, slot: u32, expires: Nanos) -> bool {
        let before = self.slots[slot as usize][3];
        if before != 0 {
            self.expire_at(slot, expires);
            self.used(now, slot);
            return self.slots[slot as usize][3] != 0 || self.take_room(now, slot, expires);
        }
        let is_value = self.is_value(slot);
        loop {
            self.clear_surplus();
            let Some(room) = &mut self.room else { return true };
            if room.take(slot, is_value, now, expires) {
                self.clear_surplus();
                return true;
            }
            let Some(victim) = room.policy.evict(slot, now) else { return false };
            self.evicted(victim);
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
        if let Some(room) = &mut self.room {
            room.policy.reserve(self.slots.len());
            room.policy.forget(slot);
        }
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
        if let Some(room) = &mut self.room {
            room.policy.remove(slot);
        }
        self.vacate(slot);
    }

    /// Empties a slot that the policy knows no more of.
    fn vacate(&mut self, slot: u32) {
        let [_, _, _, expires] = std::mem::take(&mut self.slots[slot as usize]);
        self.unflag(slot);
        let value = self.is_value(slot);
        self.filled[usize::from(!value)] -= 1;
        if let Some(room) = &mut self.room {
            room.give_back(slot, value, Nanos::from_nanos(expires));
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
mod tests;
