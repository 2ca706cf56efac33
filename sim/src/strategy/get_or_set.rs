//! `get-or-set`: Django's `cache.get_or_set`.
//!
//! django/core/cache/backends/base.py: `get`; on a miss compute, `add`, and `get` again, returning the first writer's
//! value (or one's own, should that read miss). Only the `add` is atomic: N readers that miss compute N times, and each
//! miss costs three round trips.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, World};

/// The first writer wins.
#[derive(Clone, Debug)]
pub struct GetOrSet {
    /// How long an entry is fresh.
    pub ttl: Nanos,
}

impl Default for GetOrSet {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300) }
    }
}

impl Strategy for GetOrSet {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        let asked = w.now();
        let value = w.ask(item).await?;
        let ttl = w.ttl(item, self.ttl);
        let entry = Entry { value, fresh_until: w.now() + ttl, delta: w.now() - asked };
        w.add(item.key(), entry, Ttl::after(ttl)).await?;
        let first = w.get(item.key()).await?;
        Ok(Served::Computed(first.map_or(value, |entry| entry.value)))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![Parameter::ttl(&mut self.ttl)]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
