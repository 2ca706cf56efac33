//! `xfetch-lock`: early refresh, but only by the holder of a lock.
//!
//! The fourth worker of the Internet Archive's harness (RedisConf 2017; github.com/internetarchive/xfetch,
//! `XFetchLockWorker`). Whoever draws an early refresh tries for the lock: with it he computes, without it he serves the
//! value he has. Without a value, one holder computes and the others poll, as with `lock`.

use super::{Parameter, Strategy, XFetch};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, Value, World};

/// Early refresh by one at a time.
#[derive(Clone, Debug)]
pub struct XFetchLock {
    /// When a reader would refresh.
    pub xfetch: XFetch,
    /// After how long a lock nobody released is gone.
    pub lock_ttl: Nanos,
    /// Whether a new holder looks once more before it computes.
    pub re_read: bool,
    /// Time between two looks of a waiter.
    pub poll_every: Nanos,
}

impl Default for XFetchLock {
    fn default() -> Self {
        Self {
            xfetch: XFetch::default(),
            lock_ttl: Nanos::from_secs(30),
            re_read: true,
            poll_every: Nanos::from_millis(100),
        }
    }
}

impl XFetchLock {
    /// Computes as the lock's holder, unless somebody else refreshed since `seen` was read.
    async fn hold<W: World>(
        &self,
        w: &W,
        item: Item,
        seen: Option<Entry>,
        token: u64,
    ) -> Result<Served, Failure> {
        let outcome = self.recompute(w, item, seen).await; // a `?` in there leaves it, not the unlock
        w.delete_if(item.lock(), Value::token(token)).await?;
        outcome
    }

    async fn recompute<W: World>(
        &self,
        w: &W,
        item: Item,
        seen: Option<Entry>,
    ) -> Result<Served, Failure> {
        if self.re_read
            && let Some(entry) = w.get(item.key()).await?
            && Some(entry) != seen
        {
            return Ok(Served::Waited(entry.value));
        }
        Ok(Served::Computed(self.xfetch.refill(w, item, seen).await?))
    }
}

impl Strategy for XFetchLock {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let seen = w.get(item.key()).await?;
        if let Some(entry) = &seen
            && !self.xfetch.is_due(w, entry)
        {
            return Ok(Served::Fresh(entry.value));
        }
        let token = w.token();
        loop {
            if w.add(item.lock(), Entry::token(token), Ttl::after(self.lock_ttl)).await? {
                return self.hold(w, item, seen, token).await;
            }
            if let Some(entry) = seen {
                return Ok(Served::Fresh(entry.value)); // somebody else is at it
            }
            w.sleep(self.poll_every).await;
            if let Some(entry) = w.get(item.key()).await? {
                return Ok(Served::Waited(entry.value));
            }
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        let own = [
            Parameter::span(
                "lock_ttl",
                "after how long an unreleased lock is gone",
                &mut self.lock_ttl,
            )
            .at_least(1e-3),
            Parameter::switch(
                "re_read",
                "a new holder looks once more before it computes",
                &mut self.re_read,
            ),
            Parameter::span(
                "poll_every",
                "time between two looks of a waiter",
                &mut self.poll_every,
            )
            .at_least(1e-3),
        ];
        self.xfetch.knobs().into_iter().chain(own).collect()
    }

    fn ttl(&self) -> Nanos {
        self.xfetch.ttl
    }
}
