//! The machine's side of the cache: whose cache answers, what a replica has heard of, and what they hold all together.

use super::machine::Machine;
use crate::cache::{MemoryCache, warm};
use crate::key::{Item, Key};
use crate::measure::CacheCounts;
use crate::plan::{Plan, Warm};
use crate::time::Nanos;
use crate::world::{Entry, Ttl, Value};

impl Machine {
    /// The cache of the present task.
    #[inline]
    pub(super) fn cache(&mut self) -> &mut MemoryCache {
        if self.own { self.own_cache() } else { &mut self.cache }
    }

    #[cold]
    fn own_cache(&mut self) -> &mut MemoryCache {
        let number = self.process().number;
        let restarts = self.deploys.restarts(number, self.now);
        let names = self.deploys.names(number, self.now);
        let nth = if self.apart { 0 } else { number as usize };
        let began_anew = std::mem::replace(&mut self.lives[nth], restarts) != restarts;
        let cache = if nth == 0 { &mut self.cache } else { &mut self.others[nth - 1] };
        if began_anew && !self.apart {
            cache.flush();
        }
        cache.rename(names);
        cache
    }

    /// What answers the present task's reads.
    #[inline]
    pub(super) fn read_cache(&mut self) -> &mut MemoryCache {
        if self.replica.is_none() {
            return self.cache();
        }
        self.lagging_cache()
    }

    #[cold]
    fn lagging_cache(&mut self) -> &mut MemoryCache {
        let now = self.now;
        match &mut self.replica {
            Some(replica) => replica.at(now),
            None => &mut self.cache,
        }
    }

    #[inline]
    pub(super) const fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// The replica will hear of what lies under `key` now.
    #[cold]
    pub(super) fn replicate(&mut self, key: Key) {
        let (now, left) = (self.now, self.cache.peek(self.now, key));
        if let Some(replica) = &mut self.replica {
            replica.hear(now, key, left);
        }
    }

    /// What is cached of an item goes, under every name that a process may know it by.
    pub(super) fn expire(&mut self, item: Item) {
        let (now, own) = (self.now, self.own);
        let most = (0..self.processes).map(|nth| self.deploys.names(nth, now)).max().unwrap_or(0);
        for cache in self.caches() {
            if !own {
                cache.delete(now, item.key());
                continue;
            }
            for names in 0..=most {
                cache.rename(names);
                cache.delete(now, item.key());
            }
        }
        if self.has_replica() {
            self.replicate(item.key());
        }
    }

    /// Every cache is emptied.
    pub(super) fn flush(&mut self) {
        self.caches().for_each(MemoryCache::flush);
        if let Some(replica) = &mut self.replica {
            replica.flush();
        }
    }

    /// The replica falls behind, or comes back.
    pub(super) fn fall_behind(&mut self, lag: Nanos) {
        if let Some(replica) = &mut self.replica {
            replica.falls_behind(lag);
        }
    }

    /// Every item is stored anew, from now on, with that life and jitter.
    pub(super) fn bulk_load(&mut self, plan: &Plan, jitter: f64, (ttl, grace): (Nanos, Nanos)) {
        let now = self.now;
        let mut full = plan.clone();
        full.cache.warm = Warm::Full;
        for (item, entry) in warm(&full, ttl, jitter, 0, 1) {
            let value = Value::data(now, entry.value.variant());
            let ttl = Ttl::after(entry.fresh_until + grace);
            let entry = Entry { value, fresh_until: now + entry.fresh_until, ..entry };
            let names = self.deploys.names(0, now);
            for cache in self.caches() {
                cache.rename(names);
                cache.set(now, item.key(), entry, ttl);
            }
            if self.has_replica() {
                self.replicate(item.key());
            }
        }
    }

    /// All caches there are.
    pub(super) fn caches(&mut self) -> impl Iterator<Item = &mut MemoryCache> {
        std::iter::once(&mut self.cache).chain(&mut self.others)
    }

    pub(super) fn evicted(&self) -> u64 {
        std::iter::once(&self.cache).chain(&self.others).map(MemoryCache::evictions).sum()
    }

    /// Entries and bytes in all caches.
    pub(super) fn held(&self) -> (u64, u64) {
        let all = std::iter::once(&self.cache).chain(&self.others).map(MemoryCache::held);
        all.fold((0, 0), |sum, held| (sum.0 + held.0, sum.1 + held.1))
    }

    /// From the first event of the measured part on, evictions count: those of the warm-up, and of filling a warm cache,
    /// do not. When that part begins; never again, once it has.
    pub(super) fn begin_to_measure(&mut self, now: Nanos) -> Nanos {
        if self.evicted_before.is_none() && now >= self.warmup {
            self.evicted_before = Some(self.evicted());
        }
        if self.evicted_before.is_some() { Nanos::FOREVER } else { self.warmup }
    }

    /// What was sent to the caches, and what they did of themselves.
    pub(super) fn cache_counts(&self) -> CacheCounts {
        let before = self.evicted_before.unwrap_or_else(|| self.evicted());
        CacheCounts { evictions: self.evicted() - before, ..self.counts }
    }

    /// Reads slots of the cache and nothing else: see [`MemoryCache::warm_up`].
    #[inline]
    pub(super) fn warm_up(&self, items: impl Iterator<Item = Item>) -> u64 {
        items.fold(0, |sum, item| sum ^ self.cache.warm_up(item))
    }
}
