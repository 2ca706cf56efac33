//! A lane is held at an instant, for somebody to look at it and to put something to what happens in it.
//!
//! A look is an event like any other, before all else in its instant. It has a number that no other has and moves nothing:
//! a run that is looked at is the same run. What is put to it comes behind the scenario's own events of the instant and
//! before all else, so it is the run of the scenario that has it.

use super::driver::{End, Executor, present};
use super::machine::Machine;
use super::queue::{Class, Event, Target};
use crate::measure::{LaneRun, Live, Observer, Onward, Recorder, Sample, Totals};
use crate::plan::{Change, Event as ScriptEvent};
use crate::time::Nanos;

/// A number that is lower than that of every event.
const BEFORE_ALL: u64 = 0;

/// The lane, as it is held.
struct Held<'a> {
    now: Nanos,
    in_flight: u64,
    requests: &'a mut Recorder,
    machine: &'a mut Machine,
}

impl Live for Held<'_> {
    fn now(&self) -> Nanos {
        self.now
    }

    fn sample(&mut self) -> Sample {
        let Self { machine, .. } = self;
        let (entries, bytes) = machine.held();
        Sample {
            at: self.now,
            requests: self.requests.sample(),
            origin: machine.origin.ledger.sample(),
            in_flight: self.in_flight,
            computing: machine.origin.busy(),
            queued: machine.origin.queued(),
            entries,
            bytes,
            evictions: machine.evicted(),
        }
    }

    fn totals(&mut self) -> Totals {
        Totals::of(self.requests, &mut self.machine.origin.ledger)
    }

    fn figures(&mut self) -> Option<LaneRun> {
        Some(present(self.requests, self.machine))
    }
}

impl<F, B, Serve, Behind> Executor<'_, F, B, Serve, Behind> {
    /// If the observer ever looks closely, what it looks at is counted from the beginning.
    pub(super) fn begin_to_look(mut self) -> Self {
        let first = self.observer.first_look();
        if first < Nanos::FOREVER {
            let mut machine = self.machine.borrow_mut();
            let ledger = machine.origin.ledger.clone().watched();
            machine.origin.ledger = ledger;
            hold_at(&mut machine, first);
            drop(machine);
            self.recorder = self.recorder.watched();
        }
        self
    }

    /// The lane is held at `now`. It looks as if it stood at the last event before: nothing has happened since.
    #[cold]
    pub(super) fn look(&mut self, now: Nanos) -> Result<(), End> {
        self.looked = self.steps + 1;
        let look = self.held(now, |observer, live| observer.look(live));
        let Onward { next, acts } = look.continue_value().ok_or(End::Cut)?;
        acts.into_iter().for_each(|act| self.put(now, act));
        let mut machine = self.machine.borrow_mut();
        let waits = self.patience.first() != Event::NEVER;
        if !machine.queue.is_empty() || waits || self.due < Nanos::FOREVER {
            hold_at(&mut machine, next.max(now));
        } // else whoever still waits, waits for something that never comes, and is told so
        Ok(())
    }

    /// The last look, when the lane is over.
    pub(super) fn look_again(&mut self) {
        if self.observer.first_look() < Nanos::FOREVER {
            let now = self.machine.borrow().now;
            self.held(now, |observer, live| observer.last_look(live));
        }
    }

    fn held<T>(
        &mut self,
        now: Nanos,
        look: impl FnOnce(&mut dyn Observer, &mut dyn Live) -> T,
    ) -> T {
        let machine = &mut *self.machine.borrow_mut();
        let mut held = Held { now, in_flight: self.live, requests: &mut self.recorder, machine };
        look(self.observer, &mut held)
    }

    /// Something will happen that the scenario did not have; at once, if it is late.
    fn put(&mut self, now: Nanos, act: ScriptEvent) {
        let act = ScriptEvent { at: act.at.max(now), ..act };
        let number = self.script.len() as u32;
        self.script.push(act);
        self.machine.borrow_mut().foresee(&act);
        if let Change::Rate(_) = act.change {
            self.open = self.open.changed(self.plan, &self.script);
            self.read_ahead();
        }
        let machine = &mut *self.machine.borrow_mut();
        let place = Event::new(act.at, Class::Result, machine.act, Target::Script(number));
        machine.queue.insert(place);
    }
}

/// The lane is held at `at`.
fn hold_at(machine: &mut Machine, at: Nanos) {
    if at < Nanos::FOREVER {
        let place = Event::new(at, Class::Result, BEFORE_ALL, Target::Look(0));
        machine.queue.insert(place);
    }
}
