//! A run, resolved: what scenarios are compiled to and both clocks execute. No text, no units, no files.

use std::sync::Arc;

use crate::key::Item;
use crate::law::Law;
use crate::strategy::AnyStrategy;
use crate::time::Nanos;
use crate::traffic::Trace;

/// Everything that a run is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Seeds every stream.
    pub seed: u64,
    /// Requests are due from 0 until here.
    pub duration: Nanos,
    /// Measured from here on.
    pub warmup: Nanos,
    /// Who asks for what, and when.
    pub traffic: Traffic,
    /// The cache.
    pub cache: Cache,
    /// What computes.
    pub origin: Origin,
    /// What happens, in order of time.
    pub events: Vec<Event>,
    /// The strategies compared.
    pub lanes: Vec<Lane>,
}

/// A strategy in a comparison.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Its name; the strategy's own unless the scenario gives one.
    pub name: String,
    /// The strategy with its parameters.
    pub strategy: AnyStrategy,
}

/// Who asks for what, and when.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// When.
    pub load: Load,
    /// What for.
    pub keys: Keys,
    /// Application workers: what in-process flights are private to. At least 1.
    pub processes: u32,
    /// A client's patience, from the intended start.
    pub timeout: Option<Nanos>,
    /// What happens to the work of a client that gave up.
    pub on_timeout: OnTimeout,
    /// Updates a second at the origin, of items by their popularity; they invalidate nothing.
    pub writes: f64,
}

/// When requests are due.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Load {
    /// On a schedule that waits for no answer.
    Open {
        /// Requests a second, until an event changes it.
        rate: f64,
        /// The law of the gaps.
        arrivals: Arrivals,
    },
    /// Each user asks, waits for the answer, thinks, and asks again.
    Closed {
        /// How many.
        users: u32,
        /// Time from an answer to the next request.
        think: Law,
    },
}

/// The law of the gaps between requests.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Arrivals {
    /// Exponential: many independent clients.
    Poisson,
    /// All equal.
    Constant,
}

/// Which items are asked for.
#[derive(Clone, Debug)]
pub enum Keys {
    /// All alike.
    Uniform {
        /// How many.
        count: u32,
    },
    /// The k-th most popular with probability proportional to k^-exponent.
    Zipf {
        /// The skew.
        exponent: f64,
        /// How many.
        count: u32,
    },
    /// As recorded, from the beginning again when it ends.
    Trace(Arc<Trace>),
}

impl Keys {
    /// How many distinct items there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Self::Uniform { count } | Self::Zipf { count, .. } => *count,
            Self::Trace(trace) => trace.distinct(),
        }
    }
}

/// What happens to the work of a client that gave up.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OnTimeout {
    /// The worker goes on and stores its result (Django under gunicorn).
    Detach,
    /// The request's future is dropped (an async server); its locks stay behind until their TTL.
    Cancel,
}

/// The cache.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Cache {
    /// What is in it when the run begins.
    pub warm: Warm,
    /// How much fits.
    pub capacity: Option<Capacity>,
    /// What goes when it is full.
    pub eviction: Eviction,
    /// A round trip; the model's only.
    pub latency: Law,
    /// A round trip that takes longer fails.
    pub timeout: Option<Nanos>,
    /// What a cache failure does to a request.
    pub on_error: OnError,
    /// Bytes of a value.
    pub value_size: u32,
}

/// What is in the cache when the run begins.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Warm {
    /// Nothing.
    Cold,
    /// What a long run would have left: each item present with probability lT/(1+lT), its residual TTL uniform.
    Stationary,
    /// Every item, stored at time zero.
    Full,
}

/// How much fits.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// So many entries.
    Entries(u32),
    /// So many bytes.
    Bytes(u64),
}

/// What goes when the cache is full.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Eviction {
    /// The least recently used entry.
    Lru,
}

/// What a cache failure does to a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OnError {
    /// The world answers as an absent cache would; the request is degraded.
    Origin,
    /// The strategy gets the failure.
    Fail,
}

/// What computes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Computes at a time; `None` is as many as are asked for.
    pub concurrency: Option<u32>,
    /// A compute.
    pub latency: Law,
    /// What becomes of work that nobody waits for.
    pub on_abandon: OnAbandon,
}

/// What becomes of origin work that nobody waits for any more.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OnAbandon {
    /// It is done all the same (a database).
    Work,
    /// What is still queued is dropped.
    Drop,
}

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
    /// One item's entry is gone.
    Expire(Item),
    /// Computes that start from now on take `factor` times as long.
    SlowOrigin(f64),
    /// The origin stops dead: nothing starts, nothing finishes, nothing is refused.
    StopOrigin,
    /// The origin works again, at its own speed; computes under way go on where they were.
    RestoreOrigin,
    /// Requests a second from now on (open loop).
    Rate(f64),
}

impl Change {
    /// The word scenarios and records use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Flush => "flush",
            Self::Expire(_) => "expire",
            Self::SlowOrigin(_) => "slow-origin",
            Self::StopOrigin => "stop-origin",
            Self::RestoreOrigin => "restore-origin",
            Self::Rate(_) => "rate",
        }
    }
}
