//! `get-many`: a page's items in one round trip each way.
//!
//! Django's `get_many` and `set_many`: read all keys at once, compute what is missing side by side, write it at once.
//! A page of N items costs one round trip where reads one by one cost N; what it does to the origin is as with `ttl`.

use super::{Parameter, Strategy};
use crate::key::{Item, Key};
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, World, fill};

/// Several items at a time.
#[derive(Clone, Debug)]
pub struct GetMany {
    /// How long an entry is fresh.
    pub ttl: Nanos,
}

impl Default for GetMany {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300) }
    }
}

impl Strategy for GetMany {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        if let Some(entry) = w.get(item.key()).await? {
            return Ok(Served::Fresh(entry.value));
        }
        Ok(Served::Computed(fill(w, item, self.ttl, Nanos::ZERO).await?))
    }

    async fn serve_page<W: World>(&self, w: &W, items: &[Item]) -> Result<Vec<Served>, Failure> {
        let keys: Vec<Key> = items.iter().map(|item| item.key()).collect();
        let found = w.get_many(&keys).await?;
        let asked = w.now();
        // All calls are on their way before the first is awaited.
        let looks: Vec<Result<Entry, W::Call>> = (items.iter().zip(found))
            .map(|(item, entry)| entry.ok_or_else(|| w.ask(*item)))
            .collect();
        let (mut served, mut missing) = (Vec::with_capacity(items.len()), Vec::new());
        for (key, look) in keys.into_iter().zip(looks) {
            match look {
                Ok(entry) => served.push(Served::Fresh(entry.value)),
                Err(call) => {
                    let value = call.await?;
                    missing.push((key, value));
                    served.push(Served::Computed(value));
                }
            }
        }
        if !missing.is_empty() {
            let (fresh_until, delta) = (w.now() + self.ttl, w.now() - asked);
            let entries: Vec<(Key, Entry)> = (missing.into_iter())
                .map(|(key, value)| (key, Entry { value, fresh_until, delta }))
                .collect();
            w.set_many(&entries, Ttl::after(self.ttl)).await?;
        }
        Ok(served)
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![Parameter::ttl(&mut self.ttl)]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
