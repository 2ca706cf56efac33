//! How a round goes: how fast and how long.

use herdlab_sim::plan::Arrivals;
use herdlab_sim::time::Nanos;

/// When requests are sent.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Pace {
    /// A closed loop: each user sends the next requests when the last ones are answered.
    Users {
        /// How many there are.
        users: u32,
        /// How many requests each sends at once, over one connection.
        pipeline: u32,
    },
    /// An open loop: on a schedule that waits for no answer.
    Rate {
        /// Requests a second.
        per_second: f64,
        /// The law of the gaps.
        arrivals: Arrivals,
    },
}

/// How a round goes.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Course {
    /// When requests are sent.
    pub pace: Pace,
    /// Not measured, at the beginning.
    pub warmup: Nanos,
    /// Measured, after it.
    pub duration: Nanos,
    /// Its number: rounds of one number see the same requests.
    pub number: u64,
}

impl Course {
    /// When the last request is due.
    #[must_use]
    pub fn end(&self) -> Nanos {
        self.warmup + self.duration
    }

    /// Whether an instant is measured.
    pub(super) fn measures(&self, at: Nanos) -> bool {
        at >= self.warmup && at < self.end()
    }
}
