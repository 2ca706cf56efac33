//! Redis' own policies: of a few keys drawn at random the one that scores highest goes, and the next best are kept in
//! mind for next time.
//!
//! src/evict.c of Redis 7 with its defaults: `maxmemory-samples 5`, a pool of 16 that outlives an eviction (so it may
//! name keys that have gone, or have been used, since), `lfu-log-factor 10`, `lfu-decay-time 1`. What a key scores is
//! known roughly on purpose: LRU by a clock of 24 bits that ticks once a second, LFU by 8 bits whose steps are the rarer
//! the higher they stand. A server draws neighbours in its hash table, the model any keys.

use super::members::Members;
use super::{Filling, Policy};
use crate::random::unit;
use crate::time::Nanos;

const SAMPLES: usize = 5;
const POOL: usize = 16;
/// The LRU clock has 24 bits, and a tick is a second.
const CLOCK: u32 = (1 << 24) - 1;
/// A new key's counter, so that it is not the first to go.
const COUNTER_BEGINS: u8 = 5;
const LOG_FACTOR: f64 = 10.0;

/// What the keys that are drawn are compared by.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// How long ago they were used.
    Lru,
    /// How rarely they are used.
    Lfu,
    /// Nothing: the first goes.
    Random,
    /// How soon they expire.
    Ttl,
}

/// What Redis remembers of a key.
#[derive(Copy, Clone, Default, Debug)]
struct Mark {
    /// LRU: the clock when it was used. LFU: the minute when its counter was last looked at.
    clock: u32,
    counter: u8,
    expires: Nanos,
}

/// A sampled policy of Redis.
#[derive(Clone, Debug)]
pub struct Redis {
    rule: Rule,
    /// Whether only keys with an expiry may go.
    volatile: bool,
    /// The keys that may go.
    candidates: Members,
    filled: Vec<bool>,
    marks: Vec<Mark>,
    /// The best of earlier draws, worst first.
    pool: Vec<(u64, u32)>,
}

impl Redis {
    /// Any key may go.
    pub(super) fn all_keys(rule: Rule) -> Self {
        let (candidates, filled, marks, pool) = Default::default();
        Self { rule, volatile: false, candidates, filled, marks, pool }
    }

    /// Only keys with an expiry may go.
    pub(super) fn volatile(rule: Rule) -> Self {
        Self { volatile: true, ..Self::all_keys(rule) }
    }

    /// LFUDecrAndReturn: one less for every minute since the last look.
    fn decayed(&self, slot: u32, now: Nanos) -> u8 {
        let mark = self.marks[slot as usize];
        let passed = minutes(now).wrapping_sub(mark.clock) & 0xffff;
        mark.counter.saturating_sub(passed.min(255) as u8)
    }

    /// LFULogIncr: one more, the more rarely the higher it stands.
    fn raised(&mut self, counter: u8) -> u8 {
        let base = f64::from(counter.saturating_sub(COUNTER_BEGINS));
        let goes_up = unit(self.candidates.bits()) <= 1.0 / (base * LOG_FACTOR + 1.0);
        counter.saturating_add(u8::from(goes_up))
    }

    /// How much a key should go.
    fn score(&self, slot: u32, now: Nanos) -> u64 {
        match self.rule {
            Rule::Lru => {
                u64::from(clock(now).wrapping_sub(self.marks[slot as usize].clock) & CLOCK)
            }
            Rule::Lfu => u64::from(255 - self.decayed(slot, now)),
            Rule::Ttl => u64::MAX - self.marks[slot as usize].expires.as_nanos(),
            Rule::Random => 0,
        }
    }

    /// evictionPoolPopulate: what scores less than all of a full pool does not get in.
    fn draw_into_pool(&mut self, now: Nanos) {
        for _ in 0..SAMPLES {
            let Some(slot) = self.candidates.draw() else { return };
            let score = self.score(slot, now);
            let place = self.pool.partition_point(|(other, _)| *other < score);
            if self.pool.len() < POOL {
                self.pool.insert(place, (score, slot));
            } else if place > 0 {
                self.pool.insert(place, (score, slot));
                self.pool.remove(0);
            }
        }
    }

    /// performEvictions: a new draw into the pool, and the best of it that is still there.
    fn best(&mut self, now: Nanos) -> Option<u32> {
        while !self.candidates.is_empty() {
            self.draw_into_pool(now);
            while let Some((_, slot)) = self.pool.pop() {
                if self.candidates.has(slot) {
                    return Some(slot);
                }
            }
        }
        None
    }

    fn may_go(&self, expires: Nanos) -> bool {
        !self.volatile || expires != Nanos::FOREVER
    }
}

/// The LRU clock.
const fn clock(now: Nanos) -> u32 {
    now.as_secs() as u32 & CLOCK
}

/// The LFU clock, of 16 bits.
const fn minutes(now: Nanos) -> u32 {
    (now.as_secs() / 60) as u32 & 0xffff
}

impl Policy for Redis {
    fn reserve(&mut self, slots: usize) {
        self.candidates.reserve(slots);
        if slots > self.marks.len() {
            self.filled.resize(slots, false);
            self.marks.resize(slots, Mark::default());
        }
    }

    #[inline]
    fn touch(&mut self, slot: u32, now: Nanos) -> bool {
        if !self.filled[slot as usize] {
            return false;
        }
        match self.rule {
            Rule::Lru => self.marks[slot as usize].clock = clock(now),
            Rule::Lfu => {
                let counter = self.raised(self.decayed(slot, now));
                let mark = &mut self.marks[slot as usize];
                (mark.counter, mark.clock) = (counter, minutes(now));
            }
            Rule::Random | Rule::Ttl => {}
        }
        true
    }

    fn evict(&mut self, _: u32, now: Nanos) -> Option<u32> {
        let victim =
            if self.rule == Rule::Random { self.candidates.draw()? } else { self.best(now)? };
        self.remove(victim);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.filled[slot as usize] = true;
        let ticks = if self.rule == Rule::Lfu { minutes(entry.now) } else { clock(entry.now) };
        self.marks[slot as usize] =
            Mark { clock: ticks, counter: COUNTER_BEGINS, expires: entry.expires };
        if self.may_go(entry.expires) {
            self.candidates.insert(slot);
        }
    }

    fn remove(&mut self, slot: u32) {
        self.filled[slot as usize] = false;
        if self.candidates.has(slot) {
            self.candidates.remove(slot);
        }
    }

    fn renew(&mut self, slot: u32, expires: Nanos) {
        self.marks[slot as usize].expires = expires;
        match (self.may_go(expires), self.candidates.has(slot)) {
            (true, false) => self.candidates.insert(slot),
            (false, true) => self.candidates.remove(slot),
            _ => {}
        }
    }
}
