//! `none`: nothing goes, and a full cache takes nothing in. Redis' noeviction, which answers writes with an error.

use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

/// No eviction at all.
#[derive(Clone, Debug, Default)]
pub struct Never {
    filled: Vec<u8>,
}

impl Never {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Never {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.filled, slots);
    }

    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.filled[slot as usize] != 0
    }

    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        None
    }

    fn insert(&mut self, slot: u32, _: Filling) {
        self.filled[slot as usize] = 1;
    }

    fn remove(&mut self, slot: u32) {
        self.filled[slot as usize] = 0;
    }

    fn knows(&self, slot: u32) -> bool {
        self.filled[slot as usize] != 0
    }
}
