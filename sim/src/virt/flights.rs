//! Flights: who leads the compute of an item in a process, and who stands in line for it.
//!
//! A lead that is lost passes to the first in line. It is offered by waking him; he takes it when he looks, or passes it
//! on by leaving the line.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::who::TaskRef;
use crate::key::Item;
use crate::world::{Failure, Value};

const NONE: u32 = u32::MAX;

/// What a place in line finds when it looks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Look {
    /// Somebody leads.
    Wait,
    /// The lead of this flight is ours.
    Lead(u32),
    /// The flight is over.
    Over(Result<Value, Failure>),
}

#[derive(Debug)]
struct Flight {
    of: (u32, Item),
    led: bool,
    outcome: Option<Result<Value, Failure>>,
    first: u32,
    last: u32,
}

#[derive(Debug)]
struct Place {
    flight: u32,
    task: TaskRef,
    next: u32,
    previous: u32,
}

/// All flights of a lane.
#[derive(Debug, Default)]
pub(super) struct Flights {
    open: HashMap<(u32, Item), u32, FixedState>,
    flights: Vec<Flight>,
    free_flights: Vec<u32>,
    places: Vec<Place>,
    free_places: Vec<u32>,
}

impl Flights {
    /// A new place at the end of the line for `item` in `process`.
    pub(super) fn join(&mut self, process: u32, item: Item, task: TaskRef) -> u32 {
        let of = (process, item);
        let flight = match self.open.get(&of) {
            Some(flight) => *flight,
            None => {
                let new = Flight { of, led: false, outcome: None, first: NONE, last: NONE };
                let flight = put(&mut self.flights, &mut self.free_flights, new);
                self.open.insert(of, flight);
                flight
            }
        };
        let last = self.flights[flight as usize].last;
        let place = put(
            &mut self.places,
            &mut self.free_places,
            Place { flight, task, next: NONE, previous: last },
        );
        match last {
            NONE => self.flights[flight as usize].first = place,
            _ => self.places[last as usize].next = place,
        }
        self.flights[flight as usize].last = place;
        place
    }

    /// What that place finds. A lead found is taken.
    pub(super) fn look(&mut self, place: u32) -> Look {
        let number = self.places[place as usize].flight;
        let flight = &mut self.flights[number as usize];
        match flight.outcome {
            Some(outcome) => Look::Over(outcome),
            None if !flight.led && flight.first == place => {
                flight.led = true;
                Look::Lead(number)
            }
            None => Look::Wait,
        }
    }

    /// Gives a place up. Returned is who has to be woken because the lead is now his to take.
    pub(super) fn leave(&mut self, place: u32) -> Option<TaskRef> {
        let Place { flight: number, next, previous, .. } = self.places[place as usize];
        let flight = &mut self.flights[number as usize];
        let was_first = flight.first == place;
        match previous {
            NONE => flight.first = next,
            _ => self.places[previous as usize].next = next,
        }
        match next {
            NONE => flight.last = previous,
            _ => self.places[next as usize].previous = previous,
        }
        self.free_places.push(place);
        let offered = was_first && !self.flights[number as usize].led;
        if offered { self.offer(number) } else { self.close_if_done(number) }
    }

    /// The leader is lost. Returned is who inherits.
    pub(super) fn lose(&mut self, number: u32) -> Option<TaskRef> {
        self.flights[number as usize].led = false;
        self.offer(number)
    }

    /// Ends a flight; `wake` hears of everyone in line, in order. True if there was anyone.
    pub(super) fn keep(
        &mut self,
        number: u32,
        outcome: Result<Value, Failure>,
        mut wake: impl FnMut(TaskRef),
    ) -> bool {
        let flight = &mut self.flights[number as usize];
        flight.outcome = Some(outcome);
        flight.led = false;
        let mut place = flight.first;
        self.open.remove(&flight.of);
        let anyone = place != NONE;
        while place != NONE {
            let Place { task, next, .. } = self.places[place as usize];
            wake(task);
            place = next;
        }
        self.close_if_done(number);
        anyone
    }

    /// The lead of a flight is free: the first in line may have it; without a line the flight is over.
    fn offer(&mut self, number: u32) -> Option<TaskRef> {
        let flight = &self.flights[number as usize];
        if flight.first == NONE || flight.outcome.is_some() {
            return self.close_if_done(number);
        }
        Some(self.places[flight.first as usize].task)
    }

    fn close_if_done(&mut self, number: u32) -> Option<TaskRef> {
        let flight = &self.flights[number as usize];
        if flight.first == NONE && !flight.led {
            if flight.outcome.is_none() {
                self.open.remove(&flight.of);
            }
            self.free_flights.push(number);
        }
        None
    }
}

fn put<T>(all: &mut Vec<T>, free: &mut Vec<u32>, new: T) -> u32 {
    match free.pop() {
        Some(slot) => {
            all[slot as usize] = new;
            slot
        }
        None => {
            all.push(new);
            all.len() as u32 - 1
        }
    }
}
