//! Updates at the origin, as far as a lane hears of them: when each invalidates.

use super::machine::Machine;
use super::queue::{Class, Target};
use crate::plan::{Moment, Plan, Rules};
use crate::time::Nanos;
use crate::traffic::Commits;

/// The updates to come that invalidate something.
#[derive(Debug)]
pub(super) struct Updates {
    commits: Commits,
    /// How much earlier than the commit the cache is told.
    ahead: Nanos,
    /// The rank of the item that the event in the queue is about.
    rank: u32,
}

impl Updates {
    /// Nothing if nothing is ever written, or the lane does not care. The first is in the queue then.
    pub(super) fn new(plan: &Plan, rules: &Rules, machine: &mut Machine) -> Option<Self> {
        let ahead = match rules.invalidation.moment()? {
            Moment::BeforeCommit => plan.traffic.updates.transaction,
            Moment::AfterCommit => Nanos::ZERO,
        };
        let mut updates = Self { commits: Commits::new(plan)?, ahead, rank: 0 };
        updates.schedule(machine);
        Some(updates)
    }

    fn schedule(&mut self, machine: &mut Machine) {
        if let Some((at, rank)) = self.commits.next() {
            self.rank = rank;
            let (now, at) = (machine.now, at - self.ahead);
            machine.queue.push(now, at - now, Class::Result, Target::Update(0));
        }
    }

    /// The update in the queue happens: the rank of its item. The next one is in the queue then.
    pub(super) fn take(&mut self, machine: &mut Machine) -> u32 {
        let rank = self.rank;
        self.schedule(machine);
        rank
    }
}
