//! A run on a cache, conducted: what its events do to the cache, the origin and the names of values.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use herdlab_sim::measure::LaneRun;
use herdlab_sim::plan::{Change, Plan};
use herdlab_sim::time::Nanos;
use herdlab_sim::traffic::Fan;

use crate::backend::Store;
use crate::clock::Clock;
use crate::course::Conducted;
use crate::error::RunError;
use crate::faults::Faults;
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
    /// What somebody should know, such as events that could not be carried out.
    pub(crate) warnings: Vec<String>,
    /// Why the service that computes was let alone, if so: that ended the run.
    pub(crate) origin_down: Option<String>,
}

impl<St: Store> Conducted for Conductor<'_, St> {
    fn plan(&self) -> &Plan {
        self.plan
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }

    fn origin(&self) -> Option<&SharedOrigin> {
        Some(self.origin)
    }

    fn next(&self) -> Nanos {
        Nanos::FOREVER
    }

    /// A service that is let alone ends the run.
    fn mind(&mut self, _: Nanos) -> ControlFlow<()> {
        self.origin_down = self.origin.down();
        if self.origin_down.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn change(&mut self, change: Change) -> Result<(), RunError> {
        self.faults.check(change)?;
        if self.origin.change(change) {
            return Ok(());
        }
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
            // The schedule knows it, or each process's clock does.
            Change::Rate(_) | Change::SkewClocks(_) => Ok(()),
            change => Err(RunError::ModelOnly { event: change.name() }),
        }
    }

    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn present(&self) -> Option<LaneRun> {
        let (requests, mut cache) = self.lookout.requests(self.plan)?;
        cache.evictions = self.evictions();
        let origin = self.origin.ledger();
        Some(LaneRun { requests, origin, cache, partial: true, panic: None })
    }
}

impl<St: Store> Conductor<'_, St> {
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
}
