//! What happens in a run, and when.

use crate::key::Item;
use crate::time::Nanos;

/// Something that happens.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub at: Nanos,
    /// What.
    pub change: Change,
}

/// What an event does.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Change {
    /// Every entry of the cache is gone.
    Flush,
    /// Every cached value has a new name from now on (Django's VERSION, a key prefix): the old entries stay where they
    /// are until they expire or are evicted.
    Bump,
    /// One item's entry is gone.
    Expire(Item),
    /// Computes that start from now on take `factor` times as long.
    SlowOrigin(f64),
    /// Computes that end from now on fail with this probability.
    FailOrigin(f64),
    /// The origin stops dead: nothing starts, nothing finishes, nothing is refused.
    StopOrigin,
    /// The origin works again, at its own speed, with its own share of errors; computes under way go on where they were.
    RestoreOrigin,
    /// The cache stands still: what was sent waits, and so does what is sent, until it is restored or its time is up.
    StopCache,
    /// The cache is gone with all that was in it: operations fail at once.
    KillCache,
    /// Every round trip to the cache takes that much longer.
    SlowCache(Nanos),
    /// The cache works again, at its own speed; after a kill it is empty.
    RestoreCache,
    /// Requests a second from now on (open loop).
    Rate(f64),
}

impl Change {
    /// The word scenarios and records use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Flush => "flush",
            Self::Bump => "bump",
            Self::Expire(_) => "expire",
            Self::SlowOrigin(_) => "slow-origin",
            Self::FailOrigin(_) => "fail-origin",
            Self::StopOrigin => "stop-origin",
            Self::RestoreOrigin => "restore-origin",
            Self::StopCache => "stop-cache",
            Self::KillCache => "kill-cache",
            Self::SlowCache(_) => "slow-cache",
            Self::RestoreCache => "restore-cache",
            Self::Rate(_) => "rate",
        }
    }
}
