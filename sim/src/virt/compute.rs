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
        let variant = self.fan.variant(request);
        let ask = Ask { item, request, attempt, gap, variant, deadline };
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

    /// An event of the scenario happens.
    pub(super) fn happen(&mut self, event: usize, script: &[Event]) {
        let now = self.now;
        let change = script[event].change;
        let next = script[event + 1..].iter().map(|event| (event.at, event.change));
        if let Some(fault) = Fault::of(change, next) {
            self.suffer(fault);
        }
        match change {
            Change::Flush => self.caches().for_each(|cache| cache.flush()),
            Change::Bump => self.caches().for_each(|cache| cache.bump()),
            Change::Expire(item) => {
                let rank = item.0;
                for item in self.fan.of_rank(rank) {
                    self.caches().for_each(|cache| _ = cache.delete(now, item.key()));
                }
            }
            Change::SlowOrigin(factor) => self.origin.slow(factor),
            Change::FailOrigin(share) => self.origin.fail(share),
            Change::StopOrigin => self.origin.stop(now),
            Change::RestoreOrigin => {
                let (starts, expired) = self.origin.restore(now);
                expired.into_iter().for_each(|late| self.tell(late, Err(Failure::Timeout)));
                starts.into_iter().for_each(|start| self.schedule(start));
            }
            // In the schedule already; and the cache's, which was done above.
            Change::Rate(_)
            | Change::StopCache
            | Change::KillCache
            | Change::SlowCache(_)
            | Change::RestoreCache => {}
        }
    }
}
