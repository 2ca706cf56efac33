//! A strategy's own job: when it runs next.

use super::machine::Machine;
use super::queue::{Class, Target};
use crate::plan::Plan;
use crate::strategy::Strategy;
use crate::time::Nanos;

/// The runs to come of a strategy's job.
#[derive(Debug)]
pub(super) struct Jobs {
    every: Nanos,
    /// None begins after that.
    end: Nanos,
    /// How many have begun.
    begun: u64,
}

impl Jobs {
    /// Nothing if the strategy has none. The first is in the queue then.
    pub(super) fn new(
        plan: &Plan,
        strategy: &impl Strategy,
        machine: &mut Machine,
    ) -> Option<Self> {
        let jobs = Self { every: strategy.job()?.every, end: plan.duration, begun: 0 };
        jobs.schedule(machine);
        Some(jobs)
    }

    fn schedule(&self, machine: &mut Machine) {
        let now = machine.now;
        if now + self.every < self.end {
            machine.queue.push(now, self.every, Class::Result, Target::Job(0));
        }
    }

    /// The run in the queue begins: its number. The next one is in the queue then.
    pub(super) fn take(&mut self, machine: &mut Machine) -> u64 {
        self.schedule(machine);
        self.begun += 1;
        self.begun - 1
    }
}
