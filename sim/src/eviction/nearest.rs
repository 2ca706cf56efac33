//! `ttl`: the entry that expires next goes.

use std::collections::BTreeSet;

use super::{Filling, Policy, Space};
use crate::time::Nanos;

/// The entry nearest to its expiry.
#[derive(Clone, Debug, Default)]
pub struct Nearest {
    /// When each filled slot expires.
    expires: Vec<Option<Nanos>>,
    order: BTreeSet<(Nanos, u32)>,
}

impl Nearest {
    pub(super) fn new(_: &Space) -> Self {
        Self::default()
    }
}

impl Policy for Nearest {
    fn reserve(&mut self, slots: usize) {
        if slots > self.expires.len() {
            self.expires.resize(slots, None);
        }
    }

    fn touch(&mut self, slot: u32, _: Nanos) -> bool {
        self.expires[slot as usize].is_some()
    }

    fn evict(&mut self, _: u32, _: Nanos) -> Option<u32> {
        let (_, victim) = self.order.pop_first()?;
        self.expires[victim as usize] = None;
        Some(victim)
    }

    fn insert(&mut self, slot: u32, entry: Filling) {
        self.expires[slot as usize] = Some(entry.expires);
        self.order.insert((entry.expires, slot));
    }

    fn remove(&mut self, slot: u32) {
        if let Some(expires) = self.expires[slot as usize].take() {
            self.order.remove(&(expires, slot));
        }
    }

    fn renew(&mut self, slot: u32, expires: Nanos) {
        self.remove(slot);
        self.expires[slot as usize] = Some(expires);
        self.order.insert((expires, slot));
    }
}
