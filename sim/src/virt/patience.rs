//! Clients' deadlines: a list of the waiting requests in order of arrival.
//!
//! All clients are equally patient, so the first in the list gives up first, and a request that is answered leaves it
//! without a trace. (A deadline event a request would stay in the queue until its time comes, mostly for nothing.)

use super::queue::{Class, Event, Target};
use crate::time::Nanos;

const END: u32 = u32::MAX;

/// The waiting requests, oldest first, by their slots.
#[derive(Debug)]
pub(super) struct Patience {
    span: Nanos,
    /// For each slot: its deadline, the one before and the one after it.
    waiting: Vec<(Event, u32, u32)>,
    first: u32,
    last: u32,
}

impl Patience {
    /// Nobody waits yet; `span` is how long clients do.
    pub(super) const fn new(span: Nanos) -> Self {
        Self { span, waiting: Vec::new(), first: END, last: END }
    }

    /// A request due at `due` begins to wait. It is the latest.
    #[inline(always)]
    pub(super) fn wait(&mut self, slot: u32, due: Nanos, sequence: u64) {
        let deadline =
            Event::new(due + self.span, Class::Deadline, sequence, Target::Deadline(slot));
        let entry = (deadline, self.last, END);
        if slot as usize >= self.waiting.len() {
            self.waiting.resize(slot as usize + 1, (Event::NEVER, END, END));
        }
        self.waiting[slot as usize] = entry;
        match self.last {
            END => self.first = slot,
            last => self.waiting[last as usize].2 = slot,
        }
        self.last = slot;
    }

    /// A waiting request waits no more. Does nothing for a slot that does not wait.
    #[inline(always)]
    pub(super) fn leave(&mut self, slot: u32) {
        let Some(place) = self.waiting.get_mut(slot as usize) else { return };
        let (deadline, before, after) = *place;
        if deadline == Event::NEVER {
            return;
        }
        place.0 = Event::NEVER;
        match before {
            END => self.first = after,
            before => self.waiting[before as usize].2 = after,
        }
        match after {
            END => self.last = before,
            after => self.waiting[after as usize].1 = before,
        }
    }

    /// The first deadline; [`Event::NEVER`] if nobody waits.
    #[inline]
    pub(super) fn first(&self) -> Event {
        self.waiting.get(self.first as usize).map_or(Event::NEVER, |place| place.0)
    }
}
