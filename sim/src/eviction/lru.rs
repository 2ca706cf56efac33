//! `lru`: the least recently used entry goes.

use super::list::{Links, List};
use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// Least recently used.
#[derive(Clone, Debug, Default)]
pub struct Lru {
    links: Links,
    used: List,
}

impl Lru {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Lru {
    fn reserve(&mut self, slots: usize) {
        self.links.reserve(slots);
    }

    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        self.links.warm(slot)
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let filled = self.links.has(slot);
        if filled {
            self.used.renew(&mut self.links, slot);
        }
        filled
    }

    #[inline]
    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let victim = self.used.first()?;
        self.remove(victim);
        Some(victim)
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        self.used.push(&mut self.links, slot, 1);
    }

    #[inline]
    fn remove(&mut self, slot: u32) {
        self.used.remove(&mut self.links, slot, 1);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.links.has(slot)
    }
}
