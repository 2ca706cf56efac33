//! A run, resolved: what scenarios are compiled to and both clocks execute. No text, no units, no files.
//!
//! [`Default`] is the plainest part of its kind: a test or a bench says only what it is about.

mod cache;
mod client;
mod event;
mod lane;
mod layers;
mod origin;
mod traffic;

use crate::law::Law;
use crate::time::Nanos;

pub use crate::eviction::Eviction;
pub use cache::{Backend, Cache, Capacity, Expiry, LocMem, OnError, Warm};
pub use client::{Client, Engine, Sharing};
pub use event::{Change, Event, RECONNECT, RETRANSMIT, Setting};
pub use lane::{Invalidation, Lane, Moment, Rules};
pub use layers::{Breaker, Layers, Local, Nothing, Retry};
pub use origin::{Discipline, OnAbandon, Origin, Queue, Remote};
pub use traffic::{Arrivals, Keys, Load, OnTimeout, Retries, Step, Traffic, Updates, Variants};

/// Everything that a run is.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Seeds every stream.
    pub seed: u64,
    /// Whether the latencies of each second are kept, for an interval log.
    pub interval_log: bool,
    /// Requests are due from 0 until here.
    pub duration: Nanos,
    /// Measured from here on.
    pub warmup: Nanos,
    /// Who asks for what, and when.
    pub traffic: Traffic,
    /// The cache.
    pub cache: Cache,
    /// How a real cache is spoken to.
    pub client: Client,
    /// What computes.
    pub origin: Origin,
    /// What happens, in order of time.
    pub events: Vec<Event>,
    /// The strategies compared.
    pub lanes: Vec<Lane>,
}

impl Plan {
    /// The cache of a lane with these rules.
    #[must_use]
    pub fn cache_of(&self, rules: &Rules) -> Cache {
        let backend = rules.backend.unwrap_or(self.cache.backend);
        let cache = Cache { backend, ..self.cache.clone() };
        match backend {
            Backend::Shared | Backend::Memcached => cache,
            // It lies in the process: no round trip, so none that takes too long.
            Backend::LocMem => {
                Cache { latency: Law::Constant(Nanos::ZERO), timeout: None, ..cache }
            }
        }
    }

    /// How many different things can be cached: items, times the variants that keys tell apart.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.traffic.keys.count() * self.traffic.variants.kept
    }
}
