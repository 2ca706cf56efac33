//! Virtual time: the same strategies on a clock of our own, deterministic, millions of requests a second.
//!
//! [`run`] drives one lane. The pieces, from the outside in:
//!
//! - `driver`: the executor. Futures of requests in recycled slots; takes the next event or arrival, polls, records.
//!   `client`: who asks, waits, gives up and asks again.
//! - `world`: [`World`](crate::world::World) for this clock; its futures send an operation at their first poll and take
//!   effect when their event comes up.
//! - `machine`: the state that all of a lane's requests share, and the only thing behind a `RefCell`; `caches` and
//!   `compute` are its sides of cache and origin.
//! - `versions`: a strategy as changed parameters made it; `look`: the lane held at an instant for somebody to look at.
//! - `who`: what a task's draws and accounts go by; `truth`: what its answer is held against.
//! - `fault`, `deploy`, `replica`: what the scenario does to the cache and to processes.
//! - `flights`, `calls`: who leads, who follows, who watches which origin call.
//! - `traffic`, `updates`, `jobs`, `retries`: where requests come from, and what else comes of its own accord.
//! - `queue`, `patience`: events in order of time, kind and sequence; clients in order of giving up.
//!
//! No wakers: an event names the task it is for.

mod caches;
mod calls;
mod client;
mod compute;
mod deploy;
mod driver;
mod fault;
mod flights;
mod jobs;
mod look;
mod machine;
mod operation;
mod patience;
mod queue;
mod replica;
mod retries;
mod slab;
mod traffic;
mod truth;
mod updates;
mod versions;
mod who;
mod world;

use crate::measure::{LaneRun, Observer};
use crate::plan::{Lane, Plan, Rules, Setting};
use crate::strategy::{Strategy, Visitor, renewed};

pub use world::VirtualWorld;

/// Why a lane could not be run to its end.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RunError {
    /// An open loop above capacity without a client timeout grows for ever.
    #[error(
        "more than {limit} tasks in flight at {at_s} s of virtual time: the load exceeds what the origin can do, and no \
         client gives up; set traffic.timeout, lower traffic.rate or raise origin.concurrency"
    )]
    TooManyInFlight {
        /// How many fit.
        limit: u32,
        /// When it happened, in whole seconds.
        at_s: u64,
    },
    /// A closed loop without any span in it never gets past an instant.
    #[error(
        "at {at_s} s of virtual time users ask without end in one instant: they neither think nor wait; set traffic.think \
         or cache.latency"
    )]
    NoTimePasses {
        /// When it happened, in whole seconds.
        at_s: u64,
    },
    /// The origin is a service of somebody's, which has no virtual time.
    #[error(
        "the model has no origin over HTTP: run it in real time (--on redis, --on memory), or leave origin.http out"
    )]
    RemoteOrigin,
}

/// Runs one lane of a plan in virtual time.
///
/// # Errors
/// If more tasks are in flight than the event queue can number, or the origin is a real one.
pub fn run(plan: &Plan, lane: &Lane, observer: &mut dyn Observer) -> Result<LaneRun, RunError> {
    struct Run<'a>(&'a Plan, &'a Rules, &'a mut dyn Observer);
    impl Visitor for Run<'_> {
        type Output = Result<LaneRun, RunError>;
        fn visit<S: Strategy + Clone>(self, strategy: &S) -> Self::Output {
            let renew = |s: &S, set: Setting| renewed(s, set.parameter, set.value);
            driver::drive(self.0, strategy, renew, self.1, self.2)
        }
    }
    if plan.origin.http.is_some() {
        return Err(RunError::RemoteOrigin);
    }
    lane.strategy.visit(Run(plan, &lane.rules, observer))
}

/// Runs any strategy, also one that is not in the list, without rules around it; its parameters stay as they are.
///
/// # Errors
/// As [`run`].
pub fn run_strategy<S: Strategy>(
    plan: &Plan,
    strategy: &S,
    observer: &mut dyn Observer,
) -> Result<LaneRun, RunError> {
    driver::drive(plan, strategy, |_, _| None, &Rules::default(), observer)
}
