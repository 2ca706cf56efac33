//! A policy at a size, and what it did with the requests.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use super::{Batch, Op, Slots};
use crate::cache::{Overhead, Tables};
use crate::eviction::{Belady, Eviction, Filling, Policy, Space, Visitor};
use crate::plan::Expiry;
use crate::time::Nanos;

/// Requests whose slots are read together.
const GROUP: usize = 32;

/// What a cell counts.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Reads.
    pub requests: u64,
    /// Reads that found nothing, or nothing live.
    pub misses: u64,
    /// Of these, reads that found an entry past its expiry.
    pub expired: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes of the reads that missed.
    pub bytes_missed: u64,
    /// All but reads.
    pub writes: u64,
    /// Entries that the policy made go.
    pub evictions: u64,
    /// Entries that were not taken in because nothing could go for them.
    pub refused: u64,
}

/// What a replay uses of its trace.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Setting {
    /// Whether writes and deletes are what they say, or reads like all others.
    pub operations: bool,
    /// How long entries are kept if their trace does not say; `None` is for ever.
    pub ttl: Option<Nanos>,
    /// Whether TTLs in the trace are used.
    pub trace_ttls: bool,
    /// When expired entries go.
    pub expiry: Expiry,
    /// What an entry takes beside its size; only for capacities in bytes.
    pub overhead: Overhead,
}

impl Default for Setting {
    /// Every request a read, no TTLs: what other simulators do.
    fn default() -> Self {
        let (expiry, overhead) = (Expiry::Lazy, Overhead::Bytes(0));
        Self { operations: false, ttl: None, trace_ttls: false, expiry, overhead }
    }
}

/// A policy at a size, at work.
pub trait Cell: Send {
    /// Takes in a batch, whose slots are below `slots`.
    fn feed(&mut self, batch: &Batch, slots: usize);
    /// Whether it looks at more than slots and times.
    fn wants_details(&self) -> bool;
    /// What came of all batches.
    fn tally(&self) -> Tally;
    /// Lets go of the slots of which it knows nothing, if it can tell.
    fn prune(&self, _slots: &mut Slots) {}
}

/// The cell of a policy and a size.
#[must_use]
pub fn cell(eviction: Eviction, space: &Space, setting: &Setting) -> Box<dyn Cell> {
    struct Build<'a>(u64, &'a Space, &'a Setting);
    impl Visitor for Build<'_> {
        type Output = Box<dyn Cell>;
        fn visit<P: Policy + 'static>(self, policy: P) -> Box<dyn Cell> {
            let Self(room, space, setting) = self;
            boxed(policy, room, space, setting)
        }
    }
    eviction.visit(space, Build(eviction.room(space.capacity), space, setting))
}

/// The cell of Belady's policy, which needs to know for each request the next one: see [`Belady::next_uses`].
#[must_use]
pub fn belady(entries: u64, next: Arc<[u32]>) -> Box<dyn Cell> {
    Box::new(Plain { policy: Belady::new(next), left: entries, tally: Tally::default() })
}

fn boxed<P: Policy + 'static>(
    policy: P,
    room: u64,
    space: &Space,
    setting: &Setting,
) -> Box<dyn Cell> {
    let plain =
        !space.in_bytes && *setting == Setting { overhead: setting.overhead, ..Setting::default() };
    if plain {
        return Box::new(Plain { policy, left: room, tally: Tally::default() });
    }
    Box::new(Whole {
        policy,
        left: room as i64,
        tally: Tally::default(),
        setting: *setting,
        capacity: room,
        in_bytes: space.in_bytes,
        tables: match setting.overhead {
            Overhead::Redis(_) if space.in_bytes => Some(Tables::default()),
            _ => None,
        },
        entries: Vec::new(),
        expiring: BTreeSet::new(),
    })
}

/// Reads of entries that are all alike and never expire: the fast way.
struct Plain<P> {
    policy: P,
    left: u64,
    tally: Tally,
}

impl<P: Policy> Plain<P> {
    /// Takes an entry in.
    #[inline]
    fn admit(&mut self, slot: u32, now: Nanos) {
        while self.left == 0 {
            for _ in 0..self.policy.culls().unwrap_or(1) {
                if self.policy.evict(slot, now).is_none() {
                    self.tally.refused += 1;
                    return;
                }
                self.left += 1;
                self.tally.evictions += 1;
            }
            self.clear_surplus();
        }
        self.left -= 1;
        self.policy.insert(slot, Filling { now, ..Filling::default() });
    }

    #[inline(always)]
    fn clear_surplus(&mut self) {
        while self.policy.surplus().is_some() {
            self.left += 1;
            self.tally.evictions += 1;
        }
    }
}

impl<P: Policy> Cell for Plain<P> {
    fn feed(&mut self, batch: &Batch, slots: usize) {
        self.policy.reserve(slots);
        let mut misses = 0;
        for (slots, times) in batch.slots.chunks(GROUP).zip(batch.times.chunks(GROUP)) {
            black_box(slots.iter().fold(0, |sum, slot| sum ^ self.policy.warm(*slot)));
            for (slot, now) in slots.iter().zip(times) {
                if !self.policy.touch(*slot, *now) {
                    misses += 1;
                    self.admit(*slot, *now);
                }
                self.clear_surplus();
            }
        }
        self.tally.misses += misses;
        self.tally.requests += batch.slots.len() as u64;
    }

    fn wants_details(&self) -> bool {
        false
    }

    fn prune(&self, slots: &mut Slots) {
        slots.keep(|slot| self.policy.knows(slot));
    }

    fn tally(&self) -> Tally {
        self.tally
    }
}

/// An entry of a [`Whole`].
#[derive(Copy, Clone, Default, Debug)]
struct Held {
    /// When it expires; zero is no entry.
    expires: Nanos,
    weight: u32,
    /// The TTL that its key was last written with, in seconds.
    ttl: u32,
    /// The size that was last said of its key.
    size: u32,
    /// Whether it came with an expiry.
    expiring: bool,
}

/// Everything that a trace may say: sizes, TTLs, writes and deletes.
struct Whole<P> {
    policy: P,
    /// Below zero once a Redis' table has grown because it was crowded.
    left: i64,
    tally: Tally,
    setting: Setting,
    capacity: u64,
    in_bytes: bool,
    /// A Redis' hash tables.
    tables: Option<Tables>,
    entries: Vec<Held>,
    /// What expires when, if it is to go then.
    expiring: BTreeSet<(Nanos, u32)>,
}

impl<P: Policy> Whole<P> {
    fn expiry(&self, slot: u32, now: Nanos) -> Nanos {
        match (self.entries[slot as usize].ttl, self.setting.ttl) {
            (0, Some(ttl)) => now + ttl,
            (0, None) => Nanos::FOREVER,
            (ttl, _) => now + Nanos::from_secs(u64::from(ttl)),
        }
    }

    /// What the trace says of a key's size, or said last; 1 if it never did.
    fn size(&mut self, slot: u32, said: u32) -> u32 {
        let size = &mut self.entries[slot as usize].size;
        if said > 0 {
            *size = said;
        }
        (*size).max(1)
    }

    /// Takes a slot out of the accounts; the policy has done so.
    fn vacate(&mut self, slot: u32) {
        let held = &mut self.entries[slot as usize];
        self.expiring.remove(&(held.expires, slot));
        held.expires = Nanos::ZERO;
        self.left += i64::from(held.weight);
        self.tables.iter_mut().for_each(|tables| tables.go(held.expiring));
    }

    fn remove(&mut self, slot: u32) {
        self.policy.remove(slot);
        self.vacate(slot);
    }

    fn evicted(&mut self, slot: u32) {
        self.tally.evictions += 1;
        self.vacate(slot);
    }

    fn clear_surplus(&mut self) {
        while let Some(slot) = self.policy.surplus() {
            self.evicted(slot);
        }
    }

    /// Entries that have expired go, if they are to go then.
    fn sweep(&mut self, now: Nanos) {
        while let Some((expires, slot)) = self.expiring.first().copied()
            && expires <= now
        {
            self.remove(slot);
        }
    }

    /// Whether a live entry is there, which is then used; one that has expired goes.
    fn find(&mut self, slot: u32, now: Nanos) -> bool {
        let expires = self.entries[slot as usize].expires;
        if expires > now {
            self.policy.touch(slot, now);
            self.clear_surplus();
        } else if expires != Nanos::ZERO {
            self.tally.expired += 1;
            self.remove(slot);
        }
        expires > now
    }

    /// Takes an entry in.
    fn admit(&mut self, slot: u32, now: Nanos, size: u32) {
        let expires = self.expiry(slot, now).max(Nanos::from_nanos(1));
        let expiring = expires != Nanos::FOREVER;
        let weight = match self.in_bytes {
            true => self.setting.overhead.entry(size, expiring).min(u64::from(u32::MAX)) as u32,
            false => 1,
        };
        if u64::from(weight) > self.capacity {
            self.tally.refused += 1;
            return;
        }
        while self.left < i64::from(weight) {
            for _ in 0..self.policy.culls().unwrap_or(1) {
                let Some(victim) = self.policy.evict(slot, now) else {
                    self.tally.refused += 1;
                    return;
                };
                self.evicted(victim);
            }
            self.clear_surplus();
        }
        self.left -= i64::from(weight);
        if let Some(tables) = &mut self.tables {
            self.left -= tables.come(expiring, self.left) as i64;
        }
        let held = &mut self.entries[slot as usize];
        (held.expires, held.weight, held.expiring) = (expires, weight, expiring);
        if self.setting.expiry == Expiry::Active && expiring {
            self.expiring.insert((expires, slot));
        }
        self.policy.insert(slot, Filling { now, expires, weight });
        self.clear_surplus();
    }

    fn read(&mut self, slot: u32, now: Nanos, size: u32) {
        let size = self.size(slot, size);
        self.tally.requests += 1;
        self.tally.bytes += u64::from(size);
        if !self.find(slot, now) {
            self.tally.misses += 1;
            self.tally.bytes_missed += u64::from(size);
            self.admit(slot, now, size);
        }
    }

    /// An entry that is there gets a new expiry and keeps its size and its place in the policy's eyes.
    fn write(&mut self, slot: u32, now: Nanos, size: u32, ttl: u32) {
        let size = self.size(slot, size);
        if self.finds(slot, now) {
            self.expire(slot, now, ttl);
        } else {
            self.store(slot, now, size, ttl);
        }
    }

    /// An entry that is there keeps its expiry.
    fn amend(&mut self, slot: u32, now: Nanos, size: u32, ttl: u32) {
        let size = self.size(slot, size);
        if !self.finds(slot, now) {
            self.store(slot, now, size, ttl);
        }
    }

    /// Whether what is not read, or not only read, is there.
    fn finds(&mut self, slot: u32, now: Nanos) -> bool {
        self.tally.writes += 1;
        let before = self.tally.expired;
        let found = self.find(slot, now);
        self.tally.expired = before; // only reads are counted
        found
    }

    fn note_ttl(&mut self, slot: u32, ttl: u32) {
        if self.setting.trace_ttls {
            self.entries[slot as usize].ttl = ttl;
        }
    }

    fn store(&mut self, slot: u32, now: Nanos, size: u32, ttl: u32) {
        self.note_ttl(slot, ttl);
        self.admit(slot, now, size);
    }

    /// An entry that is there gets a new expiry.
    fn expire(&mut self, slot: u32, now: Nanos, ttl: u32) {
        self.note_ttl(slot, ttl);
        let expires = self.expiry(slot, now);
        let was = std::mem::replace(&mut self.entries[slot as usize].expires, expires);
        if self.expiring.remove(&(was, slot)) || self.setting.expiry == Expiry::Active {
            self.expiring.insert((expires, slot));
        }
        self.policy.renew(slot, expires);
        self.reweigh(slot, expires != Nanos::FOREVER);
    }

    /// A Redis' key takes more memory with a TTL than without. What does not fit any more goes with the next that comes.
    fn reweigh(&mut self, slot: u32, expiring: bool) {
        let held = &mut self.entries[slot as usize];
        if std::mem::replace(&mut held.expiring, expiring) == expiring {
            return;
        }
        if self.in_bytes {
            let [with, without] = [true, false]
                .map(|expiring| self.setting.overhead.entry(held.size.max(1), expiring) as i64);
            let more = if expiring { with - without } else { without - with };
            held.weight = u32::try_from(i64::from(held.weight) + more).unwrap_or(u32::MAX);
            self.left -= more;
        }
        if let Some(tables) = &mut self.tables {
            if expiring {
                self.left -= tables.expire(self.left) as i64;
            } else {
                tables.persist();
            }
        }
    }
}

impl<P: Policy> Cell for Whole<P> {
    fn feed(&mut self, batch: &Batch, slots: usize) {
        self.policy.reserve(slots);
        if slots > self.entries.len() {
            self.entries.resize(slots, Held::default());
        }
        for ((slot, now), (size, ttl, op)) in
            batch.slots.iter().zip(&batch.times).zip(&batch.details)
        {
            self.sweep(*now);
            match op {
                _ if !self.setting.operations => self.read(*slot, *now, *size),
                Op::Read => self.read(*slot, *now, *size),
                Op::Write => self.write(*slot, *now, *size, *ttl),
                Op::Amend => self.amend(*slot, *now, *size, *ttl),
                Op::Expire => {
                    if self.finds(*slot, *now) {
                        self.expire(*slot, *now, *ttl);
                    }
                }
                Op::Delete => {
                    self.tally.writes += 1;
                    if self.entries[*slot as usize].expires != Nanos::ZERO {
                        self.remove(*slot);
                    }
                }
            }
        }
    }

    fn wants_details(&self) -> bool {
        true
    }

    fn tally(&self) -> Tally {
        self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Heap;

    #[test]
    fn a_key_that_gets_its_ttl_later_weighs_as_one_that_came_with_it_and_one_that_loses_it_as_one_without()
     {
        let overhead = Overhead::Redis(Heap::own(32));
        let setting =
            Setting { overhead, operations: true, trace_ttls: true, ..Setting::default() };
        let held = |requests: &[(Op, u32)]| {
            let mut cell = cell(Eviction::RedisLru, &Space::bytes(1 << 20, 192), &setting);
            for slot in 0..20_000_u32 {
                let batch = Batch {
                    slots: vec![slot; requests.len()],
                    times: vec![Nanos::ZERO; requests.len()],
                    details: requests.iter().map(|(op, ttl)| (132, *ttl, *op)).collect(),
                };
                cell.feed(&batch, 20_000);
            }
            20_000 - cell.tally().evictions
        };
        let with = held(&[(Op::Write, 9_000)]);
        let without = held(&[(Op::Write, 0)]);
        let later = held(&[(Op::Write, 0), (Op::Expire, 9_000)]);
        let lost = held(&[(Op::Write, 9_000), (Op::Expire, 0)]);
        assert!(with * 10 < without * 9, "{with} and {without}");
        assert!(later.abs_diff(with) <= 1, "{later} and {with}");
        // The table of those that expire had one entry, and does not shrink.
        assert!(lost.abs_diff(without) <= 1, "{lost} and {without}");
    }

    #[test]
    fn a_redis_holds_as_many_as_its_structures_leave_room_for() {
        let overhead = Overhead::Redis(Heap::own(32));
        let setting = Setting { overhead, ..Setting::default() };
        let mut cell = cell(Eviction::RedisLru, &Space::bytes(1 << 20, 192), &setting);
        // 10,000 keys of 32 bytes with 100 bytes each: 24 + 40 + 16 + 112 of 2^20, and 8,192 places of 8.
        let keys = 0..10_000_u32;
        let batch = Batch {
            slots: keys.clone().collect(),
            times: vec![Nanos::ZERO; keys.len()],
            details: vec![(132, 0, Op::Read); keys.len()],
        };
        cell.feed(&batch, keys.len());
        let held = ((1 << 20) - 8_192 * 8) / 192;
        assert_eq!(cell.tally().evictions, 10_000 - held);
    }
}
