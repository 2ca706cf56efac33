//! `fusion-cache`: FusionCache with eager refresh, fail-safe, soft and hard timeouts.
//!
//! ZiggyCreatures/FusionCache, docs/EagerRefresh.md, FailSafe.md, Timeouts.md, CacheStampede.md:
//! - past `eager` of its duration a value is served and one refresh per process runs behind;
//! - expired, it is recomputed by one caller per process while the others wait for him;
//! - whoever has an expired value to fall back on waits at most the soft timeout, the compute goes on behind; without
//!   one, at most the hard timeout, and then it is an error;
//! - if the compute fails, the expired value counts as good for the throttle's span, so that not every reader tries.
//!
//! Its two levels are the lane's `l1` in front of it.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{
    Elapsed, Entry, Failure, Promise, Served, Task, Ttl, World, fill, follow, refresh, within,
};

/// Coalesced, early, never slow and never failing if there is an old value.
#[derive(Clone, Debug)]
pub struct FusionCache {
    /// How long an entry is fresh (`Duration`).
    pub ttl: Nanos,
    /// How long after that it may be fallen back on (`FailSafeMaxDuration`).
    pub grace: Nanos,
    /// The part of its duration after which the first reader starts a refresh; 1 is never (`EagerRefreshThreshold`).
    pub eager: f64,
    /// How long who has an old value waits; zero is without end (`FactorySoftTimeout`).
    pub soft: Nanos,
    /// How long who has none waits; zero is without end (`FactoryHardTimeout`).
    pub hard: Nanos,
    /// For how long an old value counts as good after a failure (`FailSafeThrottleDuration`).
    pub throttle: Nanos,
}

impl Default for FusionCache {
    fn default() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            grace: Nanos::from_secs(86_400),
            eager: 0.9,
            soft: Nanos::from_millis(100),
            hard: Nanos::ZERO,
            throttle: Nanos::from_secs(30),
        }
    }
}

impl FusionCache {
    /// The compute failed: what there was counts as good for a while.
    async fn throttle<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        let Some(old) = w.get(item.key()).await? else { return Ok(()) };
        let entry = Entry { fresh_until: w.now() + self.throttle, ..old };
        w.set(item.key(), entry, Ttl::after(self.throttle + self.grace)).await
    }
}

impl Strategy for FusionCache {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let cached = w.get(item.key()).await?;
        if let Some(entry) = cached
            && w.now() < entry.fresh_until
        {
            if entry.fresh_until - w.now() < w.ttl(item, self.ttl).scale(1.0 - self.eager) {
                drop(refresh(w, item)); // nobody waits for it
            }
            return Ok(Served::Fresh(entry.value));
        }
        let (turn, mine) = refresh(w, item);
        let patience = if cached.is_some() { self.soft } else { self.hard };
        let answer = match patience {
            Nanos::ZERO => Ok(follow(turn).await),
            patience => within(w, patience, follow(turn)).await,
        };
        match (answer, cached) {
            (Ok(Ok(value)), _) if mine => Ok(Served::Computed(value)),
            (Ok(Ok(value)), _) => Ok(Served::Waited(value)),
            (_, Some(old)) => Ok(Served::Stale(old.value)),
            (Ok(Err(failure)), None) => Err(failure),
            (Err(Elapsed), None) => Err(Failure::Timeout),
        }
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let outcome = fill(w, task.item, self.ttl, self.grace).await;
        if outcome.is_err() {
            let _ = self.throttle(w, task.item).await; // the failure is what the followers hear of
        }
        if let Some(promise) = task.promise {
            promise.keep(outcome);
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "grace",
                "how long past its expiry a value may be fallen back on (FailSafeMaxDuration)",
                &mut self.grace,
            ),
            Parameter::number(
                "eager",
                "part of the ttl after which the first reader starts a refresh; 1 is never",
                &mut self.eager,
            ),
            Parameter::span(
                "soft",
                "how long who has an old value waits for a compute; 0s is without end",
                &mut self.soft,
            ),
            Parameter::span(
                "hard",
                "how long who has none waits for a compute; 0s is without end",
                &mut self.hard,
            ),
            Parameter::span(
                "throttle",
                "for how long an old value counts as good after a failure",
                &mut self.throttle,
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
