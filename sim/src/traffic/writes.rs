//! Updates at the origin: when each item was last written.
//!
//! A schedule of its own, fixed before the run, so that a served value can be held against it on either clock.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rand_pcg::Pcg64Dxsm;

use super::{Items, Schedule};
use crate::key::Item;
use crate::plan::{Arrivals, Plan};
use crate::random::stream;
use crate::time::Nanos;

/// The committed writes of a run, in order of time.
#[derive(Clone, Debug)]
pub struct Writes {
    schedule: Schedule,
    items: Items,
    rng: Pcg64Dxsm,
    next: Option<(Nanos, Item)>,
    last: HashMap<Item, Nanos, FixedState>,
}

impl Writes {
    /// Poisson writes at the plan's rate, of items by their popularity; `None` if nothing is ever written.
    #[must_use]
    pub fn new(plan: &Plan) -> Option<Self> {
        let rate = plan.traffic.writes;
        if rate <= 0.0 {
            return None;
        }
        let schedule = Schedule::of("writes", plan.seed, Arrivals::Poisson, rate, plan.duration);
        let mut writes = Self {
            schedule,
            items: Items::new(&plan.traffic.keys),
            rng: stream(plan.seed, "written items"),
            next: None,
            last: HashMap::default(),
        };
        writes.advance();
        Some(writes)
    }

    fn advance(&mut self) {
        self.next = self.schedule.next().map(|at| (at, self.items.next(&mut self.rng)));
    }

    /// When `item` was last written, as of `now`, which never goes back.
    pub fn last(&mut self, now: Nanos, item: Item) -> Option<Nanos> {
        while let Some((at, written)) = self.next.filter(|(at, _)| *at <= now) {
            self.last.insert(written, at);
            self.advance();
        }
        self.last.get(&item).copied()
    }
}
