//! Who asks: a request's own state, shared by its world and its origin calls.

use std::cell::{Cell, RefCell};

use herdlab_sim::key::Item;
use herdlab_sim::time::Nanos;
use herdlab_sim::world::Served;

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
    /// When the client gives up; never, if there is none.
    deadline: Nanos,
    /// How the items of its page were served.
    tally: RefCell<Vec<(Item, Served)>>,
}

impl Request {
    /// A client's request, asked for the `attempt`-th time; the client gives up at `deadline`.
    pub(crate) const fn new(number: u64, process: u32, attempt: u32, deadline: Nanos) -> Self {
        let first = (attempt as u64) << 16; // an attempt's draws are others than the one's before
        Self {
            number,
            process,
            reserved: None,
            calls: Cell::new(first),
            draws: Cell::new(first),
            seen: Cell::new(None),
            degraded: Cell::new(false),
            unsaved: Cell::new(0),
            gone: Cell::new(false),
            deadline,
            tally: RefCell::new(Vec::new()),
        }
    }

    /// The application as it does the origin's update of that number: it has no client.
    pub(crate) fn update(number: u64, process: u32) -> Self {
        Self { gone: Cell::new(true), ..Self::new(number, process, 0, Nanos::FOREVER) }
    }

    /// A task behind this request, which has no client: the call that the request would make next and the first one
    /// made behind it take the same time.
    pub(crate) fn behind(&self) -> Self {
        Self {
            reserved: Some(self.next_attempt()),
            seen: self.seen.clone(),
            gone: Cell::new(true),
            ..Self::new(self.number, self.process, 0, Nanos::FOREVER)
        }
    }

    /// The number of the next origin call.
    pub(crate) fn next_attempt(&self) -> u64 {
        let nth = self.calls.replace(self.calls.get() + 1);
        self.reserved.map_or(nth, |first| first | nth << 20)
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

    /// When the client gives up.
    pub(crate) const fn deadline(&self) -> Nanos {
        self.deadline
    }

    /// An item of its page was served like this.
    pub(crate) fn tally(&self, item: Item, served: Served) {
        self.tally.borrow_mut().push((item, served));
    }

    /// How its items were served: those of its page, or the only one.
    pub(crate) fn items(&self, item: Item, served: Served) -> Vec<(Item, Served)> {
        let page = self.tally.take();
        if page.is_empty() { vec![(item, served)] } else { page }
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

    fn request() -> Request {
        Request::new(7, 0, 0, Nanos::FOREVER)
    }

    #[test]
    fn the_call_a_request_would_make_and_the_one_behind_it_have_the_same_number() {
        let own = request();
        assert_eq!((own.next_attempt(), own.next_attempt()), (0, 1));
        let request = request();
        let task = request.behind();
        assert_eq!((task.next_attempt(), task.next_attempt()), (0, 1 << 20));
        assert_eq!(request.next_attempt(), 1);
    }

    #[test]
    fn the_gap_is_that_of_the_entry_last_read_and_a_task_behind_inherits_it() {
        let request = request();
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
        let request = request();
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
