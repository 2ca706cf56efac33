//! A client, as the executor sees it: it asks, waits, has its answer or gives up, and perhaps asks again.

use std::cell::RefMut;
use std::future::Future;

use super::RunError;
use super::driver::{Answer, Executor};
use super::machine::Machine;
use super::queue::{Class, Event, TARGET_LIMIT, Target};
use super::who::{Retry, TaskRef, Who};
use super::world::VirtualPromise;
use crate::key::Item;
use crate::measure::Outcome;
use crate::plan::OnTimeout;
use crate::service::Work;
use crate::time::Nanos;
use crate::world::Failure;

impl<'m, F, B, Serve, Behind> Executor<'m, F, B, Serve, Behind>
where
    F: Future<Output = Answer>,
    B: Future<Output = ()>,
    Serve: Fn(Item, u64) -> F,
    Behind: Fn(Work<VirtualPromise<'m>>) -> B,
{
    /// A request is due.
    #[inline(always)] // into the loop, for the open loop's requests
    pub(super) fn ask(
        &mut self,
        due: Nanos,
        arrival: Event,
        item: Item,
        user: u32,
    ) -> Result<(), RunError> {
        let number = self.number;
        self.number += 1;
        self.live += 1;
        self.attempt(arrival, item, |born| Who::new(born, number, due, item, user), number)
    }

    /// A user of a closed loop asks.
    #[inline(never)]
    pub(super) fn ask_as(&mut self, user: u32, event: Event) -> Result<(), RunError> {
        let item = self.users.ask(user, self.number);
        self.ask(event.at(), event, item, user)
    }

    /// A client asks again.
    #[cold]
    pub(super) fn ask_again(&mut self, event: Event, retry: Retry) -> Result<(), RunError> {
        self.recorder.asked_again(retry.due);
        self.machine.borrow_mut().asked_again(&retry, event.at());
        self.attempt(event, retry.item, |born| Who::again(born, &retry), retry.request)
    }

    /// A request is sent: by whom, is known once its place among the events is.
    #[inline(always)]
    pub(super) fn attempt(
        &mut self,
        arrival: Event,
        item: Item,
        who: impl FnOnce(u64) -> Who,
        number: u64,
    ) -> Result<(), RunError> {
        let slot = self.requests.reserve();
        let now = arrival.at();
        if slot >= TARGET_LIMIT {
            return Err(RunError::TooManyInFlight { limit: TARGET_LIMIT, at_s: now.as_secs() });
        }
        let born = {
            let mut machine = self.machine.borrow_mut();
            let born = machine.queue.sequence();
            machine.advance(arrival);
            if slot as usize == machine.requests.len() {
                machine.requests.push(who(born));
            } else {
                machine.requests[slot as usize] = who(born);
            }
            born
        };
        let future = (self.serve)(item, number);
        self.requests.fill(slot, future);
        if self.poll_request(slot) && self.gives_up {
            self.patience.wait(slot, now, born);
        }
        Ok(())
    }

    /// The client has its answer, or has given up; perhaps it asks again.
    #[inline(always)]
    pub(super) fn client_leaves(
        &mut self,
        mut machine: RefMut<'_, Machine>,
        slot: u32,
        outcome: Outcome,
    ) {
        self.patience.leave(slot);
        let Who { due, user, attempt, .. } = machine.requests[slot as usize];
        if let Outcome::Failed(failure) = outcome
            && self.retries.any_left(attempt)
            && failure.may_pass()
        {
            self.pause(&mut machine, slot);
            return;
        }
        self.live -= 1;
        self.recorder.ended(due, machine.now, outcome);
        if user != Who::NOBODY {
            self.users.think(&mut machine, user);
        }
    }

    /// The client will ask again.
    #[cold]
    pub(super) fn pause(&mut self, machine: &mut Machine, slot: u32) {
        let Who { request, due, item, user, attempt, .. } = machine.requests[slot as usize];
        let retry = Retry { request, due, item, user, attempt: attempt + 1 };
        let (number, pause) = self.retries.wait(retry);
        let now = machine.now;
        machine.queue.push(now, pause, Class::Arrival, Target::Retry(number));
    }

    /// The client's patience is over.
    pub(super) fn give_up(&mut self, slot: u32) {
        let mut machine = self.machine.borrow_mut();
        machine.requests[slot as usize].gone = true;
        machine.begin_poll(TaskRef::request(slot)); // what its future does as it is dropped, it does as this task
        self.client_leaves(machine, slot, Outcome::Failed(Failure::Timeout));
        if self.on_timeout == OnTimeout::Cancel {
            self.end_request(slot, Err(Failure::Timeout));
        }
    }
}
