//! Two tiers: a cache in each process in front of the lane's.
//!
//! A read looks there first; what the second tier has is kept there for a TTL of its own, which begins when it is
//! copied, so that the two ages add up. A write and a delete reach both tiers of the process that does them. The other
//! processes hear of an invalidation after a lag (a backplane, Redis' client-side caching), or never: then they serve
//! what they have until their TTL ends. Locks and counters are not kept.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::per_process::PerProcess;
use crate::key::{Key, Space};
use crate::plan::Local;
use crate::time::Nanos;
use crate::world::{Entry, World};

/// What each process has, and until when.
#[derive(Debug)]
pub(super) struct Locals {
    plan: Local,
    entries: PerProcess<HashMap<Key, (Entry, Nanos), FixedState>>,
}

impl Locals {
    pub(super) fn new(plan: Local) -> Self {
        Self { plan, entries: PerProcess::new() }
    }

    pub(super) const fn lag(&self) -> Option<Nanos> {
        self.plan.lag
    }

    /// What this process has.
    pub(super) fn get<W: World>(&self, w: &W, key: Key) -> Option<Entry> {
        let now = w.now();
        self.entries.of(w.process(), |entries| {
            entries.get(&key).filter(|(_, until)| now < *until).map(|(entry, _)| *entry)
        })
    }

    /// This process keeps what it read or wrote.
    pub(super) fn keep<W: World>(&self, w: &W, key: Key, entry: Entry) {
        if key.space == Space::Data {
            let until = w.now() + self.plan.ttl;
            self.entries.of(w.process(), |entries| _ = entries.insert(key, (entry, until)));
        }
    }

    /// This process removes what it has.
    pub(super) fn forget<W: World>(&self, w: &W, key: Key) {
        self.entries.of(w.process(), |entries| _ = entries.remove(&key));
    }

    /// Every process removes what it has.
    pub(super) fn forget_everywhere(&self, key: Key) {
        self.entries.all(|entries| _ = entries.remove(&key));
    }
}
