//! [`World`] on the virtual clock.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::flights::Look;
use super::machine::{Crashed, Machine, Spinning};
use super::operation::{MetaRead, Operation, Read, ReadMany, Sleep, Write, Written};
use crate::key::{Item, Key};
use crate::time::Nanos;
use crate::world::{
    Entry, Failure, Found, Join, Lead, Process, Promise, Served, Task, Terms, Ttl, Value, World,
};

/// The virtual world. Who asks is whoever is being polled, so one value serves all requests.
///
/// `RULED` lanes have rules around their strategy. It is a type of its own, so that a plain lane's futures have one
/// caller, the executor, and are inlined there: a tenth of a request.
#[derive(Copy, Clone, Debug)]
pub struct VirtualWorld<'m, const RULED: bool> {
    machine: &'m RefCell<Machine>,
}

impl<'m, const RULED: bool> VirtualWorld<'m, RULED> {
    pub(super) const fn new(machine: &'m RefCell<Machine>) -> Self {
        Self { machine }
    }

    const fn write<T>(&self, write: Write, read: fn(u64) -> T) -> Operation<'m, Written<T>> {
        Operation::new(self.machine, Written { write, read })
    }
}

impl<'m, const RULED: bool> World for VirtualWorld<'m, RULED> {
    type Call = VirtualCall<'m>;
    type Join = VirtualJoin<'m>;
    type Promise = VirtualPromise<'m>;

    fn now(&self) -> Nanos {
        self.machine.borrow().now
    }

    fn random(&self) -> f64 {
        self.machine.borrow_mut().random()
    }

    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        Sleep::new(self.machine, span)
    }

    fn process(&self) -> Process {
        self.machine.borrow_mut().process()
    }

    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Entry>, Failure>> {
        Operation::new(self.machine, Read(key))
    }

    fn set(&self, key: Key, entry: Entry, ttl: Ttl) -> impl Future<Output = Result<(), Failure>> {
        self.write(Write::Set(key, entry, ttl), |_| ())
    }

    fn add(&self, key: Key, entry: Entry, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        self.write(Write::Add(key, entry, ttl), |done| done == 1)
    }

    fn delete(&self, key: Key) -> impl Future<Output = Result<bool, Failure>> {
        self.write(Write::Delete(key), |done| done == 1)
    }

    fn delete_if(&self, key: Key, mine: Value) -> impl Future<Output = Result<bool, Failure>> {
        self.write(Write::DeleteIf(key, mine), |done| done == 1)
    }

    fn incr(&self, key: Key) -> impl Future<Output = Result<Option<u64>, Failure>> {
        self.write(Write::Incr(key), |after| after.checked_sub(1))
    }

    fn touch(&self, key: Key, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        self.write(Write::Touch(key, ttl), |done| done == 1)
    }

    fn get_many(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>, Failure>> {
        Operation::new(self.machine, ReadMany(keys.to_vec()))
    }

    fn set_many(
        &self,
        entries: &[(Key, Entry)],
        ttl: Ttl,
    ) -> impl Future<Output = Result<(), Failure>> {
        self.write(Write::SetMany(entries.to_vec(), ttl), |_| ())
    }

    fn meta_get(&self, key: Key, terms: Terms) -> impl Future<Output = Result<Found, Failure>> {
        Operation::new(self.machine, MetaRead(key, terms))
    }

    fn mark_stale(&self, key: Key, ttl: Ttl) -> impl Future<Output = Result<bool, Failure>> {
        self.write(Write::MarkStale(key, ttl), |done| done == 1)
    }

    fn ask(&self, item: Item) -> VirtualCall<'m> {
        let (handle, crashes) = {
            let mut machine = self.machine.borrow_mut();
            (machine.ask(item), machine.crashes(item))
        };
        let call = VirtualCall { machine: self.machine, handle: Some(handle) };
        if crashes {
            drop(call);
            std::panic::resume_unwind(Box::new(Crashed));
        }
        call
    }

    fn join(&self, item: Item) -> VirtualJoin<'m> {
        let place = self.machine.borrow_mut().join(item);
        VirtualJoin { machine: self.machine, place }
    }

    fn rank(&self, item: Item) -> u32 {
        self.machine.borrow().fan.rank(item)
    }

    fn tally(&self, item: Item, served: Served) {
        self.machine.borrow_mut().tally.push((item, served));
    }

    fn later(&self, task: Task<VirtualPromise<'m>>) {
        let flight = task.promise.map(VirtualPromise::into_flight);
        self.machine.borrow_mut().later(task.item, task.note, flight);
    }
}

/// Counts something that was ready without waiting, and throws the task out if it loops.
fn count_ready(machine: &RefCell<Machine>) {
    if machine.borrow_mut().spins() {
        std::panic::resume_unwind(Box::new(Spinning));
    }
}

/// A handle on an origin call.
#[derive(Debug)]
pub struct VirtualCall<'m> {
    machine: &'m RefCell<Machine>,
    handle: Option<u32>,
}

impl Future for VirtualCall<'_> {
    type Output = Result<Value, Failure>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let handle = self.handle.expect("a call is not polled after it answered");
        let taken = self.machine.borrow_mut().take_call(handle);
        let Some(outcome) = taken else { return Poll::Pending };
        self.handle = None;
        count_ready(self.machine);
        Poll::Ready(outcome)
    }
}

impl Drop for VirtualCall<'_> {
    fn drop(&mut self) {
        if let Some(handle) = self.handle {
            self.machine.borrow_mut().drop_call(handle);
        }
    }
}

/// A place in line for a flight.
#[derive(Debug)]
pub struct VirtualJoin<'m> {
    machine: &'m RefCell<Machine>,
    place: u32,
}

impl<'m> Future for VirtualJoin<'m> {
    type Output = Lead<VirtualPromise<'m>>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let look = self.machine.borrow_mut().flights().look(self.place);
        let lead = match look {
            Look::Wait => return Poll::Pending,
            Look::Lead(flight) => Lead::Mine(VirtualPromise { machine: self.machine, flight }),
            Look::Over(outcome) => Lead::Theirs(outcome),
        };
        count_ready(self.machine);
        Poll::Ready(lead)
    }
}

impl<'m> Join<VirtualPromise<'m>> for VirtualJoin<'m> {
    fn try_lead(&mut self) -> Option<VirtualPromise<'m>> {
        let look = self.machine.borrow_mut().flights().look(self.place);
        match look {
            Look::Lead(flight) => Some(VirtualPromise { machine: self.machine, flight }),
            Look::Wait | Look::Over(_) => None,
        }
    }
}

impl Drop for VirtualJoin<'_> {
    fn drop(&mut self) {
        self.machine.borrow_mut().leave(self.place);
    }
}

/// The leader's end of a flight.
#[derive(Debug)]
pub struct VirtualPromise<'m> {
    machine: &'m RefCell<Machine>,
    flight: u32,
}

impl<'m> VirtualPromise<'m> {
    /// The promise of that flight.
    pub(super) const fn new(machine: &'m RefCell<Machine>, flight: u32) -> Self {
        Self { machine, flight }
    }

    /// Spent: the flight has no leader to lose any more.
    const SPENT: u32 = u32::MAX;

    fn into_flight(mut self) -> u32 {
        std::mem::replace(&mut self.flight, Self::SPENT)
    }
}

impl Promise for VirtualPromise<'_> {
    fn keep(self, outcome: Result<Value, Failure>) {
        let machine = self.machine;
        machine.borrow_mut().keep(self.into_flight(), outcome);
    }
}

impl Drop for VirtualPromise<'_> {
    fn drop(&mut self) {
        if self.flight != Self::SPENT {
            self.machine.borrow_mut().lose(self.flight);
        }
    }
}
