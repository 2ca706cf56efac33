//! `xfetch`: probabilistic early refresh.
//!
//! Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, PVLDB 8(8), 2015. A reader
//! recomputes if `now - delta * beta * ln(u) >= expiry` with u uniform in (0, 1]: an exponential look-ahead whose mean
//! is `beta` times what the last compute cost. Nobody waits and nobody holds a lock; a cold key is not protected.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, Value, World};

/// Probabilistic early refresh.
#[derive(Clone, Debug)]
pub struct XFetch {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// Mean look-ahead in computes; 1 is the paper's, more is earlier, 0 is `ttl`.
    pub beta: f64,
    /// To what the time left is rounded before it is compared; zero is not at all. Redis' TTL command gives whole
    /// seconds (`(ttl + 500) / 1000`, src/expire.c), as the harness of RedisConf 2017 used it.
    pub resolution: Nanos,
    /// Which cost is stored: this part of what was known before, and the rest of what the compute took. 0 is the last
    /// writer's own, as the paper has it; 1 is the first one's for ever.
    pub memory: f64,
}

impl Default for XFetch {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), beta: 1.0, resolution: Nanos::ZERO, memory: 0.0 }
    }
}

impl XFetch {
    /// Whether a reader who sees this entry refreshes it.
    pub(super) fn is_due<W: World>(&self, w: &W, entry: &Entry) -> bool {
        let look_ahead = entry.delta.scale(self.beta * -w.random().ln());
        if self.resolution == Nanos::ZERO {
            return w.now() + look_ahead >= entry.fresh_until;
        }
        let left = (entry.fresh_until - w.now()).as_nanos();
        let unit = self.resolution.as_nanos();
        look_ahead >= Nanos::from_nanos((left + unit / 2) / unit * unit)
    }

    /// Computes and stores, with the cost that readers will look ahead by.
    pub(super) async fn refill<W: World>(
        &self,
        w: &W,
        item: Item,
        seen: Option<Entry>,
    ) -> Result<Value, Failure> {
        let asked = w.now();
        let value = w.ask(item).await?;
        let took = w.now() - asked;
        let delta =
            seen.map_or(took, |old| old.delta.scale(self.memory) + took.scale(1.0 - self.memory));
        let ttl = w.ttl(item, self.ttl);
        let entry = Entry { value, fresh_until: w.now() + ttl, delta };
        w.set(item.key(), entry, Ttl::after(ttl)).await?;
        Ok(value)
    }

    /// What there is to set.
    pub(super) fn knobs(&mut self) -> [Parameter<'_>; 4] {
        [
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "beta",
                "mean look-ahead, in computes; higher refreshes earlier",
                &mut self.beta,
            ),
            Parameter::span(
                "resolution",
                "to what the time left is rounded, as Redis' TTL does to 1s; 0s is not at all",
                &mut self.resolution,
            ),
            Parameter::number(
                "memory",
                "part of the known cost in the one stored; 0 is the last writer's own, 1 the first's",
                &mut self.memory,
            ),
        ]
    }
}

impl Strategy for XFetch {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let seen = w.get(item.key()).await?;
        if let Some(entry) = seen
            && !self.is_due(w, &entry)
        {
            return Ok(Served::Fresh(entry.value));
        }
        Ok(Served::Computed(self.refill(w, item, seen).await?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        self.knobs().into()
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
