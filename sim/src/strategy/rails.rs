//! `rails`: Rails' `fetch` with `race_condition_ttl`.
//!
//! activesupport/lib/active_support/cache.rb (`handle_expired_entry`): whoever finds an entry that expired less than
//! `race_ttl` ago writes it back with an expiry of now + `race_ttl`, kept twice as long, and computes; all others take
//! it for fresh meanwhile. Between his read and that write everybody else who reads computes as well: 1 + L·r calls at a
//! delay of r. An entry older than that, or a cold key, has no protection. The store keeps entries five minutes longer
//! than they are fresh (redis_cache_store.rb, `write_serialized_entry`).

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, World, fill};

/// The first to find an entry expired makes it fresh again for a while.
#[derive(Clone, Debug)]
pub struct Rails {
    /// How long an entry is fresh (`expires_in`).
    pub ttl: Nanos,
    /// For how long an expired entry is made fresh again; zero is not at all (`race_condition_ttl`).
    pub race_ttl: Nanos,
}

impl Default for Rails {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), race_ttl: Nanos::from_secs(10) }
    }
}

impl Rails {
    /// How much longer than it is fresh the store keeps an entry.
    const KEPT: Nanos = Nanos::from_secs(300);

    /// Makes an expired entry fresh again for a while, or removes it if it is too old.
    async fn extend<W: World>(&self, w: &W, item: Item, expired: Entry) -> Result<(), Failure> {
        let now = w.now();
        if self.race_ttl != Nanos::ZERO && now - expired.fresh_until <= self.race_ttl {
            let entry = Entry { fresh_until: now + self.race_ttl, ..expired };
            return w.set(item.key(), entry, Ttl::after(self.race_ttl + self.race_ttl)).await;
        }
        w.delete(item.key()).await?;
        Ok(())
    }
}

impl Strategy for Rails {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            if w.now() < entry.fresh_until {
                return Ok(Served::Fresh(entry.value));
            }
            self.extend(w, item, entry).await?;
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Self::KEPT).await?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::span(
                "race_ttl",
                "for how long the first to find an entry expired makes it fresh again; 0s is not at all",
                &mut self.race_ttl,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }

    fn grace(&self) -> Nanos {
        Self::KEPT
    }
}
