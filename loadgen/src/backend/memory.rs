//! A cache in this process: the model's own, on the real clock.
//!
//! One map for the run behind one mutex, so that its semantics, capacity and eviction are the model's and not nearly
//! so; or, as a locmem, one for each process, as Django has it. There is no server, no connection and no wait.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use herdlab_sim::cache::MemoryCache;
use herdlab_sim::key::Key;
use herdlab_sim::plan::{self, Capacity, Eviction};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Entry, Found, Terms, Ttl, Value};

use super::{Backend, BackendError, Opening, Sent, Store};
use crate::background::Background;
use crate::clock::monotonic;
use crate::contain;
use crate::error::RunError;
use crate::server::Program;
use crate::timer::Timer;

type Shared = Arc<Mutex<MemoryCache>>;

/// The caches of a run.
pub(crate) struct MemoryStore {
    caches: Vec<Shared>,
    /// Whether each process has its own.
    local: bool,
}

/// A core's way to them.
pub(crate) struct MemoryBackend {
    cache: Shared,
    desk: Rc<Desk>,
    /// Those of the processes, if each has its own.
    own: Vec<Self>,
}

/// What a core did.
#[derive(Default)]
struct Desk {
    closed: Cell<bool>,
    counts: RefCell<BTreeMap<&'static str, u64>>,
}

fn lock(cache: &Shared) -> MutexGuard<'_, MemoryCache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner) // no operation of the cache panics half done
}

impl MemoryBackend {
    const fn new(cache: Shared, desk: Rc<Desk>, own: Vec<Self>) -> Self {
        Self { cache, desk, own }
    }

    /// An operation takes effect at once.
    fn operate<T>(
        &self,
        name: &'static str,
        operation: impl FnOnce(&mut MemoryCache, Nanos) -> T,
    ) -> Result<T, BackendError> {
        if self.desk.closed.get() {
            return Err(BackendError::Down);
        }
        contain::ready();
        *self.desk.counts.borrow_mut().entry(name).or_default() += 1;
        let mut cache = lock(&self.cache);
        Ok(operation(&mut cache, monotonic())) // read under the lock: time never goes back in a cache
    }
}

impl Backend for MemoryBackend {
    fn of(&self, process: u32) -> &Self {
        self.own.get(process as usize).unwrap_or(self)
    }

    async fn get(&self, key: Key) -> Result<Option<Entry>, BackendError> {
        self.operate("get", |cache, now| cache.get(now, key))
    }

    async fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<(), BackendError> {
        self.operate("set", |cache, now| cache.set(now, key, entry, ttl))
    }

    async fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> Result<bool, BackendError> {
        self.operate("add", |cache, now| cache.add(now, key, entry, ttl))
    }

    async fn delete(&self, key: Key) -> Result<bool, BackendError> {
        self.operate("delete", |cache, now| cache.delete(now, key))
    }

    async fn delete_if(&self, key: Key, mine: Value) -> Result<bool, BackendError> {
        self.operate("delete_if", |cache, now| cache.delete_if(now, key, mine))
    }

    async fn incr(&self, key: Key) -> Result<Option<u64>, BackendError> {
        self.operate("incr", |cache, now| match cache.is_no_number(now, key) {
            true => Err(BackendError::Refused),
            false => Ok(cache.incr(now, key)),
        })?
    }

    async fn touch(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        self.operate("touch", |cache, now| cache.touch(now, key, ttl))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, BackendError> {
        self.operate("get_many", |cache, now| keys.iter().map(|key| cache.get(now, *key)).collect())
    }

    async fn set_many(&self, entries: &[(Key, Entry)], ttl: Ttl) -> Result<(), BackendError> {
        self.operate("set_many", |cache, now| {
            entries.iter().for_each(|(key, entry)| cache.set(now, *key, *entry, ttl));
        })
    }

    async fn meta_get(&self, key: Key, terms: Terms) -> Result<Found, BackendError> {
        self.operate("meta_get", |cache, now| cache.meta_get(now, key, terms))
    }

    async fn mark_stale(&self, key: Key, ttl: Ttl) -> Result<bool, BackendError> {
        self.operate("mark_stale", |cache, now| cache.mark_stale(now, key, ttl))
    }

    async fn settle(&self) {
        self.desk.closed.set(true);
    }

    fn sent(&self) -> Sent {
        let counts = self.desk.counts.borrow();
        Sent {
            commands: counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            ..Sent::default()
        }
    }
}

impl Store for MemoryStore {
    const NAME: &'static str = "memory";
    const URLS: &'static [&'static str] = &[];
    const PROGRAM: Option<Program> = None;
    const HAS_META: bool = true;

    type Backend = MemoryBackend;

    fn open(opening: &Opening<'_>) -> Result<Self, RunError> {
        let local = opening.cache.backend == plan::Backend::LocMem;
        let count = if local { opening.processes.max(1) } else { 1 };
        let cache = || Arc::new(Mutex::new(MemoryCache::new(opening.entries, opening.cache)));
        Ok(Self { caches: (0..count).map(|_| cache()).collect(), local })
    }

    fn caches(&self) -> u32 {
        self.caches.len() as u32
    }

    async fn connect(&self, _: &Timer, _: &Background) -> Result<MemoryBackend, RunError> {
        let desk = Rc::new(Desk::default());
        let way =
            |cache: &Shared, own| MemoryBackend::new(Arc::clone(cache), Rc::clone(&desk), own);
        let own = if self.local { self.caches.as_slice() } else { &[] };
        Ok(way(&self.caches[0], own.iter().map(|cache| way(cache, Vec::new())).collect()))
    }

    fn preload(
        &self,
        nth: u32,
        entries: &mut dyn Iterator<Item = (Key, Entry, Ttl)>,
    ) -> Result<(), RunError> {
        let mut cache = lock(&self.caches[nth as usize]);
        entries.for_each(|(key, entry, ttl)| cache.set(monotonic(), key, entry, ttl));
        Ok(())
    }

    fn expire(&self, key: Key) -> Result<(), RunError> {
        for cache in &self.caches {
            lock(cache).delete(monotonic(), key);
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), RunError> {
        self.caches.iter().for_each(|cache| lock(cache).flush());
        Ok(())
    }

    /// It was made with them.
    fn limit(&self, _: Option<Capacity>, _: Eviction) -> Result<Option<String>, RunError> {
        Ok(None)
    }

    fn evicted(&self) -> Result<u64, RunError> {
        Ok(self.caches.iter().map(|cache| lock(cache).evictions()).sum())
    }

    fn version(&self) -> &str {
        if self.local { "locmem in each process" } else { "memory of this process" }
    }
}
