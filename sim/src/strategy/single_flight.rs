//! `single-flight`: one compute per process and item at a time.
//!
//! golang.org/x/sync/singleflight, moka's `get_with`, .NET's HybridCache. Who leads decides whether a system survives
//! its clients' timeouts: a leader that *dies with its request* takes the work with it and leaves the lead to the next
//! follower, who has waited already; a *detached* leader works behind its request and survives it.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Lead, Promise, Served, Task, World, fill, follow, refresh};

/// In-process coalescing of misses.
#[derive(Clone, Debug)]
pub struct SingleFlight {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// Whether the leader survives its request.
    pub detached: bool,
}

impl Default for SingleFlight {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), detached: true }
    }
}

impl Strategy for SingleFlight {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        if self.detached {
            let (turn, mine) = refresh(w, item);
            let value = follow(turn).await?;
            return Ok(if mine { Served::Computed(value) } else { Served::Waited(value) });
        }
        match w.join(item).await {
            Lead::Theirs(outcome) => Ok(Served::Waited(outcome?)),
            Lead::Mine(promise) => {
                let outcome = fill(w, item, self.ttl, Nanos::ZERO).await;
                promise.keep(outcome); // after the SET: before it, a miss in between would open a second flight
                Ok(Served::Computed(outcome?))
            }
        }
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let outcome = fill(w, task.item, self.ttl, Nanos::ZERO).await;
        if let Some(promise) = task.promise {
            promise.keep(outcome);
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::switch("detached", "the leader survives its request", &mut self.detached),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
