//! `random`: any entry goes, with equal chances. Redis' allkeys-random.
//!
//! A key that is read all the time goes as easily as one that nobody wants: a version counter, for example, before the
//! old values that it hides.

use super::members::Members;
use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// Any entry.
#[derive(Clone, Debug, Default)]
pub struct Random {
    members: Members,
}

impl Random {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Random {
    fn reserve(&mut self, slots: usize) {
        self.members.reserve(slots);
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.members.has(slot)
    }

    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let victim = self.members.draw()?;
        self.members.remove(victim);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, _: Filling) {
        self.members.insert(slot);
    }

    fn remove(&mut self, slot: u32) {
        self.members.remove(slot);
    }

    fn knows(&self, slot: u32) -> bool {
        self.members.has(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_goes_as_often_as_any_other() {
        let (mut random, mut gone) = (Random::default(), [0_u32; 10]);
        random.reserve(10);
        (0..10).for_each(|slot| random.insert(slot, Filling::default()));
        for _ in 0..20_000 {
            let victim = random.evict(0, Nanos::ZERO).unwrap();
            gone[victim as usize] += 1;
            random.insert(victim, Filling::default());
        }
        assert!(gone.iter().all(|n| n.abs_diff(2_000) < 200), "{gone:?}");
    }
}
