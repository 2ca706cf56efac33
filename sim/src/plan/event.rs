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
    /// The next request to compute that item dies as soon as it has asked: what it holds in the cache stays behind.
    Crash(Item),
    /// The origin reads from a replica: what it computes is that much older than its time.
    LagOrigin(Nanos),
    /// Reads of the cache go to a replica that hears of writes that much later.
    LagCache(Nanos),
    /// The clocks of processes differ: each is ahead by up to that much.
    SkewClocks(Nanos),
    /// Processes begin anew one after another, so much apart: what each kept for itself is gone.
    Deploy {
        /// From one process to the next.
        every: Nanos,
        /// Whether the new ones use other names for all values, as with a new version of the code.
        rename: bool,
    },
    /// Every process has lost its connections to the cache, which takes that long to accept them all, one process after
    /// another.
    Reconnect(Nanos),
    /// Only this part of the cache's capacity is left to us.
    Squeeze(f64),
    /// Every item is stored anew, all at once, by a bulk load.
    Load,
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
    /// cache knows when the cache goes on; and some events a run has to be prepared for.
    #[must_use]
    pub fn reaches_back(&self, before: &[Self]) -> bool {
        let stops = |event: &&Self| event.at <= self.at && event.change.of_cache();
        let last = before.iter().filter(stops).max_by_key(|event| event.at);
        let ends = last.is_some_and(|event| event.change == Change::StopCache);
        self.change.of_cache() && ends || self.change.is_prepared()
    }
}

impl Change {
    /// Whether it is one of an origin that serves whatever it is asked for: it has no replica that could lag.
    #[must_use]
    pub const fn is_of_origin(&self) -> bool {
        matches!(
            self,
            Self::SlowOrigin(_)
                | Self::FailOrigin(_)
                | Self::StopOrigin
                | Self::RestoreOrigin
                | Self::Concurrency(_)
        )
    }

    /// Whether only the model can do it: a real server has no such handle.
    #[must_use]
    pub const fn model_only(&self) -> bool {
        matches!(
            self,
            Self::Crash(_)
                | Self::LagCache(_)
                | Self::Deploy { .. }
                | Self::Reconnect(_)
                | Self::Squeeze(_)
                | Self::Load
        )
    }

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
            Self::Crash(_) => "crash",
            Self::LagOrigin(_) => "lag-origin",
            Self::LagCache(_) => "lag-cache",
            Self::SkewClocks(_) => "skew",
            Self::Deploy { .. } => "deploy",
            Self::Reconnect(_) => "reconnect",
            Self::Squeeze(_) => "squeeze",
            Self::Load => "load",
        }
    }

    /// Whether it makes a cache work, or not.
    pub(crate) const fn of_cache(self) -> bool {
        matches!(
            self,
            Self::StopCache
                | Self::KillCache
                | Self::SlowCache(_)
                | Self::LoseCache(_)
                | Self::Reconnect(_)
                | Self::RestoreCache
        )
    }

    /// Whether a run has to know of it from its beginning: a replica has what was written before, a clock that differs
    /// is another world, and a process that began anew is not the one it was.
    const fn is_prepared(self) -> bool {
        matches!(self, Self::LagCache(_) | Self::SkewClocks(_) | Self::Deploy { .. })
    }
}
