//! Futures of one type in recycled slots: no allocation a request.

use std::pin::Pin;

/// Pinned slots. Each is boxed once and used again.
#[derive(Debug)]
pub(super) struct Slab<F> {
    slots: Vec<Pin<Box<Option<F>>>>,
    free: Vec<u32>,
}

impl<F> Slab<F> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// The slot that [`Slab::fill`] will use next.
    pub(super) fn reserve(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(Box::pin(None));
            self.slots.len() as u32 - 1
        })
    }

    /// Puts a future into a reserved slot.
    pub(super) fn fill(&mut self, slot: u32, future: F) {
        self.slots[slot as usize].as_mut().set(Some(future));
    }

    /// The future in a slot, if one lives there.
    pub(super) fn get(&mut self, slot: u32) -> Option<Pin<&mut F>> {
        self.slots[slot as usize].as_mut().as_pin_mut()
    }

    /// Drops the future in a slot, which stays reserved.
    pub(super) fn clear(&mut self, slot: u32) {
        self.slots[slot as usize].as_mut().set(None);
    }

    /// Gives an empty slot back.
    pub(super) fn release(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// How many slots are in use.
    pub(super) fn in_use(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The slots in which a future lives.
    pub(super) fn living(&self) -> Vec<u32> {
        (0..self.slots.len() as u32).filter(|slot| self.slots[*slot as usize].is_some()).collect()
    }
}
