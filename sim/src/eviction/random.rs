//! `random`: any entry goes, with equal chances. Redis' allkeys-random.
//!
//! A key that is read all the time goes as easily as one that nobody wants: a version counter, for example, before the
//! old values that it hides.

use super::Policy;
use crate::random::bits;

/// No place.
const NONE: u32 = u32::MAX;

/// Any entry.
#[derive(Clone, Debug, Default)]
pub struct Random {
    /// The filled slots, in no order.
    slots: Vec<u32>,
    /// For each slot its place among them.
    places: Vec<u32>,
    /// How often a slot was emptied: the number of the draw. A cache draws the same in every lane and on every run.
    removed: u64,
}

impl Policy for Random {
    fn inserted(&mut self, slot: u32) {
        if slot as usize >= self.places.len() {
            self.places.resize(slot as usize + 1, NONE);
        }
        self.places[slot as usize] = self.slots.len() as u32;
        self.slots.push(slot);
    }

    fn touched(&mut self, _: u32) {}

    fn removed(&mut self, slot: u32) {
        let place = std::mem::replace(&mut self.places[slot as usize], NONE);
        self.slots.swap_remove(place as usize);
        if let Some(moved) = self.slots.get(place as usize) {
            self.places[*moved as usize] = place;
        }
        self.removed += 1;
    }

    fn victim(&self) -> Option<u32> {
        let draw = u128::from(bits(0, self.removed, 0));
        self.slots.get(((draw * self.slots.len() as u128) >> 64) as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_knows_what_is_there_and_picks_only_that(steps in prop::collection::vec((0..2_u8, 0..20_u32), 0..400)) {
            let (mut random, mut there) = (Random::default(), Vec::<u32>::new());
            for (what, slot) in steps {
                let known = there.contains(&slot);
                match (what, known) {
                    (0, false) => { random.inserted(slot); there.push(slot); }
                    (1, true) => { random.removed(slot); there.retain(|s| *s != slot); }
                    _ => {}
                }
                prop_assert_eq!(random.victim().is_some(), !there.is_empty());
                prop_assert!(random.victim().is_none_or(|victim| there.contains(&victim)));
            }
        }
    }

    #[test]
    fn every_slot_goes_as_often_as_any_other() {
        let (mut random, mut gone) = (Random::default(), [0_u32; 10]);
        (0..10).for_each(|slot| random.inserted(slot));
        for _ in 0..20_000 {
            let victim = random.victim().unwrap();
            gone[victim as usize] += 1;
            random.removed(victim);
            random.inserted(victim);
        }
        assert!(gone.iter().all(|n| n.abs_diff(2_000) < 200), "{gone:?}");
    }
}
