//! The article's lock at a cold key: it serialises computes only as long as the waiters are patient.
//!
//! Derived from its control flow: waiters poll, give up after their patience, and then compute uncached.

/// One cold key under the article's lock, with a constant compute time. The first request comes at time zero and holds
/// the lock.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct ArticleLock {
    /// Requests a second for the key.
    pub rate: f64,
    /// Seconds a compute takes; below the lock's own TTL.
    pub delta: f64,
    /// Seconds a waiter polls before it computes for itself.
    pub patience: f64,
    /// Seconds between two looks.
    pub poll: f64,
}

impl ArticleLock {
    /// Waiters that compute for themselves: those who came more than their patience before the holder was done.
    #[must_use]
    pub fn give_ups(&self) -> f64 {
        self.rate * (self.delta - self.patience).max(0.0)
    }

    /// Computes in all: the holder's and the give-ups'.
    #[must_use]
    pub fn calls(&self) -> f64 {
        1.0 + self.give_ups()
    }

    /// Mean seconds a waiter waits while no one gives up: what is left of the compute, and half a poll more.
    #[must_use]
    pub fn wait_mean(&self) -> f64 {
        (self.delta + self.poll) / 2.0
    }

    /// Computes in all when the first holder crashes and its lock stays for `lock_ttl` seconds: its own, the next
    /// holder's, and one for each waiter that came more than its patience before that one was done.
    #[must_use]
    pub fn calls_after_crash(&self, lock_ttl: f64) -> f64 {
        2.0 + self.rate * (lock_ttl - self.patience + self.delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compute_shorter_than_the_patience_runs_once() {
        let key = |delta| ArticleLock { rate: 100.0, delta, patience: 2.0, poll: 0.1 };
        assert_eq!(key(1.9).calls(), 1.0);
        assert_eq!(key(3.0).calls(), 101.0);
        assert_eq!(ArticleLock { rate: 50.0, ..key(0.2) }.calls_after_crash(30.0), 1_412.0);
    }
}
