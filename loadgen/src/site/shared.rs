//! What everybody at the origin shares: the state machine, the names, the counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use herdlab_sim::key::Item;
use herdlab_sim::measure::{CacheCounts, LaneRun, Recorder, Window};
use herdlab_sim::origin::Ask;
use herdlab_sim::time::Nanos;

use super::figures::{Answers, SiteFigures};
use super::names::Names;
use super::server::Site;
use crate::clock::Clock;
use crate::origin::{SharedOrigin, Submitted};

/// What everybody at the origin shares.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) site: Site,
    pub(super) clock: Clock,
    pub(super) origin: Arc<SharedOrigin>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    names: Names,
    /// Calls so far: each has draws of its own.
    calls: u64,
    answers: Answers,
    /// Since when it counts.
    from: Nanos,
}

impl Shared {
    pub(super) fn new(site: Site, clock: Clock, window: Window) -> Self {
        let origin = Arc::new(SharedOrigin::new(&site.origin, site.seed, window, clock));
        let state = Mutex::new(State { from: window.warmup, ..State::default() });
        Self { site, clock, origin, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call for what has this name arrives: its number, and what became of it. Nothing if too many different things
    /// were asked for.
    pub(super) fn submit(&self, name: &str) -> Option<(u64, Option<Submitted>)> {
        let (item, number) = self.admit(name)?;
        let ask = Ask {
            item,
            request: number,
            attempt: 0,
            gap: Nanos::ZERO,
            variant: 0,
            absent: false,
            deadline: self.site.patience.map_or(Nanos::FOREVER, |span| self.clock.now() + span),
        };
        Some((number, self.origin.submit(ask)))
    }

    fn admit(&self, name: &str) -> Option<(Item, u64)> {
        let mut state = self.state();
        let Some(item) = state.names.item(name) else {
            state.answers.refused += 1;
            return None;
        };
        state.calls += 1;
        Some((item, state.calls))
    }

    /// An answer of that kind.
    pub(super) fn answered(&self, count: impl FnOnce(&mut Answers) -> &mut u64) {
        *count(&mut self.state().answers) += 1;
    }

    /// Forgets what was counted.
    pub(super) fn count_anew(&self) {
        self.origin.count_anew();
        let mut state = self.state();
        (state.from, state.answers) = (self.clock.now(), Answers::default());
    }

    /// The figures so far.
    pub(super) fn figures(&self) -> SiteFigures {
        let state = self.state();
        let window = Window { warmup: state.from, end: self.clock.now().max(state.from) };
        let (items, answers) = (state.names.count(), state.answers);
        drop(state);
        let at_work = self.origin.at_work();
        SiteFigures::new(window, &mut self.origin.ledger(), items, at_work, answers)
    }

    /// As a lane that nobody asked anything of but its origin.
    pub(super) fn lane(&self) -> LaneRun {
        let window = Window { warmup: self.state().from, end: self.clock.now() };
        LaneRun {
            requests: Recorder::new(window, None),
            origin: self.origin.ledger(),
            cache: CacheCounts::default(),
            partial: false,
            panic: None,
        }
    }

    /// How long it has been there.
    pub(super) fn age(&self) -> Nanos {
        self.clock.now()
    }
}
