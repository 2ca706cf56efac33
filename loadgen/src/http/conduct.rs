//! What happens beside the requests of a run over HTTP: the observer's ticks, and waiting for the end.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use herdlab_sim::measure::{LaneRun, Observer};
use herdlab_sim::plan::Plan;
use herdlab_sim::time::Nanos;

use super::join::Joined;
use crate::clock::Clock;
use crate::conduct::span;
use crate::engine::Report;
use crate::error::RunError;
use crate::lookout::Lookout;

/// Conducts a run that has begun.
pub(super) struct Conductor<'a> {
    pub(super) plan: &'a Plan,
    pub(super) clock: Clock,
    pub(super) lookout: &'a Lookout,
    pub(super) joined: &'a Joined,
    pub(super) told: &'a Receiver<Report>,
    pub(super) warnings: Vec<String>,
}

impl Conductor<'_> {
    /// Ticks until every request has ended, or the observer breaks.
    pub(super) fn conduct(
        &mut self,
        mut running: usize,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<()>, RunError> {
        let (mut tick, mut warm_up) = (Nanos::SECOND, self.plan.warmup);
        while running > 0 {
            match self.told.recv_timeout(span(tick.min(warm_up) - self.clock.now())) {
                Ok(Report::Ended) => running -= 1,
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(RunError::Crashed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.clock.now();
            if now >= warm_up {
                warm_up = Nanos::FOREVER;
                if let Err(error) = self.joined.measure() {
                    self.warnings
                        .push(format!("the origin's figures hold the warm-up too: {error}"));
                }
            }
            if now >= tick {
                tick = Nanos::from_secs(now.as_secs() + 1);
                self.lookout.gather();
                let progress = self.lookout.progress(now, self.joined.counts());
                if observer.tick(&progress, &mut || self.present()).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn present(&self) -> Option<LaneRun> {
        let (requests, cache) = self.lookout.requests(self.plan)?;
        let origin = self.joined.ledger(self.plan.window());
        Some(LaneRun { requests, origin, cache, partial: true, panic: None })
    }
}
