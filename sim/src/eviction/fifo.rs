//! `fifo`: the entry that came first goes, however often it was read.

use super::list::{Links, List};
use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// First in, first out.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    links: Links,
    queue: List,
}

impl Fifo {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Fifo {
    fn reserve(&mut self, slots: usize) {
        self.links.reserve(slots);
    }

    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        self.links.warm(slot)
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.links.has(slot)
    }

    #[inline]
    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let victim = self.queue.first()?;
        self.remove(victim);
        Some(victim)
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        self.queue.push(&mut self.links, slot, 1);
    }

    #[inline]
    fn remove(&mut self, slot: u32) {
        self.queue.remove(&mut self.links, slot, 1);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.links.has(slot)
    }
}
