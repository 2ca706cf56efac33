//! `stale-while-revalidate`: an expired value is served at once while one refresh per process runs behind.
//!
//! RFC 5861, section 3. The backend keeps an entry `grace` longer than it is fresh; past that, readers wait for the
//! refresh as in `single-flight`. Nobody waits at an expiry, but an absent value (cold start, flush) has no stale twin.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Promise, Served, Task, World, fill, follow, refresh};

/// Stale now, fresh soon.
#[derive(Clone, Debug)]
pub struct StaleWhileRevalidate {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// How long after that it may be served stale.
    pub grace: Nanos,
}

impl Default for StaleWhileRevalidate {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), grace: Nanos::from_secs(60) }
    }
}

impl Strategy for StaleWhileRevalidate {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let cached = w.get(item.key()).await?;
        if let Some(entry) = cached
            && w.now() < entry.fresh_until
        {
            return Ok(Served::Fresh(entry.value));
        }
        let (turn, mine) = refresh(w, item);
        if let Some(entry) = cached {
            return Ok(Served::Stale(entry.value)); // leaves the line; the refresh goes on
        }
        let value = follow(turn).await?;
        Ok(if mine { Served::Computed(value) } else { Served::Waited(value) })
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let outcome = fill(w, task.item, self.ttl, self.grace).await;
        if let Some(promise) = task.promise {
            promise.keep(outcome);
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "grace",
                "how long past its expiry a value may be served",
                &mut self.grace,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }

    fn grace(&self) -> Nanos {
        self.grace
    }
}
