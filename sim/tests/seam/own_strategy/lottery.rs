//! `lottery`: in the last tenth of a value's life one reader in a hundred refreshes it.

use herdlab_sim::strategy::{Parameter, Strategy};
use herdlab_sim::key::Item;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Served, World, fill};

/// A ticket a read.
#[derive(Clone, Debug, Default)]
pub struct Lottery {
    /// How long an entry is fresh.
    pub ttl: Nanos,
}

impl Strategy for Lottery {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        match w.get(item.key()).await? {
            Some(e) if e.fresh_until - w.now() > self.ttl.scale(0.1) || w.random() > 0.01 => Ok(Served::Fresh(e.value)),
            _ => Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?)),
        }
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> { vec![Parameter::ttl(&mut self.ttl)] }
    fn ttl(&self) -> Nanos { self.ttl }
}
