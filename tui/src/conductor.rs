//! The lanes' threads, in lockstep: each blocks in its look until it is let go, so pause, step and speed are exact.
//!
//! All lanes are let go to one limit, an instant of the run's clock. What is done by hand is due at that limit: every
//! lane stops there, takes it, and does it before anything else happens in that instant. To undo something, the lanes
//! are run again from the beginning with what is left, as a future cannot be wound back.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use herdlab_sim::measure::{LaneRun, Live, Look, Observer, Onward, Progress};
use herdlab_sim::plan::{Event, Plan};
use herdlab_sim::time::Nanos;

use crate::point::Point;

/// What is played: a plan, and how one of its lanes is run.
pub struct Stage<'a, R> {
    /// The plan, without what is done by hand.
    pub plan: &'a Plan,
    /// How long an interval is.
    pub tick: Nanos,
    /// Whether time is real: then nobody waits for anybody.
    pub real: bool,
    /// Runs the lane of that number.
    pub run: &'a (dyn Fn(Turn<'_>, &mut dyn Observer) -> R + Sync),
}

/// A lane that is to be run.
#[derive(Copy, Clone, Debug)]
pub struct Turn<'a> {
    /// The plan, with what was done by hand so far.
    pub plan: &'a Plan,
    /// The lane's number.
    pub lane: usize,
    /// How often the lanes were begun anew before.
    pub round: usize,
}

/// What became of the lanes since they were last asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Gathered {
    /// Whether it is all there is, from the beginning on, because the lanes were run again.
    pub anew: bool,
    /// New points of each lane, and whether it is over.
    pub lanes: Vec<(Vec<Point>, bool)>,
    /// All lanes are this far; in real time, the one that runs.
    pub reached: Nanos,
}

/// What the lanes of one run share with their conductor.
struct Hall {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    limit: Nanos,
    ended: bool,
    acts: Vec<Event>,
    seats: Vec<Seat>,
}

#[derive(Default)]
struct Seat {
    reached: Nanos,
    over: bool,
    points: Vec<Point>,
}

impl Hall {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How far the lane is that runs in real time; for ever, if none is left.
    fn running(&self) -> Nanos {
        let running = self.seats.iter().find(|seat| !seat.over);
        running.map_or(Nanos::FOREVER, |seat| seat.reached)
    }

    fn reached(&self) -> Nanos {
        let under_way = self.seats.iter().filter(|seat| !seat.over).map(|seat| seat.reached);
        under_way.min().unwrap_or(Nanos::FOREVER)
    }
}

/// Lets the lanes go, and brings them home.
pub struct Conductor<'scope, 'env, R> {
    scope: &'scope Scope<'scope, 'env>,
    stage: &'env Stage<'env, R>,
    hall: Arc<Hall>,
    lanes: Vec<ScopedJoinHandle<'scope, R>>,
    /// Lanes in real time that have not begun: one runs after another.
    waiting: VecDeque<usize>,
    plan: Arc<Plan>,
    /// How often the lanes were begun anew.
    round: usize,
    /// Whether the lanes were begun anew and have not been gathered since.
    anew: bool,
}

impl<'scope, 'env, R: Send + 'scope> Conductor<'scope, 'env, R> {
    /// Begins every lane; they stand still at the beginning of the run.
    #[must_use]
    pub fn new(scope: &'scope Scope<'scope, 'env>, stage: &'env Stage<'env, R>) -> Self {
        let mut conductor = Self {
            scope,
            stage,
            hall: Arc::new(Hall { state: Mutex::default(), moved: Condvar::new() }),
            lanes: Vec::new(),
            waiting: VecDeque::new(),
            plan: Arc::new(stage.plan.clone()),
            round: 0,
            anew: false,
        };
        conductor.begin(&[], Nanos::ZERO);
        conductor
    }

    /// Runs all lanes from the beginning to `limit`, with this done by hand.
    pub fn replay(&mut self, acts: &[Event], limit: Nanos) {
        self.end();
        self.anew = true;
        self.round += 1;
        self.begin(acts, limit);
    }

    fn begin(&mut self, acts: &[Event], limit: Nanos) {
        let mut plan = self.stage.plan.clone();
        plan.events.extend(acts);
        plan.events.sort_by_key(|event| event.at);
        let lanes = plan.lanes.len();
        self.plan = Arc::new(plan);
        let seats = (0..lanes).map(|_| Seat::default()).collect();
        let state = State { limit, seats, ..State::default() };
        self.hall = Arc::new(Hall { state: Mutex::new(state), moved: Condvar::new() });
        self.waiting = (0..lanes).collect();
        let at_once = if self.stage.real { 1 } else { lanes };
        (0..at_once).for_each(|_| self.begin_next());
    }

    fn begin_next(&mut self) {
        let Some(index) = self.waiting.pop_front() else { return };
        let (plan, stage, round) = (Arc::clone(&self.plan), self.stage, self.round);
        let mut usher = Usher {
            hall: Arc::clone(&self.hall),
            index,
            tick: stage.tick,
            real: stage.real,
            taken: 0,
            next_point: Nanos::ZERO,
        };
        self.lanes.push(
            self.scope
                .spawn(move || (stage.run)(Turn { plan: &plan, lane: index, round }, &mut usher)),
        );
    }

    /// The lanes may go on to there.
    pub fn go(&self, limit: Nanos) {
        let mut state = self.hall.state();
        state.limit = state.limit.max(limit);
        self.hall.moved.notify_all();
    }

    /// This is done by hand, in all lanes, when they come to it.
    pub fn act(&self, acts: &[Event]) {
        let mut state = self.hall.state();
        state.acts.extend(acts);
        self.hall.moved.notify_all();
    }

    /// Waits until all lanes are at their limit or over, so long at most; whether they are.
    pub fn wait(&self, most: Duration) -> bool {
        let there = |state: &State| state.reached() >= state.limit;
        let state = self.hall.state();
        let waited = self.hall.moved.wait_timeout_while(state, most, |state| !there(state));
        waited.is_ok_and(|(state, _)| there(&state))
    }

    /// What became of the lanes since this was last asked. Lanes that were run again tell nothing until they are where
    /// they shall be.
    pub fn gather(&mut self) -> Option<Gathered> {
        if self.stage.real
            && self.hall.state().seats[..self.lanes.len()].iter().all(|seat| seat.over)
        {
            self.begin_next();
        }
        let mut state = self.hall.state();
        let reached = if self.stage.real { state.running() } else { state.reached() };
        if self.anew && reached < state.limit {
            return None;
        }
        let take = |seat: &mut Seat| (std::mem::take(&mut seat.points), seat.over);
        let lanes = state.seats.iter_mut().map(take).collect();
        Some(Gathered { anew: std::mem::take(&mut self.anew), lanes, reached })
    }

    /// Lets the lanes go to their end.
    pub fn finish(&self) {
        self.go(Nanos::FOREVER);
    }

    /// Ends the lanes where they are, and brings home what they found.
    pub fn end(&mut self) -> Vec<R> {
        self.hall.state().ended = true;
        self.hall.moved.notify_all();
        self.waiting.clear();
        self.lanes.drain(..).filter_map(|lane| lane.join().ok()).collect()
    }

    /// Brings home what the lanes found, which are over or go to their end.
    pub fn come_home(&mut self) -> Vec<R> {
        self.finish();
        let mut home: Vec<R> = Vec::new();
        loop {
            home.extend(self.lanes.drain(..).filter_map(|lane| lane.join().ok()));
            if self.waiting.is_empty() {
                return home;
            }
            self.begin_next();
        }
    }
}

impl<R> Drop for Conductor<'_, '_, R> {
    /// Lanes that stand still would stand for ever.
    fn drop(&mut self) {
        self.hall.state().ended = true;
        self.hall.moved.notify_all();
    }
}

/// Holds a lane where it has to wait.
struct Usher {
    hall: Arc<Hall>,
    index: usize,
    tick: Nanos,
    real: bool,
    /// Acts that the lane has.
    taken: usize,
    next_point: Nanos,
}

impl Usher {
    /// Takes a point, if an interval is over.
    fn record(&mut self, live: &mut dyn Live, last: bool) {
        let now = live.now();
        if now < self.next_point && !last {
            return;
        }
        let sample = live.sample();
        let totals = live.totals();
        let ticks = now.as_nanos() / self.tick.as_nanos() + 1;
        self.next_point = Nanos::from_nanos(ticks * self.tick.as_nanos());
        if now > Nanos::ZERO {
            let point = Point::new(&sample, totals);
            self.hall.state().seats[self.index].points.push(point);
        }
    }
}

impl Observer for Usher {
    fn tick(&mut self, _: &Progress, _: &mut dyn FnMut() -> Option<LaneRun>) -> ControlFlow<()> {
        if self.hall.state().ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn first_look(&self) -> Nanos {
        Nanos::ZERO
    }

    fn look(&mut self, live: &mut dyn Live) -> Look {
        self.record(live, false);
        let now = live.now();
        let mut state = self.hall.state();
        state.seats[self.index].reached = now;
        self.hall.moved.notify_all();
        while !self.real && state.limit <= now && !state.ended && self.taken == state.acts.len() {
            state = self.hall.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended {
            return ControlFlow::Break(());
        }
        let acts = state.acts[self.taken..].to_vec();
        self.taken = state.acts.len();
        // A lane that only took something is held again at once.
        let limit = if self.real { Nanos::FOREVER } else { state.limit.max(now) };
        ControlFlow::Continue(Onward { next: self.next_point.min(limit), acts })
    }

    fn last_look(&mut self, live: &mut dyn Live) {
        self.record(live, true);
    }
}

impl Drop for Usher {
    /// However a lane ends, it is over.
    fn drop(&mut self) {
        self.hall.state().seats[self.index].over = true;
        self.hall.moved.notify_all();
    }
}
