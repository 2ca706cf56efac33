//! `nginx`: `proxy_cache_lock`, `proxy_cache_use_stale` and `proxy_cache_background_update`.
//!
//! src/http/ngx_http_file_cache.c and ngx_http_upstream.c. The lock is for elements that are not there: one request
//! goes upstream, the others look every 500 ms. Who has waited `lock_timeout` goes upstream too, and his response is
//! *not* cached; after `lock_age` one more may try. An expired element is no business of the lock: the first to find it
//! goes upstream, and the others do as well, unless `updating` lets them have the old one. With `background` the first
//! gets it too. `on_error` serves the old one if the upstream fails. All of them are off in nginx by default; here all
//! are on. The cache is nginx's own.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Task, Ttl, Value, World, fill};

/// nginx as a caching proxy.
#[derive(Clone, Debug)]
pub struct Nginx {
    /// How long an entry is fresh (`proxy_cache_valid`).
    pub ttl: Nanos,
    /// How long after that it is still there (`inactive`).
    pub grace: Nanos,
    /// Whether one request at a time fetches what is not there (`proxy_cache_lock`).
    pub lock: bool,
    /// How long a request waits for it (`proxy_cache_lock_timeout`).
    pub lock_timeout: Nanos,
    /// After how long one more request may fetch it (`proxy_cache_lock_age`).
    pub lock_age: Nanos,
    /// Whether an expired element is served while another request updates it (`proxy_cache_use_stale updating`).
    pub updating: bool,
    /// Whether who would update it gets it too (`proxy_cache_background_update`).
    pub background: bool,
    /// Whether it is served if the upstream fails (`proxy_cache_use_stale error timeout http_5xx`).
    pub on_error: bool,
}

impl Default for Nginx {
    fn default() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            grace: Nanos::from_secs(600),
            lock: true,
            lock_timeout: Nanos::from_secs(5),
            lock_age: Nanos::from_secs(5),
            updating: true,
            background: true,
            on_error: true,
        }
    }
}

impl Nginx {
    /// How often a request that waits looks.
    const LOOK: Nanos = Nanos::from_millis(500);

    /// Whether the element is ours to update now; the token says so later.
    async fn claim<W: World>(&self, w: &W, item: Item) -> Result<Option<u64>, Failure> {
        let token = w.token();
        let mine = w.add(item.lock(), Entry::token(token), Ttl::after(self.lock_age)).await?;
        Ok(mine.then_some(token))
    }

    /// Goes upstream for an element that is ours to update.
    async fn update<W: World>(&self, w: &W, item: Item, token: u64) -> Result<Value, Failure> {
        let outcome = fill(w, item, self.ttl, self.grace).await;
        w.delete_if(item.lock(), Value::token(token)).await?;
        outcome
    }

    /// The element is not there.
    async fn miss<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if !self.lock {
            return Ok(Served::Computed(fill(w, item, self.ttl, self.grace).await?));
        }
        let until = w.now() + self.lock_timeout;
        loop {
            if let Some(token) = self.claim(w, item).await? {
                return Ok(Served::Computed(self.update(w, item, token).await?));
            }
            if w.now() >= until {
                return Ok(Served::Computed(w.ask(item).await?)); // not cached
            }
            w.sleep(Self::LOOK.min(until - w.now())).await;
            if let Some(entry) = w.get(item.key()).await? {
                return Ok(Served::Waited(entry.value));
            }
        }
    }

    /// The element is there, and expired.
    async fn expired<W: World>(&self, w: &W, item: Item, old: Value) -> Result<Served, Failure> {
        let outcome = match self.claim(w, item).await? {
            Some(token) if self.updating && self.background => {
                w.later(Task { item, note: token, promise: None });
                return Ok(Served::Stale(old));
            }
            Some(token) => self.update(w, item, token).await,
            None if self.updating => return Ok(Served::Stale(old)),
            None => fill(w, item, self.ttl, self.grace).await,
        };
        match outcome {
            Err(_) if self.on_error => Ok(Served::Stale(old)),
            outcome => Ok(Served::Computed(outcome?)),
        }
    }
}

impl Strategy for Nginx {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        match w.get(item.key()).await? {
            None => self.miss(w, item).await,
            Some(entry) if w.now() < entry.fresh_until => Ok(Served::Fresh(entry.value)),
            Some(entry) => self.expired(w, item, entry.value).await,
        }
    }

    async fn behind<W: World>(&self, w: &W, task: Task<W::Promise>) {
        let _ = self.update(w, task.item, task.note).await; // nobody hears of a failure
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "grace",
                "how long past its expiry an element is kept",
                &mut self.grace,
            ),
            Parameter::switch(
                "lock",
                "one request at a time fetches what is not there (proxy_cache_lock)",
                &mut self.lock,
            ),
            Parameter::span(
                "lock_timeout",
                "after how long who waits goes upstream himself, uncached",
                &mut self.lock_timeout,
            )
            .at_least(1e-3),
            Parameter::span(
                "lock_age",
                "after how long one more request may fetch it",
                &mut self.lock_age,
            )
            .at_least(1e-3),
            Parameter::switch(
                "updating",
                "an expired element is served while another request updates it",
                &mut self.updating,
            ),
            Parameter::switch(
                "background",
                "who would update it is served it too (needs updating)",
                &mut self.background,
            ),
            Parameter::switch(
                "on_error",
                "an expired element is served if the upstream fails",
                &mut self.on_error,
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
