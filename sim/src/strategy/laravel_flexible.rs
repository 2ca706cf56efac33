//! `laravel-flexible`: Laravel's `Cache::flexible`.
//!
//! Illuminate/Cache/Repository.php (`flexible`): younger than its fresh span a value is served; older, but still there,
//! it is served too, and a refresh is *deferred* until after the response. The refresh takes a lock, gives up if it is
//! taken, looks whether the value is still the one it saw, computes, stores, releases. A key that is not there is
//! computed by every reader: the lock is for refreshes only.
//!
//! The lock's default is zero seconds, which RedisLock takes for "no expiry": a worker that dies while it refreshes
//! leaves it for ever. Then nothing is refreshed, until the value is gone and every reader computes.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Task, Ttl, Value, World, fill};

/// Stale now, refreshed after the response.
#[derive(Clone, Debug)]
pub struct LaravelFlexible {
    /// How long an entry is fresh: the first of the two numbers.
    pub ttl: Nanos,
    /// How long after that it is served stale: the second number less the first.
    pub grace: Nanos,
    /// After how long a lock nobody released is gone; zero is never (`lock['seconds']`).
    pub lock_ttl: Nanos,
}

impl Default for LaravelFlexible {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), grace: Nanos::from_secs(300), lock_ttl: Nanos::ZERO }
    }
}

impl LaravelFlexible {
    /// With the lock: computes, unless the value that was seen has been replaced since.
    async fn refresh<W: World>(&self, w: &W, item: Item, seen: u64) -> Result<(), Failure> {
        let now = w.get(item.key()).await?;
        if now.is_some_and(|entry| entry.fresh_until.as_nanos() == seen) {
            fill(w, item, self.ttl, self.grace).await?;
        }
        Ok(())
    }
}

impl Strategy for LaravelFlexible {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let Some(entry) = w.get(item.key()).await? else {
            return Ok(Served::Computed(fill(w, item, self.ttl, self.grace).await?));
        };
        if w.now() < entry.fresh_until {
            return Ok(Served::Fresh(entry.value));
        }
        w.later(Task { item, note: entry.fresh_until.as_nanos(), promise: None });
        Ok(Served::Stale(entry.value))
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let (lock, token) = (task.item.lock(), w.token());
        let mine = w.add(lock, Entry::token(token), Ttl::limit(self.lock_ttl)).await;
        if mine != Ok(true) {
            return; // somebody else refreshes
        }
        let _ = self.refresh(w, task.item, task.note).await; // nobody hears of a failure
        let _ = w.delete_if(lock, Value::token(token)).await;
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "grace",
                "how long past its expiry a value is served while it is refreshed",
                &mut self.grace,
            ),
            Parameter::span(
                "lock_ttl",
                "after how long an unreleased lock is gone; 0s is never, as Laravel has it",
                &mut self.lock_ttl,
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
