//! A replica of the cache that answers reads, and hears of writes with a lag.
//!
//! What is replicated is what a write left behind under its key, in the order of the writes.

use std::collections::VecDeque;

use crate::cache::MemoryCache;
use crate::key::Key;
use crate::time::Nanos;
use crate::world::Entry;

/// What a key has after a write, and until when.
type Left = Option<(Entry, Nanos)>;

/// The replica.
#[derive(Debug)]
pub(super) struct Replica {
    cache: MemoryCache,
    lag: Nanos,
    /// Writes it has not heard of yet: when it will.
    log: VecDeque<(Nanos, Key, Left)>,
}

impl Replica {
    /// A replica that has what the primary has when the run begins.
    pub(super) fn new(cache: MemoryCache) -> Self {
        Self { cache, lag: Nanos::ZERO, log: VecDeque::new() }
    }

    /// From now on it hears of writes that much later.
    pub(super) fn falls_behind(&mut self, lag: Nanos) {
        self.lag = lag;
    }

    /// A write left this under `key`. It never overtakes one before it.
    pub(super) fn hear(&mut self, now: Nanos, key: Key, left: Left) {
        let last = self.log.back().map_or(Nanos::ZERO, |(at, ..)| *at);
        self.log.push_back((last.max(now + self.lag), key, left));
    }

    /// The replica as of `now`.
    pub(super) fn at(&mut self, now: Nanos) -> &mut MemoryCache {
        while self.log.front().is_some_and(|(at, ..)| *at <= now) {
            match self.log.pop_front() {
                Some((at, key, Some((entry, expires)))) => {
                    self.cache.store(at, key, entry, expires);
                }
                Some((at, key, None)) => _ = self.cache.delete(at, key),
                None => {}
            }
        }
        &mut self.cache
    }

    /// Everything goes, there as here: nobody waits for the log of a cache that was emptied.
    pub(super) fn flush(&mut self) {
        self.log.clear();
        self.cache.flush();
    }
}
