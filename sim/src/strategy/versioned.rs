//! `versioned`: a counter in the cache is part of the key.
//!
//! The article's "just bump the integer": read the version (`get_or_set(ver, 1, timeout=None)`), then the value under
//! it. An update raises the counter (`incr`, or `set(ver, 2)` if it is gone), and every entry under the old version is
//! unreachable. Two round trips a hit; nothing protects the origin. The counter lies in the same cache as the values:
//! should it be evicted, it begins again at 1, and old values that are still there come back.

use super::{Parameter, Strategy};
use crate::key::{Item, Key};
use crate::time::Nanos;
use crate::world::{Entry, Failure, Served, Ttl, World};

/// Keys with a version.
#[derive(Clone, Debug)]
pub struct Versioned {
    /// How long an entry is fresh.
    pub ttl: Nanos,
    /// How many items, by popularity, share a version; 0 is all of them.
    pub group: u32,
}

impl Default for Versioned {
    fn default() -> Self {
        Self { ttl: Nanos::from_secs(300), group: 1 }
    }
}

impl Versioned {
    /// The key of the counter that is the item's version.
    fn counter<W: World>(&self, w: &W, item: Item) -> Key {
        Item(w.rank(item).checked_div(self.group).unwrap_or(0)).version()
    }

    /// The version now; begins it at 1 if it is gone.
    async fn version<W: World>(&self, w: &W, item: Item) -> Result<u32, Failure> {
        let counter = self.counter(w, item);
        if let Some(entry) = w.get(counter).await? {
            return Ok(entry.value.bits() as u32);
        }
        w.add(counter, Entry::token(1), Ttl::FOREVER).await?;
        let first = w.get(counter).await?;
        Ok(first.map_or(1, |entry| entry.value.bits() as u32))
    }
}

impl Strategy for Versioned {
    async fn serve<W: World>(&self, w: &W, item: Item) -> Result<Served, Failure> {
        let key = item.at_version(self.version(w, item).await?);
        if let Some(entry) = w.get(key).await? {
            return Ok(Served::Fresh(entry.value));
        }
        let asked = w.now();
        let value = w.ask(item).await?;
        let ttl = w.ttl(item, self.ttl);
        let entry = Entry { value, fresh_until: w.now() + ttl, delta: w.now() - asked };
        w.set(key, entry, Ttl::after(ttl)).await?;
        Ok(Served::Computed(value))
    }

    async fn delete<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        let version = self.version(w, item).await?;
        w.delete(item.at_version(version)).await?;
        Ok(())
    }

    async fn bump<W: World>(&self, w: &W, item: Item) -> Result<(), Failure> {
        let counter = self.counter(w, item);
        if w.incr(counter).await?.is_none() {
            w.set(counter, Entry::token(2), Ttl::FOREVER).await?;
        }
        Ok(())
    }

    fn versioned(&self) -> bool {
        true
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::ttl(&mut self.ttl),
            Parameter::count(
                "group",
                "items, by popularity, that share a version; 0 is all of them",
                &mut self.group,
            ),
        ]
    }

    fn ttl(&self) -> Nanos {
        self.ttl
    }
}
