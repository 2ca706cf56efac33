//! `django-redis-herd`: django-redis' `HerdClient`.
//!
//! django_redis/client/herd.py: the backend keeps a value `herd_timeout` (CACHE_HERD_TIMEOUT, 60 s) longer than it is
//! fresh. A reader who finds it x seconds past its expiry takes it for a miss with probability (x + 1) / herd_timeout,
//! and serves it otherwise; times are whole seconds. Each reader rolls dice of his own, so on a hot key the first second
//! past the expiry already has a refresh or several: nobody knows of the others. A cold key is not protected.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, World, fill};

/// Each reader rolls dice whether an expired value has gone.
#[derive(Clone, Debug)]
pub struct DjangoRedisHerd {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// How long past that it may be served, ever less likely (CACHE_HERD_TIMEOUT).
    pub herd_timeout: Nanos,
}

impl Default for DjangoRedisHerd {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), herd_timeout: Nanos::from_secs(60) }
    }
}

impl DjangoRedisHerd {
    /// Whether a reader takes this entry for a miss.
    fn is_gone<W: World>(&self, w: &W, entry: &Entry) -> bool {
        let past = w.now().as_secs().saturating_sub(entry.fresh_until.as_secs());
        let most = self.herd_timeout.as_secs();
        past > 0 && past + (w.random() * most as f64).ceil() as u64 >= most
    }
}

impl Strategy for DjangoRedisHerd {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await?
            && !self.is_gone(w, &entry)
        {
            return Ok(entry.served(w.now()));
        }
        Ok(Served::Computed(fill(w, item, self.ttl, self.herd_timeout).await?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "herd_timeout",
                "how long past its expiry a value may be served, ever less likely",
                &mut self.herd_timeout,
            )
            .at_least(1.0),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }

    fn grace(&self) -> Nanos {
        self.herd_timeout
    }
}
