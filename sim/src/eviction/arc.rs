//! `arc`: balances recency against frequency by what it regrets to have evicted.
//!
//! Two lists of entries (seen once, seen again) and two of the names of what went from each; a name that is asked for
//! again moves the target between them. Megiddo and Modha, ARC: a self-tuning, low overhead replacement cache, FAST 2003,
//! figure 4, with a target that need not be whole.

use super::list::{Links, List};
use super::weight::Weights;
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

const NOWHERE: u8 = 0;
/// Entries seen once, entries seen again, and the names of what went from each.
const ONCE: u8 = 1;
const AGAIN: u8 = 2;
const ONCE_GONE: u8 = 3;
const AGAIN_GONE: u8 = 4;

/// The adaptive replacement cache.
#[derive(Clone, Debug, Default)]
pub struct Arc<W> {
    place: Vec<u8>,
    links: Links,
    /// By place; the first is none.
    lists: [List; 5],
    weights: W,
    capacity: u64,
    /// How much the entries seen once should weigh (p).
    target: f64,
    /// The slot on its way in, whose name has been dealt with, and where it will go.
    coming: Option<(u32, u8)>,
}

impl<W: Weights> Arc<W> {
    pub(super) fn new(space: &Space) -> Self {
        Self { capacity: space.capacity, ..Self::default() }
    }

    fn weight(&self, place: u8) -> u64 {
        self.lists[place as usize].weight
    }

    fn shift(&mut self, slot: u32, to: u8) {
        let weight = self.weights.of(slot);
        let from = std::mem::replace(&mut self.place[slot as usize], to);
        self.lists[from as usize].remove(&mut self.links, slot, weight);
        if to != NOWHERE {
            self.lists[to as usize].push(&mut self.links, slot, weight);
        }
    }

    /// Deals with the name of a slot on its way in, once, and says where it came from.
    fn recall(&mut self, slot: u32) -> u8 {
        if let Some((coming, from)) = self.coming
            && coming == slot
        {
            return from;
        }
        let from = self.place.get(slot as usize).copied().unwrap_or(NOWHERE);
        let (once, again) = (self.weight(ONCE_GONE) as f64, self.weight(AGAIN_GONE) as f64);
        let most = self.capacity as f64;
        match from {
            ONCE_GONE => self.target = (self.target + (again / once).max(1.0)).min(most),
            AGAIN_GONE => self.target = (self.target - (once / again).max(1.0)).max(0.0),
            _ => {}
        }
        if from != NOWHERE {
            self.shift(slot, NOWHERE);
        }
        self.coming = Some((slot, from));
        from
    }

    /// REPLACE of the paper: the oldest of one list leaves its name behind.
    fn replace(&mut self, from: u8) -> Option<u32> {
        let once = self.weight(ONCE) as f64;
        let takes_once = !self.lists[ONCE as usize].is_empty()
            && (once > self.target || (from == AGAIN_GONE && once == self.target));
        let list = if takes_once || self.lists[AGAIN as usize].is_empty() { ONCE } else { AGAIN };
        let victim = self.lists[list as usize].first()?;
        self.shift(victim, if list == ONCE { ONCE_GONE } else { AGAIN_GONE });
        Some(victim)
    }

    /// Forgets the oldest name of a list; false if there is none.
    fn forget_oldest(&mut self, list: u8) -> bool {
        let oldest = self.lists[list as usize].first();
        if let Some(slot) = oldest {
            self.shift(slot, NOWHERE);
        }
        oldest.is_some()
    }
}

impl<W: Weights> Policy for Arc<W> {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.place, slots);
        self.links.reserve(slots);
        self.weights.reserve(slots);
    }

    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        self.links.warm(slot) ^ u32::from(self.place[slot as usize])
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        match self.place[slot as usize] {
            AGAIN => self.lists[AGAIN as usize].renew(&mut self.links, slot),
            ONCE => self.shift(slot, AGAIN),
            _ => return false,
        }
        true
    }

    #[inline]
    fn evict(&mut self, coming: u32, _: Nanos) -> Option<u32> {
        let from = self.recall(coming);
        if from == NOWHERE && self.weight(ONCE) + self.weight(ONCE_GONE) >= self.capacity {
            if !self.forget_oldest(ONCE_GONE) {
                // All that was seen at all was seen once: the oldest goes without leaving its name.
                let victim = self.lists[ONCE as usize].first()?;
                self.shift(victim, NOWHERE);
                return Some(victim);
            }
        } else if from == NOWHERE {
            let all: u64 = (ONCE..=AGAIN_GONE).map(|list| self.weight(list)).sum();
            if all >= 2 * self.capacity {
                self.forget_oldest(AGAIN_GONE);
            }
        }
        self.replace(from)
    }

    #[inline]
    fn insert(&mut self, slot: u32, entry: Filling) {
        let place = if self.recall(slot) == NOWHERE { ONCE } else { AGAIN };
        self.coming = None;
        self.weights.note(slot, entry.weight);
        self.place[slot as usize] = place;
        self.lists[place as usize].push(&mut self.links, slot, self.weights.of(slot));
    }

    fn remove(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.place[slot as usize] != NOWHERE
    }

    fn forget(&mut self, slot: u32) {
        if self.place[slot as usize] != NOWHERE {
            self.shift(slot, NOWHERE);
        }
    }
}
