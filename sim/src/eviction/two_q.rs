//! `2q`: newcomers queue apart, and only what is asked for again after it went gets into the main part.
//!
//! Johnson and Shasha, 2Q: a low overhead high performance buffer management replacement algorithm, VLDB 1994, the full
//! version: a first-in first-out queue of a quarter, a main part under LRU, and the names of what left the queue, half
//! as many as fit. These are libCacheSim's parameters.

use super::list::{Links, List};
use super::weight::Weights;
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

const NOWHERE: u8 = 0;
const GONE: u8 = 1;
const QUEUE: u8 = 2;
const MAIN: u8 = 3;

/// Two queues.
#[derive(Clone, Debug, Default)]
pub struct TwoQ<W> {
    place: Vec<u8>,
    links: Links,
    /// By place; the first is none.
    lists: [List; 4],
    weights: W,
    /// What each may weigh, by place; the queue may weigh more while the main part does not need the room.
    limits: [u64; 4],
    /// The slot on its way in whose name was known.
    known: Option<u32>,
    surplus: Vec<u32>,
}

impl<W: Weights> TwoQ<W> {
    pub(super) fn new(space: &Space) -> Self {
        let (queue, gone) = (space.share(0.25), space.share(0.5));
        Self { limits: [0, gone, queue, space.capacity - queue], ..Self::default() }
    }

    fn shift(&mut self, slot: u32, to: u8) {
        let weight = self.weights.of(slot);
        let from = std::mem::replace(&mut self.place[slot as usize], to);
        if from != NOWHERE {
            self.lists[from as usize].remove(&mut self.links, slot, weight);
        }
        if to != NOWHERE {
            self.lists[to as usize].push(&mut self.links, slot, weight);
        }
    }

    /// Deals with the name of a slot on its way in.
    fn recall(&mut self, slot: u32) {
        if self.place.get(slot as usize) == Some(&GONE) {
            self.shift(slot, NOWHERE);
            self.known = Some(slot);
        }
    }

    /// A slot of the queue leaves its name, if there is room for names at all.
    fn leave_name(&mut self, slot: u32) {
        let weight = self.weights.of(slot);
        if weight > self.limits[GONE as usize] {
            self.shift(slot, NOWHERE);
            return;
        }
        while self.lists[GONE as usize].weight + weight > self.limits[GONE as usize] {
            self.shift(self.lists[GONE as usize].oldest, NOWHERE);
        }
        self.shift(slot, GONE);
    }
}

impl<W: Weights> Policy for TwoQ<W> {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.place, slots);
        self.links.reserve(slots);
        self.weights.reserve(slots);
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let place = self.place[slot as usize];
        if place == MAIN {
            self.lists[MAIN as usize].renew(&mut self.links, slot);
        }
        place >= QUEUE
    }

    fn evict(&mut self, coming: u32, _: Nanos) -> Option<u32> {
        self.recall(coming);
        let queue = &self.lists[QUEUE as usize];
        if queue.weight > self.limits[QUEUE as usize] || self.lists[MAIN as usize].is_empty() {
            let victim = queue.first()?;
            self.leave_name(victim);
            return Some(victim);
        }
        let victim = self.lists[MAIN as usize].first()?;
        self.shift(victim, NOWHERE);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.recall(slot);
        self.weights.note(slot, entry.weight);
        if self.known.take() != Some(slot) {
            self.shift(slot, QUEUE);
            return;
        }
        let (weight, limit) = (self.weights.of(slot), self.limits[MAIN as usize]);
        while self.lists[MAIN as usize].weight + weight > limit
            && let Some(oldest) = self.lists[MAIN as usize].first()
        {
            self.shift(oldest, NOWHERE);
            self.surplus.push(oldest);
        }
        self.shift(slot, MAIN);
    }

    fn remove(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }

    fn knows(&self, slot: u32) -> bool {
        self.place[slot as usize] != NOWHERE
    }

    fn forget(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }

    fn surplus(&mut self) -> Option<u32> {
        self.surplus.pop()
    }
}
