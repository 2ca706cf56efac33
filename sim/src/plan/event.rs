//! What happens in a run, and when.

use crate::key::Item;
use crate::strategy::Setpoint;
use crate::time::Nanos;

/// Something that happens.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Event {
    /// When.
    pub at: Nanos,
    /// What.
    pub change: Change,
}

/// After how long a lost packet is sent again: the least there is on Linux (TCP_RTO_MIN, include/net/tcp.h); RFC 6298,
/// 2.4, would have a second.
pub const RETRANSMIT: Nanos = Nanos::from_millis(200);
/// How long a client waits before it makes a connection anew that was cut.
pub const RECONNECT: Nanos = Nanos::from_millis(20);

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
    /// This share of round trips to the cache loses a packet, and takes [`RETRANSMIT`] longer.
    LoseCache(f64),
    /// Every connection to the cache is cut, once: what was not answered yet fails, and so does what is asked until the
    /// connections are made anew, [`RECONNECT`] and a slow cache's latency later. One that is stopped or gone has none.
    ResetCache,
    /// The cache works again, at its own speed; after a kill it is empty.
    RestoreCache,
    /// Requests a second from now on (open loop).
    Rate(f64),
    /// The origin works on so many computes at a time from now on; `None` is as many as are asked for.
    Concurrency(Option<u32>),
    /// A parameter of every strategy that has it, for requests that start from now on.
    Set(Setting),
}

/// A strategy's parameter and its new value.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Setting {
    /// The parameter's name.
    pub parameter: &'static str,
    /// Its value.
    pub value: Setpoint,
}

impl Event {
    /// Whether this event, if it is put to those `before` it, changes what happened before it: an operation on a stopped
    /// cache knows when the cache goes on.
    #[must_use]
    pub fn reaches_back(&self, before: &[Self]) -> bool {
        let stops = |event: &&Self| event.at <= self.at && event.change.of_cache();
        let last = before.iter().filter(stops).max_by_key(|event| event.at);
        self.change.of_cache() && last.is_some_and(|event| event.change == Change::StopCache)
    }
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
            Self::LoseCache(_) => "lose-cache",
            Self::ResetCache => "reset-cache",
            Self::RestoreCache => "restore-cache",
            Self::Rate(_) => "rate",
            Self::Concurrency(_) => "concurrency",
            Self::Set(_) => "set",
        }
    }

    /// Whether it makes a cache work, or not.
    const fn of_cache(self) -> bool {
        matches!(self, Self::StopCache | Self::KillCache | Self::SlowCache(_) | Self::RestoreCache)
    }
}
