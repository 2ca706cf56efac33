//! TTLs of a recording: what is computed of an item is fresh as long as the last write of it said, whatever TTL the strategy
//! has.

use std::sync::Arc;

use crate::key::Item;
use crate::plan::{Load, Plan};
use crate::time::Nanos;
use crate::traffic::Trace;

/// A recording whose writes say how long what they store is kept.
#[derive(Debug)]
pub(super) struct Lifetimes {
    trace: Arc<Trace>,
    speed: f64,
}

impl Lifetimes {
    /// `None` if nothing is recorded, or it says no TTLs, or they are not to count.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        match &plan.traffic.load {
            load @ Load::Recorded { trace, speed, .. } if load.ttls_count() => {
                Some(Self { trace: Arc::clone(trace), speed: *speed })
            }
            _ => None,
        }
    }

    /// How long what is computed at `now` of the item of that rank is fresh, as the recording says; as many times as short
    /// as it is played fast.
    pub(super) fn of(&self, rank: u32, now: Nanos) -> Option<Nanos> {
        Some(self.trace.ttl(Item(rank), now, self.speed)?.scale(1.0 / self.speed))
    }
}
