//! Segmented LRU: lists one above the other; a hit lifts an entry by one, and what a list has too much sinks by one.
//!
//! Karedla, Love and Wherry, Caching strategies to improve disk system performance, IEEE Computer 27(3), 1994. As
//! libCacheSim has it: newcomers go into the lowest list that has room, so that a cache fills all of them first.

use super::grow;
use super::list::{Links, List};
use super::weight::Weights;

/// No list.
const NOWHERE: u8 = 0;

/// The lists, numbered from 1, lowest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    place: Vec<u8>,
    pub(super) links: Links,
    lists: Vec<List>,
    limits: Vec<u64>,
}

impl Segments {
    /// Lists that may weigh so much, lowest first.
    pub(super) fn new(limits: impl IntoIterator<Item = u64>) -> Self {
        let limits: Vec<u64> =
            [0].into_iter().chain(limits.into_iter().map(|n| n.max(1))).collect();
        Self { lists: vec![List::default(); limits.len()], limits, ..Self::default() }
    }

    pub(super) fn reserve(&mut self, slots: usize) {
        grow(&mut self.place, slots);
        self.links.reserve(slots);
    }

    /// What all lists weigh together.
    pub(super) fn weight(&self) -> u64 {
        self.lists.iter().map(|list| list.weight).sum()
    }

    #[inline(always)]
    pub(super) fn has(&self, slot: u32) -> bool {
        self.place[slot as usize] != NOWHERE
    }

    /// A slot that is in one of the lists was used. What falls out at the bottom is pushed to `surplus`.
    pub(super) fn lift(&mut self, slot: u32, weights: &impl Weights, surplus: &mut Vec<u32>) {
        let place = self.place[slot as usize] as usize;
        if place + 1 == self.lists.len() {
            self.lists[place].renew(&mut self.links, slot);
            return;
        }
        self.shift(slot, place as u8 + 1, weights);
        self.settle(place + 1, weights, surplus);
    }

    /// What a list has too much sinks, and so on downwards.
    fn settle(&mut self, place: usize, weights: &impl Weights, surplus: &mut Vec<u32>) {
        while self.lists[place].weight > self.limits[place] {
            if place > 1 {
                self.shift(self.lists[place].oldest, place as u8 - 1, weights);
                self.settle(place - 1, weights, surplus);
            } else if let Some(victim) = self.victim() {
                self.shift(victim, NOWHERE, weights);
                surplus.push(victim);
            }
        }
    }

    /// A slot comes into the lowest list that has room, else into the lowest.
    pub(super) fn insert(&mut self, slot: u32, weights: &impl Weights) {
        let weight = weights.of(slot);
        let room = |place: &usize| self.lists[*place].weight + weight <= self.limits[*place];
        let place = (1..self.lists.len()).find(room).unwrap_or(1);
        self.shift(slot, place as u8, weights);
    }

    /// The oldest of the lowest list that has any.
    pub(super) fn victim(&self) -> Option<u32> {
        self.lists[1..].iter().find_map(List::first)
    }

    pub(super) fn remove(&mut self, slot: u32, weights: &impl Weights) {
        self.shift(slot, NOWHERE, weights);
    }

    fn shift(&mut self, slot: u32, to: u8, weights: &impl Weights) {
        let weight = weights.of(slot);
        let from = std::mem::replace(&mut self.place[slot as usize], to);
        if from != NOWHERE {
            self.lists[from as usize].remove(&mut self.links, slot, weight);
        }
        if to != NOWHERE {
            self.lists[to as usize].push(&mut self.links, slot, weight);
        }
    }
}
