//! What computes, how much at a time, and how it fails.

use crate::law::Law;
use crate::time::Nanos;

/// What computes.
#[derive(Clone, PartialEq, Debug)]
pub struct Origin {
    /// Computes at a time; `None` is as many as are asked for.
    pub concurrency: Option<u32>,
    /// A compute.
    pub latency: Law,
    /// Where calls wait that find no slot free.
    pub queue: Queue,
    /// The share of computes that end in an error, 0 to 1, after as long as they would have taken.
    pub failure_rate: f64,
    /// What becomes of work that nobody waits for.
    pub on_abandon: OnAbandon,
    /// Who computes in real time, if it is not simulated. Latency and failures are then its own.
    pub http: Option<Remote>,
}

/// A service over HTTP that computes, and what it can bear.
#[derive(Clone, PartialEq, Debug)]
pub struct Remote {
    /// Its URL, with `{item}` where the item's number goes.
    pub url: String,
    /// Calls a second that it never gets more than.
    pub rate: f64,
    /// The share of its last calls that may fail before the run ends.
    pub failed: f64,
    /// How long its last calls may take on average before the run ends.
    pub latency: Nanos,
}

impl Remote {
    /// What a service bears of which nothing is said: a hundred calls a second, half of them failing, 5 s each.
    #[must_use]
    pub const fn at(url: String) -> Self {
        Self { url, rate: 100.0, failed: 0.5, latency: Nanos::from_secs(5) }
    }
}

impl Default for Origin {
    /// As much at a time as is asked for, 100 ms a compute.
    fn default() -> Self {
        Self {
            concurrency: None,
            latency: Law::Constant(Nanos::from_millis(100)),
            queue: Queue::default(),
            failure_rate: 0.0,
            on_abandon: OnAbandon::Work,
            http: None,
        }
    }
}

/// Where calls wait that find no slot free.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Queue {
    /// How many may wait; a call beyond is shed at once. `None` is any number.
    pub limit: Option<u32>,
    /// Who is next.
    pub discipline: Discipline,
}

/// Who of a queue is next.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Discipline {
    /// Who waited longest.
    #[default]
    Fifo,
    /// Who came last.
    Lifo,
    /// Who waited longest and whose client still waits: a call past its client's patience is dropped.
    DropExpired,
}

/// What becomes of origin work that nobody waits for any more.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OnAbandon {
    /// It is done all the same (a database).
    Work,
    /// What is still queued is dropped.
    Drop,
}
