//! `refresh-ahead`: a job recomputes the hottest items before they expire.
//!
//! The cron entry or Celery beat task that warms a cache: every so often it goes through a list, one item after another,
//! computes each and stores it. Listed items never expire, and readers never wait, as long as a run of the job is over
//! before their TTL is; items that are not listed, and any after a flush until the job comes round, ride a bare TTL. It
//! computes also what nobody asks for.

use super::{Job, Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, World, fill};

/// Warmed by a job.
#[derive(Clone, Debug)]
pub struct RefreshAhead {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// The part of that from one run of the job to the next.
    pub every: f64,
    /// How many of the most popular items are on its list.
    pub items: u32,
}

impl Default for RefreshAhead {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), every: 0.8, items: 100 }
    }
}

impl Strategy for RefreshAhead {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?))
    }

    fn job(&self) -> Option<Job> {
        let every = self.ttl.scale(self.every).max(Nanos::from_millis(1));
        Some(Job { every, items: self.items })
    }

    async fn work<W: World>(&self, w: &W, item: Item) {
        let _ = fill(w, item, self.ttl, Nanos::ZERO).await; // the next run tries again
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "every",
                "part of the ttl from one run of the job to the next",
                &mut self.every,
            )
            .at_least(1e-3),
            Parameter::count(
                "items",
                "how many of the most popular items are on its list",
                &mut self.items,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
