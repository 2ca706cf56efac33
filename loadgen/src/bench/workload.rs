//! What is asked for: the mix of operations, the keys, and which of them are there.

use std::sync::Arc;

use herdlab_sim::key::{Item, Key};
use herdlab_sim::plan::Keys;
use herdlab_sim::random::unit;
use herdlab_sim::traffic::{Items, shares};
use herdlab_sim::world::{Entry, Ttl};
use rand::Rng;

use super::operation::{Asked, KEPT, Op, value};

/// What is asked of each contender.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Operations and their weights; at least one weight is positive.
    pub mix: Vec<(Op, f64)>,
    /// Bytes a value; below 28 they are 28.
    pub value_size: u32,
    /// Which items.
    pub keys: Keys,
    /// The share of reads that shall be hits, 0 to 1.
    pub hit: f64,
    /// Items a `get_many`; at least 1.
    pub batch: u32,
    /// Of every draw.
    pub seed: u64,
}

/// A workload made ready: its tables. Cheap to clone; every user has one.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    /// Operations with the share of all draws up to and including each.
    mix: Arc<[(Op, f64)]>,
    items: Items,
    present: Arc<[bool]>,
    batch: u32,
    /// Whether counters are needed.
    counts: bool,
}

impl Draws {
    pub(super) fn new(workload: &Workload) -> Self {
        let all: f64 = workload.mix.iter().map(|(_, weight)| weight).sum();
        let mut sum = 0.0;
        let up_to = |(op, weight): &(Op, f64)| {
            sum += weight / all;
            (*op, sum)
        };
        Self {
            mix: workload.mix.iter().filter(|(_, weight)| *weight > 0.0).map(up_to).collect(),
            items: Items::new(&workload.keys),
            present: present(&workload.keys, workload.hit).into(),
            batch: workload.batch.max(1),
            counts: workload.mix.iter().any(|(op, weight)| *op == Op::Incr && *weight > 0.0),
        }
    }

    /// The next request's operation.
    #[inline]
    pub(super) fn next(&mut self, rng: &mut impl Rng) -> Asked {
        let op = self.op(rng);
        let item = self.items.next(rng);
        let more = match op {
            Op::GetMany => (1..self.batch).map(|_| self.items.next(rng)).collect(),
            _ => Vec::new(),
        };
        Asked {
            op,
            item,
            present: self.present[item.0 as usize],
            more,
            token: if op == Op::Lock { rng.next_u64() } else { 0 },
        }
    }

    #[inline]
    fn op(&self, rng: &mut impl Rng) -> Op {
        let last = self.mix.len() - 1;
        if last == 0 {
            return self.mix[0].0;
        }
        let draw = unit(rng.next_u64());
        let chosen = self.mix.iter().position(|(_, up_to)| draw <= *up_to);
        self.mix[chosen.unwrap_or(last)].0 // the shares may add up to a little less than 1
    }

    /// What a cache holds before the first round.
    pub(super) fn preloaded(&self) -> impl Iterator<Item = (Key, Entry, Ttl)> {
        let counters = if self.counts { self.present.len() } else { 0 };
        let counters =
            (0..counters as u32).map(|rank| (Item(rank).version(), Entry::token(1), KEPT));
        let there = self.present.iter().zip(0..).filter(|(there, _)| **there);
        there.map(|(_, rank)| (Item(rank).key(), value(Item(rank)), KEPT)).chain(counters)
    }
}

/// Which items to preload for that share of hits: along the ranks, an item is taken if that brings the share so far
/// nearer to what it should be. So the shares differ by no more than half of the least popular item's, as long as no
/// single item is more popular than all that follow it.
fn present(keys: &Keys, hit: f64) -> Vec<bool> {
    let (mut wanted, mut held) = (0.0, 0.0);
    let take = |share: f64| {
        wanted += share * hit;
        let take = hit >= 1.0 || held + share / 2.0 < wanted;
        held += if take { share } else { 0.0 };
        take
    };
    shares(keys).into_iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::random::generator;
    use std::collections::BTreeMap;

    fn workload(mix: &[(Op, f64)], hit: f64) -> Workload {
        let keys = Keys::Zipf { exponent: 1.0, count: 10_000 };
        Workload { mix: mix.to_vec(), value_size: 32, keys, hit, batch: 10, seed: 42 }
    }

    #[test]
    fn the_preloaded_items_have_the_share_of_hits_that_was_asked_for() {
        for exponent in [0.0, 0.8, 1.0, 1.2] {
            let keys = Keys::Zipf { exponent, count: 10_000 };
            for hit in [0.0, 0.05, 0.5, 0.9, 0.99, 1.0] {
                let there = present(&keys, hit);
                let held: f64 =
                    shares(&keys).iter().zip(&there).filter(|(_, t)| **t).map(|(s, _)| s).sum();
                assert!((held - hit).abs() < 1e-3, "zipf {exponent}: {held} for {hit}");
            }
        }
    }

    #[test]
    fn operations_are_drawn_by_their_weights() {
        let mut draws =
            Draws::new(&workload(&[(Op::Get, 95.0), (Op::Set, 5.0), (Op::Add, 0.0)], 1.0));
        let (mut rng, mut counts) = (generator(42, 0, 0), BTreeMap::<&str, u32>::new());
        for _ in 0..100_000 {
            *counts.entry(draws.next(&mut rng).op.name()).or_default() += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), ["get", "set"]);
        let sets = f64::from(counts["set"]) / 100_000.0;
        assert!((sets - 0.05).abs() < 0.003, "{sets}, seed 42");
    }

    #[test]
    fn what_is_preloaded_is_what_will_be_found() {
        let mut draws = Draws::new(&workload(&[(Op::GetMany, 1.0)], 0.9));
        let there: Vec<u32> = draws.preloaded().map(|(key, ..)| key.item.0).collect();
        let mut rng = generator(42, 0, 0);
        for _ in 0..1_000 {
            let asked = draws.next(&mut rng);
            assert_eq!(asked.more.len(), 9);
            assert_eq!(asked.present, there.contains(&asked.item.0), "{asked:?}, seed 42");
        }
        let counting = Draws::new(&workload(&[(Op::Incr, 1.0)], 0.0));
        assert_eq!(counting.preloaded().count(), 10_000, "a counter for every item");
    }
}
