//! `ttl`: read, else compute and store.
//!
//! The article's "TTL-only" and every framework's plain get and set. Every reader that finds nothing computes: at L
//! requests a second and D seconds a compute, 1 + L·D origin calls at each expiry.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, World, fill};

/// The plain cache.
#[derive(Clone, Debug)]
pub struct TtlOnly {
    /// How long an entry is fresh.
    pub ttl: Nanos,
}

impl Default for TtlOnly {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300) }
    }
}

impl Strategy for TtlOnly {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![Parameter::ttl(&mut self.ttl)]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
