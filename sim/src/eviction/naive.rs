//! Every policy against a naive model of it: lists that are searched from end to end, as the papers draw them.

use proptest::prelude::*;

use super::*;
use crate::replay::{Batch, Request, Setting, Slots, belady, cell};

/// Models of sixteen entries or fewer, oldest first.
trait Model {
    /// Whether the request is a hit.
    fn hit(&mut self, slot: u32) -> bool;
}

/// Takes a slot out of a list; whether it was there.
fn take(list: &mut Vec<u32>, slot: u32) -> bool {
    let found = list.iter().position(|other| *other == slot);
    found.map(|place| list.remove(place)).is_some()
}

struct Recency {
    capacity: usize,
    order: Vec<u32>,
    moves: bool,
}

impl Model for Recency {
    fn hit(&mut self, slot: u32) -> bool {
        let hit = self.order.contains(&slot);
        if hit && self.moves {
            take(&mut self.order, slot);
            self.order.push(slot);
        } else if !hit {
            if self.order.len() == self.capacity {
                self.order.remove(0);
            }
            self.order.push(slot);
        }
        hit
    }
}

/// Clock and sieve: entries with a bit, and where the hand is.
struct Bits {
    capacity: usize,
    order: Vec<(u32, bool)>,
    /// `None` for a clock, which moves what it spares to the end.
    hand: Option<usize>,
}

impl Bits {
    fn evict(&mut self) {
        loop {
            let at = self.hand.unwrap_or(0) % self.order.len();
            let (slot, read) = self.order.remove(at);
            match (read, &mut self.hand) {
                (false, Some(hand)) => *hand = if at == self.order.len() { 0 } else { at },
                (false, None) => {}
                (true, Some(hand)) => {
                    self.order.insert(at, (slot, false));
                    *hand = (at + 1) % self.order.len();
                }
                (true, None) => self.order.push((slot, false)),
            }
            if !read {
                return;
            }
        }
    }
}

impl Model for Bits {
    fn hit(&mut self, slot: u32) -> bool {
        if let Some(entry) = self.order.iter_mut().find(|(other, _)| *other == slot) {
            entry.1 = true;
            return true;
        }
        // A hand that came round to the oldest stays there; one past the newest waits for what comes.
        if self.order.len() == self.capacity {
            self.evict();
        }
        self.order.push((slot, false));
        false
    }
}

/// Least frequently used: (uses, when it reached that count, slot).
struct Frequency {
    capacity: usize,
    entries: Vec<(u64, u64, u32)>,
    clock: u64,
}

impl Model for Frequency {
    fn hit(&mut self, slot: u32) -> bool {
        self.clock += 1;
        let clock = self.clock;
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.2 == slot) {
            (entry.0, entry.1) = (entry.0 + 1, clock);
            return true;
        }
        if self.entries.len() == self.capacity {
            let least = *self.entries.iter().min().unwrap();
            self.entries.retain(|entry| *entry != least);
        }
        self.entries.push((1, clock, slot));
        false
    }
}

/// ARC as figure 4 of the paper has it.
#[derive(Default)]
struct NaiveArc {
    capacity: usize,
    target: f64,
    once: Vec<u32>,
    again: Vec<u32>,
    once_gone: Vec<u32>,
    again_gone: Vec<u32>,
}

impl NaiveArc {
    fn replace(&mut self, from_again: bool) {
        let once = self.once.len() as f64;
        if once >= 1.0 && (once > self.target || (from_again && once == self.target)) {
            self.once_gone.push(self.once.remove(0));
        } else {
            self.again_gone.push(self.again.remove(0));
        }
    }
}

impl Model for NaiveArc {
    fn hit(&mut self, slot: u32) -> bool {
        let (c, cf) = (self.capacity, self.capacity as f64);
        if take(&mut self.once, slot) || take(&mut self.again, slot) {
            self.again.push(slot);
            return true;
        }
        let (gone_once, gone_again) = (self.once_gone.len() as f64, self.again_gone.len() as f64);
        if self.once_gone.contains(&slot) {
            self.target = cf.min(self.target + (gone_again / gone_once).max(1.0));
            self.replace(false);
            take(&mut self.once_gone, slot);
            self.again.push(slot);
            return false;
        }
        if self.again_gone.contains(&slot) {
            self.target = (self.target - (gone_once / gone_again).max(1.0)).max(0.0);
            self.replace(true);
            take(&mut self.again_gone, slot);
            self.again.push(slot);
            return false;
        }
        let seen_once = self.once.len() + self.once_gone.len();
        let all = seen_once + self.again.len() + self.again_gone.len();
        if seen_once == c {
            if self.once.len() < c {
                self.once_gone.remove(0);
                self.replace(false);
            } else {
                self.once.remove(0);
            }
        } else if all >= c {
            if all == 2 * c {
                self.again_gone.remove(0);
            }
            self.replace(false);
        }
        self.once.push(slot);
        false
    }
}

/// S3-FIFO: (slot, reads) in two queues, and the names.
#[derive(Default)]
struct NaiveS3 {
    capacity: usize,
    small: Vec<(u32, u8)>,
    main: Vec<(u32, u8)>,
    gone: Vec<u32>,
}

impl NaiveS3 {
    fn evict_main(&mut self) {
        loop {
            let (slot, reads) = self.main.remove(0);
            if reads == 0 {
                return;
            }
            self.main.push((slot, reads - 1));
        }
    }

    fn evict(&mut self) {
        let from_main = self.main.len() > self.capacity - self.capacity / 10;
        while !from_main && !self.small.is_empty() {
            let (slot, reads) = self.small.remove(0);
            if reads < 2 {
                self.gone.push(slot);
                if self.gone.len() > self.capacity * 9 / 10 {
                    self.gone.remove(0);
                }
                return;
            }
            self.main.push((slot, 0));
        }
        self.evict_main();
    }
}

impl Model for NaiveS3 {
    fn hit(&mut self, slot: u32) -> bool {
        let mut all = self.small.iter_mut().chain(&mut self.main);
        if let Some((_, reads)) = all.find(|(other, _)| *other == slot) {
            *reads = (*reads + 1).min(3);
            return true;
        }
        let known = take(&mut self.gone, slot);
        if self.small.len() + self.main.len() == self.capacity {
            self.evict();
        }
        let queue = if known { &mut self.main } else { &mut self.small };
        queue.push((slot, 0));
        false
    }
}

/// 2Q: the queue, the main part, the names.
#[derive(Default)]
struct Naive2Q {
    capacity: usize,
    queue: Vec<u32>,
    main: Vec<u32>,
    gone: Vec<u32>,
}

impl Model for Naive2Q {
    fn hit(&mut self, slot: u32) -> bool {
        if self.queue.contains(&slot) {
            return true;
        }
        if take(&mut self.main, slot) {
            self.main.push(slot);
            return true;
        }
        let known = take(&mut self.gone, slot);
        if self.queue.len() + self.main.len() == self.capacity {
            if self.queue.len() > self.capacity / 4 || self.main.is_empty() {
                self.gone.push(self.queue.remove(0));
                if self.gone.len() > self.capacity / 2 {
                    self.gone.remove(0);
                }
            } else {
                self.main.remove(0);
            }
        }
        if known {
            self.main.push(slot);
        } else {
            self.queue.push(slot);
        }
        false
    }
}

/// Four lists, lowest first.
struct Naive4 {
    capacity: usize,
    limit: usize,
    lists: [Vec<u32>; 4],
}

impl Naive4 {
    fn evict(&mut self) {
        let lowest = self.lists.iter_mut().find(|list| !list.is_empty());
        lowest.into_iter().for_each(|list| _ = list.remove(0));
    }

    fn settle(&mut self, list: usize) {
        while self.lists[list].len() > self.limit {
            if list == 0 {
                self.evict();
            } else {
                let sinks = self.lists[list].remove(0);
                self.lists[list - 1].push(sinks);
                self.settle(list - 1);
            }
        }
    }
}

impl Model for Naive4 {
    fn hit(&mut self, slot: u32) -> bool {
        if let Some(at) = self.lists.iter().position(|list| list.contains(&slot)) {
            take(&mut self.lists[at], slot);
            let to = (at + 1).min(3);
            self.lists[to].push(slot);
            self.settle(to);
            return true;
        }
        if self.lists.iter().map(Vec::len).sum::<usize>() == self.capacity {
            self.evict();
        }
        let room = self.lists.iter().position(|list| list.len() < self.limit).unwrap_or(0);
        self.lists[room].push(slot);
        false
    }
}

/// Knows the future and looks through all of it.
struct Foresight {
    capacity: usize,
    future: Vec<u32>,
    entries: Vec<u32>,
}

impl Model for Foresight {
    fn hit(&mut self, slot: u32) -> bool {
        self.future.remove(0);
        if self.entries.contains(&slot) {
            return true;
        }
        if self.entries.len() == self.capacity {
            let again = |slot: &u32| {
                self.future.iter().position(|other| other == slot).unwrap_or(usize::MAX)
            };
            let last = *self.entries.iter().max_by_key(|slot| again(slot)).unwrap();
            take(&mut self.entries, last);
        }
        self.entries.push(slot);
        false
    }
}

fn batch(ids: &[u32]) -> (Batch, usize) {
    let requests: Vec<Request> = ids.iter().map(|id| Request::read(u64::from(*id))).collect();
    let (mut slots, mut batch) = (Slots::default(), Batch::default());
    batch.refill(&requests, &mut slots, true);
    (batch, slots.distinct())
}

fn misses(eviction: Eviction, capacity: usize, ids: &[u32]) -> u64 {
    let (batch, distinct) = batch(ids);
    let mut cell = cell(eviction, &Space::entries(capacity as u64), &Setting::default());
    cell.feed(&batch, distinct);
    cell.tally().misses
}

fn model(eviction: Eviction, capacity: usize) -> Option<Box<dyn Model>> {
    Some(match eviction {
        Eviction::Lru => Box::new(Recency { capacity, order: Vec::new(), moves: true }),
        Eviction::Fifo => Box::new(Recency { capacity, order: Vec::new(), moves: false }),
        Eviction::Clock => Box::new(Bits { capacity, order: Vec::new(), hand: None }),
        Eviction::Sieve => Box::new(Bits { capacity, order: Vec::new(), hand: Some(0) }),
        Eviction::Lfu => Box::new(Frequency { capacity, entries: Vec::new(), clock: 0 }),
        Eviction::Arc => Box::new(NaiveArc { capacity, ..NaiveArc::default() }),
        Eviction::S3Fifo => Box::new(NaiveS3 { capacity, ..NaiveS3::default() }),
        Eviction::TwoQ => Box::new(Naive2Q { capacity, ..Naive2Q::default() }),
        Eviction::S4Lru => {
            let (limit, lists) = ((capacity / 4).max(1), Default::default());
            Box::new(Naive4 { capacity, limit, lists })
        }
        _ => return None,
    })
}

fn naive_misses(mut model: Box<dyn Model>, ids: &[u32]) -> u64 {
    ids.iter().filter(|id| !model.hit(**id)).count() as u64
}

/// Ids of which small ones are likelier, with scans between.
fn ids() -> impl Strategy<Value = Vec<u32>> {
    let id = prop_oneof![3 => 0..6_u32, 3 => 0..25_u32, 1 => 0..60_u32];
    prop::collection::vec(id, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn policies_miss_as_often_as_their_naive_models(ids in ids(), capacity in 1..40_usize) {
        for policy in Eviction::ALL {
            if let Some(model) = model(*policy, capacity) {
                prop_assert_eq!(misses(*policy, capacity, &ids), naive_misses(model, &ids), "{}", policy.name());
            }
        }
    }

    #[test]
    fn nothing_misses_less_often_than_belady_who_agrees_with_brute_force(ids in ids(), capacity in 1..40_usize) {
        let (batch, distinct) = batch(&ids);
        let mut cell = belady(capacity as u64, Belady::next_uses(&batch.slots, distinct));
        cell.feed(&batch, distinct);
        let best = cell.tally().misses;
        let foresight = Foresight { capacity, future: ids.clone(), entries: Vec::new() };
        prop_assert_eq!(best, naive_misses(Box::new(foresight), &ids));
        // Whoever takes nothing in can do better than the best who always does, and so can more room.
        let bound = |policy: &&Eviction| policy.room(7) == 7 && model(**policy, 7).is_some();
        for policy in Eviction::ALL.iter().filter(bound) {
            prop_assert!(best <= misses(*policy, capacity, &ids), "{}", policy.name());
        }
    }

    /// Whatever a policy is asked, it knows what is there, and makes only that go; also when entries weigh differently,
    /// are deleted, expire at another time, or when their slots are given to others.
    #[test]
    fn a_policy_knows_what_is_there(
        steps in prop::collection::vec((0..12_u8, 0..30_u32, 1..9_u32), 0..200),
        capacity in 10..60_u64,
        in_bytes: bool,
    ) {
        for name in Eviction::ALL {
            let space = if in_bytes { Space::bytes(capacity, 4) } else { Space::entries(capacity) };
            let mut policy = name.policy(&space);
            policy.reserve(30);
            let (mut there, mut left) = (vec![None; 30], name.room(capacity));
            for (number, (what, slot, weight)) in steps.iter().enumerate() {
                let (now, weight) = (Nanos::from_secs(number as u64), if in_bytes { *weight } else { 1 });
                let filled = there[*slot as usize].is_some();
                let out = |there: &mut Vec<Option<u64>>, left: &mut u64, victim: u32| {
                    let weight = there[victim as usize].take();
                    *left += weight.unwrap_or_default();
                    weight.is_some()
                };
                match what {
                    0 if filled => {
                        policy.remove(*slot);
                        out(&mut there, &mut left, *slot);
                    }
                    1 if filled => policy.renew(*slot, now + Nanos::SECOND),
                    1 => policy.forget(*slot),
                    _ => {
                        prop_assert_eq!(policy.touch(*slot, now), filled, "{}", name.name());
                        let mut refused = false;
                        while !filled && left < u64::from(weight) && !refused {
                            match policy.evict(*slot, now) {
                                Some(victim) => prop_assert!(out(&mut there, &mut left, victim), "{}", name.name()),
                                None => refused = true,
                            }
                            while let Some(victim) = policy.surplus() {
                                prop_assert!(out(&mut there, &mut left, victim), "{}", name.name());
                            }
                        }
                        if !filled && !refused {
                            let expires = if *what < 6 { now + Nanos::SECOND } else { Nanos::FOREVER };
                            policy.insert(*slot, Filling { now, expires, weight });
                            there[*slot as usize] = Some(u64::from(weight));
                            left -= u64::from(weight);
                        }
                    }
                }
                while let Some(victim) = policy.surplus() {
                    prop_assert!(out(&mut there, &mut left, victim), "{}", name.name());
                }
            }
            let empty = there.iter().all(Option::is_none);
            prop_assert_eq!((0..30).all(|slot| !policy.touch(slot, Nanos::ZERO)), empty, "{}", name.name());
        }
    }

    #[test]
    fn ttl_takes_what_expires_next(spans in prop::collection::vec(1..1_000_u64, 1..40)) {
        let mut policy = Eviction::Ttl.policy(&Space::entries(100));
        policy.reserve(spans.len());
        for (slot, span) in spans.iter().enumerate() {
            policy.insert(slot as u32, Filling { expires: Nanos::from_secs(*span), ..Filling::default() });
        }
        let order = std::iter::from_fn(|| policy.evict(0, Nanos::ZERO)).map(|slot| spans[slot as usize]);
        prop_assert!(order.collect::<Vec<_>>().is_sorted());
    }
}
