//! Recorded requests through eviction policies: exact counts, many policies and sizes in one pass.
//!
//! Ids become small dense numbers once ([`Slots`]), and every cell (a policy at a size) then works on plain tables. A
//! trace comes in batches, so the memory of a replay depends on how many keys there are and not on how long it is; of a cell
//! alone ([`Lone`]) with a policy that can tell what it remembers, only on its size. Belady's policy, which looks ahead, needs all of the trace.

mod cell;
mod curve;
mod lone;
mod record;
mod request;
mod sample;
mod slots;
mod survey;

pub use cell::{Cell, Setting, Tally, belady, cell};
pub use curve::StackDistances;
pub use lone::Lone;
pub use record::{Curve, Recorded, Replay, Row, SCHEMA};
pub use request::{Batch, Op, Request};
pub use sample::{Estimate, PARTS, Sample};
pub use slots::Slots;
pub use survey::{Fit, Survey};
