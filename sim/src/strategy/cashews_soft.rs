//! `cashews-soft`: cashews' `soft` decorator.
//!
//! cashews/decorators/cache/soft.py: once a value is older than `soft_at` (a third) of its TTL every reader computes it
//! anew, and falls back on the value there is if that fails. Nothing keeps them from doing so all at once.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, World, fill};

/// Computed anew early, with the old value against errors.
#[derive(Clone, Debug)]
pub struct CashewsSoft {
    /// How long an entry is there.
    pub ttl: Nanos,
    /// The part of that after which it is computed anew (`soft_ttl`).
    pub soft_at: f64,
}

impl Default for CashewsSoft {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), soft_at: 0.33 }
    }
}

impl Strategy for CashewsSoft {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let cached = w.get(item.key()).await?;
        if let Some(entry) = cached
            && entry.fresh_until - w.now() > w.ttl(item, self.ttl).scale(1.0 - self.soft_at)
        {
            return Ok(Served::Fresh(entry.value));
        }
        match (fill(w, item, self.ttl, Nanos::ZERO).await, cached) {
            (Ok(value), _) => Ok(Served::Computed(value)),
            (Err(_), Some(old)) => Ok(old.served(w.now())),
            (Err(failure), None) => Err(failure),
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "soft_at",
                "part of the ttl after which every reader computes anew (soft_ttl)",
                &mut self.soft_at,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
