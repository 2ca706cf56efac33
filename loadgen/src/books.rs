//! A core's books: its requests in flight and what became of the others.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use herdlab_sim::measure::{Handed, Outcome, Recorder, RequestSample};
use herdlab_sim::plan::Plan;
use herdlab_sim::time::Nanos;
use tokio::sync::Notify;

/// A core's counts so far, for whoever looks on.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: AtomicU64,
    pub(crate) hits: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) unknown: AtomicU64,
    pub(crate) in_flight: AtomicU64,
}

/// What a core counted since the last look, and so far.
pub(crate) struct Glance {
    pub(crate) sample: RequestSample,
    pub(crate) outcomes: [u64; 6],
    pub(crate) in_time: u64,
    pub(crate) outdated: u64,
    pub(crate) leaked: u64,
    /// Answers that do not say where they came from.
    pub(crate) unknown: u64,
}

/// A request's instants.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Times {
    pub(crate) due: Nanos,
    pub(crate) sent: Nanos,
    pub(crate) ended: Nanos,
}

/// A core's requests.
pub(crate) struct Books {
    recorder: RefCell<Recorder>,
    tally: Arc<Tally>,
    /// Requests sent and not ended.
    open: Cell<u64>,
    none_open: Notify,
}

impl Books {
    /// One of so many cores', `watched` if somebody looks closely. Several cores' seconds are put together.
    pub(crate) fn new(plan: &Plan, cores: usize, watched: bool, tally: Arc<Tally>) -> Self {
        let recorder = Recorder::new(plan.window(), plan.traffic.patience())
            .keeping_latencies(cores > 1)
            .keeping_seconds(plan.interval_log);
        let recorder = RefCell::new(if watched { recorder.watched() } else { recorder });
        Self { recorder, tally, open: Cell::new(0), none_open: Notify::new() }
    }

    /// A request is about to be sent.
    pub(crate) fn opened(&self) {
        self.open.set(self.open.get() + 1);
        self.tally.in_flight.fetch_add(1, Relaxed);
    }

    /// A request has its outcome; `served` adds what else there is to say of one that is measured.
    pub(crate) fn ended(&self, times: Times, outcome: Outcome, served: impl FnOnce(&mut Recorder)) {
        let Times { due, sent, ended } = times;
        let mut recorder = self.recorder.borrow_mut();
        recorder.ended(due, ended, outcome);
        if recorder.measures(due) {
            recorder.sent_late(sent - due);
            recorder.served_in(ended - sent);
            served(&mut recorder);
            self.tell(outcome);
        }
        self.tally.in_flight.fetch_sub(1, Relaxed);
        self.open.set(self.open.get() - 1);
        if self.open.get() == 0 {
            self.none_open.notify_waiters();
        }
    }

    fn tell(&self, outcome: Outcome) {
        self.tally.requests.fetch_add(1, Relaxed);
        match outcome {
            Outcome::Fresh | Outcome::Stale => self.tally.hits.fetch_add(1, Relaxed),
            Outcome::Failed(_) => self.tally.failed.fetch_add(1, Relaxed),
            _ => 0,
        };
    }

    /// A measured answer does not say where it came from.
    pub(crate) fn untold(&self) {
        self.tally.unknown.fetch_add(1, Relaxed);
    }

    /// A client asks once more.
    pub(crate) fn asked_again(&self, due: Nanos) {
        self.recorder.borrow_mut().asked_again(due);
    }

    /// Resolves when no request is in flight.
    pub(crate) async fn all_ended(&self) {
        while self.open.get() > 0 {
            self.none_open.notified().await;
        }
    }

    /// All that was measured so far, copied.
    pub(crate) fn recorder(&self) -> Recorder {
        self.recorder.borrow().clone()
    }

    /// The latencies of the seconds that are over.
    pub(crate) fn hand_over(&self, now: Nanos) -> Handed {
        self.recorder.borrow_mut().hand_over(now)
    }

    /// What is new. Whether an answer says where it came from, only a site's core knows.
    pub(crate) fn glance(&self) -> Glance {
        let mut recorder = self.recorder.borrow_mut();
        Glance {
            sample: recorder.sample(),
            outcomes: recorder.outcomes(),
            in_time: recorder.in_time(),
            outdated: recorder.outdated(),
            leaked: recorder.leaked(),
            unknown: 0,
        }
    }
}
