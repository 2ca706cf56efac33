//! `memcached`: the segmented LRU of memcached 1.5 and later: hot, warm and cold.
//!
//! doc/new_lru.txt and lru_pull_tail of items.c, one slab class, with the defaults: hot 20 % and warm 40 % of what is
//! stored, and no older than 0.2 and 2 times the coldest. An entry is active from its second read on. Active ones go on to
//! warm, or round in it; the others sink to cold, where the oldest goes. The server's maintenance thread moves entries a
//! little later than the model, which does it when something is stored.

use super::list::{Links, List};
use super::weight::Weights;
use super::{Filling, Policy, Space};
use crate::time::Nanos;

const NOWHERE: u8 = 0;
const HOT: u8 = 1;
const WARM: u8 = 2;
const COLD: u8 = 3;

/// What may be in hot and in warm: percent of all that is stored, and the age as a multiple of the coldest's.
const LIMITS: [(u8, u64, f64); 2] = [(HOT, 20, 0.2), (WARM, 40, 2.0)];

/// What is known of an entry.
#[derive(Copy, Clone, Debug, Default)]
struct Item {
    place: u8,
    fetched: bool,
    active: bool,
    /// When it was last read, in seconds; or stored, if it was not.
    used: u32,
}

/// Memcached's own policy.
#[derive(Clone, Debug, Default)]
pub struct Memcached<W> {
    items: Vec<Item>,
    links: Links,
    /// By place; the first is none.
    lists: [List; 4],
    weights: W,
}

impl<W: Weights> Memcached<W> {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }

    fn shift(&mut self, slot: u32, to: u8) {
        let weight = self.weights.of(slot);
        let from = std::mem::replace(&mut self.items[slot as usize].place, to);
        if from != NOWHERE {
            self.lists[from as usize].remove(&mut self.links, slot, weight);
        }
        if to != NOWHERE {
            self.lists[to as usize].push(&mut self.links, slot, weight);
        }
    }

    /// An active entry goes on to warm, and has to be read again to stay there.
    fn warm_up(&mut self, slot: u32) {
        self.items[slot as usize].active = false;
        self.shift(slot, WARM);
    }

    /// What hot and warm have too much, or too old, sinks to cold.
    fn maintain(&mut self, now: Nanos) {
        let now = now.as_secs() as u32;
        let all: u64 = self.lists.iter().map(|list| list.weight).sum();
        let age = |items: &[Item], slot: u32| now.saturating_sub(items[slot as usize].used);
        for (place, percent, factor) in LIMITS {
            let coldest = self.lists[COLD as usize].first();
            let oldest_age =
                coldest.map_or(f64::MAX, |slot| f64::from(age(&self.items, slot)) * factor);
            let mut turns = self.lists[place as usize].weight;
            while turns > 0
                && let Some(oldest) = self.lists[place as usize].first()
            {
                turns = turns.saturating_sub(self.weights.of(oldest).max(1));
                let too_much = self.lists[place as usize].weight > all * percent / 100;
                if self.items[oldest as usize].active {
                    self.warm_up(oldest);
                } else if too_much || f64::from(age(&self.items, oldest)) > oldest_age {
                    self.shift(oldest, COLD);
                } else {
                    break;
                }
            }
        }
    }
}

impl<W: Weights> Policy for Memcached<W> {
    fn reserve(&mut self, slots: usize) {
        if slots > self.items.len() {
            self.items.resize(slots, Item::default());
        }
        self.links.reserve(slots);
        self.weights.reserve(slots);
    }

    fn touch(&mut self, slot: u32, now: Nanos) -> bool {
        let item = &mut self.items[slot as usize];
        if item.place == NOWHERE {
            return false;
        }
        if item.fetched {
            item.active = true;
        }
        item.fetched = true;
        item.used = now.as_secs() as u32;
        if item.active && item.place == COLD {
            self.warm_up(slot); // the server's bump buffer
        }
        true
    }

    fn evict(&mut self, _: u32, now: Nanos) -> Option<u32> {
        self.maintain(now);
        let victim =
            [COLD, WARM, HOT].iter().find_map(|place| self.lists[*place as usize].first())?;
        self.remove(victim);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.weights.note(slot, entry.weight);
        self.items[slot as usize] = Item { used: entry.now.as_secs() as u32, ..Item::default() };
        self.shift(slot, HOT);
        self.maintain(entry.now);
    }

    fn remove(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }

    fn knows(&self, slot: u32) -> bool {
        self.items[slot as usize].place != NOWHERE
    }
}
