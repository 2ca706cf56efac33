//! The origin: c slots, a queue, a law of service times, and the ledger of what reached it.
//!
//! A state machine that never reads a clock: both worlds drive the same code. One object for the whole run, also in
//! real time, where it sits behind a mutex that all cores share.

use std::collections::VecDeque;

use crate::key::Item;
use crate::law::Sampler;
use crate::measure::{Ledger, Window};
use crate::plan::{self, Discipline, OnAbandon, Queue};
use crate::random::{bits, generator, purpose, unit};
use crate::time::Nanos;
use crate::world::{Failure, Value};

/// A call that the origin knows of.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct CallId(pub u32);

/// Who asks for what.
#[derive(Copy, Clone, Debug)]
pub struct Ask {
    /// The item.
    pub item: Item,
    /// The request on whose behalf.
    pub request: u64,
    /// The how-manieth call of that request.
    pub attempt: u64,
    /// How long before the expiry of the entry that the request saw; zero if after, or if it saw none.
    pub gap: Nanos,
    /// Whom it is computed for.
    pub variant: u16,
    /// Whether there is no such item.
    pub absent: bool,
    /// When the client's patience is over; [`Nanos::FOREVER`] if no client waits.
    pub deadline: Nanos,
}

/// What became of a call that arrived.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// A slot was free.
    Started(CallId, Start),
    /// [`Origin::finish`] of another will start it.
    Queued(CallId),
    /// The queue is full: it was refused, and is over.
    Shed,
}

/// A call begins to be worked on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// Which.
    pub call: CallId,
    /// When it will be done, unless the origin is stopped before.
    pub done_at: Nanos,
}

/// What [`Origin::finish`] found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finish {
    /// The origin stands still; the call's new end is known when it is restored.
    Frozen,
    /// It stood still meanwhile: the call needs that much longer.
    Later(Start),
    /// Done: what came of it, and who takes the free slot.
    Done(Result<Value, Failure>, Next),
}

/// Who of the queue is next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Next {
    /// The call that takes the free slot.
    pub start: Option<Start>,
    /// Calls that were passed over and are over, because their clients' patience is.
    pub expired: Vec<CallId>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Phase {
    Free,
    Queued,
    Running,
}

#[derive(Copy, Clone, Debug)]
struct Call {
    item: Item,
    request: u64,
    attempt: u64,
    variant: u16,
    absent: bool,
    deadline: Nanos,
    submitted: Nanos,
    started: Nanos,
    /// How long the origin had stood still in all when the call's end was set.
    paused: Nanos,
    phase: Phase,
    abandoned: bool,
    /// Whether it failed where it was really made.
    broken: bool,
}

/// What computes.
#[derive(Clone, Debug)]
pub struct Origin {
    seed: u64,
    slots: u32,
    service: Sampler,
    limits: Queue,
    on_abandon: OnAbandon,
    factor: f64,
    /// How far the replica that it reads from is behind.
    lag: Nanos,
    /// The share of computes that fail: now, and when nothing is wrong.
    failure_rate: f64,
    usual_failure_rate: f64,
    busy: u32,
    calls: Vec<Call>,
    free: Vec<u32>,
    /// Calls in order of submission; one that was dropped stays until its turn and is passed over.
    queue: VecDeque<CallId>,
    /// Calls in the queue that are still wanted.
    waiting: u32,
    /// Since when it stands still, and the calls that should have ended since, with the time they should have.
    stopped: Option<(Nanos, Vec<(CallId, Nanos)>)>,
    /// How long it has stood still in all.
    paused: Nanos,
    /// What was counted.
    pub ledger: Ledger,
}

impl Origin {
    /// An idle origin.
    #[must_use]
    pub fn new(plan: &plan::Origin, seed: u64, window: Window) -> Self {
        Self {
            seed,
            slots: plan.concurrency.unwrap_or(u32::MAX),
            service: plan.latency.sampler(),
            limits: plan.queue,
            on_abandon: plan.on_abandon,
            factor: 1.0,
            lag: Nanos::ZERO,
            failure_rate: plan.failure_rate,
            usual_failure_rate: plan.failure_rate,
            busy: 0,
            calls: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            waiting: 0,
            stopped: None,
            paused: Nanos::ZERO,
            ledger: Ledger::new(window),
        }
    }

    /// A call arrives.
    pub fn submit(&mut self, now: Nanos, ask: Ask) -> Submitted {
        self.ledger.submitted(now, ask.item, ask.gap);
        let free = self.busy < self.slots && self.stopped.is_none();
        if !free && self.limits.limit.is_some_and(|limit| self.waiting >= limit) {
            self.ledger.shed(now);
            self.ledger.finished(ask.item);
            return Submitted::Shed;
        }
        let call = self.admit(Call {
            item: ask.item,
            request: ask.request,
            attempt: ask.attempt,
            variant: ask.variant,
            absent: ask.absent,
            deadline: ask.deadline,
            submitted: now,
            started: now,
            paused: self.paused,
            phase: Phase::Queued,
            abandoned: false,
            broken: false,
        });
        if free {
            return Submitted::Started(call, self.start(now, call));
        }
        self.queue.push_back(call);
        self.waiting += 1;
        self.ledger.queue_length(now, self.waiting);
        Submitted::Queued(call)
    }

    fn admit(&mut self, call: Call) -> CallId {
        if let Some(slot) = self.free.pop() {
            self.calls[slot as usize] = call;
            return CallId(slot);
        }
        self.calls.push(call);
        CallId(self.calls.len() as u32 - 1)
    }

    fn start(&mut self, now: Nanos, id: CallId) -> Start {
        self.busy += 1;
        let call = &mut self.calls[id.0 as usize];
        call.phase = Phase::Running;
        call.started = now;
        call.paused = self.paused;
        let mut rng = generator(self.seed, call.request, purpose::SERVICE + call.attempt);
        let span = self.service.sample(&mut rng);
        let span = if self.factor == 1.0 { span } else { span.scale(self.factor) };
        self.ledger.started(call.submitted, now);
        Start { call: id, done_at: now + span }
    }

    /// The time of a running call is up.
    pub fn finish(&mut self, now: Nanos, id: CallId) -> Finish {
        if let Some((_, frozen)) = &mut self.stopped {
            frozen.push((id, now));
            return Finish::Frozen;
        }
        let call = self.calls[id.0 as usize];
        if call.paused < self.paused {
            return Finish::Later(self.postpone(id, now));
        }
        let outcome = self.outcome(&call);
        self.ledger.finished(call.item);
        self.release(id);
        self.busy -= 1;
        Finish::Done(outcome, self.start_next(now))
    }

    /// What comes of a call that is done.
    fn outcome(&mut self, call: &Call) -> Result<Value, Failure> {
        let measured = self.ledger.measures(call.submitted);
        if call.broken {
            self.ledger.fail(measured);
            return Err(Failure::Origin);
        }
        if self.failure_rate > 0.0 {
            let draw = bits(self.seed, call.request, purpose::ORIGIN_FAILURE + call.attempt);
            if unit(draw) <= self.failure_rate {
                self.ledger.fail(measured);
                return Err(Failure::Origin);
            }
        }
        if call.abandoned && measured {
            self.ledger.waste();
        }
        let as_of = call.started - self.lag;
        Ok(if call.absent {
            Value::nothing(as_of, call.variant)
        } else {
            Value::data(as_of, call.variant)
        })
    }

    /// A call that is really made somewhere has failed there; [`Origin::finish`] then says so.
    pub fn break_call(&mut self, id: CallId) {
        self.calls[id.0 as usize].broken = true;
    }

    /// Moves a call's end, `at`, by the time that the origin stood still since it was set.
    fn postpone(&mut self, id: CallId, at: Nanos) -> Start {
        let call = &mut self.calls[id.0 as usize];
        let done_at = at + (self.paused - call.paused);
        call.paused = self.paused;
        Start { call: id, done_at }
    }

    fn release(&mut self, id: CallId) {
        self.calls[id.0 as usize].phase = Phase::Free;
        self.free.push(id.0);
    }

    fn start_next(&mut self, now: Nanos) -> Next {
        let mut next = Next::default();
        if self.busy >= self.slots {
            return next;
        }
        while let Some(id) = self.take_queued() {
            let call = self.calls[id.0 as usize];
            if call.abandoned && self.on_abandon == OnAbandon::Drop {
                self.release(id); // dropped when it was abandoned; its place in the queue ends here
                continue;
            }
            self.waiting -= 1;
            if self.limits.discipline == Discipline::DropExpired && call.deadline < now {
                self.ledger.drop_queued(call.submitted);
                self.ledger.finished(call.item);
                self.release(id);
                next.expired.push(id);
                continue;
            }
            next.start = Some(self.start(now, id));
            break;
        }
        next
    }

    fn take_queued(&mut self) -> Option<CallId> {
        match self.limits.discipline {
            Discipline::Lifo => self.queue.pop_back(),
            Discipline::Fifo | Discipline::DropExpired => self.queue.pop_front(),
        }
    }

    /// Nobody waits for a call any more. A database works on; otherwise what is still queued is dropped.
    pub fn abandon(&mut self, id: CallId) {
        let call = &mut self.calls[id.0 as usize];
        call.abandoned = true;
        if call.phase == Phase::Queued && self.on_abandon == OnAbandon::Drop {
            let (item, submitted) = (call.item, call.submitted);
            self.waiting -= 1;
            self.ledger.drop_queued(submitted);
            self.ledger.finished(item);
        }
    }

    /// Calls that start from now on take `factor` times as long.
    pub fn slow(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// Calls that end from now on fail with this probability.
    pub fn fail(&mut self, share: f64) {
        self.failure_rate = share;
    }

    /// Reads from a replica from now on that is so far behind.
    pub fn lag(&mut self, span: Nanos) {
        self.lag = span;
    }

    /// Stands still from now on: nothing starts and nothing finishes.
    pub fn stop(&mut self, now: Nanos) {
        if self.stopped.is_none() {
            self.stopped = Some((now, Vec::new()));
        }
    }

    /// Works again, at its own speed, with its own share of errors. Returned are the new ends of calls whose time came
    /// while it stood still, and the calls that start now; calls whose time has not come yet are put off when it does.
    /// The calls that were passed over meanwhile come beside them.
    pub fn restore(&mut self, now: Nanos) -> (Vec<Start>, Vec<CallId>) {
        self.factor = 1.0;
        self.lag = Nanos::ZERO;
        self.failure_rate = self.usual_failure_rate;
        let Some((since, frozen)) = self.stopped.take() else { return Default::default() };
        self.paused += now - since;
        let starts = frozen.into_iter().map(|(id, at)| self.postpone(id, at)).collect();
        self.start_waiting(now, starts)
    }

    /// Works on so many computes at a time from now on; those under way go on. Returned are the calls that start now,
    /// and those that were passed over.
    pub fn resize(&mut self, now: Nanos, slots: u32) -> (Vec<Start>, Vec<CallId>) {
        self.slots = slots;
        if self.stopped.is_some() {
            Default::default()
        } else {
            self.start_waiting(now, Vec::new())
        }
    }

    /// Starts what waits, as far as slots are free.
    fn start_waiting(&mut self, now: Nanos, mut starts: Vec<Start>) -> (Vec<Start>, Vec<CallId>) {
        let mut expired = Vec::new();
        loop {
            let next = self.start_next(now);
            expired.extend(next.expired);
            let Some(start) = next.start else { return (starts, expired) };
            starts.push(start);
        }
    }

    /// Calls waiting for a slot.
    #[must_use]
    pub const fn queued(&self) -> u32 {
        self.waiting
    }

    /// Calls being worked on.
    #[must_use]
    pub const fn busy(&self) -> u32 {
        self.busy
    }

    /// When a call was submitted.
    #[must_use]
    pub fn submitted(&self, id: CallId) -> Nanos {
        self.calls[id.0 as usize].submitted
    }
}

#[cfg(test)]
mod tests;
