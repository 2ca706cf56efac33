//! `clock`: first in, first out, but an entry that was read since it came gets a second turn.
//!
//! One bit an entry (Corbato, A paging experiment with the Multics system, 1968); also known as FIFO-reinsertion.

use super::list::{Links, List};
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

const EMPTY: u8 = 0;
const UNREAD: u8 = 1;
const READ: u8 = 2;

/// The clock with one bit.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// A byte a slot, so that a hit touches nothing else.
    state: Vec<u8>,
    links: Links,
    queue: List,
}

impl Clock {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Clock {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.state, slots);
        self.links.reserve(slots);
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
            let oldest = self.queue.first()?;
            if self.state[oldest as usize] == UNREAD {
                self.remove(oldest);
                return Some(oldest);
            }
            self.state[oldest as usize] = UNREAD;
            self.queue.renew(&mut self.links, oldest);
        }
    }

    #[inline]
    fn insert(&mut self, slot: u32, _: Filling) {
        self.state[slot as usize] = UNREAD;
        self.queue.push(&mut self.links, slot, 1);
    }

    #[inline]
    fn remove(&mut self, slot: u32) {
        self.state[slot as usize] = EMPTY;
        self.queue.remove(&mut self.links, slot, 1);
    }

    fn knows(&self, slot: u32) -> bool {
        self.state[slot as usize] != EMPTY
    }
}
