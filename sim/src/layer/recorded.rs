//! TTLs of a recording: an entry is fresh as long as the last write of its item said, whatever the strategy's TTL is.

use std::sync::Arc;

use crate::key::Item;
use crate::plan::{Load, Plan};
use crate::time::Nanos;
use crate::traffic::Trace;
use crate::world::{Entry, Ttl};

/// A recording whose writes say TTLs.
#[derive(Debug)]
pub(super) struct Recorded {
    trace: Arc<Trace>,
    speed: f64,
}

impl Recorded {
    /// `None` if nothing is recorded, or it says no TTLs, or they are not to count.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        match &plan.traffic.load {
            load @ Load::Recorded { trace, speed, .. } if load.says_ttls() => {
                Some(Self { trace: Arc::clone(trace), speed: *speed })
            }
            _ => None,
        }
    }

    /// What is stored at `now` of the item of that rank: how long it stays beyond being fresh is the strategy's.
    pub(super) fn shaped(&self, rank: u32, now: Nanos, entry: Entry, ttl: Ttl) -> (Entry, Ttl) {
        let Some(said) = self.trace.ttl(Item(rank), now.scale(self.speed)) else {
            return (entry, ttl);
        };
        let fresh = said.scale(1.0 / self.speed);
        let beyond = |span| span - (entry.fresh_until - now);
        let ttl = ttl.span().map_or(ttl, |span| Ttl::after(fresh + beyond(span)));
        (Entry { fresh_until: now + fresh, ..entry }, ttl)
    }
}
