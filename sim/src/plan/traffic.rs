//! Who asks for what, and when; and who writes.

use std::sync::Arc;

use crate::law::Law;
use crate::random::{bits, purpose, unit};
use crate::time::Nanos;
use crate::traffic::Trace;

/// Who asks for what, and when.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// When.
    pub load: Load,
    /// What for.
    pub keys: Keys,
    /// Items a request asks for; above 1, it is a page.
    pub page: u32,
    /// Languages, users: what an answer depends on beside its item.
    pub variants: Variants,
    /// The share of items that the origin does not have: asked for one, it says so.
    pub absent: f64,
    /// Application workers: what LocMem and in-process flights are private to. At least 1.
    pub processes: u32,
    /// A client's patience with one attempt; from the intended start, for the first.
    pub timeout: Option<Nanos>,
    /// What happens to the work of a client that gave up.
    pub on_timeout: OnTimeout,
    /// What a client does that got no answer.
    pub retries: Retries,
    /// What is written at the origin.
    pub updates: Updates,
}

impl Default for Traffic {
    /// One key, a thousand requests a second at even steps, patient clients.
    fn default() -> Self {
        Self {
            load: Load::open(1_000.0, Arrivals::Constant),
            keys: Keys::Uniform { count: 1 },
            page: 1,
            variants: Variants::default(),
            absent: 0.0,
            processes: 1,
            timeout: None,
            on_timeout: OnTimeout::Detach,
            retries: Retries::default(),
            updates: Updates::default(),
        }
    }
}

impl Traffic {
    /// How long a client waits in all: each attempt's patience, and the longest pauses between them. Whoever has an
    /// answer by then has it in time.
    #[must_use]
    pub fn patience(&self) -> Option<Nanos> {
        let Retries { max, backoff } = self.retries;
        self.timeout.map(|span| {
            Nanos::from_nanos(
                span.as_nanos() * u64::from(max + 1) + 2 * backoff.as_nanos() * u64::from(max),
            )
        })
    }
}

/// When requests are due.
#[derive(Clone, PartialEq, Debug)]
pub enum Load {
    /// On a schedule that waits for no answer.
    Open {
        /// Requests a second, until the profile or an event changes it.
        rate: f64,
        /// The law of the gaps.
        arrivals: Arrivals,
        /// How the rate changes, in order of time.
        profile: Vec<Step>,
    },
    /// Each user asks, waits for the answer, thinks, and asks again.
    Closed {
        /// How many.
        users: u32,
        /// Time from an answer to the next request.
        think: Law,
    },
    /// Each request of a recording at its time; so are its writes.
    Recorded {
        /// The recording, whose items are the run's keys too.
        trace: Arc<Trace>,
        /// So many times as fast.
        speed: f64,
        /// Whether what is computed of an item is fresh as long as its last write said, so many times as short, where one
        /// did.
        ttls: bool,
    },
}

impl Load {
    /// Whether it is a recording that says how long entries are kept, and that counts.
    #[must_use]
    pub fn ttls_count(&self) -> bool {
        matches!(self, Self::Recorded { trace, ttls: true, .. } if trace.says_ttls())
    }

    /// An open loop whose rate stays as it is.
    #[must_use]
    pub const fn open(rate: f64, arrivals: Arrivals) -> Self {
        Self::Open { rate, arrivals, profile: Vec::new() }
    }
}

/// A step of a rate's profile.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Step {
    /// When it begins.
    pub at: Nanos,
    /// Requests a second at its end, and from then on.
    pub rate: f64,
    /// How long the rate takes to get there, in a straight line; zero is at once.
    pub ramp: Nanos,
}

/// The law of the gaps between requests.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Arrivals {
    /// Exponential: many independent clients.
    Poisson,
    /// All equal.
    Constant,
    /// Bursts of requests at one instant; bursts come as a Poisson process, and have a geometric size.
    Bursty {
        /// Requests a burst, on average; at least 1.
        mean: u32,
    },
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
    /// A few items share most requests, all alike; the others share the rest, all alike.
    Hotspot {
        /// How many are hot.
        hot: u32,
        /// The hot ones' share of all requests, 0 to 1.
        share: f64,
        /// How many there are in all.
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
            Self::Uniform { count } | Self::Zipf { count, .. } | Self::Hotspot { count, .. } => {
                *count
            }
            Self::Trace(trace) => trace.distinct(),
        }
    }
}

/// What an answer depends on beside its item: a language, a user. Each request has one of `all`, with equal chances.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Variants {
    /// How many the cache's keys tell apart; a divisor of `all`. Fewer than `all`: something was forgotten in the key.
    pub kept: u32,
    /// How many there are, at most 65,536.
    pub all: u32,
}

impl Default for Variants {
    fn default() -> Self {
        Self { kept: 1, all: 1 }
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

/// What a client does that got no answer: it asks again, as the same request.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Retries {
    /// Attempts after the first.
    pub max: u32,
    /// The pause before each of them: this long, and up to as long again, at random.
    pub backoff: Nanos,
}

impl Retries {
    /// The pause before a request's `nth` attempt after the first.
    #[must_use]
    pub fn pause(&self, seed: u64, request: u64, nth: u32) -> Nanos {
        let draw = bits(seed, request, purpose::BACKOFF + u64::from(nth));
        self.backoff + self.backoff.scale(unit(draw))
    }
}

/// What is written at the origin, of items by their popularity.
#[derive(Copy, Clone, PartialEq, Default, Debug)]
pub struct Updates {
    /// Commits a second, a Poisson process; 0 is none.
    pub rate: f64,
    /// From the write inside the transaction to its commit: what is invalidated before the commit is so much too early.
    pub transaction: Nanos,
}
