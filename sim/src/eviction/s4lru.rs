//! `s4lru`: four lists of a quarter each; every hit lifts an entry by one.
//!
//! Huang and others, An analysis of Facebook photo caching, SOSP 2013; its lists as [`Segments`] has them.

use super::segments::Segments;
use super::weight::Weights;
use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// Four-fold segmented LRU.
#[derive(Clone, Debug, Default)]
pub struct S4Lru<W> {
    segments: Segments,
    weights: W,
    surplus: Vec<u32>,
}

impl<W: Weights> S4Lru<W> {
    pub(super) fn new(space: &Space) -> Self {
        Self { segments: Segments::new([space.capacity / 4; 4]), ..Self::default() }
    }
}

impl<W: Weights> Policy for S4Lru<W> {
    fn reserve(&mut self, slots: usize) {
        self.segments.reserve(slots);
        self.weights.reserve(slots);
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let filled = self.segments.has(slot);
        if filled {
            self.segments.lift(slot, &self.weights, &mut self.surplus);
        }
        filled
    }

    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let victim = self.segments.victim()?;
        self.remove(victim);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.weights.note(slot, entry.weight);
        self.segments.insert(slot, &self.weights);
    }

    fn remove(&mut self, slot: u32) {
        self.segments.remove(slot, &self.weights);
    }

    fn knows(&self, slot: u32) -> bool {
        self.segments.has(slot)
    }

    #[inline(always)]
    fn surplus(&mut self) -> Option<u32> {
        self.surplus.pop()
    }
}
