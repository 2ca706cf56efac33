//! `xfetch`: probabilistic early refresh.
//!
//! Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, PVLDB 8(8), 2015. A reader
//! recomputes if `now - delta * beta * ln(u) >= expiry` with u uniform in (0, 1]: an exponential look-ahead whose mean
//! is `beta` times what the last compute cost. Nobody waits and nobody holds a lock; a cold key is not protected.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Failure, Served, World, fill};

/// Probabilistic early refresh.
#[derive(Clone, Debug)]
pub struct XFetch {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// Mean look-ahead in computes; 1 is the paper's, more is earlier, 0 is `ttl`.
    pub beta: f64,
}

impl Default for XFetch {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), beta: 1.0 }
    }
}

impl Strategy for XFetch {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            let look_ahead = entry.delta.scale(self.beta * -w.random().ln());
            if w.now() + look_ahead < entry.fresh_until {
                return Ok(Served::Fresh(entry.value));
            }
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number(
                "beta",
                "mean look-ahead, in computes; higher refreshes earlier",
                &mut self.beta,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
