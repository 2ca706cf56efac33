//! `s3-fifo`: a small queue that most newcomers leave soon, a main one, and the names of what left the small one.
//!
//! Yang, Zhang, Qiu, Yue and Vigfusson, FIFO queues are all you need for cache eviction, SOSP 2023. Variants differ by
//! up to a fifth of the misses; this is the one of libCacheSim aa0fc40: small 10 %, names for 90 %, counters up to 3,
//! into the main queue after 2 hits, and the main queue is FIFO with reinsertion.

use super::list::{Links, List};
use super::weight::Weights;
use super::{Filling, Policy, Space, grow};
use crate::time::Nanos;

const NOWHERE: u8 = 0;
const GONE: u8 = 1;
const SMALL: u8 = 2;
const MAIN: u8 = 3;
/// The part of a state that is the place; above it is how often the entry was read.
const PLACE: u8 = 3;
const READ_ONCE: u8 = 4;
/// Counters go up to here.
const READ_MOST: u8 = 3 * READ_ONCE;
/// Hits that bring an entry from the small queue into the main one.
const PROMOTED: u8 = 2 * READ_ONCE;

/// Three first-in first-out queues.
#[derive(Clone, Debug, Default)]
pub struct S3Fifo<W> {
    /// A byte a slot, so that a hit touches nothing else: the place and the counter.
    state: Vec<u8>,
    links: Links,
    /// By place; the first is none.
    lists: [List; 4],
    weights: W,
    /// What the names and the main queue may weigh.
    most_gone: u64,
    most_main: u64,
    /// The slot on its way in whose name was known.
    known: Option<u32>,
}

impl<W: Weights> S3Fifo<W> {
    pub(super) fn new(space: &Space) -> Self {
        let most_main = space.capacity - space.share(0.1);
        Self { most_gone: space.share(0.9), most_main, ..Self::default() }
    }

    /// Out of its queue, and to the newest end of another.
    #[inline]
    fn shift(&mut self, slot: u32, to: u8) {
        let weight = self.weights.of(slot);
        let from = std::mem::replace(&mut self.state[slot as usize], to) & PLACE;
        let to = to & PLACE;
        if from != NOWHERE {
            self.lists[from as usize].remove(&mut self.links, slot, weight);
        }
        if to != NOWHERE {
            self.lists[to as usize].push(&mut self.links, slot, weight);
        }
    }

    /// Deals with the name of a slot on its way in.
    #[inline]
    fn recall(&mut self, slot: u32) {
        if self.state.get(slot as usize).is_some_and(|state| state & PLACE == GONE) {
            self.shift(slot, NOWHERE);
            self.known = Some(slot);
        }
    }

    /// The oldest of the small queue that is not promoted leaves its name.
    fn evict_small(&mut self) -> Option<u32> {
        loop {
            let oldest = self.lists[SMALL as usize].first()?;
            if self.state[oldest as usize] < SMALL + PROMOTED {
                self.shift(oldest, GONE);
                while self.lists[GONE as usize].weight > self.most_gone {
                    self.shift(self.lists[GONE as usize].oldest, NOWHERE);
                }
                return Some(oldest);
            }
            self.shift(oldest, MAIN);
        }
    }

    /// The oldest of the main queue that was not read; the others are put back, one reading less.
    fn evict_main(&mut self) -> Option<u32> {
        loop {
            let oldest = self.lists[MAIN as usize].first()?;
            let state = self.state[oldest as usize];
            if state < MAIN + READ_ONCE {
                self.shift(oldest, NOWHERE);
                return Some(oldest);
            }
            self.state[oldest as usize] = state - READ_ONCE;
            self.lists[MAIN as usize].renew(&mut self.links, oldest);
        }
    }
}

impl<W: Weights> Policy for S3Fifo<W> {
    fn reserve(&mut self, slots: usize) {
        grow(&mut self.state, slots);
        self.links.reserve(slots);
        self.weights.reserve(slots);
    }

    #[inline(always)]
    fn warm(&self, slot: u32) -> u32 {
        self.links.warm(slot) ^ u32::from(self.state[slot as usize])
    }

    #[inline(always)]
    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        let state = &mut self.state[slot as usize];
        let filled = *state & PLACE >= SMALL;
        if filled && *state < READ_MOST {
            *state += READ_ONCE;
        }
        filled
    }

    #[inline]
    fn evict(&mut self, coming: u32, _: Nanos) -> Option<u32> {
        self.recall(coming);
        if self.lists[MAIN as usize].weight > self.most_main {
            return self.evict_main();
        }
        self.evict_small().or_else(|| self.evict_main())
    }

    #[inline]
    fn insert(&mut self, slot: u32, entry: Filling) {
        self.recall(slot);
        self.weights.note(slot, entry.weight);
        let known = self.known.take() == Some(slot);
        self.shift(slot, if known { MAIN } else { SMALL });
    }

    fn remove(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }

    #[inline(always)]
    fn knows(&self, slot: u32) -> bool {
        self.state[slot as usize] != NOWHERE
    }

    fn forget(&mut self, slot: u32) {
        self.shift(slot, NOWHERE);
    }
}
