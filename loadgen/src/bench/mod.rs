//! Benchmarks of caches themselves: plain operations, no strategy and no origin.
//!
//! A [`Contender`] is a cache that was opened and filled. It runs [`Round`]s, short and all alike, so that several
//! contenders can take turns: noise of the machine then hits all of them, and their differences are taken round by round
//! ([`compare`](Comparison)). A [`Search`] looks for the highest rate that still meets a bound.

mod compare;
mod contender;
mod course;
mod operation;
mod pipeline;
mod round;
mod search;
mod stint;
mod tally;
mod workload;

pub use compare::{Comparison, METRICS, Metric};
pub use contender::{Contender, Watcher};
pub use course::{Course, Pace};
pub use operation::Op;
pub use round::{Errors, Round};
pub use search::{Found, Search};
pub use workload::Workload;
