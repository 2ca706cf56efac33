//! `belady`: the entry that is asked for again last goes. No policy misses less often; only a replay can know it.
//!
//! Belady, A study of replacement algorithms for a virtual-storage computer, IBM Systems Journal 5(2), 1966. Whoever
//! comes is always taken in, also if it is itself the one that is not asked for again for longest.

use std::collections::BinaryHeap;
use std::sync::Arc;

use super::{Filling, Policy};
use crate::time::Nanos;

/// The slot is empty.
const EMPTY: u32 = 0;

/// The optimal policy, which knows what will be asked for.
#[derive(Clone, Debug)]
pub struct Belady {
    /// For each request the number of the next for the same slot, from 1; `u32::MAX` if there is none.
    next: Arc<[u32]>,
    /// Requests seen: each is one touch.
    at: usize,
    /// When each filled slot is asked for again.
    again: Vec<u32>,
    /// The same, latest first; what a slot no longer has is passed over.
    order: BinaryHeap<(u32, u32)>,
}

impl Belady {
    /// For requests whose next ones are these.
    #[must_use]
    pub fn new(next: Arc<[u32]>) -> Self {
        Self { next, at: 0, again: Vec::new(), order: BinaryHeap::new() }
    }

    /// For each of these requests the number of the next for the same slot, from 1; `u32::MAX` if there is none.
    ///
    /// # Panics
    /// With 2^32 - 1 requests or more.
    #[must_use]
    pub fn next_uses(slots: &[u32], distinct: usize) -> Arc<[u32]> {
        assert!(slots.len() < u32::MAX as usize, "too many requests to look ahead");
        let (mut last, mut next) = (vec![u32::MAX; distinct], vec![0; slots.len()]);
        for (number, slot) in slots.iter().enumerate().rev() {
            next[number] = std::mem::replace(&mut last[*slot as usize], number as u32 + 1);
        }
        next.into()
    }

    fn note(&mut self, slot: u32) {
        let again = self.next[self.at - 1];
        self.again[slot as usize] = again;
        self.order.push((again, slot));
    }
}

impl Policy for Belady {
    fn reserve(&mut self, slots: usize) {
        if slots > self.again.len() {
            self.again.resize(slots, EMPTY);
        }
    }

    #[inline]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.at += 1;
        let filled = self.again[slot as usize] != EMPTY;
        if filled {
            self.note(slot);
        }
        filled
    }

    #[inline]
    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        while let Some((again, slot)) = self.order.pop() {
            if self.again[slot as usize] == again {
                self.again[slot as usize] = EMPTY;
                return Some(slot);
            }
        }
        None
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        self.note(slot);
    }

    fn remove(&mut self, slot: u32) {
        self.again[slot as usize] = EMPTY;
    }
}
