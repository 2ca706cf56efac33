//! What stands between a lane's strategy and its world, whichever strategy it is: see [`crate::layer`].

use crate::time::Nanos;

/// The layers of a lane. By default there are none.
#[derive(Copy, Clone, PartialEq, Default, Debug)]
pub struct Layers {
    /// Each stored entry lives shorter by up to this part of its TTL, drawn uniformly; 0 is not at all.
    pub jitter: f64,
    /// A cache in each process in front of the lane's.
    pub local: Option<Local>,
    /// What becomes of an answer that there is no such item.
    pub nothing: Nothing,
    /// After how long a second origin call is sent; the first answer counts.
    pub hedge: Option<Nanos>,
    /// Whether an origin call that failed is made again.
    pub retry: Option<Retry>,
    /// Whether an origin that fails is left alone for a while.
    pub breaker: Option<Breaker>,
}

/// A cache in each process.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Local {
    /// How long an entry stays there.
    pub ttl: Nanos,
    /// How much later than the process that invalidates the others hear of it; `None` is never.
    pub lag: Option<Nanos>,
}

/// What becomes of an answer that there is no such item.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Nothing {
    /// Whether a reader who finds it takes it for a miss: `if cached is not None`.
    pub missed: bool,
    /// How long it is kept, if not as long as any other value.
    pub ttl: Option<Nanos>,
}

/// A retry budget.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Retry {
    /// How often one call is made again at most.
    pub most: u32,
    /// Calls made again / calls, over ten seconds; ten a second and process are always allowed.
    pub budget: f64,
}

/// A circuit breaker.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Breaker {
    /// So many failures in a row open it.
    pub failures: u32,
    /// For so long; then one call is let through as a trial.
    pub open: Nanos,
    /// A call that takes longer is given up and counts as a failure.
    pub slow: Option<Nanos>,
}
