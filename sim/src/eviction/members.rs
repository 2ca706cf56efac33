//! The filled slots in no order, to be drawn from: what every policy that samples stands on.

use crate::random::bits;

/// No place.
const NONE: u32 = u32::MAX;

/// Slots to draw from.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    slots: Vec<u32>,
    /// For each slot its place among them.
    places: Vec<u32>,
    /// The number of the next draw. A cache draws the same in every lane and on every run.
    draws: u64,
}

impl Members {
    /// Slots below this number may come.
    pub(super) fn reserve(&mut self, slots: usize) {
        if slots > self.places.len() {
            self.places.resize(slots, NONE);
        }
    }

    #[inline(always)]
    pub(super) fn has(&self, slot: u32) -> bool {
        self.places[slot as usize] != NONE
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn insert(&mut self, slot: u32) {
        self.places[slot as usize] = self.slots.len() as u32;
        self.slots.push(slot);
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let place = std::mem::replace(&mut self.places[slot as usize], NONE);
        self.slots.swap_remove(place as usize);
        if let Some(moved) = self.slots.get(place as usize) {
            self.places[*moved as usize] = place;
        }
    }

    /// Any of them, with equal chances.
    pub(super) fn draw(&mut self) -> Option<u32> {
        let place = (u128::from(self.bits()) * self.slots.len() as u128) >> 64;
        self.slots.get(place as usize).copied()
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.draws += 1;
        bits(0, self.draws, 0)
    }
}
