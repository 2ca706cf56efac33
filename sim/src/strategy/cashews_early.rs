//! `cashews-early`: cashews' `early` decorator.
//!
//! cashews/decorators/cache/early.py: once a value is older than `early_at` (a third) of its TTL, the first reader to
//! add a lock starts a refresh behind him; everybody, he too, gets the value there is. The lock ends with the refresh,
//! or after as long as the early span. A value that is not there is computed by every reader.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Task, Ttl, World, fill};

/// Refreshed behind a read, long before it expires, by the holder of a lock.
#[derive(Clone, Debug)]
pub struct CashewsEarly {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// The part of that after which a reader may refresh (`early_ttl`).
    pub early_at: f64,
}

impl Default for CashewsEarly {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), early_at: 0.33 }
    }
}

impl Strategy for CashewsEarly {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let Some(entry) = w.get(item.key()).await? else {
            return Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?));
        };
        let ttl = w.ttl(item, self.ttl);
        let is_early = entry.fresh_until - w.now() <= ttl.scale(1.0 - self.early_at);
        let lock_ttl = Ttl::after(ttl.scale(self.early_at));
        if is_early && w.add(item.lock(), Entry::token(1), lock_ttl).await? {
            w.later(Task { item, note: 0, promise: None });
        }
        Ok(Served::Fresh(entry.value))
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let _ = fill(w, task.item, self.ttl, Nanos::ZERO).await; // nobody hears of a failure
        let _ = w.delete(task.item.lock()).await;
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "early_at",
                "part of the ttl after which a reader may refresh (early_ttl)",
                &mut self.early_at,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
