//! `lfu`: the entry that was used least often since it came goes; of equals, the one that has been at that count longest.
//!
//! Entries of one count are a list, and the counts a list of lists: constant time (Shah, Mitra, Matani, An O(1) algorithm
//! for implementing the LFU cache eviction scheme, 2010).

use super::list::{END, Links, List};
use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// Least frequently used, as counted while in the cache.
#[derive(Clone, Debug)]
pub struct Lfu {
    links: Links,
    /// The count that each filled slot belongs to; [`END`] for an empty one.
    counts: Vec<u32>,
    /// In no order; linked by `less` and `more`.
    lists: Vec<Count>,
    free: Vec<u32>,
    least: u32,
}

/// The slots that were used so often.
#[derive(Clone, Debug, Default)]
struct Count {
    used: u64,
    slots: List,
    less: u32,
    more: u32,
}

impl Lfu {
    pub(super) fn new(_: &Space) -> Self {
        let (links, counts, lists, free) = Default::default();
        Self { links, counts, lists, free, least: END }
    }

    /// A new count between two neighbours.
    fn between(&mut self, less: u32, more: u32, used: u64) -> u32 {
        let count = Count { used, slots: List::default(), less, more };
        let place = if let Some(free) = self.free.pop() {
            self.lists[free as usize] = count;
            free
        } else {
            self.lists.push(count);
            self.lists.len() as u32 - 1
        };
        self.join(less, place);
        self.join(place, more);
        place
    }

    /// Makes two counts neighbours.
    fn join(&mut self, less: u32, more: u32) {
        match less {
            END => self.least = more,
            _ => self.lists[less as usize].more = more,
        }
        if more != END {
            self.lists[more as usize].less = less;
        }
    }

    /// Takes a slot out of its count, which goes with its last one.
    fn leave(&mut self, slot: u32, place: u32) {
        let count = &mut self.lists[place as usize];
        count.slots.remove(&mut self.links, slot, 1);
        if count.slots.is_empty() {
            let (less, more) = (count.less, count.more);
            self.join(less, more);
            self.free.push(place);
        }
    }

    fn enter(&mut self, slot: u32, place: u32) {
        self.lists[place as usize].slots.push(&mut self.links, slot, 1);
        self.counts[slot as usize] = place;
    }
}

impl Policy for Lfu {
    fn reserve(&mut self, slots: usize) {
        self.links.reserve(slots);
        if slots > self.counts.len() {
            self.counts.resize(slots, END);
        }
    }

    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        self.links.warm(slot) ^ self.counts[slot as usize]
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let place = self.counts[slot as usize];
        if place == END {
            return false;
        }
        let count = &mut self.lists[place as usize];
        let (used, more) = (count.used + 1, count.more);
        let next_is_more = more == END || self.lists[more as usize].used != used;
        let count = &mut self.lists[place as usize];
        if next_is_more && count.slots.oldest == count.slots.newest {
            count.used = used; // it is alone: its count goes up with it
            return true;
        }
        let next = if next_is_more { self.between(place, more, used) } else { more };
        self.leave(slot, place);
        self.enter(slot, next);
        true
    }

    #[inline]
    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let victim = self.lists.get(self.least as usize)?.slots.first()?;
        self.remove(victim);
        Some(victim)
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        let least = self.least;
        let once = match self.lists.get(least as usize) {
            Some(count) if count.used == 1 => least,
            _ => self.between(END, least, 1),
        };
        self.enter(slot, once);
    }

    #[inline]
    fn remove(&mut self, slot: u32) {
        let place = std::mem::replace(&mut self.counts[slot as usize], END);
        self.leave(slot, place);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.counts[slot as usize] != END
    }
}
