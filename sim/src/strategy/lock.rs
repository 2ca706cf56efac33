//! `lock` and `lock-article`: a lock in the cache around the recompute.
//!
//! Whoever adds `key:lock` computes; the others poll for the value. The two presets differ in the parameters below, and
//! each of the article's bugs is one of them:
//!
//! | parameter | `lock` | `lock-article` | what goes wrong without it |
//! |---|---|---|---|
//! | `token` | yes | no | a holder that outlives its lock deletes the next holder's |
//! | `re_read` | yes | no | a reader whose GET came before the holder's SET and whose ADD came after its DELETE computes again |
//! | `retry` | yes | no | after a holder's failure every waiter polls to its end, then all compute |
//! | `polls` | 0, never give up | 20 | above 20 x 0.1 s a compute, every waiter computes for itself and stores nothing |
//!
//! Sources: the article's `get_or_compute_locked`; redis-py's `Lock` (random token, release by compare and delete).
//! A holder that is cancelled leaves its lock behind until `lock_ttl`, as a killed worker does.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, Value, World, fill};

/// One holder computes, the others poll.
#[derive(Clone, Debug)]
pub struct Lock {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// After how long a lock nobody released is gone.
    pub lock_ttl: Nanos,
    /// Whether only the owner may release.
    pub token: bool,
    /// Whether a new holder looks once more before it computes.
    pub re_read: bool,
    /// Whether a waiter tries for the lock again at each poll.
    pub retry: bool,
    /// Time between two looks of a waiter.
    pub poll_every: Nanos,
    /// Looks before a waiter computes for itself, uncached; 0 never does.
    pub polls: u32,
}

impl Default for Lock {
    fn default() -> Self {
        Self { token: true, re_read: true, retry: true, polls: 0, ..Self::article() }
    }
}

impl Lock {
    /// The article's.
    #[must_use]
    pub const fn article() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            lock_ttl: Nanos::from_secs(30),
            token: false,
            re_read: false,
            retry: false,
            poll_every: Nanos::from_millis(100),
            polls: 20,
        }
    }

    async fn hold<W: World>(&self, w: &W, item: Item, token: u64) -> Result<Served, Failure> {
        let outcome = self.recompute(w, item).await; // a `?` in there leaves it, not the unlock: Python's try/finally
        if self.token {
            w.delete_if(item.lock(), Value::token(token)).await?;
        } else {
            w.delete(item.lock()).await?;
        }
        outcome
    }

    async fn recompute<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if self.re_read
            && let Some(entry) = w.get(item.key()).await?
        {
            return Ok(Served::Waited(entry.value));
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?))
    }
}

impl Strategy for Lock {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        let token = w.token();
        let mut looks = 0;
        loop {
            let tries = looks == 0 || self.retry;
            if tries && w.add(item.lock(), Entry::token(token), Ttl::after(self.lock_ttl)).await? {
                return self.hold(w, item, token).await;
            }
            if self.polls != 0 && looks == self.polls {
                return Ok(Served::Computed(w.ask(item).await?)); // gives up, and stores nothing
            }
            looks += 1;
            w.sleep(self.poll_every).await;
            if let Some(entry) = w.get(item.key()).await? {
                return Ok(Served::Waited(entry.value));
            }
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "lock_ttl",
                "after how long an unreleased lock is gone",
                &mut self.lock_ttl,
            )
            .at_least(1e-3),
            Parameter::switch("token", "only the owner may release the lock", &mut self.token),
            Parameter::switch(
                "re_read",
                "a new holder looks once more before it computes",
                &mut self.re_read,
            ),
            Parameter::switch(
                "retry",
                "a waiter tries for the lock again at each poll",
                &mut self.retry,
            ),
            Parameter::span(
                "poll_every",
                "time between two looks of a waiter",
                &mut self.poll_every,
            )
            .at_least(1e-3),
            Parameter::count(
                "polls",
                "looks before a waiter computes for itself; 0 never does",
                &mut self.polls,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
