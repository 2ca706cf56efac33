//! `xfetch-article`: exactly the article's XFetch, its sign reversed.
//!
//! It returns the cached value while `now + beta * delta * ln(u) < expires_at`. The logarithm is never positive, so the
//! left side is never later than now: the value is *never* refreshed early. And as `expires_at` is taken before the
//! compute while the backend's TTL starts after it, a window of one compute opens in which the value is served past its
//! own expiry. Put the sign right with `sign_fixed = true` and the second habit remains on its own.

use super::{Parameter, Strategy};
use crate::key::Item;
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, World};

/// The article's XFetch.
#[derive(Clone, Debug)]
pub struct XFetchArticle {
    /// How long an entry is fresh, from before its compute.
    pub ttl: Nanos,
    /// The article's tuning knob.
    pub beta: f64,
    /// Whether the look-ahead looks ahead, as in the paper; the article's looks back.
    pub sign_fixed: bool,
}

impl Default for XFetchArticle {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), beta: 1.0, sign_fixed: false }
    }
}

impl XFetchArticle {
    /// `now + beta * delta * log(random())`, with the article's sign or the paper's.
    fn shifted<W: World>(&self, w: &W, entry: &Entry) -> Nanos {
        let span = entry.delta.scale(self.beta * -w.random().ln());
        if self.sign_fixed { w.now() + span } else { w.now() - span }
    }
}

impl Strategy for XFetchArticle {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let payload = w.get(item.key()).await?;
        let now = w.now();
        if let Some(entry) = payload
            && self.shifted(w, &entry) < entry.fresh_until
        {
            return Ok(entry.served(now));
        }
        let value = w.ask(item).await?;
        let ttl = w.ttl(item, self.ttl);
        let entry = Entry { value, fresh_until: now + ttl, delta: w.now() - now };
        w.set(item.key(), entry, Ttl::after(ttl)).await?;
        Ok(Served::Computed(value))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::number("beta", "the article's tuning knob", &mut self.beta),
            Parameter::switch(
                "sign_fixed",
                "look ahead as the paper does, not back",
                &mut self.sign_fixed,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
