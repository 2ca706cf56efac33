//! `caffeine-refresh`: Caffeine's `refreshAfterWrite` with `expireAfterWrite`.
//!
//! Caffeine's wiki, "Refresh" (and LocalCache's `refreshIfNeeded`): the first read of an entry older than the refresh
//! span returns the old value and starts a reload behind it, one per process and key; while it runs everybody gets the
//! old value, and if it fails the old value stays, the failure is logged, and the next read tries again. An entry that
//! is not there, or has expired, is loaded by one reader while the others wait; if he fails, the next in line tries.
//! Entries that nobody reads are not refreshed. In Caffeine the cache is the process's own: `backend = "locmem"`.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Lead, Promise, Served, Task, World, fill, refresh};

/// Refreshed behind a read before it expires.
#[derive(Clone, Debug)]
pub struct CaffeineRefresh {
    /// How long an entry is fresh (`expireAfterWrite`).
    pub ttl: Nanos,
    /// The part of that after which a read refreshes (`refreshAfterWrite`).
    pub refresh_at: f64,
}

impl Default for CaffeineRefresh {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), refresh_at: 0.5 }
    }
}

impl Strategy for CaffeineRefresh {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            if entry.fresh_until - w.now() < w.ttl(item, self.ttl).scale(1.0 - self.refresh_at) {
                drop(refresh(w, item)); // nobody waits for it
            }
            return Ok(Served::Fresh(entry.value));
        }
        match w.join(item).await {
            Lead::Theirs(outcome) => Ok(Served::Waited(outcome?)),
            Lead::Mine(promise) => {
                let value = fill(w, item, self.ttl, Nanos::ZERO).await?; // an error hands the load on
                promise.keep(Ok(value));
                Ok(Served::Computed(value))
            }
        }
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let outcome = fill(w, task.item, self.ttl, Nanos::ZERO).await;
        if let Some(promise) = task.promise {
            promise.keep(outcome);
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "refresh_at",
                "part of the ttl after which a read refreshes (refreshAfterWrite)",
                &mut self.refresh_at,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
