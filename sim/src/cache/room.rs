//! How much fits into a cache, what goes when it is full, and Django's cull.

use crate::eviction::{Policy, policy};
use crate::plan::{self, Backend, Capacity, LocMem};

/// What a lock or a counter weighs in a cache that counts bytes: a short value and its key.
pub(super) const SMALL: u64 = 64;

/// What is left of a cache that has an end.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) policy: Box<dyn Policy>,
    pub(super) left: u64,
    pub(super) item_weight: u64,
    pub(super) small_weight: u64,
    /// Django's cull, which makes room for many at a time.
    pub(super) cull: Option<Cull>,
}

/// Django's cull: a write into a cache with so many entries first drops one in `frequency` of them, or all if that is 0.
#[derive(Debug)]
pub(super) struct Cull {
    pub(super) entries: u32,
    pub(super) most: u32,
    pub(super) frequency: u32,
}

impl Room {
    /// How much fits into that cache; `None` is any number.
    pub(super) fn of(plan: &plan::Cache) -> Option<Self> {
        let policy = policy(plan.eviction);
        if plan.backend == Backend::LocMem {
            let LocMem { max_entries, cull_frequency } = plan.locmem;
            let cull = Cull { entries: 0, most: max_entries, frequency: cull_frequency };
            let left = u64::from(max_entries);
            return Some(Self { policy, left, item_weight: 1, small_weight: 1, cull: Some(cull) });
        }
        let (left, item_weight, small_weight) = match plan.capacity? {
            Capacity::Entries(entries) => (u64::from(entries), 1, 1),
            Capacity::Bytes(bytes) => (bytes, u64::from(plan.value_size) + SMALL, SMALL),
        };
        Some(Self { policy, left, item_weight, small_weight, cull: None })
    }
}
