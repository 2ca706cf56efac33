//! Who asks: a request's own state, shared by its world and its origin calls.

use std::cell::Cell;

use herdlab_sim::key::Item;
use herdlab_sim::time::Nanos;

/// A request, or a task behind one.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its number in the schedule.
    pub(crate) number: u64,
    /// The application worker that serves it.
    pub(crate) process: u32,
    /// Attempts and draws of a task behind count from the place that its request reserved for it.
    reserved: Option<u64>,
    calls: Cell<u64>,
    draws: Cell<u64>,
    /// The item it last read, and until when what it found is fresh.
    seen: Cell<Option<(Item, Nanos)>>,
    degraded: Cell<bool>,
    /// Measured results taken and not stored since.
    unsaved: Cell<u32>,
    /// Whether the client has left.
    gone: Cell<bool>,
}

impl Request {
    /// A client's request.
    pub(crate) const fn new(number: u64, process: u32) -> Self {
        Self {
            number,
            process,
            reserved: None,
            calls: Cell::new(0),
            draws: Cell::new(0),
            seen: Cell::new(None),
            degraded: Cell::new(false),
            unsaved: Cell::new(0),
            gone: Cell::new(false),
        }
    }

    /// A task behind this request, which has no client: the call that the request would make next and the first one
    /// made behind it take the same time.
    pub(crate) fn behind(&self) -> Self {
        Self {
            reserved: Some(self.next_attempt()),
            seen: self.seen.clone(),
            gone: Cell::new(true),
            ..Self::new(self.number, self.process)
        }
    }

    /// The number of the next origin call.
    pub(crate) fn next_attempt(&self) -> u64 {
        let nth = self.calls.replace(self.calls.get() + 1);
        self.reserved.map_or(nth, |first| first | nth << 16)
    }

    /// The number of the next random draw.
    pub(crate) fn next_draw(&self) -> u64 {
        let nth = self.draws.replace(self.draws.get() + 1);
        self.reserved.map_or(nth, |first| (first + 1) << 20 | nth)
    }

    /// A read of `item` found an entry that is fresh until then, or nothing.
    pub(crate) fn see(&self, item: Item, fresh_until: Option<Nanos>) {
        self.seen.set(fresh_until.map(|at| (item, at)));
    }

    /// How long before the expiry of the entry it last saw `now` is.
    pub(crate) fn gap(&self, item: Item, now: Nanos) -> Nanos {
        match self.seen.get() {
            Some((seen, fresh_until)) if seen == item => fresh_until - now,
            _ => Nanos::ZERO,
        }
    }

    /// The cache failed and the world answered as an absent one.
    pub(crate) fn degrade(&self) {
        self.degraded.set(true);
    }

    /// Whether the cache failed on the way.
    pub(crate) fn degraded(&self) -> bool {
        self.degraded.get()
    }

    /// A measured result was taken.
    pub(crate) fn take_result(&self) {
        self.unsaved.set(self.unsaved.get() + 1);
    }

    /// What was taken is stored or delivered; how much that was.
    pub(crate) fn save(&self) -> u32 {
        self.unsaved.take()
    }

    /// It was not stored after all.
    pub(crate) fn lose(&self, saved: u32) {
        self.unsaved.set(self.unsaved.get() + saved);
    }

    /// The client is gone.
    pub(crate) fn leave(&self) {
        self.gone.set(true);
    }

    /// Measured results that were neither stored nor delivered, when the work is over.
    pub(crate) fn unclaimed(&self) -> u32 {
        if self.gone.get() { self.unsaved.get() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_a_request_would_make_and_the_one_behind_it_have_the_same_number() {
        let own = Request::new(7, 0);
        assert_eq!((own.next_attempt(), own.next_attempt()), (0, 1));
        let request = Request::new(7, 0);
        let task = request.behind();
        assert_eq!((task.next_attempt(), task.next_attempt()), (0, 1 << 16));
        assert_eq!(request.next_attempt(), 1);
    }

    #[test]
    fn the_gap_is_that_of_the_entry_last_read_and_a_task_behind_inherits_it() {
        let request = Request::new(7, 0);
        request.see(Item(3), Some(Nanos::from_secs(5)));
        assert_eq!(request.gap(Item(3), Nanos::from_secs(4)), Nanos::SECOND);
        assert_eq!(request.behind().gap(Item(3), Nanos::from_secs(4)), Nanos::SECOND);
        assert_eq!(request.gap(Item(3), Nanos::from_secs(6)), Nanos::ZERO);
        assert_eq!(request.gap(Item(4), Nanos::ZERO), Nanos::ZERO);
        request.see(Item(3), None);
        assert_eq!(request.gap(Item(3), Nanos::ZERO), Nanos::ZERO);
    }

    #[test]
    fn a_result_is_unclaimed_if_the_client_left_and_nothing_was_stored_after_it() {
        let request = Request::new(7, 0);
        request.take_result();
        assert_eq!(request.unclaimed(), 0);
        request.leave();
        assert_eq!(request.unclaimed(), 1);
        let saved = request.save();
        assert_eq!(request.unclaimed(), 0);
        request.lose(saved);
        assert_eq!(request.unclaimed(), 1);
    }
}
