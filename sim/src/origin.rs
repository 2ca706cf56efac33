//! The origin: c slots, a FIFO queue, a law of service times, and the ledger of what reached it.
//!
//! A state machine that never reads a clock: both worlds drive the same code. One object for the whole run, also in
//! real time, where it sits behind a mutex that all cores share.

use std::collections::VecDeque;

use crate::key::Item;
use crate::law::Sampler;
use crate::measure::{Ledger, Window};
use crate::plan::{self, OnAbandon};
use crate::random::{generator, purpose};
use crate::time::Nanos;
use crate::world::Value;

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
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Finish {
    /// The origin stands still; the call's new end is known when it is restored.
    Frozen,
    /// It stood still meanwhile: the call needs that much longer.
    Later(Start),
    /// Done: what it computed, and the queued call that takes the free slot.
    Done(Value, Option<Start>),
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
    submitted: Nanos,
    started: Nanos,
    /// How long the origin had stood still in all when the call's end was set.
    paused: Nanos,
    phase: Phase,
    abandoned: bool,
}

/// What computes.
#[derive(Clone, Debug)]
pub struct Origin {
    seed: u64,
    slots: u32,
    service: Sampler,
    on_abandon: OnAbandon,
    factor: f64,
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
            on_abandon: plan.on_abandon,
            factor: 1.0,
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

    /// A call arrives. Begins at once if a slot is free; otherwise [`Origin::finish`] of another will start it.
    pub fn submit(&mut self, now: Nanos, ask: Ask) -> (CallId, Option<Start>) {
        self.ledger.submitted(now, ask.item, ask.gap);
        let call = self.admit(Call {
            item: ask.item,
            request: ask.request,
            attempt: ask.attempt,
            submitted: now,
            started: now,
            paused: self.paused,
            phase: Phase::Queued,
            abandoned: false,
        });
        if self.busy < self.slots && self.stopped.is_none() {
            return (call, Some(self.start(now, call)));
        }
        self.queue.push_back(call);
        self.waiting += 1;
        self.ledger.queue_length(now, self.waiting);
        (call, None)
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
        if call.abandoned && self.ledger.measures(call.submitted) {
            self.ledger.waste();
        }
        self.ledger.finished(call.item);
        self.release(id);
        self.busy -= 1;
        Finish::Done(Value::data(call.started, 0), self.start_next(now))
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

    fn start_next(&mut self, now: Nanos) -> Option<Start> {
        if self.busy >= self.slots {
            return None;
        }
        while let Some(id) = self.queue.pop_front() {
            if self.calls[id.0 as usize].abandoned && self.on_abandon == OnAbandon::Drop {
                self.release(id); // dropped when it was abandoned; its place in the queue ends here
                continue;
            }
            self.waiting -= 1;
            return Some(self.start(now, id));
        }
        None
    }

    /// Nobody waits for a call any more. A database works on; otherwise what is still queued is dropped.
    pub fn abandon(&mut self, id: CallId) {
        let call = &mut self.calls[id.0 as usize];
        call.abandoned = true;
        if call.phase == Phase::Queued && self.on_abandon == OnAbandon::Drop {
            let item = call.item;
            self.waiting -= 1;
            self.ledger.drop_queued();
            self.ledger.finished(item);
        }
    }

    /// Calls that start from now on take `factor` times as long.
    pub fn slow(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// Stands still from now on: nothing starts and nothing finishes.
    pub fn stop(&mut self, now: Nanos) {
        if self.stopped.is_none() {
            self.stopped = Some((now, Vec::new()));
        }
    }

    /// Works again, at its own speed. Returned are the new ends of calls whose time came while it stood still, and the
    /// calls that start now; calls whose time has not come yet are put off when it does.
    pub fn restore(&mut self, now: Nanos) -> Vec<Start> {
        self.factor = 1.0;
        let Some((since, frozen)) = self.stopped.take() else { return Vec::new() };
        self.paused += now - since;
        let mut starts: Vec<Start> =
            frozen.into_iter().map(|(id, at)| self.postpone(id, at)).collect();
        while let Some(start) = self.start_next(now) {
            starts.push(start);
        }
        starts
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
mod tests {
    use super::*;
    use crate::law::Law;

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    fn origin(slots: u32, on_abandon: OnAbandon) -> Origin {
        let plan =
            plan::Origin { concurrency: Some(slots), latency: Law::Constant(MS(100)), on_abandon };
        Origin::new(&plan, 42, Window { warmup: Nanos::ZERO, end: Nanos::from_secs(60) })
    }

    fn submit(origin: &mut Origin, now: Nanos, item: u32) -> (CallId, Option<Start>) {
        origin.submit(
            now,
            Ask { item: Item(item), request: u64::from(item), attempt: 0, gap: Nanos::ZERO },
        )
    }

    #[test]
    fn calls_beyond_the_slots_wait_in_order_and_the_wait_is_counted() {
        let mut o = origin(1, OnAbandon::Work);
        let (a, started) = submit(&mut o, MS(0), 1);
        assert_eq!(started, Some(Start { call: a, done_at: MS(100) }));
        let (b, _) = submit(&mut o, MS(10), 2);
        let (_c, nothing) = submit(&mut o, MS(20), 3);
        assert_eq!((nothing, o.queued(), o.ledger.queue_max()), (None, 2, 2));
        let done = o.finish(MS(100), a);
        assert_eq!(
            done,
            Finish::Done(Value::data(MS(0), 0), Some(Start { call: b, done_at: MS(200) }))
        );
        assert_eq!(o.ledger.wait().max_us(), 90_000);
    }

    #[test]
    fn an_abandoned_call_is_worked_off_and_wasted_or_dropped_while_queued() {
        let mut works = origin(1, OnAbandon::Work);
        let (a, _) = submit(&mut works, MS(0), 1);
        let (b, _) = submit(&mut works, MS(0), 2);
        works.abandon(b);
        assert!(
            matches!(works.finish(MS(100), a), Finish::Done(_, Some(Start { call, .. })) if call == b)
        );
        works.finish(MS(200), b);
        assert_eq!((works.ledger.wasted(), works.ledger.dropped()), (1, 0));

        let mut drops = origin(1, OnAbandon::Drop);
        let (a, _) = submit(&mut drops, MS(0), 1);
        let (b, _) = submit(&mut drops, MS(0), 2);
        drops.abandon(b);
        assert_eq!(drops.queued(), 0);
        assert!(matches!(drops.finish(MS(100), a), Finish::Done(_, None)));
        assert_eq!((drops.ledger.wasted(), drops.ledger.dropped()), (0, 1));
    }

    #[test]
    fn a_stop_moves_every_end_by_its_length() {
        let mut o = origin(2, OnAbandon::Work);
        let (a, _) = submit(&mut o, MS(0), 1);
        let (b, _) = submit(&mut o, MS(90), 2);
        o.stop(MS(50));
        o.stop(MS(60));
        assert_eq!(o.finish(MS(100), a), Finish::Frozen);
        assert_eq!(o.restore(MS(150)), [Start { call: a, done_at: MS(200) }]);
        assert_eq!(o.finish(MS(190), b), Finish::Later(Start { call: b, done_at: MS(290) }));
        assert!(matches!(o.finish(MS(290), b), Finish::Done(..)));
    }

    #[test]
    fn what_arrives_while_it_stands_still_starts_when_it_is_restored() {
        let mut o = origin(2, OnAbandon::Work);
        o.stop(MS(0));
        let (a, nothing) = submit(&mut o, MS(10), 1);
        assert_eq!(nothing, None);
        assert_eq!(o.restore(MS(500)), [Start { call: a, done_at: MS(600) }]);
    }

    #[test]
    fn slowness_touches_only_calls_that_start_later_and_service_times_depend_on_request_and_attempt_alone()
     {
        let mut o = origin(9, OnAbandon::Work);
        let (_, early) = submit(&mut o, MS(0), 1);
        o.slow(10.0);
        let (_, late) = submit(&mut o, MS(0), 2);
        assert_eq!((early.unwrap().done_at, late.unwrap().done_at), (MS(100), MS(1_000)));

        let plan = plan::Origin {
            concurrency: None,
            latency: Law::Exponential(MS(80)),
            on_abandon: OnAbandon::Work,
        };
        let window = Window { warmup: Nanos::ZERO, end: Nanos::FOREVER };
        let end = |before: u32| {
            let mut o = Origin::new(&plan, 42, window);
            (0..before).for_each(|i| _ = submit(&mut o, MS(0), 100 + i));
            submit(&mut o, MS(0), 7).1
        };
        assert_eq!(
            end(0).unwrap().done_at,
            end(5).unwrap().done_at,
            "other calls do not disturb it"
        );
    }
}
