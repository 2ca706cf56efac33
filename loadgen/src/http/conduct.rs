//! A run over HTTP, conducted: the cache belongs to the site, so only an origin of ours can be changed.

use std::ops::ControlFlow;

use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Change, Plan};
use herdlab_sim::time::Nanos;

use super::join::Joined;
use crate::clock::Clock;
use crate::course::Conducted;
use crate::error::RunError;
use crate::lookout::Lookout;
use crate::origin::SharedOrigin;

/// Conducts a run that has begun.
pub(super) struct Conductor<'a> {
    pub(super) plan: &'a Plan,
    pub(super) clock: Clock,
    pub(super) lookout: &'a Lookout,
    pub(super) joined: &'a Joined,
    /// When the warm-up is over; never again, once it was.
    pub(super) warm_up: Nanos,
    pub(super) warnings: Vec<String>,
}

impl Conducted for Conductor<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn lookout(&self) -> &Lookout {
        self.lookout
    }

    fn origin(&self) -> Option<&SharedOrigin> {
        self.joined.origin()
    }

    fn next(&self) -> Nanos {
        self.warm_up
    }

    /// An origin in another process hears when the warm-up is over.
    fn mind(&mut self, now: Nanos) -> ControlFlow<()> {
        if now >= self.warm_up {
            self.warm_up = Nanos::FOREVER;
            if let Err(error) = self.joined.measure() {
                self.warn(format!("the origin's figures hold the warm-up too: {error}"));
            }
        }
        ControlFlow::Continue(())
    }

    fn change(&mut self, change: Change) -> Result<(), RunError> {
        let origin = self.origin().filter(|_| change.is_of_origin());
        let Some(origin) = origin else {
            return Err(RunError::OutOfReach { event: change.name() });
        };
        origin.change(change);
        Ok(())
    }

    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn present(&self) -> Option<LaneRun> {
        let (requests, cache) = self.lookout.requests(self.plan)?;
        let origin = self.joined.ledger(self.plan.window());
        Some(LaneRun { requests, origin, cache, partial: true, panic: None })
    }
}
