//! `moka`: moka's `get_with` and `try_get_with`.
//!
//! moka, src/future/value_initializer.rs: callers of one key share one *init future*. Whoever wins looks into the cache
//! once more before it runs, as another may have been done in between. A future that is dropped on the way, because its
//! caller was cancelled, or that panics, is followed by a waiter's own. `try_get_with` gives an error to all who wait;
//! nothing is stored then. moka's cache is the process's own (`backend = "locmem"`).

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Lead, Promise, Served, World, fill};

/// One init future per process and key.
#[derive(Clone, Debug)]
pub struct Moka {
    /// How long an entry is fresh (`time_to_live`).
    pub ttl: Nanos,
}

impl Default for Moka {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300) }
    }
}

impl Strategy for Moka {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        let promise = match w.join(item).await {
            Lead::Theirs(outcome) => return Ok(Served::Waited(outcome?)),
            Lead::Mine(promise) => promise,
        };
        if let Some(entry) = w.get(item.key()).await? {
            promise.keep(Ok(entry.value));
            return Ok(Served::Waited(entry.value));
        }
        let outcome = fill(w, item, self.ttl, Nanos::ZERO).await;
        promise.keep(outcome);
        Ok(Served::Computed(outcome?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![Parameter::ttl(&mut self.ttl)]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
