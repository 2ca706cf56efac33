//! `sieve`: a hand walks from the oldest entry to the newest and takes the first that was not read since it passed.
//!
//! Unlike in `clock` nobody is moved: what survives stays where it is, so new entries are sifted quickly (Zhang, Yang,
//! Yue, Vigfusson, Rashmi, SIEVE is simpler than LRU, NSDI 2024, algorithm 1).

use super::list::{END, Links, List};
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

const EMPTY: u8 = 0;
const UNREAD: u8 = 1;
const READ: u8 = 2;

/// The sieve.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// A byte a slot, so that a hit touches nothing else.
    state: Vec<u8>,
    links: Links,
    queue: List,
    /// Where the hand goes on; at the end, with the oldest.
    hand: u32,
}

impl Sieve {
    pub(super) fn new(_: &Space) -> Self {
        Self { state: Vec::new(), links: Links::default(), queue: List::default(), hand: END }
    }
}

impl Policy for Sieve {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.state, slots);
        self.links.reserve(slots);
    }

    /// A hit needs no neighbours, and of one that comes they are only written.
    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        u32::from(self.state[slot as usize])
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let state = &mut self.state[slot as usize];
        let filled = *state != EMPTY;
        if filled {
            *state = READ;
        }
        filled
    }

    #[inline]
    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        loop {
            let at = if self.hand == END { self.queue.first()? } else { self.hand };
            if self.state[at as usize] == UNREAD {
                self.hand = at;
                self.remove(at);
                return Some(at);
            }
            self.state[at as usize] = UNREAD;
            self.hand = self.links.newer(at);
        }
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        self.state[slot as usize] = UNREAD;
        self.queue.push(&mut self.links, slot, 1);
    }

    #[inline]
    fn remove(&mut self, slot: u32) {
        if self.hand == slot {
            self.hand = self.links.newer(slot);
        }
        self.state[slot as usize] = EMPTY;
        self.queue.remove(&mut self.links, slot, 1);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.state[slot as usize] != EMPTY
    }
}
