//! In-process flights: who computes an item for this process, and who waits for it.
//!
//! A flight is a line of followers and at most one promise. Whoever is first in line while no promise is out may take
//! it. So a promise dropped unkept passes on by waking the first in line, and a new arrival cannot slip in before him.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use herdlab_sim::key::Item;
use herdlab_sim::world::{self, Failure, Lead, Value};

use super::Request;
use crate::contain;

type Place = (u32, Item);

/// The open flights of a core's processes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flights(Rc<RefCell<HashMap<Place, Rc<RefCell<Flight>>>>>);

#[derive(Debug, Default)]
struct Flight {
    outcome: Option<Result<Value, Failure>>,
    /// Whether the promise is out.
    led: bool,
    /// Followers by the order in which they came, with the waker of those that were polled.
    line: BTreeMap<u64, Option<Waker>>,
    next: u64,
}

impl Flights {
    /// A request's place in line for the flight of `item` in its process, which is opened if there is none.
    pub(crate) fn join(&self, request: &Rc<Request>, item: Item) -> Join {
        let place = (request.process, item);
        let flight = Rc::clone(self.0.borrow_mut().entry(place).or_default());
        let ticket = {
            let mut flight = flight.borrow_mut();
            flight.next += 1;
            let ticket = flight.next;
            flight.line.insert(ticket, None);
            ticket
        };
        let request = Rc::clone(request);
        Join { flights: self.clone(), place, flight, ticket: Some(ticket), request }
    }

    /// Ends a flight: the next to join opens another.
    fn close(&self, place: Place, flight: &Rc<RefCell<Flight>>) {
        let mut open = self.0.borrow_mut();
        if open.get(&place).is_some_and(|other| Rc::ptr_eq(other, flight)) {
            open.remove(&place);
        }
    }

    /// The promise is free: the first in line may take it; with nobody in line the flight is over.
    fn hand_on(&self, place: Place, flight: &Rc<RefCell<Flight>>) {
        let heir = flight.borrow_mut().line.first_entry().map(|mut first| first.get_mut().take());
        match heir {
            Some(Some(waker)) => waker.wake(),
            Some(None) => {} // not polled yet: it will see for itself
            None => self.close(place, flight),
        }
    }
}

/// A place in line.
#[derive(Debug)]
pub(crate) struct Join {
    flights: Flights,
    place: Place,
    flight: Rc<RefCell<Flight>>,
    /// `None` once it was answered.
    ticket: Option<u64>,
    request: Rc<Request>,
}

impl Join {
    fn may_lead(&self, flight: &Flight) -> bool {
        flight.outcome.is_none()
            && !flight.led
            && self.ticket.is_some_and(|mine| flight.line.keys().next() == Some(&mine))
    }

    fn lead(&self) -> Promise {
        self.flight.borrow_mut().led = true;
        let flight = Some(Rc::clone(&self.flight));
        let holder = Rc::clone(&self.request);
        Promise { flights: self.flights.clone(), place: self.place, flight, holder }
    }
}

impl world::Join<Promise> for Join {
    fn try_lead(&mut self) -> Option<Promise> {
        contain::ready();
        let may = self.may_lead(&self.flight.borrow());
        may.then(|| self.lead())
    }
}

impl Future for Join {
    type Output = Lead<Promise>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(ticket) = self.ticket else { return Poll::Pending };
        let outcome = self.flight.borrow().outcome;
        if let Some(outcome) = outcome {
            contain::ready();
            self.ticket = None;
            return Poll::Ready(Lead::Theirs(outcome));
        }
        let may = self.may_lead(&self.flight.borrow());
        if may {
            contain::ready();
            self.flight.borrow_mut().line.remove(&ticket);
            self.ticket = None;
            return Poll::Ready(Lead::Mine(self.lead()));
        }
        self.flight.borrow_mut().line.insert(ticket, Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Join {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let was_heir = self.may_lead(&self.flight.borrow());
        self.flight.borrow_mut().line.remove(&ticket);
        if was_heir {
            self.flights.hand_on(self.place, &self.flight);
        }
    }
}

/// The leader's end.
#[derive(Debug)]
pub(crate) struct Promise {
    flights: Flights,
    place: Place,
    /// `None` once it was kept.
    flight: Option<Rc<RefCell<Flight>>>,
    /// Whose work it is to keep it.
    holder: Rc<Request>,
}

impl Promise {
    /// The lead goes on to a task behind its request.
    pub(super) fn hand_to(&mut self, holder: &Rc<Request>) {
        self.holder = Rc::clone(holder);
    }
}

impl world::Promise for Promise {
    fn keep(mut self, outcome: Result<Value, Failure>) {
        let Some(flight) = self.flight.take() else { return };
        self.flights.close(self.place, &flight);
        let line = {
            let mut flight = flight.borrow_mut();
            flight.outcome = Some(outcome);
            std::mem::take(&mut flight.line)
        };
        if outcome.is_ok() && !line.is_empty() {
            self.holder.save(); // delivered
        }
        line.into_values().flatten().for_each(Waker::wake);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        let Some(flight) = self.flight.take() else { return };
        flight.borrow_mut().led = false;
        self.flights.hand_on(self.place, &flight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use herdlab_sim::time::Nanos;
    use herdlab_sim::world::{Join as _, Promise as _};

    fn join(flights: &Flights, process: u32, item: u32) -> Join {
        flights.join(&Rc::new(Request::new(0, process, 0, Nanos::FOREVER)), Item(item))
    }

    fn poll(join: &mut Join) -> Poll<Lead<Promise>> {
        Pin::new(join).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn follows(join: &mut Join) -> bool {
        poll(join).is_pending()
    }

    fn leads(join: &mut Join) -> Promise {
        match poll(join) {
            Poll::Ready(Lead::Mine(promise)) => promise,
            other => panic!("expected the lead, got {other:?}"),
        }
    }

    const VALUE: Result<Value, Failure> = Ok(Value::data(Nanos::SECOND, 0));

    #[test]
    fn the_first_leads_and_everyone_in_line_gets_what_the_promise_is_kept_with() {
        let flights = Flights::default();
        let mut line: Vec<Join> = (0..3).map(|_| join(&flights, 0, 1)).collect();
        let promise = leads(&mut line[0]);
        assert!(follows(&mut line[1]) && follows(&mut line[2]));
        promise.keep(VALUE);
        for follower in &mut line[1..] {
            assert!(matches!(poll(follower), Poll::Ready(Lead::Theirs(VALUE))));
        }
        assert!(flights.0.borrow().is_empty());
    }

    #[test]
    fn a_lost_lead_passes_to_the_first_living_follower_and_a_new_arrival_does_not_slip_in() {
        let flights = Flights::default();
        let mut first = join(&flights, 0, 1);
        let mut dead = join(&flights, 0, 1);
        let mut heir = join(&flights, 0, 1);
        let promise = leads(&mut first);
        assert!(follows(&mut dead) && follows(&mut heir));
        drop(dead);
        drop(promise);
        let mut late = join(&flights, 0, 1);
        assert!(late.try_lead().is_none());
        assert!(follows(&mut late));
        leads(&mut heir).keep(VALUE);
        assert!(matches!(poll(&mut late), Poll::Ready(Lead::Theirs(VALUE))));
    }

    #[test]
    fn an_heir_that_leaves_before_its_turn_hands_on() {
        let flights = Flights::default();
        let mut first = join(&flights, 0, 1);
        let heir = join(&flights, 0, 1);
        let mut next = join(&flights, 0, 1);
        drop(leads(&mut first));
        drop(heir);
        drop(leads(&mut next));
        assert!(flights.0.borrow().is_empty(), "nobody is left in line: the flight is over");
    }

    #[test]
    fn a_detached_leader_keeps_its_place_in_line() {
        let flights = Flights::default();
        let mut turn = join(&flights, 0, 1);
        let promise = turn.try_lead().expect("nobody leads");
        assert!(turn.try_lead().is_none() && follows(&mut turn));
        promise.keep(VALUE);
        assert!(matches!(poll(&mut turn), Poll::Ready(Lead::Theirs(VALUE))));
    }

    #[test]
    fn flights_belong_to_a_process_and_an_item() {
        let flights = Flights::default();
        for (process, item) in [(0, 1), (1, 1), (0, 2)] {
            std::mem::forget(leads(&mut join(&flights, process, item)));
        }
        assert!(join(&flights, 0, 1).try_lead().is_none());
    }
}
