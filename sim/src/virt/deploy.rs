//! Rolling deploys: processes begin anew one after another.
//!
//! Nothing happens at an instant of its own: how often a process has begun anew by now follows from the scenario, and
//! what it kept for itself is dropped when it next looks. Requests under way end in the process they began in.

use crate::plan::{Change, Event, Plan};
use crate::time::Nanos;

#[derive(Copy, Clone, Debug)]
struct Deploy {
    at: Nanos,
    every: Nanos,
    restart: bool,
    rename: bool,
}

impl Deploy {
    fn of(&Event { at, change }: &Event) -> Option<Self> {
        match change {
            Change::Deploy { every, rename } => Some(Self { at, every, restart: true, rename }),
            Change::Bump => Some(Self { at, every: Nanos::ZERO, restart: false, rename: true }),
            _ => None,
        }
    }
}

/// The deploys and renames of a run.
#[derive(Debug)]
pub(super) struct Deploys(Vec<Deploy>);

impl Deploys {
    /// Those of the plan. A new name for every value is one without delay, of all processes at once, that restarts none.
    pub(super) fn new(plan: &Plan) -> Self {
        Self(plan.events.iter().filter_map(Deploy::of).collect())
    }

    /// One more, if the event is one.
    pub(super) fn put(&mut self, event: &Event) {
        self.0.extend(Deploy::of(event));
    }

    /// Whether processes may differ.
    pub(super) fn are_rolling(&self) -> bool {
        self.0.iter().any(|deploy| deploy.restart)
    }

    /// How often that process has begun anew by now, or at least all its values have: what it copied is of no use.
    pub(super) fn lives(&self, process: u32, now: Nanos) -> u32 {
        self.past(process, now).count() as u32
    }

    /// How often it has begun anew by now.
    pub(super) fn restarts(&self, process: u32, now: Nanos) -> u32 {
        self.past(process, now).filter(|deploy| deploy.restart).count() as u32
    }

    /// How often it has got new names for all values by now.
    pub(super) fn names(&self, process: u32, now: Nanos) -> u32 {
        self.past(process, now).filter(|deploy| deploy.rename).count() as u32
    }

    fn past(&self, process: u32, now: Nanos) -> impl Iterator<Item = &Deploy> {
        let nth = u64::from(process);
        self.0.iter().filter(move |deploy| {
            now >= deploy.at + Nanos::from_nanos(deploy.every.as_nanos().saturating_mul(nth))
        })
    }
}
