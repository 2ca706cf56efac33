//! Updates at the origin: when each item was last written.
//!
//! A schedule of its own, fixed before the run, so that a served value can be held against it on either clock.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use rand_pcg::Pcg64Dxsm;

use super::trace::played;
use super::{Items, Schedule, Trace};
use crate::plan::{Arrivals, Load, Plan};
use crate::random::stream;
use crate::time::Nanos;

/// The commits of a run, in order of time: when, and the rank of the item.
#[derive(Clone, Debug)]
pub struct Commits(From);

/// Where commits come from.
#[derive(Clone, Debug)]
enum From {
    /// A Poisson process, and items by their popularity.
    Drawn { schedule: Schedule, items: Items, rng: Pcg64Dxsm },
    /// A recording that is played so many times as fast, until the end of the run.
    Recorded { trace: Arc<Trace>, speed: f64, next: usize, end: Nanos },
}

impl Commits {
    /// Whether anything is ever written.
    #[must_use]
    pub fn any(plan: &Plan) -> bool {
        recorded(&plan.traffic.load).is_some() || plan.traffic.updates.rate > 0.0
    }

    /// As the plan's recording has them; else Poisson commits at the plan's rate, of items by their popularity. `None` if
    /// nothing is ever written.
    #[must_use]
    pub fn new(plan: &Plan) -> Option<Self> {
        if let Some((trace, speed)) = recorded(&plan.traffic.load) {
            let trace = Arc::clone(trace);
            return Some(Self(From::Recorded { trace, speed, next: 0, end: plan.duration }));
        }
        let rate = plan.traffic.updates.rate;
        (rate > 0.0).then(|| {
            Self(From::Drawn {
                schedule: Schedule::of("writes", plan.seed, Arrivals::Poisson, rate, plan.duration),
                items: Items::new(&plan.traffic.keys),
                rng: stream(plan.seed, "written items"),
            })
        })
    }
}

/// The recording whose writes are the run's, and how many times as fast it is played.
fn recorded(load: &Load) -> Option<(&Arc<Trace>, f64)> {
    match load {
        Load::Recorded { trace, speed, .. } if !trace.writes().is_empty() => Some((trace, *speed)),
        _ => None,
    }
}

impl Iterator for Commits {
    type Item = (Nanos, u32);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            From::Drawn { schedule, items, rng } => {
                let at = schedule.next()?;
                Some((at, items.next(rng).0))
            }
            From::Recorded { trace, speed, next, end } => {
                let (at, item) = *trace.writes().get(*next)?;
                *next += 1;
                let at = played(at, *speed);
                (at < *end).then_some((at, item.0))
            }
        }
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
