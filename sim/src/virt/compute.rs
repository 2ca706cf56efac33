//! The machine's side of the origin: who asks, when a call is up, who hears of it; and what events do.

use super::calls::Dropped;
use super::fault::Fault;
use super::machine::Machine;
use super::queue::{Class, Target};
use super::who::{Retry, Who};
use crate::key::Item;
use crate::origin::{Ask, CallId, Finish, Start, Submitted};
use crate::plan::{Change, Event};
use crate::time::Nanos;
use crate::world::{Failure, Value};

impl Machine {
    /// The present task asks the origin; a handle on the call.
    pub(super) fn ask(&mut self, item: Item) -> u32 {
        let (now, task) = (self.now, self.polling);
        let deadline = self.deadline();
        let who = self.who();
        let (request, attempt, gap) = (who.request, who.next_attempt(), who.seen - now);
        let (variant, absent) = (self.fan.variant(request), self.fan.is_absent(item));
        let ask = Ask { item, request, attempt, gap, variant, absent, deadline };
        let call = match self.origin.submit(now, ask) {
            Submitted::Shed => return self.calls.refused(task),
            Submitted::Queued(call) => call,
            Submitted::Started(call, start) => {
                self.schedule(start);
                call
            }
        };
        let measured = self.measures();
        self.calls.watch(call, task, measured)
    }

    /// When the present task's client gives up; work behind a request has no client.
    fn deadline(&mut self) -> Nanos {
        if self.patience == Nanos::FOREVER || self.polling.is_behind() {
            return Nanos::FOREVER;
        }
        let Who { request, due, attempt, .. } = *self.who();
        let retried = || self.retried.get(&(request, attempt)).copied().unwrap_or(due);
        let began = if attempt == 0 { due } else { retried() };
        began + self.patience
    }

    /// A client asks again: its patience with this attempt begins.
    pub(super) fn asked_again(&mut self, retry: &Retry, now: Nanos) {
        if self.patience != Nanos::FOREVER {
            self.retried.insert((retry.request, retry.attempt), now);
        }
    }

    fn schedule(&mut self, start: Start) {
        let span = start.done_at - self.now;
        self.queue.push(self.now, span, Class::Result, Target::Origin(start.call.0));
    }

    /// What came of a call, if it is over; the handle is then spent.
    pub(super) fn take_call(&mut self, handle: u32) -> Option<Result<Value, Failure>> {
        let (outcome, measured) = self.calls.take(handle)?;
        self.who().unstored += u32::from(measured && outcome.is_ok());
        Some(outcome)
    }

    pub(super) fn drop_call(&mut self, handle: u32) {
        match self.calls.drop_handle(handle) {
            Dropped::Abandoned(call) => self.origin.abandon(call),
            Dropped::Unseen { wasted: true } => self.origin.ledger.waste(),
            Dropped::Unseen { wasted: false } => {}
        }
    }

    /// A call's time is up.
    pub(super) fn finish_call(&mut self, call: u32) {
        let call = CallId(call);
        match self.origin.finish(self.now, call) {
            Finish::Frozen => {}
            Finish::Later(start) => self.schedule(start),
            Finish::Done(outcome, next) => {
                self.tell(call, outcome);
                next.expired.into_iter().for_each(|late| self.tell(late, Err(Failure::Timeout)));
                if let Some(start) = next.start {
                    self.schedule(start);
                }
            }
        }
    }

    /// Whoever watches a call hears what came of it.
    fn tell(&mut self, call: CallId, outcome: Result<Value, Failure>) {
        if let Some(task) = self.calls.finished(call, outcome) {
            self.wake(task);
        }
    }

    /// These calls start, and those are over.
    fn wake_up(&mut self, (starts, expired): (Vec<Start>, Vec<CallId>)) {
        expired.into_iter().for_each(|late| self.tell(late, Err(Failure::Timeout)));
        starts.into_iter().for_each(|start| self.schedule(start));
    }

    /// An event of the scenario happens.
    pub(super) fn happen(&mut self, event: usize, script: &[Event]) {
        let now = self.now;
        let change = script[event].change;
        if let Some(fault) = Fault::of(now, change, following(script, event)) {
            self.suffer(fault);
        }
        match change {
            Change::Flush => self.flush(),
            Change::Bump => self.caches().for_each(|cache| cache.bump()),
            Change::Expire(item) => {
                let rank = item.0;
                self.fan.of_rank(rank).for_each(|item| self.expire(item));
            }
            Change::SlowOrigin(factor) => self.origin.slow(factor),
            Change::FailOrigin(share) => self.origin.fail(share),
            Change::StopOrigin => self.origin.stop(now),
            Change::RestoreOrigin => {
                let woken = self.origin.restore(now);
                self.wake_up(woken);
            }
            Change::ResetCache => self.cut(),
            Change::Concurrency(slots) => {
                let woken = self.origin.resize(now, slots.unwrap_or(u32::MAX));
                self.wake_up(woken);
            }
            Change::LagOrigin(span) => self.origin.lag(span),
            Change::LagCache(span) => self.fall_behind(span),
            Change::Crash(item) => self.will_crash(item),
            Change::Squeeze(share) => self.caches().for_each(|cache| cache.squeeze(now, share)),
            // In the schedule already, and the executor's, or seen by everybody who looks; and the cache's, which was
            // done above.
            Change::Rate(_)
            | Change::Set(_)
            | Change::Load
            | Change::SkewClocks(_)
            | Change::Deploy { .. }
            | Change::Reconnect(_)
            | Change::StopCache
            | Change::KillCache
            | Change::SlowCache(_)
            | Change::LoseCache(_) => {}
            Change::RestoreCache => self.fall_behind(Nanos::ZERO),
        }
    }
}

/// The events after that one, in order of time; what is put to a script while it is played lies at its end.
fn following(script: &[Event], event: usize) -> impl Iterator<Item = (Nanos, Change)> {
    let place = |index: usize| (script[index].at, index);
    let mut later: Vec<usize> =
        (0..script.len()).filter(|index| place(*index) > place(event)).collect();
    later.sort_by_key(|index| place(*index));
    later.into_iter().map(|index| (script[index].at, script[index].change))
}
