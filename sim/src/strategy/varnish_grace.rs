//! `varnish-grace`: Varnish's grace mode and its waiting list.
//!
//! bin/varnishd/cache/cache_hash.c (`HSH_Lookup`): an object past its TTL and within its grace (10 s by default) is
//! delivered at once, and one background fetch runs. An object that is not there is fetched by one request; all others
//! go on the waiting list and are served the same object when it arrives. If that fetch fails, all who wait get the error
//! (cache_fetch.c, `vbf_stp_error`: it is kept for a second "so the waiting list can drain"; who comes within that second
//! gets it too there, and fetches here). The cache is Varnish's own.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Lead, Promise, Served, Task, World, fill, refresh};

/// Grace and a waiting list.
#[derive(Clone, Debug)]
pub struct VarnishGrace {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// How long after that it is delivered while it is fetched.
    pub grace: Nanos,
}

impl Default for VarnishGrace {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), grace: Nanos::from_secs(10) }
    }
}

impl Strategy for VarnishGrace {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            if w.now() < entry.fresh_until {
                return Ok(Served::Fresh(entry.value));
            }
            drop(refresh(w, item)); // at most one at a time, and nobody waits for it
            return Ok(Served::Stale(entry.value));
        }
        match w.join(item).await {
            Lead::Theirs(outcome) => Ok(Served::Waited(outcome?)),
            Lead::Mine(busy) => {
                let outcome = fill(w, item, self.ttl, self.grace).await;
                busy.keep(outcome);
                Ok(Served::Computed(outcome?))
            }
        }
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
                "how long past its expiry an object is delivered while it is fetched",
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
