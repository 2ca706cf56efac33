//! Django's culls: a full cache drops one in `CULL_FREQUENCY` (3) of its entries at a time.
//!
//! django/core/cache/backends of 5.2: `locmem.py` drops what was used longest ago, `filebased.py` any, `db.py` first what
//! has expired and then the keys that come first in the alphabet. A write culls before it stores.

use std::collections::BTreeSet;

use super::{Filling, Policy};
use crate::time::Nanos;

/// A policy of which one entry in so many goes at a time.
#[derive(Clone, Debug)]
pub struct Culled<P> {
    order: P,
    entries: u64,
    /// CULL_FREQUENCY; 0 is all of them.
    frequency: u64,
}

impl<P: Policy> Culled<P> {
    pub(super) const fn new(order: P, frequency: u32) -> Self {
        Self { order, entries: 0, frequency: frequency as u64 }
    }
}

impl<P: Policy> Policy for Culled<P> {
    fn reserve(&mut self, slots: usize) {
        self.order.reserve(slots);
    }

    fn touch(&mut self, slot: u32, now: Nanos) -> bool {
        self.order.touch(slot, now)
    }

    fn evict(&mut self, coming: u32, now: Nanos) -> Option<u32> {
        let victim = self.order.evict(coming, now);
        self.entries -= u64::from(victim.is_some());
        victim
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.entries += 1;
        self.order.insert(slot, entry);
    }

    fn remove(&mut self, slot: u32) {
        self.entries -= 1;
        self.order.remove(slot);
    }

    fn renew(&mut self, slot: u32, expires: Nanos) {
        self.order.renew(slot, expires);
    }

    fn culls(&self) -> Option<u64> {
        // Of fewer than `frequency` entries Django drops none and goes beyond its limit; here one goes.
        Some(self.entries.checked_div(self.frequency).unwrap_or(self.entries).max(1))
    }
}

/// Expired entries first, then keys in the order of their text.
#[derive(Clone, Debug, Default)]
pub struct Alphabet {
    expires: Vec<Option<Nanos>>,
    by_text: BTreeSet<(u64, u32)>,
    by_expiry: BTreeSet<(Nanos, u32)>,
}

/// A number that sorts as the decimal text of `slot` does: `10` before `2`. Keys differ by that number only.
const fn text_order(slot: u32) -> u64 {
    let digits = match slot.checked_ilog10() {
        Some(log) => log + 1,
        None => 1,
    };
    slot as u64 * 10_u64.pow(10 - digits) * 16 + digits as u64
}

impl Policy for Alphabet {
    fn reserve(&mut self, slots: usize) {
        if slots > self.expires.len() {
            self.expires.resize(slots, None);
        }
    }

    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.expires[slot as usize].is_some()
    }

    fn evict(&mut self, _: u32, now: Nanos) -> Option<u32> {
        let expired = self.by_expiry.first().filter(|(expires, _)| *expires < now);
        let victim = match expired {
            Some((_, slot)) => *slot,
            None => self.by_text.first()?.1,
        };
        self.remove(victim);
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.expires[slot as usize] = Some(entry.expires);
        self.by_text.insert((text_order(slot), slot));
        self.by_expiry.insert((entry.expires, slot));
    }

    fn remove(&mut self, slot: u32) {
        if let Some(expires) = self.expires[slot as usize].take() {
            self.by_text.remove(&(text_order(slot), slot));
            self.by_expiry.remove(&(expires, slot));
        }
    }

    fn renew(&mut self, slot: u32, expires: Nanos) {
        self.remove(slot);
        self.insert(slot, Filling { expires, ..Filling::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slots_sort_as_their_decimal_text_does(a: u32, b: u32, small in 0..2_000_u32) {
            for (a, b) in [(a, b), (a, small), (small, b % 100)] {
                prop_assert_eq!(text_order(a).cmp(&text_order(b)), a.to_string().cmp(&b.to_string()));
            }
        }
    }
}
