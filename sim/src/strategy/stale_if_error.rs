//! `stale-if-error`: a value past its expiry stands in for a compute that failed.
//!
//! RFC 5861, section 4: a cached response MAY be used, however old up to the given span, when the origin answers with an
//! error. Nothing is refreshed early and nothing is coalesced: at an expiry every reader computes, as with `ttl`. An
//! origin that is slow, and not failing, is waited for.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, World, fill};

/// An old value rather than an error.
#[derive(Clone, Debug)]
pub struct StaleIfError {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// How long after that it may stand in for an error.
    pub grace: Nanos,
}

impl Default for StaleIfError {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), grace: Nanos::from_secs(3_600) }
    }
}

impl Strategy for StaleIfError {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let cached = w.get(item.key()).await?;
        if let Some(entry) = cached
            && w.now() < entry.fresh_until
        {
            return Ok(Served::Fresh(entry.value));
        }
        match (fill(w, item, self.ttl, self.grace).await, cached) {
            (Ok(value), _) => Ok(Served::Computed(value)),
            (Err(_), Some(old)) => Ok(Served::Stale(old.value)),
            (Err(failure), None) => Err(failure),
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "grace",
                "how long past its expiry a value may stand in for an error",
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
