//! A cell that has a trace to itself: its keys have slots only while it knows of them.
//!
//! The keys of a whole trace are many more than a small cache holds, and to look each up among all of them is most of the
//! work. Here memory and speed depend on the cache's size and not on the trace, if its policy [can
//! tell](crate::eviction::Policy::knows) what it remembers.

use super::{Batch, Cell, Request, Slots, Tally};

/// Slots in use before the first are let go, at least: about what a core's own caches hold of all tables together.
const FEWEST: usize = 1 << 15;
/// Slots in use before the unknown are let go, for each known one. With more, fewer of them are in the caches; with fewer,
/// the known ones are gone through too often.
const FOR_EACH_KNOWN: usize = 2;

/// A cell, and the slots of the keys that it knows.
pub struct Lone {
    cell: Box<dyn Cell>,
    slots: Slots,
    /// Slots in use that are too many.
    limit: usize,
    /// Whether every key that ever came still has its slot.
    all_kept: bool,
    batch: Batch,
}

impl Lone {
    /// Nothing has been asked for.
    #[must_use]
    pub fn new(cell: Box<dyn Cell>) -> Self {
        let (slots, batch) = (Slots::default(), Batch::default());
        Self { cell, slots, limit: FEWEST, all_kept: true, batch }
    }

    /// Takes these requests in.
    pub fn feed(&mut self, requests: &[Request]) {
        self.batch.refill(requests, &mut self.slots, self.cell.wants_details());
        self.cell.feed(&self.batch, self.slots.distinct());
        if self.slots.used() > self.limit {
            self.cell.prune(&mut self.slots);
            self.all_kept &= self.slots.used() == self.slots.distinct();
            self.limit = (self.slots.used() * FOR_EACH_KNOWN).max(FEWEST);
        }
    }

    /// How many different keys there were; `None` if some were let go of.
    #[must_use]
    pub fn distinct(&self) -> Option<u64> {
        self.all_kept.then_some(self.slots.distinct() as u64)
    }

    /// What came of all requests.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.cell.tally()
    }
}

impl std::fmt::Debug for Lone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lone").field("tally", &self.tally()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eviction::{Eviction, Space};
    use crate::random::bits;
    use crate::replay::{Setting, cell};
    use crate::time::Nanos;

    const SEED: u64 = 7;

    /// 200,000 requests for 60,000 keys, the lower ones more often; only after a while, and then again, for the rest.
    fn requests() -> Vec<Request> {
        let id = |n: u64| {
            let draw = bits(SEED, n, 1);
            let range = if draw.is_multiple_of(3) { 60_000 } else { 1_500 };
            (draw >> 32) % range * (1 + n / 100_000 % 2)
        };
        let request = |n| Request { time: Nanos::from_millis(n), ..Request::read(id(n)) };
        (0..200_000).map(request).collect()
    }

    #[test]
    fn alone_every_policy_counts_what_it_counts_when_all_keys_keep_their_slots() {
        let requests = requests();
        for eviction in Eviction::ALL {
            for size in [1, 30, 1_000, 20_000] {
                let build = || cell(*eviction, &Space::entries(size), &Setting::default());
                let (mut lone, mut among) = (Lone::new(build()), build());
                let (mut slots, mut batch) = (Slots::default(), Batch::default());
                for some in requests.chunks(1_000) {
                    lone.feed(some);
                    batch.refill(some, &mut slots, among.wants_details());
                    among.feed(&batch, slots.distinct());
                }
                assert_eq!(lone.tally(), among.tally(), "{} {size}, seed {SEED}", eviction.name());
                let distinct = slots.distinct() as u64;
                assert!(lone.distinct().is_none_or(|told| told == distinct), "{}", eviction.name());
            }
        }
    }

    #[test]
    fn slots_stay_few_however_many_keys_a_trace_has() {
        let mut lone = Lone::new(cell(Eviction::Lru, &Space::entries(100), &Setting::default()));
        let requests: Vec<Request> = (0..1_000_000).map(Request::read).collect();
        requests.chunks(1_000).for_each(|some| lone.feed(some));
        assert_eq!((lone.tally().misses, lone.distinct()), (1_000_000, None));
        assert!(lone.slots.distinct() <= FEWEST + 1_000, "{} slots", lone.slots.distinct());
    }
}
