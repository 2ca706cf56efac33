//! `lease`: Facebook's memcache leases.
//!
//! Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, section 3.2.1. A reader who misses is handed a lease, at
//! most one in 10 s for a key; the others are told to wait a little and ask again. Only who holds the lease may store,
//! and an update takes it from him: so a value computed from data that was changed meanwhile is not left in the cache
//! (the *stale set*). There the server checks the lease as it stores; here the holder stores, then gives his lease back,
//! and if it was taken removes what he stored: the old value can be seen for one round trip, and is then gone.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, Value, World, fill};

/// Who holds the lease computes, unless an update takes it.
#[derive(Clone, Debug)]
pub struct Lease {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// After how long the next reader is handed a lease, though the last one did nothing with his.
    pub lease_ttl: Nanos,
    /// How long who got none waits before he asks again.
    pub poll_every: Nanos,
}

impl Default for Lease {
    fn default() -> Self {
        Self {
            ttl: Nanos::from_secs(300),
            lease_ttl: Nanos::from_secs(10),
            poll_every: Nanos::from_millis(50),
        }
    }
}

impl Lease {
    /// Computes with a lease in hand, and stores only if it is still good.
    async fn hold<W: World>(&self, w: &W, item: Item, token: u64) -> Result<Served, Failure> {
        let outcome = fill(w, item, self.ttl, Nanos::ZERO).await;
        let good = w.delete_if(item.lock(), Value::token(token)).await?;
        if outcome.is_ok() && !good {
            w.delete(item.key()).await?;
        }
        Ok(Served::Computed(outcome?))
    }
}

impl Strategy for Lease {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let mut waited = false;
        loop {
            match w.get(item.key()).await? {
                Some(entry) if waited => return Ok(Served::Waited(entry.value)),
                Some(entry) => return Ok(Served::Fresh(entry.value)),
                None => {}
            }
            let token = w.token();
            if w.add(item.lock(), Entry::token(token), Ttl::after(self.lease_ttl)).await? {
                return self.hold(w, item, token).await;
            }
            waited = true;
            w.sleep(self.poll_every).await;
        }
    }

    /// The lease goes first: whoever stores after that finds it gone, whoever stored before loses the value.
    async fn delete<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        w.delete(item.lock()).await?;
        w.delete(item.key()).await?;
        Ok(())
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "lease_ttl",
                "after how long the next reader is handed a lease",
                &mut self.lease_ttl,
            )
            .at_least(1e-3),
            Parameter::span(
                "poll_every",
                "how long who got no lease waits before he asks again",
                &mut self.poll_every,
            )
            .at_least(1e-3),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
