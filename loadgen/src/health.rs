//! A service that computes for a run: when it may be called, and whether it bears that.

use std::collections::VecDeque;

use herdlab_sim::plan::Remote;
use herdlab_sim::time::Nanos;

/// It is judged by so many of its last calls,
const JUDGED: usize = 50;
/// and not before it has answered so many.
const ENOUGH: usize = 20;

/// A service that computes for a run.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    bounds: Remote,
    /// When the next call may go.
    next: Nanos,
    /// The last calls: whether they went well, and how long they took.
    last: VecDeque<(bool, Nanos)>,
    down: Option<String>,
}

impl Health {
    pub(crate) fn new(bounds: &Remote) -> Self {
        let bounds = bounds.clone();
        Self { bounds, next: Nanos::ZERO, last: VecDeque::new(), down: None }
    }

    /// When a call that wants to go now may go: all are at least 1/rate apart.
    pub(crate) fn admit(&mut self, now: Nanos) -> Nanos {
        let at = now.max(self.next);
        self.next = at + Nanos::from_secs_f64(1.0 / self.bounds.rate);
        at
    }

    /// A call has ended.
    pub(crate) fn answered(&mut self, well: bool, took: Nanos) {
        self.last.push_back((well, took));
        if self.last.len() > JUDGED {
            self.last.pop_front();
        }
        if self.down.is_none() && self.last.len() >= ENOUGH {
            self.down = self.judge();
        }
    }

    fn judge(&self) -> Option<String> {
        let calls = self.last.len();
        let failed = self.last.iter().filter(|(well, _)| !well).count();
        let sum: u64 = self.last.iter().map(|(_, took)| took.as_nanos()).sum();
        let mean = Nanos::from_nanos(sum / calls as u64);
        let Remote { failed: most, latency, .. } = &self.bounds;
        if failed as f64 > most * calls as f64 {
            Some(format!("{failed} of the last {calls} calls of the origin failed"))
        } else if mean > *latency {
            Some(format!("the last {calls} calls of the origin took {mean} on average"))
        } else {
            None
        }
    }

    /// Why it gets no more calls, if so.
    pub(crate) fn down(&self) -> Option<&str> {
        self.down.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Health {
        let usual = Remote::at(String::new());
        Health::new(&Remote { rate: 10.0, latency: Nanos::from_millis(500), ..usual })
    }

    #[test]
    fn calls_are_never_nearer_than_the_rate_allows() {
        let (mut health, mut sent) = (health(), Vec::new());
        for wish in [0, 0, 10, 500, 500, 2_000] {
            sent.push(health.admit(Nanos::from_millis(wish)).as_micros() / 1_000);
        }
        assert_eq!(sent, [0, 100, 200, 500, 600, 2_000]);
    }

    #[test]
    fn a_service_is_let_alone_when_too_many_calls_fail_or_take_too_long() {
        let fast = Nanos::from_millis(10);
        let mut failing = health();
        (0..ENOUGH).for_each(|nth| failing.answered(nth % 2 == 0, fast));
        assert_eq!(failing.down(), None, "half of them is what it may");
        (0..3).for_each(|_| failing.answered(false, fast));
        assert_eq!(failing.down(), Some("11 of the last 21 calls of the origin failed"));
        let mut slow = health();
        (1..ENOUGH).for_each(|_| slow.answered(true, Nanos::SECOND));
        assert_eq!(slow.down(), None, "too few to judge");
        slow.answered(true, Nanos::SECOND);
        assert!(slow.down().is_some_and(|why| why.contains("took 1s on average")));
        let mut well = health();
        (0..9 * JUDGED).for_each(|_| well.answered(true, fast));
        assert_eq!(well.down(), None);
    }
}
