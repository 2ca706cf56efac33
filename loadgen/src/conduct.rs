//! What happens beside the requests: the scenario's events, the observer's ticks, and waiting for the end.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use herdlab_sim::measure::{LaneRun, Observer, Progress};
use herdlab_sim::plan::{Change, Event, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Fan;

use crate::backend::Store;
use crate::clock::Clock;
use crate::engine::Report;
use crate::error::RunError;
use crate::faults::Faults;
use crate::look::Watch;
use crate::lookout::Lookout;
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
    pub(crate) lookout: Lookout,
    pub(crate) faults: &'a Faults<'a>,
    /// Entries that the server had evicted before the run.
    pub(crate) evicted: u64,
    /// Entries that servers evicted in this run that were killed since.
    pub(crate) lost_evictions: u64,
    pub(crate) told: &'a Receiver<Report>,
    /// What somebody should know, such as events that could not be carried out.
    pub(crate) warnings: Vec<String>,
    pub(crate) watch: Watch,
    /// Why the service that computes was let alone, if so: that ended the run.
    pub(crate) origin_down: Option<String>,
}

impl<St: Store> Conductor<'_, St> {
    /// Carries out events and ticks until every request has ended, or the observer breaks.
    pub(crate) fn conduct(
        &mut self,
        mut running: usize,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<()>, RunError> {
        let plan = self.plan;
        let due = plan.events.iter().filter(|event| event.at < plan.duration);
        let mut events: VecDeque<Event> = due.copied().collect();
        let mut tick = Nanos::SECOND;
        while running > 0 {
            let next = events.front().map_or(tick, |event| event.at.min(tick));
            let next = next.min(self.watch.next);
            match self.told.recv_timeout(span(next - self.clock.now())) {
                Ok(Report::Ended) => running -= 1,
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err(RunError::Crashed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(why) = self.origin.down() {
                self.origin_down = Some(why);
                return Ok(ControlFlow::Break(()));
            }
            let now = self.clock.now();
            while let Some(event) = events.pop_front_if(|event| event.at <= now) {
                self.carry_out(&event);
            }
            if now >= self.watch.next {
                let ControlFlow::Continue(acts) = self.look(now, observer) else {
                    return Ok(ControlFlow::Break(()));
                };
                events.extend(acts);
                events.make_contiguous().sort_by_key(|event| event.at);
            }
            if now >= tick {
                tick = Nanos::from_secs(now.as_secs() + 1);
                self.lookout.gather();
                if observer.tick(&self.progress(now), &mut || self.present()).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        if self.watch.next < Nanos::FOREVER {
            self.look_again(observer);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn carry_out(&mut self, event: &Event) {
        let done = self.faults.check(event.change).and_then(|()| self.change(event.change));
        if let Err(error) = done {
            let name = event.change.name();
            self.warnings
                .push(format!("the event {name} at {} was not carried out: {error}", event.at));
        }
    }

    fn change(&mut self, change: Change) -> Result<(), RunError> {
        match change {
            Change::StopCache => self.faults.stop(),
            Change::KillCache => self.kill_cache(),
            Change::RestoreCache => self.restore_cache(),
            Change::SlowCache(more) => self.restore_cache().map(|()| self.faults.slow(more)),
            Change::LoseCache(share) => self.restore_cache().map(|()| self.faults.lose(share)),
            Change::Flush | Change::Expire(_) | Change::ResetCache if !self.faults.works() => {
                Err(RunError::Down)
            }
            Change::ResetCache => {
                self.faults.cut();
                Ok(())
            }
            Change::Flush => self.store.flush(),
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
            Change::Concurrency(slots) => {
                self.origin.resize(slots);
                Ok(())
            }
            Change::LagOrigin(span) => {
                self.origin.lag(span);
                Ok(())
            }
            // The schedule knows it, or each process's clock does.
            Change::Rate(_) | Change::SkewClocks(_) => Ok(()),
            change => Err(RunError::ModelOnly { event: change.name() }),
        }
    }

    /// Entries evicted in this run, as far as anybody can be asked.
    pub(crate) fn evictions(&self) -> u64 {
        let now = if self.faults.works() { self.store.evicted().ok() } else { None };
        self.lost_evictions + now.unwrap_or(0).saturating_sub(self.evicted)
    }

    fn kill_cache(&mut self) -> Result<(), RunError> {
        self.lost_evictions = self.evictions();
        self.evicted = 0;
        self.faults.kill()
    }

    /// The cache works again; a new one gets the scenario's limits as the old one had them.
    pub(crate) fn restore_cache(&self) -> Result<(), RunError> {
        if self.faults.restore()? {
            self.store.limit(self.plan.cache.capacity, self.plan.cache.eviction)?;
        }
        Ok(())
    }

    /// What all cores measured so far; nothing if one of them does not answer in time.
    pub(crate) fn present(&self) -> Option<LaneRun> {
        let (requests, mut cache) = self.lookout.requests(self.plan)?;
        cache.evictions = self.evictions();
        let origin = self.origin.ledger();
        Some(LaneRun { requests, origin, cache, partial: true, panic: None })
    }

    fn progress(&self, now: Nanos) -> Progress {
        self.lookout.progress(now, self.origin.counts())
    }
}

pub(crate) fn span(span: Nanos) -> Duration {
    Duration::from_nanos(span.as_nanos())
}
