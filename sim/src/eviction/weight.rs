//! What entries weigh, for policies whose parts have limits of their own.
//!
//! A cache that counts entries costs nothing for it: [`Alike`] is empty, and the compiler knows every weight.

use std::fmt::Debug;

/// The weights of the slots.
pub trait Weights: Default + Debug + Send {
    /// Slots below this number may come.
    fn reserve(&mut self, slots: usize);
    /// A slot's entry weighs so much.
    fn note(&mut self, slot: u32, weight: u32);
    /// What the slot's entry weighs, or did.
    fn of(&self, slot: u32) -> u64;
}

/// Every entry weighs 1.
#[derive(Copy, Clone, Debug, Default)]
pub struct Alike;

/// Entries weigh what they were noted to weigh.
#[derive(Clone, Debug, Default)]
pub struct Noted(Vec<u32>);

impl Weights for Alike {
    fn reserve(&mut self, _: usize) {}

    fn note(&mut self, _: u32, _: u32) {}

    #[inline(always)]
    fn of(&self, _: u32) -> u64 {
        1
    }
}

impl Weights for Noted {
    fn reserve(&mut self, slots: usize) {
        if slots > self.0.len() {
            self.0.resize(slots, 0);
        }
    }

    fn note(&mut self, slot: u32, weight: u32) {
        self.0[slot as usize] = weight;
    }

    fn of(&self, slot: u32) -> u64 {
        u64::from(self.0[slot as usize])
    }
}
