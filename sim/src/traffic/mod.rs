//! Who asks for what, and when: the schedule of an open loop, the items, recorded traces.

mod alias;
mod fan;
mod items;
mod schedule;
mod trace;
mod writes;

pub use fan::Fan;
pub use items::{Items, shares};
pub use schedule::Schedule;
pub use trace::{Columns, Content, Format, Says, Source, Trace, TraceError, TraceReader};
pub use writes::{Commits, Writes};
