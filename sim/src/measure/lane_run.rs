//! What running one lane gives, on either clock.

use std::ops::ControlFlow;

use super::{CacheCounts, LaneRecord, Ledger, Live, Look, Onward, Recorder, Totals, Window};
use crate::plan::{Lane, Plan};
use crate::time::Nanos;

/// A lane that was run.
#[derive(Clone, Debug)]
pub struct LaneRun {
    /// Its requests.
    pub requests: Recorder,
    /// What reached the origin.
    pub origin: Ledger,
    /// Its cache operations.
    pub cache: CacheCounts,
    /// Whether it was cut short.
    pub partial: bool,
    /// The first message of a strategy that panicked, if one did.
    pub panic: Option<String>,
}

impl LaneRun {
    /// Its record.
    #[must_use]
    pub fn record(&mut self, plan: &Plan, lane: &Lane) -> LaneRecord {
        LaneRecord::new(
            lane,
            self.window(plan),
            &plan.events,
            &mut self.requests,
            &mut self.origin,
            &self.cache,
        )
    }

    /// Which part of the run was measured: if it was cut short, until the last second in which a request was due.
    fn window(&self, plan: &Plan) -> Window {
        let window = plan.window();
        if !self.partial {
            return window;
        }
        let reached = Nanos::from_secs(self.requests.seconds().len() as u64);
        Window { end: reached.clamp(window.warmup, window.end), ..window }
    }
}

impl Totals {
    /// What these say together, of those who are [watched](Recorder::watched).
    #[must_use]
    pub fn of(requests: &mut Recorder, origin: &mut Ledger) -> Self {
        let (peak, stampede_peak) = origin.peaks();
        Self {
            outcomes: requests.outcomes(),
            in_time: requests.in_time(),
            outdated: requests.outdated(),
            leaked: requests.leaked(),
            unknown: 0,
            calls: origin.calls(),
            duplicates: origin.duplicates(),
            wasted: origin.wasted(),
            peak,
            stampede_peak,
            herd_max: origin.herd_max(),
            latency_us: requests.latency_so_far(),
        }
    }
}

impl Plan {
    /// Which part of the run is measured.
    #[must_use]
    pub const fn window(&self) -> Window {
        Window { warmup: self.warmup, end: self.duration }
    }
}

/// How far a lane is, told once a second of its clock.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Since the run began.
    pub now: Nanos,
    /// Measured requests that ended so far.
    pub requests: u64,
    /// Of these, answered from the cache.
    pub hits: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Of these, answered without a word on where the answer came from.
    pub unknown: u64,
    /// Origin calls so far.
    pub origin_calls: u64,
    /// Of these, duplicates.
    pub origin_duplicates: u64,
    /// Requests sent and not ended.
    pub in_flight: u64,
}

/// Looks on while a lane runs; `Break` cuts the run short, and what was measured is kept.
pub trait Observer {
    /// Called once a second of the lane's clock, and more often where very much happens in one.
    ///
    /// `figures` copies what was measured so far. It costs something only if it is called: in real time every core is
    /// asked, and there are none if one of them does not answer in time.
    fn tick(
        &mut self,
        progress: &Progress,
        figures: &mut dyn FnMut() -> Option<LaneRun>,
    ) -> ControlFlow<()>;

    /// When the lane is first held for a close [look](Observer::look). Never, if it is not said: then nothing is counted
    /// for it.
    fn first_look(&self) -> Nanos {
        Nanos::FOREVER
    }

    /// Looks closely: called at the very instant that was asked for, before anything happens in it. What it puts to the
    /// instant comes behind the run's own events and before all else, once it lets the lane go on.
    fn look(&mut self, _: &mut dyn Live) -> Look {
        ControlFlow::Continue(Onward { next: Nanos::FOREVER, acts: Vec::new() })
    }

    /// Looks closely at a lane that is over.
    fn last_look(&mut self, _: &mut dyn Live) {}
}

/// Nobody looks on.
impl Observer for () {
    fn tick(&mut self, _: &Progress, _: &mut dyn FnMut() -> Option<LaneRun>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(&Progress) -> ControlFlow<()>> Observer for F {
    fn tick(
        &mut self,
        progress: &Progress,
        _: &mut dyn FnMut() -> Option<LaneRun>,
    ) -> ControlFlow<()> {
        self(progress)
    }
}
