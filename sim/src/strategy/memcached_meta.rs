//! `memcached-meta`: the cache itself says who computes.
//!
//! memcached 1.6's meta commands (doc/protocol.txt, "Meta Commands"): `mg` with `N` leaves an empty stub behind on a
//! miss, with `R` looks at the time left, and gives exactly one reader the flag `W`: he won, and should compute. The
//! others get `Z`, somebody is at it: with a value they serve it, without one they look again. `md` with `I` marks a
//! value as stale instead of removing it: it is served until its winner has stored a new one. A winner who dies leaves
//! the stub behind until `vivify` is over.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, Terms, Ttl, World, fill};

/// Leases by the cache.
#[derive(Clone, Debug)]
pub struct MemcachedMeta {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// After how long a winner who stored nothing has lost (N).
    pub vivify: Nanos,
    /// The first reader with less left than this refreshes (R); zero is nobody.
    pub recache: Nanos,
    /// How long an invalidated value may still be served (T of md I).
    pub stale_ttl: Nanos,
    /// Time between two looks of who has nothing to serve.
    pub poll_every: Nanos,
}

impl Default for MemcachedMeta {
    fn default() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            vivify: Nanos::from_secs(30),
            recache: Nanos::from_secs(3),
            stale_ttl: Nanos::from_secs(30),
            poll_every: Nanos::from_millis(50),
        }
    }
}

impl Strategy for MemcachedMeta {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let terms = Terms { vivify: Ttl::after(self.vivify), recache: self.recache };
        let mut waited = false;
        loop {
            let found = w.meta_get(item.key(), terms).await?;
            if found.won {
                return Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?));
            }
            match found.entry {
                Some(entry) if waited => return Ok(Served::Waited(entry.value)),
                Some(entry) if found.stale => return Ok(Served::Stale(entry.value)),
                Some(entry) => return Ok(Served::Fresh(entry.value)),
                None => {}
            }
            waited = true;
            w.sleep(self.poll_every).await;
        }
    }

    async fn delete<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        w.mark_stale(item.key(), Ttl::after(self.stale_ttl)).await?;
        Ok(())
    }

    fn needs_meta(&self) -> bool {
        true
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "vivify",
                "after how long a winner who stored nothing has lost",
                &mut self.vivify,
            )
            .at_least(1e-3),
            Parameter::span(
                "recache",
                "the first reader with less of the ttl left than this refreshes; 0s is nobody",
                &mut self.recache,
            ),
            Parameter::span(
                "stale_ttl",
                "how long an invalidated value may still be served",
                &mut self.stale_ttl,
            )
            .at_least(1e-3),
            Parameter::span(
                "poll_every",
                "time between two looks of who has nothing to serve",
                &mut self.poll_every,
            )
            .at_least(1e-3),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
