//! The cache: whose semantics, how much fits, what it does when it fails.

use crate::eviction::Eviction;
use crate::law::Law;
use crate::time::Nanos;

/// The cache.
#[derive(Clone, PartialEq, Debug)]
pub struct Cache {
    /// Whose semantics, unless a lane says otherwise.
    pub backend: Backend,
    /// What is in it when the run begins.
    pub warm: Warm,
    /// How much fits; of [`Backend::LocMem`], `locmem` says.
    pub capacity: Option<Capacity>,
    /// What goes when it is full.
    pub eviction: Eviction,
    /// When an expired entry goes.
    pub expiry: Expiry,
    /// The limits of a [`Backend::LocMem`].
    pub locmem: LocMem,
    /// A round trip; the model's only, and none to a [`Backend::LocMem`].
    pub latency: Law,
    /// A round trip that takes longer fails.
    pub timeout: Option<Nanos>,
    /// What a cache failure does to a request.
    pub on_error: OnError,
    /// Bytes of a value.
    pub value_size: u32,
}

impl Default for Cache {
    /// Cold, without limits, without round trips.
    fn default() -> Self {
        Self {
            backend: Backend::Shared,
            warm: Warm::Cold,
            capacity: None,
            eviction: Eviction::Lru,
            expiry: Expiry::Lazy,
            locmem: LocMem::default(),
            latency: Law::Constant(Nanos::ZERO),
            timeout: None,
            on_error: OnError::Fail,
            value_size: 100,
        }
    }
}

/// Whose semantics a cache has.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Backend {
    /// One for all processes, behind a round trip: a Redis.
    Shared,
    /// One for all processes that keeps whole seconds: a Memcached. Its clock ticks once a second, and TTLs are rounded up
    /// (doc/protocol.txt, "Expiration times").
    Memcached,
    /// Django's LocMemCache: each process has its own, without a round trip.
    LocMem,
}

impl Backend {
    /// Whether all processes share it, behind a round trip.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        !matches!(self, Self::LocMem)
    }
}

/// Django's limits of a LocMemCache (django/core/cache/backends/locmem.py).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct LocMem {
    /// MAX_ENTRIES: a write into a cache that has so many culls it first, also if the write replaces an entry.
    pub max_entries: u32,
    /// CULL_FREQUENCY: one in so many entries goes, the least recently used ones; 0 is all.
    pub cull_frequency: u32,
}

impl Default for LocMem {
    fn default() -> Self {
        Self { max_entries: 300, cull_frequency: 3 }
    }
}

/// What is in the cache when the run begins.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Warm {
    /// Nothing.
    Cold,
    /// What a long run would have left: each item present with probability lT/(1+lT), its residual TTL uniform.
    Stationary,
    /// Every item, stored at time zero.
    Full,
}

/// How much fits.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// So many entries.
    Entries(u32),
    /// So many bytes.
    Bytes(u64),
}

/// When an expired entry goes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// When it is next looked at, or evicted: until then it takes its room.
    Lazy,
    /// At its expiry. Redis' active cycle does nearly that.
    Active,
}

/// What a cache failure does to a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OnError {
    /// The world answers as an absent cache would; the request is degraded.
    Origin,
    /// The strategy gets the failure.
    Fail,
}
