//! The miss-ratio curve of LRU at every size, exactly and in one pass.
//!
//! A request hits an LRU of c entries if fewer than c other keys were asked for since the same key was (Mattson, Gecsei,
//! Slutz and Traiger, Evaluation techniques for storage hierarchies, IBM Systems Journal 9(2), 1970). The distances are
//! counted with a Fenwick tree over the last requests of all keys (Bennett and Kruskal, 1975; Fenwick, 1994), numbered anew
//! when the tree is full: memory depends on the keys, not on the length of the trace.

/// Never asked for.
const NEVER: u32 = 0;

/// How many requests had which stack distance.
#[derive(Clone, Debug)]
pub struct StackDistances {
    /// Where each slot's last request stands in the tree, from 1.
    last: Vec<u32>,
    /// Sums of ones, one at each last request.
    tree: Vec<u32>,
    /// The number of the next request in the tree.
    next: u32,
    /// Slots asked for.
    seen: u32,
    /// Requests by distance: 1 is the same key again at once.
    counts: Vec<u64>,
    requests: u64,
}

impl Default for StackDistances {
    fn default() -> Self {
        let (last, counts) = (Vec::new(), vec![0; 2]);
        Self { last, tree: vec![0; 1 << 10], next: 1, seen: 0, counts, requests: 0 }
    }
}

impl StackDistances {
    /// These slots were asked for, in order; all are below `slots`.
    pub fn feed(&mut self, asked: &[u32], slots: usize) {
        self.last.resize(slots.max(self.last.len()), NEVER);
        self.counts.resize(slots.max(self.counts.len() - 2) + 2, 0);
        asked.iter().for_each(|slot| self.access(*slot));
        self.requests += asked.len() as u64;
    }

    fn access(&mut self, slot: u32) {
        if self.next as usize == self.tree.len() {
            self.renumber();
        }
        let before = std::mem::replace(&mut self.last[slot as usize], self.next);
        if before == NEVER {
            self.seen += 1;
        } else {
            let since = self.seen - self.sum(before) + 1;
            self.counts[since as usize] += 1;
            self.add(before, u32::MAX); // one less
        }
        self.add(self.next, 1);
        self.next += 1;
    }

    fn add(&mut self, mut at: u32, value: u32) {
        while (at as usize) < self.tree.len() {
            let sum = &mut self.tree[at as usize];
            *sum = sum.wrapping_add(value);
            at += at & at.wrapping_neg();
        }
    }

    fn sum(&self, mut at: u32) -> u32 {
        let mut sum = 0_u32;
        while at > 0 {
            sum = sum.wrapping_add(self.tree[at as usize]);
            at &= at - 1;
        }
        sum
    }

    /// Numbers the last requests from 1, in their order, in a tree of twice as many or more.
    fn renumber(&mut self) {
        let mut holders = vec![u32::MAX; self.tree.len()];
        for (slot, last) in (0..).zip(&self.last) {
            if *last != NEVER {
                holders[*last as usize] = slot;
            }
        }
        self.next = 1;
        for slot in holders.into_iter().filter(|slot| *slot != u32::MAX) {
            self.last[slot as usize] = self.next;
            self.next += 1;
        }
        self.tree = vec![0; (self.seen as usize * 2).max(1 << 10) + 1];
        for at in 1..self.tree.len() as u32 {
            self.tree[at as usize] += u32::from(at < self.next);
            let parent = (at + (at & at.wrapping_neg())) as usize;
            if parent < self.tree.len() {
                self.tree[parent] += self.tree[at as usize];
            }
        }
    }

    /// Requests seen.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Misses of an LRU of so many entries.
    #[must_use]
    pub fn misses(&self, entries: u64) -> u64 {
        let most = (entries as usize).min(self.counts.len() - 1);
        self.requests - self.counts[..=most].iter().sum::<u64>()
    }

    /// Misses at each of these sizes, which ascend.
    #[must_use]
    pub fn curve(&self, sizes: &[u64]) -> Vec<u64> {
        let (mut at, mut hits) = (0, 0);
        let misses = |size: &u64| {
            let most = (*size as usize + 1).min(self.counts.len());
            hits += self.counts[at.min(most)..most].iter().sum::<u64>();
            at = most;
            self.requests - hits
        };
        sizes.iter().map(misses).collect()
    }

    /// The distance that this share of all reuses does not exceed; `None` if no key came twice.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let reuses: u64 = self.counts.iter().sum();
        let wanted = (share * reuses as f64).ceil().max(1.0) as u64;
        let mut sum = 0;
        let reaches = |count: &u64| {
            sum += count;
            sum >= wanted
        };
        self.counts.iter().position(reaches).map(|distance| distance as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eviction::{Eviction, Space};
    use crate::replay::{Batch, Request, Setting, Slots, cell};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_curve_is_what_an_lru_of_every_size_misses(ids in prop::collection::vec(prop_oneof![0..8_u64, 0..700_u64], 0..3_000)) {
            let requests: Vec<Request> = ids.iter().map(|id| Request::read(*id)).collect();
            let (mut slots, mut batch, mut distances) = (Slots::default(), Batch::default(), StackDistances::default());
            batch.refill(&requests, &mut slots, false);
            for some in batch.slots.chunks(100) {
                distances.feed(some, slots.distinct());
            }
            let sizes = [1, 2, 5, 40, 300, 1_000];
            for (size, misses) in sizes.iter().zip(distances.curve(&sizes)) {
                let mut lru = cell(Eviction::Lru, &Space::entries(*size), &Setting::default());
                lru.feed(&batch, slots.distinct());
                prop_assert_eq!(misses, lru.tally().misses);
                prop_assert_eq!(misses, distances.misses(*size));
            }
        }
    }

    #[test]
    fn quantiles_are_of_reuses_only() {
        let mut distances = StackDistances::default();
        distances.feed(&[0, 0, 0, 1, 2, 0], 3);
        assert_eq!(distances.quantile(0.5), Some(1));
        assert_eq!(distances.quantile(1.0), Some(3));
        assert_eq!(StackDistances::default().quantile(0.5), None);
    }
}
