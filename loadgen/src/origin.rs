//! The run's one origin, behind a mutex that all cores share.
//!
//! The state machine is [`sim`](herdlab_sim::origin)'s. A call is driven by the core that asked: it sleeps until the
//! call's end and finishes it. A call that has no end yet (it is queued, or the origin stands still) waits to be told
//! by whoever frees its slot, on any core.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use herdlab_sim::law::Law;
use herdlab_sim::measure::{Ledger, OriginSample, Totals, Window};
use herdlab_sim::origin::{self, Ask, CallId, Finish, Next, Origin, Start};
use herdlab_sim::plan::{self, Change, OnAbandon};
use herdlab_sim::time::Nanos;
use herdlab_sim::world::{Failure, Value};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::health::Health;

/// Where a call stands.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It ends then.
    Ends(Nanos),
    /// It will be told: its end, or that it was passed over. If the sender is dropped, the call was dropped from the
    /// queue.
    Waits(oneshot::Receiver<Result<Nanos, Failure>>),
}

/// What became of a call whose time was up.
#[derive(Debug)]
pub(crate) enum Finished {
    /// Done, with this outcome.
    Done(Result<Value, Failure>),
    /// The origin stood still meanwhile.
    Again(Turn),
}

/// A call that was submitted.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) id: CallId,
    pub(crate) turn: Turn,
    /// Whether it counts.
    pub(crate) measured: bool,
}

#[derive(Debug)]
pub(crate) struct SharedOrigin {
    clock: Clock,
    /// Whether queued calls that nobody waits for are dropped.
    drops: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    origin: Origin,
    /// Of a service that really computes; its calls end when it answers.
    health: Option<Health>,
    waiting: HashMap<CallId, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    queued: bool,
    tell: oneshot::Sender<Result<Nanos, Failure>>,
}

impl SharedOrigin {
    pub(crate) fn new(plan: &plan::Origin, seed: u64, window: Window, clock: Clock) -> Self {
        let health = plan.http.as_ref().map(Health::new);
        let latency = match health {
            Some(_) => Law::Constant(Nanos::FOREVER),
            None => plan.latency.clone(),
        };
        let origin = Origin::new(&plan::Origin { latency, ..plan.clone() }, seed, window);
        Self {
            clock,
            drops: plan.on_abandon == OnAbandon::Drop,
            state: Mutex::new(State { origin, health, waiting: HashMap::new() }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The monotonic instant of an instant of the run.
    pub(crate) fn monotonic(&self, at: Nanos) -> Nanos {
        self.clock.monotonic(at)
    }

    /// A call arrives; nothing if it was refused.
    pub(crate) fn submit(&self, ask: Ask) -> Option<Submitted> {
        let mut state = self.state();
        if state.health.as_ref().is_some_and(|health| health.down().is_some()) {
            return None;
        }
        let now = self.clock.now(); // under the lock, so that time never runs backwards for the origin
        let (id, turn) = match state.origin.submit(now, ask) {
            origin::Submitted::Shed => return None,
            origin::Submitted::Started(id, start) => (id, Turn::Ends(start.done_at)),
            origin::Submitted::Queued(id) => (id, state.wait(id, true)),
        };
        let measured = state.origin.ledger.measures(now);
        Some(Submitted { id, turn, measured })
    }

    /// The time of a call is up.
    pub(crate) fn finish(&self, id: CallId) -> Finished {
        let mut state = self.state();
        match state.origin.finish(self.clock.now(), id) {
            Finish::Done(outcome, Next { start, expired }) => {
                state.tell(start, expired);
                Finished::Done(outcome)
            }
            Finish::Later(start) => Finished::Again(Turn::Ends(start.done_at)),
            Finish::Frozen => Finished::Again(state.wait(id, false)),
        }
    }

    /// When a call that has its slot may go to the service that computes.
    pub(crate) fn admit(&self) -> Nanos {
        let now = self.clock.now();
        self.state().health.as_mut().map_or(now, |health| health.admit(now))
    }

    /// The service has answered a call that it was sent at `sent`, or not.
    pub(crate) fn answered(&self, id: CallId, well: bool, sent: Nanos) {
        let took = self.clock.now() - sent;
        let mut state = self.state();
        if !well {
            state.origin.break_call(id);
        }
        if let Some(health) = &mut state.health {
            health.answered(well, took);
        }
    }

    /// Why the service that computes gets no more calls, if so.
    pub(crate) fn down(&self) -> Option<String> {
        let state = self.state();
        state.health.as_ref().and_then(|health| health.down()).map(str::to_owned)
    }

    /// Nobody waits for a call any more.
    pub(crate) fn abandon(&self, id: CallId) {
        let mut state = self.state();
        state.origin.abandon(id);
        if self.drops && state.waiting.get(&id).is_some_and(|call| call.queued) {
            state.waiting.remove(&id);
        }
    }

    /// A measured result was neither stored nor delivered, `count` times.
    pub(crate) fn waste(&self, count: u32) {
        let mut state = self.state();
        (0..count).for_each(|_| state.origin.ledger.waste());
    }

    /// Makes a change, if it is one of the origin; whether it is.
    pub(crate) fn change(&self, change: Change) -> bool {
        match change {
            Change::SlowOrigin(factor) => self.slow(factor),
            Change::FailOrigin(share) => self.fail(share),
            Change::StopOrigin => self.stop(),
            Change::RestoreOrigin => self.restore(),
            Change::Concurrency(slots) => self.resize(slots),
            Change::LagOrigin(span) => self.lag(span),
            _ => return false,
        }
        true
    }

    /// Calls that start from now on take `factor` times as long.
    fn slow(&self, factor: f64) {
        self.state().origin.slow(factor);
    }

    /// The origin reads from a replica from now on that is so far behind.
    fn lag(&self, span: Nanos) {
        self.state().origin.lag(span);
    }

    /// Calls that end from now on fail with this probability.
    fn fail(&self, share: f64) {
        self.state().origin.fail(share);
    }

    /// Stands still from now on.
    fn stop(&self) {
        let mut state = self.state();
        state.origin.stop(self.clock.now());
    }

    /// Works again, at its own speed.
    fn restore(&self) {
        let mut state = self.state();
        let (starts, expired) = state.origin.restore(self.clock.now());
        state.tell(starts, expired);
    }

    /// Works on so many computes at a time from now on.
    fn resize(&self, slots: Option<u32>) {
        let mut state = self.state();
        let (starts, expired) = state.origin.resize(self.clock.now(), slots.unwrap_or(u32::MAX));
        state.tell(starts, expired);
    }

    /// Origin calls and duplicates so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.origin.ledger.calls(), state.origin.ledger.duplicates())
    }

    /// Counts what looks have from now on.
    pub(crate) fn watch(&self) {
        let mut state = self.state();
        let ledger = state.origin.ledger.clone().watched();
        state.origin.ledger = ledger;
    }

    /// What happened since the last look; the computes it works on and the calls that wait. Its part of the totals.
    pub(crate) fn look(&self, totals: &mut Totals) -> (OriginSample, u32, u32) {
        let mut state = self.state();
        let origin = &mut state.origin;
        (totals.peak, totals.stampede_peak) = origin.ledger.peaks();
        totals.calls = origin.ledger.calls();
        totals.duplicates = origin.ledger.duplicates();
        totals.wasted = origin.ledger.wasted();
        totals.herd_max = origin.ledger.herd_max();
        (origin.ledger.sample(), origin.busy(), origin.queued())
    }

    /// Computes under way and calls that wait, now.
    pub(crate) fn at_work(&self) -> (u32, u32) {
        let state = self.state();
        (state.origin.busy(), state.origin.queued())
    }

    /// Forgets what was counted, and counts from now on. Calls under way end uncounted.
    pub(crate) fn count_anew(&self) {
        let mut state = self.state();
        let warmup = self.clock.now();
        state.origin.ledger = Ledger::new(Window { warmup, end: Nanos::FOREVER });
    }

    /// What was counted so far.
    pub(crate) fn ledger(&self) -> Ledger {
        self.state().origin.ledger.clone()
    }
}

impl State {
    fn wait(&mut self, id: CallId, queued: bool) -> Turn {
        let (tell, told) = oneshot::channel();
        self.waiting.insert(id, Waiting { queued, tell });
        Turn::Waits(told)
    }

    /// Tells calls when they end, and others that they were passed over.
    fn tell(
        &mut self,
        starts: impl IntoIterator<Item = Start>,
        expired: impl IntoIterator<Item = CallId>,
    ) {
        let starts = starts.into_iter().map(|start| (start.call, Ok(start.done_at)));
        let expired = expired.into_iter().map(|call| (call, Err(Failure::Timeout)));
        for (call, told) in starts.chain(expired) {
            if let Some(waiting) = self.waiting.remove(&call) {
                let _ = waiting.tell.send(told); // its core may be shutting down
            }
        }
    }
}
