//! Updates at the origin: when each item was last written.
//!
//! A schedule of its own, fixed before the run, so that a served value can be held against it on either clock.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rand_pcg::Pcg64Dxsm;

use super::{Items, Schedule};
use crate::plan::{Arrivals, Plan};
use crate::random::stream;
use crate::time::Nanos;

/// The commits of a run, in order of time: when, and the rank of the item.
#[derive(Clone, Debug)]
pub struct Commits {
    schedule: Schedule,
    items: Items,
    rng: Pcg64Dxsm,
}

impl Commits {
    /// Poisson commits at the plan's rate, of items by their popularity; `None` if nothing is ever written.
    #[must_use]
    pub fn new(plan: &Plan) -> Option<Self> {
        let rate = plan.traffic.updates.rate;
        (rate > 0.0).then(|| Self {
            schedule: Schedule::of("writes", plan.seed, Arrivals::Poisson, rate, plan.duration),
            items: Items::new(&plan.traffic.keys),
            rng: stream(plan.seed, "written items"),
        })
    }
}

impl Iterator for Commits {
    type Item = (Nanos, u32);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.schedule.next()?;
        Some((at, self.items.next(&mut self.rng).0))
    }
}

/// When each item was last written, as of an instant that never goes back.
#[derive(Clone, Debug)]
pub struct Writes {
    commits: std::iter::Peekable<Commits>,
    last: HashMap<u32, Nanos, FixedState>,
}

impl Writes {
    /// Nothing is written yet; `None` if nothing ever is.
    #[must_use]
    pub fn new(plan: &Plan) -> Option<Self> {
        Some(Self { commits: Commits::new(plan)?.peekable(), last: HashMap::default() })
    }

    /// When the item of that rank was last written, as of `now`, which never goes back.
    pub fn last(&mut self, now: Nanos, rank: u32) -> Option<Nanos> {
        while let Some((at, written)) = self.commits.next_if(|(at, _)| *at <= now) {
            self.last.insert(written, at);
        }
        self.last.get(&rank).copied()
    }
}
