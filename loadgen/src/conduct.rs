//! What happens beside the requests: the scenario's events, the observer's ticks, and waiting for the end.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use herdlab_sim::measure::{Observer, Progress};
use herdlab_sim::plan::{Change, Event, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Fan;

use crate::backend::Store;
use crate::clock::Clock;
use crate::engine::{Report, Tally};
use crate::error::RunError;
use crate::origin::SharedOrigin;

/// Conducts a run that has begun.
pub(crate) struct Conductor<'a, St> {
    pub(crate) plan: &'a Plan,
    pub(crate) store: &'a St,
    pub(crate) clock: Clock,
    pub(crate) origin: &'a SharedOrigin,
    /// How often every value has got a new name.
    pub(crate) renamed: Arc<AtomicU32>,
    pub(crate) fan: Fan,
    pub(crate) tallies: Vec<Arc<Tally>>,
    pub(crate) told: &'a mpsc::Receiver<Report>,
    /// What somebody should know, such as events that could not be carried out.
    pub(crate) warnings: Vec<String>,
}

impl<St: Store> Conductor<'_, St> {
    /// Carries out events and ticks until every request has ended, or the observer breaks.
    pub(crate) fn conduct(
        &mut self,
        mut running: usize,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<()>, RunError> {
        let plan = self.plan;
        let mut events = plan.events.iter().filter(|event| event.at < plan.duration).peekable();
        let mut tick = Nanos::SECOND;
        while running > 0 {
            let next = events.peek().map_or(tick, |event| event.at.min(tick));
            match self.told.recv_timeout(span(next - self.clock.now())) {
                Ok(Report::Ended) => running -= 1,
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(RunError::Crashed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.clock.now();
            while let Some(event) = events.next_if(|event| event.at <= now) {
                self.carry_out(event);
            }
            if now >= tick {
                tick = Nanos::from_secs(now.as_secs() + 1);
                if observer.tick(&self.progress(now), &mut || None).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn carry_out(&mut self, event: &Event) {
        let done = match event.change {
            Change::Flush => self.store.clear(),
            Change::Bump => {
                self.renamed.fetch_add(1, Relaxed);
                Ok(())
            }
            Change::Expire(item) => {
                let times = self.renamed.load(Relaxed);
                let mut items = self.fan.of_rank(item.0);
                items.try_for_each(|item| self.store.expire(item.key().renamed(times)))
            }
            Change::SlowOrigin(factor) => {
                self.origin.slow(factor);
                Ok(())
            }
            Change::FailOrigin(share) => {
                self.origin.fail(share);
                Ok(())
            }
            Change::StopOrigin => {
                self.origin.stop();
                Ok(())
            }
            Change::RestoreOrigin => {
                self.origin.restore();
                Ok(())
            }
            Change::Rate(_) => Ok(()), // the schedule knows it
        };
        if let Err(error) = done {
            let name = event.change.name();
            self.warnings
                .push(format!("the event {name} at {} was not carried out: {error}", event.at));
        }
    }

    fn progress(&self, now: Nanos) -> Progress {
        let (origin_calls, origin_duplicates) = self.origin.counts();
        let mut progress = Progress { now, origin_calls, origin_duplicates, ..Progress::default() };
        for tally in &self.tallies {
            progress.requests += tally.requests.load(Relaxed);
            progress.hits += tally.hits.load(Relaxed);
            progress.failed += tally.failed.load(Relaxed);
            progress.in_flight += tally.in_flight.load(Relaxed);
        }
        progress
    }
}

fn span(span: Nanos) -> Duration {
    Duration::from_nanos(span.as_nanos())
}
