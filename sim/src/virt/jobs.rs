//! A strategy's own job: when it runs next.

use super::machine::Machine;
use super::queue::{Class, Target};
use super::versions::Changing;
use crate::strategy::Job;
use crate::time::Nanos;

/// The runs to come of a strategy's job.
#[derive(Debug)]
pub(super) struct Jobs {
    /// None begins after that.
    end: Nanos,
    /// How many have begun.
    begun: u64,
}

impl Jobs {
    /// The first run, if the strategy has a job at all, is in the queue then.
    pub(super) fn new(end: Nanos, strategy: &dyn Changing, machine: &mut Machine) -> Self {
        let jobs = Self { end, begun: 0 };
        jobs.schedule(strategy, machine);
        jobs
    }

    fn schedule(&self, strategy: &dyn Changing, machine: &mut Machine) {
        let Some(Job { every, .. }) = strategy.job() else { return };
        let now = machine.now;
        if now + every < self.end {
            machine.queue.push(now, every, Class::Result, Target::Job(0));
        }
    }

    /// The run in the queue begins: its number. The next one is in the queue then, as far from it as the strategy says
    /// now.
    pub(super) fn take(&mut self, strategy: &dyn Changing, machine: &mut Machine) -> u64 {
        self.schedule(strategy, machine);
        self.begun += 1;
        self.begun - 1
    }
}
